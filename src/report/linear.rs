//! A text report for those who hear it: what stood in columns follows as words, one fact a line.

use crate::view::Mark;
use crate::view::spoken::{unpainted, word};

/// Every line with words for signs and commas for columns. What stood beneath a line stays indented by two blanks.
pub fn linear(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    for line in page.lines() {
        let line = unpainted(line);
        let text = line.trim_start();
        if text.len() < line.len() && !text.is_empty() {
            out.push_str("  ");
        }
        cells(text.trim_end(), &mut out);
        out.push('\n');
    }
    out
}

/// Cells stand apart by two blanks or more. A sign says its word, and the cell behind it belongs to it.
fn cells(text: &str, out: &mut String) {
    for (n, cell) in text
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .enumerate()
    {
        if n > 0 {
            out.push_str(if out.ends_with([':', ',', ';']) {
                " "
            } else {
                ", "
            });
        }
        let (head, rest) = cell.split_once(' ').unwrap_or((cell, ""));
        match signed(head, n == 0) {
            Some(mark) if rest.is_empty() => out.push_str(word(mark)),
            Some(mark) => {
                out.push_str(word(mark));
                out.push_str(", ");
                out.push_str(rest);
            }
            None => out.push_str(cell),
        }
    }
}

/// The mark whose sign this is. Signs that are letters or points elsewhere are signs at the beginning of a line only.
fn signed(head: &str, first: bool) -> Option<Mark> {
    let found = Mark::ALL
        .into_iter()
        .find(|mark| mark.glyph().unicode == head);
    found.filter(|_| first || !head.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_words() {
        assert_eq!(
            linear("✗ critical  1h50  publisher newsletter failed\n    ✓ drafted \"A\"; ×2\n"),
            "fail, critical, 1h50, publisher newsletter failed\n  ok, drafted \"A\"; ×2\n"
        );
        assert_eq!(
            linear("  limit   a line within 30m\n"),
            "  limit, a line within 30m\n"
        );
        assert_eq!(linear("a . b ? c\n"), "a . b ? c\n");
        assert_eq!(linear(". queue: upcoming\n"), "wait, queue: upcoming\n");
    }

    #[test]
    fn no_picture_is_left() {
        assert_eq!(linear("hours 00 ▇▇█ 23\n"), "hours 00 23\n");
    }
}
