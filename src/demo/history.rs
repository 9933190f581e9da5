//! Writes a history without running it: logs in large pieces, documents as they stand at the end.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::domain::time::{Span, Ts};

use super::events::{Event, Events, Log, PlanWrite, ends_line};
use super::roster::PlanHabit;
use super::world::{Member, World};
use super::{Progress, Spec, Summary};

/// Bytes of one log that wait in memory before they are written.
const PIECE: usize = 64 * 1_024;

/// Writes the whole history of a fleet into `dir`, one folder an agent, and says what was made to go wrong. File times are
/// those of the simulated writes. Refuses a folder that already holds one of the agents.
pub fn write(dir: &Path, spec: &Spec, progress: impl FnMut(Progress)) -> io::Result<Summary> {
    let world = Arc::new(World::new(*spec));
    for member in &world.members {
        let folder = dir.join(&member.name);
        if folder.exists() {
            let text = format!(
                "{} is already there; give an empty folder",
                folder.display()
            );
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
        fs::create_dir_all(&folder)?;
    }
    let mut history = History::new(dir, Arc::clone(&world));
    history.run(progress)?;
    history.finish()
}

#[derive(Default)]
struct OpenLog {
    waiting: Vec<u8>,
    last: Ts,
    /// The file on disk is of this history; the first piece makes it.
    exists: bool,
}

struct History<'a> {
    dir: &'a Path,
    world: Arc<World>,
    logs: BTreeMap<PathBuf, OpenLog>,
    /// Per agent and kind of log: where it writes now, so that a path is made once a day and not once a line.
    current: Vec<[Option<(String, PathBuf)>; 2]>,
    plans: BTreeMap<PathBuf, (Ts, PlanWrite)>,
    texts: BTreeMap<PathBuf, (Ts, String)>,
    summary: Summary,
}

impl<'a> History<'a> {
    fn new(dir: &'a Path, world: Arc<World>) -> Self {
        let summary = Summary {
            agents: world
                .members
                .iter()
                .map(|member| member.name.clone())
                .collect(),
            from: world.spec.from(),
            until: world.spec.until,
            lines: 0,
            bytes: 0,
            files: 0,
            incidents: Vec::new(),
        };
        Self {
            dir,
            logs: BTreeMap::new(),
            current: vec![[None, None]; world.members.len()],
            plans: BTreeMap::new(),
            texts: BTreeMap::new(),
            summary,
            world,
        }
    }

    fn run(&mut self, mut progress: impl FnMut(Progress)) -> io::Result<()> {
        let spec = self.world.spec;
        let mut told = spec.from();
        for (at, agent, event) in Events::from(Arc::clone(&self.world), spec.from()) {
            if at > spec.until {
                break;
            }
            if at >= told {
                told = told + Span::hours(6);
                let (lines, bytes) = (self.summary.lines, self.summary.bytes);
                progress(Progress {
                    lines,
                    bytes,
                    at,
                    from: spec.from(),
                    until: spec.until,
                });
            }
            self.take(at, agent, event)?;
        }
        let (lines, bytes) = (self.summary.lines, self.summary.bytes);
        progress(Progress {
            lines,
            bytes,
            at: spec.until,
            from: spec.from(),
            until: spec.until,
        });
        Ok(())
    }

    fn take(&mut self, at: Ts, agent: usize, event: Event) -> io::Result<()> {
        let member = &self.world.members[agent];
        let folder = self.dir.join(&member.name);
        match event {
            Event::Append { log, bytes } => return self.append(at, agent, log, &bytes),
            Event::Plan(write) => {
                self.plans
                    .insert(folder.join(plan_path(member, &write)), (at, write));
            }
            Event::Insights(text) => {
                self.texts.insert(folder.join("INSIGHTS.md"), (at, text));
            }
            Event::Document { name, text } => {
                self.texts.insert(folder.join(name), (at, text));
            }
            Event::Lock { resource, text } => {
                self.texts
                    .insert(folder.join(lock_path(&resource)), (at, text));
            }
            Event::Unlock { resource } => {
                self.texts.remove(&folder.join(lock_path(&resource)));
            }
            Event::Rotate => self.rotate(&folder)?,
            Event::LinkOut { name } => {
                self.texts.remove(&folder.join(name));
            }
            Event::Incident(incident) => self.summary.incidents.push(incident),
        }
        Ok(())
    }

