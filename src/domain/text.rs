//! Text that agents wrote. It has one way to a screen, a report or a clipboard: [`Untrusted::shown`].

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::redact::redact;

/// Combining marks kept on one grapheme; more is an attack on the line above.
const MOST_MARKS: usize = 8;

/// Text from outside. `Display` is the sanitised form with secrets redacted.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Untrusted(#[serde(with = "super::shared")] Arc<str>);

impl Untrusted {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The exact text, for matching, hashing and parsing; never for showing.
    pub fn exact(&self) -> &str {
        &self.0
    }

    /// The only way out: secrets redacted, nothing hidden, nothing a terminal could act on, one line.
    pub fn shown(&self) -> Cow<'_, str> {
        shown(&self.0)
    }

    /// As [`shown`](Self::shown), cut to a width with `…`.
    pub fn shown_within(&self, columns: usize) -> String {
        cut(&self.shown(), columns).into_owned()
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}
impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}
impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown())
    }
}
impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untrusted({})", self.shown())
    }
}

/// [`Untrusted`] text that still stands in the bytes it was read from: a record that is counted and let go costs no copy.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Lent<'a>(Cow<'a, str>);

impl<'a> Lent<'a> {
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The exact text, for matching, hashing and parsing; never for showing.
    pub fn exact(&self) -> &str {
        &self.0
    }

    /// A copy that outlives the bytes.
    pub fn keep(&self) -> Untrusted {
        Untrusted::from(self.exact())
    }

    /// The same, borrowed from nobody.
    pub fn into_owned(self) -> Lent<'static> {
        Lent(Cow::Owned(self.0.into_owned()))
    }
}

impl<'a> From<&'a str> for Lent<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}
impl From<String> for Lent<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}
impl fmt::Debug for Lent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lent({})", shown(self.exact()))
    }
}

/// Sanitised and redacted form of any outside text.
pub fn shown(text: &str) -> Cow<'_, str> {
    match redact(text) {
        Cow::Borrowed(text) => clean(text),
        Cow::Owned(text) => Cow::Owned(clean(&text).into_owned()),
    }
}

/// Makes every control, invisible and direction-changing character visible. Idempotent.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest
            .bytes()
            .take_while(|b| (0x20..0x7f).contains(b))
            .count();
        let foreign = rest[plain..]
            .bytes()
            .take_while(|b| !(0x20..0x7f).contains(b))
            .count();
        // The last plain character may carry the marks behind it, so it is looked at together with them.
        let base = plain.saturating_sub(1);
        out.push_str(&rest[..base]);
        for grapheme in rest[base..plain + foreign].graphemes(true) {
            clean_grapheme(grapheme, &mut out);
        }
        rest = &rest[plain + foreign..];
    }
    if out == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(out)
    }
}

/// Printable ASCII only. Whole blocks at a time, so that the common text costs next to nothing.
fn is_plain(bytes: &[u8]) -> bool {
    let block = |block: &[u8]| {
        block
            .iter()
            .fold(true, |ok, b| ok & (0x20..0x7f).contains(b))
    };
    bytes.chunks(64).all(block)
}

fn clean_grapheme(grapheme: &str, out: &mut String) {
    let mut marks = 0;
    let mut previous: Option<char> = None;
    let mut chars = grapheme.chars().peekable();
    while let Some(c) = chars.next() {
        let keeps = match c {
            // A joiner that glues two emoji is part of a picture; anywhere else it hides something.
            JOINER => {
                previous.is_some_and(is_pictographic)
                    && chars.peek().is_some_and(|next| is_pictographic(*next))
            }
            // One choice of form behind an emoji, or in a keycap; a row of them carries hidden data.
            TEXT_FORM | PICTURE_FORM => previous.is_some_and(has_forms),
            _ => false,
        };
        if !keeps && let Some(badge) = badge(c) {
            out.push_str(&badge);
            previous = None;
            continue;
        }
        if !keeps && is_combining(c) {
            marks += 1;
            if marks > MOST_MARKS {
                continue;
            }
            if previous.is_none() && !out.ends_with('◌') {
                // A mark without a base would change what stands beside the text.
                out.push('◌');
            }
        }
        out.push(c);
        // The form belongs to its picture: a joiner behind it still glues.
        if !matches!(c, PICTURE_FORM) || previous.is_none_or(|p| !is_pictographic(p)) {
            previous = Some(c);
        }
    }
}

