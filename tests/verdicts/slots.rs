//! Slots that pass, and agents that fall silent.

use crate::domain::finding::FindingKind;
use crate::domain::time::Span;
use crate::labels::{Label, anywhere, somewhere};
use crate::made::{Rng, clock, end_only, run};

pub fn missed(rng: &mut Rng) -> Label {
    let (due, jitter, grace) = (clock(rng, 6, 20), rng.within(0, 20), rng.within(1, 60));
    let history = somewhere(rng)
        .plan(&[&format!("t due={due} jitter={jitter}m")])
        .grace(grace);
    let since = history.time(&due);
    let limit = since + Span::mins(jitter + grace);
    Label::after(FindingKind::Missed, Some("t"), since, limit, history)
}

pub fn skipped_silently(rng: &mut Rng) -> Label {
    let (due, grace) = (clock(rng, 6, 18), rng.within(5, 60));
    let mut history = somewhere(rng).plan(&[&format!("t due={due}")]).grace(grace);
    let since = history.time(&due);
    let begun = since + Span::mins(rng.within(0, 90));
    run(&mut history, Some("other"), begun, Span::mins(3), "did=1");
    let limit = (since + Span::mins(grace)).max(begun + Span::mins(3));
    Label {
        kind: FindingKind::SkippedSilently,
        task: Some("t"),
        since,
        history,
        before: since + Span::mins(grace),
        after: limit + Span(1),
    }
}

pub fn late(rng: &mut Rng) -> Label {
    let (due, jitter) = (clock(rng, 6, 20), rng.within(0, 20));
    let history = somewhere(rng).plan(&[&format!("t due={due} jitter={jitter}m")]);
    let since = history.time(&due);
    let before = since + Span::mins(jitter);
    Label::after(FindingKind::Late, Some("t"), since, before, history)
}

pub fn down(rng: &mut Rng) -> Label {
    let (first, apart) = (rng.within(6, 12), rng.within(2, 6));
    let second = first + apart;
    let plan = [
        format!("a due={first:02}:00"),
        format!("b due={second:02}:00"),
    ];
    let history = somewhere(rng).plan(&[&plan[0], &plan[1]]).grace(15);
    // The last line of the day before.
    let since = history.time("-1d 12:02");
    let before = history.time(&format!("{second:02}:15"));
    Label::after(FindingKind::AgentDown, None, since, before, history)
}

pub fn stale(rng: &mut Rng) -> Label {
    let minutes = rng.within(5, 90);
    let mut history = anywhere(rng);
    let begin = history.time("06:00");
    for i in 0..12 {
        end_only(
            &mut history,
            None,
            begin + Span::mins(minutes * i),
            Span::ZERO,
            "",
        );
    }
    let since = begin + Span::mins(minutes * 11);
    let limit = since + Span::mins(minutes * 3);
    Label::after(FindingKind::AgentStale, None, since, limit, history)
}
