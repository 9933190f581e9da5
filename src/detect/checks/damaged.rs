//! `damaged_file`, `unreadable` and `blind`: what could not be read.

use super::{Draft, REMEMBERED};
use crate::detect::case::RETRIES;
use crate::detect::judgement::Judgement;
use crate::domain::facts::{FileFacts, FileRole, FileState};
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::id::Locus;
use crate::domain::policy::Source;
use crate::domain::text::Untrusted;

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    of.case
        .facts
        .files
        .iter()
        .filter_map(|file| about(of, file))
        .collect()
}

fn about(of: &Judgement<'_>, file: &FileFacts) -> Option<Finding> {
    let now = of.case.now;
    match &file.state {
        FileState::Torn { since, what } if now - *since > RETRIES => Some(
            Draft::new(of, FindingKind::DamagedFile, Severity::Warning, *since)
                .says(format!(
                    "{} does not parse since {}: {}; the last good reading stands",
                    file.path.shown_within(64),
                    of.case.when(*since),
                    Untrusted::from(what.as_str()).shown_within(80)
                ))
                .limit(format!("{RETRIES} of retries"), Source::Default)
                .shows(Some(of.case.evidence(start_of(file), what.as_str())))
                .clears("when it parses again"),
        ),
        FileState::Unreadable { since, what } if *since <= now => {
            let judged = matches!(file.role, FileRole::Log | FileRole::Plan);
            let (kind, severity) = if judged {
                (FindingKind::Blind, Severity::Critical)
            } else {
                (FindingKind::Unreadable, Severity::Warning)
            };
            let found = Draft::new(of, kind, severity, *since)
                .says(format!(
                    "{} cannot be opened since {}: {}",
                    file.path.shown_within(64),
                    of.case.when(*since),
                    Untrusted::from(what.as_str()).shown_within(80)
                ))
                .limit("a file in use can be opened".to_owned(), Source::Default)
                .shows(Some(of.case.evidence(start_of(file), what.as_str())))
                .clears("when it can be opened again");
            Some(found)
        }
        FileState::Good
        | FileState::Gone { .. }
        | FileState::Torn { .. }
        | FileState::Unreadable { .. } => damaged_records(of, file),
    }
}

/// Records of a log that could not be read in full, for a day after the last of them.
fn damaged_records(of: &Judgement<'_>, file: &FileFacts) -> Option<Finding> {
    let at = file.damage_at.filter(|&at| at <= of.case.now)?;
    if file.damaged == 0 || at < of.case.now - REMEMBERED {
        return None;
    }
    let what = file.damage.clone().unwrap_or_default();
    let records = match file.damaged {
        1 => "one record".to_owned(),
        n => format!("{n} records"),
    };
    let found = Draft::new(of, FindingKind::DamagedFile, Severity::Warning, at)
        .says(format!(
            "{records} of {} could not be read: {}",
            file.path.shown_within(64),
            what.shown_within(80)
        ))
        .limit("every record can be read".to_owned(), Source::Default)
        .shows(Some(of.case.evidence(place_of(file, what.exact()), what)))
        .clears("a day after the last damage");
    Some(found)
}

/// Damage is told with its line: `line 13: torn, …`.
fn place_of(file: &FileFacts, what: &str) -> Locus {
    let number = what
        .strip_prefix("line ")
        .and_then(|rest| rest.split(':').next());
    Locus {
        line: number.and_then(|number| number.parse().ok()).unwrap_or(1),
        ..start_of(file)
    }
}

fn start_of(file: &FileFacts) -> Locus {
    Locus {
        file: file.id,
        offset: 0,
        len: 0,
        line: 1,
    }
}
