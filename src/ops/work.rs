//! What a retry would do again: the open steps of the write-ahead log, or the task as a whole.

use super::desk::{Desk, Target};
use super::history::since_last_good;
use super::reach::{Hit, LastOutcome, Reach, Risk};
use crate::domain::action::{Reversible, Step, StepStatus, Tier};
use crate::domain::facts::{Beat, StepFact};
use crate::domain::fleet::{TaskState, TaskView};
use crate::domain::heartbeat::{Item, ItemClass, Retry, RunStatus};
use crate::domain::id::{ItemId, RunId, TaskId};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::domain::verb::Verb;

/// The same key done within this time is a duplicate.
pub(super) const WINDOW: Span = Span::hours(24);

/// What is open of a task.
pub(super) struct Work {
    pub asked: Vec<Reach>,
    /// Steps that are done, and so are not asked for again.
    pub left_out: u32,
    /// Every item that failed says `retry: safe`.
    pub safe: bool,
    /// One of them says `retry: never`.
    pub never: bool,
}

/// One step over all its lines.
struct Thread<'a> {
    step: Option<&'a Untrusted>,
    key: Option<&'a Untrusted>,
    id: String,
    lines: Vec<&'a StepFact>,
}

/// A step's identity: its key, else what it does to what.
pub(super) fn identity(step: &Step) -> String {
    if let Some(key) = &step.key {
        return key.exact().to_owned();
    }
    let text = |part: &Option<Untrusted>| part.as_ref().map_or("", |text| text.exact()).to_owned();
    let deed = format!("{}\u{0}{}", text(&step.action), text(&step.target));
    if deed.len() > 1 {
        return format!("#{:016x}", xxhash_rust::xxh3::xxh3_64(deed.as_bytes()));
    }
    let run = step.run.as_ref().map_or("", |run| run.as_str());
    format!("{run}\u{0}{}", text(&step.step))
}

/// Everything open of a task since its slot.
pub(super) fn work(
    desk: &Desk<'_>,
    id: &TaskId,
    view: Option<&TaskView>,
    target: Option<&Target<'_>>,
) -> Work {
    let since = since(desk, view);
    let own = own_risk(view, target);
    let threads = threads(desk, id, since);
    let mut work = Work {
        asked: Vec::new(),
        left_out: 0,
        safe: false,
        never: false,
    };
    let logs_ahead = !desk.scene.facts.steps.is_empty();
    for thread in &threads {
        match outcome(thread) {
            LastOutcome::Done => work.left_out += 1,
            last => work
                .asked
                .push(reach_of(desk, thread, risk(thread, own), last)),
        }
    }
    let beat = last_beat(desk, id, since);
    (work.safe, work.never) = advice(desk, beat);
    let task = Risk::of(own.0, own.1);
    let worst = work.asked.iter().map(|reach| reach.risk).max();
    // Without steps the task stands for itself; with harmless ones only, what comes behind them is asked for too.
    if worst.is_none_or(|worst| worst < task) {
        let last = match worst {
            None => rest(desk, id, view, beat, logs_ahead),
            Some(_) => LastOutcome::NotStarted,
        };
        work.asked.push(whole(desk, id, target, task, last, since));
    }
    work
}

/// From when on lines are about this slot.
fn since(desk: &Desk<'_>, view: Option<&TaskView>) -> Ts {
    let slot = view.and_then(|view| Some(view.slot? - view.jitter));
    let claimed = view.and_then(|view| view.claim.as_ref()?.at);
    match (slot, claimed) {
        (Some(slot), Some(claimed)) => slot.min(claimed),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => desk.now - WINDOW,
    }
}

fn own_risk(view: Option<&TaskView>, target: Option<&Target<'_>>) -> (Option<Tier>, Reversible) {
    let by_view = view.map_or((None, Reversible::Undeclared), |view| {
        (view.tier, view.reversible)
    });
    target.map_or(by_view, |target| (target.task.tier, target.task.reversible))
}

/// The steps of a task since a moment: lines of one run are paired by their step, runs by the key.
fn threads<'a>(desk: &Desk<'a>, id: &TaskId, since: Ts) -> Vec<Thread<'a>> {
    let facts = desk.scene.facts;
    let runs_of = |fact: &StepFact| {
        let run = fact.step.run.as_ref();
        run.is_some()
            && facts
                .beats
                .iter()
                .any(|beat| beat.run.as_ref() == run && beat.task.as_ref() == Some(id))
    };
    let mine = facts.steps.iter().filter(|fact| match &fact.step.task {
        Some(task) => task == id,
        None => runs_of(fact),
    });
    let mut threads: Vec<Thread<'a>> = Vec::new();
    // A line whose clock went wrong belongs to its run all the same.
    let now: Vec<&RunId> = mine
        .clone()
        .filter(|fact| fact.step.at.at >= since)
        .filter_map(|fact| fact.step.run.as_ref())
        .chain(
            facts
                .beats
                .iter()
                .filter(|beat| beat.task.as_ref() == Some(id) && beat.at >= since)
                .filter_map(|beat| beat.run.as_ref()),
        )
        .collect();
    let of_now = |fact: &&StepFact| {
        fact.step.at.at >= since || fact.step.run.as_ref().is_some_and(|run| now.contains(&run))
    };
    for fact in mine.filter(of_now) {
        let paired = |thread: &Thread<'_>| {
            thread.lines.iter().any(|line| {
                line.step.run == fact.step.run
                    && line.step.step.is_some()
                    && line.step.step == fact.step.step
            })
        };
        let own = identity(&fact.step);
        match threads
            .iter_mut()
            .find(|thread| thread.id == own || paired(thread))
        {
            Some(thread) => {
                if thread.key.is_none() && fact.step.key.is_some() {
                    thread.key = fact.step.key.as_ref();
                    thread.id = own;
                }
                thread.lines.push(fact);
            }
            None => threads.push(Thread {
                step: fact.step.step.as_ref(),
                key: fact.step.key.as_ref(),
                id: own,
                lines: vec![fact],
            }),
        }
    }
    threads
}

