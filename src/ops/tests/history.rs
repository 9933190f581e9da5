//! Seeded histories: an agent that crashes, comes back as a zombie or has a clock that jumps, and two operators who order
//! whatever they are offered. What changes the world must not happen twice.

use std::collections::BTreeMap;

use super::bench::Bench;
use super::dice::{Dice, size};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::RunId;
use crate::domain::time::Span;
use crate::ops::*;

const STEPS: [&str; 3] = ["s1", "s2", "s3"];

/// Where a run comes to its end before its time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Crash {
    No,
    BeforeTheIntent,
    AfterTheIntent,
    AfterTheDeed,
}

/// A run that stopped in the middle and may wake up again.
#[derive(Clone)]
struct Asleep {
    run: String,
    at: usize,
}

struct World {
    bench: Bench,
    /// How often each deed happened.
    deeds: BTreeMap<String, u32>,
    tiers: [(&'static str, bool); 3],
    runs: u32,
    asleep: Option<Asleep>,
    /// It also does again what it meant to do and does not know of.
    bold: bool,
    /// It keeps a log of its steps; otherwise only its word at the end.
    logs: bool,
    /// What was looked up and ordered, for whoever reads a failure.
    orders: Vec<String>,
}

fn key(step: usize) -> String {
    format!("k-{}", STEPS[step])
}

impl World {
    fn new(dice: &mut Dice) -> Self {
        let kinds = [
            ("read-only", true),
            ("append-only", true),
            ("mutating", true),
            ("mutating", false),
        ];
        let tiers = [
            dice.of(&kinds),
            dice.of(&kinds),
            ("mutating", dice.one_in(2)),
        ];
        let worst = if tiers.iter().all(|(_, back)| *back) {
            "true"
        } else {
            "false"
        };
        let task = format!(
            r#"{{"id":"t","tier":"mutating","reversible":{worst},"due":"2026-03-28T09:00:00Z","status":"pending","claim":{{"by":null,"epoch":1,"lease_s":1200}}}}"#
        );
        let world = Bench::agent().beats(&["07:00 running other run=r0", "07:05 ok other run=r0"]);
        let logs = dice.below(4) > 0;
        let world = if logs {
            world.step("07:01 r0 s0 done key=k0 task=other tier=read-only")
        } else {
            world
        };
        let bench = Bench::new(world, &task);
        Self {
            bench: bench.at("09:00"),
            deeds: BTreeMap::new(),
            tiers,
            runs: 0,
            asleep: None,
            bold: dice.one_in(2),
            logs,
            orders: Vec::new(),
        }
    }

    fn clock(&self) -> String {
        let zone = crate::domain::time::Zone::UTC;
        zone.hhmmss(self.bench.world.now)
    }

    fn pass(&mut self, dice: &mut Dice, most: usize) {
        self.bench
            .later(Span::secs(10 + dice.below(most * 60) as i64));
    }

    fn task(&self) -> crate::domain::task::Task {
        splice::task_in(&self.bench.bytes, &"t".into(), &self.bench.ctx())
            .expect("the task is there")
    }

    fn beat(&mut self, run: &str, status: &str) {
        let line = format!("{} {status} t run={run}", self.clock());
        self.bench.world = self.bench.world.clone().beat(&line);
    }

    /// A line of the write-ahead log; its clock may be wrong by hours.
    fn step(&mut self, dice: &mut Dice, run: &str, step: usize, status: &str) {
        if !self.logs {
            return;
        }
        let (tier, back) = self.tiers[step];
        let wrong = dice.one_in(12);
        let at = if wrong {
            self.bench.world.now - Span::mins(dice.below(180) as i64)
        } else {
            self.bench.world.now
        };
        let clock = crate::domain::time::Zone::UTC.hhmmss(at);
        let rev = if back { "yes" } else { "no" };
        let line = format!(
            "{clock} {run} {} {status} key={} task=t tier={tier} rev={rev}",
            STEPS[step],
            key(step)
        );
        self.bench.world = self.bench.world.clone().step(&line);
    }

    fn known(&self, step: usize, status: crate::domain::action::StepStatus) -> bool {
        let key = key(step);
        let mut steps = self.bench.world.facts.steps.iter();
        steps.any(|fact| {
            fact.step.status == status
                && fact.step.key.as_ref().is_some_and(|own| own.exact() == key)
        })
    }

    /// The agent looks whether there is work, and does it until it is done or dead.
    fn work(&mut self, dice: &mut Dice) {
        use crate::domain::task::TaskStatus;
        let task = self.task();
        if task.status != TaskStatus::Pending || task.held.is_some() {
            return;
        }
        self.runs += 1;
        let run = format!("r{}", self.runs);
        let epoch = task.claim.as_ref().map_or(1, |claim| claim.epoch);
        let claim = serde_json::json!({"by":"a","run":run,"at":self.bench.world.now.rfc3339(),"epoch":epoch,"lease_s":1200});
        self.bench.agent_sets("t", Member::Claim, &claim);
        self.bench
            .agent_sets("t", Member::Status, &"claimed".into());
        if dice.one_in(20) {
            return;
        }
        self.pass(dice, 2);
        self.beat(&run, "running");
        self.steps(dice, &run, 0);
    }

    fn owns(&self, run: &str) -> bool {
        let claim = self.task().claim;
        claim.is_some_and(|claim| claim.run == Some(RunId::from(run)))
    }

    fn steps(&mut self, dice: &mut Dice, run: &str, from: usize) {
        use crate::domain::action::StepStatus;
        for (step, name) in STEPS.iter().enumerate().skip(from) {
            self.pass(dice, 3);
            // Fenced: whoever lost the claim stops.
            if !self.owns(run) {
                self.beat(run, "failed");
                return;
            }
            if self.known(step, StepStatus::Done) {
                continue;
            }
            let meant =
                self.known(step, StepStatus::Intended) && !self.known(step, StepStatus::Failed);
            let asked = self
                .task()
                .last_op
                .is_some_and(|op| op.steps.iter().any(|one| one.exact() == *name));
            if meant && !asked && !self.bold {
                return self.fail(run);
            }
            let crash = dice.of(&[
                Crash::No,
                Crash::No,
                Crash::No,
                Crash::No,
                Crash::No,
                Crash::BeforeTheIntent,
                Crash::AfterTheIntent,
                Crash::AfterTheDeed,
            ]);
            if crash == Crash::BeforeTheIntent {
                return self.dies(dice, run, step);
            }
            self.step(dice, run, step, "intended");
            if crash == Crash::AfterTheIntent {
                return self.dies(dice, run, step);
            }
            if dice.one_in(12) {
                self.step(dice, run, step, "failed");
                return self.fail(run);
            }
            *self.deeds.entry(key(step)).or_default() += 1;
            if crash == Crash::AfterTheDeed {
                self.asleep = None;
                return;
            }
            self.step(dice, run, step, "done");
        }
        self.beat(run, "ok");
        self.bench.agent_sets("t", Member::Status, &"done".into());
    }

    fn fail(&mut self, run: &str) {
        self.beat(run, "failed");
        self.bench.agent_sets("t", Member::Status, &"failed".into());
    }

    /// It stops here: for ever, or to wake up later as if nothing had been.
    fn dies(&mut self, dice: &mut Dice, run: &str, step: usize) {
        self.asleep = dice.one_in(2).then(|| Asleep {
            run: run.to_owned(),
            at: step,
        });
    }

    fn wakes(&mut self, dice: &mut Dice) {
        let Some(asleep) = self.asleep.take() else {
            return;
        };
        // What it had written as intended it would do without writing it again: it looks at its claim first.
        if self.owns(&asleep.run) {
            self.beat(&asleep.run, "running");
            self.bold_steps(dice, &asleep);
        } else {
            self.beat(&asleep.run, "failed");
        }
    }

    fn bold_steps(&mut self, dice: &mut Dice, asleep: &Asleep) {
        let was = std::mem::replace(&mut self.bold, true);
        self.steps(dice, &asleep.run, asleep.at);
        self.bold = was;
    }

    /// One operator orders something that is offered, and says what an honest operator says.
    fn operate(&mut self, dice: &mut Dice) {
        let verbs = [
            Verb::Retry,
            Verb::Retry,
            Verb::Reclaim,
            Verb::Reclaim,
            Verb::Release,
            Verb::Skip,
            Verb::Done,
            Verb::Hold,
            Verb::Undo,
        ];
        let uid = 1000 + dice.below(2) as u32;
        self.bench.operator.uid = uid;
        let request = self
            .bench
            .request(dice.of(&verbs), "t")
            .because("it has to go on");
        if dice.one_in(2) {
            self.bench.acts = crate::domain::act::Acts::default();
        } else {
            let bench = std::mem::replace(&mut self.bench, Bench::new(Bench::agent(), ""));
            self.bench = bench.pre_check("t");
        }
        for check in self.bench.with(|scene, now| checks(&request, scene, now)) {
            let there = self.deeds.contains_key(&check.key) || (check.key == "t" && self.changed());
            let truth = if there {
                Outcome::Present
            } else {
                Outcome::Absent
            };
            let found = dice.of(&[truth, truth, truth, Outcome::Unknown, Outcome::TimedOut]);
            self.bench.found(&check.key, found);
            let looked = format!("{} {} is {}", self.clock(), check.key, found.word());
            self.orders.push(looked);
        }
        let Ok(plan) = self.bench.plan(&request) else {
            return;
        };
        if !self.confirms(&plan) {
            return;
        }
        // The other operator was faster, or the agent: then nothing happens.
        if dice.one_in(6) {
            let other = self
                .bench
                .request(dice.of(&[Verb::Skip, Verb::Hold, Verb::Reclaim]), "t")
                .because("mine");
            if let Ok(other) = self.bench.plan(&other)
                && self.confirms(&other)
            {
                let _ = self.bench.carry_out(&other);
            }
        }
        let order = format!("{} {}", self.clock(), plan.sentence);
        self.orders.push(order);
        let before = self.bench.past.len();
        let applied = self.bench.carry_out(&plan).is_ok();
        // rounds itself may die before it wrote what became of it.
        if applied
            && dice.one_in(10)
            && self.bench.past.len() > before
            && let Some(last) = self.bench.past.last_mut()
        {
            last.landed = Landed::Unknown;
        }
    }

    /// Typing a code is no look outside; saying "I have checked outside" is one.
    fn confirms(&self, plan: &Plan) -> bool {
        match &plan.level {
            Confirm::None | Confirm::Yes | Confirm::Code(_) => true,
            Confirm::CodeAndOutside(_) => {
                let asked = plan.blast.asked.iter();
                !asked
                    .filter(|reach| reach.risk.is_irreversible())
                    .any(|reach| {
                        self.deeds.contains_key(&reach.id) || (reach.id == "t" && self.changed())
                    })
            }
        }
    }

    /// Something that changes the world was done, and the agent would do it again.
    fn changed(&self) -> bool {
        (0..3).any(|step| {
            self.tiers[step].0 == "mutating"
                && self.deeds.contains_key(&key(step))
                && !self.told(step)
        })
    }

    /// The log says that the deed was done, so the agent will not do it again.
    fn told(&self, step: usize) -> bool {
        self.known(step, crate::domain::action::StepStatus::Done)
    }
}

#[test]
fn nothing_that_changes_the_world_happens_twice() {
    let wanted = size(200, 100_000);
    let seed = 0x5eed_0003;
    let mut dice = Dice(seed);
    let (mut done, mut orders, mut histories, mut crashes) = (0, 0, 0, 0);
    while done < wanted {
        let mut world = World::new(&mut dice);
        for _ in 0..14 {
            match dice.below(5) {
                0 => world.work(&mut dice),
                1 => world.wakes(&mut dice),
                2 => world.pass(&mut dice, 50),
                _ => {
                    world.operate(&mut dice);
                    world.pass(&mut dice, 10);
                }
            }
        }
        let twice = world.deeds.iter().find(|(name, times)| {
            let step = STEPS
                .iter()
                .position(|step| name.ends_with(step))
                .expect("a step");
            **times > 1 && world.tiers[step].0 == "mutating"
        });
        assert!(
            twice.is_none(),
            "history {histories}: {twice:?}, tiers {:?}\n{}\n{:#?}",
            world.tiers,
            world.bench.text(),
            world.orders
        );
        done += world
            .deeds
            .keys()
            .filter(|name| {
                let step = STEPS
                    .iter()
                    .position(|step| name.ends_with(step))
                    .expect("a step");
                world.tiers[step].0 == "mutating"
            })
            .count();
        orders += world.bench.past.len();
        crashes += world
            .bench
            .world
            .facts
            .beats
            .iter()
            .filter(|beat| beat.status != RunStatus::Ok)
            .count();
        histories += 1;
    }
    println!(
        "simulation: {done} mutating steps in {histories} histories, {orders} orders, {crashes} bad ends: none done twice; seed {seed:#x}"
    );
}
