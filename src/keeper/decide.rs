//! Orders before they are carried out: what they are decided from, put together of what the keeper knows, and what carrying
//! them out needs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::slice;
use std::sync::Arc;

use super::engine::Engine;
use crate::apply::{Job, Level, Reading, ground};
use crate::domain::facts::AgentFacts;
use crate::domain::finding::Blast;
use crate::domain::fleet::{AgentView, Fleet, TaskView};
use crate::domain::id::{AgentId, FileId, OpId};
use crate::domain::offer::{About, Offer};
use crate::domain::time::Ts;
use crate::ops::{
    self, AppendTo, Change, Check, Checked, Copy, Member, Mode, Operator, Past, Plan, Refusal,
    Request, Scene, Write,
};
use crate::parse::Context;
use crate::store::files::FileRow;
use crate::store::ledger::Who;
use crate::store::operation::Saw;
use crate::sys::clock;
use crate::sys::file::{open_beneath, read_at};
use crate::sys::lease;

impl Engine {
    /// A name for an operation that begins now.
    pub fn new_op(&self) -> OpId {
        OpId::new(clock::ulid(self.now()))
    }

    /// What has to be looked up before an order can be decided.
    pub fn checks(&mut self, request: &Request) -> Result<Vec<Check>, Refusal> {
        let now = self.now();
        self.scene(&request.agent, (&[], &[]), |scene| {
            ops::checks(request, scene, now)
        })
    }

    /// What an order would do, with its exact difference.
    pub fn plan(&mut self, request: &Request, checked: &[Checked]) -> Result<Plan, Refusal> {
        let now = self.now();
        let copies = self.copies_for(request)?;
        let plan = self.scene(&request.agent, (checked, &copies), |scene| {
            ops::plan(request, scene, now)
        })??;
        let read = |id: FileId| {
            let row = self.file(id)?;
            let bytes = bytes_of(row)?;
            let (agent, _) = self.catalog.names.get(&row.agent)?;
            let context = Context {
                path: &row.relative,
                zone: self.zone_of(agent),
                modified: now,
                vocabulary: &self.setup.config.vocabulary,
            };
            Some((bytes, context))
        };
        let mut plan = ops::preview(plan, &read, now)?;
        self.keep_before_edit(request, &copies);
        let mut files = plan.changes.iter().filter_map(rewritten_file);
        plan.ground = files.find_map(|id| self.ground(id));
        Ok(plan)
    }

    /// What is less than safe about changing a file where it lies. Asking the kernel for the lease and letting go of it
    /// changes nothing; only where it gives none is more tried.
    fn ground(&self, id: FileId) -> Option<String> {
        let row = self.file(id)?;
        let root = std::path::Path::new(&*row.root);
        let file = open_beneath(root, &row.relative).ok()?;
        if lease::is_possible(file.try_clone().ok()?) {
            return None;
        }
        Some(match ground::level(root, &row.relative, file) {
            Ok(Level::A) => return None,
            Ok(level) => format!("level {}, {}", level.word(), level.sentence()),
            Err(error) => format!("nothing can be written where it lies: {error}"),
        })
    }

    /// What can be done about this, and why the rest cannot.
    pub fn possible(&mut self, about: &About) -> Vec<Offer> {
        self.offers(slice::from_ref(about))
            .pop()
            .unwrap_or_default()
    }

    /// The same for each of these, in their order.
    pub fn offers(&mut self, abouts: &[About]) -> Vec<Vec<Offer>> {
        let now = self.now();
        let mut by_agent: BTreeMap<&AgentId, Vec<usize>> = BTreeMap::new();
        for (at, about) in abouts.iter().enumerate() {
            by_agent.entry(&about.agent).or_default().push(at);
        }
        let fleet = self.fleet();
        let mut offers = vec![Vec::new(); abouts.len()];
        for (agent, cases) in by_agent {
            let known = self.known(&fleet, agent);
            for at in cases {
                let about = &abouts[at];
                offers[at] = match &known {
                    Ok(known) => {
                        known.decide(self, (&[], &[]), |scene| ops::possible(about, scene, now))
                    }
                    Err(refusal) => ops::impossible(about, &refusal.to_string()),
                };
            }
        }
        offers
    }

    /// Everything that carrying out a plan needs.
    pub fn job(&mut self, plan: Plan, looks: &'static [u64]) -> Result<Job, Refusal> {
        let view = self.view_of(&plan.request.agent)?;
        let mut files = BTreeMap::new();
        let mut folder = None;
        for id in plan.changes.iter().filter_map(file_of) {
            let row = self.file(id).ok_or_else(|| {
                Refusal::new("a file that is to be changed is not there any more")
            })?;
            files.insert(id, row.relative.clone());
            folder = Some(PathBuf::from(&*row.root));
        }
        let agent = self.number_of(&plan.request.agent)?;
        let own = self.catalog.names.get(&agent).map(|(_, folder)| folder);
        let folder = folder
            .or_else(|| own.map(PathBuf::from))
            .ok_or_else(|| unknown(&plan.request.agent))?;
        let reading = Reading {
            zone: self.zone_of(&plan.request.agent),
            vocabulary: Arc::new(self.setup.config.vocabulary.clone()),
        };
        Ok(Job {
            saw: saw(&plan, &view, self.now()),
            plan,
            folder,
            files,
            reading,
            who: Who::here(),
            looks,
        })
    }

