//! Ordinary fleets: nothing about them deserves a warning.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::detect::judge_fleet;
use crate::domain::facts::Sight;
use crate::domain::finding::Severity;
use crate::domain::fleet::Health;
use crate::domain::time::Span;
use crate::is_large;
use crate::made::{Rng, end_only, kept, run};
use crate::scenario::Scenario;

const DAYS: i64 = 8;

fn hourly(rng: &mut Rng) -> Scenario {
    let mut agent = Scenario::agent("hourly").standing(&["sweep cron=0_*_*_*_* jitter=2m"]);
    let begin = agent.time("-8d 00:00");
    for hour in 0..DAYS * 24 {
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
    let mut agent = Scenario::agent("ten").standing(&["watch every=10m"]);
    let (mut at, end) = (agent.time("-8d 00:00"), agent.time("00:00"));
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
    let mut agent =
        Scenario::agent("dot").standing(&["morning cron=0_8_*_*_*", "retro cron=0_20_*_*_SUN"]);
    for day in -DAYS..0 {
        let at = agent.time(&format!("{day}d 08:00"));
        run(&mut agent, Some("morning"), at, Span::mins(4), "did=5");
    }
    // 2026-03-22 is a Sunday.
    let sunday = agent.time("-6d 20:00");
    run(&mut agent, Some("retro"), sunday, Span::mins(9), "did=2");
    agent
}

fn long_end_only(rng: &mut Rng) -> Scenario {
    let mut agent = Scenario::agent("long").standing(&["audit cron=0_*/2_*_*_*"]);
    let begin = agent.time("-8d 00:00");
    for slot in 0..DAYS * 12 {
        let start = begin + Span::hours(2 * slot) + Span::secs(rng.within(0, 60));
        let length = Span::mins(40) + Span::secs(rng.within(-240, 240));
        end_only(&mut agent, Some("audit"), start, length, "did=4");
    }
    agent
}

fn nameless(rng: &mut Rng) -> Scenario {
    let mut agent = Scenario::agent("nameless");
    for day in -DAYS..0 {
        agent = agent.plan_of(
            day,
            &[
                &format!("a due={day}d_09:00"),
                &format!("b due={day}d_15:00"),
            ],
        );
    }
    let begin = agent.time("-8d 00:00");
    for half in 0..DAYS * 48 {
        let at = begin + Span::mins(30 * half) + Span::secs(rng.within(0, 240));
        end_only(&mut agent, None, at, Span::secs(30), "msg=checked 12 repos");
    }
    agent
}

/// No plan: it comes when it comes, within minutes.
fn wandering(rng: &mut Rng) -> Scenario {
    let mut agent = Scenario::agent("wander");
    let begin = agent.time("-8d 00:00");
    for hour in 0..DAYS * 24 {
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
    let mut agent = Scenario::agent("planned");
    for day in -DAYS..0 {
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
    let mut agent = Scenario::agent("quiet")
        .standing(&["post cron=*/30_*_*_*_*"])
        .quiet("23:00", "07:00");
    for day in -DAYS..0 {
        for half in 14..46 {
            let at = agent.time(&format!("{day}d 00:00"))
                + Span::mins(30 * half)
                + Span::secs(rng.within(0, 120));
            run(&mut agent, Some("post"), at, Span::mins(2), "did=2");
        }
    }
    agent
}

/// Nobody declared that it rests at night.
fn office_hours(rng: &mut Rng) -> Scenario {
    let mut agent = Scenario::agent("office");
    for day in -DAYS..0 {
        for hour in 8..20 {
            let at = agent.time(&format!("{day}d {hour:02}:00")) + Span::mins(rng.within(0, 5));
            run(&mut agent, Some("desk"), at, Span::mins(3), "did=2");
        }
    }
    agent
}

fn laptop(rng: &mut Rng) -> Scenario {
    let mut agent = Scenario::agent("laptop").standing(&["sync cron=0_*_*_*_*"]);
    let mut gaps = Vec::new();
    for day in -DAYS..0 {
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
    let mut agent = Scenario::agent("replan");
    for day in -DAYS..0 {
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
    let mut agent = Scenario::agent("first");
    for at in ["-1d 15:00", "-1d 19:00"] {
        let at = agent.time(at);
        run(&mut agent, Some("try"), at, Span::mins(2), "did=1");
    }
    agent
}

fn sharing(name: &str, offset: i64, rng: &mut Rng) -> Scenario {
    let mut agent =
        Scenario::agent(name).standing(&[&format!("use cron={offset}_*/2_*_*_* res=linkedin")]);
    let begin = agent.time("-8d 00:00");
    for slot in 0..DAYS * 12 {
        let at = begin + Span::hours(2 * slot) + Span::mins(offset) + Span::secs(rng.within(0, 60));
        run(&mut agent, Some("use"), at, Span::mins(10), "did=2");
    }
    agent
}

fn paused(_: &mut Rng) -> Scenario {
    Scenario::agent("paused")
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
    ]
}

/// Alarms over the last six days of a fleet's history, each once.
fn false_alarms(agents: &[Scenario], moments: i64) -> (BTreeSet<String>, usize) {
    let begin = agents[0].time("-6d 00:00");
    let step = Span(Span::days(6).0 / moments);
    let mut seen = BTreeSet::new();
    let mut criticals = 0;
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
            .filter(|one| awake(one))
            .map(|one| {
                let mut one = one.clone();
                one.facts = kept(&one.facts, now);
                one.now = now;
                one.sight.last_look = now;
                one
            })
            .collect();
        let sight = Sight {
            last_look: now,
            ..Sight::default()
        };
        let judged = known.iter().map(|one| Arc::new(one.judge())).collect();
        let fleet = judge_fleet(
            judged,
            &sight,
            now,
            &known[0].policy,
            Health::default(),
            now,
        );
        for found in fleet
            .findings
            .iter()
            .filter(|found| found.severity > Severity::Info)
        {
            let told = format!("{} {} {}", found.kind.word(), found.agent, found.sentence);
            if seen.insert(found.id()) {
                criticals += usize::from(found.severity == Severity::Critical);
                println!("  false: {told} at {}", now.rfc3339());
            }
        }
    }
    (seen, criticals)
}

#[test]
fn ordinary_fleets_stay_silent() {
    let (seeds, moments) = if is_large() { (50, 1_000) } else { (2, 90) };
    let (mut warnings, mut criticals) = (0, 0);
    for seed in 1..=seeds {
        let (seen, worst) = false_alarms(&ordinary(seed), moments);
        warnings += seen.len();
        criticals += worst;
    }
    let per_week = warnings as f64 / seeds as f64 * 7.0 / 6.0;
    println!(
        "ordinary fleets: {per_week:.2} false warnings per fleet and week, {criticals} false criticals (seeds 1 to {seeds}, {moments} moments each)"
    );
    assert!(
        per_week <= 1.0,
        "{per_week:.2} false warnings per fleet and week"
    );
    assert_eq!(criticals, 0, "false criticals");
}
