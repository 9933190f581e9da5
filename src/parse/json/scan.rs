//! From bytes to tokens.

use super::{Fault, Kind, MOST_DEPTH, Outcome, Tape, Token};

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    FirstItem,
    FirstKey,
    Key,
    Comma,
}

type Stop = Outcome;

fn broken(at: usize) -> Stop {
    Outcome::Broken {
        at,
        fault: Fault::Syntax,
    }
}

impl Tape {
    /// Reads one value from `at` on. `bytes` must be shorter than 4 GiB.
    pub fn read(&mut self, bytes: &[u8], at: usize) -> Outcome {
        self.tokens.clear();
        self.open.clear();
        let mut at = at;
        let mut expect = Expect::Value;
        loop {
            at = skip_blank(bytes, at);
            let Some(&byte) = bytes.get(at) else {
                return Outcome::Cut;
            };
            let step = match expect {
                Expect::FirstItem if byte == b']' => Ok(self.close(at)),
                Expect::Value | Expect::FirstItem => self.value(bytes, at),
                Expect::FirstKey if byte == b'}' => Ok(self.close(at)),
                Expect::FirstKey | Expect::Key => self.key(bytes, at),
                Expect::Comma => self.comma(byte, at),
            };
            match step {
                Ok((_, Expect::Comma)) if self.open.is_empty() => {
                    let end = step.map_or(at, |(end, _)| end);
                    return Outcome::Value { end };
                }
                Ok((next, then)) => {
                    at = next;
                    expect = then;
                }
                Err(stop) => return stop,
            }
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = self.tokens.len() as u32 + 1;
        self.tokens.push(Token {
            kind,
            start: start as u32,
            end: end as u32,
            next,
        });
    }

    fn value(&mut self, bytes: &[u8], at: usize) -> Result<(usize, Expect), Stop> {
        match bytes[at] {
            b'"' => {
                let (end, plain) = string(bytes, at + 1)?;
                self.push(Kind::Text { plain }, at + 1, end);
                Ok((end + 1, Expect::Comma))
            }
            b'{' => self.enter(Kind::Object, at, Expect::FirstKey),
            b'[' => self.enter(Kind::Array, at, Expect::FirstItem),
            b'-' | b'0'..=b'9' => self.number(bytes, at),
            b't' => self.word(bytes, at, b"true", Kind::Bool(true)),
            b'f' => self.word(bytes, at, b"false", Kind::Bool(false)),
            b'n' => self.word(bytes, at, b"null", Kind::Null),
            // What Python writes for numbers that are none.
            b'N' => self.word(bytes, at, b"NaN", Kind::Null),
            b'I' => self.word(bytes, at, b"Infinity", Kind::Null),
            _ => Err(broken(at)),
        }
    }

    fn enter(&mut self, kind: Kind, at: usize, then: Expect) -> Result<(usize, Expect), Stop> {
        if self.open.len() >= MOST_DEPTH {
            return Err(Outcome::Broken {
                at,
                fault: Fault::Deep,
            });
        }
        self.open.push(self.tokens.len() as u32);
        self.push(kind, at, at + 1);
        Ok((at + 1, then))
    }

    fn close(&mut self, at: usize) -> (usize, Expect) {
        let next = self.tokens.len() as u32;
        if let Some(open) = self.open.pop() {
            let token = &mut self.tokens[open as usize];
            token.end = at as u32 + 1;
            token.next = next;
        }
        (at + 1, Expect::Comma)
    }

    fn comma(&mut self, byte: u8, at: usize) -> Result<(usize, Expect), Stop> {
        let open = self.open.last().map(|i| self.tokens[*i as usize].kind);
        match (byte, open) {
            (b',', Some(Kind::Object)) => Ok((at + 1, Expect::Key)),
            (b',', Some(_)) => Ok((at + 1, Expect::Value)),
            (b'}', Some(Kind::Object)) | (b']', Some(Kind::Array)) => Ok(self.close(at)),
            _ => Err(broken(at)),
        }
    }

    fn key(&mut self, bytes: &[u8], at: usize) -> Result<(usize, Expect), Stop> {
        if bytes[at] != b'"' {
            return Err(broken(at));
        }
        let (end, plain) = string(bytes, at + 1)?;
        self.push(Kind::Text { plain }, at + 1, end);
        let colon = skip_blank(bytes, end + 1);
        match bytes.get(colon) {
            Some(b':') => Ok((colon + 1, Expect::Value)),
            Some(_) => Err(broken(colon)),
            None => Err(Outcome::Cut),
        }
    }

    fn number(&mut self, bytes: &[u8], at: usize) -> Result<(usize, Expect), Stop> {
        let len = bytes[at + 1..]
            .iter()
            .take_while(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
            .count();
        let end = at + 1 + len;
        match bytes.get(end) {
            // A number at the very end may go on; only a container's end says it is whole.
            None => Err(Outcome::Cut),
            Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' | 0) => {
                self.push(Kind::Number, at, end);
                Ok((end, Expect::Comma))
            }
            Some(_) => Err(broken(end)),
        }
    }

    fn word(
        &mut self,
        bytes: &[u8],
        at: usize,
        word: &[u8],
        kind: Kind,
    ) -> Result<(usize, Expect), Stop> {
        let rest = &bytes[at..];
        if rest.starts_with(word) {
            self.push(kind, at, at + word.len());
            return Ok((at + word.len(), Expect::Comma));
        }
        Err(if word.starts_with(rest) {
            Outcome::Cut
        } else {
            broken(at)
        })
    }
}

/// Blanks and NUL, which crashed file systems leave in blocks.
pub(crate) fn skip_blank(bytes: &[u8], from: usize) -> usize {
    let blank = bytes[from.min(bytes.len())..]
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | 0));
    from + blank.count()
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// A bit set in every byte of `word` that ends a plain run: a quote, a backslash, or a control character.
fn special(word: u64) -> u64 {
    let equal = |byte: u8| {
        let x = word ^ (ONES * u64::from(byte));
        x.wrapping_sub(ONES) & !x
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (equal(b'"') | equal(b'\\') | control) & HIGHS
}

/// From behind the opening quote to the closing one, and whether all between is plain.
fn string(bytes: &[u8], from: usize) -> Result<(usize, bool), Stop> {
    let mut at = from;
    let mut plain = true;
    loop {
        while let Some(word) = bytes[at..].first_chunk::<8>() {
            let found = special(u64::from_le_bytes(*word));
            if found != 0 {
                at += found.trailing_zeros() as usize / 8;
                break;
            }
            at += 8;
        }
        match bytes.get(at) {
            None => return Err(Outcome::Cut),
            Some(b'"') => return Ok((at, plain)),
            Some(b'\n') => return Err(open_string(at)),
            Some(b'\\') => {
                plain = false;
                match bytes.get(at + 1) {
                    None => return Err(Outcome::Cut),
                    Some(b'\n') => return Err(open_string(at + 1)),
                    Some(_) => at += 2,
                }
            }
            Some(byte) => {
                plain &= *byte >= 0x20;
                at += 1;
            }
        }
    }
}

fn open_string(at: usize) -> Stop {
    Outcome::Broken {
        at,
        fault: Fault::OpenString,
    }
}

/// Resolves escapes and drops NUL. An escape that is none stays as it is written.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['\\', '\0']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let (c, len) = escape(tail);
        match c {
            Some('\0') => {}
            Some(c) => out.push(c),
            None => out.push_str(&tail[..len]),
        }
        rest = &tail[len..];
    }
    out.push_str(rest);
    out
}

/// The character an escape at the start stands for, and its length in bytes.
fn escape(tail: &str) -> (Option<char>, usize) {
    let simple = match tail.as_bytes().get(1) {
        _ if tail.starts_with('\0') => return (Some('\0'), 1),
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'u') => return unicode(tail),
        _ => return (None, 1),
    };
    (Some(simple), 2)
}

fn unicode(tail: &str) -> (Option<char>, usize) {
    let Some(first) = hex4(tail, 2) else {
        return (None, 2);
    };
    if let Some(c) = char::from_u32(first) {
        return (Some(c), 6);
    }
    let low = tail
        .get(6..8)
        .filter(|mark| *mark == "\\u")
        .and_then(|_| hex4(tail, 8));
    match (first, low) {
        (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code), 12)
        }
        // Half of a pair says nothing; it stays as it is written.
        _ => (None, 6),
    }
}

fn hex4(text: &str, from: usize) -> Option<u32> {
    let digits = text.get(from..from + 4)?;
    let all_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    all_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}
