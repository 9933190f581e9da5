//! What one member of an object must be.

use super::super::diagnostic::DiagnosticKind;
use super::super::json::{Kind, Node};
use super::super::report::Reporter;
use super::super::timestamp;
use crate::domain::time::{Day, Zone};

/// The form of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want {
    /// RFC 3339 with offset.
    Time,
    Day,
    Zone,
    Word(&'static [&'static str]),
    Text,
    Number,
    Flag,
    /// A text or a list of texts.
    Texts,
    /// A list of texts or of objects with `what`, or a count.
    Items,
    List,
    Object,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Must,
    /// Reported for the first record that lacks it, as advice.
    Should,
    May,
}

/// One member of the contract.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    name: &'static str,
    want: Want,
    need: Need,
}

impl Rule {
    pub const fn must(name: &'static str, want: Want) -> Self {
        Self {
            name,
            want,
            need: Need::Must,
        }
    }
    pub const fn should(name: &'static str, want: Want) -> Self {
        Self {
            name,
            want,
            need: Need::Should,
        }
    }
    pub const fn may(name: &'static str, want: Want) -> Self {
        Self {
            name,
            want,
            need: Need::May,
        }
    }
}

/// Checks the members of one object.
pub(super) fn check(object: Node<'_>, rules: &[Rule], reporter: &mut Reporter<'_>) {
    for rule in rules {
        match object.get(rule.name) {
            Some(value) if value.kind() != Kind::Null => one(value, rule, reporter),
            Some(_) | None => missing(object, rule, reporter),
        }
    }
}

fn missing(object: Node<'_>, rule: &Rule, reporter: &mut Reporter<'_>) {
    let advised = |expected: &str| {
        reporter
            .out
            .iter()
            .any(|d| d.kind == DiagnosticKind::MissingField && d.expected == expected)
    };
    let expected = match rule.need {
        Need::Must => format!("\"{}\": {}", rule.name, rule.want.words()),
        Need::Should => format!("\"{}\" (advised): {}", rule.name, rule.want.words()),
        Need::May => return,
    };
    if rule.need == Need::Should && advised(&expected) {
        return;
    }
    let remedy = format!("add \"{}\"", rule.name);
    reporter.tell(
        DiagnosticKind::MissingField,
        object.span().0,
        expected,
        remedy,
    );
}

fn one(value: Node<'_>, rule: &Rule, reporter: &mut Reporter<'_>) {
    let Some(kind) = rule.want.fault(value) else {
        return;
    };
    let expected = format!("\"{}\" to be {}", rule.name, rule.want.words());
    let remedy = match kind {
        DiagnosticKind::AssumedZone => "append the offset, such as +02:00 or Z".to_owned(),
        DiagnosticKind::UnknownStatus => {
            "use one of these words, or add yours to the vocabulary of the config".to_owned()
        }
        _ => format!("write {}", rule.want.words()),
    };
    reporter.tell(kind, value.span().0, expected, remedy);
}

impl Want {
    /// As it stands behind "to be".
    fn words(self) -> String {
        match self {
            Self::Time => {
                "a time as RFC 3339 with offset, such as 2026-03-28T10:15:07+02:00".into()
            }
            Self::Day => "a day such as 2026-03-28".into(),
            Self::Zone => "a time zone such as Europe/Kyiv".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Text => "a text".into(),
            Self::Number => "a number that is not negative".into(),
            Self::Flag => "true or false".into(),
            Self::Texts => "a text or a list of texts".into(),
            Self::Items => "a list of texts or of objects with \"what\", or a count".into(),
            Self::List => "a list".into(),
            Self::Object => "an object".into(),
        }
    }

    fn fault(self, value: Node<'_>) -> Option<DiagnosticKind> {
        let wrong = |right: bool| (!right).then_some(DiagnosticKind::WrongType);
        let text = || value.text();
        match self {
            Self::Time => time(value),
            Self::Day => wrong(text().is_some_and(|t| Day::parse(&t).is_some())),
            Self::Zone => wrong(text().is_some_and(|t| Zone::parse(&t).is_some())),
            Self::Word(words) => match text() {
                Some(word) => (!words.contains(&&*word)).then_some(DiagnosticKind::UnknownStatus),
                None => Some(DiagnosticKind::WrongType),
            },
            Self::Text => wrong(text().is_some()),
            Self::Number => {
                wrong(value.kind() == Kind::Number && value.number().is_some_and(|n| n >= 0.0))
            }
            Self::Flag => wrong(matches!(value.kind(), Kind::Bool(_))),
            Self::Texts => wrong(
                text().is_some() || is_list(value) && value.items().all(|n| n.text().is_some()),
            ),
            Self::Items => wrong(match value.kind() {
                Kind::Number => value.count().is_some(),
                Kind::Array => value
                    .items()
                    .all(|n| n.text().is_some() || n.get("what").is_some()),
                Kind::Null | Kind::Bool(_) | Kind::Text { .. } | Kind::Object => false,
            }),
            Self::List => wrong(is_list(value)),
            Self::Object => wrong(value.is_object()),
        }
    }
}

fn is_list(value: Node<'_>) -> bool {
    value.kind() == Kind::Array
}

/// Exact is right; a wall time lacks its offset; anything else is no time of the contract.
fn time(value: Node<'_>) -> Option<DiagnosticKind> {
    let Some(text) = value.text() else {
        return Some(DiagnosticKind::WrongType);
    };
    if timestamp::exact(text.as_bytes()).is_some() {
        return None;
    }
    let with_offset = format!("{}Z", text.trim());
    let naive = timestamp::exact(with_offset.as_bytes()).is_some();
    Some(if naive {
        DiagnosticKind::AssumedZone
    } else {
        DiagnosticKind::BadTime
    })
}
