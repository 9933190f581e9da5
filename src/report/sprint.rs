//! A day's plan for people and programs.
//!
//! ```text
//! sprint  Fri 2026-03-27 Europe/Kyiv, now 07:10
//!             06      07      08
//! ✗ publisher  ✗━ ✗   :  .       2/5  post 4/6
//! ✓ social    ✓━━  ✓━ :↻━━━      8/8  comment 9/8
//!
//! collision  newsletter on smtp 05:58, while outreach still worked on it
//! tomorrow   social: 2 post planned for a limit of 1
//! ```

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{faint, fitted, left, paint, right, sign, sign_of, strong};
use super::{Form, Look, Signs, wire};
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::{Fleet, TaskState};
use crate::domain::text::clean;
use crate::domain::time::{Ts, Zone};
use crate::view::sprint::{Cell, Ink, Lane, Scale, Stage, cells, columns, lanes, links, slots};
use crate::view::{Mark, spoken};

/// Columns of the axis where nothing says how wide the terminal is.
const AXIS: usize = 72;
/// Cards of one column that are written out.
const MOST_CARDS: usize = 40;

/// A day.
#[derive(Clone, Copy, Debug)]
pub struct Day<'a> {
    /// The board at the moment that is shown.
    pub fleet: &'a Fleet,
    /// A moment of the day.
    pub day: Ts,
    /// What is wrong with tomorrow, by the board of now.
    pub tomorrow: &'a Fleet,
}

impl<'a> Day<'a> {
    fn lint(&self) -> impl Iterator<Item = &'a Finding> {
        let all = self.tomorrow.findings.iter().map(AsRef::as_ref);
        all.filter(|found: &&Finding| found.kind == FindingKind::PlanLint)
    }
}

/// The sign of a cell.
pub fn ink(cell: Cell, signs: Signs) -> &'static str {
    match (cell.ink, cell.mark) {
        (Ink::Due, Some(mark)) => sign(mark, signs),
        (Ink::Empty | Ink::Due, _) => " ",
        (Ink::Window, _) => pick(signs, "·", "."),
        (Ink::Ran, _) => pick(signs, "━", "="),
        (Ink::Over, _) => pick(signs, "╍", "#"),
    }
}

fn pick(signs: Signs, unicode: &'static str, ascii: &'static str) -> &'static str {
    match signs {
        Signs::Unicode => unicode,
        Signs::Ascii => ascii,
    }
}

/// For people.
pub fn text(day: &Day<'_>, look: Look) -> String {
    let fleet = day.fleet;
    let zone = fleet.zone();
    let mut out = String::new();
    head(&mut out, day, look);
    let lanes = lanes(fleet);
    match look.form {
        Form::Columns => drawn(&mut out, day, &lanes, look),
        Form::Lines => told(&mut out, &lanes, fleet.at, zone),
    }
    if lanes.is_empty() {
        out.push_str("no agent has a plan for that day\n");
    }
    notes(&mut out, day, &lanes, look);
    fitted(out, look)
}

/// The lanes on an axis.
fn drawn(out: &mut String, day: &Day<'_>, lanes: &[Lane], look: Look) {
    let (fleet, zone) = (day.fleet, day.fleet.zone());
    let name = lanes.iter().map(|lane| lane.name.chars().count()).max();
    let name = name.unwrap_or_default().clamp(5, 24);
    let axis = look
        .width
        .map_or(AXIS, |width| width.saturating_sub(name + 28).max(24));
    let axis = u16::try_from(axis.min(240)).unwrap_or(240);
    let scale = Scale::day(zone, day.day, axis);
    ruler(out, &scale, zone, (name, look));
    for lane in lanes {
        row(out, lane, &scale, (fleet.at, name, look));
    }
}

/// The lanes in words: of each agent every slot that is not plainly done or to come, and how many are.
fn told(out: &mut String, lanes: &[Lane], now: Ts, zone: Zone) {
    for lane in lanes {
        let _ = writeln!(out, "{}", spoken::lane(lane, now, zone));
        for slot in &lane.slots {
            if !matches!(slot.state, TaskState::Done | TaskState::Upcoming) {
                let _ = writeln!(out, "  {}", spoken::slot(slot, now, zone));
            }
        }
        let to_come = lane
            .slots
            .iter()
            .filter(|slot| slot.state == TaskState::Upcoming);
        match to_come.count() {
            0 => {}
            n => {
                let _ = writeln!(out, "  {n} to come");
            }
        }
    }
}

fn head(out: &mut String, day: &Day<'_>, look: Look) {
    let (fleet, zone) = (day.fleet, day.fleet.zone());
    strong(out, look, "sprint");
    let weekday = &zone.weekday_hhmm(day.day)[..3];
    let _ = write!(out, "  {weekday} {} {zone}", zone.day_of(day.day));
    let same = zone.day_of(day.day) == zone.day_of(fleet.at);
    let word = if fleet.past { "as of" } else { "now" };
    if same {
        let _ = write!(out, ", {word} {}", zone.hhmm(fleet.at));
    }
    let columns = columns(fleet);
    let count = |stage: Stage| slots(&columns[stage as usize]);
    let wip = count(Stage::Claimed) + count(Stage::Running) + count(Stage::Review);
    let _ = writeln!(
        out,
        ": {} pending, {wip} in progress ({} in review), {} over",
        count(Stage::Pending),
        count(Stage::Review),
        count(Stage::Done)
    );
}

