//! What runs and steps say of themselves.

use serde_json::{Value, json};

use super::{Case, after, daily, told, upon};
use crate::domain::time::Span;
use crate::folder::{Folder, merged};

pub fn failure(mut fleet: Folder) -> Case {
    let slot = daily(
        &mut fleet,
        &json!({"tier": "mutating", "reversible": false}),
    );
    let end = fleet.run(
        "social",
        "digest",
        slot,
        "❌ timed out",
        &json!({"msg": "HTTP 500"}),
    );
    upon(fleet, end, "failed critical social digest", end)
}

pub fn failures(mut fleet: Folder) -> Case {
    let mut ends = Vec::new();
    for hour in -30..3 {
        let start = fleet.at("10:00") + Span::hours(hour);
        let (status, more) = if hour < 0 {
            ("ok", json!({"did": ["x"]}))
        } else {
            (
                "failed",
                json!({"msg": format!("HTTP 429 for request {hour}77")}),
            )
        };
        ends.push(fleet.run("social", "poll", start, status, &more));
    }
    let [.., first, _, third] = ends[..] else {
        panic!("three failures")
    };
    let single = told("failed warning social poll", first);
    let streak = told("failure_streak critical social poll", first);
    Case {
        moments: vec![(third - Span::SECOND, vec![single]), (third, vec![streak])],
        fleet,
    }
}

pub fn skips(mut fleet: Folder) -> Case {
    let mut ends = Vec::new();
    for hour in -60..3 {
        let start = fleet.at("10:00") + Span::hours(hour);
        let (status, more) = if hour < 0 {
            ("ok", json!({"did": ["x"]}))
        } else {
            (
                "skipped",
                json!({"skipped": [{"what": "follow", "why": "limit"}]}),
            )
        };
        ends.push(fleet.run("social", "poll", start, status, &more));
    }
    let [.., first, _, third] = ends[..] else {
        panic!("three skips")
    };
    upon(fleet, third, "skip_streak warning social poll", first)
}

pub fn wordless(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    let end = fleet.run("social", "digest", slot, "skipped", &json!({}));
    upon(fleet, end, "skipped_no_reason warning social digest", end)
}

pub fn unproven(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    // So many lines that not all of them are at hand.
    for half in -200..0 {
        let start = fleet.at("10:00") + Span::mins(30 * half);
        let followed = format!("followed @user{half}");
        fleet.run("social", "digest", start, "ok", &json!({"did": [followed]}));
    }
    let item = |who: &str| json!({"what": format!("follow {who}"), "why": "already_done", "key": format!("follow:{who}")});
    let old = json!({"did": ["read mails"], "skipped": [item("@user-190")]});
    fleet.run("social", "digest", slot, "ok", &old);
    let never = json!({"did": ["read mails"], "skipped": [item("@nobody")]});
    let end = fleet.run("social", "digest", slot + Span::mins(5), "ok", &never);
    upon(fleet, end, "unproven_done critical social digest", end)
}

/// Of two that call themselves done, the one that a tracking file lists is.
pub fn tracked(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    fleet.write("social", "followed.json", r#"["@listed"]"#);
    let item =
        |who: &str| json!({"what": format!("follow {who}"), "why": "already_done", "target": who});
    let did = json!({"did": [{"what": "followed @else", "target": "@else"}]});
    fleet.run("social", "digest", slot - Span::HOUR, "ok", &did);
    let listed = json!({"did": ["read mails"], "skipped": [item("@listed")]});
    fleet.run("social", "digest", slot, "ok", &listed);
    let never = json!({"did": ["read mails"], "skipped": [item("@nobody")]});
    let end = fleet.run("social", "digest", slot + Span::mins(5), "ok", &never);
    upon(fleet, end, "unproven_done critical social digest", end)
}

pub fn question(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    let more =
        json!({"did": ["x"], "skipped": [{"what": "approve the draft", "why": "needs_human"}]});
    let end = fleet.run("social", "digest", slot, "ok", &more);
    upon(fleet, end, "needs_human critical social digest", end)
}

pub fn step(task: &str, key: &str) -> Value {
    json!({"run_id": "rX", "task": task, "step": "s1", "do": "send", "target": "list", "tier": "mutating", "reversible": false, "key": key})
}

pub fn approval(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    fleet.beat(
        "social",
        slot,
        "running",
        &json!({"run_id": "rX", "task": "digest"}),
    );
    let at = slot + Span::MINUTE;
    fleet.step("social", at, "intended", &step("digest", "letter:1"));
    upon(fleet, at, "approval warning social digest", at)
}

pub fn endless(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    fleet.beat(
        "social",
        slot,
        "running",
        &json!({"run_id": "rX", "task": "digest"}),
    );
    after(
        fleet,
        slot + Span::mins(15),
        "unfinished_run warning social digest",
        slot,
    )
}

pub fn open_step(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({}));
    let line = json!({"run_id": "rX", "task": "digest"});
    fleet.beat("social", slot, "running", &line);
    let open = merged(step("digest", "label:5"), &json!({"reversible": true}));
    fleet.step("social", slot + Span::MINUTE, "intended", &open);
    let end = slot + Span::mins(2);
    fleet.beat(
        "social",
        end,
        "ok",
        &merged(line, &json!({"did": ["fetched 4"]})),
    );
    upon(fleet, end, "wal_incomplete critical social digest", end)
}

pub fn twice(mut fleet: Folder) -> Case {
    for agent in ["a", "b"] {
        for days in -6..0 {
            fleet.run(
                agent,
                "watch",
                fleet.on(days, "06:00"),
                "ok",
                &json!({"did": ["x"]}),
            );
        }
    }
    let first = fleet.on(-1, "10:00") + Span::secs(1);
    let second = fleet.at("10:00");
    for (agent, at) in [("a", first), ("b", second)] {
        let sent = merged(step("post", "letter:7"), &json!({"run_id": agent}));
        fleet.step(agent, at, "done", &sent);
    }
    let label = told("duplicate_action critical b post", second);
    Case {
        moments: vec![(second - Span::SECOND, vec![]), (second, vec![label])],
        fleet,
    }
}
