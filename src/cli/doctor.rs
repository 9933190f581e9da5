//! `rounds doctor`: what is in the way, and how every file is read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

mod changes;
mod schedulers;
mod seeing;

use super::args::{Args, Doctor};
use super::inspect::{Frame, inspect};
use super::place::{self, Place};
use super::{Exit, Failure, Surroundings, answer};
use crate::config::Config;
use crate::domain::text::clean;
use crate::paths;
use crate::report::doctor::{self as report, Agent, Check, File, Verdict};
use crate::sys::mount::must_poll;
use crate::watch::discover::{Discovery, FoundAgent, FoundFile, discover, nothing_known};

/// Looks at everything and leaves it as it was.
pub fn run(asked: &Doctor, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let (config, check) = config(args, here);
    let mut doctor = report::Doctor {
        checks: vec![
            good("rounds", format!("version {}", env!("CARGO_PKG_VERSION"))),
            check,
            terminal(here),
        ],
        agents: Vec::new(),
        looked_at: Vec::new(),
        in_full: !asked.paths.is_empty() || !args.paths.is_empty() || !args.global.roots.is_empty(),
    };
    let ui = config.as_ref().map(|config| config.ui.clone());
    match place(asked, args, here, config.as_ref()) {
        Ok(place) => examine(&place, here, &mut doctor),
        Err(failure) => {
            let remedy = failure.remedies.first().cloned();
            doctor.checks.push(bad("place", failure.what, remedy));
        }
    }
    doctor.checks.extend(damage(&doctor.agents));
    let text = if asked.json {
        report::json(&doctor)
    } else {
        let mut ui = ui.unwrap_or_default();
        ui.plain |= args.global.plain;
        let look = here.terminal.look(args.global.color, &ui);
        report::text(&doctor, look)
    };
    answer(&text)?;
    Ok(match doctor.worst() {
        Verdict::Good | Verdict::Doubt => Exit::Done,
        Verdict::Bad => Exit::Found,
    })
}

/// Where to look. The mistakes of a broken config have been told: the rest is looked at without it.
fn place(
    asked: &Doctor,
    args: &Args,
    here: &Surroundings,
    config: Option<&Config>,
) -> Result<Place, Failure> {
    let paths: Vec<PathBuf> = args.paths.iter().chain(&asked.paths).cloned().collect();
    if config.is_some() {
        return Place::find(&args.global, &paths, here);
    }
    let mut global = args.global.clone();
    global.config = None;
    Place::find(&global, &paths, &here.without_config())
}

fn examine(place: &Place, here: &Surroundings, doctor: &mut report::Doctor) {
    let found = discover(&place.roots, &place.config, &nothing_known);
    let problems = found
        .problems
        .iter()
        .map(|problem| clean(problem).into_owned());
    doctor.checks.push(zone(place));
    doctor.checks.push(state(&place.state_dir));
    doctor.checks.extend(seeing::checks(&place.state_dir));
    doctor
        .checks
        .extend(place.roots.iter().map(|root| watching(root, here)));
    doctor.checks.extend(watches(found.folders.len()));
    doctor.checks.push(fleet(&found));
    doctor
        .checks
        .extend(changes::check(&found, place.read_only));
    doctor.checks.extend(schedulers::checks(&found, here));
    doctor
        .checks
        .extend(problems.map(|problem| bad("files", problem, None)));
    let in_full = doctor.in_full;
    let agents = found.agents.iter();
    doctor.agents = agents
        .map(|agent| self::agent(agent, &place.config, in_full, here))
        .collect();
    doctor.looked_at = found
        .looked_at
        .iter()
        .map(|path| clean(path).into_owned())
        .collect();
}

fn good(name: &'static str, found: String) -> Check {
    Check {
        name,
        verdict: Verdict::Good,
        found,
        remedy: None,
    }
}

fn doubt(name: &'static str, found: String, remedy: &str) -> Check {
    Check {
        name,
        verdict: Verdict::Doubt,
        found,
        remedy: Some(remedy.to_owned()),
    }
}

fn bad(name: &'static str, found: String, remedy: Option<String>) -> Check {
    Check {
        name,
        verdict: Verdict::Bad,
        found,
        remedy,
    }
}

fn config(args: &Args, here: &Surroundings) -> (Option<Config>, Check) {
    match place::config(&args.global, here) {
        Err(failure) => (None, bad("config", failure.what, None)),
        Ok((config, warnings)) => {
            let found = match &config.file {
                Some(file) => paths::shorten(file, here.places.home.as_deref()),
                None => "none, and none is needed".to_owned(),
            };
            let check = match warnings.first() {
                None => good("config", found),
                Some(first) => doubt(
                    "config",
                    format!("{found}, {} doubts", warnings.len()),
                    &place::warning_text(first, &config),
                ),
            };
            (Some(config), check)
        }
    }
}

fn terminal(here: &Surroundings) -> Check {
    let terminal = &here.terminal;
    if !terminal.drawable {
        return doubt(
            "terminal",
            "none to draw on: `rounds` prints the standup".to_owned(),
            "a terminal other than TERM=dumb",
        );
    }
    let columns = terminal
        .width
        .map_or_else(String::new, |width| format!("{width} columns, "));
    let colour = if terminal.no_color {
        "no colour (NO_COLOR)"
    } else {
        "colour"
    };
    if terminal.utf8 {
        return good("terminal", format!("{columns}{colour}, UTF-8"));
    }
    doubt(
        "terminal",
        format!("{columns}{colour}, ASCII signs"),
        "a UTF-8 locale, such as LANG=C.UTF-8",
    )
}

