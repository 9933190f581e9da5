//! Facts for tests, written as one would tell them.
//!
//! ```text
//! Scenario::agent("mail").plan(&["inbox due=10:00 jitter=5m"]).beat("10:02 ok inbox run=r1 msg=all read").at("10:30")
//! ```
//!
//! Times are on 2026-03-28, a Saturday, or `-1d 10:00`, `+2d 10:00` from it. `_` in a value stands for a space.

use std::collections::HashMap;
use std::sync::Arc;

use crate::detect::{Judged, SinceMark, judge_agent};
use crate::domain::action::{Reversible, Step, StepStatus, Tier};
use crate::domain::facts::{
    AgentFacts, Beat, Extra, FileFacts, FileRole, FileState, PlanVersion, Sight, StepFact,
};
use crate::domain::finding::Finding;
use crate::domain::fleet::{TaskState, TaskView};
use crate::domain::heartbeat::{Item, ItemClass, RunStatus, Stamp};
use crate::domain::id::{AgentId, FileId, ItemId, Locus, RunId, TaskId};
use crate::domain::policy::Policy;
use crate::domain::schedule::{Limit, Plan, Quiet, Schedule};
use crate::domain::task::{Claim, Held, Task, TaskStatus};
use crate::domain::text::Untrusted;
use crate::domain::time::{ClockTime, Day, Span, Ts, Zone};

const LOG: FileId = FileId(1);
const PLAN: FileId = FileId(2);
const WAL: FileId = FileId(3);

/// One agent's facts, a moment and a policy.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub facts: AgentFacts,
    pub sight: Sight,
    pub policy: Policy,
    pub mark: SinceMark,
    pub now: Ts,
    zone: Zone,
    day: Day,
    line: u32,
    items: HashMap<Item, ItemId>,
}

impl Scenario {
    pub fn agent(name: &str) -> Self {
        Self::in_zone(name, "UTC")
    }

    pub fn in_zone(name: &str, zone: &str) -> Self {
        let zone = Zone::parse(zone).expect("a zone");
        let mut facts = AgentFacts::new(AgentId::from(name), Untrusted::from(name));
        for (id, file, role) in [
            (LOG, "heartbeat.jsonl", FileRole::Log),
            (PLAN, "schedule.json", FileRole::Plan),
            (WAL, "wal.jsonl", FileRole::Wal),
        ] {
            facts.files.push(FileFacts {
                id,
                path: Untrusted::from(format!("{name}/{file}")),
                role,
                size: 0,
                modified: Ts(0),
                state: FileState::Good,
                damaged: 0,
                damage: None,
                damage_at: None,
            });
        }
        let day = Day::new(2026, 3, 28).expect("a day");
        Self {
            facts,
            sight: Sight::default(),
            policy: Policy::new(zone),
            mark: SinceMark::default(),
            now: zone.start_of(day),
            zone,
            day,
            line: 0,
            items: HashMap::new(),
        }
    }

    /// Another day than 2026-03-28.
    pub fn on(mut self, year: i32, month: u32, day: u32) -> Self {
        self.day = Day::new(year, month, day).expect("a day");
        self.now = self.zone.start_of(self.day);
        self
    }

    /// `10:00`, `10:00:30`, `-1d 10:00`, `+2d 10:00`.
    pub fn time(&self, text: &str) -> Ts {
        let (days, clock) = match text.trim().split_once('d') {
            Some((days, clock)) => (days.parse().expect("days"), clock),
            None => (0, text),
        };
        let clock = ClockTime::parse(clock).expect("a time of day");
        self.zone.at(self.day.plus(days), clock)
    }

    /// `<time> <status> [task] [key=value…]` with run, started, dur (seconds), due, next, did, skipped, failed (counts),
    /// item, skip, fail (texts, with `@` before the reason), word, epoch, res; msg last, to the end of the line.
    pub fn beat(mut self, line: &str) -> Self {
        let beat = self.read_beat(line);
        self.push(beat);
        self
    }

    /// Several of them.
    pub fn beats(self, lines: &[&str]) -> Self {
        lines
            .iter()
            .fold(self, |scenario, line| scenario.beat(line))
    }

    /// The same line at every interval, from and to included.
    pub fn every(mut self, from: &str, to: &str, minutes: i64, line: &str) -> Self {
        let (mut at, to) = (self.time(from), self.time(to));
        while at <= to {
            let mut beat = self.read_beat(&format!("00:00 {line}"));
            beat.at = at;
            self.push(beat);
            at = at + Span::mins(minutes);
        }
        self
    }

    pub fn push(&mut self, mut beat: Beat) {
        self.line += 1;
        beat.locus = Locus {
            file: LOG,
            offset: u64::from(self.line) * 100,
            len: 99,
            line: self.line,
        };
        let first = self.facts.first_beat.unwrap_or(beat.at).min(beat.at);
        self.facts.first_beat = Some(first);
        self.facts.beats.push(beat);
        self.facts.beats.sort_by_key(|beat| (beat.at, beat.locus));
    }

