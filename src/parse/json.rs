//! A JSON reader that keeps the place of every value, reads a valid value out of a damaged file, and never recurses.
//!
//! A value becomes a *tape*: one flat list of tokens, used again for the next value, so that a log line costs no
//! allocation until its texts are taken. Lenient where writers are sloppy without losing anything (raw control
//! characters in strings, `NaN`); strict elsewhere, so that damage is seen.

use std::borrow::Cow;

use crate::domain::text::{decode, strip_styles};

mod scan;
#[cfg(test)]
mod tests;

/// Deeper than this is no record but an attack or an accident.
pub const MOST_DEPTH: usize = 64;
/// Longest text kept of one value, in bytes; what is cut is named with its length.
pub const MOST_TEXT: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool(bool),
    Number,
    /// `plain`: no escape and no control character inside, so the bytes are the text.
    Text {
        plain: bool,
    },
    Array,
    Object,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    /// First byte; of a text the one behind the quote.
    start: u32,
    /// Behind the last byte; of a text the closing quote.
    end: u32,
    /// The token behind this one and all it holds.
    next: u32,
}

/// Where the first byte that is neither blank, NUL nor BOM stands.
pub(super) fn first_byte(bytes: &[u8]) -> usize {
    let bom = if bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    scan::skip_blank(bytes, bom)
}

/// How reading one value ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A whole value; it ends before `end`.
    Value { end: usize },
    /// The bytes ended inside it.
    Cut,
    /// Not JSON from here on.
    Broken { at: usize, fault: Fault },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A string runs into the end of its line.
    OpenString,
    /// A value, key, comma or colon is expected.
    Syntax,
    Deep,
}

/// The bytes that are read, decoded as far as they are valid.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub bytes: &'a [u8],
    valid: &'a str,
}

impl<'a> Source<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let valid = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        };
        Self { bytes, valid }
    }

    /// Where the first invalid byte stands, if there is one. A character cut by the end of the bytes is none.
    pub fn invalid_at(&self) -> Option<usize> {
        let at = self.valid.len();
        let cut = std::str::from_utf8(&self.bytes[at..]).err()?;
        cut.error_len().map(|_| at)
    }

    fn slice(&self, start: usize, end: usize) -> Cow<'a, str> {
        match self.valid.get(start..end) {
            Some(text) => Cow::Borrowed(text),
            None => decode(self.bytes.get(start..end).unwrap_or_default()),
        }
    }
}

/// The tokens of one value. Kept from value to value so that its memory is used again.
#[derive(Debug, Default)]
pub struct Tape {
    tokens: Vec<Token>,
    open: Vec<u32>,
}

/// What is read of a file that is one whole JSON document, whatever stands before it. None where it is none.
pub fn document<T>(bytes: &[u8], read: impl FnOnce(Node<'_>) -> T) -> Option<T> {
    let source = Source::new(bytes);
    let mut tape = Tape::default();
    let from = bytes.iter().position(|b| matches!(b, b'{' | b'['))?;
    match tape.read(bytes, from) {
        Outcome::Value { .. } => Some(read(tape.root(&source))),
        Outcome::Cut | Outcome::Broken { .. } => None,
    }
}

impl Tape {
    /// The value just read.
    pub fn root<'t>(&'t self, source: &'t Source<'t>) -> Node<'t> {
        Node {
            tape: self,
            source,
            at: 0,
        }
    }
}

/// One value on the tape.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tape: &'t Tape,
    source: &'t Source<'t>,
    at: u32,
}

impl<'t> Node<'t> {
    fn token(&self) -> Token {
        const NOTHING: Token = Token {
            kind: Kind::Null,
            start: 0,
            end: 0,
            next: 0,
        };
        self.tape
            .tokens
            .get(self.at as usize)
            .copied()
            .unwrap_or(NOTHING)
    }

    pub fn kind(&self) -> Kind {
        self.token().kind
    }

    /// Its place on the tape, to come back to with [`Node::at`].
    pub(super) fn index(&self) -> u32 {
        self.at
    }

    pub(super) fn at(&self, index: u32) -> Self {
        Self { at: index, ..*self }
    }

    /// The bytes of the value, quotes and brackets included.
    pub fn span(&self) -> (usize, usize) {
        let token = self.token();
        let quote = usize::from(matches!(token.kind, Kind::Text { .. }));
        (token.start as usize - quote, token.end as usize + quote)
    }

    /// `null`, `""`, `[]`, `{}`: present, but saying nothing.
    pub fn is_empty(&self) -> bool {
        let token = self.token();
        match token.kind {
            Kind::Null => true,
            Kind::Bool(_) | Kind::Number => false,
            Kind::Text { .. } => token.start == token.end,
            Kind::Array | Kind::Object => token.next == self.at + 1,
        }
    }

