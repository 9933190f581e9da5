//! Whole operations: from the intent in the ledger to the change that still stands.

mod operate;

use operate::{AT, PLAN, Place, carry, job, ledger, reading};
use rounds::apply::{Desk, Level, Patience, ROUNDS, Stage, kept, resolve};
use rounds::ops::{Landed, Verb};
use rounds::store::ledger::Deed;
use rounds::sys::gate::{Call, Gate, Pass};
use rustix::io::Errno;

const LEVELS: [Level; 3] = [Level::A, Level::B, Level::C];

#[test]
fn intent_change_outcome_and_the_same_once_more() {
    for level in LEVELS {
        let place = Place::new(3);
        let before = place.text();
        let hold = job(&place.agent(), "OP1", Verb::Hold, "t1");
        let brought = carry(
            hold.clone(),
            &place.state(),
            level,
            &mut Gate::open(),
            |_| {},
        );
        assert_eq!(
            brought.outcome.landed,
            Landed::Done,
            "{brought:?}",
            brought = brought.outcome
        );
        assert_eq!(brought.outcome.files[0].level, level.word());
        assert!(brought.outcome.sentence.starts_with("held drafter/t1"));
        assert_eq!(brought.verified[0].landed, Landed::Done);
        let after = place.text();
        assert!(after.contains("\"OP1\"") && after.contains("\"held\""));
        assert_eq!(
            after
                .lines()
                .filter(|line| !line.contains("t1"))
                .collect::<Vec<_>>(),
            before
                .lines()
                .filter(|line| !line.contains("t1"))
                .collect::<Vec<_>>(),
        );
        let again = carry(hold, &place.state(), level, &mut Gate::open(), |_| {});
        assert_eq!(again.outcome, brought.outcome);
        assert_eq!(place.text(), after);
        let deeds: Vec<_> = ledger(&place.state()).entries().expect("read");
        let kinds: Vec<&str> = deeds
            .iter()
            .map(|entry| match entry.deed {
                Deed::Intent(_) => "intent",
                Deed::Outcome(_) => "outcome",
                Deed::Verified(_) => "verified",
                _ => "else",
            })
            .collect();
        assert_eq!(kinds, ["intent", "outcome", "verified"]);
        assert_eq!(ledger(&place.state()).verify().expect("read"), []);
    }
}

#[test]
fn who_comes_second_is_told_who_and_when() {
    let place = Place::new(3);
    let first = job(&place.agent(), "OP1", Verb::Hold, "t1");
    let second = job(&place.agent(), "OP2", Verb::Hold, "t1");
    carry(first, &place.state(), Level::A, &mut Gate::open(), |_| {});
    let text = place.text();
    let told = carry(second, &place.state(), Level::A, &mut Gate::open(), |_| {});
    assert_eq!(told.outcome.landed, Landed::NotApplied);
    assert!(
        told.outcome.sentence.contains("uid 0 held this"),
        "{}",
        told.outcome.sentence
    );
    assert_eq!(place.text(), text);
}

#[test]
fn what_an_agent_wrote_over_from_an_older_copy_is_made_again_three_times_at_most() {
    for times in [1, 3, 4] {
        let place = Place::new(2);
        let old = place.text();
        let hold = job(&place.agent(), "OP1", Verb::Hold, "t1");
        let plan = place.plan();
        let mut written = 0;
        let brought = carry(hold, &place.state(), Level::A, &mut Gate::open(), |stage| {
            if matches!(stage, Stage::Ended(_) | Stage::Verified(_)) && written < times {
                written += 1;
                std::fs::write(&plan, &old).expect("written");
            }
        });
        let last = brought.verified.last().expect("followed");
        let again = brought
            .verified
            .iter()
            .filter(|v| v.sentence.contains("made again"))
            .count();
        if times <= 3 {
            assert_eq!(
                (last.landed, again),
                (Landed::Done, times),
                "{:?}",
                brought.verified
            );
            assert!(place.text().contains("OP1"));
        } else {
            assert_eq!(
                (last.landed, again),
                (Landed::Conflicted, 3),
                "{:?}",
                brought.verified
            );
        }
    }
}

