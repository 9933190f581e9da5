//! Who holds a task, and who waits for whom.

use serde_json::{Value, json};

use super::{Case, after, daily, read_only, told, upon, with};
use crate::domain::time::{Span, Ts};
use crate::folder::{Folder, merged};

pub fn claimed(fleet: &mut Folder, more: &Value) -> Ts {
    let slot = fleet.at("10:00");
    let claim =
        json!({"by": "social", "run": "rX", "at": fleet.stamp(slot), "epoch": 1, "lease_s": 1800});
    let task = json!({"status": "claimed", "claim": claim, "tier": "mutating", "reversible": true});
    daily(fleet, &merged(task, more))
}

pub fn phantom(mut fleet: Folder) -> Case {
    let slot = claimed(&mut fleet, &json!({}));
    let limit = slot + Span::mins(30);
    after(fleet, limit, "phantom_claim critical social digest", slot)
}

pub fn orphan(mut fleet: Folder) -> Case {
    let slot = claimed(&mut fleet, &json!({"est_s": 3600}));
    let last = slot + Span::mins(3);
    let line = json!({"run_id": "rX", "task": "digest"});
    fleet.beat("social", last, "running", &line);
    fleet.run(
        "social",
        "extra",
        slot + Span::mins(20),
        "ok",
        &json!({"did": ["x"]}),
    );
    let limit = last + Span::mins(30);
    after(fleet, limit, "orphaned critical social digest", last)
}

pub fn stuck(mut fleet: Folder) -> Case {
    let slot = claimed(&mut fleet, &json!({}));
    let line = json!({"run_id": "rX", "task": "digest"});
    for minute in 0..30 {
        let more = match minute {
            0 => merged(line.clone(), &json!({"did": ["fetched 3"]})),
            _ => line.clone(),
        };
        fleet.beat("social", slot + Span::mins(2 * minute), "running", &more);
    }
    let limit = slot + Span::mins(30);
    after(fleet, limit, "stuck warning social digest", slot)
}

pub fn zombie(mut fleet: Folder) -> Case {
    let slot = fleet.at("10:00");
    let claim = json!({"by": "social", "run": "rY", "at": fleet.stamp(slot + Span::mins(9)), "epoch": 4, "lease_s": 3600});
    daily(
        &mut fleet,
        &json!({"status": "claimed", "claim": claim, "est_s": 3600}),
    );
    for (minute, run, epoch) in [(1, "rX", 3), (10, "rY", 4), (14, "rX", 3)] {
        let line = json!({"run_id": run, "task": "digest", "epoch": epoch});
        fleet.beat("social", slot + Span::mins(minute), "running", &line);
    }
    let moment = slot + Span::mins(14);
    let label = told("zombie_write critical social digest", moment);
    // The second start shows that the first run had not ended.
    let begun = told("unfinished_run warning social digest", slot + Span::MINUTE);
    Case {
        moments: vec![
            (moment - Span::SECOND, vec![begun.clone()]),
            (moment, vec![begun, label]),
        ],
        fleet,
    }
}

pub fn drift(mut fleet: Folder) -> Case {
    let slot = daily(&mut fleet, &json!({"status": "done"}));
    let end = fleet.run(
        "social",
        "digest",
        slot,
        "failed",
        &json!({"msg": "HTTP 500"}),
    );
    let failed = told("failed warning social digest", end);
    let drift = told("drift warning social digest", end);
    let limit = end + Span::MINUTE;
    Case {
        moments: vec![
            (limit, vec![failed.clone()]),
            (limit + Span::SECOND, vec![failed, drift]),
        ],
        fleet,
    }
}

pub fn two_claims(mut fleet: Folder) -> Case {
    let slot = fleet.at("10:00");
    for (agent, seconds) in [("a", 5), ("b", 65)] {
        fleet.history(agent, &[("watch", "08:00", read_only())]);
        fleet.run(
            agent,
            "watch",
            fleet.at("08:00"),
            "ok",
            &json!({"did": ["x"]}),
        );
        let at = slot + Span::secs(seconds);
        let claim =
            json!({"by": agent, "run": agent, "at": fleet.stamp(at), "epoch": 1, "lease_s": 1800});
        let task = json!({"id": "article", "due": fleet.stamp(slot), "status": "claimed", "claim": claim, "tier": "read-only"});
        let watch = with(json!({"id": "watch", "due": fleet.stamp(fleet.at("08:00"))}));
        fleet.plan(agent, 0, &json!({"tasks": [watch, task]}));
    }
    let second = slot + Span::secs(65);
    upon(fleet, second, "double_claim critical b article", second)
}

pub fn moved(mut fleet: Folder) -> Case {
    let slot = fleet.at("10:00");
    let at = slot + Span::secs(65);
    let claim =
        json!({"by": "editor", "run": "rb", "at": fleet.stamp(at), "epoch": 2, "lease_s": 1800});
    daily(&mut fleet, &json!({"status": "claimed", "claim": claim}));
    upon(fleet, at, "handoff_missing warning social digest", at)
}

pub fn asked_for(mut fleet: Folder) -> Case {
    let slot = fleet.at("10:00");
    let asked = slot + Span::mins(30);
    let op = json!({"id": "01JX", "verb": "retry", "uid": 1000, "tty": "pts/1", "at": fleet.stamp(asked)});
    daily(&mut fleet, &json!({}));
    let tasks = json!([
        with(
            json!({"id": "digest", "due": fleet.stamp(slot), "status": "pending", "attempt": 2, "last_op": op})
        ),
        with(json!({"id": "eve", "due": fleet.stamp(fleet.at("14:00"))})),
    ]);
    fleet.plan("social", 0, &json!({"tasks": tasks}));
    // The failure was answered by the order: from then on the task is as due as the order says, and nothing else.
    fleet.run(
        "social",
        "digest",
        slot,
        "failed",
        &json!({"msg": "HTTP 500"}),
    );
    let next = fleet.at("14:00");
    let limit = next + Span::mins(15);
    let waits = told("not_picked_up warning social digest", asked);
    let missed = told("missed warning social eve", next);
    Case {
        moments: vec![(limit, vec![]), (limit + Span::SECOND, vec![waits, missed])],
        fleet,
    }
}

pub fn review(mut fleet: Folder) -> Case {
    let slot = daily(
        &mut fleet,
        &json!({"status": "review", "reviewer": "editor"}),
    );
    let end = fleet.run("social", "digest", slot, "ok", &json!({"did": ["x"]}));
    let warning = told("review_waiting warning social digest", end);
    let critical = told("review_waiting critical social digest", end);
    let at = |hours| end + Span::hours(hours);
    Case {
        moments: vec![
            (slot - Span::MINUTE, vec![]),
            (at(2), vec![]),
            (at(2) + Span::SECOND, vec![warning.clone()]),
            (at(8), vec![warning]),
            (at(8) + Span::SECOND, vec![critical]),
        ],
        fleet,
    }
}

pub fn flag(mut fleet: Folder) -> Case {
    let at = fleet.at("10:20");
    let flag =
        json!({"why": "account locked", "by": "uid 1000", "at": fleet.stamp(at), "op": "01JX"});
    daily(&mut fleet, &json!({"status": "skipped", "flag": flag}));
    let label = told("flagged warning social digest", at);
    Case {
        moments: vec![(fleet.at("11:00"), vec![label])],
        fleet,
    }
}