    pub fn is_object(&self) -> bool {
        self.kind() == Kind::Object
    }

    /// The members of an object; nothing for another kind.
    pub fn fields(&self) -> Fields<'t> {
        let token = self.token();
        let end = if token.kind == Kind::Object {
            token.next
        } else {
            self.at + 1
        };
        Fields {
            node: *self,
            at: self.at + 1,
            end,
        }
    }

    /// The members of an array; nothing for another kind.
    pub fn items(&self) -> impl Iterator<Item = Self> + use<'t> {
        let token = self.token();
        let node = *self;
        let end = if token.kind == Kind::Array {
            token.next
        } else {
            self.at + 1
        };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            let item = (at < end).then_some(Self { at, ..node })?;
            at = item.token().next;
            Some(item)
        })
    }

    /// The value of the last member of this name.
    pub fn get(&self, key: &str) -> Option<Self> {
        let found = self
            .fields()
            .filter(|(name, _)| name.raw() == key.as_bytes());
        found.last().map(|(_, value)| value)
    }

    /// The bytes between the quotes of a text, as they stand.
    pub fn raw(&self) -> &'t [u8] {
        let token = self.token();
        self.source
            .bytes
            .get(token.start as usize..token.end as usize)
            .unwrap_or_default()
    }

    /// A text, decoded, without NUL and colour sequences; cut at [`MOST_TEXT`].
    pub fn text(&self) -> Option<Cow<'t, str>> {
        let token = self.token();
        let Kind::Text { plain } = token.kind else {
            return None;
        };
        let raw = self.source.slice(token.start as usize, token.end as usize);
        if plain && raw.len() <= MOST_TEXT {
            return Some(raw);
        }
        let text = scan::unescape(&raw);
        let text = match strip_styles(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(text) => text,
        };
        Some(Cow::Owned(shorten(text)))
    }

    /// A text as it is, or any other value as it is written: for showing what is not understood.
    pub fn verbatim(&self) -> Cow<'t, str> {
        let token = self.token();
        self.text().unwrap_or_else(|| {
            let text = self.source.slice(token.start as usize, token.end as usize);
            if text.len() > MOST_TEXT {
                Cow::Owned(shorten(text.into_owned()))
            } else {
                text
            }
        })
    }

    /// The digits of a number, or of a text that is one, where there is nothing else.
    fn digits(&self) -> Option<u64> {
        let raw = match self.kind() {
            Kind::Number | Kind::Text { .. } => self.raw(),
            Kind::Null | Kind::Bool(_) | Kind::Array | Kind::Object => return None,
        };
        // Up to 15 digits are exact in every kind of number.
        if raw.is_empty() || raw.len() > 15 || !raw.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let sum = |sum, digit: &u8| sum * 10 + u64::from(digit - b'0');
        Some(raw.iter().fold(0, sum))
    }

    /// A number, also when written as a string.
    pub fn number(&self) -> Option<f64> {
        if let Some(whole) = self.digits() {
            return Some(whole as f64);
        }
        let text = match self.kind() {
            Kind::Number | Kind::Text { .. } => std::str::from_utf8(self.raw()).ok()?.trim(),
            Kind::Null | Kind::Bool(_) | Kind::Array | Kind::Object => return None,
        };
        let numeric = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        numeric
            .then(|| text.parse::<f64>().ok())
            .flatten()
            .filter(|n| n.is_finite())
    }

    /// A whole number that is not negative, also when written as a string.
    pub fn count(&self) -> Option<u64> {
        if let Some(whole) = self.digits() {
            return Some(whole);
        }
        let number = self.number()?;
        if let Ok(exact) = std::str::from_utf8(self.raw()).unwrap_or("").trim().parse() {
            return Some(exact);
        }
        (number >= 0.0 && number.fract() == 0.0 && number < 1e15).then_some(number as u64)
    }

    pub fn boolean(&self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(value) => Some(value),
            Kind::Text { .. } => match self.raw() {
                b"true" | b"True" | b"yes" => Some(true),
                b"false" | b"False" | b"no" => Some(false),
                _ => None,
            },
            Kind::Null | Kind::Number | Kind::Array | Kind::Object => None,
        }
    }
}

fn shorten(text: String) -> String {
    if text.len() <= MOST_TEXT {
        return text;
    }
    let end = (0..=MOST_TEXT).rev().find(|i| text.is_char_boundary(*i));
    format!("{}… ({} bytes)", &text[..end.unwrap_or(0)], text.len())
}

pub struct Fields<'t> {
    node: Node<'t>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Fields<'t> {
    /// Key and value.
    type Item = (Node<'t>, Node<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Node {
            at: self.at,
            ..self.node
        };
        let value = Node {
            at: self.at + 1,
            ..self.node
        };
        self.at = value.token().next;
        Some((key, value))
    }
}
