//! Claims, and who holds them.

use crate::domain::finding::FindingKind;
use crate::domain::time::Span;
use crate::labels::{Label, somewhere};
use crate::made::{Rng, clock, line};

pub fn phantom(rng: &mut Rng) -> Label {
    let (due, lease) = (clock(rng, 6, 20), rng.within(5, 120));
    let history = somewhere(rng).plan(&[&format!(
        "t due={due} status=claimed run=r claimed={due} lease={lease}m"
    )]);
    let since = history.time(&due);
    let limit = since + Span::mins(lease);
    Label::after(FindingKind::PhantomClaim, Some("t"), since, limit, history)
}

pub fn silent(rng: &mut Rng) -> Label {
    let (due, lease) = (clock(rng, 6, 18), rng.within(5, 90));
    let mut history = somewhere(rng).plan(&[&format!(
        "t due={due} status=running run=r claimed={due} lease={lease}m"
    )]);
    let since = history.time(&due) + Span::mins(1);
    line(&mut history, since, "running t run=r");
    let limit = since + Span::mins(lease);
    Label::after(FindingKind::Silent, Some("t"), since, limit, history)
}

pub fn orphaned(rng: &mut Rng) -> Label {
    let (due, lease) = (clock(rng, 6, 16), rng.within(10, 60));
    let claim = format!("t due={due} status=running run=r claimed={due} lease={lease}m");
    let mut history = somewhere(rng).plan(&[&claim]);
    let since = history.time(&due) + Span::mins(1);
    line(&mut history, since, "running t run=r");
    let newer = since + Span::mins(rng.within(1, lease));
    line(&mut history, newer, "running other run=s");
    let before = since + Span::mins(lease);
    Label::after(FindingKind::Orphaned, Some("t"), since, before, history)
}

pub fn stuck(rng: &mut Rng) -> Label {
    let due = clock(rng, 6, 16);
    let claim = format!("t due={due} status=running run=r claimed={due} lease=2h");
    let mut history = somewhere(rng).plan(&[&claim]);
    let since = history.time(&due) + Span::mins(rng.within(1, 9));
    line(&mut history, since, "running t run=r did=1");
    line(
        &mut history,
        since + Span::mins(rng.within(1, 29)),
        "running t run=r",
    );
    let before = since + Span::mins(30);
    Label::after(FindingKind::Stuck, Some("t"), since, before, history)
}

pub fn drift(rng: &mut Rng) -> Label {
    let due = clock(rng, 6, 20);
    let claim = format!("t due={due} status=done run=r claimed={due}");
    let mut history = somewhere(rng).plan(&[&claim]);
    let begun = history.time(&due);
    let since = begun + Span::mins(rng.within(1, 20));
    line(&mut history, begun, "running t run=r");
    line(&mut history, since, "failed t run=r");
    let before = since + Span::mins(1);
    Label::after(FindingKind::Drift, Some("t"), since, before, history)
}

pub fn zombie(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let begun = history.time(&clock(rng, 6, 18));
    line(&mut history, begun, "running t run=a epoch=3");
    line(
        &mut history,
        begun + Span::mins(20),
        "running t run=b epoch=4",
    );
    let since = begun + Span::mins(20 + rng.within(1, 60));
    line(&mut history, since, "running t run=a epoch=3");
    Label::upon(FindingKind::ZombieWrite, Some("t"), since, since, history)
}
