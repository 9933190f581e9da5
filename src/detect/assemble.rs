//! From verdicts to the snapshot: one agent's view, and the fleet of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::across::{self, Across, Memory};
use super::case::Case;
use super::checks::{self, unfinished};
use super::judgement::Judgement;
use super::task_state::SlotCase;
use super::trace::Trace;
use super::{Judged, SinceMark, events, headline, reasoning, task};
use crate::domain::agent::AgentState;
use crate::domain::facts::Sight;
use crate::domain::finding::{Blast, Evidence, Finding, FindingKind, Severity, Threshold};
use crate::domain::fleet::{
    AgentView, Counts, Fleet, Health, RowState, RunTally, TaskState, TaskTally,
};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::AgentId;
use crate::domain::policy::{Policy, Source};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::domain::told::Told;

/// The view of one agent.
pub fn agent(case: &Case<'_>, mark: &SinceMark) -> Judged {
    let of = Judgement::new(case);
    let findings = checks::all(&of);
    let row = row(&of, &findings, mark.counts);
    let lead = row.lead(findings.iter());
    let since = since(&of, row, lead);
    let headline = headline::of(&of, row, lead, mark.counts);
    let last = of.last_beat();
    let (tasks, other_days) = (task::today(&of), task::other_days(&of));
    let view = AgentView {
        id: case.facts.id.clone(),
        folder: case.facts.folder.clone(),
        zone: case.zone,
        state: of.agent.state,
        row,
        since,
        reasoning: reasoning::of_agent(&of),
        cadence: of.thresholds.rhythm,
        last_beat: last.map(|beat| beat.at),
        last_locus: last.map(|beat| beat.locus),
        next_due: next_due(&of),
        counts: mark.counts,
        runs: runs(&of, mark),
        tally: tally(&of),
        tasks,
        other_days,
        capacity: checks::capacity::capacity(&of),
        headline: headline.text,
        headline_locus: headline.locus,
        events: events::events(&of),
        files: case.facts.files.clone(),
        // Without a plan there is nothing to judge by it.
        unjudged: of.agent.unjudged && !of.case.facts.plans.is_empty(),
        strip: events::strip(&of),
        proven: checks::unproven::proven(&of),
    };
    Judged {
        trace: Trace::of(&of),
        view: Arc::new(view),
        findings: findings.into_iter().map(Arc::new).collect(),
    }
}

fn row(of: &Judgement<'_>, findings: &[Finding], counts: Counts) -> RowState {
    match of.agent.state {
        AgentState::Blind => return RowState::Blind,
        AgentState::Paused => return RowState::Paused,
        AgentState::Down
        | AgentState::Stale
        | AgentState::Late
        | AgentState::Unknown
        | AgentState::Ok => {}
    }
    let own = match of.agent.state {
        AgentState::Down => Some(RowState::Down),
        AgentState::Stale => Some(RowState::Stale),
        AgentState::Late => Some(RowState::Late),
        AgentState::Blind | AgentState::Paused | AgentState::Unknown | AgentState::Ok => None,
    };
    let worst = findings
        .iter()
        .filter(|found| found.severity > Severity::Info)
        .filter(|found| !is_told_by_silence(of, found))
        .filter_map(|found| Some((Reverse(found.severity), RowState::made_by(found.kind)?)))
        .min();
    if let Some((_, worst)) = worst {
        return worst;
    }
    let late = findings
        .iter()
        .any(|found| found.kind == FindingKind::Late)
        .then_some(RowState::Late);
    let skips_only = counts.skipped > 0 && counts.did == 0;
    let skip = skips_only.then_some(RowState::Skip);
    if let Some(worst) = [own, late, skip].into_iter().flatten().min() {
        return worst;
    }
    if is_running(of) {
        return RowState::Running;
    }
    // Without a rhythm nothing says when it would be late; what it did within a day still stands.
    let fresh = of
        .last_beat()
        .is_some_and(|beat| of.case.now - beat.at <= Span::DAY);
    if of.agent.state == AgentState::Unknown && !fresh {
        return RowState::Unknown;
    }
    RowState::Ok
}

/// Since when the row looks like this; nothing for healthy rows.
fn since(of: &Judgement<'_>, row: RowState, lead: Option<&Finding>) -> Option<Ts> {
    match row {
        RowState::Fail | RowState::Gap | RowState::Skip => lead.map(|found| found.since),
        RowState::Down | RowState::Stale | RowState::Late => {
            lead.map(|found| found.since).or(of.agent.since)
        }
        RowState::Blind | RowState::Paused => of.agent.since,
        RowState::Unknown | RowState::Running | RowState::Ok => None,
    }
}

