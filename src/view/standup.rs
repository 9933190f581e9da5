//! The board of agents: who did what, who skipped what, who failed, who has gone quiet.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::finding::{Blast, Severity};
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
        skipped: count(agent.skipped()),
        failed: count(agent.failed()),
        plan: plan(agent),
        unaccounted: count(agent.tally.unaccounted),
        happened: clean(&agent.headline).into_owned(),
    }
}

/// `08:00` within a day, `Sat` within a week, else the days; `late` when it has passed. As ages, it changes with the minute.
fn next(at: Ts, now: Ts, zone: Zone) -> String {
    let away = at - now.minute();
    if away <= Span::ZERO - Span::MINUTE {
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

/// Done of planned; `?` where the plan cannot be judged.
pub fn plan(agent: &AgentView) -> String {
    if agent.unjudged && agent.tally.planned == 0 {
        return "?".to_owned();
    }
    match agent.tally.planned {
        0 => String::new(),
        planned => share(agent.tally.done, planned),
    }
}

/// Columns for the plan of these agents together, whatever of it is done: the column stays as wide as it is all day.
pub fn plan_width<'a>(agents: impl Iterator<Item = &'a AgentView>) -> usize {
    match agents.map(|agent| agent.tally.planned).sum() {
        0 => 1,
        planned => share(planned, planned).len(),
    }
}

/// `5/7`. Numbers that no column has room for are only said to be large.
fn share(done: u32, planned: u32) -> String {
    if planned > 999 {
        return format!("{}/{}", capped(done), capped(planned));
    }
    format!("{done}/{planned}")
}

fn capped(n: u32) -> String {
    if n > 99 {
        "99+".to_owned()
    } else {
        n.to_string()
    }
}

/// Worst first: trouble by the severity of its worst finding, its blast radius and its age, as [`pulse::leads`] does; then
/// what nothing is known of; then the healthy by state, by what they did and by name.
pub fn ranked(fleet: &Fleet) -> Vec<AgentId> {
    let called: HashMap<&AgentId, (Severity, Blast, Ts)> = pulse::ranked_leads(fleet, fleet.at)
        .into_iter()
        .map(|(worst, lead)| (&lead.agent, (worst, lead.blast, lead.since)))
        .collect();
    let mut agents: Vec<&Arc<AgentView>> = fleet.agents.iter().collect();
    agents.sort_by_cached_key(|agent| {
        let call = called.get(&agent.id).copied();
        let (severity, blast, since) = call.unwrap_or_else(|| uncalled(agent));
        let row = (!agent.row.is_trouble()).then_some(agent.row);
        let quiet = call.is_none() && !agent.row.is_trouble();
        if foldable(agent.row) {
            (
                2,
                row,
                Reverse((Severity::Info, Blast::None)),
                Ts::default(),
                Reverse(agent.counts.did),
                &agent.id,
            )
        } else {
            (
                u8::from(quiet),
                row.filter(|_| quiet),
                Reverse((severity, blast)),
                since,
                Reverse(0),
                &agent.id,
            )
        }
    });
    agents.into_iter().map(|agent| agent.id.clone()).collect()
}

/// How bad trouble is that no finding of its own speaks for: it may be told with another agent's.
fn uncalled(agent: &AgentView) -> (Severity, Blast, Ts) {
    let severity = match agent.row {
        RowState::Fail | RowState::Gap | RowState::Down => Severity::Critical,
        RowState::Stale => Severity::Warning,
        RowState::Skip
        | RowState::Late
        | RowState::Blind
        | RowState::Unknown
        | RowState::Running
        | RowState::Paused
        | RowState::Ok => Severity::Info,
    };
    (severity, Blast::None, agent.since.unwrap_or(Ts(i64::MAX)))
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
        skipped += agent.skipped();
        failed += agent.failed();
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
        time: zone.told(event.at, now),
        mark: event.state.into(),
        text: format!("{}{times}", event.what.text()),
        locus: event.locus,
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
        let rest: Vec<RowState> = ranked(&fleet)
            .iter()
            .filter_map(|id| fleet.agent(id).map(|agent| agent.row))
            .skip(pulse::leads(&fleet, fleet.at).len())
            .collect();
        assert!(rest.is_sorted(), "{rest:?}");
    }

    #[test]
    fn cells_are_empty_for_nothing_and_never_wider_than_their_column() {
        assert_eq!(count(0), "");
        for n in [1, 9_999, 10_000, 999_999, 1_000_000, 999_000_000] {
            assert!(count(n).len() <= 4, "{n}");
        }
    }

    #[test]
    fn a_plan_has_one_form_however_long_it_is() {
        assert_eq!(share(5, 7), "5/7");
        assert_eq!(share(237, 260), "237/260");
        assert_eq!(share(2, 1_440), "2/99+");
        assert_eq!(share(1_000, 1_440), "99+/99+");
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
    fn a_row_changes_with_the_minute_and_not_within_it() {
        let fleet = fixture::fleet();
        let from = fleet.at.minute();
        for agent in &fleet.agents {
            for minute in 0..90 {
                let begins = from + Span::mins(minute);
                let of = |at: Ts| row(agent, at, fleet.zone());
                let last = begins + Span(59_999);
                assert_eq!(of(begins), of(last), "{} {minute}", agent.id);
            }
        }
        let (due, zone) = (from + Span::HOUR, Zone::UTC);
        let said = |seconds: i64| next(due, due + Span::secs(seconds), zone);
        assert_eq!(said(59), zone.hhmm(due));
        assert_eq!(said(60), "late");
        let half = due + Span::secs(30);
        assert_eq!(next(half, due + Span::secs(119), zone), zone.hhmm(half));
        assert_eq!(next(half, due + Span::secs(120), zone), "late");
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
