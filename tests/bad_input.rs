//! Places and files as they should not be: each gives a clear message or a visible state, nothing is lost, nothing hangs.

mod fleet;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use fleet::{Dice, Place, append, beat, messages, now};
use rounds::domain::time::{Span, Ts};
use rounds::keeper::{OneShot, Setup};
use rounds::sys::clock::Clock;

/// Nothing may take longer, on a busy machine either.
const LIMIT: Duration = Duration::from_mins(1);

/// Runs to its end, which must come.
fn ran(command: &mut Command) -> Output {
    let begun = Instant::now();
    let output = command.output().expect("rounds runs");
    assert!(begun.elapsed() < LIMIT, "took {:?}", begun.elapsed());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn with_lines(lines: u32) -> Place {
    let place = Place::new();
    for n in 0..lines {
        append(&place.log(), beat(n, now()));
    }
    place
}

#[test]
fn a_path_that_does_not_exist_is_named() {
    let place = Place::new();
    let output = ran(place.command(&["standup"]).arg("/nowhere/at/all"));
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("/nowhere/at/all"));
}

#[test]
fn an_empty_folder_says_where_it_looked_and_what_to_do() {
    let place = Place::new();
    let output = ran(&mut place.command(&["standup"]));
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(said.contains("no agents found"), "{said}");
}

#[test]
fn a_folder_without_permission_is_told() {
    let place = with_lines(1);
    let closed = place.fleet().join("closed");
    fs::create_dir(&closed).expect("a folder");
    append(&closed.join("heartbeat.jsonl"), beat(9, now()));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("closed");
    let readable = fs::read_dir(&closed).is_ok();
    let fleet = place.open().fleet(None).expect("a board");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("opened");
    if readable {
        // Whoever may read everything (root) is not kept out by a mode.
        assert_eq!(fleet.agents.len(), 2);
        return;
    }
    assert!(
        fleet.health.blind.iter().any(|b| b.contains("permission")),
        "{:?}",
        fleet.health.blind
    );
}

#[test]
fn a_pipe_under_a_logs_name_is_never_waited_for() {
    let place = with_lines(2);
    let folder = place.fleet().join("piped");
    fs::create_dir(&folder).expect("a folder");
    let made = Command::new("mkfifo")
        .arg(folder.join("heartbeat.jsonl"))
        .status();
    assert!(made.expect("mkfifo").success());
    let output = ran(&mut place.command(&["standup"]));
    assert!(text(&output.stdout).contains("social"));
    assert_eq!(place.messages(), messages(0..2));
}

/// The peak of resident memory of a run, in bytes.
fn peak_of(command: &mut Command) -> u64 {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("rounds starts");
    let (begun, mut peak) = (Instant::now(), 0);
    while child.try_wait().expect("it can be asked").is_none() {
        assert!(begun.elapsed() < LIMIT, "it hangs");
        let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
        let kb = status.unwrap_or_default().lines().find_map(|line| {
            let rest = line.strip_prefix("VmHWM:")?;
            rest.split_whitespace().next()?.parse::<u64>().ok()
        });
        peak = peak.max(kb.unwrap_or(0) * 1_024);
        fleet::pause(Duration::from_millis(2));
    }
    peak
}

#[test]
fn a_line_of_many_megabytes_is_passed_over_in_little_memory() {
    let place = with_lines(1);
    let size: u64 = if fleet::large() { 2 << 30 } else { 64 << 20 };
    let log = fleet::appender(&place.log());
    let end = log.metadata().expect("its size").len();
    // Sparse: the line is made of zero bytes.
    log.set_len(end + size).expect("a long line");
    append(&place.log(), format!("\n{}", beat(1, now())));
    let begun = Instant::now();
    let peak = peak_of(&mut place.command(&["standup"]));
    println!(
        "a line of {} MB: peak {} MB, {:.1} s",
        size >> 20,
        peak >> 20,
        begun.elapsed().as_secs_f64()
    );
    assert!(peak < 200_000_000, "{peak}");
    assert_eq!(place.messages(), messages(0..2));
    let fleet = place.open().fleet(None).expect("a board");
    assert_eq!(fleet.health.damaged_files, 1);
}

