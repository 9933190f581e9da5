//! Ordinary fleets: nothing about them deserves a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::detect::judge_fleet;
use crate::domain::facts::Sight;
use crate::domain::finding::Severity;
use crate::domain::fleet::Health;
use crate::domain::time::{Span, Ts};
use crate::is_large;
use crate::made::{Rng, end_only, kept, run};
use crate::scenario::Scenario;

/// A month holds the clock changes of two zones and many sleeps; a week is enough to see whether something broke.
fn days() -> i64 {
    if is_large() { 30 } else { 8 }
}

/// The clocks of New York change on 8 March 2026, those of Kyiv on the 29th.
fn agent_in(name: &str, zone: &str) -> Scenario {
    let agent = Scenario::in_zone(name, zone);
    if is_large() {
        agent.on(2026, 4, 1)
    } else {
        agent
    }
}

fn hourly(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("hourly", "Europe/Kyiv").standing(&["sweep cron=0_*_*_*_* jitter=2m"]);
    let begin = agent.time(&format!("-{}d 00:00", days()));
    for hour in 0..days() * 24 {
        let start = begin + Span::hours(hour) + Span::secs(rng.within(0, 90));
        let did = rng.poisson(3.0).max(1);
        run(
            &mut agent,
            Some("sweep"),
            start,
            Span::secs(rng.within(20, 300)),
            &format!("did={did}"),
        );
    }
    agent
}

fn ten_minutes(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("ten", "America/New_York").standing(&["watch every=10m"]);
    let (mut at, end) = (
        agent.time(&format!("-{}d 00:00", days())),
        agent.time("00:00"),
    );
    while at < end {
        run(
            &mut agent,
            Some("watch"),
            at,
            Span::secs(rng.within(5, 90)),
            "msg=checked 12 repos",
        );
        at = at + Span::mins(10) + Span::secs(rng.within(-20, 60));
    }
    agent
}

fn on_the_dot(_: &mut Rng) -> Scenario {
    let mut agent = agent_in("dot", "Europe/Kyiv")
        .standing(&["morning cron=0_8_*_*_*", "retro cron=0_20_*_*_SUN"]);
    for day in -days()..0 {
        let at = agent.time(&format!("{day}d 08:00"));
        run(&mut agent, Some("morning"), at, Span::mins(4), "did=5");
    }
    for day in -days()..0 {
        let at = agent.time(&format!("{day}d 20:00"));
        if agent.policy.zone.value.day_of(at).weekday() == 6 {
            run(&mut agent, Some("retro"), at, Span::mins(9), "did=2");
        }
    }
    agent
}

fn long_end_only(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("long", "America/New_York").standing(&["audit cron=0_*/2_*_*_*"]);
    for start in of_the_clock(&agent, 120, 0) {
        let start = start + Span::secs(rng.within(0, 60));
        let length = Span::mins(40) + Span::secs(rng.within(-240, 240));
        end_only(&mut agent, Some("audit"), start, length, "did=4");
    }
    agent
}

/// Every so many minutes of the agent's own clock, and so many after: where the clocks change, its calendar moves with them.
fn of_the_clock(agent: &Scenario, minutes: i64, after: i64) -> Vec<Ts> {
    let mut found: Vec<Ts> = Vec::new();
    for day in -days()..0 {
        for slot in 0..24 * 60 / minutes {
            let at = slot * minutes + after;
            found.push(agent.time(&format!("{day}d {:02}:{:02}", at / 60, at % 60)));
        }
    }
    // Times that the clocks leave out are one instant.
    found.dedup();
    found
}

fn nameless(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("nameless", "Europe/Kyiv");
    for day in -days()..0 {
        agent = agent.plan_of(
            day,
            &[
                &format!("a due={day}d_09:00"),
                &format!("b due={day}d_15:00"),
            ],
        );
    }
    let begin = agent.time(&format!("-{}d 00:00", days()));
    for half in 0..days() * 48 {
        let at = begin + Span::mins(30 * half) + Span::secs(rng.within(0, 240));
        end_only(&mut agent, None, at, Span::secs(30), "msg=checked 12 repos");
    }
    agent
}

/// No plan: it comes when it comes, within minutes.
fn wandering(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("wander", "America/New_York");
    let begin = agent.time(&format!("-{}d 00:00", days()));
    for hour in 0..days() * 24 {
        let at = begin + Span::hours(hour) + Span::mins(rng.within(0, 14));
        let did = rng.poisson(3.0).max(1);
        run(
            &mut agent,
            Some("look"),
            at,
            Span::mins(rng.within(1, 6)),
            &format!("did={did}"),
        );
    }
    agent
}

