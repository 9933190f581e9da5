//! The storm guard: what is overdue after an outage, and what each way out of it would do.
//!
//! ```text
//! storm  7 tasks of 4 agents are overdue, since Fri 02:10
//!
//!   social/replies     ×6  since 02:10  mutating, on linkedin
//!
//! run     all at once: 3 on linkedin together, social 12 of 8 comment
//! skip    7 tasks
//! spread  07:15 social/replies, 07:55 outreach/follow; 1 does not fit
//! ```

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{fitted, left, strong};
use super::{Look, wire};
use crate::domain::action::Tier;
use crate::domain::time::{Ts, Zone};
use crate::ops::storm::crush;
use crate::plan::make::{Overdue, Storm};

/// For people.
pub fn text(storm: &Storm, now: Ts, zone: Zone, look: Look) -> String {
    let mut out = String::new();
    strong(&mut out, look, "storm");
    let Some(first) = storm.overdue.iter().map(|one| one.first).min() else {
        out.push_str("  nothing is overdue\n");
        return out;
    };
    let agents = storm.overdue.chunk_by(|a, b| a.agent == b.agent).count();
    let _ = writeln!(
        out,
        "  {} tasks of {agents} agents are overdue at {}, since {}\n",
        storm.overdue.len(),
        zone.hhmm(now),
        zone.weekday_hhmm(first)
    );
    for one in &storm.overdue {
        row(&mut out, one, zone);
    }
    out.push('\n');
    run(&mut out, storm, look);
    strong(&mut out, look, "skip    ");
    let _ = writeln!(out, "each stays undone: {}", names(&storm.overdue));
    spread(&mut out, storm, zone, look);
    fitted(out, look)
}

fn row(out: &mut String, one: &Overdue, zone: Zone) {
    left(out, &format!("  {}/{}", one.agent, one.task.id), 34);
    let times = if one.slots > 1 {
        format!("×{}", one.slots)
    } else {
        String::new()
    };
    left(out, &times, 5);
    let tier = one.task.tier.map_or("tier?", Tier::word);
    let _ = write!(out, " since {}  {tier}", zone.weekday_hhmm(one.first));
    let resources: Vec<String> = one
        .task
        .resources
        .iter()
        .map(|r| r.shown_within(24))
        .collect();
    if !resources.is_empty() {
        let _ = write!(out, ", on {}", resources.join(", "));
    }
    out.push('\n');
}

fn run(out: &mut String, storm: &Storm, look: Look) {
    strong(out, look, "run     ");
    let what = crush(storm).unwrap_or_else(|| "nothing is in its way".to_owned());
    let _ = writeln!(out, "all at once: {what}");
}

fn names(overdue: &[Overdue]) -> String {
    let names: Vec<String> = overdue
        .iter()
        .map(|one| format!("{}/{}", one.agent, one.task.id))
        .collect();
    names.join(" ")
}

fn spread(out: &mut String, storm: &Storm, zone: Zone, look: Look) {
    strong(out, look, "spread  ");
    let mut placed: Vec<(Ts, String)> = storm
        .spread
        .placed
        .iter()
        .map(|one| (one.at, format!("{}/{}", one.wish.agent, one.wish.task.id)))
        .collect();
    placed.sort();
    let at: Vec<String> = placed
        .iter()
        .map(|(at, name)| format!("{} {name}", zone.hhmm(*at)))
        .collect();
    let _ = writeln!(
        out,
        "{}",
        if at.is_empty() {
            "nothing fits".to_owned()
        } else {
            at.join(", ")
        }
    );
    for one in &storm.spread.left {
        let agent = one
            .agent
            .as_ref()
            .map_or_else(|| "?".to_owned(), ToString::to_string);
        let _ = writeln!(
            out,
            "        not {agent}/{}: {}",
            one.task,
            one.why.says(zone)
        );
    }
}

/// `rounds.storm/1`.
pub fn json(storm: &Storm, now: Ts, zone: Zone) -> String {
    let answer = WireStorm {
        schema: "rounds.storm/1",
        at: now.rfc3339(),
        overdue: storm
            .overdue
            .iter()
            .map(|one| WireOverdue {
                agent: one.agent.to_string(),
                task: one.task.id.to_string(),
                slots: one.slots,
                first: one.first.rfc3339(),
                last: one.last.rfc3339(),
                tier: one.task.tier.map(Tier::word),
            })
            .collect(),
        together: storm
            .crowds
            .iter()
            .map(|crowd| WireCrowd {
                resource: crowd.resource.clone(),
                tasks: crowd
                    .tasks
                    .iter()
                    .map(|(a, t)| format!("{a}/{t}"))
                    .collect(),
            })
            .collect(),
        over: storm
            .excess
            .iter()
            .map(|one| WireExcess {
                agent: one.agent.to_string(),
                action: one.action.clone(),
                would: one.would,
                limit: one.most,
            })
            .collect(),
        spread: storm
            .spread
            .placed
            .iter()
            .map(|one| WireSpread {
                agent: one.wish.agent.to_string(),
                task: one.wish.task.id.to_string(),
                due: one.at.rfc3339(),
            })
            .collect(),
        left: wire::left(&storm.spread.left, zone),
    };
    format!("{}\n", wire::line(&answer))
}

#[derive(Serialize)]
struct WireStorm {
    schema: &'static str,
    at: String,
    overdue: Vec<WireOverdue>,
    together: Vec<WireCrowd>,
    over: Vec<WireExcess>,
    spread: Vec<WireSpread>,
    left: Vec<wire::WireLeft>,
}

#[derive(Serialize)]
struct WireOverdue {
    agent: String,
    task: String,
    slots: u32,
    first: String,
    last: String,
    tier: Option<&'static str>,
}

#[derive(Serialize)]
struct WireCrowd {
    resource: String,
    tasks: Vec<String>,
}

#[derive(Serialize)]
struct WireExcess {
    agent: String,
    action: String,
    would: u32,
    limit: u32,
}

#[derive(Serialize)]
struct WireSpread {
    agent: String,
    task: String,
    due: String,
}
