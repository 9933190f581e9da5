//! The board of agents: who did what, who skipped what, who failed, who has gone quiet.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::finding::Severity;
use crate::domain::fleet::{AgentView, Event, Fleet, RowState};
use crate::domain::id::{AgentId, Locus};
use crate::domain::text::clean;
use crate::domain::time::{Age, Span, Ts, Zone};

use super::{Mark, pulse};

/// One agent's row, every cell as text. An empty cell means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub mark: Mark,
    pub name: String,
    pub word: &'static str,
    /// How long the trouble has lasted; empty for healthy rows.
    pub lasting: String,
    /// Age of the last beat.
    pub last: String,
    pub next: String,
    pub did: String,
    pub skipped: String,
    pub failed: String,
    /// Done of planned.
    pub plan: String,
    /// Slots that nothing accounts for.
    pub unaccounted: String,
    pub happened: String,
}

pub fn row(agent: &AgentView, now: Ts, zone: Zone) -> Row {
    let lasting = match agent.since {
        Some(since) if agent.row.is_trouble() || agent.row == RowState::Blind => {
            Age::at(now, since).to_string()
        }
        _ => String::new(),
    };
    Row {
        mark: agent.row.into(),
        name: agent.id.to_string(),
        word: agent.row.word(),
        lasting,
        last: agent
            .last_beat
            .map(|at| Age::at(now, at).to_string())
            .unwrap_or_default(),
        next: agent
            .next_due
            .map(|at| next(at, now, zone))
            .unwrap_or_default(),
        did: count(agent.counts.did),
        skipped: count(agent.counts.skipped),
        failed: count(agent.counts.failed),
        plan: plan(agent),
        unaccounted: count(agent.tally.unaccounted),
        happened: clean(&agent.headline).into_owned(),
    }
}

/// `08:00` within a day, `Sat` within a week, else the days; `late` when it has passed.
fn next(at: Ts, now: Ts, zone: Zone) -> String {
    let away = at - now;
    if away < Span::ZERO - Span::MINUTE {
        "late".to_owned()
    } else if away < Span::hours(20) {
        zone.hhmm(at)
    } else if away < Span::days(6) {
        zone.weekday_hhmm(at).chars().take(3).collect()
    } else {
        format!("{}d", away.0 / Span::DAY.0)
    }
}

/// At most four columns; nothing for zero.
pub fn count(n: u32) -> String {
    match n {
        0 => String::new(),
        1..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{}k", n / 1_000),
        _ => format!("{}M", n / 1_000_000),
    }
}

fn plan(agent: &AgentView) -> String {
    if agent.unjudged && agent.tally.planned == 0 {
        return "?".to_owned();
    }
    match agent.tally.planned {
        0 => String::new(),
        planned => share(agent.tally.done, planned),
    }
}

/// `5/7`; a share of the whole where that would be wider than five columns.
fn share(done: u32, planned: u32) -> String {
    let text = format!("{done}/{planned}");
    if text.len() <= 5 {
        text
    } else {
        format!("{}%", u64::from(done) * 100 / u64::from(planned.max(1)))
    }
}

/// Worst first: by state, then the gravest finding, then the longest-lasting trouble, then name.
pub fn ranked(fleet: &Fleet) -> Vec<AgentId> {
    let mut gravest: HashMap<&AgentId, Severity> = HashMap::new();
    for finding in &fleet.findings {
        let worst = gravest.entry(&finding.agent).or_insert(finding.severity);
        *worst = (*worst).max(finding.severity);
    }
    let mut agents: Vec<&Arc<AgentView>> = fleet.agents.iter().collect();
    agents.sort_by(|a, b| {
        let lead = |agent: &AgentView| (agent.row, Reverse(gravest.get(&agent.id)));
        lead(a).cmp(&lead(b)).then_with(|| order_within(a, b))
    });
    agents.into_iter().map(|agent| agent.id.clone()).collect()
}

fn order_within(a: &AgentView, b: &AgentView) -> std::cmp::Ordering {
    if a.row.is_trouble() {
        a.since.cmp(&b.since).then_with(|| a.id.cmp(&b.id))
    } else {
        b.counts
            .did
            .cmp(&a.counts.did)
            .then_with(|| a.id.cmp(&b.id))
    }
}

/// Healthy rows may be folded into one line.
pub fn foldable(state: RowState) -> bool {
    match state {
        RowState::Ok | RowState::Running | RowState::Paused => true,
        RowState::Fail
        | RowState::Gap
        | RowState::Down
        | RowState::Stale
        | RowState::Skip
        | RowState::Late
        | RowState::Blind
        | RowState::Unknown => false,
    }
}

