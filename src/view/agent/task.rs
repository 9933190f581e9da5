//! Everything known about one task of an agent, in order: what is wrong, its state and claim, its steps, and what happened
//! from the first line to now.

use crate::domain::finding::Blast;
use crate::domain::fleet::{AgentView, Fleet, TaskView};
use crate::domain::id::{RunId, TaskId};
use crate::domain::log::{LogKind, LogRow};
use crate::domain::page::TaskVersion;
use crate::domain::task::{Claim, Task, TaskStatus};
use crate::domain::text::Untrusted;
use crate::domain::time::{Age, Span, Ts, Zone};
use crate::view::{Mark, log, queue};

use super::line::{Kind, Line};
use super::tasks::{claim_text, is_claimed, is_unproven};

/// What the history says about a task, once it was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Its lines of the log, oldest first.
    pub timeline: Option<&'a [LogRow]>,
    /// How it stood in each version of its plan, oldest first; equal neighbours are one.
    pub versions: Option<&'a [TaskVersion]>,
}

/// So much of what happened is shown.
const MOST_ENTRIES: usize = 60;

/// `mail-bot/inbox orphaned`
pub fn task_title(agent: &AgentView, task: &TaskId) -> String {
    let state = worst(agent, task).map(|view| format!(" {}", view.state.word()));
    format!("{}/{task}{}", agent.id, state.unwrap_or_default())
}

/// Of several slots today the one that is worst, then the latest.
fn worst<'a>(agent: &'a AgentView, task: &TaskId) -> Option<&'a TaskView> {
    let own = agent.every_task().filter(|view| view.id == *task);
    own.min_by_key(|view| (Mark::from(view.state), std::cmp::Reverse(view.slot)))
}

pub fn task_page(
    fleet: &Fleet,
    agent: &AgentView,
    task: &TaskId,
    known: Known<'_>,
    now: Ts,
) -> Vec<Line> {
    let zone = fleet.zone();
    let mut lines = queue::about_task(fleet, (&agent.id, task), now);
    let of_task = |view: &&TaskView| view.id == *task;
    lines.push(Line::section("today"));
    if !agent.tasks.iter().any(|view| of_task(&view)) {
        lines.push(Line::more("no slot of this task is planned for today"));
    }
    slots(agent.tasks.iter().filter(of_task), now, zone, &mut lines);
    let mut before = agent.other_days.iter().filter(of_task).peekable();
    if before.peek().is_some() {
        lines.push(Line::section("other days"));
    }
    slots(before, now, zone, &mut lines);
    steps(known.timeline.unwrap_or_default(), &mut lines);
    story(known, now, zone, &mut lines);
    lines
}

fn slots<'a>(
    views: impl Iterator<Item = &'a TaskView>,
    now: Ts,
    zone: Zone,
    lines: &mut Vec<Line>,
) {
    for view in views {
        let slot = view.slot.map(|at| zone.told(at, now));
        let written = view.run.as_ref().map_or(view.plan, |run| run.locus);
        lines.push(
            Line::entry(
                view.state.into(),
                slot.unwrap_or_default(),
                state_text(view),
            )
            .found_at(Some(written), view.slot),
        );
        task_lines(view, now, zone, lines);
    }
}

fn state_text(view: &TaskView) -> String {
    let unproven = if is_unproven(view) {
        " (unproven: no run is on record)"
    } else {
        ""
    };
    let why = view.why.as_ref().map(|why| format!(": {why}"));
    format!("{}{unproven}{}", view.state.word(), why.unwrap_or_default())
}

/// The window, the claim with what is left of its lease, and what the task may change.
pub fn task_lines(view: &TaskView, now: Ts, zone: Zone, lines: &mut Vec<Line>) {
    if let Some(title) = &view.title {
        lines.push(Line::fact("title", title.shown()));
    }
    if let Some(slot) = view.slot {
        let latest = slot + view.jitter + view.grace.value;
        let jitter = if view.jitter > Span::ZERO {
            format!(" ±{}", view.jitter)
        } else {
            String::new()
        };
        let text = format!(
            "{}{jitter}, in time until {} ({} grace, {})",
            zone.told(slot, now),
            zone.told(latest, now),
            view.grace.value,
            view.grace.source.word()
        );
        lines.push(Line::fact("due", text).found_at(Some(view.plan), None));
    }
    if let Some(claim) = view.claim.as_ref().filter(|_| is_claimed(view.state)) {
        let by = claim
            .by
            .as_ref()
            .map_or_else(|| "nobody".to_owned(), ToString::to_string);
        let text = format!("by {by}{}", claim_text(claim, now));
        lines.push(Line::fact("claim", text).found_at(Some(view.plan), claim.at));
    }
    let blast = Blast::of(view.tier, view.reversible);
    let tier = view
        .tier
        .map_or("not declared, so it counts as irreversible", |tier| {
            tier.word()
        });
    let reach = match blast {
        Blast::Irreversible => ", irreversible",
        Blast::Mutating => ", reversible",
        Blast::Undeclared if view.tier.is_some() => {
            ", whether it can be taken back is not declared"
        }
        Blast::None | Blast::ReadOnly | Blast::AppendOnly | Blast::Undeclared | Blast::Fleet => "",
    };
    lines.push(Line::fact("tier", format!("{tier}{reach}")));
}

