//! What the operator has said by a moment, as the ledger remembers it.

use super::{Case, Deed, Entry, Ledger};
use crate::domain::finding::Severity;
use crate::domain::policy::{GapFlag, Maintenance};
use crate::domain::retro::{RetroSaid, Verdict, of_gap_id};
use crate::domain::text::Untrusted;
use crate::domain::time::{Ts, Zone};
use crate::domain::told::{Said, Spoken};
use crate::store::StoreError;

impl Ledger {
    /// From when a standup at a moment counts: the latest mark of before it that was set by then; without one, the start
    /// of the day before.
    pub fn mark_in_force(&self, zone: Zone, at: Ts) -> Result<Ts, StoreError> {
        let mark = self.standup_mark(at)?;
        Ok(mark.unwrap_or_else(|| zone.start_of(zone.day_of(at).plus(-1))))
    }

    pub(super) fn standup_mark(&self, at: Ts) -> Result<Option<Ts>, StoreError> {
        let text = self.text()?;
        let marks = text
            .lines()
            .rev()
            .filter(|line| line.contains("\"standup_done\""));
        let entries = marks.filter_map(|line| serde_json::from_str::<Entry>(line).ok());
        let mut known = entries.filter(|entry| entry.at <= at);
        Ok(known.find_map(|entry| match entry.deed {
            Deed::StandupDone { until } => Some(until).filter(|&until| until < at),
            Deed::Acknowledged(_)
            | Deed::Snoozed { .. }
            | Deed::TakenBack(_)
            | Deed::Maintenance { .. }
            | Deed::InsightsRead { .. }
            | Deed::RetroNote { .. }
            | Deed::GapJudged { .. }
            | Deed::Coded { .. }
            | Deed::PlanWritten { .. }
            | Deed::Intent(_)
            | Deed::Outcome(_)
            | Deed::Verified(_) => None,
        }))
    }

    /// Everything that was said at retros by a moment.
    pub fn retro(&self, by: Ts) -> Result<RetroSaid, StoreError> {
        let mut said = RetroSaid::default();
        for entry in self.entries()?.into_iter().filter(|entry| entry.at <= by) {
            match entry.deed {
                Deed::InsightsRead { sha256, .. } => {
                    said.read.insert(sha256);
                }
                Deed::RetroNote { week, text } if text.trim().is_empty() => {
                    said.notes.remove(&week);
                }
                Deed::RetroNote { week, text } => {
                    said.notes.insert(week, Untrusted::from(text));
                }
                Deed::GapJudged {
                    gap, verdict, why, ..
                } => {
                    let why = Untrusted::from(why);
                    said.verdicts.insert(gap, Verdict { kind: verdict, why });
                }
                Deed::Coded { case, code, .. } => {
                    match code {
                        Some(code) => said.codes.insert(case, code),
                        None => said.codes.remove(&case),
                    };
                }
                Deed::StandupDone { .. }
                | Deed::Acknowledged(_)
                | Deed::Snoozed { .. }
                | Deed::TakenBack(_)
                | Deed::Maintenance { .. }
                | Deed::PlanWritten { .. }
                | Deed::Intent(_)
                | Deed::Outcome(_)
                | Deed::Verified(_) => {}
            }
        }
        Ok(said)
    }

    /// What the operator had said by a moment.
    pub fn spoken(&self, by: Ts) -> Result<Spoken, StoreError> {
        let mut spoken = Spoken::default();
        for entry in self.entries()?.into_iter().filter(|entry| entry.at <= by) {
            let at = entry.at;
            match entry.deed {
                Deed::StandupDone { .. }
                | Deed::InsightsRead { .. }
                | Deed::RetroNote { .. }
                | Deed::Coded { .. }
                | Deed::PlanWritten { .. }
                | Deed::Intent(_)
                | Deed::Outcome(_)
                | Deed::Verified(_) => {}
                Deed::GapJudged {
                    gap,
                    agent,
                    verdict,
                    why,
                } => {
                    if let Some((task, slot)) = of_gap_id(&gap, &agent) {
                        let why = Untrusted::from(why);
                        let flag = GapFlag {
                            agent,
                            task,
                            slot,
                            at,
                            why,
                        };
                        spoken.judge(flag, verdict);
                    }
                }
                Deed::Acknowledged(of) => {
                    let said = (Said::Acknowledged, severity(&of));
                    spoken.cases.insert(of.case, said);
                }
                Deed::Snoozed { of, until } => {
                    let said = (Said::SnoozedUntil(until), severity(&of));
                    spoken.cases.insert(of.case, said);
                }
                Deed::TakenBack(of) => {
                    spoken.cases.remove(&of.case);
                }
                Deed::Maintenance { agent, until } => spoken.maintain(Maintenance {
                    agent,
                    from: at,
                    to: until,
                }),
            }
        }
        Ok(spoken)
    }
}

fn severity(of: &Case) -> Severity {
    let named = Severity::ALL
        .into_iter()
        .find(|known| known.word() == of.severity);
    named.unwrap_or(Severity::Critical)
}
