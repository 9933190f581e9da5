//! `asleep`: the machine slept or was off, and slots fell inside. Told once, and nothing is retried by itself.

use super::{Across, Found, head};
use crate::domain::finding::{Evidence, FindingKind, Severity, Threshold};
use crate::domain::id::AgentId;
use crate::domain::policy::Source;
use crate::domain::time::Span;

/// Told this long after waking.
const REMEMBERED: Span = Span::DAY;
/// Slots that are shown.
const SHOWN: usize = 5;

pub fn check(across: &Across<'_>, found: &mut Found) {
    for &(from, to) in &across.sight.sleeps {
        if to > across.now || across.now - to > REMEMBERED {
            continue;
        }
        let inside: Vec<&Evidence> = across
            .judged
            .iter()
            .flat_map(|one| &one.trace.asleep)
            .filter(|(at, _)| from <= *at && *at < to)
            .map(|(_, evidence)| evidence)
            .collect();
        if inside.is_empty() {
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
            "asleep {} to {}, {} slots fell inside",
            across.when(from),
            across.when(to),
            inside.len()
        );
        finding.threshold = Some(Threshold {
            text: "a recorded suspend, or a start of the machine".to_owned(),
            source: Source::System,
        });
        finding.evidence = inside.into_iter().take(SHOWN).cloned().collect();
        "a day after waking".clone_into(&mut finding.clears);
        found.findings.push(finding);
    }
}
