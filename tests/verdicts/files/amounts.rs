//! Less than usual, or more than allowed.

use serde_json::{Value, json};

use super::{Case, daily, read_only, told, upon, with};
use crate::domain::time::Span;
use crate::folder::Folder;

/// Daily runs before today that did so many things each.
pub fn counted(fleet: &mut Folder, counts: &[i64]) {
    for (i, n) in counts.iter().enumerate() {
        let days = i as i64 - counts.len() as i64;
        let start = fleet.on(days, "10:00");
        let did: Vec<String> = (0..*n).map(|item| format!("post {days} {item}")).collect();
        fleet.run("social", "digest", start, "ok", &json!({"did": did}));
    }
}

pub fn shrink(mut fleet: Folder) -> Case {
    let counts: Vec<i64> = [12; 14].into_iter().chain([3, 3]).collect();
    counted(&mut fleet, &counts);
    let did = json!({"did": ["a", "b", "c"]});
    let end = fleet.run("social", "digest", fleet.at("10:00"), "ok", &did);
    let first = fleet.on(-2, "10:00") + Span::mins(2);
    upon(fleet, end, "quiet_shrink warning social digest", first)
}

pub fn floor(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({"expect_min": 1000}));
    let end = fleet.run("social", "digest", slot, "ok", &json!({"did": 999}));
    upon(fleet, end, "quiet_shrink warning social digest", end)
}

pub fn empty(mut fleet: Folder) -> Case {
    counted(&mut fleet, &[3; 9]);
    let end = fleet.run(
        "social",
        "digest",
        fleet.at("10:00"),
        "ok",
        &json!({"did": []}),
    );
    upon(fleet, end, "empty_success warning social digest", end)
}

pub fn targets(mut fleet: Folder) -> Case {
    // The plan says in which zone the days of this agent begin.
    let rule = json!({"kind": "cron", "expr": "0 10 * * *"});
    fleet.standing(
        "social",
        &json!([with(json!({"id": "reply", "schedule": rule}))]),
    );
    for days in -27..=0 {
        let who = |i: i64| match days {
            ..-13 => format!("@old{}", (days * 3 + i).rem_euclid(12)),
            _ => format!("@few{i}"),
        };
        let did: Vec<Value> = (0..3)
            .map(|i| json!({"what": format!("reply {days}"), "target": who(i)}))
            .collect();
        fleet.run(
            "social",
            "reply",
            fleet.on(days, "10:00"),
            "ok",
            &json!({"did": did}),
        );
    }
    let since = fleet.on(-13, "00:00");
    let label = told("same_targets warning social -", since);
    Case {
        moments: vec![
            (fleet.on(-3, "11:00"), vec![]),
            (fleet.at("11:00"), vec![label]),
        ],
        fleet,
    }
}

pub fn capacity(mut fleet: Folder) -> Case {
    fleet.history("social", &[("digest", "08:00", read_only())]);
    let made = fleet.at("00:00") - Span::mins(10);
    let tasks: Vec<Value> = (0..4)
        .map(|n| with(json!({"id": format!("t{n}"), "due": fleet.stamp(fleet.at("20:00"))})))
        .collect();
    fleet.plan(
        "social",
        0,
        &json!({"tasks": tasks, "limits": {"tasks": 3}}),
    );
    let label = told("over_capacity warning social -", made);
    Case {
        moments: vec![(fleet.at("09:00"), vec![label])],
        fleet,
    }
}

pub fn collision(mut fleet: Folder) -> Case {
    let on = |key: &str| json!({"tier": "mutating", "reversible": true, "key": key, "resource": ["linkedin"]});
    fleet.history("a", &[("post", "10:00", on("p"))]);
    fleet.history("b", &[("like", "14:00", on("l"))]);
    let end = fleet.run("a", "post", fleet.at("10:00"), "ok", &json!({"did": ["x"]}));
    let start = end + Span::secs(59);
    fleet.run("b", "like", start, "ok", &json!({"did": ["x"]}));
    upon(fleet, start, "collision critical b like", start)
}
