//! How an order is confirmed. The default is always no.

use serde::{Deserialize, Serialize};

use super::base::Base;
use super::request::Request;

/// What the operator must do before it takes effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirm {
    /// Nothing: it changes nothing outside, and can be taken back.
    None,
    /// `y`.
    Yes,
    /// The shown code is typed; a paste is refused.
    Code(Code),
    /// The code, and "I have checked outside": the same action was done within the last day.
    CodeAndOutside(Code),
}

/// Four letters that depend on what was seen: another state, another code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(String);

/// Without vowels, so that no word comes of it, and without letters that look alike.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

impl Code {
    /// The same for the preview and for the order that follows it, whatever their operation ids are.
    pub fn of(request: &Request, bases: &[&Base]) -> Self {
        let mut seen = format!(
            "{}\u{0}{}\u{0}{}\u{0}{}",
            request.verb.word(),
            request.agent.as_str(),
            request.task.as_ref().map_or("", |task| task.as_str()),
            request.key.as_deref().unwrap_or_default(),
        );
        for base in bases {
            seen.push('\u{0}');
            seen.push_str(&base.fingerprint());
        }
        let mut hash = xxhash_rust::xxh3::xxh3_64(seen.as_bytes());
        let mut code = String::with_capacity(4);
        for _ in 0..4 {
            code.push(char::from(LETTERS[(hash % 20) as usize]));
            hash /= 20;
        }
        Self(code)
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

/// What the operator said to the preview.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// `y`, or `--yes`.
    pub yes: bool,
    /// The code as it was typed.
    pub code: Option<String>,
    /// "I have checked outside."
    pub outside: bool,
}

impl Confirm {
    /// # Errors
    /// What is missing, in one sentence.
    pub fn admits(&self, answer: &Answer) -> Result<(), String> {
        let typed = |code: &Code| {
            let typed = answer.code.as_deref().map(str::trim);
            typed.is_some_and(|typed| typed.eq_ignore_ascii_case(code.text()))
        };
        match self {
            Self::Yes if answer.yes => Ok(()),
            Self::Yes => Err("not confirmed".to_owned()),
            Self::Code(code) | Self::CodeAndOutside(code) if !typed(code) => {
                Err(format!("not confirmed: the code is {}", code.text()))
            }
            Self::None | Self::Code(_) => Ok(()),
            Self::CodeAndOutside(_) if answer.outside => Ok(()),
            Self::CodeAndOutside(_) => {
                Err("not confirmed: say that you have checked outside".to_owned())
            }
        }
    }
}
