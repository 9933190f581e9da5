//! `stale_plan`, `stale_insights`, `vanished`, `lost_update`, `handoff_missing`: what became of files between versions.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::agent::AgentState;
use crate::domain::facts::{FileRole, FileState, PlanVersion};
use crate::domain::finding::{Evidence, Finding, FindingKind, Severity};
use crate::domain::id::{AgentId, Locus};
use crate::domain::policy::Source;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::time::{Day, Span, Ts};
use crate::plan::expand::recurs;

const INSIGHTS_OLD: Span = Span::days(8);
const INSIGHTS_VERY_OLD: Span = Span::days(15);
/// What vanished or was lost stays a finding this long.
const BELIEVED: Span = Span::days(2);

fn known<'a>(of: &Judgement<'a>) -> impl DoubleEndedIterator<Item = &'a PlanVersion> + Clone {
    let now = of.case.now;
    of.case
        .facts
        .plans
        .iter()
        .filter(move |plan| plan.known <= now)
}

fn line_of(version: &PlanVersion, task: &Task) -> Locus {
    Locus {
        file: version.file,
        offset: task.offset,
        len: 0,
        line: task.line,
    }
}

/// An agent that planned at least three of the last seven days has nothing for today by the time it usually has.
pub fn stale_plan(of: &Judgement<'_>) -> Vec<Finding> {
    let case = of.case;
    let zone = case.zone.value;
    let today = zone.day_of(case.now);
    let made = days_planned(of);
    let planned = |day: Day| made.iter().any(|(known, _)| *known == day);
    let week = (1..=7).filter(|&back| planned(today.plus(-back))).count();
    let oldest = made.iter().map(|(day, _)| *day).min();
    // A weekday that was free a week ago, too, is the agent's day off.
    let day_off = oldest < Some(today.plus(-7)) && !planned(today.plus(-7));
    if week < 3 || planned(today) || day_off || of.agent.state == AgentState::Paused {
        return Vec::new();
    }
    let (limit, text) = planned_by(of, &made, today);
    if case.now <= limit {
        return Vec::new();
    }
    let newest = known(of).next_back();
    let found = Draft::new(of, FindingKind::StalePlan, Severity::Warning, limit)
        .says(format!(
            "no plan for today; {week} of the last 7 days had one, the newest is for {}",
            made.iter().map(|(day, _)| *day).max().unwrap_or(today)
        ))
        .limit(format!("{} ({text})", case.when(limit)), Source::Default)
        .shows(newest.map(|version| {
            let locus = Locus {
                file: version.file,
                ..Locus::default()
            };
            case.evidence(locus, "the newest plan")
        }))
        .clears("with a plan for today");
    vec![found]
}

/// Each day that has a plan, with the moment at which its first version was made.
fn days_planned(of: &Judgement<'_>) -> Vec<(Day, Ts)> {
    let mut made: Vec<(Day, Ts)> = Vec::new();
    for version in known(of) {
        let Some(day) = version.plan.date else {
            continue;
        };
        if made.iter().all(|(known, _)| *known != day) {
            let at = version.plan.generated.map_or(version.known, |at| at.at);
            made.push((day, at));
        }
    }
    made
}

/// When a plan for a day is overdue, and by which rule.
fn planned_by(of: &Judgement<'_>, made: &[(Day, Ts)], day: Day) -> (Ts, &'static str) {
    let zone = of.case.zone.value;
    let mut offsets: Vec<Span> = made
        .iter()
        .map(|(day, at)| *at - zone.start_of(*day))
        .collect();
    offsets.sort_unstable();
    let usual = offsets.get(offsets.len() / 2).copied().unwrap_or_default();
    let start = zone.start_of(day);
    if usual.0 > 0 {
        let limit = start + usual + Span::hours(2);
        (limit, "its usual time of planning + 2h")
    } else {
        (start + Span::HOUR, "00:00 + 1h")
    }
}

pub fn stale_insights(of: &Judgement<'_>) -> Vec<Finding> {
    let case = of.case;
    let Some(changed) = case.facts.insights_changed.filter(|&at| at <= case.now) else {
        return Vec::new();
    };
    let age = case.now - changed;
    if age <= INSIGHTS_OLD || of.agent.state == AgentState::Paused {
        return Vec::new();
    }
    let severity = if age > INSIGHTS_VERY_OLD {
        Severity::Warning
    } else {
        Severity::Info
    };
    let file = case
        .facts
        .files
        .iter()
        .find(|file| file.role == FileRole::Insights);
    let found = Draft::new(of, FindingKind::StaleInsights, severity, changed)
        .says(format!(
            "nothing learned for {age}: INSIGHTS untouched since {}",
            case.when(changed)
        ))
        .limit("8d, a warning from 15d".to_owned(), Source::Default)
        .shows(file.map(|file| {
            let locus = Locus {
                file: file.id,
                line: 1,
                ..Locus::default()
            };
            case.evidence(locus, "INSIGHTS")
        }))
        .clears("when INSIGHTS changes");
    vec![found]
}

