//! Verdicts on made-up histories from seeds: what must be found is found, and ordinary fleets stay silent.
//!
//! Small by default. `ROUNDS_VERDICTS=large cargo test --release --test verdicts -- --nocapture` runs the figures of the
//! promises. Each harness prints one line with its figure and seed, and fails where it misses.

#![expect(clippy::print_stdout, reason = "a harness prints its figures")]

use std::collections::BTreeSet;
use std::sync::Arc;

use rounds::{detect, domain};

use detect::judge_fleet;
use domain::facts::{AgentFacts, Facts, Sight};
use domain::finding::{FindingKind, Severity};
use domain::fleet::Health;
use domain::time::{Span, Ts};
use scenario::Scenario;

#[expect(dead_code, reason = "the unit tests use more of it")]
#[path = "../src/detect/scenario.rs"]
mod scenario;

/// Lines of one task that are kept however old, and how long all are kept: what the mirror gives to verdicts.
const KEPT_OF_TASK: usize = 40;
const KEPT: Span = Span::hours(36);

fn is_large() -> bool {
    std::env::var("ROUNDS_VERDICTS").is_ok_and(|size| size == "large")
}

/// A small generator of numbers: the same seed gives the same history on every machine.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn within(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from + 1) as u64) as i64
    }
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.next() % of.len() as u64) as usize]
    }
    fn poisson(&mut self, mean: f64) -> u32 {
        let limit = (-mean).exp();
        let mut product = 1.0;
        for n in 0..64 {
            product *= (self.next() >> 11) as f64 / (1u64 << 53) as f64;
            if product < limit {
                return n;
            }
        }
        64
    }
}

/// What the mirror would hand over at a moment.
fn kept(facts: &AgentFacts, now: Ts) -> AgentFacts {
    let mut kept = facts.clone();
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    kept.beats = facts
        .beats
        .iter()
        .rev()
        .filter(|beat| beat.at <= now)
        .filter(|beat| {
            let task = beat.task.as_ref().map_or("", |task| task.as_str());
            let n = seen.entry(task.to_owned()).or_default();
            *n += 1;
            *n <= KEPT_OF_TASK || beat.at >= now - KEPT
        })
        .cloned()
        .collect();
    kept.beats.reverse();
    kept.plans
        .retain(|version| version.known <= now && version.known >= now - Span::days(40));
    kept
}

// ---------------------------------------------------------------------------------------------------------------------
// Ordinary fleets

const DAYS: i64 = 8;

/// A run with a start and an end line.
fn run(of: &mut Scenario, task: Option<&str>, start: Ts, length: Span, rest: &str) {
    let id = format!("r{}", start.0);
    let task = task.unwrap_or_default();
    let mut begin = of.read_beat(&format!("00:00 running {task} run={id}"));
    begin.at = start;
    of.push(begin);
    let mut end = of.read_beat(&format!("00:00 ok {task} run={id} {rest}"));
    end.at = start + length;
    of.push(end);
}

