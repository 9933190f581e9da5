//! What lies beside logs and plans: what could be planned next, and what the operator said.

use crate::domain::time::Ts;

use super::world::Member;

/// Tasks that wait for a day with room for them.
pub(super) fn backlog(member: &Member) -> Option<String> {
    let tasks = match member.role.name {
        "drafter" => DRAFTS,
        "outreach" => FOLLOWS,
        _ => return None,
    };
    let mut text = String::from("{\"tasks\":[");
    for (nth, task) in tasks.iter().enumerate() {
        text.push_str(if nth == 0 { "\n  " } else { ",\n  " });
        text.push_str(task);
    }
    text.push_str("]}\n");
    Some(text)
}

/// Notes of the operator, the newest last.
pub(super) fn inbox(member: &Member, at: Ts) -> Option<String> {
    let said = match member.role.name {
        "publisher" => PUBLISHER,
        "support" => SUPPORT,
        _ => return None,
    };
    let at = member.zone.rfc3339(at);
    let lines = said.iter().enumerate().map(|(nth, rest)| {
        format!("{{\"ts\":\"{at}\",\"op\":\"01JDEMO{nth:04}\",\"from\":\"operator\",{rest}}}\n")
    });
    Some(lines.collect())
}

const DRAFTS: &[&str] = &[
    r#"{"id":"series-part-two","title":"Second part of the series on plans","tier":"append-only","est_s":2400,"priority":1,"done_criteria":["every claim has a source"]}"#,
    r#"{"id":"glossary","title":"Collect the words readers ask about","tier":"append-only","est_s":900,"priority":3,"repeat":"weekly"}"#,
    r#"{"id":"interview","title":"Questions for the interview","tier":"read-only","est_s":600,"priority":2,"depends_on":["outline"]}"#,
];
const FOLLOWS: &[&str] = &[
    r#"{"id":"thank-speakers","title":"Thank the speakers of last week","tier":"mutating","reversible":true,"resource":["linkedin"],"uses":{"comment":5},"est_s":600,"priority":2}"#,
    r#"{"id":"unfollow-silent","title":"Unfollow who never answered","tier":"mutating","reversible":true,"resource":["linkedin"],"est_s":300,"priority":4}"#,
];
const PUBLISHER: &[&str] = &[
    r#""kind":"decision","task":"newsletter","text":"One newsletter a day, whatever the queue holds.","done":[],"pending":[],"gotchas":[]"#,
    r#""kind":"note","text":"The blog's import is slow on Mondays.","done":[],"pending":[],"gotchas":["wait for the second answer"]"#,
];
const SUPPORT: &[&str] = &[
    r#""kind":"answer","task":"tickets","text":"Refunds below 50 need no question.","done":[],"pending":[],"gotchas":[]"#,
];
