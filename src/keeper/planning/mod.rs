//! What a day can be planned from: plans, backlogs and the board, put on one desk for each agent.

mod backlogs;
mod before;
mod files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::engine::Engine;
use crate::domain::agent::AgentState;
use crate::domain::facts::{AgentFacts, PlanVersion};
use crate::domain::fleet::{AgentView, TaskState};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::policy::Policy;
use crate::domain::schedule::Quiet;
use crate::domain::task::TaskStatus;
use crate::domain::time::{Age, Day, Span, Ts, Zone};
use crate::plan::ahead::{self, Ask};
use crate::plan::calendar::Window;
use crate::plan::expand;
use crate::plan::make::{self, Desk, Given, Kept, Left, Made, Source, Wish};
use crate::plan::quick::ByName;
use crate::sys::file::{open_beneath, read_at};

pub use files::write;

/// Largest backlog or plan that is read, in bytes.
const MOST_BYTES: usize = 4 << 20;
/// Kept between two agents on one resource where nothing is declared: people stagger by half an hour.
const USUAL_SPACING: Span = Span::mins(30);
/// Who has made its own plan on so many of the last seven days plans its days itself.
const PLANS_ITSELF: usize = 3;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct PlanAsk {
    /// None: tomorrow.
    pub day: Option<Day>,
    /// For these it is planned even where they plan themselves; empty: for all others.
    pub only: Vec<AgentId>,
    /// Working hours of everybody; empty: as the backlogs say.
    pub hours: Vec<Quiet>,
    /// None: made from the day.
    pub seed: Option<u64>,
}

/// A day, planned.
#[derive(Debug)]
pub struct Planning {
    pub day: Day,
    pub zone: Zone,
    pub seed: u64,
    pub desks: Vec<Desk>,
    pub made: Made,
    pub files: Vec<PlanFile>,
    /// Backlogs that were read, as people know them, with how many entries.
    pub backlogs: Vec<(String, usize)>,
    /// What could not be read.
    pub notices: Vec<String>,
}

/// One plan as it would be written.
#[derive(Clone, Debug)]
pub struct PlanFile {
    pub agent: AgentId,
    pub path: PathBuf,
    /// Beneath the agent's folder.
    pub relative: String,
    pub text: String,
    /// What stands there now: a plan of rounds' own making.
    pub before: Option<Vec<u8>>,
    /// `schedule.json`, which holds a day that is over: it is replaced, too.
    pub standing: Option<(PathBuf, Vec<u8>)>,
    /// Why `schedule.json` stays as it is.
    pub stays: Option<String>,
}

/// Which of the two files of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanPlace {
    /// `schedule/YYYY-MM-DD.json`
    Dated,
    /// `schedule.json`
    Standing,
}

/// One agent while a day is planned.
struct Bench {
    folder: PathBuf,
    desk: Desk,
    unfinished: Vec<Wish>,
    left: Vec<Left>,
    carried: Vec<Vec<(String, String)>>,
    before: Option<Vec<u8>>,
}

/// Plans a day. Nothing is written.
pub fn plan(engine: &mut Engine, ask: &PlanAsk) -> Planning {
    let now = engine.now();
    let zone = engine.policy.zone.value;
    let day = ask.day.unwrap_or_else(|| zone.day_of(now).plus(1));
    let fleet = engine.fleet();
    let mut benches: Vec<Bench> = Vec::new();
    for (facts, folder) in engine.known_agents() {
        let view = fleet.agent(&facts.id).cloned();
        benches.push(bench(engine, &facts, folder, view.as_deref(), (day, ask)));
    }
    let mut planning = Planning {
        day,
        zone,
        seed: ask.seed.unwrap_or_else(|| seed_of(day)),
        desks: Vec::new(),
        made: Made::default(),
        files: Vec::new(),
        backlogs: Vec::new(),
        notices: Vec::new(),
    };
    let backlogs = backlogs::backlogs(engine, &benches, &mut planning);
    if ask.hours.is_empty() {
        for bench in &mut benches {
            let own = backlogs.iter().filter(|(owner, backlog)| {
                !backlog.hours.is_empty() && owner.as_ref().is_none_or(|o| *o == bench.desk.agent)
            });
            // The agent's own word goes before the fleet's.
            let own = own.max_by_key(|(owner, _)| owner.is_some());
            bench.desk.hours = own.map_or_else(Vec::new, |(_, backlog)| backlog.hours.clone());
        }
    }
    let desks: Vec<Desk> = benches.iter().map(|bench| bench.desk.clone()).collect();
    let mut wishes: Vec<Wish> = Vec::new();
    let mut left: Vec<Left> = Vec::new();
    for bench in &mut benches {
        wishes.append(&mut bench.unfinished);
        left.append(&mut bench.left);
    }
    for (owner, backlog) in &backlogs {
        let source = Source {
            backlog,
            owner: owner.as_ref(),
        };
        let offer = make::wishes(&source, &desks);
        for wish in offer.wishes {
            let twice = wishes
                .iter()
                .any(|other| other.agent == wish.agent && other.task.id == wish.task.id);
            if !twice {
                wishes.push(wish);
            }
        }
        left.extend(offer.left);
    }
    planning.made = make::make(&desks, &wishes, planning.seed);
    left.append(&mut planning.made.left);
    planning.made.left = left;
    planning.files = benches
        .iter()
        .filter_map(|bench| files::file(bench, &planning, now))
        .collect();
    planning.desks = desks;
    planning
}

