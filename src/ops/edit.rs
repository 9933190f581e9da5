//! The six members of a task that rounds may write, and a change of them.

use serde::{Deserialize, Serialize};

/// A member of a task's object. There is no way to name another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    Status,
    Claim,
    Attempt,
    Held,
    Flag,
    LastOp,
    Due,
}

impl Member {
    pub const ALL: [Self; 7] = [
        Self::Status,
        Self::Claim,
        Self::Attempt,
        Self::Held,
        Self::Flag,
        Self::LastOp,
        Self::Due,
    ];

    /// The contract's name of it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Claim => "claim",
            Self::Attempt => "attempt",
            Self::Held => "held",
            Self::Flag => "flag",
            Self::LastOp => "last_op",
            Self::Due => "due",
        }
    }
}

/// One value of JSON as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(String);

impl Raw {
    pub fn of<T: Serialize>(value: &T) -> Self {
        // Our own values have text keys and finite numbers only: they always serialise.
        Self(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()))
    }

    /// As it stood in a file. `None` where it is no whole value of JSON.
    pub fn read(text: &str) -> Option<Self> {
        let whole = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        whole.then(|| Self(text.to_owned()))
    }

    /// Bytes that the reader of the file took for a value, more sloppily than JSON allows.
    pub(super) fn taken(text: String) -> Self {
        Self(text)
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// The same value, however it is spaced.
    pub fn same(&self, other: &Self) -> bool {
        let read = |raw: &Self| serde_json::from_str::<serde_json::Value>(&raw.0).ok();
        self.0 == other.0 || read(self).is_some_and(|own| Some(own) == read(other))
    }
}

/// What becomes of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// This value; spaced like its surroundings.
    Set(Raw),
    /// Gone, with the comma it needed.
    Remove,
    /// Put back exactly as it was taken out, at the place it had.
    PutBack(Cut),
    /// This value to the byte.
    Exactly(Raw),
}

/// A member that was taken out of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Its bytes, with the comma and the blanks beside it.
    pub bytes: String,
    /// Just its value.
    pub value: Raw,
    /// The key before it as it is written between its quotes; absent where it was the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Which of several equal keys that is, from 0.
    #[serde(default)]
    pub nth: usize,
}

/// A change of one task, carried out in this order. Members that are not named stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskEdit(pub Vec<(Member, Write)>);

impl TaskEdit {
    #[must_use]
    pub fn with(mut self, member: Member, write: Write) -> Self {
        self.0.push((member, write));
        self
    }

    #[must_use]
    pub fn set<T: Serialize>(self, member: Member, value: &T) -> Self {
        self.with(member, Write::Set(Raw::of(value)))
    }

    /// What takes a change back: each member as it was, the last one first, so that each finds the neighbour it had.
    pub fn back(touched: &[Touched]) -> Self {
        let backwards = touched.iter().rev();
        Self(
            backwards
                .map(|one| (one.member, one.back.clone()))
                .collect(),
        )
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What one member was and became: for the ledger, and for taking it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    pub member: Member,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Raw>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Raw>,
    /// What puts it back.
    pub back: Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Removed,
    Added,
    /// No line of a file: what the lines after it are of, where there are several.
    Of,
}

impl Sign {
    /// Before the line, as in a patch.
    pub fn mark(self) -> char {
        match self {
            Self::Removed => '-',
            Self::Added => '+',
            Self::Of => '@',
        }
    }

    /// The same in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Of => "of",
        }
    }
}

/// How a difference is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// As in a patch.
    Signs,
    /// For those who hear it.
    Words,
}

/// One line of the exact difference, already fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    pub sign: Sign,
    /// Line of the file, from 1: of the old one for what is removed, of the new one for what is added.
    pub line: u32,
    pub text: String,
    /// Another line of the same change differs from it by blanks alone, so they are told.
    pub blanks: bool,
}

impl DiffLine {
    /// `+ "status": "held"`; in words `line 3 added: "status": "held"`.
    pub fn told(&self, wording: Wording) -> String {
        let (sign, text) = (self.sign, &self.text);
        match wording {
            Wording::Signs => format!("{} {text}", sign.mark()),
            Wording::Words if sign == Sign::Of => text.trim().to_owned(),
            Wording::Words if self.line == 0 => format!("{}: {}", sign.word(), text.trim()),
            Wording::Words => {
                let blanks = self.blanks_in_words();
                let text = text.trim();
                format!("line {} {}{blanks}: {text}", self.line, sign.word())
            }
        }
    }

    /// Its text where it stands in a column: indented only where that is the difference.
    pub fn compact(&self) -> &str {
        if self.blanks {
            &self.text
        } else {
            self.text.trim()
        }
    }

    fn blanks_in_words(&self) -> String {
        if !self.blanks {
            return String::new();
        }
        let count = |text: &str| text.chars().count();
        let rest = self.text.trim_start();
        let (before, after) = (
            count(&self.text) - count(rest),
            count(rest) - count(rest.trim_end()),
        );
        match after {
            0 => format!(", indented by {before}"),
            after => format!(", indented by {before}, with {after} blank at its end"),
        }
    }

    /// With its number in front: `    3 + "status": "held"`.
    pub fn numbered(&self, wording: Wording) -> String {
        match wording {
            Wording::Signs => format!("{:>5} {}", self.line, self.told(wording)),
            Wording::Words => self.told(wording),
        }
    }
}