    fn append(&mut self, at: Ts, agent: usize, log: Log, bytes: &str) -> io::Result<()> {
        let member = &self.world.members[agent];
        let slot = &mut self.current[agent][log as usize];
        let name = log_path(member, log, at);
        if slot.as_ref().is_none_or(|(known, _)| *known != name) {
            let path = self.dir.join(&member.name).join(&name);
            *slot = Some((name, path));
        }
        let Some((_, path)) = slot else { return Ok(()) };
        if !self.logs.contains_key(path) {
            self.logs.insert(path.clone(), OpenLog::default());
        }
        if let Some(open) = self.logs.get_mut(path) {
            open.waiting.extend_from_slice(bytes.as_bytes());
            open.last = at;
            if open.waiting.len() >= PIECE {
                spill(path, open)?;
            }
        }
        self.summary.bytes += bytes.len() as u64;
        self.summary.lines += u64::from(log == Log::Heartbeat && ends_line(bytes));
        Ok(())
    }

    fn rotate(&mut self, folder: &Path) -> io::Result<()> {
        let path = folder.join("heartbeat.jsonl");
        let Some(mut log) = self.logs.remove(&path) else {
            return Ok(());
        };
        spill(&path, &mut log)?;
        let aside = folder.join("heartbeat.jsonl.1");
        fs::rename(&path, &aside)?;
        stamp(&aside, log.last)?;
        self.logs.insert(aside, log);
        Ok(())
    }

    fn finish(mut self) -> io::Result<Summary> {
        for (path, log) in &mut self.logs {
            spill(path, log)?;
            stamp(path, log.last)?;
        }
        for (path, (at, write)) in &self.plans {
            self.texts
                .insert(path.clone(), (*at, write.text(&self.world)));
        }
        for (path, (at, text)) in &self.texts {
            parent(path)?;
            fs::write(path, text)?;
            stamp(path, *at)?;
            self.summary.bytes += text.len() as u64;
        }
        self.summary.files = self.logs.len() + self.texts.len();
        self.summary
            .incidents
            .sort_by(|a, b| (a.since, &a.agent).cmp(&(b.since, &b.agent)));
        Ok(self.summary)
    }
}

fn spill(path: &Path, log: &mut OpenLog) -> io::Result<()> {
    if !log.exists {
        parent(path)?;
        log.exists = true;
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(&log.waiting)?;
    log.waiting.clear();
    Ok(())
}

pub(super) fn parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

pub(super) fn stamp(path: &Path, at: Ts) -> io::Result<()> {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or(0));
    File::options().append(true).open(path)?.set_modified(at)
}

/// Relative to the agent's folder.
pub(super) fn log_path(member: &Member, log: Log, at: Ts) -> String {
    match log {
        Log::Wal => "wal.jsonl".to_owned(),
        Log::Heartbeat if member.day_logs => format!("heartbeat/{}.jsonl", member.zone.day_of(at)),
        Log::Heartbeat => "heartbeat.jsonl".to_owned(),
    }
}

/// Relative to the agent's folder.
pub(super) fn plan_path(member: &Member, write: &PlanWrite) -> String {
    match member.role.plan {
        PlanHabit::DayFiles => format!("schedule/{}.json", write.day()),
        PlanHabit::Current | PlanHabit::Standing | PlanHabit::None => "schedule.json".to_owned(),
    }
}

/// Relative to the agent's folder.
pub(super) fn lock_path(resource: &str) -> String {
    format!("locks/{resource}.lock")
}
