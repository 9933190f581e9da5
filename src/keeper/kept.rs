//! How a board keeps the facts of an agent: packed, but for the moments in which they are amended or judged.

use std::sync::Arc;

use crate::domain::facts::AgentFacts;
use crate::domain::id::FileId;
use crate::store::cached::Cached;

/// An agent's facts: at hand while something changes, packed while it does not.
#[derive(Debug)]
pub enum Kept {
    Open(Arc<AgentFacts>),
    Away(Cached),
}

impl Kept {
    /// `None`: they were cached by who wrote them otherwise.
    pub fn read(&self) -> Option<Arc<AgentFacts>> {
        match self {
            Self::Open(facts) => Some(facts.clone()),
            Self::Away(packed) => packed.facts().map(Arc::new),
        }
    }

    /// Takes them out to be changed.
    pub fn open(&mut self) -> Option<&mut AgentFacts> {
        if let Self::Away(packed) = self {
            *self = Self::Open(Arc::new(packed.facts()?));
        }
        match self {
            Self::Open(facts) => Some(Arc::make_mut(facts)),
            Self::Away(_) => None,
        }
    }

    pub fn put_away(&mut self) {
        if let Self::Open(facts) = self
            && let Some(packed) = Cached::of(facts)
        {
            *self = Self::Away(packed);
        }
    }
}

/// What is asked of facts that are put away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gist {
    pub says_something: bool,
    /// Where the newest beat stands.
    pub newest: Option<FileId>,
}

impl Gist {
    pub fn of(facts: &AgentFacts) -> Self {
        Self {
            says_something: !facts.beats.is_empty()
                || !facts.plans.is_empty()
                || !facts.steps.is_empty(),
            newest: facts.beats.last().map(|beat| beat.locus.file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::scenario::Scenario;

    #[test]
    fn what_was_put_away_comes_back_as_it_was_and_is_judged_alike() {
        let before = Scenario::agent("a")
            .plan(&[
                "read due=08:00 tier=read-only",
                "mail due=20:00 tier=mutating rev=no",
            ])
            .every("05:00", "08:50", 10, "ok read")
            .every("08:51", "08:52", 1, "failed mail")
            .at("09:00");
        let mut kept = Kept::Open(Arc::new(before.facts.clone()));
        kept.put_away();
        assert!(matches!(kept, Kept::Away(_)));
        assert_eq!(kept.read().as_deref(), Some(&before.facts));
        let mut after = before.clone();
        after.facts = kept.open().unwrap().clone();
        assert_eq!(after.judge(), before.judge());
        assert!(Gist::of(&after.facts).says_something);
    }
}
