//! Finding agents without configuration.
//!
//! A folder that holds a log, a plan or a write-ahead log is an agent; so is each such child, and each such folder in
//! `agents/`, `bots/`, `profiles/` and `workspace-*`. Insights, locks or an inbox alone do not make one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::domain::id::AgentId;
use crate::domain::time::Day;
use crate::parse::Reader;
use crate::parse::timestamp::day_in_name;
use crate::sys::file::{Kind, stat};
use crate::sys::together;

mod configured;
mod files;
mod home;
use home::{HOMES, WORKSPACE, is_home, is_main_workspace, is_openclaw, own_name};

/// Folders beneath an agent's folder in which its files may lie.
const INNER: &[&str] = &[
    "heartbeat",
    "heartbeats",
    "schedule",
    "schedules",
    "locks",
    "logs",
    "log",
    "memory",
    "state",
    "runtime",
    "standup",
    "standups",
    "outputs",
    "runs",
    "plans",
    "insights",
    "learnings",
    ".learnings",
    "retros",
    "cron",
    ".claude",
    ".beads",
];
/// Folders further down, of schedulers that keep a file for each job.
const DEEPER: &[&str] = &["cron/runs"];
/// Folders whose children may be named after a day or a run, each with its files.
const BY_DAY: &[&str] = &["heartbeat", "logs", "log", "runs"];
/// Most of those children that are looked into: the newest.
const MOST_DAYS: usize = 400;
/// A folder in which each child holds the pages of one job's runs.
const PAGES: &str = "cron/output";
/// Most jobs whose pages are looked at.
const MOST_JOBS: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    pub path: PathBuf,
    /// Beneath the agent's folder, with `/`.
    pub relative: String,
    pub reader: Reader,
    /// Why this reader, for people.
    pub why: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAgent {
    pub id: AgentId,
    pub folder: PathBuf,
    pub files: Vec<FoundFile>,
}

/// Everything found beneath the roots.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    pub agents: Vec<FoundAgent>,
    /// Folders whose change can bring new files or agents.
    pub folders: Vec<PathBuf>,
    /// Files that no reader takes as they are; more in them may make one take them.
    pub undecided: Vec<PathBuf>,
    /// Places that were looked at, for the screen that says nothing was found.
    pub looked_at: Vec<String>,
    /// Sentences about what could not be looked at.
    pub problems: Vec<String>,
}

/// Readers that are known already, so that a file is opened to be recognised only once.
pub type Known<'a> = &'a (dyn Fn(&Path) -> Option<Reader> + Sync);

/// Nothing is known: every file is recognised anew.
pub fn nothing_known(_: &Path) -> Option<Reader> {
    None
}

/// Looks at every root.
pub fn discover(roots: &[PathBuf], config: &Config, known: Known<'_>) -> Discovery {
    look_at(roots, config, known, None)
}

/// As [`discover`], without files of days before `oldest`; of files that are named after days the newest is looked at
/// however old. What a first sight needs: a month of days in their own files is most of all files.
pub fn discover_newest(
    roots: &[PathBuf],
    config: &Config,
    known: Known<'_>,
    oldest: Day,
) -> Discovery {
    look_at(roots, config, known, Some(oldest))
}

fn look_at(roots: &[PathBuf], config: &Config, known: Known<'_>, oldest: Option<Day>) -> Discovery {
    let ignored = config.ignore.iter();
    let ignored = ignored.filter_map(|pattern| glob::Pattern::new(pattern).ok());
    let ignored: Vec<glob::Pattern> = ignored.collect();
    let mut search = Search::new(config, &ignored, known, oldest);
    for root in roots {
        search.root(root);
        search.look_into_folders();
    }
    for agent in &config.agents {
        search.configured(agent, roots);
    }
    search.found.agents.sort_by(|a, b| a.id.cmp(&b.id));
    search.found.folders.sort();
    search.found.folders.dedup();
    search.found
}

