//! The structure of the program, held by reading its sources: who may name whom, and what is absent where.
//!
//! docs/ARCHITECTURE.md says why. A failure names the file and the line.

#[path = "architecture/source.rs"]
mod source;

use std::collections::BTreeSet;

use source::Source;

/// Every module, from the ground up, with all the modules of this crate that it may name.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("parse", &["domain"]),
    ("plan", &["domain"]),
    ("detect", &["domain", "plan"]),
    ("ops", &["domain", "parse", "plan", "detect"]),
    ("view", &["domain"]),
    ("report", &["domain", "parse", "plan", "ops", "view"]),
    ("demo", &["domain"]),
    ("paths", &["domain"]),
    ("config", &["domain", "parse", "paths"]),
    ("sys", &["domain"]),
    ("store", &["domain", "ops", "sys"]),
    ("apply", &["domain", "parse", "ops", "sys", "store"]),
    ("watch", &["domain", "parse", "config", "sys", "store"]),
    (
        "reader",
        &["domain", "parse", "detect", "sys", "store", "watch"],
    ),
    (
        "keeper",
        &[
            "domain", "parse", "plan", "detect", "ops", "apply", "paths", "config", "sys", "store",
            "watch", "reader",
        ],
    ),
    ("ui", &["domain", "ops", "view", "reader", "keeper"]),
    (
        "cli",
        &[
            "domain", "parse", "plan", "ops", "view", "report", "demo", "paths", "config", "sys",
            "watch", "reader", "keeper", "ui",
        ],
    ),
    ("main", &["cli"]),
];

/// Modules that take bytes, moments and settings as parameters, and give values or text.
const PURE: &[&str] = &["domain", "parse", "plan", "detect", "ops", "view", "report"];

/// What the outside world is reached through.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
    "File::",
    "SystemTime",
    "Instant",
    "Utc::now",
    "Local::now",
    "rustix",
    "rusqlite",
    "tokio",
    "env::var",
];

/// No file is longer, tests apart. From 400 on a file wants splitting.
const FILE_LINES: usize = 600;
/// Those that are, and how long they may be: none may join them.
const LONGER: &[(&str, usize)] = &[];
/// No function is longer, signature included. From 50 on a function wants splitting.
const FUNCTION_LINES: usize = 80;

/// A breach, said so that an editor can jump to it.
fn at(source: &Source, line: usize, what: &str) -> String {
    format!("src/{}:{line}: {what}", source.path)
}

fn none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

/// Every line of the chosen files on which one of these is written.
fn lines_with(words: &[&str], chosen: impl Fn(&Source) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in source::all().iter().filter(|source| chosen(source)) {
        for (number, line) in source.numbered() {
            if let Some(word) = words.iter().find(|word| holds(line, word)) {
                found.push(at(source, number, &format!("`{word}`")));
            }
        }
    }
    found
}

/// The word stands there and is not the end or the beginning of a longer one.
fn holds(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let open = |end: Option<char>, edge: Option<char>| {
            !(end.is_some_and(part) && edge.is_some_and(part))
        };
        open(word.chars().next(), before) && open(word.chars().next_back(), after)
    })
}

#[test]
fn the_sources_are_found() {
    let all = source::all();
    let modules: BTreeSet<&str> = all.iter().map(Source::module).collect();
    let known: BTreeSet<&str> = LAYERS
        .iter()
        .map(|(name, _)| *name)
        .chain(["lib"])
        .collect();
    assert_eq!(
        modules, known,
        "every module has its layer, every layer its module"
    );
    assert!(
        all.iter()
            .map(|source| source.functions().len())
            .sum::<usize>()
            > 1_000
    );
}

#[test]
fn layers_only_name_what_is_below_them() {
    for (place, (name, below)) in LAYERS.iter().enumerate() {
        for named in *below {
            let found = LAYERS.iter().position(|(other, _)| other == named);
            assert!(
                found.is_some_and(|found| found < place),
                "{name} above {named}"
            );
        }
    }
    let mut breaches = Vec::new();
    for source in source::all() {
        let Some((own, below)) = LAYERS.iter().find(|(name, _)| *name == source.module()) else {
            continue;
        };
        for (line, name) in source.names() {
            let a_module = LAYERS.iter().any(|(other, _)| *other == name);
            if a_module && name != *own && !below.contains(&name.as_str()) {
                breaches.push(at(&source, line, &format!("{own} names {name}")));
            }
        }
    }
    none(&breaches);
}

#[test]
fn the_core_does_no_io_and_reads_no_clock() {
    none(&lines_with(OUTSIDE, |source| {
        PURE.contains(&source.module())
    }));
}

#[test]
fn there_is_one_wall_clock() {
    let words = ["SystemTime::now", "Utc::now", "Local::now"];
    none(&lines_with(&words, |source| source.path != "sys/clock.rs"));
}

#[test]
fn calendars_stay_where_times_are_read_and_planned() {
    let known = [
        "domain/time.rs",
        "domain/time/zone.rs",
        "parse/timestamp.rs",
        "plan/calendar.rs",
        "plan/cron.rs",
    ];
    none(&lines_with(&["chrono", "croner"], |source| {
        !known.contains(&source.path.as_str())
    }));
}

#[test]
fn there_is_no_network_code() {
    let words = [
        "std::net",
        "tokio::net",
        "rustix::net",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "UnixListener",
        "ToSocketAddrs",
    ];
    none(&lines_with(&words, |_| true));
    let lock = include_str!("../Cargo.lock");
    let crates = [
        "curl",
        "h2",
        "hyper",
        "native-tls",
        "openssl",
        "quinn",
        "reqwest",
        "rustls",
        "socket2",
        "ureq",
    ];
    for name in crates {
        assert!(
            !lock.contains(&format!("name = \"{name}\"\n")),
            "{name} in Cargo.lock"
        );
    }
}

