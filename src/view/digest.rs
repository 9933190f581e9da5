//! What needs a person, in full: the sentences that a narrow column would have cut, and the proof of one agent's trouble.

use std::collections::{HashMap, HashSet};

use crate::domain::finding::Finding;
use crate::domain::fleet::{AgentView, Fleet, RowState};
use crate::domain::id::AgentId;
use crate::domain::text::clean;
use crate::domain::time::{Age, Ts};

use super::standup::{Happening, happening};
use super::{Mark, pulse};

/// One call for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub mark: Mark,
    pub agent: AgentId,
    pub sentence: String,
    pub age: String,
}

/// What speaks for each agent, worst first; behind them the further calls of the same agents. At most `most`.
pub fn digest(fleet: &Fleet, now: Ts, most: usize) -> Vec<Call> {
    digest_of(fleet, &pulse::leads(fleet, now), now, most)
}

/// As [`digest`], where the leads are known.
pub fn digest_of(fleet: &Fleet, leads: &[&Finding], now: Ts, most: usize) -> Vec<Call> {
    let told: HashSet<*const Finding> =
        leads.iter().map(|lead| std::ptr::from_ref(*lead)).collect();
    let further =
        pulse::calls(fleet, now).filter(|call| !told.contains(&std::ptr::from_ref(*call)));
    let rows: HashMap<&AgentId, RowState> = fleet
        .agents
        .iter()
        .map(|agent| (&agent.id, agent.row))
        .collect();
    leads
        .iter()
        .copied()
        .chain(further)
        .take(most)
        .map(|finding| Call {
            mark: mark(finding, rows.get(&finding.agent).copied()),
            agent: finding.agent.clone(),
            sentence: clean(&finding.sentence).into_owned(),
            age: Age::at(now, finding.since).to_string(),
        })
        .collect()
}

/// A finding that makes its agent's row has the mark of the row.
pub fn mark(finding: &Finding, row: Option<RowState>) -> Mark {
    match row {
        Some(row) if RowState::made_by(finding.kind) == Some(row) => row.into(),
        _ => finding.kind.into(),
    }
}

/// Newest lines of proof shown of what speaks for an agent.
const MOST_PROOFS: usize = 2;

/// What is told beneath the list about one agent: the proof of its trouble, its further findings, then what happened.
pub fn about(fleet: &Fleet, agent: &AgentView, now: Ts, most: usize) -> Vec<Happening> {
    let own: Vec<&Finding> = pulse::calls(fleet, now)
        .filter(|finding| finding.agent == agent.id)
        .collect();
    let lead = pulse::lead_of(fleet, agent, now);
    let mut lines = lead.map_or_else(Vec::new, |lead| proofs(lead, agent, now, fleet));
    let further = own
        .iter()
        .filter(|finding| lead.is_some_and(|lead| !std::ptr::eq(**finding, lead)))
        .map(|finding| told(finding, agent, now, fleet));
    lines.extend(further.take(most / 2));
    let events: Vec<Happening> = agent
        .events
        .iter()
        .filter(|event| {
            let shown = |line: &Happening| line.locus.is_some() && line.locus == event.locus;
            !lines.iter().any(shown)
        })
        .map(|event| happening(event, now, fleet.zone()))
        .collect();
    lines.extend(events);
    lines.truncate(most);
    lines
}

fn told(finding: &Finding, agent: &AgentView, now: Ts, fleet: &Fleet) -> Happening {
    Happening {
        time: fleet.zone().told(finding.since, now),
        mark: mark(finding, Some(agent.row)),
        text: clean(&finding.sentence).into_owned(),
        locus: finding.evidence.last().map(|proof| proof.locus),
    }
}

/// The newest lines that prove it, newest first; the sentence where nothing is written.
fn proofs(lead: &Finding, agent: &AgentView, now: Ts, fleet: &Fleet) -> Vec<Happening> {
    let mut proofs: Vec<_> = lead.evidence.iter().collect();
    proofs.sort_by_key(|proof| (proof.locus.file, proof.locus.line));
    let lines: Vec<Happening> = proofs
        .into_iter()
        .rev()
        .filter(|proof| !proof.text.is_empty())
        .take(MOST_PROOFS)
        .map(|proof| {
            let event = agent
                .events
                .iter()
                .find(|event| event.locus == Some(proof.locus));
            let at = event.map_or(lead.since, |event| event.at);
            Happening {
                time: fleet.zone().told(at, now),
                mark: mark(lead, Some(agent.row)),
                text: format!("{}  ({}:{})", proof.text, proof.file, proof.locus.line),
                locus: Some(proof.locus),
            }
        })
        .collect();
    if lines.is_empty() {
        return vec![told(lead, agent, now, fleet)];
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{fixture, standup};

    #[test]
    fn the_digest_speaks_of_every_agent_before_it_repeats_one() {
        let fleet = fixture::fleet();
        let calls = digest(&fleet, fleet.at, 5);
        let callers = pulse::leads(&fleet, fleet.at).len();
        let first: HashSet<&AgentId> = calls.iter().take(callers).map(|call| &call.agent).collect();
        assert_eq!((first.len(), calls.len()), (callers, 4));
    }

    #[test]
    fn row_digest_and_header_speak_of_the_same_finding() {
        let fleet = fixture::fleet();
        let order = standup::ranked(&fleet);
        let calls = digest(&fleet, fleet.at, pulse::leads(&fleet, fleet.at).len());
        for (id, call) in order.iter().zip(&calls) {
            let agent = fleet.agent(id).unwrap();
            assert_eq!((id, Mark::from(agent.row)), (&call.agent, call.mark));
        }
        assert!(
            pulse::pulse(&fleet, fleet.at)
                .worst
                .contains(&calls[0].sentence)
        );
    }

    #[test]
    fn the_proof_stands_before_what_went_well() {
        let fleet = fixture::fleet();
        let agent = fleet.agent(&AgentId::from("publisher")).unwrap();
        let lines = about(&fleet, agent, fleet.at, 6);
        assert!(lines[0].text.contains("heartbeat.jsonl:212"), "{lines:?}");
        assert!(lines[1].text.contains("publish-article"), "{lines:?}");
        let healthy = lines.iter().position(|line| line.mark == Mark::Ok);
        assert!(healthy.is_some_and(|at| at >= 2), "{lines:?}");
    }
}
