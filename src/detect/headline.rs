//! "What happened": one sentence per agent, made for some forty columns. Trouble says what failed, why and for how long;
//! health says what was done last.

use super::checks::failed::{cause, streaks};
use super::judgement::Judgement;
use super::plan_word::Drift;
use crate::domain::agent::AgentState;
use crate::domain::facts::Beat;
use crate::domain::finding::{Finding, FindingKind};
use crate::domain::fleet::{Counts, Happened, RowState, TaskState};
use crate::domain::heartbeat::{ItemClass, RunStatus};
use crate::domain::id::{Locus, TaskId};
use crate::domain::text::{Untrusted, cut};
use crate::domain::time::Ts;

/// The room that a sentence should do with.
pub const COLUMNS: usize = 40;
/// A task's name in it.
const NAME: usize = 20;
/// Widest that an agent's own words are shown.
const SAID: usize = 120;
/// Equal beats are counted over at most this many lines.
const MOST_FOLDED: usize = 200;

pub struct Headline {
    pub text: String,
    pub locus: Option<Locus>,
}

impl Headline {
    fn new(text: impl Into<String>, locus: Option<Locus>) -> Self {
        Self {
            text: text.into(),
            locus,
        }
    }
}

/// The sentence for an agent whose row looks like `row` because of `lead`.
pub fn of(
    judgement: &Judgement<'_>,
    row: RowState,
    lead: Option<&Finding>,
    counts: Counts,
) -> Headline {
    let agent = judgement.agent.state;
    let own = match agent {
        AgentState::Blind => Some(Headline::new("not seen; nothing is claimed", None)),
        AgentState::Paused => Some(Headline::new("paused", None)),
        AgentState::Down
        | AgentState::Stale
        | AgentState::Late
        | AgentState::Unknown
        | AgentState::Ok => None,
    };
    if let Some(own) = own {
        return own;
    }
    let telling = lead.map(|found| about(judgement, found));
    if let Some(telling) = telling {
        return telling;
    }
    if row == RowState::Skip
        && let Some(skips) = skips(judgement, counts)
    {
        return skips;
    }
    healthy(judgement)
}

/// The long form where it fits.
fn fitting(long: String, short: String) -> String {
    if long.chars().count() <= COLUMNS {
        long
    } else {
        short
    }
}

fn name_of(task: Option<&TaskId>) -> String {
    let name = task.map_or_else(|| "run".to_owned(), ToString::to_string);
    cut(&name, NAME).into_owned()
}

fn about(of: &Judgement<'_>, found: &Finding) -> Headline {
    let locus = found.evidence.last().map(|evidence| evidence.locus);
    let name = name_of(found.task.as_ref());
    let when = of.case.when(found.since);
    let text = match found.kind {
        FindingKind::SkippedSilently => fitting(
            format!("{name} skipped silently, due {when}"),
            format!("{name} skipped silently"),
        ),
        FindingKind::Missed => missed(of, found, &name, &when),
        FindingKind::Late => late(of, found, &name, &when),
        FindingKind::AgentLate | FindingKind::AgentStale | FindingKind::AgentDown => {
            silent(of, found)
        }
        FindingKind::Failed => failed(of, found, &name).unwrap_or_else(|| found.sentence.clone()),
        FindingKind::UnfinishedRun => format!("never ended: {name}, began {when}"),
        FindingKind::PhantomClaim => format!("run never wrote: {name}, claimed {when}"),
        FindingKind::Orphaned => format!("orphaned: {name}, silent since {when}"),
        FindingKind::Silent => format!("holds {name}, silent since {when}"),
        FindingKind::Stuck => format!("no progress: {name}, since {when}"),
        FindingKind::WalIncomplete => cut_off(found),
        FindingKind::NeedsHuman => {
            let said = found.sentence.split_once(": ").map_or("", |(_, said)| said);
            format!("asks you: {said}")
        }
        FindingKind::Drift => drift(of, found, &name),
        FindingKind::UnprovenDone => {
            format!(
                "no proof ×{}: already_done",
                super::checks::unproven::total(of)
            )
        }
        #[rustfmt::skip] // one kind a line would hide the others
        FindingKind::FailureStreak | FindingKind::Conflicted | FindingKind::ZombieWrite
        | FindingKind::DoubleClaim | FindingKind::SkippedNoReason | FindingKind::SkipStreak
        | FindingKind::Approval | FindingKind::NotPickedUp | FindingKind::ReviewWaiting
        | FindingKind::HandoffMissing | FindingKind::DependencyBroken
        | FindingKind::QuietShrink | FindingKind::SameTargets | FindingKind::EmptySuccess
        | FindingKind::RunLength | FindingKind::DuplicateAction | FindingKind::Collision
        | FindingKind::LostUpdate | FindingKind::OverCapacity | FindingKind::PlanLint | FindingKind::Vanished
        | FindingKind::StalePlan | FindingKind::StaleInsights | FindingKind::Lock
        | FindingKind::Outage | FindingKind::Asleep | FindingKind::Flagged
        | FindingKind::DamagedFile | FindingKind::Unreadable | FindingKind::Clock
        | FindingKind::Blind => cause_first(found),
    };
    Headline::new(text, locus)
}