/// Day plans with due times that it keeps within its grace.
fn planned(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("planned", "Europe/Kyiv");
    for day in -days()..0 {
        let due = |h: i64| format!("{day}d_{h:02}:00");
        let tasks: Vec<String> = [8, 11, 14, 18]
            .iter()
            .map(|h| format!("t{h} due={} jitter=5m", due(*h)))
            .collect();
        let tasks: Vec<&str> = tasks.iter().map(String::as_str).collect();
        agent = agent.plan_of(day, &tasks);
        for h in [8, 11, 14, 18] {
            let at = agent.time(&format!("{day}d {h:02}:00")) + Span::secs(rng.within(-290, 1_000));
            run(
                &mut agent,
                Some(&format!("t{h}")),
                at,
                Span::mins(5),
                "did=3",
            );
        }
    }
    agent
}

fn quiet_nights(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("quiet", "America/New_York")
        .standing(&["post cron=*/30_*_*_*_*"])
        .quiet("23:00", "07:00");
    for at in of_the_clock(&agent, 30, 0) {
        let hour = agent.policy.zone.value.hhmm(at);
        if ("07:00".."23:00").contains(&hour.as_str()) {
            let at = at + Span::secs(rng.within(0, 120));
            run(&mut agent, Some("post"), at, Span::mins(2), "did=2");
        }
    }
    agent
}

/// Nobody declared that it rests at night.
fn office_hours(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("office", "Europe/Kyiv");
    for day in -days()..0 {
        for hour in 8..20 {
            let at = agent.time(&format!("{day}d {hour:02}:00")) + Span::mins(rng.within(0, 5));
            run(&mut agent, Some("desk"), at, Span::mins(3), "did=2");
        }
    }
    agent
}

fn laptop(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("laptop", "America/New_York").standing(&["sync cron=0_*_*_*_*"]);
    let mut gaps = Vec::new();
    for day in -days()..0 {
        let (down, up) = (
            agent.time(&format!("{day}d 01:20")),
            agent.time(&format!("{day}d 07:40")),
        );
        gaps.push((down, up));
        for hour in 0..24 {
            let at = agent.time(&format!("{day}d {hour:02}:00")) + Span::secs(rng.within(0, 60));
            if at < down || at > up {
                run(&mut agent, Some("sync"), at, Span::mins(1), "did=1");
            }
        }
    }
    agent.sight.gaps.clone_from(&gaps);
    agent.sight.sleeps = gaps;
    agent
}

fn replanned(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("replan", "Europe/Kyiv");
    for day in -days()..0 {
        let due = |h: i64| format!("{day}d_{h:02}:00");
        agent = agent.plan_of(
            day,
            &[&format!("a due={}", due(9)), &format!("b due={}", due(14))],
        );
        let anew = [
            &*format!("b due={}", due(16)),
            &*format!("c due={}", due(18)),
        ];
        agent = agent.replan_of(day, &format!("{day}d 12:00"), &anew);
        for (task, hour) in [("a", 9), ("b", 16), ("c", 18)] {
            let at = agent.time(&format!("{day}d {hour:02}:00")) + Span::secs(rng.within(0, 300));
            run(&mut agent, Some(task), at, Span::mins(5), "did=3");
        }
    }
    agent
}

fn first_day(_: &mut Rng) -> Scenario {
    let mut agent = agent_in("first", "UTC");
    for at in ["-1d 15:00", "-1d 19:00"] {
        let at = agent.time(at);
        run(&mut agent, Some("try"), at, Span::mins(2), "did=1");
    }
    agent
}

fn sharing(name: &str, offset: i64, rng: &mut Rng) -> Scenario {
    let mut agent = agent_in(name, "Europe/Kyiv")
        .standing(&[&format!("use cron={offset}_*/2_*_*_* res=linkedin")]);
    for at in of_the_clock(&agent, 120, offset) {
        let at = at + Span::secs(rng.within(0, 60));
        run(&mut agent, Some("use"), at, Span::mins(10), "did=2");
    }
    agent
}

fn paused(_: &mut Rng) -> Scenario {
    agent_in("paused", "UTC")
        .standing(&["t cron=0_*_*_*_* off", "u cron=0_9_*_*_* held=-9d_00:00"])
        .beat("-8d 00:00 ok t")
}

fn ordinary(seed: u64) -> Vec<Scenario> {
    let mut rng = Rng(seed);
    let rng = &mut rng;
    vec![
        hourly(rng),
        ten_minutes(rng),
        on_the_dot(rng),
        long_end_only(rng),
        nameless(rng),
        wandering(rng),
        planned(rng),
        quiet_nights(rng),
        office_hours(rng),
        laptop(rng),
        replanned(rng),
        first_day(rng),
        sharing("share-a", 0, rng),
        sharing("share-b", 40, rng),
        paused(rng),
        counting(rng),
    ]
}

