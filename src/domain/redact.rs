//! Secrets that agents leak into their logs, masked wherever text leaves rounds.
//!
//! One pass over the text in linear time; plain prose is returned as it is, without an allocation.

use std::borrow::Cow;

/// Prefixes of tokens that are secrets by their form, with the least length of what follows.
const PREFIXES: &[(&str, usize)] = &[
    ("sk-", 16),
    ("sk_live_", 12),
    ("sk_test_", 12),
    ("rk_live_", 12),
    ("rk_test_", 12),
    ("whsec_", 16),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("xapp-", 10),
    ("AIza", 30),
    ("ya29.", 20),
    ("SG.", 30),
    ("npm_", 30),
    ("pypi-", 30),
    ("hf_", 30),
    ("gsk_", 30),
    ("pplx-", 30),
    ("xai-", 30),
    ("nvapi-", 30),
    ("tvly-", 20),
    ("r8_", 30),
    ("hvs.", 20),
    ("dop_v1_", 30),
    ("shpat_", 20),
    ("lin_api_", 20),
    ("ntn_", 30),
];

/// No token of theirs is shorter.
const LEAST_PREFIXED: usize = 15;

/// Names whose value is a secret when written `NAME=value` or `"name": "value"`, alone or behind an underscore.
const SECRET_NAMES: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "api_key",
    "apikey",
    "private_key",
    "access_key",
    "secret_key",
];

/// The same as the end of a name in camel case.
const SECRET_ENDS: &[&str] = &[
    "Token",
    "Secret",
    "Password",
    "ApiKey",
    "APIKey",
    "PrivateKey",
    "AccessKey",
    "SecretKey",
];

/// Ends of environment variables that hold secrets.
const VARIABLE_ENDS: &[&str] = &["_KEY", "_PASS", "_PWD", "_CREDENTIALS"];

/// Addresses whose path is a password.
const HOOKS: &[&str] = &[
    "hooks.slack.com/services/",
    "discord.com/api/webhooks/",
    "api.telegram.org/bot",
];

const MASK: &str = "[redacted]";
/// How much of a token or value is looked at to tell whether it is a secret, in bytes: bounds the work per place.
const WINDOW: usize = 512;
/// Longest name that is looked at, in bytes.
const MOST_NAME: usize = 64;

/// The text with every recognised secret replaced by `[redacted]`.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while at < text.len() {
        if let Some((from, to)) = secret_at(text, at).filter(|(from, _)| *from >= kept) {
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
    match bytes[at] {
        b'-' if bytes[at..].starts_with(b"-----BEGIN ") => pem(text, at),
        b':' if bytes[at..].starts_with(b"://") => {
            userinfo(text, at + 3).or_else(|| hook(text, at + 3))
        }
        b':' => bot(text, at).or_else(|| assigned(text, at)),
        b'=' => assigned(text, at),
        first if first.is_ascii_alphabetic() && (at == 0 || !is_name_byte(bytes[at - 1])) => {
            word(text, at, first)
        }
        _ => None,
    }
}

/// A secret by its form, at the start of a word.
fn word(text: &str, at: usize, first: u8) -> Option<(usize, usize)> {
    let own = match first {
        b'e' => jwt(text, at),
        b'A' => access_key_id(text, at),
        b'B' | b'b' => credentials(text, at),
        _ => None,
    };
    own.or_else(|| prefixed(text, at))
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')
}

fn is_token_byte(b: u8) -> bool {
    is_name_byte(b) || matches!(b, b'.' | b'+' | b'/' | b'=' | b'~')
}

/// Where the token that begins here ends; a full stop behind it is the sentence's.
fn token_end(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let len = rest.bytes().take_while(|b| is_token_byte(*b)).count();
    from + rest[..len].trim_end_matches('.').len()
}

/// The first bytes of the token that begins here.
fn token_start(text: &str, from: usize) -> &str {
    let bytes = text.as_bytes()[from..].iter().take(WINDOW);
    let len = bytes.take_while(|b| is_token_byte(**b)).count();
    text[from..from + len].trim_end_matches('.')
}