fn ruler(out: &mut String, scale: &Scale, zone: Zone, (name, look): (usize, Look)) {
    let mut line = vec![' '; usize::from(scale.columns)];
    for (cell, label) in scale.hours(zone) {
        for (n, c) in label.chars().enumerate() {
            line[usize::from(cell) + n] = c;
        }
    }
    let line: String = line.into_iter().collect();
    left(out, "", name + 3);
    faint(out, look, line.trim_end());
    out.push('\n');
}

fn row(out: &mut String, lane: &Lane, scale: &Scale, (now, name, look): (Ts, usize, Look)) {
    paint(out, look, lane.mark, sign_of(lane.mark, look));
    out.push(' ');
    left(out, &crate::domain::text::cut(&lane.name, name), name);
    out.push(' ');
    let line = scale.cell_of(now).map(usize::from);
    for (at, cell) in cells(lane, scale, now).into_iter().enumerate() {
        match cell.mark {
            Some(mark) => paint(out, look, mark, ink(cell, look.signs)),
            None if line == Some(at) => faint(out, look, pick(look.signs, "│", "|")),
            None => out.push(' '),
        }
    }
    right(out, &format!("{}/{}", lane.done, lane.planned), 7);
    for bar in &lane.bars {
        let _ = write!(out, "  ");
        let text = format!("{} {}/{}", bar.action, bar.planned, bar.most);
        if bar.is_over() {
            paint(out, look, Mark::Fail, &format!("{text} over"));
        } else {
            out.push_str(&text);
        }
    }
    out.push('\n');
}

fn notes(out: &mut String, day: &Day<'_>, lanes: &[Lane], look: Look) {
    let now = day.fleet.at;
    let mut lines: Vec<(Mark, &'static str, String)> = Vec::new();
    for lane in lanes {
        for slot in lane.slots.iter().filter(|slot| slot.is_over(now)) {
            if slot.run.is_some_and(|(_, end)| end.is_none())
                && let Some(length) = slot.length(now)
            {
                let says = format!("{}/{} runs {length}", lane.name, slot.task);
                lines.push((Mark::Late, "long", says));
            }
        }
    }
    for (mark, says) in links(day.fleet) {
        let word = match mark {
            Mark::Fail => "collision",
            Mark::Gap => "link",
            _ => "spacing",
        };
        lines.push((mark, word, says));
    }
    for found in day.lint() {
        let mark = match found.severity {
            Severity::Info => Mark::Wait,
            Severity::Warning | Severity::Critical => Mark::Late,
        };
        let says = found
            .sentence
            .strip_prefix("tomorrow: ")
            .unwrap_or(&found.sentence);
        let says = format!("{}: {}, {}", found.agent, clean(says), clean(&found.clears));
        lines.push((mark, "tomorrow", says));
    }
    if !lines.is_empty() {
        out.push('\n');
    }
    for (mark, word, says) in lines {
        paint(out, look, mark, sign_of(mark, look));
        out.push(' ');
        left(out, word, 10);
        let _ = writeln!(out, " {says}");
    }
}

/// The columns, for people.
pub fn board(day: &Day<'_>, look: Look) -> String {
    let mut out = String::new();
    head(&mut out, day, look);
    for (stage, cards) in Stage::ALL.iter().zip(columns(day.fleet)) {
        out.push('\n');
        strong(
            &mut out,
            look,
            &format!("{} {}", stage.word(), slots(&cards)),
        );
        out.push('\n');
        for card in cards.iter().take(MOST_CARDS) {
            paint(&mut out, look, card.mark, sign_of(card.mark, look));
            out.push(' ');
            right(&mut out, &card.age, 5);
            let _ = write!(out, "  {}", card.name());
            if card.reviews_itself {
                paint(&mut out, look, Mark::Late, "  reviewer is the author");
            }
            out.push('\n');
        }
        let rest = cards.len().saturating_sub(MOST_CARDS);
        if rest > 0 {
            let _ = writeln!(out, "  and {rest} more");
        }
    }
    fitted(out, look)
}

/// Markdown: a table, then what is wrong.
pub fn markdown(day: &Day<'_>) -> String {
    let (fleet, zone) = (day.fleet, day.fleet.zone());
    let mut out = format!("# Sprint {}\n\n", zone.day_of(day.day));
    out.push_str("| agent | due | task | state | run | \n|---|---|---|---|---|\n");
    let plain = |text: &str| text.replace('|', "\\|");
    for lane in lanes(fleet) {
        for slot in &lane.slots {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                plain(&lane.name),
                zone.hhmm(slot.due),
                plain(&slot.task.to_string()),
                slot.state.word(),
                slot.length(fleet.at).unwrap_or_default()
            );
        }
    }
    let wrong: Vec<String> = links(fleet).into_iter().map(|(_, says)| says).collect();
    let lint = day
        .lint()
        .map(|found| format!("{}: {}", found.agent, clean(&found.sentence)));
    let all: Vec<String> = wrong.into_iter().chain(lint).collect();
    if !all.is_empty() {
        out.push('\n');
    }
    for says in all {
        let _ = writeln!(out, "- {}", says.replace('|', "\\|"));
    }
    out
}

