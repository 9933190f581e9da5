//! Where this command looks: config, roots, state folder. Every mistake about them has its sentence here.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;

use super::args::{Args, Global};
use super::failure::Failure;
use super::surroundings::Surroundings;
use super::{out, when};
use crate::config::suggest::nearest;
use crate::config::{Config, Warning};
use crate::domain::time::{Ts, Zone};
use crate::paths;

/// What a command works on.
#[derive(Clone, Debug)]
pub struct Place {
    pub config: Config,
    pub roots: Vec<PathBuf>,
    pub state_dir: PathBuf,
    pub read_only: bool,
    /// `--at`
    pub at: Option<Ts>,
    /// The zone of the screen.
    pub zone: Zone,
    pub now: Ts,
}

/// The remedy of a command that does nothing else.
pub const MAKE_WRITABLE: &str = "without --read-only and read_only = true in the config";

impl Place {
    /// Reads the config and checks that every root can be looked into.
    ///
    /// # Errors
    /// All mistakes of the config at once; a root that is not a folder or cannot be opened; `--at` that is no moment.
    pub fn find(global: &Global, paths: &[PathBuf], here: &Surroundings) -> Result<Self, Failure> {
        let (config, warnings) = config(global, here)?;
        for warning in warnings {
            out::complain(&warning_text(&warning, &config));
        }
        let zone = config.policy.zone.value;
        let at = moment("--at", global.at.as_deref(), here.now, zone)?;
        if at.is_some_and(|at| at > here.now) {
            return Err(Failure::new("--at lies in the future").remedy("a moment that has been"));
        }
        let named: Vec<PathBuf> = paths.iter().chain(&global.roots).cloned().collect();
        let roots = roots(named, &config, here)?;
        let state_dir = state_of(&state_dir(global, &config, here)?, &roots, &config);
        Ok(Self {
            read_only: global.read_only || config.read_only,
            config,
            roots,
            state_dir,
            at,
            zone,
            now: here.now,
        })
    }

    /// Refuses what a command keeps, where rounds is read-only.
    ///
    /// # Errors
    /// The sentence says `what` would be kept.
    pub fn writable(&self, what: &str, remedy: &str) -> Result<(), Failure> {
        if self.read_only {
            let sentence = format!("{what}, and rounds is read-only here");
            return Err(Failure::new(sentence).remedy(remedy));
        }
        Ok(())
    }

    /// Reads `--since`, which may not lie behind the moment that is judged.
    ///
    /// # Errors
    /// As for any moment.
    pub fn since(&self, text: Option<&str>) -> Result<Option<Ts>, Failure> {
        let judged = self.at.unwrap_or(self.now);
        let since = moment("--since", text, judged, self.zone)?;
        match since {
            Some(since) if since > judged => {
                let (since, judged) = (self.zone.date_hhmm(since), self.zone.date_hhmm(judged));
                let what =
                    format!("--since {since} lies after {judged}, the moment that is judged");
                Err(Failure::new(what).remedy("an earlier --since"))
            }
            since => Ok(since),
        }
    }
}

/// The config that counts here, with its doubts.
///
/// # Errors
/// All its mistakes at once.
pub fn config(global: &Global, here: &Surroundings) -> Result<(Config, Vec<Warning>), Failure> {
    let home = here.places.home.as_deref();
    let asked = global.config.clone().or_else(|| here.places.config.clone());
    let file = match asked {
        Some(file) => Some(file),
        None => here.places.config_file().filter(|file| file.exists()),
    };
    let (mut config, warnings) = match file {
        Some(file) => Config::load(&file, here.zone, home)?,
        None => (Config::default_for(here.zone), Vec::new()),
    };
    config.ui.plain |= global.plain;
    Ok((config, warnings))
}

/// A warning with its place.
pub fn warning_text(warning: &Warning, config: &Config) -> String {
    let file = config
        .file
        .as_deref()
        .map_or_else(String::new, |file| paths::shorten(file, None));
    match warning.line {
        0 => format!("{file}: {}", warning.sentence),
        line => format!("{file}:{line}: {}", warning.sentence),
    }
}

/// Reads an option that names a moment.
///
/// # Errors
/// What was given, and what is accepted.
pub fn moment(
    option: &str,
    text: Option<&str>,
    now: Ts,
    zone: Zone,
) -> Result<Option<Ts>, Failure> {
    let Some(text) = text else {
        return Ok(None);
    };
    let read = when::parse(text, now, zone);
    read.map(Some).map_err(|error| {
        Failure::new(format!("{option}: {error}")).remedy(format!("one of {}", when::FORMS))
    })
}

