//! Signs beside the marks, in Unicode and in ASCII. Every one is one cell wide in every locale.

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
    match charset {
        Charset::Unicode => mark.glyph().unicode,
        Charset::Ascii => mark.glyph().ascii,
    }
}