/// The line that stands for rows folded away: `7 more ok`, with their sums.
pub fn folded<'a>(agents: impl Iterator<Item = &'a AgentView>) -> Row {
    let (mut ok, mut run, mut paused) = (0_u32, 0_u32, 0_u32);
    let (mut did, mut skipped, mut failed, mut done, mut planned) = (0, 0, 0, 0, 0);
    for agent in agents {
        match agent.row {
            RowState::Running => run += 1,
            RowState::Paused => paused += 1,
            RowState::Fail
            | RowState::Gap
            | RowState::Down
            | RowState::Stale
            | RowState::Skip
            | RowState::Late
            | RowState::Blind
            | RowState::Unknown
            | RowState::Ok => ok += 1,
        }
        did += agent.counts.did;
        skipped += agent.counts.skipped;
        failed += agent.counts.failed;
        done += agent.tally.done;
        planned += agent.tally.planned;
    }
    let parts: Vec<String> = [(ok, "ok"), (run, "running"), (paused, "paused")]
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    Row {
        mark: Mark::Ok,
        name: parts.join(", ").replacen(' ', " more ", 1),
        word: "",
        lasting: String::new(),
        last: String::new(),
        next: String::new(),
        did: count(did),
        skipped: count(skipped),
        failed: count(failed),
        plan: if planned > 0 {
            share(done, planned)
        } else {
            String::new()
        },
        unaccounted: String::new(),
        happened: String::new(),
    }
}

/// One call for a person, in full: the sentence that a narrow column would have cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub mark: Mark,
    pub agent: AgentId,
    pub sentence: String,
    pub age: String,
}

/// The most urgent call of each agent, worst first, then the further ones of the same agents.
pub fn digest(fleet: &Fleet, now: Ts, most: usize) -> Vec<Call> {
    let mut seen: HashSet<&AgentId> = HashSet::new();
    let (mut first, mut further) = (Vec::new(), Vec::new());
    for finding in pulse::calls(fleet) {
        let calls = if seen.insert(&finding.agent) {
            &mut first
        } else {
            &mut further
        };
        if calls.len() < most {
            calls.push(finding);
        }
    }
    first.extend(further);
    first.truncate(most);
    first
        .into_iter()
        .map(|finding| Call {
            mark: finding.kind.into(),
            agent: finding.agent.clone(),
            sentence: clean(&finding.sentence).into_owned(),
            age: Age::at(now, finding.since).to_string(),
        })
        .collect()
}

/// One line of what happened lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    pub time: String,
    pub mark: Mark,
    pub text: String,
    pub locus: Option<Locus>,
}

pub fn happening(event: &Event, now: Ts, zone: Zone) -> Happening {
    let times = if event.count > 1 {
        format!(" ×{}", event.count)
    } else {
        String::new()
    };
    Happening {
        time: clock(event.at, now, zone),
        mark: event.state.into(),
        text: format!("{}{times}", clean(&event.text)),
        locus: event.locus,
    }
}

/// `06:02` today, `Thu 06:02` within a week, else the date.
pub fn clock(at: Ts, now: Ts, zone: Zone) -> String {
    if zone.day_of(at) == zone.day_of(now) {
        zone.hhmm(at)
    } else if (now - at).abs() < Span::days(6) {
        zone.weekday_hhmm(at)
    } else {
        zone.date_hhmm(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    #[test]
    fn worst_first_and_the_healthy_by_work_done() {
        let fleet = fixture::fleet();
        let names: Vec<String> = ranked(&fleet).iter().map(ToString::to_string).collect();
        assert_eq!(names[0], "publisher");
        assert_eq!(names[1], "drafter");
        let states: Vec<RowState> = ranked(&fleet)
            .iter()
            .filter_map(|id| fleet.agent(id).map(|agent| agent.row))
            .collect();
        assert!(states.is_sorted(), "{states:?}");
    }

    #[test]
    fn cells_are_empty_for_nothing_and_never_wider_than_their_column() {
        assert_eq!(count(0), "");
        for n in [1, 9_999, 10_000, 999_999, 1_000_000, 999_000_000] {
            assert!(count(n).len() <= 4, "{n}");
        }
    }

    #[test]
    fn a_long_plan_becomes_a_share() {
        assert_eq!(
            (share(5, 7).as_str(), share(237, 260).as_str()),
            ("5/7", "91%")
        );
    }

    #[test]
    fn a_row_says_how_long_the_trouble_lasts() {
        let fleet = fixture::fleet();
        let agent = fleet.agent(&AgentId::from("mail-bot")).unwrap();
        let row = row(agent, fleet.at, fleet.zone());
        assert_eq!(
            (row.word, row.lasting.as_str(), row.next.as_str()),
            ("stale", "2h42", "late")
        );
    }

    #[test]
    fn the_digest_speaks_of_every_agent_before_it_repeats_one() {
        let fleet = fixture::fleet();
        let calls = digest(&fleet, fleet.at, 5);
        let callers = pulse::callers(&fleet);
        let first: HashSet<&AgentId> = calls.iter().take(callers).map(|call| &call.agent).collect();
        assert_eq!((first.len(), calls.len()), (callers, 4));
    }

    #[test]
    fn a_fold_sums_what_it_hides() {
        let fleet = fixture::fleet();
        let healthy = || {
            fleet
                .agents
                .iter()
                .map(AsRef::as_ref)
                .filter(|agent| foldable(agent.row))
        };
        let row = folded(healthy());
        assert_eq!(
            row.did,
            healthy()
                .map(|agent| agent.counts.did)
                .sum::<u32>()
                .to_string()
        );
        assert!(row.name.contains("more ok"), "{}", row.name);
    }
}
