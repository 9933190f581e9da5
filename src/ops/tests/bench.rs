//! An agent's plan as bytes, its logs as a scenario, a ledger: what an order needs, without a disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::detect::scenario::Scenario;
use crate::detect::{Judged, judge_agent};
use crate::domain::act::{ActKind, Acts, CheckFor, Command};
use crate::domain::facts::PlanVersion;
use crate::domain::fleet::{AgentView, TaskState};
use crate::domain::id::{AgentId, FileId, OpId, TaskId};
use crate::domain::time::{Span, Ts, Zone};
use crate::domain::told::Told;
use crate::ops::*;
use crate::parse::vocabulary::Vocabulary;
use crate::parse::{self, Context};

pub const PLAN: FileId = FileId(2);

/// A task that is claimed by a run.
pub const HELD: &str = r#"{"id":"t","tier":"read-only","due":"2026-03-28T09:00:00Z","status":"claimed","claim":{"by":"a","run":"r1","at":"2026-03-28T09:00:00Z","epoch":3,"lease_s":1800}}"#;

/// Everything an order is decided from and carried out on.
pub struct Bench {
    pub world: Scenario,
    pub bytes: Vec<u8>,
    pub acts: Acts,
    pub past: Vec<Past>,
    pub checked: Vec<Checked>,
    pub copies: Vec<Copy>,
    pub operator: Operator,
    pub mode: Mode,
    words: Vocabulary,
    ops: u32,
}

impl Bench {
    /// Tasks as members of a JSON list, logs as a scenario.
    pub fn new(world: Scenario, tasks: &str) -> Self {
        let text = format!(
            "{{\"agent\":\"a\",\"date\":\"2026-03-28\",\"tz\":\"UTC\",\"generated\":\"2026-03-28T00:00:00Z\",\n \"tasks\": [\n  {tasks}\n ]}}\n"
        );
        Self {
            world,
            bytes: text.into_bytes(),
            acts: Acts::default(),
            past: Vec::new(),
            checked: Vec::new(),
            copies: Vec::new(),
            operator: Operator {
                uid: 1000,
                tty: Some("pts/1".to_owned()),
                ssh: None,
            },
            mode: Mode::Operating,
            words: Vocabulary::default(),
            ops: 0,
        }
    }

    pub fn agent() -> Scenario {
        Scenario::agent("a")
    }

    pub fn act(mut self, kind: ActKind, argv: &[&str]) -> Self {
        self.acts.fleet.insert(kind, command(argv));
        self
    }

    pub fn pre_check(mut self, task: &str) -> Self {
        let checks = self
            .acts
            .agent_checks
            .entry(AgentId::from("a"))
            .or_default();
        checks.insert(
            CheckFor::Task(TaskId::from(task)),
            command(&["is-done", "{key}"]),
        );
        self
    }

    pub fn found(&mut self, key: &str, found: Outcome) {
        self.checked.push(Checked {
            key: key.to_owned(),
            found,
            at: self.world.now,
            proof: "pre-check is-done".to_owned(),
        });
    }

