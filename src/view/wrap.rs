//! Breaking sentences over lines at words.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::text::cut;

/// The text in lines of at most `width` columns. A word that is wider than a line is cut.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    if is_one_line(text, width) {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&cut(word, width));
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// A line in pieces of at most `width` columns, nothing left out.
pub fn broken(line: &str, width: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut from, mut used) = (0, 0);
    for (at, grapheme) in line.grapheme_indices(true) {
        let wide = grapheme.width();
        if used + wide > width && at > from {
            pieces.push(&line[from..at]);
            (from, used) = (at, 0);
        }
        used += wide;
    }
    pieces.push(&line[from..]);
    pieces
}

/// What most sentences are: plain, and short enough as they stand.
fn is_one_line(text: &str, width: usize) -> bool {
    let bytes = text.as_bytes();
    let spaced = bytes.windows(2).any(|pair| pair == b"  ");
    let edged = bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ');
    text.len() <= width && bytes.iter().all(|b| (0x20..0x7f).contains(b)) && !spaced && !edged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_loses_nothing() {
        assert_eq!(broken("  ab cd", 4), ["  ab", " cd"]);
        assert_eq!(broken("日本語", 5), ["日本", "語"]);
        assert_eq!(broken("日", 1), ["日"]);
        assert_eq!(broken("", 4), [""]);
    }

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(
            wrap("due 06:00, no start by 06:15", 12),
            ["due 06:00,", "no start by", "06:15"]
        );
        assert_eq!(wrap("due 06:00", 12), ["due 06:00"]);
        assert_eq!(wrap(" due  06:00", 12), ["due 06:00"]);
        assert_eq!(wrap("abcdefghij", 4), ["abc…"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
