//! `rounds init`: looks at the place, says what it found and writes a commented config.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::args::{Args, Init};
use super::crontab;
use super::nothing::nothing_found;
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::config::EXAMPLE;
use crate::domain::text;
use crate::paths;
use crate::watch::discover::{Discovery, FoundAgent, discover, nothing_known};

pub fn run(asked: &Init, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    if asked.print {
        answer(EXAMPLE)?;
        return Ok(Exit::Done);
    }
    let target = target(args, here)?;
    let shown = paths::shorten(&target, here.places.home.as_deref());
    if target.exists() {
        return Err(
            Failure::new(format!("{shown} is already there and is not overwritten"))
                .remedy("`rounds init --print` to compare it with the example"),
        );
    }
    // The config that is to be written is no reason to refuse; nothing else of it is needed here.
    let mut global = args.global.clone();
    global.config = None;
    let paths: Vec<PathBuf> = args.paths.iter().chain(&asked.paths).cloned().collect();
    let place = Place::find(&global, &paths, &here.without_config())?;
    let found = discover(&place.roots, &place.config, &nothing_known);
    if found.agents.is_empty() {
        return Err(nothing_found(&found));
    }
    let record = record(&found, here);
    let text = config_text(&place.roots, &found, &record, here)?;
    write(&target, &text).map_err(|error| not_written(&shown, &error))?;
    answer(&format!("{}\n{record}wrote {shown}\n", summary(&found)))?;
    Ok(Exit::Done)
}

fn target(args: &Args, here: &Surroundings) -> Result<PathBuf, Failure> {
    let target = args
        .global
        .config
        .clone()
        .or_else(|| here.places.config_file());
    target.ok_or_else(|| {
        Failure::new("there is no home folder to write a config in").remedy("--config FILE")
    })
}

/// Makes the file; `create_new` is what keeps the promise never to overwrite, whoever else writes meanwhile.
fn write(target: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(target)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn not_written(shown: &str, error: &io::Error) -> Failure {
    let failure = Failure::new(format!("{shown} cannot be written: {error}"));
    match error.kind() {
        io::ErrorKind::AlreadyExists => failure.remedy("look at it: it was written a moment ago"),
        _ => failure.remedy("--config FILE in a folder that can be written"),
    }
}

/// `found 3 agents: …`, one line each.
fn summary(found: &Discovery) -> String {
    let mut out = format!("found {} agents", found.agents.len());
    for agent in &found.agents {
        let _ = write!(out, "\n  {}: {}", agent.id, files(agent));
    }
    out
}

/// `2 json streams, 1 plan`
fn files(agent: &FoundAgent) -> String {
    let mut counted: Vec<(&'static str, usize)> = Vec::new();
    for file in &agent.files {
        let word = file.reader.word();
        match counted.iter_mut().find(|(known, _)| *known == word) {
            Some((_, n)) => *n += 1,
            None => counted.push((word, 1)),
        }
    }
    let parts: Vec<String> = counted.iter().map(|(word, n)| plural(*n, word)).collect();
    parts.join(", ")
}

fn plural(n: usize, word: &str) -> String {
    let uncounted = word.ends_with('s') || word == "markdown";
    let s = if n == 1 || uncounted { "" } else { "s" };
    format!("{n} {word}{s}")
}

/// What the operator's crontab starts of them, and how that becomes their schedule of record; empty where it does not.
fn record(found: &Discovery, here: &Surroundings) -> String {
    let Some(listing) = crontab::listing() else {
        return String::new();
    };
    let home = here.places.home.as_deref();
    let mut out = String::new();
    for share in crontab::shares(&listing, &found.agents, home) {
        let jobs = text::plural(share.lines.len() as u64, "job");
        let remedy = crontab::remedy(&share.agent.folder, home);
        let _ = writeln!(
            out,
            "{jobs} of your crontab for {}: {remedy}",
            share.agent.id
        );
    }
    out
}

/// The example with the roots filled in, and with what was found as comments where it belongs.
fn config_text(
    roots: &[PathBuf],
    found: &Discovery,
    record: &str,
    here: &Surroundings,
) -> Result<String, Failure> {
    let mut named = Vec::with_capacity(roots.len());
    for root in roots {
        named.push(toml::Value::String(for_config(root, here)?));
    }
    let mut out = String::with_capacity(EXAMPLE.len() + 512);
    for line in EXAMPLE.lines() {
        if line.starts_with("#roots = ") {
            for line in summary(found).lines().chain(record.lines()) {
                let _ = writeln!(out, "# {line}");
            }
            let _ = writeln!(
                out,
                "roots = {}",
                toml::Value::Array(std::mem::take(&mut named))
            );
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    Ok(out)
}

fn for_config(root: &Path, here: &Surroundings) -> Result<String, Failure> {
    let home = here.places.home.as_deref();
    let beneath = home
        .and_then(|home| root.strip_prefix(home).ok())
        .and_then(Path::to_str);
    let text = match beneath {
        Some("") => Some("~".to_owned()),
        Some(rest) => Some(format!("~/{rest}")),
        None => root.to_str().map(str::to_owned),
    };
    let shown = paths::shorten(root, None);
    text.ok_or_else(|| {
        Failure::new(format!(
            "{shown} is not UTF-8 and cannot be named in a config"
        ))
        .remedy("rename the folder")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::time::Zone;

    #[test]
    fn what_is_written_loads_and_names_the_place() {
        let here = Surroundings {
            places: paths::Places {
                home: Some("/home/me".into()),
                ..paths::Places::default()
            },
            ..Surroundings::read()
        };
        let roots = [
            PathBuf::from("/home/me/agents"),
            PathBuf::from("/srv/a \"quoted\" one"),
        ];
        let text = config_text(&roots, &Discovery::default(), "", &here).expect("text");
        let home = Some(Path::new("/home/me"));
        let (config, warnings) =
            Config::parse(&text, Path::new("config.toml"), Zone::UTC, home).expect("loads");
        assert_eq!(
            (config.roots.as_slice(), warnings.len()),
            (roots.as_slice(), 0)
        );
    }
}
