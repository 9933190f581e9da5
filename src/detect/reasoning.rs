//! Why a verdict is what it is, for healthy rows too: the last signal and its age, the threshold and its source, when it
//! would fire.

use super::changes;
use super::judgement::Judgement;
use super::plan_word::Drift;
use super::task_state::SlotCase;
use crate::domain::agent::AgentState;
use crate::domain::finding::Threshold;
use crate::domain::fleet::{Reasoning, TaskState};
use crate::domain::policy::Source;

/// The reasoning behind an agent's state.
pub fn of_agent(of: &Judgement<'_>) -> Reasoning {
    let case = of.case;
    let mut lines = vec![state_line(of)];
    lines.extend(signal_line(of));
    lines.extend(rhythm_line(of));
    lines.extend(next_line(of));
    lines.extend(slots_line(of));
    let lost = of
        .last_beat()
        .map(|beat| of.silence.lost(beat.at, case.now))
        .filter(|lost| lost.0 > 0);
    if let Some(lost) = lost {
        lines.push(format!(
            "{} of it not counted: quiet hours, sleep, nobody looked, or it rested at this time yesterday, too",
            case.ago(case.now - lost)
        ));
    }
    Reasoning {
        lines,
        threshold: of.agent.threshold.clone(),
        evidence: of
            .last_beat()
            .map(|beat| case.evidence_of(beat))
            .into_iter()
            .collect(),
        changes_at: Some(changes::next(of)),
    }
}

fn state_line(of: &Judgement<'_>) -> String {
    let case = of.case;
    match of.agent.state {
        AgentState::Blind => format!(
            "blind: not looked at, or not readable, since {}; nothing is claimed",
            of.agent
                .since
                .map_or_else(|| "the start".to_owned(), |at| case.when(at))
        ),
        AgentState::Paused => "paused: by config, or every task is off or held".to_owned(),
        AgentState::Down if of.agent.missed_twice => "down: two slots missed in a row".to_owned(),
        AgentState::Down => "down: stale, and a slot was missed".to_owned(),
        AgentState::Stale => "stale: silent for more than 3 × its rhythm".to_owned(),
        AgentState::Late => "late: silent for more than 2 × its rhythm".to_owned(),
        AgentState::Unknown if of.runs.is_empty() => "unknown: it has not written yet".to_owned(),
        AgentState::Unknown => {
            "unknown: no rhythm is declared, and fewer than 5 gaps are known".to_owned()
        }
        AgentState::Ok => "ok: it wrote within its rhythm".to_owned(),
    }
}

fn signal_line(of: &Judgement<'_>) -> Option<String> {
    let beat = of.last_beat()?;
    let case = of.case;
    Some(format!(
        "last line {} ({}:{})",
        case.when(beat.at),
        case.file(beat.locus).shown_within(48),
        beat.locus.line
    ))
}

fn rhythm_line(of: &Judgement<'_>) -> Option<String> {
    let rhythm = of.thresholds.rhythm?;
    let source = match rhythm.source {
        Source::Declared => "the longest gap between its slots".to_owned(),
        Source::Learned => format!("learned: p95 of its last {} gaps", rhythm.samples),
        Source::Default | Source::Fleet | Source::Agent | Source::System => {
            rhythm.source.word().to_owned()
        }
    };
    Some(format!("expected every {} ({source})", rhythm.every))
}

fn next_line(of: &Judgement<'_>) -> Option<String> {
    let (late, stale) = (of.agent.late_at?, of.agent.stale_at?);
    let now = of.case.now;
    if now <= late {
        Some(format!(
            "late after {}, stale after {}, if it writes nothing",
            of.case.when(late),
            of.case.when(stale)
        ))
    } else if now <= stale {
        Some(format!(
            "late since {}, stale after {}, if it writes nothing",
            of.case.when(late),
            of.case.when(stale)
        ))
    } else {
        Some(format!("stale since {}", of.case.when(stale)))
    }
}

fn slots_line(of: &Judgement<'_>) -> Option<String> {
    if of.agent.unjudged {
        return Some("its last 20 runs name no task, so its plan is not judged".to_owned());
    }
    let next = of
        .slots
        .iter()
        .filter(|one| {
            matches!(
                one.state,
                TaskState::Upcoming | TaskState::Due | TaskState::Late
            )
        })
        .filter_map(|one| Some((one.slot.at?, one)))
        .min_by_key(|(at, _)| *at);
    let (at, one) = next?;
    let deadline = one.deadline()?;
    Some(format!(
        "next slot {} {}, unaccounted after {}",
        one.slot.task.name(),
        of.case.when(at),
        of.case.when(deadline)
    ))
}

/// The reasoning behind one slot's state.
pub fn of_slot(of: &Judgement<'_>, one: &SlotCase<'_>) -> Reasoning {
    let case = of.case;
    let id = one.slot.task.name();
    let mut lines = vec![format!(
        "{id}: {}{}",
        one.state.word(),
        if one.unproven {
            " (only the plan says so)"
        } else {
            ""
        }
    )];
    if let Some(at) = one.slot.at {
        let deadline = one.deadline().unwrap_or(at);
        lines.push(format!(
            "due {}, a start is in time from {} until {}",
            case.when(at),
            case.when(at - one.jitter),
            case.when(deadline)
        ));
    }
    lines.push(served_line(of, one));
    lines.extend(hold_line(of, one));
    lines.extend(one.drift.map(|drift| match drift {
        Drift::Contradiction { .. } => "plan and log contradict each other".to_owned(),
        Drift::NoWord => "the plan says done, the log has no word of it".to_owned(),
    }));
    if let Some(witness) = one.witness.map(|at| &of.runs[at]) {
        lines.push(format!(
            "the agent completed another run that began {}",
            case.when(witness.begun())
        ));
    }
    if let Some(why) = &one.why {
        lines.push(format!("because: {}", why.shown_within(120)));
    }
    Reasoning {
        lines,
        threshold: Some(Threshold {
            text: format!("{} grace", one.grace.value),
            source: one.grace.source,
        }),
        evidence: vec![super::checks::unaccounted::plan_line(of, one)]
            .into_iter()
            .chain(one.last_run().map(|at| case.evidence_of(of.runs[at].last)))
            .collect(),
        changes_at: one.changes_at,
    }
}

fn served_line(of: &Judgement<'_>, one: &SlotCase<'_>) -> String {
    let Some(run) = one.last_run().map(|at| &of.runs[at]) else {
        return "no run served it".to_owned();
    };
    let when = of.case.when(run.begun());
    match run.ended() {
        Some(end) => format!(
            "served by a run that began {when} and ended {} ({})",
            of.case.when(end),
            run.status().word()
        ),
        None => format!("served by a run that began {when} and has no end yet"),
    }
}

fn hold_line(of: &Judgement<'_>, one: &SlotCase<'_>) -> Option<String> {
    let hold = one.hold.as_ref()?;
    let case = of.case;
    let word = match hold.state {
        TaskState::PhantomClaim => "the run never wrote; the limit passed",
        TaskState::Claimed => "claimed; a phantom after",
        TaskState::Orphaned | TaskState::Silent => "its lease ran out",
        TaskState::Stuck => "it writes, but finishes nothing since before",
        TaskState::AwaitingAgent => "requeued; picked up in time until",
        TaskState::Review => "in review; too long after",
        _ => "its lease, renewed by every line, runs until",
    };
    Some(format!(
        "{word} {} ({} lease, {})",
        case.when(hold.limit),
        one.lease.value,
        one.lease.source.word()
    ))
}