/// `publish: 4 of 5 steps done, cut off at s5` as `cut off at s5: publish, 4 of 5 steps done`.
fn cut_off(found: &Finding) -> String {
    let text = cause_first(found);
    let (Some(task), Some((done, rest))) = (&found.task, text.split_once(", ")) else {
        return text;
    };
    match rest.strip_suffix(&format!(": {task}")) {
        Some(cut) => format!("{cut}: {task}, {done}"),
        None => text,
    }
}

/// `publish: 4 of 5 steps done` as `4 of 5 steps done: publish`.
pub fn cause_first(found: &Finding) -> String {
    let task = found.task.as_ref().map(ToString::to_string);
    let rest = task.as_ref().and_then(|task| {
        found
            .sentence
            .strip_prefix(task.as_str())?
            .strip_prefix(": ")
    });
    match (task, rest) {
        (Some(task), Some(rest)) => format!("{rest}: {task}"),
        _ => found.sentence.clone(),
    }
}

fn missed(of: &Judgement<'_>, found: &Finding, name: &str, when: &str) -> String {
    let n = of
        .slots
        .iter()
        .filter(|one| Some(&one.slot.task.id) == found.task.as_ref())
        .filter(|one| one.state == TaskState::Missed && one.slot.at >= Some(found.since))
        .count();
    if n > 1 {
        format!("{name} missed {n}×, since {when}")
    } else {
        format!("{name} missed, due {when}")
    }
}

fn late(of: &Judgement<'_>, found: &Finding, name: &str, when: &str) -> String {
    let until = of
        .slots
        .iter()
        .find(|one| {
            Some(&one.slot.task.id) == found.task.as_ref() && one.slot.at == Some(found.since)
        })
        .and_then(super::task_state::SlotCase::deadline)
        .map(|at| format!("has until {}: ", of.case.when(at)))
        .unwrap_or_default();
    format!("{until}{name}, due {when}")
}

/// `holds a claim, silent since 03:58`: the row says already that it is silent.
fn silent(of: &Judgement<'_>, found: &Finding) -> String {
    let holds = of.slots.iter().any(|one| {
        let hold = one.hold.as_ref();
        hold.is_some_and(|hold| hold.claimed)
    });
    let missed = of
        .slots
        .iter()
        .filter(|one| one.state == TaskState::Missed && one.slot.at >= Some(found.since))
        .count();
    let what = if holds {
        "holds a claim, ".to_owned()
    } else {
        match missed {
            0 => of
                .thresholds
                .rhythm
                .map(|rhythm| format!("expected every {}, ", rhythm.every))
                .unwrap_or_default(),
            1 => "1 slot missed, ".to_owned(),
            n => format!("{n} slots missed, "),
        }
    };
    match of.last_beat() {
        Some(last) => format!("{what}silent since {}", of.case.when(last.at)),
        None => format!("{what}never wrote"),
    }
}

/// `HTTP 429 (2×): publish-article`
fn failed(of: &Judgement<'_>, found: &Finding, name: &str) -> Option<String> {
    let streak = streaks(of)
        .into_iter()
        .find(|streak| streak.task == found.task.as_ref())?;
    let n = streak.runs.len();
    let times = if n > 1 {
        format!(" ({n}×)")
    } else {
        String::new()
    };
    let task = if found.task.is_some() {
        format!(": {name}")
    } else {
        String::new()
    };
    let why = match cause(of, streak.newest()) {
        Some(why) => {
            let room = COLUMNS.saturating_sub(times.chars().count() + task.chars().count());
            why.shown_within(room.max(12))
        }
        None => match streak.newest().status {
            RunStatus::Partial => "partial".to_owned(),
            RunStatus::Running
            | RunStatus::Ok
            | RunStatus::Skipped
            | RunStatus::Failed
            | RunStatus::Blocked
            | RunStatus::Unknown => "failed".to_owned(),
        },
    };
    Some(format!("{why}{times}{task}"))
}

