//! Breaking sentences over lines at words.

use unicode_width::UnicodeWidthStr;

use crate::domain::text::cut;

/// The text in lines of at most `width` columns. A word that is wider than a line is cut.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(
            wrap("due 06:00, no start by 06:15", 12),
            ["due 06:00,", "no start by", "06:15"]
        );
        assert_eq!(wrap("abcdefghij", 4), ["abc…"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
