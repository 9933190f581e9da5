//! What may reach a terminal, told by a list of its own: whatever the program thinks is clean is looked at again here.
#![allow(
    dead_code,
    reason = "each harness is a crate of its own and uses a part of this"
)]

pub mod pty;

/// Where bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Frames of the room: cursor, erase to the end of the line, colours, synchronized updates.
    Frame,
    /// A session of the room: frames, and what takes and gives back the screen.
    Session,
    /// Text that goes to a terminal or a file: lines, and colours.
    Report,
}

/// Sequences that take the screen and give it back.
const SESSION: &[&str] = &[
    "\x1b[?1049h",
    "\x1b[?1049l",
    "\x1b[?25h",
    "\x1b[?25l",
    "\x1b[?2004h",
    "\x1b[?2004l",
    "\x1b[2J",
    "\x1b[?7h",
    "\x1b[?7l",
];

/// The first thing in there that has no business on a terminal, with what stands around it.
pub fn offence(bytes: &[u8], sink: Sink) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Some(format!("no UTF-8 after {} bytes", error.valid_up_to())),
    };
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let joins = joins_pictures(before, rest);
        let Some(len) = allowed(rest, c, sink).or(joins.then_some(c.len_utf8())) else {
            let at = text.len() - rest.len();
            return Some(format!("{c:?} in {:?}", around(text, at)));
        };
        rest = &rest[len..];
        before = c;
    }
    None
}

/// Pictures are told to be one, or to be in colour, by characters that stand nowhere else.
fn joins_pictures(before: char, rest: &str) -> bool {
    let is_picture = |c: char| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' | '\u{200d}' | '\u{fe0f}');
    let mut chars = rest.chars();
    match chars.next() {
        Some('\u{200d}') => is_picture(before) && chars.next().is_some_and(is_picture),
        Some('\u{fe0e}' | '\u{fe0f}') => is_picture(before) || before.is_ascii_digit(),
        _ => false,
    }
}

fn around(text: &str, at: usize) -> &str {
    let from = text.floor_char_boundary(at.saturating_sub(60));
    let to = text.ceil_char_boundary((at + 60).min(text.len()));
    &text[from..to]
}

/// How long the allowed thing at the start is.
fn allowed(rest: &str, c: char, sink: Sink) -> Option<usize> {
    if c == '\x1b' {
        return sequence(rest, sink);
    }
    if c == '\n' || (c == '\r' && (sink == Sink::Session || rest.starts_with("\r\n"))) {
        return (sink != Sink::Frame).then_some(1);
    }
    (!c.is_control() && !is_hidden(c)).then_some(c.len_utf8())
}

fn sequence(rest: &str, sink: Sink) -> Option<usize> {
    if sink == Sink::Session
        && let Some(known) = SESSION.iter().find(|known| rest.starts_with(**known))
    {
        return Some(known.len());
    }
    let body = rest.strip_prefix("\x1b[")?;
    let end = body.find(|c: char| !c.is_ascii_digit() && c != ';' && c != '?')?;
    let (params, last) = (&body[..end], body.as_bytes()[end]);
    let fine = match last {
        b'm' => !params.contains('?'),
        b'H' | b'C' | b'K' => !params.contains('?') && sink != Sink::Report,
        b'h' | b'l' => params == "?2026" && sink != Sink::Report,
        _ => false,
    };
    fine.then_some(2 + end + 1)
}

/// Characters that are there and are not seen, or turn what stands beside them around.
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
