//! What is asked of every agent at every look, kept from look to look: one agent was judged anew, and forty-nine are as they
//! were.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use crate::detect::Judged;
use crate::detect::trace::Trace;
use crate::domain::finding::Finding;
use crate::domain::fleet::AgentView;
use crate::domain::link::Link;
use crate::domain::time::Zone;
use crate::plan::quick::Repeated;

/// Numbers of all agents, close together, where each agent's own lie far apart.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    all: Vec<u64>,
    /// Where each agent's end.
    ends: Vec<usize>,
}

impl Numbers {
    fn of(&self, agent: usize) -> &[u64] {
        &self.all[self.range(agent)]
    }

    fn range(&self, agent: usize) -> Range<usize> {
        let from = agent.checked_sub(1).map_or(0, |before| self.ends[before]);
        from..self.ends[agent]
    }

    fn push(&mut self, numbers: &[u64]) {
        self.all.extend_from_slice(numbers);
        self.ends.push(self.all.len());
    }

    fn replace(&mut self, agent: usize, numbers: &[u64]) {
        let range = self.range(agent);
        let (before, now) = (range.len(), numbers.len());
        self.all.splice(range, numbers.iter().copied());
        for end in &mut self.ends[agent..] {
            *end = *end + now - before;
        }
    }

    /// Which of them come more than once.
    pub(super) fn repeated(&self) -> Repeated {
        Repeated::of(self.all.iter().copied())
    }

    /// Agents that have one of these, by their places.
    pub(super) fn having<'b>(&'b self, repeated: &'b Repeated) -> impl Iterator<Item = usize> + 'b {
        let may = |number: &u64| repeated.may_come_again(*number);
        (0..self.ends.len()).filter(move |agent| self.of(*agent).iter().any(may))
    }
}

/// The view of an agent, as a finding across agents makes it look.
#[derive(Debug)]
pub(in crate::detect) struct Escalated {
    from: Arc<AgentView>,
    by: Finding,
    to: Arc<AgentView>,
}

/// What the last look saw.
#[derive(Debug, Default)]
pub struct Memory {
    judged: Vec<Arc<Judged>>,
    /// Deeds.
    pub(super) done: Numbers,
    /// Resources that were touched.
    pub(super) touched: Numbers,
    /// Resources that are planned for.
    pub(super) wanted: Numbers,
    zone: Option<Zone>,
    /// What of today is planned too close together, until somebody takes it otherwise.
    pub(super) too_close: OnceCell<Vec<Link>>,
    escalated: Vec<Escalated>,
}

impl Memory {
    /// The views that were escalated at the last look, before others are at this one.
    pub(in crate::detect) fn take_escalated(&mut self) -> Vec<Escalated> {
        std::mem::take(&mut self.escalated)
    }

    /// A view as a finding makes it look: the very same as `before`, while view and finding are.
    pub(in crate::detect) fn escalate(
        &mut self,
        before: &[Escalated],
        view: &Arc<AgentView>,
        found: &Finding,
        make: impl FnOnce(&AgentView, &Finding) -> AgentView,
    ) -> Arc<AgentView> {
        let mut known = before.iter();
        let known = known.find(|one| Arc::ptr_eq(&one.from, view) && one.by == *found);
        let to = match known {
            Some(known) => Arc::clone(&known.to),
            None => Arc::new(make(view, found)),
        };
        self.escalated.push(Escalated {
            from: Arc::clone(view),
            by: found.clone(),
            to: Arc::clone(&to),
        });
        to
    }

