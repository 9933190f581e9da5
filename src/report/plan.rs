//! A day as it was planned: the table, what would change on disk, and what is not planned with the reason.
//!
//! ```text
//! plan  Sun 2026-03-29 Europe/Kyiv, seed 20260329: 6 planned, 2 not
//!
//! social  4 tasks, 1 of them stands  comment 6/8
//!   09:07  ±5m   20m  backlog     mutating     publish-article
//! ✗ not planned
//!   social/follow-up      others leave no room on linkedin
//!
//! + social/schedule/2026-03-29.json
//! ```

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{faint, fitted, left, paint, right, strong};
use super::{Look, wire};
use crate::domain::action::Tier;
use crate::domain::id::AgentId;
use crate::domain::text::{clean, plural};
use crate::domain::time::{Day, Span, Zone};
use crate::plan::lint::spent;
use crate::plan::make::{Desk, Made, Placed};
use crate::view::Mark;

/// A day, planned, with what became of its files.
#[derive(Debug)]
pub struct Planned<'a> {
    pub day: Day,
    pub zone: Zone,
    pub seed: u64,
    pub desks: &'a [Desk],
    pub made: &'a Made,
    pub files: Vec<FileNews<'a>>,
    pub backlogs: &'a [(String, usize)],
    pub notices: &'a [String],
    pub stage: Stage,
}

/// Whether it has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Dry,
    Written,
}

/// One file of the plan.
#[derive(Debug)]
pub struct FileNews<'a> {
    pub agent: &'a AgentId,
    /// As people know it.
    pub path: String,
    pub before: Option<&'a str>,
    pub text: &'a str,
    /// What is said about it besides: `schedule.json` stays, or why it could not be written.
    pub notes: Vec<String>,
    /// It could not be written.
    pub failed: bool,
}

/// For people.
pub fn text(plan: &Planned<'_>, look: Look) -> String {
    let mut out = String::new();
    head(&mut out, plan, look);
    for desk in plan.desks {
        agent(&mut out, plan, desk, look);
    }
    if !plan.made.left.is_empty() {
        out.push('\n');
        strong(&mut out, look, "not planned");
        out.push('\n');
        for one in &plan.made.left {
            let agent = one
                .agent
                .as_ref()
                .map_or_else(|| "?".to_owned(), ToString::to_string);
            left(&mut out, &format!("  {agent}/{}", one.task), 34);
            let _ = writeln!(out, "  {}", one.why.says(plan.zone));
        }
    }
    if !plan.files.is_empty() {
        out.push('\n');
    }
    for file in &plan.files {
        diff(&mut out, file, look);
    }
    for notice in plan.notices {
        let _ = writeln!(out, "{}", clean(notice));
    }
    if plan.stage == Stage::Dry && !plan.files.is_empty() {
        faint(&mut out, look, "nothing was written: --write does");
        out.push('\n');
    }
    fitted(out, look)
}

fn head(out: &mut String, plan: &Planned<'_>, look: Look) {
    strong(out, look, "plan");
    let weekday = &plan.zone.weekday_hhmm(plan.zone.start_of(plan.day))[..3];
    let _ = writeln!(
        out,
        "  {weekday} {} {}, seed {}: {} planned, {} not",
        plan.day,
        plan.zone,
        plan.seed,
        plan.made.placed.len(),
        plan.made.left.len()
    );
    if plan.backlogs.is_empty() {
        out.push_str(
            "no backlog: backlog.json or backlog.md in an agent's folder, or beside the agents\n",
        );
        return;
    }
    let read: Vec<String> = plan
        .backlogs
        .iter()
        .map(|(path, entries)| format!("{} ({entries})", clean(path)))
        .collect();
    faint(out, look, &format!("from {}", read.join(", ")));
    out.push('\n');
}

fn agent(out: &mut String, plan: &Planned<'_>, desk: &Desk, look: Look) {
    let placed: Vec<&Placed> = plan
        .made
        .placed
        .iter()
        .filter(|one| one.wish.agent == desk.agent)
        .collect();
    if placed.is_empty() {
        return;
    }
    out.push('\n');
    strong(out, look, &desk.agent.to_string());
    let _ = write!(out, "  {}", plural(placed.len() as u64, "task"));
    if !desk.fixed.is_empty() {
        let _ = write!(out, ", {} stand", desk.fixed.len());
    }
    for limit in &desk.limits {
        let all = desk.fixed.iter().map(|given| &given.task);
        let all = all.chain(placed.iter().map(|one| &one.wish.task));
        let used = spent(all, limit.action.exact());
        let _ = write!(
            out,
            "  {} {used}/{}",
            limit.action.shown_within(24),
            limit.most
        );
    }
    out.push('\n');
    for one in placed {
        row(out, one, desk.zone);
    }
}