fn drift(of: &Judgement<'_>, found: &Finding, name: &str) -> String {
    let drift = of
        .slots
        .iter()
        .find(|one| Some(&one.slot.task.id) == found.task.as_ref() && one.drift.is_some())
        .and_then(|one| one.drift);
    match drift {
        Some(Drift::Contradiction { log, plan }) => format!(
            "{name}: plan {}, log {}",
            super::checks::drift::plan_word(plan),
            log.word()
        ),
        Some(Drift::NoWord) | None => format!("{name}: plan says done, log silent"),
    }
}

/// `already_done ×41`
fn skips(of: &Judgement<'_>, counts: Counts) -> Option<Headline> {
    let newest = of.completed().find(|(_, run)| run.last.skipped > 0)?.1.last;
    let item = newest
        .items
        .iter()
        .find(|(class, _)| *class == ItemClass::Skipped)
        .and_then(|(_, id)| of.case.facts.items.get(id));
    let why = item.map_or_else(
        || "skipped".to_owned(),
        |item| item.why.as_ref().unwrap_or(&item.what).shown_within(28),
    );
    Some(Headline::new(
        format!("{why} ×{}, nothing done", counts.skipped),
        Some(newest.locus),
    ))
}

/// The last message; else what was done last.
fn healthy(of: &Judgement<'_>) -> Headline {
    if let Some(open) = of.runs.iter().rev().find(|run| run.is_open())
        && Some(open.last.locus) == of.last_beat().map(|beat| beat.locus)
    {
        let name = name_of(open.task());
        let text = match told(of, open.last) {
            Some(text) => text,
            None => format!("{name} running since {}", of.case.when(open.begun())),
        };
        return Headline::new(text, Some(open.last.locus));
    }
    let Some(last) = of.runs.last().map(|run| run.last) else {
        let next = next_slot(of).map(|at| format!("; first due {}", of.case.when(at)));
        return Headline::new(
            format!("nothing written yet{}", next.unwrap_or_default()),
            None,
        );
    };
    let text = told(of, last).unwrap_or_else(|| {
        let task = last.task.as_ref().map(|task| format!("{task} "));
        format!("{}{}", task.unwrap_or_default(), last.status.word())
    });
    let n = equal_beats(of, last);
    let times = if n > 1 {
        format!(" ×{n}")
    } else {
        String::new()
    };
    Headline::new(format!("{text}{times}"), Some(last.locus))
}

fn next_slot(of: &Judgement<'_>) -> Option<Ts> {
    of.case.rhythm.next_after(of.case.now)
}

/// What a line tells in the agent's own words: the line for people, else its items.
pub fn told(of: &Judgement<'_>, beat: &Beat) -> Option<String> {
    if let Some(text) = said(of, beat) {
        return Some(text.shown_within(SAID));
    }
    let counts = Counts::of(beat);
    (!counts.is_empty()).then(|| counts.to_string())
}

/// The same as it is shown beneath the list, with the task it speaks of.
pub fn happened(
    of: &Judgement<'_>,
    beat: &Beat,
    task: Option<&TaskId>,
    status: RunStatus,
) -> Happened {
    let task = task.cloned();
    let counts = Counts::of(beat);
    match said(of, beat) {
        Some(said) => Happened::Said {
            task,
            said: said.shown_within(SAID),
        },
        None if counts.is_empty() => Happened::Went { task, status },
        None => Happened::Counted { task, counts },
    }
}

fn said(of: &Judgement<'_>, beat: &Beat) -> Option<Untrusted> {
    if beat.items.is_empty() {
        return None;
    }
    of.case
        .message(beat)
        .or_else(|| of.case.say(beat, ItemClass::Failed))
        .or_else(|| of.case.say(beat, ItemClass::Did))
        .or_else(|| of.case.say(beat, ItemClass::Skipped))
        .filter(|text| !text.is_empty())
}

/// How many of the newest lines say the same.
fn equal_beats(of: &Judgement<'_>, last: &Beat) -> usize {
    of.runs
        .iter()
        .rev()
        .take(MOST_FOLDED)
        .take_while(|run| {
            let beat = run.last;
            beat.items == last.items
                && !beat.items.is_empty()
                && beat.status == last.status
                && beat.task == last.task
        })
        .count()
}