#[test]
fn the_screen_knows_snapshots_and_orders_only() {
    let words = [
        "rusqlite",
        "std::fs",
        "File::open",
        "File::create",
        "OpenOptions",
    ];
    none(&lines_with(&words, |source| source.module() == "ui"));
    let desk = ["Order", "Reply"];
    let mut breaches = Vec::new();
    for source in source::all()
        .iter()
        .filter(|source| source.module() == "ui")
    {
        for (number, line) in source.numbered() {
            let Some((_, named)) = line.split_once("crate::keeper::") else {
                continue;
            };
            let mut words = named
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty());
            if !words.all(|word| desk.contains(&word)) {
                breaches.push(at(
                    source,
                    number,
                    "of the keeper the screen names orders and replies",
                ));
            }
        }
    }
    none(&breaches);
}

#[test]
fn sqlite_stays_behind_the_mirror() {
    let known = |source: &Source| {
        source.module() == "store"
            || source.module() == "reader"
            || ["keeper/board.rs", "keeper/owner.rs"].contains(&source.path.as_str())
    };
    none(&lines_with(&["rusqlite"], |source| !known(source)));
}

/// What creates, changes or removes a file. Everywhere else rounds can only read.
#[test]
fn files_are_written_in_known_places_only() {
    let known = [
        // Changes that the operator ordered.
        "apply/",
        // Creates the config, private and never over one.
        "cli/init.rs",
        // A folder for the simulated fleet.
        "cli/demo.rs",
        // The simulated fleet, which is an agents' folder of our own making.
        "demo/",
        // The sign of life of the process that mirrors, in the state folder.
        "keeper/owner.rs",
        // Private folders.
        "paths.rs",
        // The read-only copy for an editor, in a temporary folder.
        "reader/raw.rs",
        // Mirror, ledger and versions, in the state folder.
        "store/",
        // Opens for the others; the private state folder.
        "sys/",
    ];
    let words = [
        "fs::write",
        "fs::rename",
        "fs::copy",
        "fs::remove_file",
        "fs::remove_dir",
        "fs::remove_dir_all",
        "fs::create_dir",
        "fs::create_dir_all",
        "fs::hard_link",
        "fs::set_permissions",
        "symlink",
        "File::create",
        "File::options",
        "OpenOptions",
        "DirBuilder",
        "tempfile",
        "set_len",
        "unlink",
        "renameat",
        "append_private",
    ];
    none(&lines_with(&words, |source| {
        !known.iter().any(|place| source.path.starts_with(place))
    }));
}

#[test]
fn the_environment_is_read_at_the_edge() {
    let known = [
        "cli/surroundings.rs",
        "cli/room.rs",
        "paths.rs",
        // Who did it goes into the ledger.
        "store/ledger/deed.rs",
        // The switch that forces polling.
        "keeper/room.rs",
        // The operator's editor.
        "ui/term.rs",
    ];
    none(&lines_with(
        &["env::var", "env::var_os", "env::vars", "env::args"],
        |source| !known.contains(&source.path.as_str()),
    ));
}

#[test]
fn programs_are_started_by_the_operator_only() {
    // The operator's own editor or pager, on a copy; the commands of the operator's config.
    let known = ["ui/term.rs", "sys/run.rs"];
    none(&lines_with(
        &["process::Command", "Command::new"],
        |source| !known.contains(&source.path.as_str()),
    ));
}

#[test]
fn nothing_is_exited_or_aborted_from_the_middle() {
    none(&lines_with(&["process::exit", "process::abort"], |_| true));
}

#[test]
fn queues_have_a_bound() {
    none(&lines_with(
        &["unbounded_channel", "UnboundedSender", "mpsc::channel()"],
        |_| true,
    ));
}

#[test]
fn only_the_keymap_knows_keys() {
    none(&lines_with(&["KeyCode", "KeyModifiers"], |source| {
        source.path != "ui/keymap.rs"
    }));
}

#[test]
fn nothing_is_unsafe_and_nothing_is_left_for_later() {
    // What they call has no safe wrapper.
    none(&lines_with(&["unsafe"], |source| {
        !["sys/lease.rs", "sys/memory.rs"].contains(&source.path.as_str())
    }));
    let words = ["todo!", "unimplemented!", "unreachable!", "dbg!"];
    none(&lines_with(&words, |_| true));
    let mut breaches = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for (path, text) in source::texts(folder) {
            for (number, line) in text.lines().enumerate() {
                let later = [
                    concat!("TO", "DO"),
                    concat!("FIX", "ME"),
                    concat!("XX", "X"),
                    concat!("for ", "now"),
                ];
                if let Some(word) = later.iter().find(|word| holds(line, word)) {
                    breaches.push(format!("{folder}/{path}:{}: {word}", number + 1));
                }
            }
        }
    }
    none(&breaches);
}

#[test]
fn exceptions_from_lints_carry_their_reason() {
    none(&lines_with(&["#[allow(", "#![allow("], |_| true));
}

#[test]
fn files_and_functions_stay_small() {
    let mut breaches = Vec::new();
    for source in source::all() {
        let known = LONGER.iter().find(|(path, _)| *path == source.path);
        let most = known.map_or(FILE_LINES, |(_, most)| *most);
        if source.lines > most {
            let what = format!("{} lines, at most {most}", source.lines);
            breaches.push(at(&source, source.lines, &what));
        }
        for function in source.functions() {
            if function.lines > FUNCTION_LINES {
                let what = format!(
                    "{} has {} lines, at most {FUNCTION_LINES}",
                    function.name, function.lines
                );
                breaches.push(at(&source, function.line, &what));
            }
        }
    }
    none(&breaches);
}