    fn intern(&mut self, class: ItemClass, item: Item) -> (ItemClass, ItemId) {
        let next = ItemId(self.items.len() as i64 + 1);
        let id = *self.items.entry(item.clone()).or_insert(next);
        self.facts.items.insert(id, item);
        (class, id)
    }

    pub fn read_beat(&mut self, line: &str) -> Beat {
        let (line, msg) = match line.split_once("msg=") {
            Some((line, msg)) => (line, Some(msg)),
            None => (line, None),
        };
        let (at, rest) = self.leading_time(line);
        let mut beat = Beat {
            at,
            ..Beat::default()
        };
        for (i, word) in rest.split_whitespace().enumerate() {
            match (i, word.split_once('=')) {
                (0, None) => beat.status = status(word),
                (_, None) => beat.task = Some(TaskId::from(word)),
                (_, Some((key, value))) => self.set_beat(&mut beat, key, value),
            }
        }
        if let Some(msg) = msg {
            let item = Item {
                what: Untrusted::from(msg.trim()),
                ..Item::default()
            };
            beat.items.push(self.intern(ItemClass::Message, item));
        }
        beat
    }

    fn leading_time<'l>(&self, line: &'l str) -> (Ts, &'l str) {
        let line = line.trim();
        let words = if line.starts_with(['-', '+']) { 2 } else { 1 };
        let end = line
            .match_indices(' ')
            .nth(words - 1)
            .map_or(line.len(), |(at, _)| at);
        (self.time(&line[..end]), &line[end..])
    }

    fn set_beat(&mut self, beat: &mut Beat, key: &str, value: &str) {
        let text = value.replace('_', " ");
        let mut listed = |class: ItemClass| {
            let (what, why) = match text.split_once('@') {
                Some((what, why)) => (what, Some(Untrusted::from(why))),
                None => (text.as_str(), None),
            };
            let item = Item {
                what: Untrusted::from(what),
                why,
                ..Item::default()
            };
            let entry = self.intern(class, item);
            beat.items.push(entry);
        };
        match key {
            "item" => {
                listed(ItemClass::Did);
                beat.did += 1;
            }
            "skip" => {
                listed(ItemClass::Skipped);
                beat.skipped += 1;
            }
            "fail" => {
                listed(ItemClass::Failed);
                beat.failed += 1;
            }
            "run" => beat.run = Some(RunId::from(value)),
            "started" => beat.started = Some(self.time(&text)),
            "due" => beat.due = Some(self.time(&text)),
            "next" => beat.next = Some(self.time(&text)),
            "dur" => beat.duration = Some(Span::secs(value.parse().expect("seconds"))),
            "did" => beat.did = value.parse().expect("a count"),
            "skipped" => beat.skipped = value.parse().expect("a count"),
            "failed" => beat.failed = value.parse().expect("a count"),
            "epoch" => beat.epoch = Some(value.parse().expect("an epoch")),
            "word" => {
                beat.extra.get_or_insert_default().word = Some(Untrusted::from(text.as_str()));
            }
            "res" => {
                let extra: &mut Extra = beat.extra.get_or_insert_default();
                extra.resources.push(Untrusted::from(text.as_str()));
            }
            "clock" => beat.clock_off = value == "off",
            _ => panic!("no such key of a beat: {key}"),
        }
    }

    /// A plan for the day, known since its midnight. Each task is `<id> [key=value…]`: due, cron, every, anchor, jitter,
    /// est, status, run, claimed, lease, pid, epoch, tier, rev, key, held, off, demand, after, reviewer, min, res.
    pub fn plan(self, tasks: &[&str]) -> Self {
        let day = self.day;
        let known = self.zone.start_of(day);
        self.version(Some(day), known, tasks)
    }

    /// A plan for the day made anew at a time.
    pub fn replan(self, known: &str, tasks: &[&str]) -> Self {
        let known = self.time(known);
        let day = self.day;
        self.version(Some(day), known, tasks)
    }

    /// A plan for another day, known since its midnight.
    pub fn plan_of(self, days: i64, tasks: &[&str]) -> Self {
        let day = self.day.plus(days);
        let known = self.zone.start_of(day);
        self.version(Some(day), known, tasks)
    }

    /// A plan for another day made anew at a time.
    pub fn replan_of(self, days: i64, known: &str, tasks: &[&str]) -> Self {
        let known = self.time(known);
        let day = self.day.plus(days);
        self.version(Some(day), known, tasks)
    }

    /// A plan that holds until changed, known for 30 days.
    pub fn standing(self, tasks: &[&str]) -> Self {
        let known = self.zone.start_of(self.day.plus(-30));
        self.version(None, known, tasks)
    }

    fn version(mut self, date: Option<Day>, known: Ts, tasks: &[&str]) -> Self {
        let tasks = tasks
            .iter()
            .enumerate()
            .map(|(i, line)| {
                let mut task = self.read_task(line);
                task.line = i as u32 + 2;
                task
            })
            .collect();
        let plan = Plan {
            date,
            zone: Some(self.zone),
            generated: Some(Stamp::exact(known)),
            tasks,
            ..Plan::default()
        };
        self.facts.plans.push(PlanVersion {
            plan: Arc::new(plan),
            file: PLAN,
            known,
            hash: format!("{:064x}", self.facts.plans.len()),
        });
        self.facts.plans.sort_by_key(|version| version.known);
        self
    }

    fn edit(&mut self, change: impl Fn(&mut Plan)) {
        for version in &mut self.facts.plans {
            change(Arc::make_mut(&mut version.plan));
        }
    }

    /// `grace_s` of every plan so far.
    pub fn grace(mut self, minutes: i64) -> Self {
        self.edit(|plan| plan.grace = Some(Span::mins(minutes)));
        self
    }

    /// Quiet hours of every plan so far.
    pub fn quiet(mut self, from: &str, to: &str) -> Self {
        let hours = Quiet {
            from: ClockTime::parse(from).expect("a time"),
            to: ClockTime::parse(to).expect("a time"),
        };
        self.edit(|plan| plan.quiet.push(hours));
        self
    }

    /// A limit of every plan so far.
    pub fn limit(mut self, action: &str, most: u32) -> Self {
        self.edit(|plan| {
            plan.limits.push(Limit {
                action: Untrusted::from(action),
                most,
            });
        });
        self
    }

    fn read_task(&self, line: &str) -> Task {
        let mut words = line.split_whitespace();
        let mut task = Task::named(TaskId::from(words.next().expect("an id")));
        let mut anchor = None;
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            self.set_task(&mut task, key, value, &mut anchor);
        }
        if let Some(Schedule::Every { anchor: own, .. }) = &mut task.schedule {
            *own = anchor;
        }
        task
    }

    fn set_task(&self, task: &mut Task, key: &str, value: &str, anchor: &mut Option<Ts>) {
        let text = value.replace('_', " ");
        let mut claim = task.claim.clone().unwrap_or(Box::new(Claim {
            by: Some(self.facts.id.clone()),
            run: None,
            at: None,
            epoch: 1,
            lease: None,
            pid: None,
            pid_started: None,
            host: None,
        }));
        match key {
            "due" => task.due = Some(Stamp::exact(self.time(&text))),
            "cron" => {
                task.schedule = Some(Schedule::Cron {
                    expr: Untrusted::from(text.as_str()),
                    zone: None,
                });
            }
            "every" => {
                task.schedule = Some(Schedule::Every {
                    every: length(value),
                    anchor: None,
                });
            }
            "anchor" => *anchor = Some(self.time(&text)),
            "jitter" => task.jitter = length(value),
            "est" => task.estimate = Some(length(value)),
            "status" => task.status = task_status(value),
            "tier" => task.tier = Some(tier(value)),
            "rev" => {
                task.reversible = if value == "no" {
                    Reversible::No
                } else {
                    Reversible::Yes
                };
            }
            "key" => task.key = Some(Untrusted::from(value)),
            "off" => task.enabled = false,
            "demand" => task.on_demand = true,
            "held" => {
                task.held = Some(Box::new(Held {
                    since: Some(self.time(&text)),
                    why: None,
                }));
            }
            "after" => task.depends_on.push(TaskId::from(value)),
            "reviewer" => task.reviewer = Some(AgentId::from(value)),
            "min" => task.expect_min = Some(value.parse().expect("a count")),
            "res" => task.resources.push(Untrusted::from(value)),
            "shared" => task.shared = true,
            "uses" => task.uses.push(Limit {
                action: Untrusted::from(value),
                most: 1,
            }),
            "run" | "claimed" | "lease" | "pid" | "epoch" | "by" => {
                match key {
                    "run" => claim.run = Some(RunId::from(value)),
                    "claimed" => claim.at = Some(self.time(&text)),
                    "lease" => claim.lease = Some(length(value)),
                    "pid" => claim.pid = Some(value.parse().expect("a pid")),
                    "by" => claim.by = Some(AgentId::from(value)),
                    _ => claim.epoch = value.parse().expect("an epoch"),
                }
                task.claim = Some(claim);
            }
            _ => panic!("no such key of a task: {key}"),
        }
    }

    /// `<time> <run> <step> <status>` with do, target, key, tier, rev, task, epoch.
    pub fn step(mut self, line: &str) -> Self {
        let (at, rest) = self.leading_time(line);
        let mut words = rest.split_whitespace();
        let mut step = Step {
            at: Stamp::exact(at),
            run: words.next().map(RunId::from),
            task: None,
            step: words.next().map(Untrusted::from),
            action: None,
            target: None,
            tier: None,
            reversible: Reversible::Undeclared,
            key: None,
            status: step_status(words.next().expect("a status")),
            epoch: None,
            why: None,
        };
        for word in words {
            let (key, value) = word.split_once('=').expect("key=value");
            let text = Some(Untrusted::from(value.replace('_', " ")));
            match key {
                "do" => step.action = text,
                "target" => step.target = text,
                "key" => step.key = text,
                "task" => step.task = Some(TaskId::from(value)),
                "tier" => step.tier = Some(tier(value)),
                "epoch" => step.epoch = Some(value.parse().expect("an epoch")),
                "rev" => {
                    step.reversible = if value == "no" {
                        Reversible::No
                    } else {
                        Reversible::Yes
                    };
                }
                _ => panic!("no such key of a step: {key}"),
            }
        }
        self.line += 1;
        self.facts.steps.push(StepFact {
            step,
            locus: Locus {
                file: WAL,
                offset: u64::from(self.line) * 100,
                len: 99,
                line: self.line,
            },
        });
        self.facts.steps.sort_by_key(|fact| fact.step.at.at);
        self
    }

    /// Sets the moment; we looked just then.
    pub fn at(mut self, now: &str) -> Self {
        self.now = self.time(now);
        self.sight.last_look = self.now;
        self
    }

    /// Moves the moment by milliseconds.
    pub fn plus(mut self, ms: i64) -> Self {
        self.now = self.now + Span(ms);
        self.sight.last_look = self.now;
        self
    }

    pub fn judge(&self) -> Judged {
        judge_agent(&self.facts, &self.sight, self.now, &self.policy, &self.mark)
    }

    /// The state of the only slot of a task today, or of the one at a time: `task`, `task@10:00`.
    pub fn state(&self, task: &str) -> TaskState {
        self.task(task).state
    }

    pub fn task(&self, task: &str) -> TaskView {
        let (name, slot) = match task.split_once('@') {
            Some((name, at)) => (name, Some(self.time(at))),
            None => (task, None),
        };
        let view = self.judge().view;
        view.tasks
            .iter()
            .find(|view| view.id.as_str() == name && (slot.is_none() || view.slot == slot))
            .expect("a slot of that task")
            .clone()
    }

    /// The kinds found, as words, with the task: `missed digest`.
    pub fn found(&self) -> Vec<String> {
        self.judge()
            .findings
            .iter()
            .map(|found| told(found))
            .collect()
    }

    /// Only warnings and criticals.
    pub fn alarms(&self) -> Vec<String> {
        self.judge()
            .findings
            .iter()
            .filter(|found| found.severity > crate::domain::finding::Severity::Info)
            .map(|found| told(found))
            .collect()
    }
}