#[test]
fn binary_files_under_any_name_hurt_nobody() {
    let place = with_lines(2);
    let mut dice = Dice(11);
    for name in [
        "heartbeat-1.jsonl",
        "schedule.json",
        "INSIGHTS.md",
        "state.json",
        "agent.log",
        "wal.jsonl",
        "notes.txt",
    ] {
        let bytes: Vec<u8> = (0..40_000).map(|_| dice.next() as u8).collect();
        fs::write(place.agent().join(name), bytes).expect("noise");
    }
    for args in [
        &["standup"][..],
        &["log"],
        &["why", "social"],
        &["doctor"],
        &["lint"],
    ] {
        let output = ran(&mut place.command(args));
        let controls = output
            .stdout
            .iter()
            .filter(|b| **b < 0x20 && **b != b'\n' && **b != b'\t');
        assert_eq!(controls.count(), 0, "{args:?} printed control bytes");
    }
    let shown = place.messages();
    assert!(messages(0..2).iter().all(|m| shown.contains(m)));
}

#[test]
fn a_folder_of_many_tiny_files_is_bounded_and_said() {
    let place = with_lines(2);
    let many = if fleet::large() { 100_000 } else { 10_000 };
    for n in 0..many {
        fs::write(place.agent().join(format!("note-{n}.json")), "{}").expect("a file");
    }
    let begun = Instant::now();
    let fleet = place.open().fleet(None).expect("a board");
    println!("{many} tiny files: {:.2} s", begun.elapsed().as_secs_f64());
    assert!(
        fleet
            .health
            .blind
            .iter()
            .any(|b| b.contains("are looked at")),
        "{:?}",
        fleet.health.blind
    );
    assert_eq!(
        place.messages(),
        messages(0..2),
        "the log is found among them"
    );
}

#[test]
fn a_state_folder_that_cannot_be_written_is_replaced_and_said() {
    let place = with_lines(2);
    // A file in the way stops root, too.
    fs::write(place.dir.path().join("file"), "").expect("a file");
    let setup = Setup {
        state_dir: place.dir.path().join("file/state"),
        ..place.setup()
    };
    let fleet = OneShot::open(setup)
        .expect("it starts")
        .fleet(None)
        .expect("a board");
    assert_eq!(fleet.agents.len(), 1);
    assert!(
        fleet
            .health
            .notices
            .iter()
            .any(|n| n.contains("cannot be written"))
    );
}

#[test]
fn the_mirror_of_a_newer_version_is_left_alone() {
    let place = with_lines(3);
    drop(place.open());
    let path = place.state().join("mirror.db");
    let newer = rusqlite::Connection::open(&path).expect("the mirror");
    newer
        .execute_batch("PRAGMA user_version=9999; PRAGMA wal_checkpoint(TRUNCATE);")
        .expect("made newer");
    drop(newer);
    let before = fs::read(&path).expect("the mirror");
    let fleet = place.open().fleet(None).expect("a board");
    assert!(fleet.health.notices.iter().any(|n| n.contains("newer")));
    assert_eq!(place.messages(), messages(0..3));
    assert_eq!(fs::read(&path).expect("the mirror"), before);
}

/// Damages a mirror somewhere: bytes changed, cut off, or its log changed.
fn damage(state: &Path, dice: &mut Dice) {
    let name = if dice.one_in(4) {
        "mirror.db-wal"
    } else {
        "mirror.db"
    };
    let Ok(file) = fs::OpenOptions::new().write(true).open(state.join(name)) else {
        return;
    };
    let size = file.metadata().expect("its size").len();
    if dice.one_in(3) {
        file.set_len(dice.below(size + 1)).expect("cut");
        return;
    }
    let noise: Vec<u8> = (0..=dice.below(3_000)).map(|_| dice.next() as u8).collect();
    file.write_all_at(&noise, dice.below(size)).expect("noise");
}