#[test]
fn an_agent_that_goes_on_from_the_change_is_left_alone() {
    let place = Place::new(2);
    let hold = job(&place.agent(), "OP1", Verb::Hold, "t1");
    let plan = place.plan();
    let brought = carry(hold, &place.state(), Level::A, &mut Gate::open(), |stage| {
        if matches!(stage, Stage::Ended(_)) {
            let text = std::fs::read_to_string(&plan).expect("read");
            std::fs::write(&plan, text.replace("pending", "claimed")).expect("written");
        }
    });
    assert_eq!(brought.verified.len(), 1);
    assert_eq!(brought.verified[0].landed, Landed::Done);
}

#[test]
fn a_late_write_into_the_old_file_is_found() {
    let place = Place::new(2);
    let mut open = std::fs::OpenOptions::new()
        .append(true)
        .open(place.plan())
        .expect("opened");
    let hold = job(&place.agent(), "OP1", Verb::Hold, "t1");
    carry(hold, &place.state(), Level::B, &mut Gate::open(), |_| {});
    assert_eq!(
        kept::look(&mut Gate::open(), &place.agent()).expect("looked"),
        []
    );
    std::io::Write::write_all(&mut open, b"late").expect("written");
    let late = kept::look(&mut Gate::open(), &place.agent()).expect("looked");
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].op.as_str(), "OP1");
}

/// Every system call of an operation fails once, in every way.
#[test]
fn faults_leave_the_old_file_or_the_new_one_and_a_ledger_that_can_be_resolved() {
    let errors = [
        Errno::IO,
        Errno::NOSPC,
        Errno::MFILE,
        Errno::INTR,
        Errno::ROFS,
    ];
    let mut faults = 0;
    for level in LEVELS {
        for error in errors.map(Some).into_iter().chain([None]) {
            for turn in 1.. {
                let place = Place::new(2);
                let old = place.text();
                let (mut calls, mut hit) = (0, None);
                let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
                let tell = seen.clone();
                let mut gate = Gate::guarded(move |call: Call| {
                    calls += 1;
                    if calls != turn {
                        return Pass::On;
                    }
                    *tell.lock().expect("not poisoned") = Some(call);
                    error.map_or(Pass::Short(3), Pass::Fail)
                });
                let hold = job(&place.agent(), "OP1", Verb::Hold, "t1");
                let brought = carry(hold, &place.state(), level, &mut gate, |stage| {
                    if let Stage::Ended(_) = stage {
                        hit = *seen.lock().expect("not poisoned");
                    }
                });
                let Some(call) = *seen.lock().expect("not poisoned") else {
                    break;
                };
                faults += 1;
                let at = format!("{level:?} {error:?} {call:?}: {:?}", brought.outcome);
                let text = place.text();
                let landed = brought.outcome.landed;
                match landed {
                    Landed::Done => assert!(text.contains("OP1"), "{at}"),
                    Landed::NotApplied => assert_eq!(text, old, "{at}"),
                    Landed::Open | Landed::Conflicted | Landed::Unknown => panic!("{at}"),
                }
                resolvable(&place, landed, &at);
            }
        }
    }
    println!(
        "faults: {faults} calls failed once, 0 files half written, 0 ledgers unresolved; no seed"
    );
    assert!(faults > 300, "{faults}");
}

/// The ledger's chain holds, and what it says in the end is what stands in the file.
fn resolvable(place: &Place, landed: Landed, at: &str) {
    let ledger = ledger(&place.state());
    assert_eq!(ledger.verify().expect("read"), [], "{at}");
    let mut gate = Gate::open();
    let operations = ledger.operations().expect("read");
    let Some(whole) = operations.last() else {
        assert_eq!(landed, Landed::NotApplied, "{at}");
        return;
    };
    if whole.landed() == Landed::Open {
        let mut desk = Desk {
            now: std::time::Instant::now(),
            at: AT,
            gate: &mut gate,
            patience: Patience::default(),
            best: Level::A,
        };
        let found = resolve::look(&mut desk, &whole.intent, &reading());
        assert_eq!(found.landed, landed, "{at}");
    }
    let left: Vec<_> = std::fs::read_dir(place.agent())
        .expect("listed")
        .map(|entry| entry.expect("listed").file_name())
        .collect();
    let others = left.iter().filter(|name| *name != PLAN && *name != ROUNDS);
    assert_eq!(others.count(), 0, "{at}: {left:?}");
}
