//! Status words. The whole value is tried first, then its first known word, then an emoji.
//!
//! What is in no list is no status: it is kept and shown, and never counts as ok.

use std::borrow::Cow;

use crate::domain::heartbeat::RunStatus;
use crate::domain::task::TaskStatus;

use super::key::Table;

/// What a status word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Ok,
    Partial,
    Skipped,
    Failed,
    Running,
    Pending,
    Review,
    Blocked,
    Off,
}

impl Class {
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::Partial,
        Self::Skipped,
        Self::Failed,
        Self::Running,
        Self::Pending,
        Self::Review,
        Self::Blocked,
        Self::Off,
    ];

    /// The name in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Review => "review",
            Self::Blocked => "blocked",
            Self::Off => "off",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.word() == name)
    }

    /// What a record of this class says about its run. Waiting, in review or switched off is no run: `Unknown`.
    pub fn run_status(self) -> RunStatus {
        match self {
            Self::Ok => RunStatus::Ok,
            Self::Partial => RunStatus::Partial,
            Self::Skipped => RunStatus::Skipped,
            Self::Failed => RunStatus::Failed,
            Self::Running => RunStatus::Running,
            Self::Blocked => RunStatus::Blocked,
            Self::Pending | Self::Review | Self::Off => RunStatus::Unknown,
        }
    }

    /// What a plan claims with it. A plan has no half-done tasks: `partial` is `Unknown`.
    pub fn task_status(self) -> TaskStatus {
        match self {
            Self::Ok => TaskStatus::Done,
            Self::Partial => TaskStatus::Unknown,
            Self::Skipped => TaskStatus::Skipped,
            Self::Failed => TaskStatus::Failed,
            Self::Running => TaskStatus::Running,
            Self::Pending => TaskStatus::Pending,
            Self::Review => TaskStatus::Review,
            Self::Blocked => TaskStatus::Blocked,
            Self::Off => TaskStatus::Off,
        }
    }
}

/// Where a status text stands: the same word means different things in different fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `status`, `state`, `outcome`, `result`.
    Status,
    /// A log level: `info` is a beat that claims nothing.
    Level,
    /// The name of an event: only its last word tells how it ended.
    Event,
}

const EMOJI: &[(char, Class)] = &[
    ('✅', Class::Ok),
    ('✓', Class::Ok),
    ('✔', Class::Ok),
    ('🟢', Class::Ok),
    ('⚠', Class::Partial),
    ('🟡', Class::Partial),
    ('⏭', Class::Skipped),
    ('❌', Class::Failed),
    ('✗', Class::Failed),
    ('✘', Class::Failed),
    ('🔴', Class::Failed),
    ('🚨', Class::Failed),
    ('🔄', Class::Running),
    ('⏳', Class::Pending),
    ('🚧', Class::Blocked),
    ('⏸', Class::Blocked),
];

/// Words that turn the next one into its absence: `no errors`, `0 failed`.
const NEGATIONS: &[&str] = &["no", "not", "never", "without", "0", "zero", "non"];

/// Longer texts are prose: only their first word or an emoji before it says anything.
const MOST_WORDS: usize = 4;

/// Longest text that is made normal where it stands, in bytes.
const SHORT: usize = 64;

/// Lower case, words apart by one space, everything but letters and digits gone.
pub(super) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The same, without an allocation for the short plain texts that most words of a log are.
fn normal_in<'b>(text: &str, buffer: &'b mut [u8; SHORT]) -> Cow<'b, str> {
    if text.len() > SHORT || !text.is_ascii() {
        return Cow::Owned(normal(text));
    }
    let mut len = 0;
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            buffer[len] = byte.to_ascii_lowercase();
            len += 1;
        } else if len > 0 && buffer[len - 1] != b' ' {
            buffer[len] = b' ';
            len += 1;
        }
    }
    let text = std::str::from_utf8(&buffer[..len]).unwrap_or_default();
    Cow::Borrowed(text.trim_end())
}

/// The class of a status text, if it has one.
pub(super) fn classify(words: &Table<Class>, text: &str, place: Place) -> Option<Class> {
    if let Some(class) = words.get(text) {
        return allowed(*class, text, place);
    }
    let text = text.trim();
    let mut buffer = [0; SHORT];
    let normal = normal_in(head(text, 400), &mut buffer);
    // Most texts are one word that is normal as it stands: they are looked up once.
    if normal != text
        && let Some(class) = words.get(&*normal)
    {
        return allowed(*class, &normal, place);
    }
    match place {
        Place::Level => None,
        Place::Event => {
            let (_, last) = normal.rsplit_once(' ')?;
            words.get(last).copied()
        }
        Place::Status => first_word(words, &normal).or_else(|| emoji(text)),
    }
}