/// The write-ahead log of the newest run that has one: every step with its last word.
fn steps(timeline: &[LogRow], lines: &mut Vec<Line>) {
    let steps = || timeline.iter().filter(|row| row.kind == LogKind::Step);
    let Some(newest) = steps().next_back() else {
        return;
    };
    let run = newest.run.clone();
    let mut words: Vec<(String, &LogRow)> = Vec::new();
    for row in steps().filter(|row| row.run == run) {
        let text = row.text.shown();
        let name = text
            .rsplit_once(' ')
            .map_or(&*text, |(name, _)| name)
            .to_owned();
        match words.iter_mut().find(|(known, _)| *known == name) {
            Some((_, last)) => *last = row,
            None => words.push((name, row)),
        }
    }
    let of = run
        .map(|run: RunId| format!(" of run {run}"))
        .unwrap_or_default();
    let done = words
        .iter()
        .filter(|(_, row)| Mark::from(*row) == Mark::Ok)
        .count();
    lines.push(Line::section(&format!(
        "steps{of}: {done} of {} done",
        words.len()
    )));
    for (_, row) in words {
        let mark = match Mark::from(row) {
            Mark::Run => Mark::Wait,
            mark => mark,
        };
        lines.push(
            Line::entry(mark, String::new(), row.text.shown())
                .found_at(Some(row.locus), Some(row.at)),
        );
    }
}

/// Lines of the log and versions of the plan by time, the oldest first, up to now.
fn story(known: Known<'_>, now: Ts, zone: Zone, lines: &mut Vec<Line>) {
    lines.push(Line::section("what happened"));
    let Some(rows) = known.timeline else {
        lines.push(Line::more("reading"));
        return;
    };
    let mut story: Vec<(Ts, Line)> = log::fold(rows)
        .iter()
        .map(|fold| {
            (
                rows[fold.last].at,
                log_line(&rows[fold.last], fold.count, now, zone),
            )
        })
        .collect();
    let versions = known.versions.unwrap_or_default();
    for (i, version) in versions.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| &versions[i]);
        story.push((version.known, version_line(before, version, now, zone)));
    }
    story.sort_by_key(|(at, _)| *at);
    if let Some(more) = story
        .len()
        .checked_sub(MOST_ENTRIES)
        .filter(|more| *more > 0)
    {
        lines.push(Line::more(format!("{more} older lines are in the log")));
        story.drain(..more);
    }
    lines.extend(story.into_iter().map(|(_, line)| line));
    lines.push(Line::entry(Mark::Wait, zone.told(now, now), "now"));
}

fn log_line(row: &LogRow, count: u32, now: Ts, zone: Zone) -> Line {
    let line = log::line(row, count, zone);
    let gap = if line.times.is_empty() { "" } else { " " };
    let run = row.run.as_ref().map(|run| format!("  (run {run})"));
    let text = format!(
        "{}{gap}{}{}",
        line.text,
        line.times,
        run.unwrap_or_default()
    );
    Line::entry(line.mark, zone.told(row.at, now), text).found_at(Some(row.locus), Some(row.at))
}

/// What a version of the plan changed about the task.
fn version_line(before: Option<&TaskVersion>, is: &TaskVersion, now: Ts, zone: Zone) -> Line {
    let text = match (before.and_then(|was| was.task.as_ref()), &is.task) {
        (Some(was), Some(task)) => changes(was, task, now, zone).join(", "),
        (None, Some(task)) => format!("planned, {}", status(task)),
        (_, None) => "no longer in the plan".to_owned(),
    };
    let mut line = Line::entry(
        Mark::Wait,
        zone.told(is.known, now),
        format!("plan {}: {text}", is.name),
    );
    line.locus = is.locus;
    line.kind = Kind::Entry(Mark::Wait);
    line
}