fn zone(place: &Place) -> Check {
    let zone = place.config.policy.zone;
    good("zone", format!("{} ({})", zone.value, zone.source.word()))
}

/// The state folder as it is; it is made by the first command that needs it.
fn state(dir: &Path) -> Check {
    let shown = paths::shorten(dir, None);
    let Ok(meta) = fs::metadata(dir) else {
        let parent = dir.ancestors().find(|folder| folder.is_dir());
        return match parent.filter(|folder| may_write(folder)) {
            Some(_) => good("state", format!("{shown}, not made yet")),
            None => bad(
                "state",
                format!("{shown} cannot be made"),
                Some("--state-dir DIR, or $ROUNDS_STATE_DIR".to_owned()),
            ),
        };
    };
    let mode = meta.permissions().mode() & 0o777;
    if !meta.is_dir() {
        return bad(
            "state",
            format!("{shown} is not a folder"),
            Some("--state-dir DIR".to_owned()),
        );
    }
    if !may_write(dir) {
        return doubt(
            "state",
            format!("{shown} cannot be written: nothing is kept between two looks"),
            "write permission, or --state-dir DIR",
        );
    }
    let others = mode & 0o077 != 0;
    if others {
        return doubt(
            "state",
            format!("{shown} is open to others (mode {mode:03o})"),
            "the next start closes it",
        );
    }
    good("state", format!("{shown} (mode {mode:03o})"))
}

fn may_write(folder: &Path) -> bool {
    rustix::fs::access(
        folder,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    )
    .is_ok()
}

fn watching(root: &Path, here: &Surroundings) -> Check {
    let shown = paths::shorten(root, here.places.home.as_deref());
    if must_poll(root) {
        return doubt(
            "watching",
            format!("{shown}: another machine or layer may change it, so it is polled"),
            "nothing to do; changes show with the sweep",
        );
    }
    good(
        "watching",
        format!("{shown}: notifications, with a sweep behind them"),
    )
}

/// Whether the kernel grants as many watches as there are folders. Nothing is said where it does not tell.
fn watches(folders: usize) -> Option<Check> {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_user_watches").ok()?;
    let limit: usize = limit.trim().parse().ok()?;
    let found = format!("{folders} folders to watch, {limit} allowed for all programs");
    if folders * 2 <= limit {
        return Some(good("watches", found));
    }
    let remedy =
        "sysctl fs.inotify.max_user_watches=524288; until then the sweep finds what is not watched";
    Some(doubt("watches", found, remedy))
}

fn fleet(found: &Discovery) -> Check {
    let files: usize = found.agents.iter().map(|agent| agent.files.len()).sum();
    match found.agents.len() {
        0 => bad(
            "agents",
            "none found".to_owned(),
            Some("a folder with agents, or `rounds demo`".to_owned()),
        ),
        n => good("agents", format!("{n}, files: {files}")),
    }
}

/// Damage is shown beside each file; here it is counted once.
fn damage(agents: &[Agent]) -> Option<Check> {
    let files = agents.iter().flat_map(|agent| &agent.files);
    let damaged = files
        .filter(|file| file.damaged > 0 || file.error.is_some())
        .count();
    (damaged > 0).then(|| {
        bad(
            "damage",
            match damaged {
                1 => "one file is damaged or cannot be read".to_owned(),
                n => format!("{n} files are damaged or cannot be read"),
            },
            None,
        )
    })
}

fn agent(agent: &FoundAgent, config: &Config, in_full: bool, here: &Surroundings) -> Agent {
    Agent {
        agent: agent.id.to_string(),
        folder: paths::shorten(&agent.folder, here.places.home.as_deref()),
        files: agent
            .files
            .iter()
            .map(|one| file(agent, one, config, in_full))
            .collect(),
    }
}

fn file(agent: &FoundAgent, one: &FoundFile, config: &Config, in_full: bool) -> File {
    let own_zone = config.policy.agents.get(&agent.id).and_then(|own| own.zone);
    let frame = Frame {
        zone: own_zone.unwrap_or(config.policy.zone.value),
        vocabulary: &config.vocabulary,
    };
    let mut file = File {
        file: clean(&one.relative).into_owned(),
        reader: one.reader.word(),
        why: one.why,
        bytes: fs::metadata(&one.path).map_or(0, |meta| meta.len()),
        records: 0,
        damaged: 0,
        unknown_words: Vec::new(),
        assumed_zones: 0,
        wrong_clocks: 0,
        error: None,
        first: None,
    };
    if !in_full {
        return file;
    }
    match inspect(&agent.folder, &one.relative, one.reader, &frame) {
        Ok(found) => {
            file.records = found.records;
            file.damaged = found.damaged;
            file.unknown_words = found.unknown_words;
            file.assumed_zones = found.assumed_zones;
            file.wrong_clocks = found.wrong_clocks;
            file.first = found.first.map(|first| {
                format!(
                    "line {}: {}: {}",
                    first.line,
                    first.kind.word(),
                    first.found
                )
            });
        }
        Err(error) => file.error = Some(clean(&error.to_string()).into_owned()),
    }
    file
}
