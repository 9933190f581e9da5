//! What is said of a finding over time: when it was shown, and who silenced it.

use crate::domain::fleet::Fleet;
use crate::domain::time::{Age, Ts};
use crate::domain::told::{Said, Told};

/// What was said about a case, in one word, and until when that holds.
pub fn said(told: &Told, now: Ts) -> (Option<&'static str>, Option<Ts>) {
    match (told.said, told.maintained) {
        (Some(Said::Acknowledged), _) => (Some("acknowledged"), None),
        (Some(Said::SnoozedUntil(until)), _) if until > now => (Some("snoozed"), Some(until)),
        (_, Some(until)) if until > now => (Some("maintenance"), Some(until)),
        (Some(Said::SnoozedUntil(_)) | None, _) => (None, None),
    }
}

/// Why a finding does not count, or does not stand still.
pub fn aside(fleet: &Fleet, told: &Told) -> Option<String> {
    let (said, until) = said(told, fleet.at);
    let until = until.map(|at| fleet.zone().told(at, fleet.at));
    match (said, until) {
        (Some(said), Some(until)) => Some(format!("{said} until {until}")),
        (Some(said), None) => Some(said.to_owned()),
        (None, _) => told.flaps.then(|| "comes and goes".to_owned()),
    }
}

/// `06:15, 15m after it began; acknowledged`
pub fn shown(fleet: &Fleet, told: &Told) -> String {
    let at = fleet.zone().told(told.at, fleet.at);
    let delay = Age::at(told.at, told.finding.since);
    let aside = aside(fleet, told).map_or_else(String::new, |text| format!("; {text}"));
    format!("{at}, {delay} after it began{aside}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;
    use crate::view::fixture;

    #[test]
    fn the_delay_of_detection_and_what_was_said_are_told() {
        let fleet = fixture::fleet();
        let mut told = fleet.told[0].clone();
        told.at = told.finding.since + Span::mins(15);
        assert!(shown(&fleet, &told).ends_with(", 15m after it began"));
        told.said = Some(Said::SnoozedUntil(fleet.at + Span::HOUR));
        assert!(shown(&fleet, &told).ends_with("; snoozed until 08:10"));
        told.said = Some(Said::SnoozedUntil(fleet.at));
        told.maintained = Some(fleet.at + Span::mins(30));
        assert!(shown(&fleet, &told).ends_with("; maintenance until 07:40"));
        (told.maintained, told.flaps) = (None, true);
        assert!(shown(&fleet, &told).ends_with("; comes and goes"));
    }
}
