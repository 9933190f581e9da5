//! A fleet written as its agents would write it, and what rounds says of it at a moment: files, mirror, verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rounds::config::Config;
use rounds::keeper::{OneShot, Setup};
use rounds::reader::Page;
use rounds::sys::clock::Clock;
use serde_json::{Value, json};

use crate::domain::finding::{Finding, Severity};
use crate::domain::time::{ClockTime, Day, Span, Ts, Zone};

/// Agents in one zone around one day.
pub struct Folder {
    dir: tempfile::TempDir,
    pub zone: Zone,
    pub day: Day,
    /// Lines by file, each with the moment at which it was written.
    logs: BTreeMap<String, Vec<(Ts, String)>>,
    runs: u32,
}

impl Folder {
    pub fn new(zone: &str, day: Day) -> Self {
        Self {
            dir: tempfile::tempdir().expect("a temporary folder"),
            zone: Zone::parse(zone).expect("a zone"),
            day,
            logs: BTreeMap::new(),
            runs: 0,
        }
    }

    /// A time of the day, or of one `days` from it.
    pub fn on(&self, days: i64, clock: &str) -> Ts {
        let clock = ClockTime::parse(clock).expect("a time of day");
        self.zone.at(self.day.plus(days), clock)
    }

    pub fn at(&self, clock: &str) -> Ts {
        self.on(0, clock)
    }

    /// As an agent of this zone writes it.
    pub fn stamp(&self, at: Ts) -> String {
        self.zone.rfc3339(at)
    }

    /// A file beneath an agent's folder.
    pub fn write(&self, agent: &str, name: &str, text: &str) {
        let path = self.dir.path().join("fleet").join(agent).join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the agent's folder");
        fs::write(path, text).expect("a file");
    }

    fn append(&mut self, agent: &str, name: &str, at: Ts, line: &Value) {
        let log = self.logs.entry(format!("{agent}/{name}")).or_default();
        log.push((at, format!("{line}\n")));
    }

    /// Bytes at the end of a log, whatever they are.
    pub fn raw(&mut self, agent: &str, at: Ts, text: &str) {
        let log = self.logs.entry(format!("{agent}/heartbeat.jsonl"));
        log.or_default().push((at, text.to_owned()));
    }

    pub fn beat(&mut self, agent: &str, at: Ts, status: &str, more: &Value) {
        let head = json!({"ts": self.stamp(at), "agent": agent, "status": status});
        self.append(agent, "heartbeat.jsonl", at, &merged(head, more));
    }

    pub fn step(&mut self, agent: &str, at: Ts, status: &str, more: &Value) {
        let head = json!({"ts": self.stamp(at), "status": status});
        self.append(agent, "wal.jsonl", at, &merged(head, more));
    }

    /// A run of two minutes with a start line; its end comes back.
    pub fn run(&mut self, agent: &str, task: &str, start: Ts, status: &str, more: &Value) -> Ts {
        self.runs += 1;
        let run = format!("r{}", self.runs);
        self.beat(
            agent,
            start,
            "running",
            &json!({"run_id": run, "task": task}),
        );
        let end = start + Span::mins(2);
        let head = json!({"run_id": run, "task": task, "started": self.stamp(start), "duration_ms": 120_000});
        self.beat(agent, end, status, &merged(head, more));
        end
    }

    /// A run that writes only its end.
    pub fn end_only(&mut self, agent: &str, task: Option<&str>, start: Ts, minutes: i64) -> Ts {
        let end = start + Span::mins(minutes);
        let mut line = json!({"duration_ms": minutes * 60_000, "did": ["checked 12 repos"]});
        if let Some(task) = task {
            line["task"] = json!(task);
        }
        self.beat(agent, end, "ok", &line);
        end
    }

    /// The plan of a day, made ten minutes before it begins.
    pub fn plan(&self, agent: &str, days: i64, more: &Value) {
        let made = self.on(days, "00:00") - Span::mins(10);
        let head = json!({
            "agent": agent, "date": self.day.plus(days).to_string(), "tz": self.zone.to_string(), "generated": self.stamp(made),
        });
        let name = format!("schedule/{}.json", self.day.plus(days));
        self.write(agent, &name, &merged(head, more).to_string());
    }

    /// A plan without a date, made weeks ago.
    pub fn standing(&self, agent: &str, tasks: &Value) {
        let made = self.stamp(self.on(-40, "00:00"));
        let plan =
            json!({"agent": agent, "tz": self.zone.to_string(), "generated": made, "tasks": tasks});
        self.write(agent, "schedule.json", &plan.to_string());
    }

