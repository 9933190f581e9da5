//! What `rounds watch` says about a case that begins or ends: a line, and `rounds.alert/1` for the hook.

use serde::Serialize;

use super::wire;
use crate::domain::text::clean;
use crate::domain::time::{Ts, Zone};
use crate::view::alert::Alert;

#[derive(Serialize)]
struct Wire<'a> {
    schema: &'static str,
    at: String,
    event: &'static str,
    id: &'a str,
    kind: &'a str,
    severity: &'a str,
    agent: String,
    task: Option<String>,
    since: String,
    first_shown: String,
    sentence: String,
}

/// One JSON document and a line end.
pub fn json(alert: &Alert, now: Ts) -> String {
    let case = &alert.case;
    let mut out = wire::line(&Wire {
        schema: "rounds.alert/1",
        at: now.rfc3339(),
        event: alert.what.word(),
        id: &case.id,
        kind: &case.kind,
        severity: &case.severity,
        agent: clean(&case.agent).into_owned(),
        task: case.task.as_deref().map(|task| clean(task).into_owned()),
        since: case.since.rfc3339(),
        first_shown: case.first_shown.rfc3339(),
        sentence: clean(&case.sentence).into_owned(),
    });
    out.push('\n');
    out
}

/// `2026-03-27 07:10 raised critical publisher: newsletter failed twice`
pub fn text(alert: &Alert, now: Ts, zone: Zone) -> String {
    let case = &alert.case;
    format!(
        "{} {} {} {}: {}\n",
        zone.date_hhmm(now),
        alert.what.word(),
        case.severity,
        clean(&case.agent),
        clean(&case.sentence)
    )
}