const JOINER: char = '\u{200d}';
const TEXT_FORM: char = '\u{fe0e}';
const PICTURE_FORM: char = '\u{fe0f}';

/// What is shown in place of a character that a terminal could act on or that could hide.
fn badge(c: char) -> Option<Cow<'static, str>> {
    let code = u32::from(c);
    match code {
        0..=0x1f => char::from_u32(0x2400 + code).map(|p| Cow::Owned(p.to_string())),
        0x7f => Some(Cow::Borrowed("␡")),
        _ if is_hidden(code) => Some(Cow::Owned(format!("<U+{code:04X}>"))),
        _ => None,
    }
}

/// Second controls, bidi, zero-width, fillers, form choices, tags, and what is no character at all.
fn is_hidden(code: u32) -> bool {
    matches!(code,
        0x80..=0x9f
        | 0xad
        | 0x034f
        | 0x061c
        | 0x070f
        | 0x115f
        | 0x1160
        | 0x17b4
        | 0x17b5
        | 0x180b..=0x180f
        | 0x200b..=0x200f
        | 0x2028..=0x202e
        | 0x2060..=0x206f
        | 0x3164
        | 0xfdd0..=0xfdef
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xffa0
        | 0xfff0..=0xfffb
        | 0x1_3430..=0x1_345f
        | 0x1_6fe4
        | 0x1_bca0..=0x1_bca3
        | 0x1_d173..=0x1_d17a
        | 0xe_0000..=0xe_0fff)
        || code & 0xfffe == 0xfffe
}

fn is_pictographic(c: char) -> bool {
    matches!(u32::from(c), 0x2190..=0x2bff | 0x3030 | 0x303d | 0x3297 | 0x3299 | 0x1_f000..=0x1_faff)
}

/// Characters that are text or picture by choice.
fn has_forms(c: char) -> bool {
    is_pictographic(c) || matches!(c, '0'..='9' | '#' | '*' | '©' | '®' | '™' | '‼' | '⁉' | 'ℹ')
}

fn is_combining(c: char) -> bool {
    // Zero columns and not a badge: unicode-width gives exactly the marks that stack.
    unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

/// Sanitised and cut to a width.
pub fn clean_within(text: &str, columns: usize) -> String {
    cut(&clean(text), columns).into_owned()
}

/// `1 agent`, `14 agents`
pub fn plural(n: impl Into<u64>, word: &str) -> String {
    let n = n.into();
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {word}{s}")
}

/// Cuts already clean text to a width in columns, with `…` where something was lost. Never splits a grapheme.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.len() <= columns || text.width() <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    if is_plain(text.as_bytes()) {
        return Cow::Owned(format!("{}…", &text[..columns - 1]));
    }
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let width = grapheme.width();
        if used + width > columns - 1 {
            break;
        }
        used += width;
        end = at + grapheme.len();
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

/// Decodes bytes as UTF-8; every invalid byte becomes `\xNN`, visible and unambiguous.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing into a string cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    Cow::Owned(out)
}

