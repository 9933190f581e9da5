//! The header line: does anyone need me, the worst thing by name, how fresh the view is.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::domain::finding::{Finding, Severity};
use crate::domain::fleet::{AgentView, Fleet, Mode, RowState, TaskState};
use crate::domain::id::AgentId;
use crate::domain::text::clean;
use crate::domain::time::{Age, Span, Ts};

use super::{Mark, digest, queue, standup};

/// How the view relates to this moment, most restrictive first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The keeper ended at this moment: nothing newer will come.
    Stopped(Ts),
    /// The board as it was.
    AsOf(Ts),
    /// Frozen by the operator.
    Paused,
    /// rounds sees nothing since then.
    Blind(Ts),
    /// The sweep alone finds changes, this often.
    Poll(Span),
    /// Another rounds mirrors; this one follows it.
    Follow,
    Live,
}

impl Freshness {
    /// What the fleet's own health says; a screen may know better (paused, stopped).
    pub fn of(fleet: &Fleet) -> Self {
        if fleet.past {
            return Self::AsOf(fleet.at);
        }
        if let Some(since) = fleet.health.blind_since {
            return Self::Blind(since);
        }
        match fleet.health.mode {
            Mode::Live => Self::Live,
            Mode::Poll => Self::Poll(fleet.health.sweep_period),
            Mode::Follow => Self::Follow,
        }
    }

    /// Nothing on the board may be read as true now.
    pub fn is_blind(&self) -> bool {
        match self {
            Self::Blind(_) | Self::Stopped(_) => true,
            Self::AsOf(_) | Self::Paused | Self::Poll(_) | Self::Follow | Self::Live => false,
        }
    }

    /// `live Fri 07:10`, `poll 10s Fri 07:10`, `blind 3m Fri 07:10`, `as of Thu 03:00`.
    pub fn sentence(&self, fleet: &Fleet, now: Ts) -> String {
        let zone = fleet.zone();
        let clock = zone.weekday_hhmm(now);
        match self {
            Self::Stopped(at) => format!("keeper stopped, frozen at {}", zone.hhmm(*at)),
            Self::AsOf(at) => format!("as of {}", moment(fleet, *at, now)),
            Self::Paused => format!("PAUSED {}", zone.weekday_hhmm(fleet.at)),
            Self::Blind(since) => format!("blind {} {clock}", Age::at(now, *since)),
            Self::Poll(period) => format!("poll {period} {clock}"),
            Self::Follow => format!("follow {clock}"),
            Self::Live => format!("live {clock}"),
        }
    }
}

/// A moment of another day: with its date once the weekday alone would be ambiguous.
pub fn moment(fleet: &Fleet, at: Ts, now: Ts) -> String {
    if (now - at).abs() < Span::days(6) {
        fleet.zone().weekday_hhmm(at)
    } else {
        fleet.zone().date_hhmm(at)
    }
}

/// The header of every screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    pub mark: Mark,
    /// `4 need you`, `all well`
    pub verdict: String,
    /// `worst: publisher sent newsletter twice 06:02`
    pub worst: String,
}

/// The findings that ask for a person: told, warning or above, neither acknowledged nor silenced. Worst first.
pub fn calls(fleet: &Fleet, now: Ts) -> impl Iterator<Item = &Finding> {
    let told = fleet.told.iter().filter(move |told| told.counts(now));
    told.map(|told| told.finding.as_ref())
}

/// All of them in the order of the queue: by severity, blast radius, then age.
pub fn urgent(fleet: &Fleet, now: Ts) -> Vec<&Finding> {
    let mut urgent: Vec<&Finding> = calls(fleet, now).collect();
    urgent.sort_by(|a, b| queue::order(a).cmp(&queue::order(b)));
    urgent
}

/// The first of them.
fn worst(fleet: &Fleet, now: Ts) -> Option<&Finding> {
    calls(fleet, now).min_by(|a, b| queue::order(a).cmp(&queue::order(b)))
}