/// Rare events, counted as they fall: none at all is one of the counts.
fn counting(rng: &mut Rng) -> Scenario {
    let mut agent = agent_in("count", "Europe/Kyiv").standing(&["look cron=0_*/2_*_*_*"]);
    for at in of_the_clock(&agent, 120, 0) {
        let at = at + Span::secs(rng.within(0, 60));
        let did = rng.poisson(3.0);
        run(
            &mut agent,
            Some("look"),
            at,
            Span::mins(2),
            &format!("did={did}"),
        );
    }
    agent
}

/// What was told that should not have been: by shape, each case once, and how many of it were critical.
#[derive(Default)]
struct False {
    by_shape: BTreeMap<String, BTreeSet<String>>,
    criticals: usize,
}

impl False {
    fn add(&mut self, seed: u64, other: Self) {
        for (shape, told) in other.by_shape {
            let known = self.by_shape.entry(shape).or_default();
            known.extend(told.into_iter().map(|told| format!("{seed} {told}")));
        }
        self.criticals += other.criticals;
    }
}

/// Alarms over a fleet's history but for its first two days, each once.
fn false_alarms(agents: &[Scenario], moments: i64) -> False {
    let judged_days = days() - 2;
    let begin = agents[0].time(&format!("-{judged_days}d 00:00"));
    let step = Span((agents[0].time("00:00") - begin).0 / moments);
    let bare: Vec<Scenario> = agents
        .iter()
        .map(|one| {
            let mut bare = one.clone();
            bare.facts.beats = Vec::new();
            bare
        })
        .collect();
    let mut seen = False::default();
    for one in agents {
        seen.by_shape.entry(one.facts.id.to_string()).or_default();
    }
    for i in 0..moments {
        let now = begin + step.times(i) + Span::secs(13);
        let awake = |one: &Scenario| {
            !one.sight
                .sleeps
                .iter()
                .any(|&(from, to)| from <= now && now < to)
        };
        let known: Vec<Scenario> = agents
            .iter()
            .zip(&bare)
            .filter(|(one, _)| awake(one))
            .map(|(one, bare)| {
                let mut then = bare.clone();
                then.facts = kept(&one.facts, &bare.facts, now);
                then.now = now;
                then.sight.last_look = now;
                then
            })
            .collect();
        let sight = Sight {
            last_look: now,
            ..Sight::default()
        };
        let judged = known.iter().map(|one| Arc::new(one.judge())).collect();
        let policy = &known[0].policy;
        let fleet = judge_fleet(judged, &sight, now, policy, Health::default(), now);
        let alarms = fleet.findings.iter();
        for found in alarms.filter(|found| found.severity > Severity::Info) {
            // One alarm for a subject, a kind and a day.
            let day = policy.zone.value.day_of(now);
            let told = format!("{} {:?} {day}", found.kind.word(), found.task);
            let known = seen.by_shape.entry(found.agent.to_string()).or_default();
            if known.insert(told) {
                seen.criticals += usize::from(found.severity == Severity::Critical);
                let (kind, agent, at) = (found.kind.word(), &found.agent, now.rfc3339());
                println!("  false: {kind} {agent} {} at {at}", found.sentence);
            }
        }
    }
    seen
}

#[test]
fn ordinary_fleets_stay_silent() {
    let (seeds, moments) = if is_large() { (50, 2_000) } else { (2, 90) };
    let next = AtomicU64::new(1);
    let all = Mutex::new(False::default());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                break;
            }
            let told = false_alarms(&ordinary(seed), moments);
            all.lock().expect("no panic").add(seed, told);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let all = all.into_inner().expect("no panic");
    let judged_days = days() - 2;
    let weeks = seeds as f64 * judged_days as f64 / 7.0;
    let mut warnings = 0;
    for (shape, told) in &all.by_shape {
        let per_week = told.len() as f64 / weeks;
        println!(
            "  ordinary {shape:<10} {:>3} false warnings, {per_week:.3} per week",
            told.len()
        );
        assert!(
            per_week <= 1.0,
            "{shape}: {per_week:.2} false warnings per week"
        );
        warnings += told.len();
    }
    let per_week = warnings as f64 / weeks;
    let criticals = all.criticals;
    println!(
        "ordinary fleets: {per_week:.3} false warnings per fleet of {} shapes and week, {criticals} false criticals ({judged_days} days, {moments} moments each, seeds 1 to {seeds})",
        all.by_shape.len()
    );
    assert!(
        per_week <= 1.0,
        "{per_week:.2} false warnings per fleet and week"
    );
    assert_eq!(criticals, 0, "false criticals");
}