struct Search<'a> {
    config: &'a Config,
    ignored: &'a [glob::Pattern],
    known: Known<'a>,
    /// Files of days before it are passed over.
    oldest: Option<Day>,
    found: Discovery,
    /// Folders that may be agents, in their order; not looked into yet.
    folders: Vec<PathBuf>,
    taken: BTreeMap<AgentId, PathBuf>,
}

/// A folder that may be an agent, and what was found in it.
struct Looked<'a> {
    folder: PathBuf,
    files: Vec<FoundFile>,
    search: Search<'a>,
}

impl<'a> Search<'a> {
    fn new(
        config: &'a Config,
        ignored: &'a [glob::Pattern],
        known: Known<'a>,
        oldest: Option<Day>,
    ) -> Self {
        Self {
            config,
            ignored,
            known,
            oldest,
            found: Discovery::default(),
            folders: Vec::new(),
            taken: BTreeMap::new(),
        }
    }

    /// Looks into all folders that may be agents, many of them by several threads; they are named in their order.
    fn look_into_folders(&mut self) {
        let folders = std::mem::take(&mut self.folders).into_iter();
        let mut looked: Vec<Looked<'_>> = folders
            .map(|folder| Looked {
                folder,
                files: Vec::new(),
                search: Search::new(self.config, self.ignored, self.known, self.oldest),
            })
            .collect();
        together::each(&mut looked, |one| {
            one.files = one.search.agent(&one.folder);
        });
        for Looked {
            folder,
            files,
            search,
        } in looked
        {
            self.found.folders.extend(search.found.folders);
            self.found.undecided.extend(search.found.undecided);
            for problem in search.found.problems {
                self.tell(problem);
            }
            if files.iter().any(|file| makes_an_agent(file.reader)) {
                let id = self.name(&folder);
                self.found.agents.push(FoundAgent { id, folder, files });
            }
        }
    }

    fn root(&mut self, root: &Path) {
        self.found.looked_at.push(root.display().to_string());
        match stat(root) {
            Err(error) => self.problem(root, &error),
            Ok(stat) if stat.kind == Kind::Folder => self.folder_of_agents(root),
            Ok(stat) if stat.kind == Kind::Regular => self.single_file(root),
            Ok(_) => self.found.problems.push(format!(
                "{}: not a folder or a regular file",
                root.display()
            )),
        }
    }

    fn folder_of_agents(&mut self, root: &Path) {
        self.folders.push(root.to_path_buf());
        for child in self.folders_in(root) {
            let name = file_name(&child);
            if HOMES.contains(&name.as_str()) {
                self.found.folders.push(child.clone());
                let within = self.folders_in(&child);
                self.folders.extend(within);
            } else if is_home(&child) {
                self.folder_of_agents(&child);
            } else if !INNER.contains(&name.as_str()) && !is_main_workspace(&child) {
                self.folders.push(child);
            }
        }
    }

    /// A file given by name is an agent of its own.
    fn single_file(&mut self, path: &Path) {
        let folder = path
            .parent()
            .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        let relative = file_name(path);
        if let Some(file) = self.file(&folder, relative.clone()) {
            let id = AgentId::from(
                path.file_stem()
                    .map_or(relative, |s| s.to_string_lossy().into_owned())
                    .as_str(),
            );
            self.found.folders.push(folder.clone());
            self.found.agents.push(FoundAgent {
                id,
                folder,
                files: vec![file],
            });
        } else {
            self.found.problems.push(format!(
                "{}: no reader knows this file (see `rounds doctor {}`)",
                path.display(),
                path.display()
            ));
        }
    }

    /// The files of a folder that may be an agent.
    fn agent(&mut self, folder: &Path) -> Vec<FoundFile> {
        let mut files = self.files_of(folder, "");
        if is_openclaw(folder) && folder.join(WORKSPACE).is_dir() {
            files.extend(self.files_of(folder, WORKSPACE));
        }
        files
    }

