//! Labelled histories: what must be found, since when, at which moment at the earliest, and at which at the latest.

use crate::domain::finding::FindingKind;
use crate::domain::time::{Span, Ts};
use crate::made::{Rng, run};
use crate::scenario::Scenario;
use crate::{claims, reports, slots};

const ZONES: &[&str] = &[
    "UTC",
    "Europe/Kyiv",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
];

/// A history with the moment from which a finding must stand, and the last at which it must not.
pub struct Label {
    pub kind: FindingKind,
    pub task: Option<&'static str>,
    pub since: Ts,
    pub history: Scenario,
    /// It must not stand yet.
    pub before: Ts,
    /// It must.
    pub after: Ts,
}

impl Label {
    /// It stands once a limit has passed.
    pub fn after(
        kind: FindingKind,
        task: Option<&'static str>,
        since: Ts,
        limit: Ts,
        history: Scenario,
    ) -> Self {
        Self {
            kind,
            task,
            since,
            history,
            before: limit,
            after: limit + Span(1),
        }
    }

    /// It stands from a moment on, that one included.
    pub fn upon(
        kind: FindingKind,
        task: Option<&'static str>,
        since: Ts,
        moment: Ts,
        history: Scenario,
    ) -> Self {
        Self::after(kind, task, since, moment - Span(1), history)
    }
}

/// An agent in some zone on some day of the year.
pub fn anywhere(rng: &mut Rng) -> Scenario {
    Scenario::in_zone("x", rng.pick(ZONES)).on(
        2026,
        rng.within(1, 12) as u32,
        rng.within(1, 28) as u32,
    )
}

/// The same, and it ran daily before.
pub fn somewhere(rng: &mut Rng) -> Scenario {
    let mut agent = anywhere(rng);
    for day in -6..0 {
        let at = agent.time(&format!("{day}d 12:00"));
        run(&mut agent, Some("base"), at, Span::mins(2), "did=2");
    }
    agent
}

type Maker = fn(&mut Rng) -> Label;

pub const LABELS: &[Maker] = &[
    slots::missed,
    slots::skipped_silently,
    slots::stale,
    claims::phantom,
    claims::silent,
    reports::unfinished,
    reports::failed,
    reports::streak,
    reports::skips,
    reports::twice,
    reports::wal,
    reports::shrink,
    slots::late,
    claims::orphaned,
    claims::stuck,
    claims::drift,
    claims::zombie,
    reports::asks,
    reports::empty,
    slots::down,
];