/// What an agent leaves open when it falls silent is told by its silence, unless it is worse than that.
fn is_told_by_silence(of: &Judgement<'_>, found: &Finding) -> bool {
    let silence = match of.agent.state {
        AgentState::Down => Severity::Critical,
        AgentState::Stale => Severity::Warning,
        AgentState::Blind
        | AgentState::Paused
        | AgentState::Late
        | AgentState::Unknown
        | AgentState::Ok => return false,
    };
    let left_open = matches!(
        found.kind,
        FindingKind::Missed
            | FindingKind::WalIncomplete
            | FindingKind::UnfinishedRun
            | FindingKind::PhantomClaim
            | FindingKind::Orphaned
            | FindingKind::Silent
    );
    left_open && found.severity <= silence
}

fn is_running(of: &Judgement<'_>) -> bool {
    let dead = unfinished::unfinished(of);
    of.runs
        .iter()
        .rev()
        .take(20)
        .any(|run| run.is_open() && dead.iter().all(|(other, ..)| !std::ptr::eq(*other, run)))
}

/// Finished runs come from the rollups; what is open is counted here.
fn runs(of: &Judgement<'_>, mark: &SinceMark) -> RunTally {
    let mut tally = mark.finals;
    let dead = unfinished::unfinished(of);
    for run in of.runs.iter().filter(|run| run.is_open()) {
        let is_dead = dead.iter().any(|(other, ..)| std::ptr::eq(*other, run));
        if is_dead {
            if run.begun() >= mark.since {
                tally.unfinished += 1;
            }
        } else if run.superseded.is_none() {
            tally.running += 1;
        }
    }
    tally
}

/// What the agent itself announced wins over what its plan says.
fn next_due(of: &Judgement<'_>) -> Option<Ts> {
    if let Some(last) = of.last_beat()
        && let Some(next) = last.next.filter(|&next| next > last.at)
    {
        return Some(next);
    }
    let open = of.slots.iter().filter_map(|one| match one.state {
        TaskState::Upcoming | TaskState::Due | TaskState::Late => one.slot.at,
        _ => None,
    });
    let later = of.case.rhythm.next_after(of.case.now);
    open.chain(later).min()
}

fn is_done_by_the_log(of: &Judgement<'_>, one: &SlotCase<'_>) -> bool {
    one.last_run()
        .and_then(|at| of.runs[at].closing)
        .is_some_and(|beat| beat.status == RunStatus::Ok)
}

fn tally(of: &Judgement<'_>) -> TaskTally {
    let mut tally = TaskTally::default();
    for one in of.slots.iter().filter(|one| task::is_today(of, one)) {
        let bucket = match one.state {
            TaskState::Off => continue,
            TaskState::Unjudged => {
                tally.unjudged += 1;
                continue;
            }
            TaskState::Blind => {
                if one.slot.at.is_some_and(|at| at <= of.case.now) {
                    &mut tally.due
                } else {
                    &mut tally.upcoming
                }
            }
            TaskState::Done => &mut tally.done,
            // The log has the last word: what it calls done is done, whatever the plan says. Otherwise nothing proves it.
            TaskState::Conflicted if is_done_by_the_log(of, one) => &mut tally.done,
            TaskState::Failed | TaskState::Conflicted => &mut tally.failed,
            TaskState::Skipped => &mut tally.skipped,
            TaskState::Held => &mut tally.held,
            TaskState::Review => &mut tally.review,
            TaskState::PhantomClaim
            | TaskState::Orphaned
            | TaskState::Silent
            | TaskState::Stuck
            | TaskState::Running
            | TaskState::Claimed => &mut tally.running,
            TaskState::AwaitingAgent | TaskState::Due => &mut tally.due,
            TaskState::Upcoming => &mut tally.upcoming,
            TaskState::SkippedSilently => {
                tally.unaccounted += 1;
                &mut tally.skipped_silently
            }
            TaskState::Missed => {
                tally.unaccounted += 1;
                &mut tally.missed
            }
            TaskState::Late => {
                tally.unaccounted += 1;
                &mut tally.late
            }
        };
        *bucket += 1;
        tally.planned += 1;
    }
    tally
}