    /// The files at a place of an agent's folder and in the folders within it that agents are known to use.
    fn files_of(&mut self, folder: &Path, at: &str) -> Vec<FoundFile> {
        let place = folder.join(at);
        let within = |inner: &str| match at {
            "" => inner.to_owned(),
            _ => format!("{at}/{inner}"),
        };
        let mut files = self.files_in(folder, at);
        self.found.folders.push(place.clone());
        let inner: Vec<String> = self
            .folders_in(&place)
            .iter()
            .map(|f| file_name(f))
            .filter(|name| INNER.contains(&name.as_str()))
            .collect();
        let deeper = DEEPER.iter().map(|deep| (*deep).to_owned());
        let deeper = deeper.filter(|deep| place.join(deep).is_dir());
        let pages = self.folders_in_if_there(&place.join(PAGES));
        let pages = pages.iter().take(MOST_JOBS);
        let pages: Vec<String> = pages
            .map(|job| format!("{PAGES}/{}", file_name(job)))
            .collect();
        let days: Vec<String> = inner
            .iter()
            .filter(|name| BY_DAY.contains(&name.as_str()))
            .flat_map(|name| self.days_in(&place, name))
            .collect();
        let subs = inner.into_iter().chain(deeper).chain(pages).chain(days);
        for sub in subs {
            files.extend(self.files_in(folder, &within(&sub)));
            self.found.folders.push(place.join(sub));
        }
        files
    }

    /// The children of an inner folder that are named after a day, the newest of them.
    fn days_in(&mut self, place: &Path, inner: &str) -> Vec<String> {
        let folders = self.folders_in(&place.join(inner));
        let names = folders.iter().map(|folder| file_name(folder));
        let mut days: Vec<String> = names.filter(|name| day_in_name(name).is_some()).collect();
        days.sort_unstable_by(|a, b| b.cmp(a));
        days.truncate(MOST_DAYS);
        days.into_iter()
            .map(|day| format!("{inner}/{day}"))
            .collect()
    }

    /// The folder's name; with its parent's before it where two folders share one.
    fn name(&mut self, folder: &Path) -> AgentId {
        let full = folder
            .canonicalize()
            .unwrap_or_else(|_| folder.to_path_buf());
        let short = AgentId::from(own_name(&full).as_str());
        let id = match self.taken.get(&short) {
            Some(other) if *other != full => {
                let parent = full.parent().map(file_name).unwrap_or_default();
                AgentId::from(format!("{parent}/{}", file_name(&full)).as_str())
            }
            _ => short,
        };
        self.taken.insert(id.clone(), full);
        id
    }

    fn problem(&mut self, path: &Path, error: &std::io::Error) {
        self.tell(format!("{}: {}", path.display(), explain(error)));
    }

    /// Each problem is told once.
    fn tell(&mut self, problem: String) {
        if !self.found.problems.contains(&problem) {
            self.found.problems.push(problem);
        }
    }
}

/// Whether a file of this kind makes its folder an agent.
fn makes_an_agent(reader: Reader) -> bool {
    match reader {
        Reader::Json
        | Reader::Wal
        | Reader::Plan
        | Reader::CronStore
        | Reader::Snapshot
        | Reader::Text
        | Reader::Markdown => true,
        Reader::Insights
        | Reader::Lock
        | Reader::LifeSign
        | Reader::Tracking
        | Reader::Document => false,
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// What the system says of a path that leaves the folder it must stay in.
const XDEV: i32 = rustix::io::Errno::XDEV.raw_os_error();
const LOOP: i32 = rustix::io::Errno::LOOP.raw_os_error();

/// An IO error in the operator's words, with what to do.
pub fn explain(error: &std::io::Error) -> String {
    if matches!(error.raw_os_error(), Some(XDEV | LOOP)) {
        return "a link that leads out of the agent's folder: not followed".to_owned();
    }
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => {
            "no permission to read it (check owner and mode, for example with `ls -ld`)".to_owned()
        }
        _ => error.to_string(),
    }
}
