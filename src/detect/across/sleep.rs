//! `asleep`: the machine slept, and slots fell inside. Told once, and nothing is retried by itself.

use super::{Across, Found, head};
use crate::domain::finding::{FindingKind, Severity};
use crate::domain::id::AgentId;
use crate::domain::time::Span;

/// Told this long after waking.
const REMEMBERED: Span = Span::DAY;

pub fn check(across: &Across<'_>, found: &mut Found) {
    for &(from, to) in &across.sight.sleeps {
        if to > across.now || across.now - to > REMEMBERED {
            continue;
        }
        let inside = across
            .judged
            .iter()
            .flat_map(|one| &one.trace.asleep)
            .filter(|&&at| from <= at && at < to)
            .count();
        if inside == 0 {
            continue;
        }
        let mut finding = head(
            FindingKind::Asleep,
            Severity::Info,
            &AgentId::from("fleet"),
            None,
            from,
        );
        finding.sentence = format!(
            "asleep {} to {}, {inside} slots fell inside",
            across.when(from),
            across.when(to)
        );
        "a day after waking".clone_into(&mut finding.clears);
        found.findings.push(finding);
    }
}