fn roots(
    named: Vec<PathBuf>,
    config: &Config,
    here: &Surroundings,
) -> Result<Vec<PathBuf>, Failure> {
    let chosen = if !named.is_empty() {
        named
    } else if !config.roots.is_empty() {
        config.roots.clone()
    } else if config.agents.iter().any(|agent| agent.folder.is_some()) {
        Vec::new()
    } else {
        vec![here.places.here.clone()]
    };
    let mut roots: Vec<PathBuf> = Vec::with_capacity(chosen.len());
    for path in chosen {
        let root = root(&path)?;
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    Ok(roots)
}

/// A root must be a folder of agents, or the log of one, that can be opened. It comes back absolute, so that the same folder is the
/// same fleet from wherever it is named.
fn root(path: &Path) -> Result<PathBuf, Failure> {
    let shown = paths::shorten(path, None);
    let meta = fs::metadata(path).map_err(|error| unreachable_root(path, &shown, &error))?;
    let kind = meta.file_type();
    if kind.is_fifo() || kind.is_socket() || kind.is_char_device() || kind.is_block_device() {
        let what = format!(
            "{shown} is a {}, not a folder of agents: it is not opened",
            kind_word(kind)
        );
        return Err(Failure::new(what).remedy("the folder that holds the agents' folders"));
    }
    if kind.is_file() {
        fs::File::open(path).map_err(|error| unreachable_root(path, &shown, &error))?;
    } else {
        fs::read_dir(path).map_err(|error| unreachable_root(path, &shown, &error))?;
    }
    fs::canonicalize(path).map_err(|error| unreachable_root(path, &shown, &error))
}

fn kind_word(kind: fs::FileType) -> &'static str {
    if kind.is_fifo() {
        "FIFO"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    }
}

fn unreachable_root(path: &Path, shown: &str, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => {
            let failure = Failure::new(format!("there is no {shown}"));
            let word = path
                .to_str()
                .filter(|word| !word.contains('/'))
                .unwrap_or_default();
            let commands = Args::command();
            let names = commands.get_subcommands().map(clap::Command::get_name);
            match nearest(word, names) {
                Some(command) => failure.remedy(format!("rounds {command}")),
                None if word.is_empty() => {
                    failure.remedy("the folder that holds the agents' folders")
                }
                None => failure
                    .remedy("the folder that holds the agents' folders")
                    .remedy("rounds --help, for the commands"),
            }
        }
        io::ErrorKind::PermissionDenied => {
            Failure::new(format!("{shown} cannot be opened: permission denied"))
                .remedy("read and search permission for you on this folder")
        }
        _ => Failure::new(format!("{shown} cannot be opened: {error}")),
    }
}

fn state_dir(global: &Global, config: &Config, here: &Surroundings) -> Result<PathBuf, Failure> {
    let configured = config.state_dir.as_deref();
    let found = here
        .places
        .state_dir(global.state_dir.as_deref(), configured);
    found.ok_or_else(|| {
        Failure::new("there is no home folder to keep the state in")
            .remedy("--state-dir DIR, or $ROUNDS_STATE_DIR")
    })
}