/// A run that writes only when it is over.
fn end_only(of: &mut Scenario, task: Option<&str>, start: Ts, length: Span, rest: &str) {
    let task = task.unwrap_or_default();
    let seconds = length.0 / 1_000;
    let mut end = of.read_beat(&format!("00:00 ok {task} dur={seconds} {rest}"));
    end.at = start + length;
    of.push(end);
}

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
        let facts = Facts {
            agents: known
                .iter()
                .map(|one| Arc::new(one.facts.clone()))
                .collect(),
            sight: Sight {
                last_look: now,
                ..Sight::default()
            },
        };
        let judged = known.iter().map(|one| Arc::new(one.judge())).collect();
        let fleet = judge_fleet(
            judged,
            &facts,
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

// ---------------------------------------------------------------------------------------------------------------------
// Labelled histories

const ZONES: &[&str] = &[
    "UTC",
    "Europe/Kyiv",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
];

/// A history with the moment from which a finding must stand, and the last at which it must not.
struct Label {
    kind: FindingKind,
    task: Option<&'static str>,
    since: Ts,
    history: Scenario,
    /// It must not stand yet.
    before: Ts,
    /// It must.
    after: Ts,
}

/// An agent somewhere, on some day of the year, that ran daily before.
fn somewhere(rng: &mut Rng) -> Scenario {
    let mut agent = Scenario::in_zone("x", rng.pick(ZONES)).on(
        2026,
        rng.within(1, 12) as u32,
        rng.within(1, 28) as u32,
    );
    for day in -6..0 {
        let at = agent.time(&format!("{day}d 12:00"));
        run(&mut agent, Some("base"), at, Span::mins(2), "did=2");
    }
    agent
}

/// A time of day that no clock change touches.
fn clock(rng: &mut Rng, from: i64, to: i64) -> String {
    format!("{:02}:{:02}", rng.within(from, to), rng.within(0, 59))
}

fn missed(rng: &mut Rng) -> Label {
    let (due, jitter, grace) = (clock(rng, 6, 20), rng.within(0, 20), rng.within(1, 60));
    let history = somewhere(rng)
        .plan(&[&format!("t due={due} jitter={jitter}m")])
        .grace(grace);
    let since = history.time(&due);
    let limit = since + Span::mins(jitter + grace);
    Label {
        kind: FindingKind::Missed,
        task: Some("t"),
        since,
        history,
        before: limit,
        after: limit + Span(1),
    }
}

fn skipped_silently(rng: &mut Rng) -> Label {
    let (due, grace) = (clock(rng, 6, 18), rng.within(5, 60));
    let mut history = somewhere(rng).plan(&[&format!("t due={due}")]).grace(grace);
    let since = history.time(&due);
    let begun = since + Span::mins(rng.within(0, 90));
    run(&mut history, Some("other"), begun, Span::mins(3), "did=1");
    let limit = (since + Span::mins(grace)).max(begun + Span::mins(3));
    Label {
        kind: FindingKind::SkippedSilently,
        task: Some("t"),
        since,
        history,
        before: since + Span::mins(grace),
        after: limit + Span(1),
    }
}

fn stale(rng: &mut Rng) -> Label {
    let minutes = rng.within(5, 90);
    let mut history = Scenario::in_zone("x", rng.pick(ZONES)).on(
        2026,
        rng.within(1, 12) as u32,
        rng.within(1, 28) as u32,
    );
    let begin = history.time("06:00");
    for i in 0..12 {
        end_only(
            &mut history,
            None,
            begin + Span::mins(minutes * i),
            Span::ZERO,
            "",
        );
    }
    let since = begin + Span::mins(minutes * 11);
    let limit = since + Span::mins(minutes * 3);
    Label {
        kind: FindingKind::AgentStale,
        task: None,
        since,
        history,
        before: limit,
        after: limit + Span(1),
    }
}

fn phantom(rng: &mut Rng) -> Label {
    let (due, lease) = (clock(rng, 6, 20), rng.within(5, 120));
    let history = somewhere(rng).plan(&[&format!(
        "t due={due} status=claimed run=r claimed={due} lease={lease}m"
    )]);
    let since = history.time(&due);
    let limit = since + Span::mins(lease);
    Label {
        kind: FindingKind::PhantomClaim,
        task: Some("t"),
        since,
        history,
        before: limit,
        after: limit + Span(1),
    }
}

fn silent(rng: &mut Rng) -> Label {
    let (due, lease) = (clock(rng, 6, 18), rng.within(5, 90));
    let mut history = somewhere(rng).plan(&[&format!(
        "t due={due} status=running run=r claimed={due} lease={lease}m"
    )]);
    let since = history.time(&due) + Span::mins(1);
    let mut beat = history.read_beat("00:00 running t run=r");
    beat.at = since;
    history.push(beat);
    let limit = since + Span::mins(lease);
    Label {
        kind: FindingKind::Silent,
        task: Some("t"),
        since,
        history,
        before: limit,
        after: limit + Span(1),
    }
}

fn unfinished(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 20));
    let mut beat = history.read_beat("00:00 running t run=r");
    beat.at = since;
    history.push(beat);
    let limit = since + Span::mins(30);
    Label {
        kind: FindingKind::UnfinishedRun,
        task: Some("t"),
        since,
        history,
        before: limit,
        after: limit + Span(1),
    }
}

