//! `flagged` at a retro: a slot that nothing accounts for, until a person closes it.

use super::{Across, Found, head};
use crate::detect::Judged;
use crate::domain::finding::{Evidence, FindingKind, Severity, Threshold};
use crate::domain::fleet::TaskView;
use crate::domain::id::Locus;
use crate::domain::policy::{GapFlag, Source};
use crate::domain::text::Untrusted;

pub fn check(across: &Across<'_>, found: &mut Found) {
    for flag in across.flags.iter().filter(|flag| flag.at <= across.now) {
        let Some(one) = across.judged.iter().find(|one| one.view.id == flag.agent) else {
            continue;
        };
        let mut finding = head(
            FindingKind::Flagged,
            Severity::Warning,
            &flag.agent,
            Some(&flag.task),
            flag.at,
        );
        let view = one.view.every_task().find(|view| view.id == flag.task);
        let name = view.map_or_else(|| flag.task.to_string(), TaskView::name);
        finding.sentence = format!(
            "{name} of {} is unaccounted for, and flagged: {}",
            across.when(flag.slot),
            flag.why.shown_within(100)
        );
        finding.threshold = Some(Threshold {
            text: "a flag set at a retro, until it is closed there".to_owned(),
            source: Source::Default,
        });
        finding.evidence = view
            .and_then(|view| place(one, view.plan, flag))
            .or_else(|| one.view.reasoning.evidence.first().cloned())
            .into_iter()
            .collect();
        "when it is closed: `a` on it in the retro, or `rounds retro --close`"
            .clone_into(&mut finding.clears);
        found.findings.push(finding);
    }
}

/// Where the plan asks for the task.
fn place(one: &Judged, locus: Locus, flag: &GapFlag) -> Option<Evidence> {
    let file = one.view.files.iter().find(|file| file.id == locus.file)?;
    Some(Evidence {
        file: file.path.clone(),
        locus,
        at: None,
        text: Untrusted::from(flag.task.to_string()),
    })
}
