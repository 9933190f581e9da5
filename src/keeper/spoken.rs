//! What the operator says: acknowledged, snoozed, taken back, under maintenance. It is kept in the ledger, and read from it
//! again whenever another process has written there.

use std::sync::Arc;

use super::engine::Engine;
use crate::domain::finding::Finding;
use crate::domain::id::AgentId;
use crate::domain::text::clean_within;
use crate::domain::time::Ts;
use crate::domain::told::{Said, Spoken, Told};
use crate::store::StoreError;
use crate::store::ledger::{Case, Deed, Ledger, Who};

/// Longest part of an id that a refusal repeats.
const SHOWN: usize = 40;

/// Everything said so far, and what it was last said about.
#[derive(Debug, Default)]
pub struct Ear {
    spoken: Spoken,
    /// The ledger's size when it was last read.
    heard: Option<u64>,
    /// What the last snapshot told: only that can be spoken of.
    told: Vec<Arc<Finding>>,
}

impl Ear {
    /// Reads the ledger again where it grew. `true`: something may count differently now.
    pub fn listen(&mut self, ledger: &Ledger, now: Ts) -> Result<bool, StoreError> {
        let size = Some(ledger.size());
        if self.heard == size {
            return Ok(false);
        }
        let spoken = ledger.spoken(now)?;
        self.heard = size;
        let differs = spoken != self.spoken;
        self.spoken = spoken;
        Ok(differs)
    }

    pub fn spoken(&self) -> &Spoken {
        &self.spoken
    }

    /// Marks what is told by what was said about it.
    pub fn mark(&mut self, told: &mut [Told]) {
        for one in &mut *told {
            one.said = self.spoken.about(&one.finding);
        }
        self.told = told.iter().map(|one| one.finding.clone()).collect();
    }

    /// The next moment that something counts again.
    pub fn next_change(&self, now: Ts) -> Option<Ts> {
        let snoozed = self
            .spoken
            .cases
            .values()
            .filter_map(|(said, _)| match said {
                Said::SnoozedUntil(until) => Some(*until),
                Said::Acknowledged => None,
            });
        let windows = self.spoken.windows.iter().map(|window| window.to);
        snoozed.chain(windows).filter(|&at| at > now).min()
    }

    fn find(&self, case: &str) -> Option<&Arc<Finding>> {
        self.told.iter().find(|finding| finding.id() == case)
    }
}

/// What an order to say something would write, and the sentence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    deed: Deed,
    pub sentence: String,
}

impl Engine {
    /// Says the same about several findings. One that cannot be spoken of does not hold up the others.
    pub fn say_all(&mut self, cases: &[String], said: Option<Said>) -> Result<String, String> {
        if let [case] = cases {
            return self.say(case, said);
        }
        let outcomes: Vec<_> = cases.iter().map(|case| self.say(case, said)).collect();
        let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let Some(last) = outcomes.into_iter().rev().max_by_key(Result::is_ok) else {
            return Err("nothing was named".to_owned());
        };
        last.map(|sentence| match done - 1 {
            0 => sentence,
            more => format!("{sentence}; and {more} more"),
        })
    }

    /// Says something about a finding by its id, or takes it back. The sentence says what now holds, or why nothing was
    /// said.
    pub fn say(&mut self, case: &str, said: Option<Said>) -> Result<String, String> {
        let saying = self.would_say(case, said)?;
        self.keep(saying)
    }

    /// As [`say`](Self::say), and writes nothing.
    pub fn would_say(&self, case: &str, said: Option<Said>) -> Result<Saying, String> {
        self.may_say()?;
        let Some(finding) = self.ear.find(case) else {
            let case = clean_within(case, SHOWN);
            return Err(format!("no finding {case} is told now"));
        };
        let now = self.now();
        let of = Case::of(finding);
        let zone = self.policy.zone.value;
        let subject = subject(finding);
        let (deed, sentence) = match said {
            Some(Said::Acknowledged) => (
                Deed::Acknowledged(of),
                format!("{subject} acknowledged: it counts no more while this case lasts"),
            ),
            Some(Said::SnoozedUntil(until)) if until <= now => {
                return Err(format!("{} has passed already", zone.date_hhmm(until)));
            }
            Some(Said::SnoozedUntil(until)) => (
                Deed::Snoozed { of, until },
                format!("{subject} snoozed until {}", zone.date_hhmm(until)),
            ),
            None => (Deed::TakenBack(of), format!("{subject} counts again")),
        };
        Ok(Saying { deed, sentence })
    }

    /// Silences the findings of an agent, or of all, until then; a moment that has passed ends what stood.
    pub fn maintain(&mut self, agent: Option<AgentId>, until: Ts) -> Result<String, String> {
        let saying = self.would_maintain(agent, until)?;
        self.keep(saying)
    }

    /// As [`maintain`](Self::maintain), and writes nothing.
    pub fn would_maintain(&self, agent: Option<AgentId>, until: Ts) -> Result<Saying, String> {
        self.may_say()?;
        let known = |id: &AgentId| self.catalog.names.values().any(|(name, _)| name == id);
        if let Some(unknown) = agent.as_ref().filter(|id| !known(id)) {
            return Err(format!("there is no agent {unknown}"));
        }
        let whom = agent
            .as_ref()
            .map_or_else(|| "the fleet".to_owned(), ToString::to_string);
        let sentence = if until > self.now() {
            let until = self.policy.zone.value.date_hhmm(until);
            format!(
                "{whom} is under maintenance until {until}: its findings stay visible and count no more"
            )
        } else {
            format!("maintenance of {whom} has ended")
        };
        let deed = Deed::Maintenance { agent, until };
        Ok(Saying { deed, sentence })
    }

    fn may_say(&self) -> Result<(), String> {
        if self.setup.read_only {
            let sentence = "read-only: nothing is said about findings (start without --read-only)";
            return Err(sentence.to_owned());
        }
        Ok(())
    }

    fn keep(&mut self, saying: Saying) -> Result<String, String> {
        let kept = self.ledger.append(self.now(), Who::here(), saying.deed);
        kept.map_err(|error| format!("it was not kept: {error}"))?;
        let heard = self.listen();
        heard.map_err(|error| error.to_string())?;
        Ok(saying.sentence)
    }

    /// Takes over what was said since the last time. `true`: something may count differently now.
    pub fn listen(&mut self) -> Result<bool, StoreError> {
        let told = self.telling.listen()?;
        let differs = self.ear.listen(&self.ledger, self.now())?;
        if differs {
            self.policy
                .maintenance
                .clone_from(&self.ear.spoken().windows);
            self.policy.flags.clone_from(&self.ear.spoken().flags);
        }
        Ok(differs || told)
    }
}

fn subject(finding: &Finding) -> String {
    let kind = finding.kind.word();
    match &finding.task {
        Some(task) => format!("{kind} of {}/{task}", finding.agent),
        None => format!("{kind} of {}", finding.agent),
    }
}