/// Drops colour and style sequences (`ESC [ … m`), the harmless decoration of logs. Everything else stays, to be made
/// visible by [`clean`].
pub fn strip_styles(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let style = tail.strip_prefix("\u{1b}[").and_then(|body| {
            let end = body.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':'))?;
            body[end..].starts_with('m').then(|| &body[end + 1..])
        });
        if let Some(after) = style {
            rest = after;
        } else {
            out.push('\u{1b}');
            rest = &tail[1..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_become_visible_and_nothing_is_lost() {
        assert_eq!(clean("a\u{1b}[2Jb"), "a␛[2Jb");
        assert_eq!(clean("x\u{202e}y"), "x<U+202E>y");
        assert_eq!(clean("zero\u{200b}width"), "zero<U+200B>width");
        assert_eq!(clean("c1\u{9b}31m"), "c1<U+009B>31m");
    }

    #[test]
    fn a_joiner_between_emoji_stays() {
        assert_eq!(clean("👩\u{200d}🔬 ok"), "👩\u{200d}🔬 ok");
        assert_eq!(clean("a\u{200d}b"), "a<U+200D>b");
    }

    #[test]
    fn a_joiner_that_joins_nothing_is_shown() {
        assert_eq!(clean("👩\u{200d}"), "👩<U+200D>");
        assert_eq!(clean("👩\u{200d}\u{301}"), "👩<U+200D>◌\u{301}");
    }

    #[test]
    fn forms_are_for_pictures_only() {
        for kept in [
            "⚠\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "❤\u{fe0f}\u{200d}🔥",
            "🏳\u{fe0f}\u{200d}🌈",
        ] {
            assert_eq!(clean(kept), kept);
        }
        assert_eq!(clean("a\u{fe0f}"), "a<U+FE0F>");
        assert_eq!(clean("⚠\u{fe00}"), "⚠<U+FE00>");
        assert_eq!(clean("x\u{e0100}"), "x<U+E0100>");
        assert_eq!(clean("日\u{fe0f}\u{fe0f}"), "日<U+FE0F><U+FE0F>");
    }

    #[test]
    fn a_mark_without_a_base_gets_one() {
        assert_eq!(clean("\u{301}x"), "◌\u{301}x");
        assert_eq!(clean("a\n\u{301}"), "a␊◌\u{301}");
        assert_eq!(clean("e\u{301}"), "e\u{301}");
    }

    #[test]
    fn every_hidden_character_is_shown() {
        let hidden = "\u{85}\u{ad}\u{61c}\u{180e}\u{2028}\u{2029}\u{202a}\u{2066}\u{2069}\u{feff}\u{fffe}\u{e0041}\u{1d173}\u{3164}";
        for c in hidden.chars() {
            assert_eq!(
                clean(&format!("a{c}b")),
                format!("a<U+{:04X}>b", u32::from(c))
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn clean_text_is_clean_and_stays_so(text in "[\\PC\\x00-\\x1f\u{7f}-\u{9f}a👩⚠\u{200d}\u{fe0f}\u{fe0e}\u{301}\u{20e3}\u{202e}\u{200b}\u{e0041}1]{0,24}") {
            let once = clean(&text).into_owned();
            proptest::prop_assert_eq!(clean(&once), once.as_str());
            for c in once.chars() {
                let joins = matches!(c, JOINER | TEXT_FORM | PICTURE_FORM);
                proptest::prop_assert!(joins || badge(c).is_none(), "{:?}", c);
            }
        }

        #[test]
        fn what_is_shown_is_clean(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60), columns in 0_usize..20) {
            let text = decode(&bytes).into_owned();
            let line = shown(&text);
            proptest::prop_assert!(!line.chars().any(char::is_control));
            proptest::prop_assert!(cut(&line, columns).width() <= columns);
        }
    }

    #[test]
    fn stacked_marks_are_bounded() {
        let zalgo = format!("e{}", "\u{301}".repeat(40));
        assert_eq!(clean(&zalgo).chars().count(), 1 + MOST_MARKS);
    }

    #[test]
    fn cutting_counts_columns_not_bytes() {
        assert_eq!(cut("日本語テキスト", 7), "日本語…");
        assert_eq!(cut("plain", 5), "plain");
        assert_eq!(cut("plain", 0), "");
    }

    #[test]
    fn styles_go_and_commands_stay() {
        assert_eq!(
            strip_styles("\u{1b}[1;31mred\u{1b}[0m \u{1b}[2J"),
            "red \u{1b}[2J"
        );
    }

    #[test]
    fn invalid_bytes_are_spelled_out() {
        assert_eq!(decode(b"ok \xff\xfe."), "ok \\xff\\xfe.");
    }
}
