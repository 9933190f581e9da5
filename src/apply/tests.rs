mod races;
mod steps;

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
