//! Judging from facts in memory: a thousand agents with twenty tasks each, and one agent after one heartbeat.
//!
//! `cargo bench --bench judge`. Every row says the figure, the goal, and whether it is met. As in the room the fleet that was
//! on the screen lives until the next one is there: letting it go is not part of judging, and has a row of its own.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rounds::detect::{Judged, Memory, SinceMark, judge_again, judge_agent, judge_fleet};
use rounds::domain::facts::{AgentFacts, Beat, PlanVersion, Sight};
use rounds::domain::fleet::{Fleet, Health};
use rounds::domain::heartbeat::RunStatus;
use rounds::domain::id::{AgentId, FileId, Locus, RunId, TaskId};
use rounds::domain::policy::Policy;
use rounds::domain::text::Untrusted;
use rounds::domain::time::{Span, Ts, Zone};
use rounds::parse::vocabulary::Vocabulary;
use rounds::parse::{self, Context};
use rounds::sys::together;

const AGENTS: usize = 1_000;
const TASKS: usize = 20;
/// A Friday, 20:05 UTC: all of the day's slots have passed.
const NOW: Ts = Ts(1_774_641_900_000);
const ROUNDS: usize = 15;

fn main() {
    let agents: Vec<Arc<AgentFacts>> = (0..AGENTS).map(|n| Arc::new(facts(n))).collect();
    let bench = Bench {
        sight: Sight {
            last_look: NOW,
            period: Span::secs(2),
            ..Sight::default()
        },
        policy: Policy::new(Zone::UTC),
        agents,
    };
    bench.all();
    bench.one();
}

struct Bench {
    sight: Sight,
    policy: Policy,
    agents: Vec<Arc<AgentFacts>>,
}

impl Bench {
    fn judge(&self, facts: &AgentFacts) -> Arc<Judged> {
        let mark = SinceMark::default();
        Arc::new(judge_agent(facts, &self.sight, NOW, &self.policy, &mark))
    }

    fn fleet(&self, judged: Vec<Arc<Judged>>) -> Fleet {
        let health = Health::default();
        judge_fleet(judged, &self.sight, NOW, &self.policy, health, Ts(0))
    }

    fn all(&self) {
        let mut found = 0;
        let mut shown: Option<Fleet> = None;
        let took = median(|| {
            let judged = self.agents.iter().map(|facts| self.judge(facts)).collect();
            let fleet = self.fleet(judged);
            found = fleet.findings.len();
            shown.replace(fleet)
        });
        let what = format!(
            "{AGENTS} agents, {} tasks, one thread ({found} findings)",
            AGENTS * TASKS
        );
        row(&what, took, Duration::from_millis(20));
        // A board keeps the verdicts, and lets each go where its agent is judged anew; the screen keeps what it shows of them.
        let mut board: Vec<(&AgentFacts, Option<Arc<Judged>>)> =
            self.agents.iter().map(|facts| (&**facts, None)).collect();
        let took = median(|| {
            together::each(&mut board, |(facts, judged)| {
                *judged = Some(self.judge(facts));
            });
            let judged = board.iter().filter_map(|(_, judged)| judged.clone());
            let fleet = self.fleet(judged.collect());
            found = fleet.findings.len();
            shown.replace(fleet)
        });
        let what = format!("the same by the threads of a board ({found} findings)");
        row(&what, took, Duration::from_millis(20));
        drop(board);
        let all =
            || -> Vec<Arc<Judged>> { self.agents.iter().map(|facts| self.judge(facts)).collect() };
        let judged = all();
        let took = median(|| self.fleet(judged.clone()));
        row("of it, across agents", took, Duration::from_millis(20));
        let took = median_of(all, drop);
        row("letting it go afterwards", took, Duration::from_millis(20));
    }