/// Letters alone in one case are words; random tokens are not.
fn looks_random(token: &str) -> bool {
    let has = |test: fn(&u8) -> bool| token.as_bytes().iter().any(test);
    has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

fn prefixed(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &text.as_bytes()[at..];
    // Words of prose are too short for any of them.
    let start = rest.get(..LEAST_PREFIXED)?;
    if !start.iter().all(|b| is_token_byte(*b)) {
        return None;
    }
    let (prefix, least) = PREFIXES
        .iter()
        .find(|(prefix, _)| rest.starts_with(prefix.as_bytes()))?;
    let tail = token_start(text, at + prefix.len());
    (tail.len() >= *least && looks_random(tail)).then(|| (at, token_end(text, at)))
}

/// `AKIA` or `ASIA` and exactly sixteen capitals and digits.
fn access_key_id(text: &str, at: usize) -> Option<(usize, usize)> {
    let token = text.get(at..at + 20)?;
    let shaped = token
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let ends = !text
        .as_bytes()
        .get(at + 20)
        .copied()
        .is_some_and(is_name_byte);
    let known = token.starts_with("AKIA") || token.starts_with("ASIA");
    (known && shaped && ends).then_some((at, at + 20))
}

fn jwt(text: &str, at: usize) -> Option<(usize, usize)> {
    if !text[at..].starts_with("eyJ") {
        return None;
    }
    let token = token_start(text, at);
    // The second dot may stand behind the window.
    let dots = token.matches('.').count();
    let shaped = dots >= 2 || (dots == 1 && token.len() >= WINDOW - 1);
    (shaped && token.len() > 30).then(|| (at, token_end(text, at)))
}

/// `Bearer …`, and `Basic …` where an authorization is named before it.
fn credentials(text: &str, at: usize) -> Option<(usize, usize)> {
    let scheme = |word: &str| {
        let found = text.get(at..at + word.len())?;
        found.eq_ignore_ascii_case(word).then_some(at + word.len())
    };
    let (from, least) = if let Some(from) = scheme("bearer ") {
        (from, 8)
    } else {
        let from = scheme("basic ")?;
        let before = text[..at].trim_end_matches([' ', ':', '"', '\'', '=', '\\']);
        let named = before.len().checked_sub(13).and_then(|i| before.get(i..))?;
        named
            .eq_ignore_ascii_case("authorization")
            .then_some((from, 6))?
    };
    let token = token_start(text, from);
    (token.len() >= least && (least == 6 || looks_random(token)))
        .then(|| (from, token_end(text, from)))
}

/// A private key in PEM; certificates and the like are public.
fn pem(text: &str, at: usize) -> Option<(usize, usize)> {
    let header = &text[at + "-----BEGIN ".len()..];
    let name = &header[..header.find("-----")?];
    if name.len() > MOST_NAME || !name.contains("PRIVATE KEY") {
        return None;
    }
    let close = text[at..]
        .find("-----END ")
        .map(|i| at + i + "-----END ".len());
    let end = close.and_then(|i| text[i..].find("-----").map(|j| i + j + 5));
    Some((at, end.unwrap_or(text.len())))
}

/// `scheme://user:password@host`: the part between the slashes and the at sign.
fn userinfo(text: &str, from: usize) -> Option<(usize, usize)> {
    let ends = |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace();
    let end = text[from..].find(ends).map_or(text.len(), |i| from + i);
    let at_sign = text[from..end].rfind('@')?;
    text[from..from + at_sign]
        .contains(':')
        .then_some((from, from + at_sign))
}

/// The secret path of a webhook.
fn hook(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = &text[from..];
    let host = HOOKS.iter().find(|host| rest.starts_with(*host))?;
    let start = from + host.len();
    let len = text[start..]
        .bytes()
        .take_while(|b| is_token_byte(*b) || *b == b':')
        .count();
    (len >= 8).then_some((start, start + len))
}

/// `123456789:AA…`, the token of a Telegram bot; this is its colon.
fn bot(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let digits = bytes[..at]
        .iter()
        .rev()
        .take(11)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let tail = bytes[at + 1..]
        .iter()
        .take(64)
        .take_while(|b| is_name_byte(**b))
        .count();
    let fits = (8..=10).contains(&digits) && (30..=50).contains(&tail);
    (fits && looks_random(&text[at + 1..at + 1 + tail])).then_some((at - digits, at + 1 + tail))
}

/// `MY_TOKEN=value`, `password: value`, `"api_key": "value"`, also inside an escaped JSON text.
fn assigned(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = text[..at].trim_end_matches(['"', '\'', ' ', '\\']);
    let len = before
        .bytes()
        .rev()
        .take(MOST_NAME + 1)
        .take_while(|b| is_name_byte(*b))
        .count();
    let name = &before[before.len() - len..];
    let assigns = text.as_bytes()[at] == b'=';
    if len == 0 || len > MOST_NAME || !names_secret(name, assigns) {
        return None;
    }
    let value = text[at + 1..].trim_start_matches([' ', '\\']);
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = if quote.is_some() { &value[1..] } else { value };
    let from = text.len() - value.len();
    let ends = |c: char| match quote {
        Some(quote) => c == quote || c == '\\' || c == '\n',
        None => c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '&' | '}' | ')' | '\\'),
    };
    let cut = (0..=WINDOW.min(value.len()))
        .rev()
        .find(|i| value.is_char_boundary(*i));
    let start = &value[..cut.unwrap_or(0)];
    let secret = &start[..start.find(ends).unwrap_or(start.len())];
    // A number or a short word after "token:" is a count, a reference names a secret and is none.
    let count = secret.bytes().all(|b| b.is_ascii_digit());
    let reference = secret.starts_with("${") || secret.starts_with('<') || secret == MASK;
    // Behind a colon without quotes stands prose as often as a secret.
    let meant = assigns || quote.is_some() || looks_random(secret);
    let end = || from + value.find(ends).unwrap_or(value.len());
    (secret.len() >= 6 && meant && !count && !reference).then(|| (from, end()))
}

