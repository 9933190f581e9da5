//! Secrets that agents leak into their logs, masked wherever text leaves rounds.
//!
//! One pass over the text in linear time; plain prose is returned as it is, without an allocation.

use std::borrow::Cow;

/// Prefixes of tokens that are secrets by their form, with the least length of what follows.
const PREFIXES: &[(&str, usize)] = &[
    ("sk-", 16),
    ("sk_live_", 12),
    ("rk_live_", 12),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xapp-", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("ya29.", 20),
    ("npm_", 30),
    ("pypi-", 30),
    ("hf_", 30),
];

/// Names whose value is a secret when written `NAME=value` or `"name": "value"`.
const SECRET_NAMES: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "api_key",
    "apikey",
    "private_key",
    "access_key",
];

const MASK: &str = "[redacted]";

/// The text with every recognised secret replaced by `[redacted]`.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while at < text.len() {
        if let Some((from, to)) = secret_at(text, at) {
            out.push_str(&text[kept..from]);
            out.push_str(MASK);
            kept = to;
            at = to;
        } else {
            at += next_char(text, at);
        }
    }
    if kept == 0 && out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

fn next_char(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// A secret that is recognised at this place: the range to mask.
fn secret_at(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let first = bytes[at];
    let starts_word = at == 0 || !is_token_byte(bytes[at - 1]);
    match first {
        b'-' if text[at..].starts_with("-----BEGIN ") => Some(pem(text, at)),
        b':' if text[at..].starts_with("://") => userinfo(text, at + 3),
        b'=' | b':' => assigned(text, at),
        _ if !starts_word => None,
        b'e' if text[at..].starts_with("eyJ") => jwt(text, at),
        b'B' | b'b' => bearer(text, at),
        _ => prefixed(text, at),
    }
    .or_else(|| {
        (starts_word && matches!(first, b'e' | b'B' | b'b'))
            .then(|| prefixed(text, at))
            .flatten()
    })
}

fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~')
}

fn token_end(text: &str, from: usize) -> usize {
    from + text.as_bytes()[from..]
        .iter()
        .take_while(|b| is_token_byte(**b))
        .count()
}

fn prefixed(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &text[at..];
    let (prefix, least) = PREFIXES
        .iter()
        .find(|(prefix, _)| rest.starts_with(prefix))?;
    let end = token_end(text, at);
    (end >= at + prefix.len() + least).then_some((at, end))
}

fn jwt(text: &str, at: usize) -> Option<(usize, usize)> {
    let end = token_end(text, at);
    let token = &text[at..end];
    (token.matches('.').count() >= 2 && token.len() > 30).then_some((at, end))
}

fn bearer(text: &str, at: usize) -> Option<(usize, usize)> {
    let word = text.get(at..at + 7)?;
    if !word.eq_ignore_ascii_case("bearer ") {
        return None;
    }
    let end = token_end(text, at + 7);
    (end >= at + 7 + 8).then_some((at + 7, end))
}

fn pem(text: &str, at: usize) -> (usize, usize) {
    let close = text[at..]
        .find("-----END ")
        .map(|i| at + i + "-----END ".len());
    let end = close.and_then(|i| text[i..].find("-----").map(|j| i + j + 5));
    (at, end.unwrap_or(text.len()))
}

/// `scheme://user:password@host`: the part between the slashes and the at sign.
fn userinfo(text: &str, from: usize) -> Option<(usize, usize)> {
    let authority =
        text[from..].find(|c: char| matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace());
    let end = authority.map_or(text.len(), |i| from + i);
    let at_sign = text[from..end].rfind('@')?;
    text[from..from + at_sign]
        .contains(':')
        .then_some((from, from + at_sign))
}

/// `MY_TOKEN=value`, `password: value`, `"api_key": "value"`.
fn assigned(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = text[..at].trim_end_matches(['"', '\'', ' ']);
    let name_from = before
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .map_or(0, |i| i + next_char(before, i));
    let name = before[name_from..].to_ascii_lowercase().replace('-', "_");
    if name.len() > 64
        || !SECRET_NAMES
            .iter()
            .any(|secret| name == *secret || name.ends_with(&format!("_{secret}")))
    {
        return None;
    }
    let value = text[at + 1..].trim_start_matches([' ', '"', '\'']);
    let from = text.len() - value.len();
    let end = from
        + value
            .find(|c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '&' | '}' | ')')
            })
            .unwrap_or(value.len());
    // A number or a short word after "tokens:" is a count, not a secret.
    (end - from >= 6 && !value[..end - from].bytes().all(|b| b.is_ascii_digit()))
        .then_some((from, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_every_form_are_masked() {
        for (text, expected) in [
            ("key sk-abcdefghijklmnop1234 used", "key [redacted] used"),
            (
                "Authorization: Bearer abcdef123456",
                "Authorization: Bearer [redacted]",
            ),
            ("GH_TOKEN=abcdef123 make", "GH_TOKEN=[redacted] make"),
            (
                "{\"api_key\": \"zzz-yyy-xxx\"}",
                "{\"api_key\": \"[redacted]\"}",
            ),
            ("https://me:pw@host/path", "https://[redacted]@host/path"),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig-nature",
                "[redacted]",
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- after",
                "[redacted] after",
            ),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn prose_is_left_alone() {
        for text in [
            "tokens: 123456789",
            "task: skip-the-line",
            "see https://example.org/a:b@c",
            "wrote 3 words",
            "be early",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