/// Done once is done. Begun by any run and not ended by that run is unknown, whatever later runs say of their own try.
fn outcome(thread: &Thread<'_>) -> LastOutcome {
    let mut runs: Vec<(_, &StepFact)> = Vec::new();
    for line in &thread.lines {
        if line.step.status == StepStatus::Done {
            return LastOutcome::Done;
        }
        let run = line.step.run.as_ref();
        match runs.iter_mut().find(|(known, _)| *known == run) {
            // The order of one file is the order of its lines, whatever their clocks say.
            Some((_, newest)) if newest.locus <= line.locus => *newest = line,
            Some(_) => {}
            None => runs.push((run, line)),
        }
    }
    let each = runs.iter().map(|(_, line)| match line.step.status {
        StepStatus::Done => LastOutcome::Done,
        StepStatus::Skipped => LastOutcome::NotStarted,
        StepStatus::Failed => LastOutcome::KnownFailed,
        StepStatus::Intended | StepStatus::Ready | StepStatus::Unknown => LastOutcome::Unknown,
    });
    each.max().unwrap_or(LastOutcome::Unknown)
}

/// As its lines declare it, the worst of them; as the task does where none does.
fn risk(thread: &Thread<'_>, own: (Option<Tier>, Reversible)) -> Risk {
    let declared = thread.lines.iter().filter(|line| line.step.tier.is_some());
    let each = declared.map(|line| {
        let reversible = thread.lines.iter().map(|line| line.step.reversible);
        let said = reversible.clone().find(|said| *said == Reversible::No);
        let said = said.or_else(|| reversible.clone().find(|said| *said == Reversible::Yes));
        Risk::of(line.step.tier, said.unwrap_or(own.1))
    });
    each.max().unwrap_or_else(|| Risk::of(own.0, own.1))
}

fn reach_of(desk: &Desk<'_>, thread: &Thread<'_>, risk: Risk, last: LastOutcome) -> Reach {
    let hits = hits(desk, &thread.id);
    Reach {
        id: thread.id.clone(),
        step: thread.step.cloned(),
        key: thread.key.cloned(),
        risk,
        last,
        within_window: in_window(&hits, desk.now),
        hits,
    }
}

fn in_window(hits: &[Hit], now: Ts) -> bool {
    hits.iter().any(|hit| {
        matches!(hit.outcome, LastOutcome::Done | LastOutcome::Unknown) && hit.at > now - WINDOW
    })
}

/// Every record of a key: steps, and items of reports that name it.
pub(super) fn hits(desk: &Desk<'_>, id: &str) -> Vec<Hit> {
    let facts = desk.scene.facts;
    let file = |locus: crate::domain::id::Locus| desk.scene.file(locus.file).path;
    let mine: Vec<&StepFact> = facts
        .steps
        .iter()
        .filter(|fact| identity(&fact.step) == id)
        .collect();
    // What a run meant to do is told by how that run says it went.
    let told = |fact: &&&StepFact| {
        let open = matches!(fact.step.status, StepStatus::Intended | StepStatus::Ready);
        open && mine.iter().any(|later| {
            later.step.run == fact.step.run
                && !matches!(later.step.status, StepStatus::Intended | StepStatus::Ready)
        })
    };
    let steps = mine.iter().filter(|fact| !told(fact));
    let mut hits: Vec<Hit> = steps
        .map(|fact| Hit {
            at: fact.step.at.at,
            locus: fact.locus,
            file: file(fact.locus),
            outcome: match fact.step.status {
                StepStatus::Done => LastOutcome::Done,
                StepStatus::Failed => LastOutcome::KnownFailed,
                StepStatus::Skipped => LastOutcome::NotStarted,
                StepStatus::Intended | StepStatus::Ready | StepStatus::Unknown => {
                    LastOutcome::Unknown
                }
            },
        })
        .collect();
    let names_it = |item: &Item| item.key.as_ref().is_some_and(|key| key.exact() == id);
    let named: Vec<ItemId> = facts
        .items
        .iter()
        .filter(|(_, item)| names_it(item))
        .map(|(number, _)| *number)
        .collect();
    // Few keys are named by an item at all, and beats are many.
    let beats = facts.beats.iter().filter(|_| !named.is_empty());
    let done = beats.filter(|beat| {
        let mut items = beat.items.iter();
        items.any(|(class, item)| *class == ItemClass::Did && named.contains(item))
    });
    hits.extend(done.map(|beat| Hit {
        at: beat.at,
        locus: beat.locus,
        file: file(beat.locus),
        outcome: LastOutcome::Done,
    }));
    hits.sort_by_key(|hit| (hit.at, hit.locus));
    hits
}

