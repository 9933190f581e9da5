//! Today and tomorrow by the plans known now: what will fire, for the lint of tomorrow and for what agents share.

use super::case::Case;
use super::trace::each_once;
use crate::domain::policy::Policy;
use crate::domain::schedule::Quiet;
use crate::domain::time::{Span, Ts};
use crate::plan::Slot;
use crate::plan::ahead::{self, Fire};
use crate::plan::calendar::Window;
use crate::plan::lint::DayAhead;
use crate::plan::lint::between::Booking;
use crate::plan::quick::hash_of;
use crate::plan::quiet;

pub struct Ahead<'a> {
    pub today: Vec<Fire<'a>>,
    pub tomorrow: DayAhead<'a>,
}

/// The operator's quiet hours for an agent: its own, else the fleet's.
pub fn quiet_of<'a>(policy: &'a Policy, agent: &crate::domain::id::AgentId) -> &'a [Quiet] {
    match policy.agents.get(agent) {
        Some(own) if !own.quiet.is_empty() => &own.quiet,
        Some(_) | None => &policy.fleet.quiet,
    }
}

impl<'a> Ahead<'a> {
    /// Of slots up to the end of tomorrow.
    pub fn new(case: &Case<'a>, slots: &[Slot<'a>]) -> Self {
        let zone = case.zone.value;
        let window = case.tomorrow();
        let day = zone.day_of(window.from);
        let versions = ahead::in_force(&case.facts.plans, day, case.now);
        let planned = versions
            .first()
            .map_or(&[][..], |version| &version.plan.quiet);
        let own = quiet_of(case.policy, &case.facts.id);
        let hours: Vec<Quiet> = own.iter().chain(planned).copied().collect();
        Self {
            today: ahead::fires_of(slots, case.today),
            tomorrow: DayAhead {
                day,
                window,
                zone,
                fires: ahead::fires_of(slots, window),
                versions,
                quiet: quiet::stretches(zone, &hours, window),
            },
        }
    }
}

/// What an agent takes of today and tomorrow, for verdicts across agents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taking {
    pub today: Vec<Booking>,
    pub tomorrow: Vec<Booking>,
    /// The resources that both days want, each once and as a number.
    pub wanted: Vec<u64>,
    /// Stretches of tomorrow that it works or rests in.
    pub busy: Vec<(Ts, Ts)>,
    pub window: Option<Window>,
}

impl Taking {
    pub fn of(case: &Case<'_>, ahead: &Ahead<'_>) -> Self {
        let set = case.policy.pick(&case.facts.id, |own| own.spacing);
        let spacing: Option<Span> = set.map(|set| set.value);
        let bookings = |fires: &[Fire<'_>]| -> Vec<Booking> {
            fires
                .iter()
                .filter_map(|fire| Booking::of(fire, spacing))
                .collect()
        };
        let (today, tomorrow) = (bookings(&ahead.today), bookings(&ahead.tomorrow.fires));
        let booked = today.iter().chain(&tomorrow);
        let wanted = booked.flat_map(|one| one.resources.iter().map(|name| hash_of(name.exact())));
        // Only who shares something can be asked to move.
        let busy = if tomorrow.is_empty() {
            Vec::new()
        } else {
            let own = ahead.tomorrow.fires.iter().filter(|fire| !fire.quiet);
            own.map(|fire| (fire.stretch().from, fire.stretch().to))
                .chain(ahead.tomorrow.quiet.iter().copied())
                .collect()
        };
        Self {
            wanted: each_once(wanted),
            today,
            tomorrow,
            busy,
            window: Some(ahead.tomorrow.window),
        }
    }
}