fn failed(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 20));
    let mut beat = history.read_beat("00:00 failed t fail=post@HTTP_429");
    beat.at = since;
    history.push(beat);
    Label {
        kind: FindingKind::Failed,
        task: Some("t"),
        since,
        history,
        before: since - Span(1),
        after: since,
    }
}

fn streak(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 18));
    let apart = rng.within(5, 40);
    for i in 0..3 {
        let mut beat = history.read_beat("00:00 failed t fail=post@HTTP_429");
        beat.at = since + Span::mins(apart * i);
        history.push(beat);
    }
    let third = since + Span::mins(apart * 2);
    Label {
        kind: FindingKind::FailureStreak,
        task: Some("t"),
        since,
        history,
        before: third - Span(1),
        after: third,
    }
}

fn skips(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 18));
    let apart = rng.within(10, 60);
    for i in 0..3 {
        let mut beat = history.read_beat("00:00 skipped t skip=all@limit");
        beat.at = since + Span::mins(apart * i);
        history.push(beat);
    }
    let third = since + Span::mins(apart * 2);
    Label {
        kind: FindingKind::SkipStreak,
        task: Some("t"),
        since,
        history,
        before: third - Span(1),
        after: third,
    }
}

fn twice(rng: &mut Rng) -> Label {
    let history = somewhere(rng);
    let first = history.time(&clock(rng, 1, 6));
    let since = first + Span::mins(rng.within(1, 900));
    let tell = |at: Ts| history.policy.zone.value.hhmmss(at);
    let (a, b) = (tell(first), tell(since));
    let same_day =
        history.policy.zone.value.day_of(first) == history.policy.zone.value.day_of(since);
    let prefix = if same_day { "" } else { "+1d " };
    let history = history
        .step(&format!(
            "{a} r1 s1 done task=t do=send key=mail-0327 rev=no"
        ))
        .step(&format!(
            "{prefix}{b} r2 s1 done task=t do=send key=mail-0327 rev=no"
        ));
    Label {
        kind: FindingKind::DuplicateAction,
        task: Some("t"),
        since,
        history,
        before: since - Span(1),
        after: since,
    }
}

fn wal(rng: &mut Rng) -> Label {
    let history = somewhere(rng);
    let start = history.time(&clock(rng, 6, 20));
    let tell = |at: Ts| history.policy.zone.value.hhmmss(at);
    let minutes = rng.within(2, 20);
    let since = start + Span::mins(minutes);
    let (step, begun) = (tell(start + Span::mins(1)), start);
    let mut history = history.step(&format!(
        "{step} r s1 intended task=t do=send target=x rev=yes"
    ));
    let mut beat = history.read_beat("00:00 running t run=r");
    beat.at = begun;
    history.push(beat);
    let mut beat = history.read_beat("00:00 failed t run=r");
    beat.at = since;
    history.push(beat);
    Label {
        kind: FindingKind::WalIncomplete,
        task: Some("t"),
        since,
        history,
        before: since - Span(1),
        after: since,
    }
}

fn shrink(rng: &mut Rng) -> Label {
    let usual = rng.within(9, 60);
    let mut history = Scenario::in_zone("x", rng.pick(ZONES)).on(
        2026,
        rng.within(1, 12) as u32,
        rng.within(1, 28) as u32,
    );
    for day in -12..0 {
        let at = history.time(&format!("{day}d 12:00"));
        let did = usual + rng.within(0, 2);
        end_only(
            &mut history,
            Some("t"),
            at,
            Span::mins(1),
            &format!("did={did}"),
        );
    }
    let begin = history.time(&clock(rng, 6, 16));
    for i in 0..3 {
        let did = rng.within(0, (usual - 1) / 3);
        end_only(
            &mut history,
            Some("t"),
            begin + Span::mins(30 * i),
            Span::ZERO,
            &format!("did={did} skipped=1"),
        );
    }
    let third = begin + Span::mins(60);
    Label {
        kind: FindingKind::QuietShrink,
        task: Some("t"),
        since: begin,
        history,
        before: third - Span(1),
        after: third,
    }
}