    /// Six days on which these tasks were planned (with `more` of each) and done, and the plan of today.
    pub fn history(&mut self, agent: &str, tasks: &[(&str, &str, Value)]) {
        for days in -6..=0 {
            let planned: Vec<Value> = tasks
                .iter()
                .map(|(id, clock, more)| {
                    let due = self.stamp(self.on(days, clock));
                    merged(json!({"id": id, "due": due}), more)
                })
                .collect();
            self.plan(agent, days, &json!({"tasks": planned}));
            if days == 0 {
                continue;
            }
            for (id, clock, _) in tasks {
                let start = self.on(days, clock) + Span::secs(20);
                self.run(agent, id, start, "ok", &json!({"did": ["did the thing"]}));
            }
        }
    }

    /// Warnings and worse as of a moment, each as `kind severity agent task since`, by a process that never saw the fleet
    /// and by one that looked at other moments before.
    pub fn judged(&self, at: Ts) -> BTreeSet<String> {
        self.flush(Ts(i64::MAX));
        let cold = tempfile::tempdir().expect("a state folder");
        let fresh = self.ask(cold.path().to_owned(), at);
        let warm = self.ask(self.dir.path().join("state"), at);
        assert_eq!(fresh, warm, "a mirror that was there before says the same");
        fresh
    }

    /// As `judged`, with logs that hold no more than they held at that moment.
    pub fn judged_then(&self, at: Ts) -> BTreeSet<String> {
        self.flush(at);
        let cold = tempfile::tempdir().expect("a state folder");
        let found = self.ask(cold.path().to_owned(), at);
        self.flush(Ts(i64::MAX));
        found
    }

    /// Whether a plan tells how a task stands: then it stood otherwise before.
    pub fn has_status(&self) -> bool {
        let found = walk(&self.dir.path().join("fleet"));
        found.iter().any(|path| {
            let is_plan = path.to_string_lossy().contains("schedule");
            is_plan && fs::read_to_string(path).is_ok_and(|text| text.contains("\"status\""))
        })
    }

    /// Writes the logs as they were at a moment.
    fn flush(&self, until: Ts) {
        for (name, lines) in &self.logs {
            let path = self.dir.path().join("fleet").join(name);
            let written = lines.iter().filter(|(at, _)| *at <= until);
            let text: String = written.map(|(_, line)| line.as_str()).collect();
            let same = fs::read_to_string(&path).is_ok_and(|there| there == text);
            if same {
                continue;
            }
            if text.is_empty() {
                let _ = fs::remove_file(&path);
                continue;
            }
            fs::create_dir_all(path.parent().expect("a folder")).expect("the agent's folder");
            fs::write(&path, text).expect("a log");
        }
    }

    fn ask(&self, state_dir: PathBuf, at: Ts) -> BTreeSet<String> {
        let found = self.past(state_dir, at);
        let bad = found.iter().filter(|one| one.severity > Severity::Info);
        bad.map(|one| label(one)).collect()
    }

    /// Everything found as of a moment, infos too.
    pub fn found(&self, state_dir: PathBuf, at: Ts) -> Vec<Arc<Finding>> {
        self.flush(Ts(i64::MAX));
        self.past(state_dir, at)
    }

    fn past(&self, state_dir: PathBuf, at: Ts) -> Vec<Arc<Finding>> {
        let Page::Past(fleet) = self.open(state_dir).past(at, None) else {
            panic!("the board as it was")
        };
        fleet.findings.clone()
    }

    /// Everything found now, by a process whose state folder stays.
    pub fn found_now(&self) -> Vec<Arc<Finding>> {
        self.flush(Ts(i64::MAX));
        let mut rounds = self.open(self.state());
        rounds.fleet(None).expect("a board").findings.clone()
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join("fleet").join(relative)
    }

    fn open(&self, state_dir: PathBuf) -> OneShot {
        let setup = Setup {
            config: Config::default_for(Zone::UTC),
            roots: vec![self.dir.path().join("fleet")],
            state_dir,
            clock: Clock::System,
            read_only: false,
        };
        OneShot::open(setup).expect("rounds starts")
    }
}

/// `kind severity agent task since`
pub fn label(found: &Finding) -> String {
    let task = found.task.as_ref().map_or("-", |task| task.as_str());
    let (kind, severity) = (found.kind.word(), found.severity.word());
    format!(
        "{kind} {severity} {} {task} {}",
        found.agent,
        found.since.rfc3339()
    )
}

/// Two objects as one; the second has the last word.
pub fn merged(mut head: Value, more: &Value) -> Value {
    if let (Some(head), Some(more)) = (head.as_object_mut(), more.as_object()) {
        head.extend(more.clone());
    }
    head
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}
