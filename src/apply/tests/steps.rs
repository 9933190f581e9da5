//! Lines that are appended, and commands that are run.

use super::*;

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
