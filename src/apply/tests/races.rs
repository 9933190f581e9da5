//! An agent that does something at the worst moment.

use super::*;

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
