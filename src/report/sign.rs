//! Marks as text reports write them: one sign, one colour.

use super::linear::linear;
use super::{Form, Look, Paint, Signs};
use crate::view::Mark;
use crate::view::mark::likeness;

/// The sign of a mark.
pub fn sign(mark: Mark, signs: Signs) -> &'static str {
    match signs {
        Signs::Unicode => mark.glyph().unicode,
        Signs::Ascii => mark.glyph().ascii,
    }
}

/// 256-colour codes that colour-blind eyes tell apart, on dark and on light grounds.
fn code(mark: Mark) -> &'static str {
    match mark {
        Mark::Ok | Mark::Wait | Mark::Unknown | Mark::Paused => "2",
        Mark::Run => "38;5;32",
        Mark::Late => "38;5;136",
        Mark::Stale => "38;5;169",
        Mark::Down => "7;38;5;169",
        Mark::Skip => "38;5;67",
        Mark::Gap => "7;38;5;67",
        Mark::Fail => "7;38;5;166",
        Mark::Flag => "7",
    }
}

/// The sign of a mark where a page is painted with this look: to be heard, every sign is one that has a word.
pub fn sign_of(mark: Mark, look: Look) -> &'static str {
    match look.form {
        Form::Columns => sign(mark, look.signs),
        Form::Lines => sign(mark, Signs::Unicode),
    }
}

/// Writes clean text in the colour of a mark.
pub fn paint(out: &mut String, look: Look, mark: Mark, text: &str) {
    styled(out, look, code(mark), text);
}

/// Writes clean text as a heading.
pub fn strong(out: &mut String, look: Look, text: &str) {
    styled(out, look, "1", text);
}

/// Writes clean text that matters less.
pub fn faint(out: &mut String, look: Look, text: &str) {
    styled(out, look, "2", text);
}

fn styled(out: &mut String, look: Look, code: &str, text: &str) {
    match look.paint {
        Paint::Colour if look.form == Form::Columns => {
            out.push_str("\u{1b}[");
            out.push_str(code);
            out.push('m');
            out.push_str(text);
            out.push_str("\u{1b}[0m");
        }
        Paint::Plain | Paint::Colour => out.push_str(text),
    }
}

/// Writes text in a column: padded to its width on the right, never cut.
pub fn left(out: &mut String, text: &str, width: usize) {
    use unicode_width::UnicodeWidthStr;
    out.push_str(text);
    for _ in text.width()..width {
        out.push(' ');
    }
}

/// Writes text in a column, padded on the left.
pub fn right(out: &mut String, text: &str, width: usize) {
    use unicode_width::UnicodeWidthStr;
    for _ in text.width()..width {
        out.push(' ');
    }
    out.push_str(text);
}

/// A finished page as it is shown here: to be heard without columns; without UTF-8, what has an ASCII likeness is shown as that, the rest as
/// `?`, in words of agents as well.
pub fn fitted(page: String, look: Look) -> String {
    let page = match look.form {
        Form::Columns => page,
        Form::Lines => linear(&page),
    };
    legible(page, look)
}

/// Text of files as it can be shown here: every blank of it counts.
pub fn legible(page: String, look: Look) -> String {
    if look.signs == Signs::Unicode || page.is_ascii() {
        return page;
    }
    page.chars().map(likeness).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_utf_8_everything_is_ascii() {
        let ascii = Look {
            signs: Signs::Ascii,
            ..Look::PLAIN
        };
        assert_eq!(
            fitted("“done” ×3 … 日\n".to_owned(), ascii),
            "\"done\" x3 ~ ?\n"
        );
        assert_eq!(fitted("×3".to_owned(), Look::PLAIN), "×3");
    }
}