/// `rounds.sprint/1`.
pub fn json(day: &Day<'_>) -> String {
    let fleet = day.fleet;
    let agents = fleet.agents.iter().map(|agent| WireLane {
        agent: agent.id.to_string(),
        done: agent.tally.done,
        planned: agent.tally.planned,
        unaccounted: agent.tally.unaccounted,
        capacity: agent
            .capacity
            .iter()
            .map(|one| WireBar {
                action: one.action.shown().into_owned(),
                planned: one.planned,
                limit: one.most,
            })
            .collect(),
        tasks: agent
            .tasks
            .iter()
            .filter(|task| task.state != TaskState::Off)
            .map(|task| wire_task(agent, task))
            .collect(),
    });
    let answer = WireSprint {
        schema: "rounds.sprint/1",
        at: fleet.at.rfc3339(),
        date: fleet.zone().day_of(day.day).to_string(),
        tz: fleet.zone().to_string(),
        agents: agents.collect(),
        links: fleet
            .links
            .iter()
            .map(|link| WireLink {
                kind: link.kind.word(),
                from: end(&link.from),
                to: end(&link.to),
                resource: link.resource.as_ref().map(|name| name.shown().into_owned()),
                sentence: clean(&link.says).into_owned(),
            })
            .collect(),
        tomorrow: wire::findings(day.tomorrow, |found| found.kind == FindingKind::PlanLint),
    };
    format!("{}\n", wire::line(&answer))
}

fn wire_task(
    agent: &crate::domain::fleet::AgentView,
    task: &crate::domain::fleet::TaskView,
) -> WireTask {
    let declared = task.declared.task();
    let author = task.claim.as_ref().and_then(|claim| claim.by.as_ref());
    let reviewer = declared.and_then(|task| task.reviewer.as_ref());
    WireTask {
        task: task.id.to_string(),
        due: wire::moment(task.slot),
        jitter_s: task.jitter.0 / 1_000,
        est_s: declared
            .and_then(|task| task.estimate)
            .map(|est| est.0 / 1_000),
        state: task.state.word(),
        column: Stage::of(task.state).map(Stage::word),
        since: task.since.rfc3339(),
        started: wire::moment(task.run.as_ref().map(|run| run.start)),
        ended: wire::moment(task.run.as_ref().and_then(|run| run.end)),
        tier: task.tier.map(crate::domain::action::Tier::word),
        resources: declared.map_or_else(Vec::new, |task| {
            task.resources
                .iter()
                .map(|r| r.shown().into_owned())
                .collect()
        }),
        depends_on: declared.map_or_else(Vec::new, |task| {
            task.depends_on.iter().map(ToString::to_string).collect()
        }),
        reviews_itself: reviewer.is_some() && reviewer == Some(author.unwrap_or(&agent.id)),
    }
}

fn end(end: &crate::domain::link::End) -> WireEnd {
    WireEnd {
        agent: end.agent.to_string(),
        task: end.task.as_ref().map(ToString::to_string),
        at: end.at.rfc3339(),
    }
}

#[derive(Serialize)]
struct WireSprint<'a> {
    schema: &'static str,
    at: String,
    date: String,
    tz: String,
    agents: Vec<WireLane>,
    links: Vec<WireLink>,
    tomorrow: Vec<wire::WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireLane {
    agent: String,
    done: u32,
    planned: u32,
    unaccounted: u32,
    capacity: Vec<WireBar>,
    tasks: Vec<WireTask>,
}

#[derive(Serialize)]
struct WireBar {
    action: String,
    planned: u32,
    limit: u32,
}

#[derive(Serialize)]
struct WireTask {
    task: String,
    due: Option<String>,
    jitter_s: i64,
    est_s: Option<i64>,
    state: &'static str,
    column: Option<&'static str>,
    since: String,
    started: Option<String>,
    ended: Option<String>,
    tier: Option<&'static str>,
    resources: Vec<String>,
    depends_on: Vec<String>,
    reviews_itself: bool,
}

#[derive(Serialize)]
struct WireLink {
    kind: &'static str,
    from: WireEnd,
    to: WireEnd,
    resource: Option<String>,
    sentence: String,
}

#[derive(Serialize)]
struct WireEnd {
    agent: String,
    task: Option<String>,
    at: String,
}