    /// Takes note of who was judged anew.
    pub(in crate::detect) fn look_at(&mut self, judged: &[Arc<Judged>], zone: Zone) {
        if judged.len() != self.judged.len() || self.zone != Some(zone) {
            *self = Self {
                zone: Some(zone),
                ..Self::default()
            };
            for one in judged {
                let trace = &one.trace;
                self.done.push(&trace.done);
                self.touched.push(&trace.touched);
                self.wanted.push(&trace.taking.wanted);
            }
            self.judged = judged.to_vec();
            return;
        }
        for (at, one) in judged.iter().enumerate() {
            let before = &self.judged[at];
            if Arc::ptr_eq(before, one) {
                continue;
            }
            let (was, is): (&Trace, &Trace) = (&before.trace, &one.trace);
            let same = before.view.id == one.view.id
                && was.taking.wanted == is.taking.wanted
                && was.taking.today == is.taking.today;
            if !same {
                self.too_close.take();
            }
            self.done.replace(at, &is.done);
            self.touched.replace(at, &is.touched);
            self.wanted.replace(at, &is.taking.wanted);
            self.judged[at] = Arc::clone(one);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::scenario::Scenario;
    use crate::detect::{Memory, judge_again, judge_fleet};
    use crate::domain::fleet::Health;

    /// One agent in one of the ways that others may meet it in.
    fn one(name: &str, way: usize) -> Arc<Judged> {
        let agent = Scenario::agent(name);
        let sent = |key: &str| {
            agent.clone().step(&format!(
                "06:02 {name} s3 done task=post do=send key={key} rev=no"
            ))
        };
        let told = match way {
            0 => agent.beat("06:00 ok read"),
            1 => sent("newsletter").step(&format!(
                "06:03 {name}2 s4 done task=post do=send key={name}"
            )),
            2 => sent("newsletter").beats(&[
                "06:01 running other run=n res=crm",
                "06:04 ok other run=n res=crm",
            ]),
            3 => sent("digest").beats(&[
                "06:03 running other run=d res=crm",
                "06:09 ok other run=d res=crm",
            ]),
            4 => agent.plan(&["post due=10:00 est=10m tier=mutating res=linkedin"]),
            5 => agent.plan(&["post due=10:05 est=10m tier=mutating res=linkedin"]),
            _ => agent
                .beat("06:05 ok read res=crm")
                .plan(&["post due=10:30 est=10m tier=mutating res=linkedin"]),
        };
        Arc::new(told.at("07:10").judge())
    }

    fn judge(
        judged: &[Arc<Judged>],
        zone: Zone,
        memory: Option<&mut Memory>,
    ) -> crate::domain::fleet::Fleet {
        let Scenario {
            sight,
            now,
            mut policy,
            ..
        } = Scenario::agent("a").at("07:10");
        policy.zone.value = zone;
        let judged = judged.to_vec();
        match memory {
            Some(memory) => {
                judge_again(judged, &sight, now, &policy, Health::default(), now, memory)
            }
            None => judge_fleet(judged, &sight, now, &policy, Health::default(), now),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn who_remembers_the_last_look_finds_what_one_finds_who_does_not(
            changes in prop::collection::vec((prop::collection::vec((0..4_usize, prop::option::weighted(0.8, 0..7_usize)), 1..3), prop::bool::weighted(0.1)), 1..12)
        ) {
            let mut memory = Memory::default();
            let mut agents: [Option<Arc<Judged>>; 4] = [const { None }; 4];
            for (changed, abroad) in changes {
                // One may leave as another comes.
                for (place, way) in changed {
                    agents[place] = way.map(|way| one(["a", "b", "c", "d"][place], way));
                }
                let judged: Vec<Arc<Judged>> = agents.iter().flatten().cloned().collect();
                let zone = if abroad { Zone::parse("Asia/Tokyo").unwrap() } else { Zone::UTC };
                let again = judge(&judged, zone, Some(&mut memory));
                let anew = judge(&judged, zone, None);
                prop_assert_eq!(again.agents, anew.agents);
                prop_assert_eq!(again.findings, anew.findings);
                prop_assert_eq!(again.links, anew.links);
            }
        }
    }

    #[test]
    fn the_ways_meet() {
        use crate::domain::finding::FindingKind::{Collision, DuplicateAction};
        let met = |ways: [usize; 2]| {
            let fleet = judge(&[one("a", ways[0]), one("b", ways[1])], Zone::UTC, None);
            let kinds: Vec<_> = fleet.findings.iter().map(|found| found.kind).collect();
            (kinds, fleet.links.len())
        };
        assert!(met([1, 2]).0.contains(&DuplicateAction));
        assert!(met([2, 3]).0.contains(&Collision));
        assert_eq!((met([4, 5]).1, met([4, 6]).1), (1, 0));
    }
}