/// The same day gives the same plan.
fn seed_of(day: Day) -> u64 {
    day.to_string()
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0, |seed, digit| seed * 10 + u64::from(digit - b'0'))
}

fn bench(
    engine: &Engine,
    facts: &AgentFacts,
    folder: PathBuf,
    view: Option<&AgentView>,
    (day, ask): (Day, &PlanAsk),
) -> Bench {
    let (now, policy) = (engine.now(), &engine.policy);
    let newest = facts.plans.iter().rev().find(|plan| plan.known <= now);
    let zone = policy.pick(&facts.id, |own| own.zone).map_or_else(
        || {
            newest
                .and_then(|v| v.plan.zone)
                .unwrap_or(policy.zone.value)
        },
        |set| set.value,
    );
    let start = zone.start_of(day);
    let relative = format!("schedule/{day}.json");
    let before = read(&folder, &relative);
    let ours = before.as_deref().is_none_or(is_ours);
    let base = base(facts, day, now);
    let mut desk = Desk {
        agent: facts.id.clone(),
        zone,
        day,
        window: Window::new(start.max(Age::next_change(now)), zone.end_of(day)),
        limits: base.map_or_else(Vec::new, |v| v.plan.limits.clone()),
        quiet: quiet(policy, &facts.id, base),
        hours: ask.hours.clone(),
        spacing: Some(spacing(policy, &facts.id, base)),
        grace: base.and_then(|v| v.plan.grace),
        fixed: Vec::new(),
        done: done(facts, view),
        kept: None,
    };
    // A plan of ours for that day is made anew, so it does not stand in its own way.
    let standing: Vec<PlanVersion> = facts
        .plans
        .iter()
        .filter(|version| !(before.is_some() && ours && version.plan.date == Some(day)))
        .cloned()
        .collect();
    desk.fixed = fixed(&standing, &desk, now);
    let told = ask.only.contains(&desk.agent);
    let made_by_us = |version: &PlanVersion| {
        let bytes = engine.versions.read(&version.hash);
        bytes.is_ok_and(|bytes| is_ours(&bytes))
    };
    let other = Other {
        told,
        exists: before.is_some(),
        ours,
        now,
    };
    desk.kept = kept(facts, &desk, view, &other, made_by_us);
    if desk.kept.is_none() && !ask.only.is_empty() && !told {
        desk.kept = Some(Kept::NotAsked);
    }
    let mut bench = Bench {
        folder,
        desk,
        unfinished: Vec::new(),
        left: Vec::new(),
        carried: Vec::new(),
        before,
    };
    if bench.desk.kept.is_none() {
        before::from_before(engine, facts, view, &mut bench);
    }
    bench
}

/// The plan whose limits and hours go on: the newest for an earlier day, else the newest standing one.
fn base(facts: &AgentFacts, day: Day, now: Ts) -> Option<&PlanVersion> {
    let known = || facts.plans.iter().rev().filter(|v| v.known <= now);
    let dated = known()
        .filter(|v| v.plan.date.is_some_and(|date| date <= day))
        .max_by_key(|v| v.plan.date);
    dated.or_else(|| known().find(|v| v.plan.date.is_none()))
}

