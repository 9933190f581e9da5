//! Days on which nothing is wrong.

use serde_json::json;

use super::{Case, read_only, with};
use crate::domain::time::Span;
use crate::folder::Folder;

/// Twelve agents that do what they should, at many moments of their last days.
pub fn ordinary(mut fleet: Folder) -> Case {
    let cron = |expr: &str| json!({"kind": "cron", "expr": expr});
    let rules = [
        ("hourly", cron("0 * * * *"), 60),
        ("ten", cron("*/10 * * * *"), 10),
        (
            "twohourly",
            json!({"kind": "every", "everyMs": 7_200_000}),
            120,
        ),
    ];
    for (agent, rule, minutes) in rules {
        fleet.standing(
            agent,
            &json!([with(json!({"id": "poll", "schedule": rule}))]),
        );
        let (mut at, mut n) = (fleet.on(-3, "00:00"), 0);
        while at < fleet.on(1, "12:00") {
            let start = at + Span::secs(n % 50);
            fleet.run(
                agent,
                "poll",
                start,
                "ok",
                &json!({"did": [format!("checked {n} repos")]}),
            );
            (at, n) = (at + Span::mins(minutes), n + 1);
        }
    }
    for (agent, clock) in [("dawn", "00:00"), ("morning", "08:00"), ("gap", "03:30")] {
        let rule = cron(&format!("{} {} * * *", &clock[3..], &clock[..2]));
        fleet.standing(
            agent,
            &json!([with(json!({"id": "report", "schedule": rule}))]),
        );
        for days in -9..=1 {
            fleet.run(
                agent,
                "report",
                fleet.on(days, clock),
                "ok",
                &json!({"did": ["x"]}),
            );
        }
    }
    for half in -200..70 {
        let start = fleet.at("00:00") + Span::mins(30 * half);
        fleet.end_only("nameless", None, start, 2);
    }
    for days in -9..=1 {
        fleet.end_only("long", Some("scan"), fleet.on(days, "06:00"), 40);
        for hour in 8..20 {
            let at = fleet.on(days, &format!("{hour:02}:00"));
            fleet.run("office", "desk", at, "ok", &json!({"did": ["x"]}));
        }
    }
    for agent in ["planner", "replanner"] {
        fleet.history(
            agent,
            &[
                ("morning", "09:00", read_only()),
                ("eve", "19:00", read_only()),
            ],
        );
    }
    for agent in ["planner", "replanner"] {
        for (task, clock) in [("morning", "09:00"), ("eve", "19:00")] {
            fleet.run(agent, task, fleet.at(clock), "ok", &json!({"did": ["x"]}));
        }
    }
    fleet.standing(
        "paused",
        &json!([{"id": "poll", "schedule": cron("0 * * * *"), "enabled": false}]),
    );
    fleet.run(
        "paused",
        "poll",
        fleet.on(-9, "10:00"),
        "ok",
        &json!({"did": ["x"]}),
    );
    fleet.run(
        "first",
        "try",
        fleet.at("09:00"),
        "ok",
        &json!({"did": ["x"]}),
    );
    rare(&mut fleet);
    // Until 20:07: at 01:00 of the next day its plans are owed.
    let moments = (0..5).map(|n| (fleet.at("00:07") + Span::hours(5 * n), vec![]));
    Case {
        moments: moments.collect(),
        fleet,
    }
}

/// Counts of rare events. Three days ago and today at four there were none: older than the lines at hand.
fn rare(fleet: &mut Folder) {
    let counts = [3, 5, 1, 2, 4, 3, 6, 2, 1, 3, 5, 4];
    for run in -60..18_i64 {
        let count = match run {
            -30 | 2 => 0,
            _ => counts[run.rem_euclid(12) as usize],
        };
        let did: Vec<String> = (0..count).map(|n| format!("found {run} {n}")).collect();
        let start = fleet.at("00:00") + Span::hours(2 * run);
        fleet.run("rare", "look", start, "ok", &json!({"did": did}));
    }
}
