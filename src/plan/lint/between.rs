//! Two agents that want one resource on one day.

use std::collections::BTreeMap;

use crate::domain::id::{AgentId, Locus, TaskId};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::plan::ahead::{self, Fire};

/// Without a declared spacing only what is closer than this is too close.
pub const CLOSE: Span = Span::MINUTE;

/// A slot that may change a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Booking {
    pub task: TaskId,
    pub at: Ts,
    pub jitter: Span,
    pub estimate: Span,
    pub resources: Vec<Untrusted>,
    /// Declared by the plan or by config.
    pub spacing: Option<Span>,
    /// Length and tier are declared: an overlap is no guess.
    pub declared: bool,
    /// Where it stands, and since when.
    pub place: Locus,
    pub since: Ts,
}

impl Booking {
    /// None where the slot changes nothing that anybody else could want.
    pub fn of(fire: &Fire<'_>, spacing: Option<Span>) -> Option<Self> {
        let task = fire.task;
        if fire.quiet || task.resources.is_empty() || !ahead::changes(task) {
            return None;
        }
        Some(Self {
            task: task.id.clone(),
            at: fire.at,
            jitter: task.jitter,
            estimate: task.estimate.unwrap_or_default().max(Span::ZERO),
            resources: task.resources.clone(),
            spacing: spacing.or(fire.version.plan.spacing),
            declared: task.estimate.is_some() && task.tier.is_some(),
            place: super::place(fire.version, Some(task)),
            since: ahead::made(fire.version),
        })
    }

    fn from(&self) -> Ts {
        self.at - self.jitter
    }

    fn to(&self) -> Ts {
        self.at + self.jitter + self.estimate
    }
}

/// Whose booking.
pub type Booked<'a> = (&'a AgentId, &'a Booking);

/// Two slots of two agents too close together on one resource: the first of that day, and how many more.
#[derive(Clone, Copy, Debug)]
pub struct Clash<'a> {
    pub resource: &'a Untrusted,
    pub first: Booked<'a>,
    pub second: Booked<'a>,
    /// The least distance, from the end of one to the start of the other.
    pub needed: Span,
    pub spacing: Option<Span>,
    /// No choice within the jitter of both keeps them apart.
    pub certain: bool,
    pub times: u32,
}

impl Clash<'_> {
    /// Somebody has to change a plan: they cannot be kept apart, and what says so is declared.
    pub fn is_sure(&self) -> bool {
        self.certain && self.is_declared()
    }

    pub fn is_declared(&self) -> bool {
        self.spacing.is_some() || self.first.1.declared && self.second.1.declared
    }
}

/// The least distance that two bookings want, and what of it is declared.
pub fn needed(a: &Booking, b: &Booking) -> (Span, Option<Span>) {
    let spacing = a.spacing.max(b.spacing);
    (CLOSE.max(spacing.unwrap_or_default()), spacing)
}

/// Every pair of tasks that come too close, by time. Of what is neither certain nor declared nothing is said.
pub fn clashes<'a>(booked: &[Booked<'a>]) -> Vec<Clash<'a>> {
    let mut by_resource: BTreeMap<&str, Vec<(&'a Untrusted, Booked<'a>)>> = BTreeMap::new();
    for one in booked {
        for resource in &one.1.resources {
            let same = by_resource.entry(resource.exact()).or_default();
            same.push((resource, *one));
        }
    }
    let mut found: Vec<Clash<'a>> = Vec::new();
    for (_, mut same) in by_resource {
        same.sort_by_key(|(_, (agent, one))| (one.from(), *agent));
        // How far back a pair can reach: the longest stretch and the widest spacing of all.
        let longest = same.iter().map(|(_, (_, one))| one.to() - one.from()).max();
        let widest = same.iter().filter_map(|(_, (_, one))| one.spacing).max();
        let reach = longest.unwrap_or_default() + CLOSE.max(widest.unwrap_or_default());
        let from = found.len();
        for (i, (resource, second)) in same.iter().enumerate() {
            let near = same[..i].iter().rev();
            for (_, first) in near.take_while(|(_, (_, one))| second.1.from() - one.from() <= reach)
            {
                if let Some(clash) = clash(resource, *first, *second) {
                    add(&mut found, from, clash);
                }
            }
        }
    }
    found.sort_by_key(|clash| (clash.second.1.at, clash.second.0));
    found
}

fn clash<'a>(resource: &'a Untrusted, first: Booked<'a>, second: Booked<'a>) -> Option<Clash<'a>> {
    if first.0 == second.0 {
        return None;
    }
    let (needed, spacing) = needed(first.1, second.1);
    let (first, second) = if first.1.at <= second.1.at {
        (first, second)
    } else {
        (second, first)
    };
    let at_worst = second.1.from() - first.1.to();
    let room = second.1.jitter + first.1.jitter;
    let at_best = at_worst + room.times(2);
    let clash = Clash {
        resource,
        first,
        second,
        needed,
        spacing,
        certain: at_best < needed,
        times: 1,
    };
    (at_worst < needed && (clash.certain || clash.is_declared())).then_some(clash)
}

/// The same two tasks come together again and again: told once.
fn add<'a>(found: &mut Vec<Clash<'a>>, from: usize, clash: Clash<'a>) {
    let name = |one: Booked<'a>| (one.0, &one.1.task);
    let pair = |of: &Clash<'a>| {
        let (a, b) = (name(of.first), name(of.second));
        if a < b { (a, b) } else { (b, a) }
    };
    let known = found[from..]
        .iter_mut()
        .find(|known| pair(known) == pair(&clash));
    match known {
        Some(known) => {
            known.times += 1;
            if clash.is_sure() && !known.is_sure() {
                let times = known.times;
                *known = clash;
                known.times = times;
            }
        }
        None => found.push(clash),
    }
}
