//! Signs, in Unicode and in ASCII. Every one is one cell wide in every locale.

use crate::view::Mark;

use super::caps::Charset;

/// Signs beside the marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signs {
    pub cursor: &'static str,
    pub rule: &'static str,
    pub upright: &'static str,
    pub corners: [&'static str; 4],
    pub ellipsis: &'static str,
    pub full: &'static str,
    pub empty: &'static str,
    pub times: &'static str,
}

const UNICODE: Signs = Signs {
    cursor: "▸",
    rule: "─",
    upright: "│",
    corners: ["┌", "┐", "└", "┘"],
    ellipsis: "…",
    full: "█",
    empty: "░",
    times: "×",
};

const ASCII: Signs = Signs {
    cursor: ">",
    rule: "-",
    upright: "|",
    corners: ["+", "+", "+", "+"],
    ellipsis: "~",
    full: "#",
    empty: ".",
    times: "x",
};

pub fn signs(charset: Charset) -> &'static Signs {
    match charset {
        Charset::Unicode => &UNICODE,
        Charset::Ascii => &ASCII,
    }
}

/// The sign of a mark.
pub fn mark(mark: Mark, charset: Charset) -> &'static str {
    let (unicode, ascii) = pair(mark);
    match charset {
        Charset::Unicode => unicode,
        Charset::Ascii => ascii,
    }
}

fn pair(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Ok => ("✓", "+"),
        Mark::Run => ("↻", ">"),
        Mark::Late => ("⧗", "~"),
        Mark::Stale => ("◌", "o"),
        Mark::Down => ("⊗", "X"),
        Mark::Skip => ("⊘", "-"),
        Mark::Gap => ("∅", "0"),
        Mark::Fail => ("✗", "x"),
        Mark::Flag => ("⚑", "!"),
        Mark::Paused => ("=", "="),
        Mark::Wait => (".", "."),
        Mark::Unknown => ("?", "?"),
    }
}

/// What stands for a character that this terminal cannot show.
pub fn plain(c: char) -> char {
    match c {
        '…' => '~',
        '×' | '✗' => 'x',
        '─' | '–' | '—' => '-',
        '│' => '|',
        '‘' | '’' => '\'',
        '“' | '”' | '„' => '"',
        '·' | '•' => '*',
        '→' => '>',
        '✓' => '+',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn marks_are_one_cell_even_where_ambiguous_is_wide() {
        for mark in Mark::ALL {
            let (unicode, ascii) = pair(mark);
            assert_eq!(unicode.width_cjk(), 1, "{unicode}");
            assert_eq!(ascii.len(), 1, "{ascii}");
        }
    }

    #[test]
    fn no_two_marks_look_alike() {
        for charset in [Charset::Unicode, Charset::Ascii] {
            let all: HashSet<&str> = Mark::ALL.iter().map(|m| mark(*m, charset)).collect();
            assert_eq!(all.len(), Mark::ALL.len());
        }
    }
}
