//! `clock`: a record's time cannot be right, so its arrival counts instead.

use super::{Draft, REMEMBERED};
use crate::detect::judgement::Judgement;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::policy::Source;

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let recent = of
        .case
        .beats
        .iter()
        .filter(|beat| beat.clock_off && beat.at >= of.case.now - REMEMBERED);
    let Some(newest) = recent.clone().next_back() else {
        return Vec::new();
    };
    let since = recent.clone().next().unwrap_or(newest).at;
    let n = recent.count();
    let lines = if n == 1 {
        "one line".to_owned()
    } else {
        format!("{n} lines")
    };
    let found = Draft::new(of, FindingKind::Clock, Severity::Warning, since)
        .says(format!(
            "the times in {lines} since {} cannot be right; counted by arrival",
            of.case.when(since)
        ))
        .limit(
            "48h from the file's time, or 2m in the future".to_owned(),
            Source::Default,
        )
        .shows(Some(of.case.evidence_of(newest)))
        .clears("a day after the last such line");
    vec![found]
}
