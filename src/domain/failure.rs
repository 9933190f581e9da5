//! Why a run of agents goes wrong, in the fourteen modes of MAST (Cemri et al., *Why Do Multi-Agent LLM Systems Fail?*,
//! 2025): a vocabulary under which incidents of different fleets and weeks can be counted.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::finding::FindingKind;

macro_rules! codes {
    ($($code:ident $number:literal $title:literal,)*) => {
        /// One mode of failure. Its number is the one of the publication.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($code,)* }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            pub fn number(self) -> &'static str {
                match self { $(Self::$code => $number,)* }
            }

            pub fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)* }
            }
        }
    };
}

codes! {
    DisobeysTask "1.1" "disobeys the task",
    DisobeysRole "1.2" "disobeys its role",
    RepeatsSteps "1.3" "repeats steps",
    LosesHistory "1.4" "loses the history",
    MissesTheEnd "1.5" "does not know when to end",
    Resets "2.1" "starts over",
    DoesNotAsk "2.2" "does not ask",
    Derails "2.3" "leaves the task",
    Withholds "2.4" "withholds what it knows",
    IgnoresOthers "2.5" "ignores another agent",
    ActsOtherwise "2.6" "acts otherwise than it reasons",
    EndsEarly "3.1" "ends too early",
    DoesNotVerify "3.2" "verifies nothing, or not all",
    VerifiesWrongly "3.3" "verifies wrongly",
}

impl Code {
    /// Reads `3.2`, `FM-3.2`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim().trim_start_matches("FM-");
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.number() == number)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.number())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = String::deserialize(deserializer)?;
        Self::parse(&number).ok_or_else(|| D::Error::custom("no failure code"))
    }
}

/// What a finding suggests, the likeliest first, each with what speaks for it. Offered, never attached by itself.
pub fn guesses(kind: FindingKind) -> &'static [(Code, &'static str)] {
    use Code as C;
    use FindingKind as K;
    match kind {
        K::DuplicateAction => &[
            (C::RepeatsSteps, "the same action was done twice"),
            (C::LosesHistory, "it did not know that it had done it"),
        ],
        K::ZombieWrite | K::Conflicted | K::LostUpdate => &[
            (C::IgnoresOthers, "it wrote over what another had taken"),
            (C::LosesHistory, "it went on from an older state"),
        ],
        K::DoubleClaim | K::Collision => &[
            (C::IgnoresOthers, "another agent was at the same thing"),
            (C::DisobeysRole, "it took what was not its own"),
        ],
        K::UnprovenDone | K::EmptySuccess => &[
            (C::DoesNotVerify, "it calls done what nothing shows"),
            (C::ActsOtherwise, "what it says is not what it did"),
        ],
        K::Drift => &[
            (C::VerifiesWrongly, "plan and log contradict each other"),
            (C::DoesNotVerify, "nobody compared the two"),
        ],
        K::WalIncomplete | K::UnfinishedRun => &[
            (C::EndsEarly, "it ended before its last step"),
            (C::DoesNotVerify, "nobody looked whether all was done"),
        ],
        K::SkippedSilently | K::Missed | K::SkipStreak | K::SkippedNoReason => &[
            (C::DisobeysTask, "the slot passed without the task"),
            (C::EndsEarly, "the run ended without it"),
        ],
        K::DependencyBroken => &[
            (C::IgnoresOthers, "what it waits for was there, or not yet"),
            (C::Withholds, "the result did not reach it"),
        ],
        K::HandoffMissing => &[
            (C::Withholds, "nothing was handed over"),
            (C::Resets, "the other one starts over"),
        ],
        K::NeedsHuman | K::Approval | K::NotPickedUp => &[
            (C::DoesNotAsk, "it waits, or went on, without an answer"),
            (C::MissesTheEnd, "it does not end by itself"),
        ],
        K::Stuck | K::RunLength | K::Silent | K::Orphaned | K::PhantomClaim => &[
            (C::MissesTheEnd, "it finishes nothing and does not end"),
            (C::RepeatsSteps, "it may go in circles"),
        ],
        K::QuietShrink | K::SameTargets => &[
            (
                C::Derails,
                "it does less, or the same, than it was made for",
            ),
            (C::EndsEarly, "it stops before all is done"),
        ],
        K::ReviewWaiting => &[(C::DoesNotVerify, "the work was not reviewed")],
        K::OverCapacity | K::PlanLint | K::StalePlan => {
            &[(C::DisobeysTask, "the plan does not keep its own limits")]
        }
        K::Failed
        | K::FailureStreak
        | K::Late
        | K::AgentLate
        | K::AgentStale
        | K::AgentDown
        | K::Vanished
        | K::StaleInsights
        | K::DamagedFile
        | K::Clock
        | K::Unreadable
        | K::Lock
        | K::Outage
        | K::Asleep
        | K::Flagged
        | K::Blind => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_by_the_number_that_it_is_written_with() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.number()), Some(*code));
            assert_eq!(Code::parse(&format!("FM-{}", code.number())), Some(*code));
        }
        assert_eq!((Code::ALL.len(), Code::parse("4.1")), (14, None));
    }
}