fn row(out: &mut String, one: &Placed, zone: Zone) {
    let task = &one.wish.task;
    let _ = write!(out, "  {}  ", zone.hhmm(one.at));
    left(out, &format!("±{}", one.jitter), 5);
    right(
        out,
        &task
            .estimate
            .map_or_else(String::new, |est| est.to_string()),
        6,
    );
    out.push_str("  ");
    left(out, one.wish.origin.word(), 10);
    out.push_str("  ");
    left(out, task.tier.map_or("tier?", Tier::word), 11);
    let _ = write!(out, "  {}", task.id);
    if !task.resources.is_empty() {
        let names: Vec<String> = task.resources.iter().map(|r| r.shown_within(24)).collect();
        let _ = write!(out, "  on {}", names.join(", "));
    }
    out.push('\n');
}

/// One task is one line of the file, so lines tell what changed.
fn diff(out: &mut String, file: &FileNews<'_>, look: Look) {
    let sign = if file.before.is_some() { "~" } else { "+" };
    strong(out, look, &format!("{sign} {}", clean(&file.path)));
    out.push('\n');
    let old: Vec<&str> = file
        .before
        .map_or_else(Vec::new, |text| text.lines().collect());
    let new: Vec<&str> = file.text.lines().collect();
    for line in old.iter().filter(|line| !new.contains(line)) {
        paint(
            out,
            look,
            Mark::Fail,
            &format!("  - {}", clean(line.trim())),
        );
        out.push('\n');
    }
    for line in new.iter().filter(|line| !old.contains(line)) {
        paint(out, look, Mark::Run, &format!("  + {}", clean(line.trim())));
        out.push('\n');
    }
    for note in &file.notes {
        let _ = writeln!(out, "  {}", clean(note));
    }
}

/// `rounds.plan/1`.
pub fn json(plan: &Planned<'_>) -> String {
    let answer = WirePlan {
        schema: "rounds.plan/1",
        date: plan.day.to_string(),
        tz: plan.zone.to_string(),
        seed: plan.seed,
        written: plan.stage == Stage::Written,
        backlogs: plan
            .backlogs
            .iter()
            .map(|(file, entries)| WireBacklog {
                file: clean(file).into_owned(),
                entries: *entries,
            })
            .collect(),
        planned: plan.made.placed.iter().map(placed).collect(),
        left: wire::left(&plan.made.left, plan.zone),
        files: plan
            .files
            .iter()
            .map(|file| WireFile {
                agent: file.agent.to_string(),
                file: clean(&file.path).into_owned(),
                replaces: file.before.is_some(),
                failed: file.failed,
                notes: file.notes.iter().map(|n| clean(n).into_owned()).collect(),
            })
            .collect(),
        notices: plan.notices.iter().map(|n| clean(n).into_owned()).collect(),
    };
    format!("{}\n", wire::line(&answer))
}

fn placed(one: &Placed) -> WirePlaced {
    let task = &one.wish.task;
    let seconds = |span: Span| span.0 / 1_000;
    WirePlaced {
        agent: one.wish.agent.to_string(),
        task: task.id.to_string(),
        due: one.at.rfc3339(),
        jitter_s: seconds(one.jitter),
        est_s: task.estimate.map(seconds),
        origin: one.wish.origin.word(),
        tier: task.tier.map(Tier::word),
        resources: task
            .resources
            .iter()
            .map(|r| r.shown().into_owned())
            .collect(),
    }
}

#[derive(Serialize)]
struct WirePlan {
    schema: &'static str,
    date: String,
    tz: String,
    seed: u64,
    written: bool,
    backlogs: Vec<WireBacklog>,
    planned: Vec<WirePlaced>,
    left: Vec<wire::WireLeft>,
    files: Vec<WireFile>,
    notices: Vec<String>,
}

#[derive(Serialize)]
struct WireBacklog {
    file: String,
    entries: usize,
}

#[derive(Serialize)]
struct WirePlaced {
    agent: String,
    task: String,
    due: String,
    jitter_s: i64,
    est_s: Option<i64>,
    origin: &'static str,
    tier: Option<&'static str>,
    resources: Vec<String>,
}

#[derive(Serialize)]
struct WireFile {
    agent: String,
    file: String,
    replaces: bool,
    failed: bool,
    notes: Vec<String>,
}