fn told(found: &Finding) -> String {
    match &found.task {
        Some(task) => format!("{} {task}", found.kind.word()),
        None => found.kind.word().to_owned(),
    }
}

/// `30m`, `90s`, `2h`, `7d`.
fn length(text: &str) -> Span {
    let (digits, unit) = text.split_at(text.len() - 1);
    let n: i64 = digits.parse().expect("a number");
    match unit {
        "s" => Span::secs(n),
        "m" => Span::mins(n),
        "h" => Span::hours(n),
        _ => Span::days(n),
    }
}

fn status(word: &str) -> RunStatus {
    match word {
        "running" => RunStatus::Running,
        "ok" => RunStatus::Ok,
        "partial" => RunStatus::Partial,
        "skipped" => RunStatus::Skipped,
        "failed" => RunStatus::Failed,
        "blocked" => RunStatus::Blocked,
        _ => RunStatus::Unknown,
    }
}

fn task_status(word: &str) -> TaskStatus {
    match word {
        "claimed" => TaskStatus::Claimed,
        "running" => TaskStatus::Running,
        "review" => TaskStatus::Review,
        "done" => TaskStatus::Done,
        "skipped" => TaskStatus::Skipped,
        "failed" => TaskStatus::Failed,
        "blocked" => TaskStatus::Blocked,
        "off" => TaskStatus::Off,
        _ => TaskStatus::Pending,
    }
}

fn step_status(word: &str) -> StepStatus {
    match word {
        "intended" => StepStatus::Intended,
        "ready" => StepStatus::Ready,
        "done" => StepStatus::Done,
        "failed" => StepStatus::Failed,
        "skipped" => StepStatus::Skipped,
        _ => StepStatus::Unknown,
    }
}

fn tier(word: &str) -> Tier {
    match word {
        "read-only" => Tier::ReadOnly,
        "append-only" => Tier::AppendOnly,
        _ => Tier::Mutating,
    }
}
