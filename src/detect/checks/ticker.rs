//! `agent_down` of a scheduler that keeps a sign of life: where its ticker is silent, nothing it has fires.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::domain::agent::AgentState;
use crate::domain::facts::{FileFacts, FileRole, FileState};
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::id::Locus;
use crate::domain::policy::{Source, TICKER_PATIENCE};
use crate::domain::time::{Span, Ts};

/// What a clone or an unpack writes at once has one time, which says nothing.
const AT_ONCE: Span = Span(2 * Span::SECOND.0);

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    // Its silence is told already.
    if matches!(of.agent.state, AgentState::Stale | AgentState::Down) {
        return Vec::new();
    }
    let found = ticker(of).filter(|file| limit(of, file) < of.case.now);
    found.map(|file| about(of, file)).into_iter().collect()
}

/// When a ticker that beats no more is believed dead.
pub fn limits(of: &Judgement<'_>) -> Option<Ts> {
    ticker(of).map(|file| limit(of, file))
}

fn limit(of: &Judgement<'_>, file: &FileFacts) -> Ts {
    of.case.awake.after(file.modified, TICKER_PATIENCE)
}

fn ticker<'a>(of: &Judgement<'a>) -> Option<&'a FileFacts> {
    let files = &of.case.facts.files;
    let is_one = |file: &&FileFacts| {
        file.role == FileRole::LifeSign
            && file.state == FileState::Good
            && file.path.exact().ends_with("cron/ticker_heartbeat")
    };
    let found = files.iter().find(is_one)?;
    let mut others = files.iter().filter(|file| file.id != found.id);
    let apart = others.any(|file| (file.modified - found.modified).abs() > AT_ONCE);
    (apart && found.modified <= of.case.now).then_some(found)
}

fn about(of: &Judgement<'_>, file: &FileFacts) -> Finding {
    let place = Locus {
        file: file.id,
        line: 1,
        ..Locus::default()
    };
    let when = of.case.when(file.modified);
    Draft::new(
        of,
        FindingKind::AgentDown,
        Severity::Critical,
        file.modified,
    )
    .says(format!(
        "its scheduler is silent since {when}: none of its jobs fires"
    ))
    .limit(
        format!("{TICKER_PATIENCE} without a beat of the ticker"),
        Source::Default,
    )
    .shows(Some(of.case.evidence(place, "the ticker's last beat")))
    .clears("with its next beat")
}