/// A recurring task of a standing plan, or a file that is no rotation, is gone; with its last file the agent is.
pub fn vanished(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found = gone_files(of);
    found.extend(gone_tasks(of));
    found
}

fn gone_files(of: &Judgement<'_>) -> Vec<Finding> {
    let case = of.case;
    let files = &case.facts.files;
    let gone = |state: &FileState| match state {
        FileState::Gone { since } if *since <= case.now => Some(*since),
        FileState::Gone { .. }
        | FileState::Good
        | FileState::Torn { .. }
        | FileState::Unreadable { .. } => None,
    };
    let all = !files.is_empty() && files.iter().all(|file| gone(&file.state).is_some());
    if all {
        let since = files.iter().filter_map(|file| gone(&file.state)).max();
        let found = Draft::new(
            of,
            FindingKind::Vanished,
            Severity::Critical,
            since.unwrap_or(case.now),
        )
        .says(format!("all {} files of this agent are gone", files.len()))
        .shows(of.last_beat().map(|beat| case.evidence_of(beat)))
        .clears("when it is back, or acknowledged");
        return vec![found];
    }
    files
        .iter()
        .filter(|file| {
            matches!(
                file.role,
                FileRole::Log | FileRole::Plan | FileRole::Insights
            )
        })
        .filter_map(|file| {
            let since = gone(&file.state)?;
            let locus = Locus {
                file: file.id,
                ..Locus::default()
            };
            let found = Draft::new(of, FindingKind::Vanished, Severity::Critical, since)
                .says(format!(
                    "{} is gone since {}",
                    file.path.shown_within(64),
                    case.when(since)
                ))
                .shows(Some(case.evidence(locus, "gone")))
                .clears("when it is back, or acknowledged");
            Some(found)
        })
        .collect()
}

fn gone_tasks(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let versions: Vec<&PlanVersion> = known(of).filter(|plan| plan.plan.date.is_none()).collect();
    for (i, newer) in versions.iter().enumerate() {
        let before = versions[..i]
            .iter()
            .rev()
            .find(|old| old.file == newer.file);
        let Some(before) = before else { continue };
        if newer.known < of.case.now - BELIEVED {
            continue;
        }
        for task in before
            .plan
            .tasks
            .iter()
            .filter(|task| recurs(task) && task.enabled)
        {
            let is_there =
                |version: &PlanVersion| version.plan.tasks.iter().any(|other| other.id == task.id);
            let back = versions[i..]
                .iter()
                .any(|later| later.file == newer.file && is_there(later));
            if back {
                continue;
            }
            let draft = Draft::new(of, FindingKind::Vanished, Severity::Critical, newer.known)
                .task(Some(&task.id))
                .says(format!(
                    "the recurring task {} is gone from the plan since {}",
                    task.id,
                    of.case.when(newer.known)
                ))
                .shows(Some(
                    of.case.evidence(line_of(before, task), "where it stood"),
                ));
            found.push(draft.clears("when it is back, or acknowledged"));
        }
    }
    found
}

/// The same plan, and a version that took back what another writer had changed: it changes something of its own, and
/// everything else stands as it stood before the other's change. Or a claim's epoch went back, which no writer means.
pub fn lost_update(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let versions: Vec<&PlanVersion> = known(of).collect();
    for three in versions.windows(3) {
        let [base, theirs, newest] = three else {
            continue;
        };
        let same = |a: &PlanVersion, b: &PlanVersion| {
            a.file == b.file && a.plan.date == b.plan.date && a.plan.generated == b.plan.generated
        };
        if !same(base, theirs) || !same(theirs, newest) || newest.known < of.case.now - BELIEVED {
            continue;
        }
        for task in &theirs.plan.tasks {
            let (Some(was), Some(is)) = (find(base, task), find(newest, task)) else {
                continue;
            };
            let reverted = differs(was, task) && !differs(was, is) && !given_back(of, task, newest);
            if reverted && (others_changed(theirs, newest, task) || marks_lost(task, is)) {
                found.push(about_lost(of, theirs, newest, task));
            }
        }
    }
    found
}