fn head(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|i| text.is_char_boundary(*i));
    &text[..end.unwrap_or(0)]
}

fn allowed(class: Class, word: &str, place: Place) -> Option<Class> {
    match place {
        Place::Status | Place::Event => Some(class),
        // Of a level only trouble and success are claims.
        Place::Level => (matches!(class, Class::Partial | Class::Failed)
            || matches!(word, "success" | "ok"))
        .then_some(class),
    }
}

/// An emoji anywhere in the text.
pub(crate) fn emoji(text: &str) -> Option<Class> {
    if text.is_ascii() {
        return None;
    }
    text.chars()
        .find_map(|c| EMOJI.iter().find(|(e, _)| *e == c).map(|(_, class)| *class))
}

fn first_word(words: &Table<Class>, normal: &str) -> Option<Class> {
    let count = normal.split(' ').count();
    let reach = if count > MOST_WORDS { 1 } else { count };
    let (mut at, mut before) = (0, None);
    for word in normal.split(' ').take(reach) {
        let behind = &normal[at + word.len()..];
        let next = behind.strip_prefix(' ').and_then(|b| b.split(' ').next());
        if let Some(class) = next.and_then(|next| code(word, next)) {
            return Some(class);
        }
        if !before.is_some_and(|word| NEGATIONS.contains(&word)) {
            // Two words stand as the table writes them: apart by one space.
            let pair =
                next.and_then(|next| words.get(&normal[at..at + word.len() + 1 + next.len()]));
            if let Some(class) = pair.or_else(|| words.get(word)) {
                return Some(*class);
            }
            if !word.is_ascii()
                && let Some(class) = inside(words, word)
            {
                return Some(class);
            }
        }
        before = Some(word);
        at += word.len() + 1;
    }
    None
}

/// `exit 1`, `http 429`.
fn code(word: &str, number: &str) -> Option<Class> {
    let number: u32 = number.parse().ok()?;
    match word {
        "exit" | "code" | "rc" => Some(if number == 0 {
            Class::Ok
        } else {
            Class::Failed
        }),
        "http" => (400..600).contains(&number).then_some(Class::Failed),
        _ => None,
    }
}

/// A known word inside a text of a script that writes without spaces; the longest wins.
fn inside(words: &Table<Class>, text: &str) -> Option<Class> {
    if text.contains(['未', '不', '无', '没']) {
        return None;
    }
    words
        .iter()
        .filter(|(word, _)| !word.is_ascii() && text.contains(word.as_str()))
        .max_by_key(|(word, _)| (word.len(), *word))
        .map(|(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use super::super::Vocabulary;
    use super::*;

    fn class(text: &str) -> Option<Class> {
        Vocabulary::default().class(text, Place::Status)
    }

    #[test]
    fn whole_value_then_first_known_word_then_emoji() {
        for (text, expected) in [
            ("success", Some(Class::Ok)),
            ("HEARTBEAT_OK", Some(Class::Ok)),
            ("[SILENT]", Some(Class::Ok)),
            ("IN PROGRESS", Some(Class::Running)),
            ("timed out", Some(Class::Failed)),
            ("✅ Complete", Some(Class::Ok)),
            ("⏭️ 跳过", Some(Class::Skipped)),
            ("已完成", Some(Class::Ok)),
            ("⚠️", Some(Class::Partial)),
            ("exit 0", Some(Class::Ok)),
            ("exit=127", Some(Class::Failed)),
            ("HTTP 429", Some(Class::Failed)),
            ("HTTP 200", None),
            ("already_executed", Some(Class::Skipped)),
            ("failed: no route", Some(Class::Failed)),
            ("on fire", None),
            ("", None),
        ] {
            assert_eq!(class(text), expected, "{text}");
        }
    }

    #[test]
    fn an_absence_is_not_the_thing() {
        assert_eq!(class("no errors"), None);
        assert_eq!(class("0 failed"), None);
        assert_eq!(class("not started"), Some(Class::Pending));
        assert_eq!(class("未完成"), None);
    }

    #[test]
    fn prose_is_not_searched_for_words() {
        assert_eq!(class("cleaned up stale task that had failed before"), None);
    }

    #[test]
    fn the_field_decides_ambiguous_words() {
        let v = Vocabulary::default();
        assert_eq!(v.class("info", Place::Level), None);
        assert_eq!(v.class("done", Place::Level), None);
        assert_eq!(v.class("ERROR", Place::Level), Some(Class::Failed));
        assert_eq!(v.class("job_failed", Place::Event), Some(Class::Failed));
        assert_eq!(v.class("error_report_sent", Place::Event), Some(Class::Ok));
        assert_eq!(v.class("feed_scan", Place::Event), None);
    }
}
