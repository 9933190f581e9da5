use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use super::*;
use crate::sys::gate::{Call, Pass};
use crate::sys::process;
use crate::sys::run::Surrounding;

/// Appends a word to a text that ends with a full line.
struct AddWord(&'static str);

impl Edit for AddWord {
    fn make(&mut self, base: &[u8]) -> Made {
        let text = String::from_utf8_lossy(base);
        if text.contains(self.0) {
            return Made::Already;
        }
        if !text.ends_with('\n') {
            return Made::Torn("no line end".to_owned());
        }
        if text.contains("closed") {
            return Made::Refused("it is closed".to_owned());
        }
        Made::New(format!("{text}{}\n", self.0).into_bytes())
    }

    fn look(&self, now: &[u8]) -> Seen {
        if String::from_utf8_lossy(now).contains(self.0) {
            Seen::Stands
        } else {
            Seen::Overwritten
        }
    }
}

fn hand(op: &str) -> Hand {
    let pid = std::process::id();
    Hand {
        op: OpId::from(op),
        verb: "skip".to_owned(),
        uid: 0,
        tty: None,
        host: "here".to_owned(),
        pid,
        pid_started: process::started(pid),
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(text: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::write(folder.plan(), text).unwrap();
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn plan(&self) -> std::path::PathBuf {
        self.path().join("schedule.json")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.plan()).unwrap()
    }

    fn own(&self) -> Vec<String> {
        let own = crate::sys::folder::Folder::open(&self.path().join(ROUNDS)).unwrap();
        own.names().unwrap()
    }

    fn change(&self) -> FileChange {
        FileChange::new(
            hand("OP"),
            self.path().to_path_buf(),
            "schedule.json".to_owned(),
            Box::new(AddWord("held")),
        )
    }

    /// Runs a change to its end; time jumps to whatever is waited for.
    fn carry(&self, best: Level, gate: Gate) -> Ended {
        self.carry_with(best, gate, |_| {})
    }

    fn carry_with(
        &self,
        best: Level,
        mut gate: Gate,
        mut at_each_wait: impl FnMut(Instant),
    ) -> Ended {
        let mut change = self.change();
        let mut now = Instant::now();
        loop {
            let mut desk = Desk {
                now,
                at: Ts(0),
                gate: &mut gate,
                patience: Patience::default(),
                best,
            };
            match change.step(&mut desk) {
                Step::Wait(until) => {
                    if until > now {
                        at_each_wait(until);
                    }
                    now = now.max(until);
                }
                Step::Ended(ended) => return ended,
            }
        }
    }
}

fn done(ended: Ended) -> Replaced {
    match ended {
        Ended::Done(Effect::File(change)) => change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_root_makes_in_an_agents_folder_belongs_to_the_agent() {
    use std::os::unix::fs::{MetadataExt, chown};
    let folder = Folder::with("plan\n");
    // Only root can give a folder away.
    let user = if rustix::process::geteuid().is_root() {
        chown(folder.path(), Some(4_711), Some(4_711)).unwrap();
        chown(folder.plan(), Some(4_711), Some(4_711)).unwrap();
        4_711
    } else {
        rustix::process::geteuid().as_raw()
    };
    let change = done(folder.carry(Level::A, Gate::open()));
    let owner = |path: &Path| std::fs::metadata(path).unwrap().uid();
    let own = folder.path().join(ROUNDS);
    assert_eq!((owner(&folder.plan()), owner(&own)), (user, user));
    assert_eq!(owner(&own.join(change.displaced.unwrap())), user);
}

#[test]
fn a_file_with_a_second_name_is_left_as_it_is() {
    let folder = Folder::with("plan\n");
    let other = folder.path().join("other.json");
    std::fs::hard_link(folder.plan(), &other).unwrap();
    for level in LEVELS {
        let (Ended::Refused(why) | Ended::Failed(why)) = folder.carry(level, Gate::open()) else {
            panic!("its other name would keep the old text");
        };
        assert!(why.contains("second name"), "{why}");
        assert_eq!(folder.text(), "plan\n");
    }
    std::fs::remove_file(&other).unwrap();
    done(folder.carry(Level::A, Gate::open()));
    assert_eq!(folder.text(), "plan\nheld\n");
}

#[test]
fn a_second_name_that_a_killed_rounds_left_is_no_obstacle() {
    let folder = Folder::with("plan\n");
    let own = folder.path().join(ROUNDS);
    std::fs::create_dir(&own).unwrap();
    std::fs::hard_link(folder.plan(), own.join("01X.1.aa.bb")).unwrap();
    done(folder.carry(Level::C, Gate::open()));
    assert_eq!(folder.text(), "plan\nheld\n");
}

#[test]
fn what_the_system_refuses_is_told_with_place_and_remedy() {
    use rustix::io::Errno;
    let cases = [
        (Call::FolderMake, Errno::ACCESS, "cannot be made in /"),
        (Call::FolderMake, Errno::ACCESS, "belongs to uid"),
        (Call::FolderMake, Errno::ROFS, "mounted read-only"),
        (Call::TempWrite, Errno::NOSPC, "make room on the disk"),
        (Call::TempWrite, Errno::DQUOT, "make room on the disk"),
    ];
    for (call, errno, said) in cases {
        let folder = Folder::with("plan\n");
        let gate = Gate::guarded(move |this| {
            if this == call {
                return Pass::Fail(errno);
            }
            Pass::On
        });
        let Ended::Failed(why) = folder.carry(Level::A, gate) else {
            panic!("{call:?} was refused");
        };
        assert!(
            why.contains(said) && why.contains("nothing was changed"),
            "{why}"
        );
        assert_eq!(folder.text(), "plan\n");
    }
}

const LEVELS: [Level; 3] = [Level::A, Level::B, Level::C];

#[test]
fn at_each_level_the_file_is_changed_and_the_old_one_is_kept() {
    for level in LEVELS {
        let folder = Folder::with("plan\n");
        let change = done(folder.carry(level, Gate::open()));
        assert_eq!(folder.text(), "plan\nheld\n");
        assert_eq!(change.level, level);
        let kept = change.displaced.unwrap();
        assert_eq!(
            folder.own(),
            std::slice::from_ref(&kept),
            "no lock, no temporary file"
        );
        let old = std::fs::read(folder.path().join(ROUNDS).join(kept)).unwrap();
        assert_eq!(old, b"plan\n");
        assert_eq!(folder.carry(level, Gate::open()), Ended::Already);
    }
}

#[test]
fn a_precondition_that_moved_stops_it() {
    let folder = Folder::with("plan closed\n");
    let ended = folder.carry(Level::A, Gate::open());
    assert_eq!(ended, Ended::Refused("it is closed".to_owned()));
    assert_eq!(folder.own(), Vec::<String>::new());
}

#[test]
fn a_torn_file_is_tried_again_and_never_repaired() {
    let folder = Folder::with("half");
    let mut waits = 0;
    let plan = folder.plan();
    let ended = folder.carry_with(Level::A, Gate::open(), |_| {
        waits += 1;
        if waits == 3 {
            std::fs::write(&plan, "half and half\n").unwrap();
        }
    });
    done(ended);
    assert_eq!(folder.text(), "half and half\nheld\n");

    let folder = Folder::with("half");
    let Ended::Refused(why) = folder.carry(Level::A, Gate::open()) else {
        panic!("it stays torn");
    };
    assert!(why.contains("cannot be read"), "{why}");
    assert_eq!(folder.text(), "half");
}

#[test]
fn whoever_has_the_file_open_is_waited_for_then_named() {
    let folder = Folder::with("plan\n");
    let mut open = std::fs::OpenOptions::new()
        .write(true)
        .open(folder.plan())
        .unwrap();
    let Ended::Refused(why) = folder.carry(Level::A, Gate::open()) else {
        panic!("it is open");
    };
    assert!(why.contains("open: nothing was changed"), "{why}");
    assert_eq!(folder.text(), "plan\n");

    let mut waits = 0;
    let mut writer = Some(());
    open.seek(SeekFrom::End(0)).unwrap();
    let mut open = Some(open);
    let ended = folder.carry_with(Level::A, Gate::open(), |_| {
        waits += 1;
        if waits == 3 && writer.take().is_some() {
            let mut file = open.take().unwrap();
            file.write_all(b"late\n").unwrap();
        }
    });
    assert_eq!(done(ended).level, Level::A);
    assert_eq!(folder.text(), "plan\nlate\nheld\n");
}

/// An agent that does something right before the nth call of a kind.
fn agent_before(call: Call, turn: u32, act: impl Fn() + Send + 'static) -> Gate {
    let mut turns = 0;
    Gate::guarded(move |this| {
        if this == call {
            turns += 1;
            if turns == turn {
                act();
            }
        }
        Pass::On
    })
}

#[test]
fn a_file_that_is_replaced_right_before_the_exchange_is_put_back() {
    for (level, call) in [
        (Level::A, Call::Exchange),
        (Level::B, Call::Exchange),
        (Level::C, Call::Aside),
    ] {
        let folder = Folder::with("plan\n");
        let (plan, new) = (folder.plan(), folder.path().join("new"));
        let gate = agent_before(call, 1, move || {
            std::fs::write(&new, "plan of the agent\n").unwrap();
            std::fs::rename(&new, &plan).unwrap();
        });
        let change = done(folder.carry(level, gate));
        assert_eq!(folder.text(), "plan of the agent\nheld\n", "{level:?}");
        assert_eq!(change.collisions, 1);
    }
}

/// Whether somebody waits for a file that this process has leased.
#[cfg(target_os = "linux")]
fn is_waited_for() -> bool {
    let own = format!(" {} ", std::process::id());
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    let mut leases = locks.lines().filter(|line| line.contains("LEASE"));
    leases.any(|line| line.contains("BREAKING") && line.contains(&own))
}

/// An agent replaces the file right before the exchange, and another reads it before it is put back.
#[cfg(target_os = "linux")]
#[test]
fn who_meets_the_new_file_before_it_is_put_back_waits_and_reads_what_was_put_back() {
    let folder = Folder::with("plan\n");
    let (plan, new) = (folder.plan(), folder.path().join("new"));
    let reader = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (mut is_replaced, here) = (false, reader.clone());
    let gate = Gate::guarded(move |call| {
        if call == Call::Exchange && !is_replaced {
            is_replaced = true;
            std::fs::write(&new, "plan of the agent\n").unwrap();
            std::fs::rename(&new, &plan).unwrap();
        } else if call == Call::TargetStat && is_replaced && here.lock().unwrap().is_none() {
            let plan = plan.clone();
            let reading = std::thread::spawn(move || std::fs::read_to_string(plan).unwrap());
            while !is_waited_for() && !reading.is_finished() {
                std::thread::yield_now();
            }
            *here.lock().unwrap() = Some(reading);
        }
        Pass::On
    });
    let change = done(folder.carry(Level::A, gate));
    let reader = reader.lock().unwrap().take().unwrap();
    assert_eq!(reader.join().unwrap(), "plan of the agent\n");
    assert_eq!(folder.text(), "plan of the agent\nheld\n");
    assert_eq!((change.collisions, change.notes), (1, Vec::new()));
    assert_eq!(folder.own(), [change.displaced.unwrap()]);
}

#[test]
fn what_a_reader_of_the_moment_in_between_writes_over_at_level_b_is_kept_and_told() {
    let folder = Folder::with("plan\n");
    let (plan, new) = (folder.plan(), folder.path().join("new"));
    let (mut exchanges, mut read) = (0, String::new());
    let gate = Gate::guarded(move |call| {
        exchanges += u32::from(call == Call::Exchange);
        match (call, exchanges) {
            (Call::Exchange, 1) => {
                std::fs::write(&new, "plan of the agent\n").unwrap();
                std::fs::rename(&new, &plan).unwrap();
            }
            // It reads before the agent's version is put back, and writes after.
            (Call::TargetStat, 1) => read = std::fs::read_to_string(&plan).unwrap(),
            (Call::TargetStat, 2) if !read.is_empty() => {
                let text = std::mem::take(&mut read) + "of another\n";
                std::fs::write(&plan, text).unwrap();
            }
            _ => {}
        }
        Pass::On
    });
    let change = done(folder.carry(Level::B, gate));
    assert_eq!(folder.text(), "plan\nheld\nof another\n");
    let own = folder.own();
    let copy = own.iter().find(|name| {
        let text = std::fs::read_to_string(folder.path().join(ROUNDS).join(name)).unwrap();
        text == "plan of the agent\n"
    });
    let copy = copy.expect("no word of the agent's is gone");
    assert!(
        change.notes.iter().any(|note| note.contains(copy)),
        "{:?}",
        change.notes
    );
    assert_eq!(kept::look(&mut Gate::open(), folder.path()).unwrap(), []);
}

#[test]
fn a_version_that_is_kept_survives_the_end_of_patience() {
    for level in [Level::B, Level::C] {
        let folder = Folder::with("plan\n");
        let (plan, new) = (folder.plan(), folder.path().join("new"));
        let mut turn = 0;
        // Before each exchange the agent replaces the file, and once more before it is put back.
        let gate = Gate::guarded(move |call| {
            if matches!(call, Call::Exchange | Call::Aside | Call::PutBack) {
                turn += 1;
                std::fs::write(&new, format!("plan {turn}\n")).unwrap();
                std::fs::rename(&new, &plan).unwrap();
            }
            Pass::On
        });
        let patience = Patience {
            lease: Duration::ZERO,
            ..Patience::default()
        };
        let (mut change, mut gate) = (folder.change(), gate);
        let mut now = Instant::now();
        let ended = loop {
            let mut desk = Desk {
                now,
                at: Ts(0),
                gate: &mut gate,
                patience,
                best: level,
            };
            match change.step(&mut desk) {
                Step::Wait(until) => now = now.max(until),
                Step::Ended(ended) => break ended,
            }
        };
        let Ended::Refused(why) = ended else {
            panic!("{level:?}: {ended:?}");
        };
        let own = folder.own();
        let told = own.iter().filter(|name| why.contains(name.as_str()));
        let texts: Vec<String> = told
            .map(|name| std::fs::read_to_string(folder.path().join(ROUNDS).join(name)).unwrap())
            .collect();
        assert!(
            texts.contains(&"plan 1\n".to_owned()),
            "{level:?}: {why}: {own:?}"
        );
    }
}

#[test]
fn a_file_that_is_written_in_place_right_before_the_exchange_is_put_back() {
    for (level, call) in [(Level::B, Call::Exchange), (Level::C, Call::Aside)] {
        let folder = Folder::with("plan\n");
        let plan = folder.plan();
        let gate = agent_before(call, 1, move || {
            std::fs::write(&plan, "PLAN\n").unwrap();
        });
        done(folder.carry(level, gate));
        assert_eq!(folder.text(), "PLAN\nheld\n", "{level:?}");
    }
}

#[test]
fn a_late_write_into_the_displaced_file_is_taken_up() {
    for level in [Level::B, Level::C] {
        let folder = Folder::with("plan\n");
        let mut open = std::fs::OpenOptions::new()
            .append(true)
            .open(folder.plan())
            .unwrap();
        // The descriptor of before the exchange, used right after it.
        let gate = {
            let mut written = false;
            Gate::guarded(move |call| {
                if call == Call::FolderSync && !written {
                    written = true;
                    open.write_all(b"late\n").unwrap();
                }
                Pass::On
            })
        };
        let change = done(folder.carry(level, gate));
        assert_eq!(folder.text(), "plan\nlate\nheld\n", "{level:?}");
        assert_eq!(change.collisions, 1);
        // Taken up, so it is not told as late.
        assert_eq!(kept::look(&mut Gate::open(), folder.path()).unwrap(), []);
    }
}

#[test]
fn a_new_file_in_the_gap_of_level_c_stands() {
    let folder = Folder::with("plan\n");
    let plan = folder.plan();
    let gate = agent_before(Call::PutBack, 1, move || {
        assert!(!plan.exists());
        std::fs::write(&plan, "new\n").unwrap();
    });
    let change = done(folder.carry(Level::C, gate));
    assert_eq!(folder.text(), "new\nheld\n");
    assert_eq!(change.collisions, 1);
    assert!(change.notes[0].contains("kept as"), "{:?}", change.notes);
}

#[test]
fn every_call_that_fails_leaves_the_old_file_or_the_new_one() {
    use rustix::io::Errno;
    for level in LEVELS {
        for errno in [
            Errno::IO,
            Errno::NOSPC,
            Errno::MFILE,
            Errno::INTR,
            Errno::ROFS,
        ] {
            for turn in 1.. {
                let folder = Folder::with("plan\n");
                let mut calls = 0;
                let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
                let hit = seen.clone();
                let gate = Gate::guarded(move |call| {
                    calls += 1;
                    if calls == turn {
                        *hit.lock().unwrap() = Some(call);
                        return Pass::Fail(errno);
                    }
                    Pass::On
                });
                let ended = folder.carry(level, gate);
                let Some(call) = *seen.lock().unwrap() else {
                    break;
                };
                let text = folder.text();
                let at = format!("{level:?} {errno:?} at call {turn} {call:?}: {ended:?}");
                match ended {
                    Ended::Done(_) | Ended::Already => assert_eq!(text, "plan\nheld\n", "{at}"),
                    Ended::Refused(_) | Ended::Failed(_) => assert_eq!(text, "plan\n", "{at}"),
                    Ended::Conflicted(_) => panic!("{at}"),
                }
            }
        }
    }
}

fn steps(mut step: impl FnMut(&mut Desk<'_>) -> Step, gate: &mut Gate, real: bool) -> Ended {
    let mut now = Instant::now();
    loop {
        let mut desk = Desk {
            now,
            at: Ts(0),
            gate,
            patience: Patience::default(),
            best: Level::A,
        };
        match step(&mut desk) {
            Step::Wait(_) if real => {
                std::thread::yield_now();
                now = Instant::now();
            }
            Step::Wait(until) => now = now.max(until),
            Step::Ended(ended) => return ended,
        }
    }
}

fn line(folder: &Folder, missing: append::Missing) -> AppendLine {
    AppendLine::new(
        hand("OP"),
        folder.path().to_path_buf(),
        "inbox.jsonl".to_owned(),
        "{\"op\":\"OP\"}".to_owned(),
        missing,
    )
}

#[test]
fn a_line_is_appended_once_and_stands_alone() {
    let folder = Folder::with("plan\n");
    let inbox = folder.path().join("inbox.jsonl");
    let mut gate = Gate::open();
    let refused = line(&folder, append::Missing::Refused).step(&mut Desk {
        now: Instant::now(),
        at: Ts(0),
        gate: &mut gate,
        patience: Patience::default(),
        best: Level::A,
    });
    assert!(matches!(refused, Step::Ended(Ended::Refused(_))));
    std::fs::write(&inbox, "{\"torn\":").unwrap();
    for expected in [Ended::Done(Effect::Line(Vec::new())), Ended::Already] {
        let mut append = line(&folder, append::Missing::Made);
        assert_eq!(steps(|desk| append.step(desk), &mut gate, false), expected);
    }
    assert_eq!(
        std::fs::read_to_string(&inbox).unwrap(),
        "{\"torn\":\n{\"op\":\"OP\"}\n"
    );
}

#[test]
fn a_line_that_is_cut_short_goes_on_or_is_told() {
    use rustix::io::Errno;
    let folder = Folder::with("plan\n");
    let mut writes = 0;
    let mut gate = Gate::guarded(move |call| {
        if call != Call::AppendWrite {
            return Pass::On;
        }
        writes += 1;
        match writes {
            1 => Pass::Short(4),
            2 => Pass::Fail(Errno::NOSPC),
            _ => Pass::On,
        }
    });
    let mut append = line(&folder, append::Missing::Made);
    let Ended::Conflicted(why) = steps(|desk| append.step(desk), &mut gate, false) else {
        panic!("it is a fragment");
    };
    assert!(why.contains("4 of 12 bytes"), "{why}");
    let inbox = folder.path().join("inbox.jsonl");
    assert_eq!(std::fs::read_to_string(inbox).unwrap(), "{\"op\n");
}

fn run(argv: &[&str], timeout: Duration, surrounding: Surrounding) -> Ended {
    let argv = argv.iter().map(|&word| word.to_owned()).collect();
    let mut program = Program::new(argv, timeout, surrounding);
    steps(|desk| program.step(desk), &mut Gate::open(), true)
}

#[test]
fn a_command_is_run_without_a_shell_and_ended_with_its_group() {
    use crate::sys::run::End;
    let long = Duration::from_secs(20);
    let ran = |argv: &[&str], timeout, surrounding| match run(argv, timeout, surrounding) {
        Ended::Done(Effect::Program(ran)) => ran,
        other => panic!("{other:?}"),
    };
    let said = ran(&["echo", "$HOME; \u{1b}[31mred"], long, Surrounding::Own);
    assert_eq!(said.end, End::Exit(0));
    assert!(said.said.starts_with("$HOME; ") && !said.said.contains('\u{1b}'));
    assert_eq!(ran(&["false"], long, Surrounding::Own).end, End::Exit(1));
    let env = ran(&["env"], long, Surrounding::Cleared);
    assert!(env.said.starts_with("PATH="), "{env:?}");
    let over = ran(
        &["sleep", "60"],
        Duration::from_millis(20),
        Surrounding::Own,
    );
    assert_eq!(over.end, End::TimedOut);
    assert!(matches!(
        run(&["no-such-program"], long, Surrounding::Own),
        Ended::Failed(_)
    ));
}