fn names_secret(name: &str, assigns: bool) -> bool {
    let folded = name.to_ascii_lowercase().replace('-', "_");
    let plain = SECRET_NAMES.iter().any(|secret| {
        let head = folded.strip_suffix(secret);
        head.is_some_and(|head| head.is_empty() || head.ends_with('_'))
    });
    let variable = assigns
        && VARIABLE_ENDS.iter().any(|end| name.ends_with(end))
        && !name.bytes().any(|b| b.is_ascii_lowercase());
    plain || variable || SECRET_ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_every_form_are_masked() {
        for (text, expected) in [
            ("key sk-abcdefghijklmnop1234 used.", "key [redacted] used."),
            (
                "Authorization: Bearer abcdef123456",
                "Authorization: Bearer [redacted]",
            ),
            (
                "Authorization: Basic dXNlcjpwYXNz",
                "Authorization: Basic [redacted]",
            ),
            ("GH_TOKEN=abcdef123 make", "GH_TOKEN=[redacted] make"),
            (
                "OPENAI_KEY=sk-abcdefghijklmnop1234",
                "OPENAI_KEY=[redacted]",
            ),
            ("X=sk-abcdefghijklmnop1234.", "X=[redacted]."),
            (
                "{\"api_key\": \"zzz-yyy,xxx\"}",
                "{\"api_key\": \"[redacted]\"}",
            ),
            (
                "{\\\"token\\\":\\\"abcdefgh\\\"}",
                "{\\\"token\\\":\\\"[redacted]\\\"}",
            ),
            ("accessToken: abc123def", "accessToken: [redacted]"),
            ("https://me:pw@host/path", "https://[redacted]@host/path"),
            (
                "https://x.org/?access_token=abc123&b=1",
                "https://x.org/?access_token=[redacted]&b=1",
            ),
            (
                "https://hooks.slack.com/services/T0/B0/abc ok",
                "https://hooks.slack.com/services/[redacted] ok",
            ),
            (
                "bot 123456789:AAabcdefghijklmnopqrstuvwxyz0123456 up",
                "bot [redacted] up",
            ),
            ("AKIAIOSFODNN7EXAMPLE.", "[redacted]."),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig-nature",
                "[redacted]",
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- after",
                "[redacted] after",
            ),
            ("-----BEGIN RSA PRIVATE KEY-----\ncut", "[redacted]"),
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
            "password: required",
            "the secret: patience and time",
            "token: invalid",
            "key: reply-2026-03-28",
            "dedupe key=newsletter-0327",
            "max_token=4096",
            "basic understanding of bearer instruments",
            "bearer certificates were issued",
            "sk-learn-based-clustering-pipeline",
            "ASIA-PACIFIC-REGION-2026",
            "-----BEGIN CERTIFICATE-----",
            "GH_TOKEN=${GH_TOKEN}",
            "at 10:15:07 in run 01JQE3",
            "npm_config_registry_is_set_to_the_default_one",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        let started = std::time::Instant::now();
        for piece in [
            "token:",
            "=",
            "://",
            "://@",
            "-----BEGIN ",
            "eyJ/",
            "SG.",
            "a",
            "\" : ",
            "sk-",
            "12345678:",
            "\\",
            "-----BEGIN PRIVATE KEY",
        ] {
            let _ = redact(&piece.repeat(60_000 / piece.len()));
        }
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    proptest::proptest! {
        #[test]
        fn what_is_left_stands_in_the_text_in_order(text in "(token|SECRET_KEY|[=: \"'\\\\@]|://|sk-|Bearer |-----BEGIN PRIVATE KEY-----|eyJ|[a-zA-Z0-9.é]{1,20}){0,12}") {
            let shown = redact(&text).into_owned();
            let mut rest = text.as_str();
            for part in shown.split(MASK) {
                let at = rest.find(part);
                proptest::prop_assert!(at.is_some(), "{:?}", part);
                rest = &rest[at.unwrap_or(0) + part.len()..];
            }
        }
    }
}
