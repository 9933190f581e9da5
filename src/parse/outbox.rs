//! `outbox.json`: what an agent says to others. Of it only questions to a human are read here.

use crate::domain::id::Locus;
use crate::domain::kept::Question;
use crate::domain::text::Untrusted;

use super::Context;
use super::json::{Node, document};
use super::members::Members;
use super::numbering::Numbering;
use super::plan_file::list_of;

/// Words of an entry's kind that ask somebody.
const ASKING: &[&str] = &[
    "question",
    "ask",
    "needs_human",
    "needs-human",
    "approval",
    "decision",
    "help",
];
/// To whom; an entry for another agent is no question to a human.
const HUMANS: &[&str] = &["operator", "human", "owner", "user", "admin", "me"];
/// Words of a status that ask whatever the kind.
const WAITING: &[&str] = &[
    "needs_human",
    "awaiting_human",
    "waiting_for_human",
    "awaiting_approval",
];
/// Words of a status that are the end of it.
const CLOSED: &[&str] = &[
    "answered",
    "resolved",
    "closed",
    "done",
    "cancelled",
    "canceled",
    "expired",
    "withdrawn",
    "rejected",
    "approved",
    "denied",
];

/// Whether a file is an outbox. The path may have folders.
pub fn is_named(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.strip_suffix(".json")
        .is_some_and(|stem| stem.starts_with("outbox"))
}

/// The questions it asks, in its order. None where it is no whole JSON document.
pub(super) fn questions(bytes: &[u8], ctx: &Context<'_>) -> Option<Vec<Question>> {
    let mut found: Vec<Question> = document(bytes, |root| {
        let list = list_of(root).map_or(root, |(_, list)| list);
        let listed = list.items().chain(list.fields().map(|(_, value)| value));
        let asked = listed.filter(Node::is_object);
        asked.filter_map(|node| question(node, ctx)).collect()
    })?;
    let mut numbering = Numbering::new(bytes, 1);
    for one in &mut found {
        one.locus.line = numbering.at(one.locus.offset as usize);
    }
    Some(found)
}

fn question(node: Node<'_>, ctx: &Context<'_>) -> Option<Question> {
    let members = Members::of(node);
    let word = |names: &[&str]| {
        let text = members.text(names)?;
        Some(text.exact().trim().to_ascii_lowercase().replace(' ', "_"))
    };
    let is =
        |word: Option<&String>, of: &[&str]| word.is_some_and(|word| of.contains(&word.as_str()));
    let (kind, status) = (word(&["kind", "type"]), word(&["status", "state"]));
    let to = word(&["to", "for", "recipient"]);
    let asks = is(kind.as_ref(), ASKING) || is(status.as_ref(), WAITING);
    if !asks || to.is_some() && !is(to.as_ref(), HUMANS) {
        return None;
    }
    let answered = members.at(&["answeredat", "resolvedat", "closedat"], ctx);
    let closed =
        is(status.as_ref(), CLOSED) || members.get(&["answer", "reply", "resolution"]).is_some();
    if closed && answered.is_none() {
        return None;
    }
    let (from, to) = node.span();
    Some(Question {
        text: members
            .text(&[
                "text", "question", "msg", "message", "title", "what", "body", "id",
            ])
            .unwrap_or_else(|| Untrusted::from("a question without a text")),
        at: members.at(
            &[
                "ts",
                "at",
                "asked",
                "askedat",
                "created",
                "createdat",
                "time",
                "timestamp",
            ],
            ctx,
        ),
        answered: answered.filter(|_| closed),
        locus: Locus {
            offset: from as u64,
            len: (to - from) as u32,
            ..Locus::default()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Ts, Zone};
    use crate::parse::vocabulary::Vocabulary;

    fn asked(text: &str) -> Vec<(String, u32, bool)> {
        let context = Context {
            path: "outbox.json",
            zone: Zone::UTC,
            modified: Ts(0),
            vocabulary: &Vocabulary::default(),
        };
        let found = questions(text.as_bytes(), &context).unwrap();
        let told = found.iter().map(|one| {
            (
                one.text.exact().to_owned(),
                one.locus.line,
                one.answered.is_some(),
            )
        });
        told.collect()
    }

    #[test]
    fn open_questions_to_a_human_are_questions() {
        let text = r#"{"items":[
 {"id":"q1","kind":"question","text":"May I?","status":"open","ts":"2026-03-28T10:00:00Z"},
 {"id":"q2","kind":"question","text":"Was I right?","status":"answered"},
 {"id":"q3","kind":"question","to":"editor","text":"Is it ready?"},
 {"id":"q4","kind":"post","text":"Hello"},
 {"id":"q5","type":"decision","to":"operator","question":"A or B?"},
 {"id":"q6","status":"needs human","msg":"stuck"},
 {"id":"q7","kind":"question","text":"Then?","answer":"yes","answered_at":"2026-03-28T11:00:00Z"}
]}"#;
        let expected = [
            ("May I?", 2, false),
            ("A or B?", 6, false),
            ("stuck", 7, false),
            ("Then?", 8, true),
        ];
        let expected = expected.map(|(text, line, answered)| (text.to_owned(), line, answered));
        assert_eq!(asked(text), expected);
        assert_eq!(asked("[]"), []);
    }
}
