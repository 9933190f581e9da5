//! `rounds lint`: the contract check, with line and column.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::args::{Args, Lint};
use super::inspect::{Frame, LARGEST_WHOLE, read_whole};
use super::{Exit, Failure, Surroundings, answer, place};
use crate::config::Config;
use crate::domain::time::Ts;
use crate::keeper::copied;
use crate::parse::classify::reader_for;
use crate::parse::{self, Context, Diagnostic, Reader};
use crate::paths;
use crate::report::lint::{self as report, Linted};
use crate::sys::file::{open_beneath, stat_open};
use crate::watch::discover::{discover, nothing_known};

/// Bytes that decide the reader.
const HEAD: usize = 64 * 1024;

/// Checks what was named, else everything that is found here.
pub fn run(asked: &Lint, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let (config, _) = place::config(&args.global, here)?;
    let mut files: Vec<Linted> = Vec::new();
    for file in &asked.files {
        named(file, &config, here, &mut files)?;
    }
    if asked.files.is_empty() {
        let found = place::Place::find(&args.global, &args.paths, here)?;
        agents(&found.roots, &found.config, here, &mut files);
    }
    let text = if asked.json {
        report::json(&files)
    } else {
        report::text(&files, here.terminal.look(args.global.color, &config.ui))
    };
    answer(&text)?;
    if files.iter().any(|file| file.error.is_some()) {
        return Ok(Exit::Failed);
    }
    let clean = files.iter().all(|file| file.diagnostics.is_empty());
    Ok(if clean { Exit::Done } else { Exit::Found })
}

fn named(
    path: &Path,
    config: &Config,
    here: &Surroundings,
    files: &mut Vec<Linted>,
) -> Result<(), Failure> {
    if path == Path::new("-") {
        files.push(standard_input(config)?);
        return Ok(());
    }
    if path.is_dir() {
        let before = files.len();
        agents(&[path.to_owned()], config, here, files);
        if files.len() == before {
            let shown = paths::shorten(path, None);
            return Err(
                Failure::new(format!("{shown} holds no file of the contract"))
                    .remedy("name the files, or a folder that holds agents"),
            );
        }
        return Ok(());
    }
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let parent = path.parent().unwrap_or(Path::new(""));
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    // The folder tells a plan of a day from any other JSON, and a lock from a lock file.
    let within = parent
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let relative = match within.as_deref() {
        Some(folder @ ("heartbeat" | "schedule" | "locks")) => format!("{folder}/{name}"),
        _ => name.clone(),
    };
    let shown = paths::shorten(path, None);
    files.push(file(parent, &name, &relative, shown, None, config));
    Ok(())
}

fn agents(roots: &[PathBuf], config: &Config, here: &Surroundings, files: &mut Vec<Linted>) {
    let found = discover(roots, config, &nothing_known);
    for agent in &found.agents {
        for one in &agent.files {
            let shown = shown(&one.path, here);
            files.push(file(
                &agent.folder,
                &one.relative,
                &one.relative,
                shown,
                Some(one.reader),
                config,
            ));
        }
    }
}

/// Relative to the current folder where it lies beneath it.
fn shown(path: &Path, here: &Surroundings) -> String {
    let beneath = path.strip_prefix(&here.places.here).unwrap_or(path);
    paths::shorten(beneath, None)
}

fn file(
    folder: &Path,
    name: &str,
    relative: &str,
    shown: String,
    known: Option<Reader>,
    config: &Config,
) -> Linted {
    let mut linted = Linted {
        file: shown,
        reader: None,
        diagnostics: Vec::new(),
        error: None,
    };
    // Of a database the name is enough: what is read of it is a copy's.
    let by = |head: &[u8]| reader_for(relative, head, &config.vocabulary).map(|(reader, _)| reader);
    let known = known.or_else(|| by(&[]).filter(|reader| *reader == Reader::CronStore));
    let copy = (known == Some(Reader::CronStore))
        .then(|| copied(folder, name, &std::env::temp_dir()))
        .flatten();
    let read = match copy {
        Some(copy) => copy.map(|bytes| (bytes, Ts::default())),
        None => read(folder, name),
    };
    match read {
        Ok((bytes, modified)) => {
            let head = &bytes[..bytes.len().min(HEAD)];
            let reader = known.or_else(|| by(head));
            linted.reader = reader.filter(|reader| is_contract(*reader));
            if let Some(reader) = linted.reader {
                linted.diagnostics = check(reader, &bytes, relative, modified, config);
            }
        }
        Err(error) => linted.error = Some(format!("cannot be read: {error}")),
    }
    linted
}

fn read(folder: &Path, name: &str) -> io::Result<(Vec<u8>, Ts)> {
    let file: File = open_beneath(folder, name)?;
    let stat = stat_open(&file)?;
    Ok((read_whole(&file, stat.size)?, stat.modified()))
}

fn standard_input(config: &Config) -> Result<Linted, Failure> {
    let mut bytes = Vec::new();
    let read = io::stdin()
        .lock()
        .take(LARGEST_WHOLE)
        .read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("standard input cannot be read: {error}")))?;
    Ok(Linted {
        file: "-".to_owned(),
        reader: Some(Reader::Json),
        diagnostics: check(
            Reader::Json,
            &bytes,
            "heartbeat.jsonl",
            Ts::default(),
            config,
        ),
        error: None,
    })
}

/// Readers whose files the contract describes; the others are read as they come and have no rules to break.
fn is_contract(reader: Reader) -> bool {
    match reader {
        // A store is its scheduler's own; that it is damaged is told to whoever wrote it by hand.
        Reader::Json
        | Reader::Wal
        | Reader::Plan
        | Reader::CronStore
        | Reader::Lock
        | Reader::Insights => true,
        Reader::Snapshot
        | Reader::Text
        | Reader::Markdown
        | Reader::LifeSign
        | Reader::Tracking
        | Reader::Document => false,
    }
}

fn check(
    reader: Reader,
    bytes: &[u8],
    path: &str,
    modified: Ts,
    config: &Config,
) -> Vec<Diagnostic> {
    let frame = Frame {
        zone: config.policy.zone.value,
        vocabulary: &config.vocabulary,
    };
    let context = Context {
        path,
        zone: frame.zone,
        modified,
        vocabulary: frame.vocabulary,
    };
    if reader == Reader::CronStore {
        let (_, mut diagnostics) = parse::store(bytes, &context);
        diagnostics.retain(|one| one.kind.is_damage());
        return diagnostics;
    }
    parse::lint::file(reader, bytes, &context)
}