fn last_beat<'a>(desk: &Desk<'a>, id: &TaskId, since: Ts) -> Option<&'a Beat> {
    let beats = desk.scene.facts.beats.iter().rev();
    beats
        .filter(|beat| beat.task.as_ref() == Some(id) && beat.at >= since && beat.at <= desk.now)
        .find(|beat| beat.status != RunStatus::Unknown)
}

fn items<'a>(desk: &Desk<'a>, beat: &'a Beat, class: ItemClass) -> impl Iterator<Item = &'a Item> {
    let facts = desk.scene.facts;
    let of_class = beat.items.iter().filter(move |(of, _)| *of == class);
    of_class.filter_map(|(_, id)| facts.items.get(id))
}

/// Whether all that failed may be done again, and whether something must not.
fn advice(desk: &Desk<'_>, beat: Option<&Beat>) -> (bool, bool) {
    let Some(beat) = beat else {
        return (false, false);
    };
    let failed: Vec<Option<Retry>> = items(desk, beat, ItemClass::Failed)
        .map(|item| item.retry)
        .collect();
    let safe = !failed.is_empty()
        && failed.len() == beat.failed as usize
        && failed.iter().all(|retry| *retry == Some(Retry::Safe));
    (safe, failed.contains(&Some(Retry::Never)))
}

/// What is known of the work of a task that no step stands for.
fn rest(
    desk: &Desk<'_>,
    id: &TaskId,
    view: Option<&TaskView>,
    beat: Option<&Beat>,
    logs_ahead: bool,
) -> LastOutcome {
    // It was taken from a run that may have done anything, and has not gone well since.
    if !logs_ahead && !since_last_good(desk, id, Verb::Reclaim).is_empty() {
        return LastOutcome::Unknown;
    }
    let Some(view) = view else {
        return by_beat(desk, beat, logs_ahead);
    };
    match view.state {
        TaskState::Missed
        | TaskState::SkippedSilently
        | TaskState::Late
        | TaskState::Due
        | TaskState::Upcoming => LastOutcome::NotStarted,
        // What is intended is written before it is done: what is not written was not begun.
        TaskState::PhantomClaim
        | TaskState::Orphaned
        | TaskState::Silent
        | TaskState::Stuck
        | TaskState::Running
        | TaskState::Claimed => {
            if logs_ahead {
                LastOutcome::NotStarted
            } else {
                LastOutcome::Unknown
            }
        }
        // An agent that names no tasks may have done it under no name.
        TaskState::Unjudged if beat.is_none() => LastOutcome::Unknown,
        TaskState::Held
        | TaskState::Failed
        | TaskState::Skipped
        | TaskState::AwaitingAgent
        | TaskState::Off
        | TaskState::Done
        | TaskState::Review
        | TaskState::Conflicted
        | TaskState::Blind
        | TaskState::Unjudged => by_beat(desk, beat, logs_ahead),
    }
}

/// A run that failed says that it failed, not that it did nothing before: only a log of steps tells that.
fn by_beat(desk: &Desk<'_>, beat: Option<&Beat>, logs_ahead: bool) -> LastOutcome {
    let Some(beat) = beat else {
        return LastOutcome::NotStarted;
    };
    match beat.status {
        RunStatus::Skipped => {
            let already = items(desk, beat, ItemClass::Skipped)
                .filter_map(|item| item.why.as_ref())
                .any(|why| why.exact().to_ascii_lowercase().contains("already"));
            if already {
                LastOutcome::Unknown
            } else {
                LastOutcome::NotStarted
            }
        }
        RunStatus::Ok => LastOutcome::Done,
        RunStatus::Running | RunStatus::Partial | RunStatus::Failed if logs_ahead => {
            LastOutcome::NotStarted
        }
        RunStatus::Running
        | RunStatus::Partial
        | RunStatus::Failed
        | RunStatus::Blocked
        | RunStatus::Unknown => LastOutcome::Unknown,
    }
}

/// The task as one action.
fn whole(
    desk: &Desk<'_>,
    id: &TaskId,
    target: Option<&Target<'_>>,
    risk: Risk,
    last: LastOutcome,
    since: Ts,
) -> Reach {
    let key = target.and_then(|target| target.task.key.clone());
    let name = key.as_ref().map_or_else(|| id.as_str(), |key| key.exact());
    let hits = hits(desk, name);
    let done = hits
        .iter()
        .any(|hit| hit.outcome == LastOutcome::Done && hit.at >= since);
    Reach {
        id: name.to_owned(),
        step: None,
        key,
        risk,
        last: if done { LastOutcome::Done } else { last },
        within_window: in_window(&hits, desk.now),
        hits,
    }
}