fn find<'a>(version: &'a PlanVersion, task: &Task) -> Option<&'a Task> {
    version.plan.tasks.iter().find(|other| other.id == task.id)
}

/// Whether two versions of a task say something else, wherever they stand in the file.
fn differs(a: &Task, b: &Task) -> bool {
    a.status != b.status
        || a.claim != b.claim
        || a.held != b.held
        || a.flag != b.flag
        || a.last_op != b.last_op
        || a.attempt != b.attempt
        || a.due != b.due
        || a.handoff != b.handoff
}

/// The run that held the task was over by then: its claim was given back, not lost.
fn given_back(of: &Judgement<'_>, task: &Task, newest: &PlanVersion) -> bool {
    let Some(id) = task.claim.as_ref().and_then(|claim| claim.run.as_ref()) else {
        return false;
    };
    let held = matches!(task.status, TaskStatus::Claimed | TaskStatus::Running);
    held && of
        .runs
        .iter()
        .filter(|run| run.id() == Some(id))
        .filter_map(Run::ended)
        .any(|end| end <= newest.known)
}

fn others_changed(theirs: &PlanVersion, newest: &PlanVersion, task: &Task) -> bool {
    newest
        .plan
        .tasks
        .iter()
        .filter(|other| other.id != task.id)
        .any(|other| find(theirs, other).is_none_or(|was| differs(was, other)))
}

fn marks_lost(theirs: &Task, is: &Task) -> bool {
    let epoch = |task: &Task| task.claim.as_ref().map_or(0, |claim| claim.epoch);
    epoch(is) < epoch(theirs) || (theirs.last_op.is_some() && is.last_op != theirs.last_op)
}

fn about_lost(
    of: &Judgement<'_>,
    theirs: &PlanVersion,
    newest: &PlanVersion,
    task: &Task,
) -> Finding {
    let change = match task.status {
        TaskStatus::Pending => "its change".to_owned(),
        status => format!("its {}", super::drift::plan_word(status)),
    };
    let lost: Evidence = of.case.evidence(line_of(theirs, task), "the lost version");
    Draft::new(
        of,
        FindingKind::LostUpdate,
        Severity::Critical,
        newest.known,
    )
    .task(Some(&task.id))
    .says(format!(
        "{}: {change} of {} was overwritten {} by a writer that had not read it",
        task.id,
        of.case.when(theirs.known),
        of.case.when(newest.known)
    ))
    .shows(Some(lost))
    .clears("when acknowledged, or two days after")
}

/// A claim went from one agent to another, and the task carries no note for the new holder.
pub fn handoff_missing(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let versions: Vec<&PlanVersion> = known(of).collect();
    for pair in versions.windows(2) {
        let [before, after] = pair else { continue };
        if before.file != after.file || after.known < of.case.now - BELIEVED {
            continue;
        }
        for task in &after.plan.tasks {
            let holder = |task: &Task| task.claim.as_ref().and_then(|claim| claim.by.clone());
            let (Some(old), Some(new)) = (find(before, task).and_then(holder), holder(task)) else {
                continue;
            };
            let noted = task
                .handoff
                .as_ref()
                .is_some_and(|note| note.to.as_ref().is_none_or(|to| *to == new));
            if old == new || noted {
                continue;
            }
            found.push(about_handoff(of, after, task, &old, &new));
        }
    }
    // A note written later settles it.
    found.retain(|one| {
        let newest = known(of).next_back();
        let task = newest.and_then(|version| {
            version
                .plan
                .tasks
                .iter()
                .find(|task| Some(&task.id) == one.task.as_ref())
        });
        task.is_none_or(|task| task.handoff.is_none())
    });
    found
}

fn about_handoff(
    of: &Judgement<'_>,
    after: &PlanVersion,
    task: &Task,
    old: &AgentId,
    new: &AgentId,
) -> Finding {
    let since = task.claim.as_ref().and_then(|claim| claim.at);
    let since = since.unwrap_or(after.known);
    let line = line_of(after, task);
    Draft::new(of, FindingKind::HandoffMissing, Severity::Warning, since)
        .task(Some(&task.id))
        .says(format!(
            "{} moved from {old} to {new} without a handoff note",
            task.id
        ))
        .shows(Some(of.case.evidence(line, format!("claimed by {new}"))))
        .clears("with a handoff note, or two days after")
}