/// Where the state of these roots is kept. The fleet of the config has the state folder itself, whatever roots it gains or
/// loses; every other place has a folder of its own beneath, because agents of two fleets may share a name and marks belong
/// to one fleet.
fn state_of(state_dir: &Path, roots: &[PathBuf], config: &Config) -> PathBuf {
    let mut own: Vec<PathBuf> = config
        .roots
        .iter()
        .filter_map(|root| fs::canonicalize(root).ok())
        .collect();
    let mut these = roots.to_vec();
    own.sort();
    own.dedup();
    these.sort();
    if own == these {
        return state_dir.to_owned();
    }
    let mut all = Vec::new();
    for root in &these {
        all.extend_from_slice(root.as_os_str().as_encoded_bytes());
        all.push(0);
    }
    let name = these
        .first()
        .and_then(|root| root.file_name())
        .unwrap_or_default();
    let readable: String = name
        .to_string_lossy()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(24)
        .collect();
    let hash = xxhash_rust::xxh3::xxh3_64(&all);
    state_dir
        .join("places")
        .join(format!("{readable}-{hash:016x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::surroundings::Terminal;
    use crate::paths::Places;

    fn here(dir: &Path) -> Surroundings {
        Surroundings {
            places: Places {
                home: Some(dir.to_owned()),
                config_home: Some(dir.join(".config")),
                state_home: Some(dir.join(".state")),
                here: dir.to_owned(),
                ..Places::default()
            },
            now: Ts(1_774_588_200_000),
            zone: Zone::UTC,
            terminal: Terminal::default(),
            log: None,
        }
    }

    fn refused(global: &Global, paths: &[PathBuf], dir: &Path) -> String {
        Place::find(global, paths, &here(dir))
            .expect_err("refused")
            .to_string()
    }

    #[test]
    fn without_anything_it_is_this_folder() {
        let tmp = tempfile::tempdir().expect("a folder");
        let dir = tmp.path().canonicalize().expect("real");
        let place = Place::find(&Global::default(), &[], &here(&dir)).expect("a place");
        assert_eq!(place.roots, std::slice::from_ref(&dir));
        assert!(
            place
                .state_dir
                .starts_with(dir.join(".state/rounds/places"))
        );
    }

    #[test]
    fn the_command_line_replaces_the_roots_of_the_config() {
        let tmp = tempfile::tempdir().expect("a folder");
        let dir = tmp.path().canonicalize().expect("real");
        for name in ["a", "b", ".config/rounds"] {
            fs::create_dir_all(dir.join(name)).expect("made");
        }
        fs::write(
            dir.join(".config/rounds/config.toml"),
            "roots = [\"~/a\"]\nread_only = true\n",
        )
        .expect("written");
        let configured = Place::find(&Global::default(), &[], &here(&dir)).expect("a place");
        assert_eq!(configured.state_dir, dir.join(".state/rounds"));
        assert_eq!(
            (configured.roots, configured.read_only),
            (vec![dir.join("a")], true)
        );
        let asked = [dir.join("b"), dir.join("b/../b")];
        let named = Place::find(&Global::default(), &asked, &here(&dir)).expect("a place");
        assert_eq!(named.roots, [dir.join("b")]);
        assert_ne!(named.state_dir, dir.join(".state/rounds"));
        let again =
            Place::find(&Global::default(), &[dir.join("a")], &here(&dir)).expect("a place");
        assert_eq!(
            again.state_dir,
            dir.join(".state/rounds"),
            "the config's own fleet"
        );
    }

    #[test]
    fn a_mistyped_command_is_recognised() {
        let tmp = tempfile::tempdir().expect("a folder");
        let said = refused(&Global::default(), &["standpu".into()], tmp.path());
        assert!(said.contains("rounds standup"), "{said}");
    }

    #[test]
    fn a_log_is_a_place_and_what_is_not_there_is_none() {
        let tmp = tempfile::tempdir().expect("a folder");
        let file = tmp
            .path()
            .canonicalize()
            .expect("real")
            .join("heartbeat.jsonl");
        fs::write(&file, "").expect("written");
        let place = Place::find(
            &Global::default(),
            std::slice::from_ref(&file),
            &here(tmp.path()),
        );
        assert_eq!(place.expect("a place").roots, [file]);
        let none = [tmp.path().join("none")];
        assert!(refused(&Global::default(), &none, tmp.path()).contains("there is no"));
    }

    #[test]
    fn moments_are_checked_against_each_other() {
        let tmp = tempfile::tempdir().expect("a folder");
        let at = |text: &str| Global {
            at: Some(text.to_owned()),
            ..Global::default()
        };
        assert!(refused(&at("2099-01-01"), &[], tmp.path()).contains("future"));
        assert!(refused(&at("soonish"), &[], tmp.path()).contains("yesterday"));
        let place = Place::find(&at("2d"), &[], &here(tmp.path())).expect("a place");
        assert!(
            place.since(Some("1h")).is_ok(),
            "counted back from the moment that is judged"
        );
        assert!(place.since(Some("2026-03-27")).is_err());
    }

    #[test]
    fn a_config_that_was_named_must_be_there() {
        let tmp = tempfile::tempdir().expect("a folder");
        let global = Global {
            config: Some(tmp.path().join("none.toml")),
            ..Global::default()
        };
        assert!(refused(&global, &[], tmp.path()).contains("no such file"));
    }
}
