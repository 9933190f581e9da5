//! Plans, insights, locks and damage.

use serde_json::json;

use super::{Case, after, daily, read_only, told, upon, with};
use crate::domain::time::{Span, Zone};
use crate::folder::Folder;

pub fn no_plan(mut fleet: Folder) -> Case {
    for days in -7..0 {
        let task = with(json!({"id": "digest", "due": fleet.stamp(fleet.on(days, "10:00"))}));
        let made = fleet.stamp(fleet.on(days, "06:00"));
        fleet.plan("social", days, &json!({"generated": made, "tasks": [task]}));
        fleet.run(
            "social",
            "digest",
            fleet.on(days, "10:00"),
            "ok",
            &json!({"did": ["x"]}),
        );
    }
    let limit = fleet.at("08:00");
    after(fleet, limit, "stale_plan warning social -", limit)
}

pub fn learned(mut fleet: Folder) -> Case {
    for days in -20..=0 {
        fleet.run(
            "social",
            "watch",
            fleet.on(days, "10:00"),
            "ok",
            &json!({"did": ["x"]}),
        );
    }
    let day = fleet.day.plus(-16);
    let text = format!("# INSIGHTS\n## {day}\n### Worked\n- Replies before 10:00.\n");
    fleet.write("social", "INSIGHTS.md", &text);
    // Without a plan that says otherwise it lives in the fleet's zone.
    let since = Zone::UTC.start_of(day);
    after(
        fleet,
        since + Span::days(15),
        "stale_insights warning social -",
        since,
    )
}

pub fn damaged(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    let start = slot + Span::secs(5);
    fleet.raw("social", start, "{\"status\": ,\"x\"\n");
    fleet.run("social", "digest", start, "ok", &json!({"did": ["x"]}));
    upon(fleet, start, "damaged_file warning social -", start)
}

pub fn lock(mut fleet: Folder) -> Case {
    for days in -6..=0 {
        fleet.run(
            "social",
            "watch",
            fleet.on(days, "10:00"),
            "ok",
            &json!({"did": ["x"]}),
        );
    }
    let renewed = fleet.at("10:05");
    let held = json!({"holder": "social", "run_id": "rX", "epoch": 1, "acquired": fleet.stamp(renewed), "renewed": fleet.stamp(renewed), "ttl_s": 900});
    fleet.write("social", "locks/linkedin.lock", &held.to_string());
    let limit = renewed + Span::mins(15);
    let stands = fleet.judged(limit + Span::SECOND);
    assert!(
        stands
            .iter()
            .any(|one| one.starts_with("lock warning social")),
        "{stands:?}"
    );
    Case {
        moments: vec![(limit, vec![])],
        fleet,
    }
}

pub fn outbox(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    fleet.run("social", "digest", slot, "ok", &json!({"did": ["x"]}));
    let at = slot + Span::mins(30);
    let asked = |id: &str, status: &str, at| json!({"id": id, "kind": "question", "text": "May I follow @bob?", "status": status, "ts": fleet.stamp(at)});
    let items = json!({"items": [asked("q0", "answered", slot), asked("q1", "open", at)]});
    fleet.write("social", "outbox.json", &items.to_string());
    upon(fleet, at, "needs_human critical social -", at)
}

/// Two agents that did what they should until today; the second one's slot passes while the first holds the lock.
pub fn waited_for(mut fleet: Folder) -> Case {
    let on = json!({"tier": "mutating", "reversible": true, "key": "k", "resource": ["linkedin"]});
    fleet.history("a", &[("post", "16:00", on.clone())]);
    fleet.history("b", &[("like", "10:00", on)]);
    hold(&fleet, "a", "09:30");
    let slot = fleet.at("10:00");
    let limit = slot + Span::mins(15);
    let missed = told("missed warning b like", slot);
    let waits = told("lock warning b like", slot);
    Case {
        moments: vec![(limit, vec![]), (limit + Span::SECOND, vec![missed, waits])],
        fleet,
    }
}

pub fn locked_twice(mut fleet: Folder) -> Case {
    for agent in ["a", "b"] {
        fleet.history(agent, &[("post", "16:00", read_only())]);
    }
    hold(&fleet, "a", "09:30");
    hold(&fleet, "b", "09:40");
    let at = fleet.at("09:40");
    upon(fleet, at, "lock warning b -", at)
}

fn hold(fleet: &Folder, agent: &str, clock: &str) {
    let at = fleet.stamp(fleet.at(clock));
    let held = json!({"holder": agent, "run_id": "rX", "epoch": 1, "acquired": at});
    fleet.write(agent, "locks/linkedin.lock", &held.to_string());
}
