//! Tracking files: what an agent keeps of what it posted, saw or followed, so that it does not do it twice. In whatever shape:
//! a list, a list in an object, or a map whose keys are the entries.

use crate::domain::kept::Entry;
use crate::domain::text::Untrusted;

use super::Context;
use super::json::{Kind, Node, document};
use super::members::Members;

/// Words of their names.
const NAMES: &[&str] = &[
    "posted",
    "seen",
    "followed",
    "sent",
    "published",
    "replied",
    "processed",
    "handled",
    "dedupe",
    "dedup",
    "visited",
    "liked",
    "contacted",
    "notified",
    "engaged",
    "commented",
];
/// What tells one entry from another, the first that is there.
const KEYS: &[&str] = &[
    "key", "id", "url", "uri", "link", "slug", "target", "handle", "user", "username", "name",
    "title", "what", "text",
];
const TIMES: &[&str] = &[
    "at",
    "ts",
    "time",
    "timestamp",
    "date",
    "created",
    "createdat",
    "postedat",
    "sentat",
];
/// Entries past this many are not looked at.
const MOST: usize = 20_000;
/// Bytes of a name that are kept.
const LONGEST: usize = 200;

/// Whether a file is called like one. The path may have folders.
pub fn is_named(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let Some(stem) = name.strip_suffix(".json") else {
        return false;
    };
    stem.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| NAMES.contains(&word))
}

/// What it lists, in its order. None where it is no whole JSON document.
pub(super) fn entries(bytes: &[u8], ctx: &Context<'_>) -> Option<Vec<Entry>> {
    document(bytes, |root| {
        let mut found = Vec::new();
        gather(root, ctx, &mut found);
        found
    })
}

fn gather(root: Node<'_>, ctx: &Context<'_>, found: &mut Vec<Entry>) {
    if !root.is_object() {
        found.extend(root.items().take(MOST).filter_map(|node| entry(node, ctx)));
        return;
    }
    let lists: Vec<Node<'_>> = root
        .fields()
        .map(|(_, value)| value)
        .filter(|value| matches!(value.kind(), Kind::Array))
        .collect();
    if !lists.is_empty() {
        for list in lists {
            let room = MOST.saturating_sub(found.len());
            found.extend(list.items().take(room).filter_map(|node| entry(node, ctx)));
        }
        return;
    }
    let maps: Vec<Node<'_>> = root
        .fields()
        .map(|(_, value)| value)
        .filter(Node::is_object)
        .collect();
    // One map among numbers and words is the list; otherwise every member is an entry.
    let map = match maps[..] {
        [map] if root.fields().count() > 1 => map,
        _ => root,
    };
    for (key, value) in map.fields().take(MOST) {
        let at = moment(value, ctx);
        found.extend(named(&key.verbatim()).map(|name| Entry { name, at }));
    }
}

fn entry(node: Node<'_>, ctx: &Context<'_>) -> Option<Entry> {
    if node.is_object() {
        let name = Members::of(node).text(KEYS)?;
        return Some(Entry {
            name: named(name.exact())?,
            at: moment(node, ctx),
        });
    }
    match node.kind() {
        Kind::Text { .. } | Kind::Number => Some(Entry {
            name: named(&node.verbatim())?,
            at: None,
        }),
        Kind::Null | Kind::Bool(_) | Kind::Array | Kind::Object => None,
    }
}

fn moment(node: Node<'_>, ctx: &Context<'_>) -> Option<crate::domain::time::Ts> {
    node.is_object()
        .then(|| Members::of(node).at(TIMES, ctx))
        .flatten()
}

fn named(text: &str) -> Option<Untrusted> {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (!text.is_empty()).then(|| Untrusted::from(&text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Ts, Zone};
    use crate::parse::vocabulary::Vocabulary;

    fn names(text: &str) -> Option<Vec<String>> {
        let context = Context {
            path: "posted.json",
            zone: Zone::UTC,
            modified: Ts(0),
            vocabulary: &Vocabulary::default(),
        };
        let found = entries(text.as_bytes(), &context)?;
        Some(
            found
                .iter()
                .map(|one| one.name.exact().to_owned())
                .collect(),
        )
    }

    #[test]
    fn every_shape_gives_its_entries() {
        for text in [
            r#"["a","b"]"#,
            r#"{"followed":["a","b"],"updated":"2026-03-28"}"#,
            r#"[{"id":"a","ts":"2026-03-28T10:00:00Z"},{"url":"b"}]"#,
            r#"{"a":{"at":"2026-03-28T10:00:00Z"},"b":{"at":"2026-03-28T11:00:00Z"}}"#,
            r#"{"count":2,"seen":{"a":true,"b":true}}"#,
            r#"{"a":true,"b":true}"#,
        ] {
            assert_eq!(
                names(text),
                Some(vec!["a".to_owned(), "b".to_owned()]),
                "{text}"
            );
        }
        assert_eq!(names(r#"["a","#), None, "half written");
    }

    #[test]
    fn a_name_says_what_it_is_for() {
        for name in [
            "posted.json",
            "x/followed-users.json",
            "SEEN.json",
            "dedupe_ledger.json",
        ] {
            assert!(is_named(name), "{name}");
        }
        for name in [
            "state.json",
            "overseen.json",
            "posted.jsonl",
            "schedule.json",
        ] {
            assert!(!is_named(name), "{name}");
        }
    }
}