/// What speaks for each agent that needs somebody: the worst of the findings that make its row, else its worst. Worst
/// agent first, then the one whose trouble reaches furthest, then the oldest.
pub fn leads(fleet: &Fleet, now: Ts) -> Vec<&Finding> {
    ranked_leads(fleet, now)
        .into_iter()
        .map(|(_, lead)| lead)
        .collect()
}

/// What speaks for this agent among them.
pub fn lead_of<'a>(fleet: &'a Fleet, agent: &AgentView, now: Ts) -> Option<&'a Finding> {
    let own = || calls(fleet, now).filter(|call| call.agent == agent.id);
    agent.row.lead(own()).or_else(|| own().next())
}

/// As [`leads`], each with the severity of the worst that was found about its agent.
pub fn ranked_leads<'a>(fleet: &'a Fleet, now: Ts) -> Vec<(Severity, &'a Finding)> {
    let mut called: HashMap<&AgentId, Vec<&'a Finding>> = HashMap::new();
    for call in calls(fleet, now) {
        called.entry(&call.agent).or_default().push(call);
    }
    let rows: HashMap<&AgentId, RowState> = fleet
        .agents
        .iter()
        .map(|agent| (&agent.id, agent.row))
        .collect();
    let lead = |agent: &AgentId, own: &[&'a Finding]| -> Option<(Severity, &'a Finding)> {
        let worst = own.iter().map(|call| call.severity).max()?;
        let lead = rows
            .get(agent)
            .and_then(|row| row.lead(own.iter().copied()));
        Some((worst, lead.or_else(|| own.first().copied())?))
    };
    let mut leads: Vec<(Severity, &'a Finding)> = called
        .iter()
        .filter_map(|(agent, own)| lead(agent, own))
        .collect();
    leads.sort_by_key(|(worst, lead)| {
        (
            Reverse(*worst),
            Reverse(lead.blast),
            lead.since,
            &lead.agent,
        )
    });
    leads
}

pub fn pulse(fleet: &Fleet, now: Ts) -> Pulse {
    pulse_of(fleet, now, queue::count(fleet, now))
}

/// As [`pulse`], where it is known how many lines ask for a person.
pub fn pulse_of(fleet: &Fleet, now: Ts, count: usize) -> Pulse {
    if let Some(worst) = worst(fleet, now) {
        let verb = if count == 1 { "needs" } else { "need" };
        let row = fleet.agent(&worst.agent).map(|agent| agent.row);
        return Pulse {
            mark: digest::mark(worst, row),
            verdict: format!("{count} {verb} you"),
            worst: format!("worst: {}", sentence(worst)),
        };
    }
    if fleet.agents.is_empty() {
        return Pulse {
            mark: Mark::Unknown,
            verdict: "no agents".to_owned(),
            worst: String::new(),
        };
    }
    let so_far = fleet.health.filling.is_some() && fleet.agents.iter().any(|a| a.row.is_trouble());
    if let Some(first) = fleet.health.blind.first().filter(|_| !so_far) {
        let more = fleet.health.blind.len() - 1;
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        return Pulse {
            mark: Mark::Unknown,
            verdict: "nothing needs you in what can be read".to_owned(),
            worst: format!("unreadable: {}{rest}", clean(first)),
        };
    }
    doubts(fleet).unwrap_or_else(|| Pulse {
        mark: Mark::Ok,
        verdict: "all well".to_owned(),
        worst: well(fleet),
    })
}

/// What keeps "all well" from being said although nobody is called: rows that are not healthy, and what is not judged.
fn doubts(fleet: &Fleet) -> Option<Pulse> {
    let unjudged = |agent: &AgentView| {
        let open = |state| matches!(state, TaskState::Blind | TaskState::Unjudged);
        agent.unjudged
            || agent.tally.unjudged > 0
            || agent.tasks.iter().any(|task| open(task.state))
    };
    let mut counted: Vec<(RowState, u32)> = Vec::new();
    let mut open = 0;
    for agent in &fleet.agents {
        if standup::foldable(agent.row) {
            open += u32::from(unjudged(agent));
            continue;
        }
        match counted.iter_mut().find(|(row, _)| *row == agent.row) {
            Some((_, n)) => *n += 1,
            None => counted.push((agent.row, 1)),
        }
    }
    let unread = fleet.health.blind_since.is_some() || fleet.health.filling.is_some();
    if counted.is_empty() && open == 0 && !unread {
        return None;
    }
    counted.sort_unstable();
    let worst = counted.first().map(|(row, _)| *row);
    let is_known = !unread && open == 0 && counted.iter().all(|(row, _)| row.is_trouble());
    // Nothing is told before everything is read; what stands on the board by then is said all the same.
    let is_so_far = |(row, _): &(RowState, u32)| fleet.health.filling.is_some() && row.is_trouble();
    let (so_far, rest): (Vec<_>, Vec<_>) = counted.into_iter().partition(is_so_far);
    let mut parts = numbered(&rest);
    if open > 0 {
        parts.push(format!("{open} not judged by the plan"));
    }
    if unread {
        parts.push("not everything is read".to_owned());
    }
    let verdict = match (so_far.is_empty(), is_known) {
        (false, _) => format!("{} so far", numbered(&so_far).join(", ")),
        (true, true) => "nothing needs you yet".to_owned(),
        (true, false) => "nothing needs you in what can be judged".to_owned(),
    };
    let worst = worst.filter(|_| is_known || !so_far.is_empty());
    Some(Pulse {
        mark: worst.map_or(Mark::Unknown, Mark::from),
        verdict,
        worst: parts.join(", "),
    })
}

/// `3 fail`, `1 unknown`
fn numbered(rows: &[(RowState, u32)]) -> Vec<String> {
    let told = rows.iter().map(|(row, n)| match row {
        RowState::Unknown => format!("{n} unknown"),
        row => format!("{n} {}", row.word()),
    });
    told.collect()
}

fn well(fleet: &Fleet) -> String {
    let runs: u32 = fleet.agents.iter().map(|agent| agent.runs.total()).sum();
    let agents = fleet.agents.len();
    let s = if agents == 1 { "" } else { "s" };
    let runs_s = if runs == 1 { "" } else { "s" };
    format!("{agents} agent{s}, {runs} run{runs_s}, nothing unaccounted for")
}

/// A finding's sentence with the agent's name in front, unless it begins with it.
pub fn sentence(finding: &Finding) -> String {
    let name = finding.agent.to_string();
    let text = clean(&finding.sentence);
    if text.starts_with(&name) {
        text.into_owned()
    } else {
        format!("{name} {text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fleet::Filling;
    use crate::view::fixture;

    #[test]
    fn the_worst_is_named() {
        let fleet = fixture::fleet();
        let pulse = pulse(&fleet, fleet.at);
        assert_eq!(pulse.mark, Mark::Fail);
        assert!(pulse.verdict.ends_with("need you"), "{}", pulse.verdict);
        assert!(pulse.worst.contains("publisher"), "{}", pulse.worst);
    }

    #[test]
    fn what_speaks_for_one_agent_is_what_speaks_for_it_among_all() {
        let fleet = fixture::fleet();
        let leads = leads(&fleet, fleet.at);
        assert!(!leads.is_empty());
        for agent in &fleet.agents {
            let among_all = leads.iter().copied().find(|lead| lead.agent == agent.id);
            assert_eq!(lead_of(&fleet, agent, fleet.at), among_all, "{}", agent.id);
        }
    }

    #[test]
    fn all_well_is_only_said_when_everything_was_read() {
        let mut fleet = fixture::fleet();
        fleet.findings.clear();
        fleet.told.clear();
        fleet.agents.retain(|agent| standup::foldable(agent.row));
        assert_eq!(pulse(&fleet, fleet.at).verdict, "all well");
        fleet.health.blind.push("social/heartbeat.jsonl".to_owned());
        let blind = pulse(&fleet, fleet.at);
        assert_eq!(blind.mark, Mark::Unknown);
        assert!(blind.worst.contains("social/heartbeat.jsonl"));
    }

    #[test]
    fn all_well_is_never_said_while_a_row_is_not() {
        let mut fleet = fixture::fleet();
        fleet.findings.clear();
        fleet.told.clear();
        fleet.agents.retain(|agent| standup::foldable(agent.row));
        let healthy = AgentView::clone(&fleet.agents[0]);
        let mut with = |view: AgentView| {
            fleet.agents[0] = std::sync::Arc::new(view);
            pulse(&fleet, fleet.at)
        };
        for row in [
            RowState::Fail,
            RowState::Gap,
            RowState::Down,
            RowState::Stale,
            RowState::Skip,
            RowState::Late,
            RowState::Blind,
            RowState::Unknown,
        ] {
            let said = with(AgentView {
                row,
                ..healthy.clone()
            });
            assert_ne!(said.mark, Mark::Ok, "{row:?}");
            assert!(!said.verdict.contains("all well"), "{row:?}");
        }
        let said = with(AgentView {
            row: RowState::Unknown,
            ..healthy.clone()
        });
        assert_eq!(
            (said.mark, said.worst.as_str()),
            (Mark::Unknown, "1 unknown")
        );
        let said = with(AgentView {
            unjudged: true,
            ..healthy
        });
        assert_eq!(said.mark, Mark::Unknown);
    }

    #[test]
    fn while_files_are_read_the_header_says_what_stands_on_the_board_so_far() {
        let mut fleet = fixture::fleet();
        fleet.findings.clear();
        fleet.told.clear();
        let troubled = fleet.agents.iter().filter(|agent| agent.row.is_trouble());
        assert!(troubled.count() > 0);
        let whole = pulse(&fleet, fleet.at);
        fleet.health.filling = Some(Filling {
            done_bytes: 1,
            total_bytes: 2,
            started: fleet.at,
        });
        let so_far = pulse(&fleet, fleet.at);
        assert!(!whole.verdict.contains("so far"), "{whole:?}");
        assert_eq!(so_far.mark, Mark::Fail);
        assert!(so_far.verdict.starts_with("1 fail, "), "{so_far:?}");
        assert!(so_far.verdict.ends_with(" so far"), "{so_far:?}");
        assert!(
            so_far.worst.ends_with("not everything is read"),
            "{so_far:?}"
        );
        fleet.health.blind.push("social/heartbeat.jsonl".to_owned());
        assert_eq!(pulse(&fleet, fleet.at), so_far, "one file cannot be read");
        fleet.health.blind.clear();
        fleet.agents.retain(|agent| standup::foldable(agent.row));
        let healthy = pulse(&fleet, fleet.at);
        assert_eq!(healthy.verdict, "nothing needs you in what can be judged");
        assert_eq!(healthy.mark, Mark::Unknown);
    }

    #[test]
    fn freshness_says_what_holds() {
        let mut fleet = fixture::fleet();
        let now = fleet.at;
        assert_eq!(
            Freshness::of(&fleet).sentence(&fleet, now),
            "live Fri 07:10"
        );
        fleet.health.mode = Mode::Poll;
        fleet.health.sweep_period = Span::secs(10);
        assert_eq!(
            Freshness::of(&fleet).sentence(&fleet, now),
            "poll 10s Fri 07:10"
        );
        fleet.health.blind_since = Some(now - Span::mins(3));
        assert_eq!(
            Freshness::of(&fleet).sentence(&fleet, now),
            "blind 3m Fri 07:10"
        );
        fleet.past = true;
        assert_eq!(
            Freshness::of(&fleet).sentence(&fleet, now),
            "as of Fri 07:10"
        );
    }
}