#[test]
fn a_mirror_damaged_anywhere_is_rebuilt_and_marks_stay() {
    let times = if fleet::large() { 10_000 } else { 60 };
    let seed = fleet::seed();
    let mut dice = Dice(seed);
    let place = with_lines(40);
    let mark = Ts(now().0 - 86_400_000);
    place.open().mark_standup(mark).expect("a mark");
    let mut silent = 0;
    for _ in 0..times {
        damage(&place.state(), &mut dice);
        let mut shot = place.open();
        assert_eq!(shot.mark(), mark, "seed {seed}");
        shot.fleet(None).expect("a board");
        drop(shot);
        if place.messages() != messages(0..40) {
            // Some damage leaves a readable mirror that says less; deleting it is always safe.
            silent += 1;
            place.forget_mirror();
            assert_eq!(place.messages(), messages(0..40), "seed {seed}");
        }
        for entry in fs::read_dir(place.state()).expect("the state").flatten() {
            if entry.file_name().to_string_lossy().contains(".damaged") {
                fs::remove_file(entry.path()).expect("tidied");
            }
        }
    }
    println!(
        "store harness: {times} damages, 0 crashes, marks kept, {silent} unnoticed at the start, seed {seed}"
    );
}

#[test]
fn a_clock_that_jumps_loses_and_doubles_nothing() {
    let place = Place::new();
    let begin = now();
    let mut n = 0;
    for jump in [0_i64, 7_200_000, -7_200_000, 31_536_000_000, 0] {
        let at = Ts(begin.0 + jump);
        for _ in 0..3 {
            append(&place.log(), beat(n, at));
            n += 1;
        }
        let setup = Setup {
            clock: Clock::Fixed(at),
            ..place.setup()
        };
        let fleet = OneShot::open(setup)
            .expect("it starts")
            .fleet(None)
            .expect("a board");
        assert_eq!(fleet.agents.len(), 1);
    }
    assert_eq!(place.messages(), messages(0..n));
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost_once_there_is_room() {
    let place = with_lines(400);
    // No file may grow past 64 KiB: the mirror cannot.
    let program = place.command(&["standup"]);
    let line = std::iter::once(program.get_program())
        .chain(program.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ");
    let mut shell = Command::new("bash");
    shell
        .arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f 64; exec {line}"))
        .stdin(Stdio::null());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    let output = ran(&mut shell);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.code().is_some(),
        "it ends by itself, not by a signal: {:?}",
        output.status
    );
    assert!(
        said.contains("mirror") || said.contains("social"),
        "it says something: {said}"
    );
    assert_eq!(place.messages(), messages(0..400));
}

#[test]
fn a_torn_write_at_the_very_end_waits() {
    let place = with_lines(1);
    let line = beat(1, now());
    let mut log = fleet::appender(&place.log());
    for byte in line.as_bytes().chunks(9) {
        log.write_all(byte).expect("a piece");
        let shown = place.messages();
        assert!(shown == messages(0..1) || shown == messages(0..2));
    }
    assert_eq!(place.messages(), messages(0..2));
}

#[test]
fn what_can_be_done_about_many_cases_is_decided_from_one_board() {
    let place = Place::new();
    let tasks: Vec<String> = (0..100)
        .map(|n| format!(r#"{{"id":"t{n}","schedule":{{"kind":"cron","expr":"0 * * * *"}}}}"#))
        .collect();
    let plan = format!(r#"{{"tz":"UTC","tasks":[{}]}}"#, tasks.join(","));
    fs::write(place.agent().join("schedule.json"), plan).expect("a plan");
    let tomorrow = now() + Span::hours(24);
    append(&place.log(), beat(1, now()));
    append(&place.log(), beat(2, tomorrow - Span::mins(5)));
    let mut shot = OneShot::open(Setup {
        clock: Clock::Fixed(tomorrow),
        ..place.setup()
    })
    .expect("it starts");
    let fleet = shot.fleet(None).expect("a board");
    let cases = fleet.cases().len();
    assert!(cases >= 100, "{cases} cases");
    let offered = shot.with_offers(&fleet);
    assert_eq!(offered.offers.len(), cases);
    assert!(offered.offers.values().all(|offers| !offers.is_empty()));
    let after = shot.fleet(None).expect("a board");
    assert_eq!(after.version, fleet.version + 2, "one board for all");
}
