//! A plan file with some tasks, and operations on it that are made by hand: what the harnesses of carrying out share.
#![allow(dead_code, reason = "each harness uses its own part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rounds::apply::{Desk, Job, Level, Operation, Patience, Reading, Stage};
use rounds::domain::id::{AgentId, FileId, OpId, TaskId};
use rounds::domain::text::Untrusted;
use rounds::domain::time::{Ts, Zone};
use rounds::ops::splice::task_in;
use rounds::ops::{
    Base, BlastRadius, Change, Confirm, EditTask, FileRef, Member, Plan, Request, TaskEdit,
    Undoing, Verb,
};
use rounds::parse::Context;
use rounds::parse::vocabulary::Vocabulary;
use rounds::store::ledger::{Ledger, Who};
use rounds::store::operation::{Outcome, Saw, Verified};
use rounds::sys::gate::Gate;

pub const PLAN: &str = "schedule.json";
pub const AT: Ts = Ts(1_774_688_400_000);

/// A fleet of one agent and a state folder.
pub struct Place {
    pub dir: tempfile::TempDir,
}

/// A plan as agents write it, with tasks `t0`…
pub fn plan_text(tasks: usize) -> String {
    let lines: Vec<String> = (0..tasks)
        .map(|n| {
            format!(
                "  {{\"id\": \"t{n}\", \"status\":\"pending\", \"tier\":\"read-only\", \"n\": 1.50}}"
            )
        })
        .collect();
    format!(
        "{{\"agent\":\"drafter\", \"date\":\"2026-03-28\",\r\n \"tasks\": [\n{}\n ]}}\n",
        lines.join(",\n")
    )
}

impl Place {
    pub fn new(tasks: usize) -> Self {
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let place = Self {
            dir: dir.expect("a folder"),
        };
        std::fs::create_dir_all(place.agent()).expect("made");
        std::fs::create_dir_all(place.state()).expect("made");
        std::fs::write(place.plan(), plan_text(tasks)).expect("written");
        place
    }

    pub fn agent(&self) -> PathBuf {
        self.dir.path().join("drafter")
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub fn plan(&self) -> PathBuf {
        self.agent().join(PLAN)
    }

    pub fn text(&self) -> String {
        std::fs::read_to_string(self.plan()).expect("read")
    }
}

pub fn ledger(state: &Path) -> Ledger {
    Ledger::in_state(state)
}

pub fn reading() -> Reading {
    Reading {
        zone: Zone::UTC,
        vocabulary: Arc::new(Vocabulary::default()),
    }
}

/// Holds or releases one task, decided from what the file says now.
pub fn job(agent: &Path, op: &str, verb: Verb, task: &str) -> Job {
    let op = OpId::from(op);
    let id = TaskId::from(task);
    let bytes = std::fs::read(agent.join(PLAN)).expect("read");
    let words = Vocabulary::default();
    let context = Context {
        path: PLAN,
        zone: Zone::UTC,
        modified: AT,
        vocabulary: &words,
    };
    let seen = task_in(&bytes, &id, &context).expect("the task is there");
    let last = serde_json::json!({"id": op.as_str(), "verb": verb.word(), "uid": 0, "at": "2026-03-28T09:00:00Z"});
    let edit = TaskEdit::default().set(Member::LastOp, &last);
    let edit = match verb {
        Verb::Release => edit.with(Member::Held, rounds::ops::Write::Remove),
        _ => edit.set(
            Member::Held,
            &serde_json::json!({"since": "2026-03-28T09:00:00Z", "why": "wait"}),
        ),
    };
    let file = FileRef {
        id: FileId(1),
        path: Untrusted::from(PLAN),
    };
    let change = EditTask {
        file,
        task: id.clone(),
        edit,
        base: Base::of(&seen, ""),
    };
    let request = Request::new(op, verb, AgentId::from("drafter")).on(&id);
    let plan = Plan {
        request,
        sentence: "holds it".to_owned(),
        blast: BlastRadius::nothing(),
        timeline: Vec::new(),
        ground: None,
        level: Confirm::None,
        changes: vec![Change::Edit(change)],
        diff: Vec::new(),
        undo: Undoing::Never("made by hand".to_owned()),
    };
    Job {
        plan,
        folder: agent.to_path_buf(),
        files: BTreeMap::from([(FileId(1), PLAN.to_owned())]),
        reading: reading(),
        saw: Saw::default(),
        who: Who::default(),
        looks: &[2],
    }
}

/// Everything that an operation brought, with time jumping to whatever is waited for.
pub struct Brought {
    pub outcome: Outcome,
    pub verified: Vec<Verified>,
}

pub fn carry(
    job: Job,
    state: &Path,
    best: Level,
    gate: &mut Gate,
    mut before_each: impl FnMut(&Stage),
) -> Brought {
    let mut operation = Operation::new(job, ledger(state));
    let (mut outcome, mut verified) = (None, Vec::new());
    let mut now = Instant::now();
    loop {
        let mut desk = Desk {
            now,
            at: AT,
            gate,
            patience: Patience::default(),
            best,
        };
        let stage = operation.step(&mut desk);
        before_each(&stage);
        match stage {
            Stage::Wait(until) => now = now.max(until),
            Stage::Ended(ended) => outcome = Some(ended),
            Stage::Verified(found) => verified.push(found),
            Stage::Over => {
                return Brought {
                    outcome: outcome.expect("an operation has an outcome"),
                    verified,
                };
            }
        }
    }
}
