//! Slots, rhythms, and what nobody did.

use serde_json::json;

use super::{Case, after, daily, read_only, told, with};
use crate::domain::time::Span;
use crate::folder::Folder;

pub fn missed(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({"jitter_s": 300}));
    after(
        fleet,
        slot + Span::mins(20),
        "missed warning social digest",
        slot,
    )
}

pub fn passed_over(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    fleet.run(
        "social",
        "extra",
        slot + Span::mins(1),
        "ok",
        &json!({"did": ["x"]}),
    );
    after(
        fleet,
        slot + Span::mins(15),
        "skipped_silently critical social digest",
        slot,
    )
}

pub fn weekly(mut fleet: Folder) -> Case {
    let rule = json!({"kind": "cron", "expr": "0 9 * * 3"});
    let task = with(json!({"id": "retro", "schedule": rule}));
    fleet.standing("social", &json!([task]));
    for days in [-21, -14, -7] {
        let start = fleet.on(days, "09:00") + Span::secs(3);
        fleet.run("social", "retro", start, "ok", &json!({"did": ["x"]}));
    }
    let slot = fleet.at("09:00");
    after(
        fleet,
        slot + Span::HOUR,
        "missed warning social retro",
        slot,
    )
}

pub fn at_its_end(mut fleet: Folder) -> Case {
    let rule = json!({"kind": "cron", "expr": "0 8 * * *"});
    let task = with(json!({"id": "scan", "schedule": rule}));
    fleet.standing("social", &json!([task]));
    for days in -9..0 {
        let start = fleet.on(days, "08:00");
        fleet.end_only("social", Some("scan"), start, 40);
    }
    let slot = fleet.at("08:00");
    after(
        fleet,
        slot + Span::mins(100),
        "missed warning social scan",
        slot,
    )
}

pub fn nameless(mut fleet: Folder) -> Case {
    let mut last = fleet.at("00:00");
    for half in -60..=20 {
        let start = fleet.at("00:00") + Span::mins(30 * half);
        last = fleet.end_only("social", None, start, 1);
    }
    after(
        fleet,
        last + Span::mins(90),
        "agent_stale warning social -",
        last,
    )
}

pub fn dependency(mut fleet: Folder) -> Case {
    let after_input = with(json!({"depends_on": ["fetch"]}));
    fleet.history(
        "social",
        &[
            ("fetch", "10:00", read_only()),
            ("write", "12:00", after_input),
        ],
    );
    fleet.run(
        "social",
        "fetch",
        fleet.at("10:00"),
        "ok",
        &json!({"did": ["x"]}),
    );
    let slot = fleet.at("12:00");
    let limit = slot + Span::mins(15);
    let broken = told("dependency_broken critical social write", slot);
    let stands = fleet.judged(limit + Span::SECOND);
    assert!(stands.contains(&broken), "{stands:?}");
    Case {
        moments: vec![(limit, vec![])],
        fleet,
    }
}

pub fn outage(mut fleet: Folder) -> Case {
    let end = fleet.at("10:00");
    for (i, agent) in ["a", "b", "c", "d"].into_iter().enumerate() {
        for ten in -60..=20 {
            let start = end + Span::mins(10 * ten) + Span::mins(i as i64);
            if ten <= 0 || agent == "d" {
                fleet.run(agent, "poll", start, "ok", &json!({"did": ["x"]}));
            }
        }
    }
    let stands = fleet.judged(end + Span::HOUR);
    let words: Vec<&str> = stands
        .iter()
        .filter_map(|one| one.split(' ').next())
        .collect();
    assert_eq!(words, ["outage"], "{stands:?}");
    Case {
        moments: vec![(end + Span::mins(20), vec![])],
        fleet,
    }
}

/// The plan's file says done; at noon nothing was, and the run that did it came in the afternoon.
pub fn hindsight(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({"status": "done"}));
    fleet.run(
        "social",
        "digest",
        slot + Span::hours(4),
        "ok",
        &json!({"did": ["x"]}),
    );
    after(
        fleet,
        slot + Span::mins(15),
        "missed warning social digest",
        slot,
    )
}

/// A plan without a date that was copied here today, and a log that is older.
pub fn unpacked(mut fleet: Folder) -> Case {
    let rule = json!({"kind": "cron", "expr": "0 8 * * *"});
    let plan = json!({"tz": fleet.zone.to_string(), "tasks": [with(json!({"id": "poll", "schedule": rule}))]});
    fleet.write("social", "schedule.json", &plan.to_string());
    for days in -9..0 {
        fleet.run(
            "social",
            "poll",
            fleet.on(days, "08:00"),
            "ok",
            &json!({"did": ["x"]}),
        );
    }
    let slot = fleet.at("08:00");
    after(fleet, slot + Span::HOUR, "missed warning social poll", slot)
}
