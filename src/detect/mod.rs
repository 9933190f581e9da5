//! Verdicts: pure functions of facts, moment and policy. The same function answers for now and for last Tuesday 03:12.

pub mod active;
pub mod agent_state;
pub mod case;
pub mod claims;
pub mod matching;
pub mod runs;
pub mod task_state;
pub mod thresholds;