fn quiet(policy: &Policy, agent: &AgentId, base: Option<&PlanVersion>) -> Vec<Quiet> {
    let own = policy.agents.get(agent).map(|own| &own.quiet);
    let own = own.filter(|quiet| !quiet.is_empty());
    let mut quiet = own.unwrap_or(&policy.fleet.quiet).clone();
    for hours in base.map_or(&[][..], |v| &v.plan.quiet) {
        if !quiet.contains(hours) {
            quiet.push(*hours);
        }
    }
    quiet
}

fn spacing(policy: &Policy, agent: &AgentId, base: Option<&PlanVersion>) -> Span {
    policy
        .pick(agent, |own| own.spacing)
        .map(|set| set.value)
        .or_else(|| base.and_then(|v| v.plan.spacing))
        .unwrap_or(USUAL_SPACING)
}

fn done(facts: &AgentFacts, view: Option<&AgentView>) -> Vec<TaskId> {
    let board = view.into_iter().flat_map(|view| &view.tasks);
    let seen = board.filter(|task| task.state == TaskState::Done);
    let plans = facts.plans.iter().flat_map(|version| &version.plan.tasks);
    let said = plans.filter(|task| task.status == TaskStatus::Done && !expand::recurs(task));
    let all: BTreeSet<TaskId> = seen
        .map(|task| task.id.clone())
        .chain(said.map(|task| task.id.clone()))
        .collect();
    all.into_iter().collect()
}

fn fixed(plans: &[PlanVersion], desk: &Desk, now: Ts) -> Vec<Given> {
    let starts = ByName::default();
    let ask = Ask {
        within: Window::new(desk.zone.start_of(desk.day), desk.window.to),
        now,
        zone: desk.zone,
        quiet: &desk.quiet,
        starts: &starts,
    };
    ahead::fires(plans, &ask)
        .into_iter()
        .filter(|fire| !fire.quiet)
        .map(|fire| Given {
            task: fire.task.clone(),
            at: fire.at,
        })
        .collect()
}

/// What else decides whether an agent is planned for.
struct Other {
    /// The operator named it.
    told: bool,
    /// A file of that day's plan is there, and it is of our making.
    exists: bool,
    ours: bool,
    now: Ts,
}

fn kept(
    facts: &AgentFacts,
    desk: &Desk,
    view: Option<&AgentView>,
    other: &Other,
    made_by_us: impl Fn(&PlanVersion) -> bool,
) -> Option<Kept> {
    if view.is_some_and(|view| view.state == AgentState::Paused) {
        return Some(Kept::Paused);
    }
    let own = facts.plans.iter().any(|v| v.plan.date == Some(desk.day));
    if own && !(other.exists && other.ours) {
        return Some(Kept::HasPlan);
    }
    if other.exists && desk.zone.start_of(desk.day) <= other.now {
        return Some(Kept::Runs);
    }
    if other.told {
        return None;
    }
    let week = |day: Day| day < desk.day && day >= desk.day.plus(-8);
    let days: BTreeSet<Day> = facts
        .plans
        .iter()
        .filter(|v| v.plan.date.is_some_and(week) && !made_by_us(v))
        .filter_map(|v| v.plan.date)
        .collect();
    (days.len() >= PLANS_ITSELF).then_some(Kept::PlansItself)
}

fn is_ours(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("\"generated_by\": \"rounds\"")
}

/// A file beneath a folder, up to 4 MiB. None where there is none, or none that may be read.
fn read(folder: &Path, relative: &str) -> Option<Vec<u8>> {
    let file = open_beneath(folder, relative).ok()?;
    read_at(&file, 0, MOST_BYTES).ok()
}

/// The desk of an agent for the rest of today.
pub fn desk_today(
    engine: &Engine,
    facts: &AgentFacts,
    folder: PathBuf,
    view: &AgentView,
    ask: &PlanAsk,
) -> Desk {
    let day = engine.policy.zone.value.day_of(engine.now());
    bench(engine, facts, folder, Some(view), (day, ask)).desk
}

impl Engine {
    /// Agents whose folder was found, with their facts.
    pub fn known_agents(&self) -> Vec<(Arc<AgentFacts>, PathBuf)> {
        let present = self.catalog.present.iter();
        present
            .filter_map(|id| {
                let (_, folder) = self.catalog.names.get(id)?;
                Some((self.board.facts_of(*id)?, PathBuf::from(folder)))
            })
            .collect()
    }
}