    /// One more line of one agent of fifty: it is judged, and the fleet is put together anew by who
    /// remembers the last look.
    fn one(&self) {
        let fifty = &self.agents[..50];
        let judged: Vec<Arc<Judged>> = fifty.iter().map(|facts| self.judge(facts)).collect();
        let mut more = AgentFacts::clone(&fifty[7]);
        let task = more.plans[0].plan.tasks[0].id.clone();
        more.beats.push(beat(99, &task, NOW - Span::SECOND));
        let (health, mut memory) = (Health::default(), Memory::default());
        let took = median(|| {
            let mut judged = judged.clone();
            judged[7] = self.judge(&more);
            let (sight, policy) = (&self.sight, &self.policy);
            judge_again(
                judged,
                sight,
                NOW,
                policy,
                health.clone(),
                Ts(0),
                &mut memory,
            )
        });
        row(
            "after one heartbeat, of 50 agents",
            took,
            Duration::from_millis(1),
        );
    }
}

/// Twenty daily tasks, run for two days; every seventh agent left out its last two, every eleventh had one fail. Names
/// share their text, as those of cached facts do.
fn facts(n: usize) -> AgentFacts {
    let mut facts = AgentFacts::new(
        AgentId::from(format!("agent-{n:04}").as_str()),
        Untrusted::from("/fleet"),
    );
    let mut text = String::from("{\"tz\":\"UTC\",\"tasks\":[");
    for task in 0..TASKS {
        let comma = if task > 0 { "," } else { "" };
        let (hour, minute) = (task / 2 + 6, task % 2 * 30 + n % 20);
        let _ = write!(
            text,
            "{comma}{{\"id\":\"t{task:02}\",\"schedule\":{{\"kind\":\"cron\",\"expr\":\"{minute} {hour} * * *\"}}}}"
        );
    }
    text.push_str("]}");
    let vocabulary = Vocabulary::default();
    let context = Context {
        path: "schedule.json",
        zone: Zone::UTC,
        modified: NOW - Span::days(3),
        vocabulary: &vocabulary,
    };
    let (plan, _) = parse::plan(text.as_bytes(), &context);
    assert_eq!(plan.tasks.len(), TASKS, "the plan is understood");
    facts.plans.push(PlanVersion {
        plan: Arc::new(plan),
        file: FileId(1),
        known: NOW - Span::days(3),
        hash: String::new(),
    });
    let names: Vec<TaskId> = facts.plans[0]
        .plan
        .tasks
        .iter()
        .map(|task| task.id.clone())
        .collect();
    let midnight = Zone::UTC.start_of(Zone::UTC.day_of(NOW));
    for day in [-1, 0] {
        for (task, name) in names.iter().enumerate() {
            let left_out = day == 0 && n.is_multiple_of(7) && task + 2 >= TASKS;
            let at = midnight
                + Span::days(day)
                + Span::hours(task as i64 / 2 + 6)
                + Span::mins((task % 2 * 30 + n % 20) as i64)
                + Span::secs(40);
            if !left_out && at < NOW {
                facts.beats.push(beat(facts.beats.len(), name, at));
            }
        }
    }
    if n.is_multiple_of(11)
        && let Some(last) = facts.beats.last_mut()
    {
        last.status = RunStatus::Failed;
        last.failed = 1;
    }
    facts.first_beat = facts.beats.first().map(|beat| beat.at);
    facts
}

fn beat(n: usize, task: &TaskId, at: Ts) -> Beat {
    Beat {
        at,
        status: RunStatus::Ok,
        run: Some(RunId::from(format!("r{n}").as_str())),
        task: Some(task.clone()),
        did: 1,
        locus: Locus {
            file: FileId(2),
            offset: n as u64 * 100,
            len: 99,
            line: n as u32 + 1,
        },
        ..Beat::default()
    }
}

/// What the work leaves is let go after the clock was read.
fn median<T>(mut work: impl FnMut() -> T) -> Duration {
    median_of(|| (), |()| work())
}

/// Without the time that `prepare` takes.
fn median_of<P, T>(mut prepare: impl FnMut() -> P, mut work: impl FnMut(P) -> T) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let prepared = prepare();
            let begun = Instant::now();
            let left = work(prepared);
            let took = begun.elapsed();
            drop(left);
            took
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn row(what: &str, took: Duration, goal: Duration) {
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    let met = if took <= goal { "met" } else { "MISSED" };
    println!("{what:<58} {:>9.3} ms  <= {} ms  {met}", ms(took), ms(goal));
}
