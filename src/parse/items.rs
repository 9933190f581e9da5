//! `did`, `skipped`, `failed`: lists of texts or objects, or the bare counts that many agents write.

use crate::domain::action::Tier;
use crate::domain::heartbeat::{Item, Items, Retry};
use crate::domain::text::Lent;

use super::json::{Kind, Node};
use super::vocabulary::{Class, Place, Vocabulary};

pub(super) fn items(node: Node<'_>) -> Items<'_> {
    match node.kind() {
        Kind::Array => Items::from_list(node.items().filter_map(item).collect()),
        Kind::Object => {
            item_of_object(node).map_or_else(Items::default, |i| Items::from_list(vec![i]))
        }
        Kind::Number | Kind::Text { .. } => match node.count() {
            Some(count) => Items::counted(u32::try_from(count).unwrap_or(u32::MAX)),
            None => Items::from_list(item(node).into_iter().collect()),
        },
        Kind::Null | Kind::Bool(_) => Items::default(),
    }
}

fn item(node: Node<'_>) -> Option<Item<Lent<'_>>> {
    match node.kind() {
        Kind::Object => item_of_object(node),
        Kind::Null => None,
        Kind::Text { .. } | Kind::Number | Kind::Bool(_) | Kind::Array => {
            (!node.is_empty()).then(|| Item {
                what: Lent::new(node.verbatim()),
                ..Item::default()
            })
        }
    }
}

fn item_of_object(node: Node<'_>) -> Option<Item<Lent<'_>>> {
    let mut item = Item::default();
    // The lower the rank, the better the name says what it was.
    let mut what_rank = u8::MAX;
    for (key, value) in node.fields() {
        if value.is_empty() {
            continue;
        }
        let text = || Lent::new(value.verbatim());
        match key.raw() {
            b"why" | b"reason" | b"error" | b"cause" => item.why = Some(text()),
            b"key" => item.key = Some(text()),
            b"target" | b"url" | b"to" => item.target = Some(text()),
            b"tier" => item.tier = value.text().and_then(|t| tier(&t)),
            b"retry" => item.retry = value.text().and_then(|t| retry(&t)),
            name => {
                if let Some(rank) = what_name(name)
                    && rank < what_rank
                {
                    what_rank = rank;
                    item.what = text();
                }
            }
        }
    }
    if item.what.is_empty() {
        item.what = item
            .target
            .clone()
            .unwrap_or_else(|| Lent::new(node.verbatim()));
    }
    (!node.is_empty()).then_some(item)
}

fn what_name(name: &[u8]) -> Option<u8> {
    const NAMES: [&[u8]; 11] = [
        b"what",
        b"action",
        b"do",
        b"title",
        b"name",
        b"task",
        b"item",
        b"text",
        b"description",
        b"message",
        b"id",
    ];
    NAMES.iter().position(|n| *n == name).map(|i| i as u8)
}

/// `read-only`, `append_only`, `Mutating`.
pub(super) fn tier(text: &str) -> Option<Tier> {
    match text.to_ascii_lowercase().replace('_', "-").as_str() {
        "read-only" | "readonly" | "read" => Some(Tier::ReadOnly),
        "append-only" | "appendonly" | "append" => Some(Tier::AppendOnly),
        "mutating" | "mutate" | "write" => Some(Tier::Mutating),
        _ => None,
    }
}

fn retry(text: &str) -> Option<Retry> {
    match text {
        "safe" => Some(Retry::Safe),
        "check" => Some(Retry::Check),
        "never" => Some(Retry::Never),
        _ => None,
    }
}

/// `stages: {fetch: "ok", send: {status: "failed"}}` or `steps: [{name, status}]`: each into the list of its status.
pub(super) fn stages<'t>(node: Node<'t>, vocabulary: &Vocabulary) -> [Items<'t>; 3] {
    let (mut did, mut skipped, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut put = |what: Lent<'t>, status: Option<Node<'t>>| {
        let word = status.and_then(|s| s.text());
        let class = word.and_then(|w| vocabulary.class(&w, Place::Status));
        let item = Item {
            what,
            ..Item::default()
        };
        match class {
            Some(Class::Ok) => did.push(item),
            Some(Class::Skipped) => skipped.push(item),
            Some(Class::Failed | Class::Partial) => failed.push(item),
            Some(Class::Running | Class::Pending | Class::Review | Class::Blocked | Class::Off)
            | None => {}
        }
    };
    for (key, value) in node.fields() {
        let status = if value.is_object() {
            value.get("status")
        } else {
            Some(value)
        };
        put(Lent::new(key.verbatim()), status);
    }
    for value in node.items() {
        if let Some(item) = item_of_object(value) {
            put(item.what, value.get("status"));
        }
    }
    [did, skipped, failed].map(Items::from_list)
}
