//! Verdicts: pure functions of facts, moment and policy.