/// The snapshot of all agents, by who remembers the last look: most of them are as they were. Findings under the operator's
/// maintenance stay visible, and count no more.
pub fn fleet(
    mut judged: Vec<Arc<Judged>>,
    sight: &Sight,
    now: Ts,
    policy: &Policy,
    health: Health,
    since: Ts,
    memory: &mut Memory,
) -> Fleet {
    judged.sort_by(|a, b| a.view.id.cmp(&b.view.id));
    memory.look_at(&judged, policy.zone.value);
    let mut together = across::all(&Across {
        judged: &judged,
        sight,
        now,
        zone: policy.zone.value,
        flags: &policy.flags,
        memory,
    });
    for found in &mut together.findings {
        let own = judged.iter().find(|own| own.view.id == found.agent);
        found.blast = own.map_or(Blast::Fleet, |own| own.trace.reach.blast(found));
    }
    let before = memory.take_escalated();
    let agents = judged
        .iter()
        .map(|one| match worst_of(one, &together.findings) {
            Some(found) => memory.escalate(&before, &one.view, found, escalated),
            None => Arc::clone(&one.view),
        })
        .collect();
    let replaced = together.replaced();
    let single = judged
        .iter()
        .flat_map(|one| &one.findings)
        .filter(|found| !replaced.has(found))
        .cloned();
    let across = together.findings.iter().cloned();
    let blind = blindness(&judged, sight, now, policy).filter(|_| !judged.is_empty());
    let mut findings: Vec<Arc<Finding>> = single.chain(across.chain(blind).map(Arc::new)).collect();
    findings.sort_by(|a, b| checks::order(a, b));
    let told = findings
        .iter()
        .map(|found| Told {
            maintained: policy.maintained(&found.agent, now),
            ..Told::at_once(found, now)
        })
        .collect();
    Fleet {
        at: now,
        since,
        zone: Some(policy.zone.value),
        past: false,
        agents,
        findings,
        told,
        settled: true,
        links: together.links,
        locks: together.locks,
        offers: BTreeMap::new(),
        health,
        version: 0,
        tail: Arc::default(),
    }
}

/// What is only seen across agents may be worse than what the agent alone shows.
fn worst_of<'a>(one: &Judged, together: &'a [Finding]) -> Option<&'a Finding> {
    let view = &one.view;
    let own = view.row.lead(one.findings.iter().map(AsRef::as_ref));
    let rank = |row: RowState, found: &Finding| (Reverse(found.severity), row, found.since);
    let worst = together
        .iter()
        .filter(|found| found.agent == view.id && found.severity > Severity::Info)
        .filter(|found| found.kind != FindingKind::FailureStreak)
        .filter_map(|found| Some((RowState::made_by(found.kind)?, found)))
        .min_by_key(|(row, found)| rank(*row, found));
    let (row, found) = worst?;
    let is_worse = own.is_none_or(|own| rank(row, found) < rank(view.row, own));
    (is_worse && view.state != AgentState::Blind).then_some(found)
}

fn escalated(view: &AgentView, found: &Finding) -> AgentView {
    AgentView {
        row: RowState::made_by(found.kind).unwrap_or(view.row),
        since: Some(found.since),
        headline: headline::cause_first(found),
        headline_locus: found.evidence.last().map(|evidence| evidence.locus),
        ..AgentView::clone(view)
    }
}

/// The newest line that was read of any agent.
fn newest_line(judged: &[Arc<Judged>]) -> Option<Evidence> {
    let newest = judged.iter().max_by_key(|one| one.view.last_beat)?;
    let proof = newest.view.reasoning.evidence.first()?;
    Some(Evidence {
        text: Untrusted::from("the newest line that was read"),
        ..proof.clone()
    })
}

/// One finding for the whole fleet when rounds itself has not looked for too long.
fn blindness(judged: &[Arc<Judged>], sight: &Sight, now: Ts, policy: &Policy) -> Option<Finding> {
    let looked = sight.last_look.max(sight.woke.unwrap_or_default());
    let limit = Span::secs(10).max(sight.period.times(3));
    if now - looked <= limit {
        return None;
    }
    Some(Finding {
        kind: FindingKind::Blind,
        severity: Severity::Critical,
        agent: AgentId::from("fleet"),
        task: None,
        since: sight.last_look,
        blast: Blast::Fleet,
        sentence: format!(
            "no file was looked at since {}; nothing is claimed",
            policy.zone.value.date_hhmm(sight.last_look)
        ),
        threshold: Some(Threshold {
            text: format!("a look at every file every {limit}"),
            source: Source::Default,
        }),
        evidence: newest_line(judged).into_iter().collect(),
        clears: "with the next look".to_owned(),
    })
}