/// Field by field: what another version says otherwise.
fn changes(was: &Task, is: &Task, now: Ts, zone: Zone) -> Vec<String> {
    let mut found = Vec::new();
    let mut differs = |what: &str, was: String, is: String| {
        if was != is {
            let or_nothing = |text: String| {
                if text.is_empty() {
                    "none".to_owned()
                } else {
                    text
                }
            };
            found.push(format!("{what} {} → {}", or_nothing(was), or_nothing(is)));
        }
    };
    let moment = |at: Option<Ts>| at.map(|at| zone.told(at, now)).unwrap_or_default();
    differs("status", status(was), status(is));
    differs(
        "claim",
        claim(was.claim.as_deref()),
        claim(is.claim.as_deref()),
    );
    differs(
        "due",
        moment(was.due.map(|due| due.at)),
        moment(is.due.map(|due| due.at)),
    );
    let held = |task: &Task| match &task.held {
        Some(held) => shown_or(held.why.as_ref(), "yes"),
        None => String::new(),
    };
    differs("held", held(was), held(is));
    let flag = |task: &Task| match &task.flag {
        Some(flag) => shown_or(flag.why.as_ref(), "yes"),
        None => String::new(),
    };
    differs("flag", flag(was), flag(is));
    let attempt = |task: &Task| task.attempt.map(|n| n.to_string()).unwrap_or_default();
    differs("attempt", attempt(was), attempt(is));
    let order = |task: &Task| task.last_op.as_ref().map(|op| op.verb.shown_within(16));
    differs(
        "order",
        order(was).unwrap_or_default(),
        order(is).unwrap_or_default(),
    );
    if found.is_empty() {
        found.push("written anew, nothing that matters here differs".to_owned());
    }
    found
}

fn shown_or(text: Option<&Untrusted>, or: &str) -> String {
    text.map_or_else(|| or.to_owned(), |text| text.shown_within(40))
}

fn status(task: &Task) -> String {
    match task.status {
        TaskStatus::Unknown => shown_or(task.word.as_ref(), "?"),
        known => known.word().to_owned(),
    }
}

/// `mail-bot run 01JQE4 epoch 3`
fn claim(claim: Option<&Claim>) -> String {
    let Some(claim) = claim else {
        return String::new();
    };
    let by = claim
        .by
        .as_ref()
        .map_or_else(|| "nobody".to_owned(), ToString::to_string);
    let run = claim.run.as_ref().map(|run| format!(" run {run}"));
    let lease = claim.lease.map(|lease| format!(" lease {}", Age(lease)));
    format!(
        "{by}{} epoch {}{}",
        run.unwrap_or_default(),
        claim.epoch,
        lease.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::heartbeat::RunStatus;
    use crate::domain::id::AgentId;
    use crate::view::fixture;

    fn text(lines: &[Line]) -> String {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {}", line.label, line.text))
            .collect();
        lines.join("\n")
    }

    fn row(minute: u32, kind: LogKind, status: RunStatus, text: &str) -> LogRow {
        LogRow {
            at: fixture::at(3, minute),
            task: Some("inbox".into()),
            run: Some("01JQE4".into()),
            kind,
            status,
            text: text.into(),
            ..fixture::log(1).remove(0)
        }
    }

    #[test]
    fn a_task_is_told_from_its_first_line_to_now() {
        let fleet = fixture::fleet();
        let agent = fleet.agent(&AgentId::from("mail-bot")).unwrap();
        let rows = [
            row(46, LogKind::Beat, RunStatus::Running, "run started"),
            row(50, LogKind::Step, RunStatus::Running, "s1 fetch intended"),
            row(52, LogKind::Step, RunStatus::Ok, "s1 fetch done"),
            row(53, LogKind::Step, RunStatus::Running, "s3 reply intended"),
        ];
        let versions = fixture::versions();
        let known = Known {
            timeline: Some(&rows),
            versions: Some(&versions),
        };
        let page = text(&task_page(&fleet, agent, &"inbox".into(), known, fleet.at));
        let at = |wanted: &str| {
            page.find(wanted)
                .unwrap_or_else(|| panic!("{wanted} in\n{page}"))
        };
        assert!(page.contains("steps of run 01JQE4: 1 of 2 done"), "{page}");
        assert!(
            at("03:40 plan 3fa9c2d1: planned, pending") < at("03:46 run started"),
            "{page}"
        );
        assert!(
            page.contains("status pending → claimed, claim none → mail-bot run 01JQE4 epoch 3"),
            "{page}"
        );
        assert!(at("s3 reply intended  (run") < at("07:10 now"), "{page}");
        assert!(page.contains("lease over for 2h54"), "{page}");
    }
}