    fn scene<T>(
        &mut self,
        of: &AgentId,
        looked_up: (&[Checked], &[Copy]),
        decide: impl FnOnce(&Scene<'_>) -> T,
    ) -> Result<T, Refusal> {
        let fleet = self.fleet();
        let known = self.known(&fleet, of)?;
        Ok(known.decide(self, looked_up, decide))
    }

    fn known(&self, fleet: &Arc<Fleet>, of: &AgentId) -> Result<Known, Refusal> {
        let view = fleet.agents.iter().find(|view| view.id == *of);
        let agent = self.number_of(of)?;
        let past = self
            .ledger
            .past(of)
            .map_err(|error| Refusal::new(format!("the ledger cannot be read: {error}")))?;
        let who = Who::here();
        Ok(Known {
            fleet: Arc::clone(fleet),
            view: view.cloned().ok_or_else(|| unknown(of))?,
            facts: self.board.facts_of(agent).ok_or_else(|| unknown(of))?,
            past,
            operator: Operator {
                uid: who.uid,
                tty: who.tty,
                ssh: who.ssh,
            },
        })
    }

    fn view_of(&mut self, agent: &AgentId) -> Result<Arc<AgentView>, Refusal> {
        let fleet = self.fleet();
        let view = fleet.agents.iter().find(|view| view.id == *agent);
        view.cloned().ok_or_else(|| unknown(agent))
    }

    pub(super) fn number_of(&self, agent: &AgentId) -> Result<i64, Refusal> {
        let mut names = self.catalog.names.iter();
        let found = names.find(|(_, (name, _))| name == agent);
        found
            .map(|(number, _)| *number)
            .ok_or_else(|| unknown(agent))
    }

    pub fn file(&self, id: FileId) -> Option<&FileRow> {
        self.catalog.rows().find(|row| row.id == id)
    }

    pub(super) fn zone_of(&self, agent: &AgentId) -> crate::domain::time::Zone {
        let own = self.policy.pick(agent, |own| own.zone);
        own.map_or(self.policy.zone.value, |zone| zone.value)
    }
}

/// What orders about one agent are decided from, at one moment.
struct Known {
    fleet: Arc<Fleet>,
    view: Arc<AgentView>,
    facts: Arc<AgentFacts>,
    past: Vec<Past>,
    operator: Operator,
}

impl Known {
    fn decide<T>(
        &self,
        engine: &Engine,
        (checked, copies): (&[Checked], &[Copy]),
        decide: impl FnOnce(&Scene<'_>) -> T,
    ) -> T {
        let mode = if engine.setup.read_only {
            Mode::ReadOnly
        } else {
            Mode::Operating
        };
        decide(&Scene {
            facts: &self.facts,
            view: &self.view,
            told: &self.fleet.told,
            policy: &engine.policy,
            acts: &engine.setup.config.acts,
            past: &self.past,
            checked,
            copies,
            operator: &self.operator,
            mode,
        })
    }
}

pub(super) fn unknown(agent: &AgentId) -> Refusal {
    Refusal::new(format!("there is no agent {agent} here"))
}

fn file_of(change: &Change) -> Option<FileId> {
    match change {
        Change::Edit(edit) => Some(edit.file.id),
        Change::Rewrite(rewrite) => Some(rewrite.file.id),
        Change::Append(append) => match &append.to {
            AppendTo::Wal(file) => Some(file.id),
            AppendTo::Inbox => None,
        },
        Change::Act(_) | Change::Ledger(_) => None,
    }
}

/// A file that is replaced; lines are appended to the others.
fn rewritten_file(change: &Change) -> Option<FileId> {
    match change {
        Change::Edit(edit) => Some(edit.file.id),
        Change::Rewrite(rewrite) => Some(rewrite.file.id),
        Change::Append(_) | Change::Act(_) | Change::Ledger(_) => None,
    }
}

/// The slot that was decided about: the one that was named, else the last that has begun.
fn seen<'a>(plan: &Plan, view: &'a AgentView, now: Ts) -> Option<&'a TaskView> {
    let task = plan.request.task.as_ref()?;
    let mine = || view.every_task().filter(|one| one.id == *task);
    let named = |one: &&TaskView| plan.request.slot.is_some() && one.slot == plan.request.slot;
    let begun = |one: &&TaskView| one.slot.is_none_or(|at| at - one.jitter <= now);
    mine()
        .find(named)
        .or_else(|| mine().filter(begun).max_by_key(|one| one.slot))
        .or_else(|| mine().next())
}

/// Which attempt is written into the task.
fn attempt(change: &Change) -> Option<u64> {
    let Change::Edit(edit) = change else {
        return None;
    };
    let mut members = edit.edit.0.iter();
    members.find_map(|(member, write)| match (member, write) {
        (Member::Attempt, Write::Set(raw)) => raw.text().parse().ok(),
        _ => None,
    })
}

/// What was on the screen when the order was decided.
fn saw(plan: &Plan, view: &AgentView, now: Ts) -> Saw {
    let task = seen(plan, view, now);
    let base = plan.changes.iter().find_map(|change| match change {
        Change::Edit(edit) => Some(&edit.base),
        Change::Rewrite(_) | Change::Append(_) | Change::Act(_) | Change::Ledger(_) => None,
    });
    Saw {
        state: task.map_or_else(
            || view.state.word().to_owned(),
            |task| task.state.word().to_owned(),
        ),
        since: task.map(|task| {
            task.slot
                .filter(|_| task.state.is_unaccounted())
                .unwrap_or(task.since)
        }),
        tier: task.map_or_else(String::new, |task| {
            Blast::of(task.tier, task.reversible).word().to_owned()
        }),
        attempt: plan.changes.iter().find_map(attempt),
        epoch: base.and_then(|base| base.epoch),
        hash: base.map_or_else(String::new, |base| base.hash.clone()),
    }
}

pub(super) fn bytes_of(row: &FileRow) -> Option<Vec<u8>> {
    let file = open_beneath(std::path::Path::new(&*row.root), &row.relative).ok()?;
    let size = file.metadata().ok()?.len();
    read_at(&file, 0, size as usize).ok()
}
