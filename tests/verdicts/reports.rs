//! What runs and steps say of themselves.

use crate::domain::finding::FindingKind;
use crate::domain::time::{Span, Ts};
use crate::labels::{Label, anywhere, somewhere};
use crate::made::{Rng, clock, end_only, line};

pub fn unfinished(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 20));
    line(&mut history, since, "running t run=r");
    let limit = since + Span::mins(30);
    Label::after(FindingKind::UnfinishedRun, Some("t"), since, limit, history)
}

pub fn failed(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 20));
    line(&mut history, since, "failed t fail=post@HTTP_429");
    Label::upon(FindingKind::Failed, Some("t"), since, since, history)
}

pub fn streak(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 18));
    let apart = rng.within(5, 40);
    for i in 0..3 {
        line(
            &mut history,
            since + Span::mins(apart * i),
            "failed t fail=post@HTTP_429",
        );
    }
    let third = since + Span::mins(apart * 2);
    Label::upon(FindingKind::FailureStreak, Some("t"), since, third, history)
}

pub fn skips(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 18));
    let apart = rng.within(10, 60);
    for i in 0..3 {
        line(
            &mut history,
            since + Span::mins(apart * i),
            "skipped t skip=all@limit",
        );
    }
    let third = since + Span::mins(apart * 2);
    Label::upon(FindingKind::SkipStreak, Some("t"), since, third, history)
}

pub fn twice(rng: &mut Rng) -> Label {
    let history = somewhere(rng);
    let first = history.time(&clock(rng, 1, 6));
    let since = first + Span::mins(rng.within(1, 900));
    let tell = |at: Ts| history.policy.zone.value.hhmmss(at);
    let (a, b) = (tell(first), tell(since));
    let same_day =
        history.policy.zone.value.day_of(first) == history.policy.zone.value.day_of(since);
    let prefix = if same_day { "" } else { "+1d " };
    let history = history
        .step(&format!(
            "{a} r1 s1 done task=t do=send key=mail-0327 rev=no"
        ))
        .step(&format!(
            "{prefix}{b} r2 s1 done task=t do=send key=mail-0327 rev=no"
        ));
    Label::upon(
        FindingKind::DuplicateAction,
        Some("t"),
        since,
        since,
        history,
    )
}

pub fn wal(rng: &mut Rng) -> Label {
    let history = somewhere(rng);
    let start = history.time(&clock(rng, 6, 20));
    let tell = |at: Ts| history.policy.zone.value.hhmmss(at);
    let minutes = rng.within(2, 20);
    let since = start + Span::mins(minutes);
    let (step, begun) = (tell(start + Span::mins(1)), start);
    let mut history = history.step(&format!(
        "{step} r s1 intended task=t do=send target=x rev=yes"
    ));
    line(&mut history, begun, "running t run=r");
    line(&mut history, since, "failed t run=r");
    Label::upon(FindingKind::WalIncomplete, Some("t"), since, since, history)
}

pub fn shrink(rng: &mut Rng) -> Label {
    let usual = rng.within(9, 60);
    let mut history = anywhere(rng);
    for day in -12..0 {
        let at = history.time(&format!("{day}d 12:00"));
        let did = usual + rng.within(0, 2);
        end_only(
            &mut history,
            Some("t"),
            at,
            Span::mins(1),
            &format!("did={did}"),
        );
    }
    let begin = history.time(&clock(rng, 6, 16));
    for i in 0..3 {
        let did = rng.within(0, (usual - 1) / 3);
        end_only(
            &mut history,
            Some("t"),
            begin + Span::mins(30 * i),
            Span::ZERO,
            &format!("did={did} skipped=1"),
        );
    }
    let third = begin + Span::mins(60);
    Label::upon(FindingKind::QuietShrink, Some("t"), begin, third, history)
}

pub fn asks(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 20));
    line(
        &mut history,
        since,
        "partial t skip=merge_it_or_not@needs_human",
    );
    Label::upon(FindingKind::NeedsHuman, Some("t"), since, since, history)
}

pub fn empty(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    for day in -12..0 {
        let at = history.time(&format!("{day}d 13:00"));
        let did = rng.within(1, 9);
        end_only(
            &mut history,
            Some("t"),
            at,
            Span::mins(1),
            &format!("did={did}"),
        );
    }
    let since = history.time(&clock(rng, 6, 20));
    line(&mut history, since, "ok t");
    Label::upon(FindingKind::EmptySuccess, Some("t"), since, since, history)
}
