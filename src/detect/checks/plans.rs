//! `stale_plan`, `stale_insights` and `vanished`: what became of an agent's files.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::domain::agent::AgentState;
use crate::domain::facts::{FileFacts, FileRole, FileState, PlanVersion};
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::id::Locus;
use crate::domain::policy::Source;
use crate::domain::task::Task;
use crate::domain::time::{Day, Span, Ts};
use crate::plan::expand::recurs;
use crate::plan::rhythm::is_weekend_off;

const INSIGHTS_OLD: Span = Span::days(8);
const INSIGHTS_VERY_OLD: Span = Span::days(15);
/// What vanished or was lost stays a finding this long.
pub(super) const BELIEVED: Span = Span::days(2);

pub(super) fn known<'a>(
    of: &Judgement<'a>,
) -> impl DoubleEndedIterator<Item = &'a PlanVersion> + Clone {
    let now = of.case.now;
    of.case
        .facts
        .plans
        .iter()
        .filter(move |plan| plan.known <= now)
}

pub(super) fn line_of(version: &PlanVersion, task: &Task) -> Locus {
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
    // A weekday that was free a week ago, too, is the agent's day off; so is the weekend after a first whole week.
    let days: Vec<Day> = made.iter().map(|(day, _)| *day).collect();
    let day_off =
        oldest < Some(today.plus(-7)) && !planned(today.plus(-7)) || is_weekend_off(&days, today);
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
                line: 1,
                ..Locus::default()
            };
            case.evidence(locus, "the newest plan")
                .written(version.known)
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
            "nothing learned: INSIGHTS untouched since {}",
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

/// `heartbeat.jsonl.1`, `heartbeat.jsonl-20260328`, `heartbeat.1.jsonl`: the log went on under another name, and the next
/// line begins it anew.
fn is_rotation_of(log: &FileFacts, other: &FileFacts) -> bool {
    let (name, rotated) = (log.path.exact(), other.path.exact());
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let numbered = |rest: &str| {
        let rest = rest.trim_start_matches(['.', '-', '_']);
        rest.starts_with(|c: char| c.is_ascii_digit())
    };
    let behind = [name, stem].into_iter().any(|start| {
        let rest = rotated.strip_prefix(start);
        rest.is_some_and(|rest| rest.starts_with(['.', '-', '_']) && numbered(rest))
    });
    log.role == FileRole::Log && behind && matches!(other.state, FileState::Good)
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
        .limit(
            "files that were there stay, or are rotated".to_owned(),
            Source::Default,
        )
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
        .filter_map(|file| Some((file, gone(&file.state)?)))
        .filter(|(file, _)| !files.iter().any(|other| is_rotation_of(file, other)))
        .map(|(file, since)| {
            let locus = Locus {
                file: file.id,
                line: 1,
                ..Locus::default()
            };
            Draft::new(of, FindingKind::Vanished, Severity::Critical, since)
                .says(format!(
                    "{} is gone since {}",
                    file.path.shown_within(64),
                    case.when(since)
                ))
                .shows(Some(case.evidence(locus, "gone")))
                .limit(
                    "a file that was there stays, or is rotated".to_owned(),
                    Source::Default,
                )
                .clears("when it is back, or acknowledged")
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
                    task.name(),
                    of.case.when(newer.known)
                ))
                .shows(Some(
                    of.case.evidence(line_of(before, task), "where it stood"),
                ));
            let rule = "a recurring task stays until it is switched off".to_owned();
            let draft = draft.limit(rule, Source::Default);
            found.push(draft.clears("when it is back, or acknowledged"));
        }
    }
    found
}