fn late(rng: &mut Rng) -> Label {
    let (due, jitter) = (clock(rng, 6, 20), rng.within(0, 20));
    let history = somewhere(rng).plan(&[&format!("t due={due} jitter={jitter}m")]);
    let since = history.time(&due);
    let before = since + Span::mins(jitter);
    Label {
        kind: FindingKind::Late,
        task: Some("t"),
        since,
        history,
        before,
        after: before + Span(1),
    }
}

/// A line at a moment.
fn line(history: &mut Scenario, at: Ts, text: &str) {
    let mut beat = history.read_beat(&format!("00:00 {text}"));
    beat.at = at;
    history.push(beat);
}

fn orphaned(rng: &mut Rng) -> Label {
    let (due, lease) = (clock(rng, 6, 16), rng.within(10, 60));
    let claim = format!("t due={due} status=running run=r claimed={due} lease={lease}m");
    let mut history = somewhere(rng).plan(&[&claim]);
    let since = history.time(&due) + Span::mins(1);
    line(&mut history, since, "running t run=r");
    let newer = since + Span::mins(rng.within(1, lease));
    line(&mut history, newer, "running other run=s");
    let before = since + Span::mins(lease);
    Label {
        kind: FindingKind::Orphaned,
        task: Some("t"),
        since,
        history,
        before,
        after: before + Span(1),
    }
}

fn stuck(rng: &mut Rng) -> Label {
    let due = clock(rng, 6, 16);
    let claim = format!("t due={due} status=running run=r claimed={due} lease=2h");
    let mut history = somewhere(rng).plan(&[&claim]);
    let since = history.time(&due) + Span::mins(rng.within(1, 9));
    line(&mut history, since, "running t run=r did=1");
    line(
        &mut history,
        since + Span::mins(rng.within(1, 29)),
        "running t run=r",
    );
    let before = since + Span::mins(30);
    Label {
        kind: FindingKind::Stuck,
        task: Some("t"),
        since,
        history,
        before,
        after: before + Span(1),
    }
}

fn drift(rng: &mut Rng) -> Label {
    let due = clock(rng, 6, 20);
    let claim = format!("t due={due} status=done run=r claimed={due}");
    let mut history = somewhere(rng).plan(&[&claim]);
    let begun = history.time(&due);
    let since = begun + Span::mins(rng.within(1, 20));
    line(&mut history, begun, "running t run=r");
    line(&mut history, since, "failed t run=r");
    let before = since + Span::mins(1);
    Label {
        kind: FindingKind::Drift,
        task: Some("t"),
        since,
        history,
        before,
        after: before + Span(1),
    }
}

fn zombie(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let begun = history.time(&clock(rng, 6, 18));
    line(&mut history, begun, "running t run=a epoch=3");
    line(
        &mut history,
        begun + Span::mins(20),
        "running t run=b epoch=4",
    );
    let since = begun + Span::mins(20 + rng.within(1, 60));
    line(&mut history, since, "running t run=a epoch=3");
    Label {
        kind: FindingKind::ZombieWrite,
        task: Some("t"),
        since,
        history,
        before: since - Span(1),
        after: since,
    }
}

fn asks(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    let since = history.time(&clock(rng, 6, 20));
    line(
        &mut history,
        since,
        "partial t skip=merge_it_or_not@needs_human",
    );
    Label {
        kind: FindingKind::NeedsHuman,
        task: Some("t"),
        since,
        history,
        before: since - Span(1),
        after: since,
    }
}

fn empty(rng: &mut Rng) -> Label {
    let mut history = somewhere(rng);
    for day in -12..0 {
        let at = history.time(&format!("{day}d 13:00"));
        let did = rng.within(1, 9);
        end_only(
            &mut history,
            Some("t"),
            at,
            Span::mins(1),
            &format!("did={did}"),
        );
    }
    let since = history.time(&clock(rng, 6, 20));
    line(&mut history, since, "ok t");
    Label {
        kind: FindingKind::EmptySuccess,
        task: Some("t"),
        since,
        history,
        before: since - Span(1),
        after: since,
    }
}

fn down(rng: &mut Rng) -> Label {
    let (first, apart) = (rng.within(6, 12), rng.within(2, 6));
    let second = first + apart;
    let plan = [
        format!("a due={first:02}:00"),
        format!("b due={second:02}:00"),
    ];
    let history = somewhere(rng).plan(&[&plan[0], &plan[1]]).grace(15);
    // The last line of the day before.
    let since = history.time("-1d 12:02");
    let before = history.time(&format!("{second:02}:15"));
    Label {
        kind: FindingKind::AgentDown,
        task: None,
        since,
        history,
        before,
        after: before + Span(1),
    }
}