    pub fn ctx(&self) -> Context<'_> {
        Context {
            path: "schedule.json",
            zone: Zone::UTC,
            modified: self.world.now,
            vocabulary: &self.words,
        }
    }

    /// What the mirror would know now.
    pub fn look(&mut self) -> AgentView {
        let (plan, _) = parse::plan(&self.bytes, &self.ctx());
        let known = self
            .world
            .facts
            .plans
            .first()
            .map_or(self.world.time("00:00"), |first| first.known);
        self.world.facts.plans = vec![PlanVersion {
            plan: Arc::new(plan),
            file: PLAN,
            known,
            hash: "h".to_owned(),
        }];
        (*self.judged().view).clone()
    }

    fn judged(&self) -> Judged {
        let world = &self.world;
        judge_agent(
            &world.facts,
            &world.sight,
            world.now,
            &world.policy,
            &world.mark,
        )
    }

    pub fn state(&mut self, task: &str) -> TaskState {
        let view = self.look();
        let found = view.tasks.iter().find(|view| view.id.as_str() == task);
        found.expect("a task of this name").state
    }

    pub fn findings(&self) -> Vec<Told> {
        self.judged()
            .findings
            .iter()
            .map(|found| Told::at_once(found, self.world.now))
            .collect()
    }

    pub fn request(&mut self, verb: Verb, task: &str) -> Request {
        self.ops += 1;
        let op = OpId::from(format!("01OP{:04}", self.ops).as_str());
        let request = Request::new(op, verb, AgentId::from("a"));
        if task.is_empty() {
            request
        } else {
            request.on(&TaskId::from(task))
        }
    }

    pub fn with<T>(&mut self, ask: impl FnOnce(&Scene<'_>, Ts) -> T) -> T {
        let view = self.look();
        let told = self.findings();
        let scene = Scene {
            facts: &self.world.facts,
            view: &view,
            told: &told,
            policy: &self.world.policy,
            acts: &self.acts,
            past: &self.past,
            checked: &self.checked,
            copies: &self.copies,
            operator: &self.operator,
            mode: self.mode,
        };
        ask(&scene, self.world.now)
    }

    pub fn plan(&mut self, request: &Request) -> Result<Plan, Refusal> {
        self.with(|scene, now| plan(request, scene, now))
    }

    /// Orders, with a reason, and expects the plan.
    #[track_caller]
    pub fn order(&mut self, verb: Verb, task: &str) -> Plan {
        let request = self.request(verb, task).because("because");
        match self.plan(&request) {
            Ok(plan) => plan,
            Err(refusal) => panic!("{}: {refusal}", verb.word()),
        }
    }

    #[track_caller]
    pub fn refused(&mut self, verb: Verb, task: &str) -> String {
        let request = self.request(verb, task).because("because");
        match self.plan(&request) {
            Ok(plan) => panic!("{}: {}", verb.word(), plan.sentence),
            Err(refusal) => refusal.to_string(),
        }
    }

    /// Carries a plan out on the bytes, as the machinery would on the file.
    pub fn carry_out(&mut self, plan: &Plan) -> Result<(), String> {
        let mut by_file: BTreeMap<TaskId, TouchedTask> = BTreeMap::new();
        let mut case = None;
        for change in &plan.changes {
            match change {
                Change::Edit(edit) => {
                    let task = splice::task_in(&self.bytes, &edit.task, &self.ctx())
                        .map_err(|why| why.to_string())?;
                    if let Some(moved) = edit.base.moved(&task, self.world.now) {
                        return Err(moved);
                    }
                    edit.base.exact_in(&self.bytes, &edit.task)?;
                    let spliced = splice(&self.bytes, &edit.task, &edit.edit)
                        .map_err(|why| why.to_string())?;
                    self.bytes = spliced.bytes;
                    by_file.insert(
                        edit.task.clone(),
                        TouchedTask {
                            file: edit.file.clone(),
                            task: edit.task.clone(),
                            members: spliced.touched,
                        },
                    );
                }
                Change::Ledger(
                    Word::Acknowledged { case: of } | Word::Snoozed { case: of, .. },
                ) => {
                    case = Some(of.clone());
                }
                Change::Rewrite(_) | Change::Append(_) | Change::Act(_) | Change::Ledger(_) => {}
            }
        }
        self.past.push(Past {
            op: plan.request.op.clone(),
            at: self.world.now,
            operator: self.operator.clone(),
            verb: plan.request.verb,
            task: plan.request.task.clone(),
            case,
            reason: plan.request.reason.clone(),
            landed: Landed::Done,
            touched: by_file.into_values().collect(),
            undoes: plan.request.undoes.clone(),
        });
        Ok(())
    }

    /// Orders and carries out.
    #[track_caller]
    pub fn done(&mut self, verb: Verb, task: &str) -> Plan {
        let plan = self.order(verb, task);
        self.carry_out(&plan).expect("nothing moved");
        plan
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// An agent writes a member of a task.
    pub fn agent_sets(&mut self, task: &str, member: Member, value: &serde_json::Value) {
        let edit = TaskEdit::default().set(member, value);
        self.bytes = splice(&self.bytes, &TaskId::from(task), &edit)
            .expect("a task")
            .bytes;
    }

    pub fn at(mut self, now: &str) -> Self {
        self.world = self.world.at(now);
        self
    }

    pub fn later(&mut self, span: Span) {
        self.world.now = self.world.now + span;
        self.world.sight.last_look = self.world.now;
    }
}

fn command(argv: &[&str]) -> Command {
    Command {
        argv: argv.iter().map(|arg| (*arg).to_owned()).collect(),
        timeout: Span::secs(10),
    }
}

/// For comparing what a plan says.
pub fn said(plan: &Plan) -> (&str, &'static str) {
    let level = match &plan.level {
        Confirm::None => "none",
        Confirm::Yes => "y",
        Confirm::Code(_) => "code",
        Confirm::CodeAndOutside(_) => "code, outside",
    };
    (&plan.sentence, level)
}

/// A claim whose run fell silent; with nothing else of the agent changing it is an orphan.
pub fn orphan() -> Bench {
    let world = Bench::agent()
        .beats(&["08:00 ok other run=r0", "09:00 running t run=r1"])
        .beats(&["10:00 running other run=r2", "10:05 ok other run=r2"]);
    Bench::new(world, HELD).at("11:00")
}