type Maker = fn(&mut Rng) -> Label;
const LABELS: &[Maker] = &[
    missed,
    skipped_silently,
    stale,
    phantom,
    silent,
    unfinished,
    failed,
    streak,
    skips,
    twice,
    wal,
    shrink,
    late,
    orphaned,
    stuck,
    drift,
    zombie,
    asks,
    empty,
    down,
];

fn stands(label: &Label, now: Ts) -> bool {
    let mut history = label.history.clone();
    history.now = now;
    history.sight.last_look = now;
    let facts = Facts {
        agents: vec![Arc::new(history.facts.clone())],
        sight: history.sight.clone(),
    };
    let judged = vec![Arc::new(history.judge())];
    let fleet = judge_fleet(judged, &facts, now, &history.policy, Health::default(), now);
    fleet.findings.iter().any(|found| {
        let task = found.task.as_ref().map(domain::id::TaskId::as_str);
        found.kind == label.kind && task == label.task && found.since == label.since
    })
}

#[test]
fn labelled_histories_are_judged_as_labelled() {
    let histories = if is_large() { 6_000 } else { 240 };
    let mut rng = Rng(7);
    let (mut found, mut early) = (0, 0);
    for i in 0..histories {
        let label = LABELS[i % LABELS.len()](&mut rng);
        if stands(&label, label.after) {
            found += 1;
        } else {
            println!(
                "  not found: {} since {} at {} (history {i})",
                label.kind.word(),
                label.since.rfc3339(),
                label.after.rfc3339()
            );
        }
        if stands(&label, label.before) {
            early += 1;
            println!(
                "  too early: {} since {} at {} (history {i})",
                label.kind.word(),
                label.since.rfc3339(),
                label.before.rfc3339()
            );
        }
    }
    println!("labelled histories: {found} of {histories} found, {early} too early (seed 7)");
    assert_eq!(found, histories, "not found");
    assert_eq!(early, 0, "too early");
}

/// States and findings, without the ages in their sentences.
fn judged(history: &Scenario, now: Ts) -> (Vec<String>, Option<Ts>) {
    let mut history = history.clone();
    history.now = now;
    history.sight.last_look = now;
    let judged = history.judge();
    let mut told: Vec<String> = judged.findings.iter().map(|found| found.id()).collect();
    told.push(judged.view.state.word().to_owned());
    told.push(judged.view.row.word().to_owned());
    told.extend(
        judged
            .view
            .tasks
            .iter()
            .map(|task| format!("{} {}", task.id, task.state.word())),
    );
    (told, judged.view.reasoning.changes_at)
}

#[test]
fn nothing_changes_before_it_was_announced() {
    let histories = if is_large() { 3_000 } else { 120 };
    let mut rng = Rng(11);
    let mut checked = 0;
    for i in 0..histories {
        let label = LABELS[i % LABELS.len()](&mut rng);
        let mut now = label.before - Span::mins(rng.within(0, 90));
        for _ in 0..8 {
            let (told, changes_at) = judged(&label.history, now);
            let next = changes_at.expect("it is looked at on the hour");
            assert!(next > now);
            // New facts are another matter: a line that comes meanwhile is one.
            let arrives = label.history.facts.beats.iter().map(|beat| beat.at);
            let steps = label.history.facts.steps.iter().map(|fact| fact.step.at.at);
            let plans = label.history.facts.plans.iter().map(|plan| plan.known);
            let news = arrives
                .chain(steps)
                .chain(plans)
                .filter(|&at| at > now)
                .min();
            let until = news.map_or(next, |news| news.min(next)) - Span(1);
            assert_eq!(
                judged(&label.history, until).0,
                told,
                "history {i} ({}) changed between {} and {}",
                label.kind.word(),
                now.rfc3339(),
                until.rfc3339()
            );
            checked += 1;
            now = until + Span(1);
        }
    }
    println!("announced changes: {checked} stretches without a surprise (seed 11)");
}
