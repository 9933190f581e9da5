//! What is sent draws exactly the buffer, whatever was there before, and not a byte more than needed.

use proptest::prelude::*;
use ratatui::style::Style;

use super::*;

fn writer() -> FrameWriter {
    FrameWriter::new(20, 4, Sync::On, Charset::Unicode)
}

fn terminal() -> vt100::Parser {
    let size = |n| std::num::NonZero::new(n).unwrap();
    vt100::Parser::new(size(4), size(20), 0)
}

fn screen(parser: &vt100::Parser) -> Vec<String> {
    parser
        .screen()
        .rows(0, 20)
        .map(|row| row.trim_end().to_owned())
        .collect()
}

#[test]
fn nothing_changed_nothing_sent() {
    let mut writer = writer();
    let mut sink = Vec::new();
    let draw = |buffer: &mut Buffer| {
        buffer.set_string(0, 0, "hello", Style::new());
    };
    writer.frame(&mut sink, draw).unwrap();
    let first = sink.len();
    writer.frame(&mut sink, draw).unwrap();
    assert_eq!(sink.len(), first);
    assert_eq!(writer.sent().frames, 1);
}

#[test]
fn one_frame_is_one_write_between_markers() {
    struct Counting(Vec<Vec<u8>>);
    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = writer();
    let mut sink = Counting(Vec::new());
    writer
        .frame(&mut sink, |buffer| {
            buffer.set_string(3, 1, "x", Style::new().fg(Color::Indexed(166)));
        })
        .unwrap();
    assert_eq!(sink.0.len(), 1);
    assert!(sink.0[0].starts_with(SYNC_ON) && sink.0[0].ends_with(SYNC_OFF));
}

#[test]
fn hostile_cells_are_replaced() {
    let mut writer = writer();
    let mut sink = Vec::new();
    writer
        .frame(&mut sink, |buffer| {
            for (x, symbol) in ["\u{1b}", "\u{202e}", "\u{7}", "a\u{200b}", "\u{9b}", ""]
                .iter()
                .enumerate()
            {
                buffer[(x as u16, 0)].set_symbol(symbol);
            }
        })
        .unwrap();
    let text = String::from_utf8(sink).unwrap();
    let body = text.replace("\u{1b}[", "");
    assert!(
        body.chars()
            .all(|c| !c.is_control() && c != '\u{202e}' && c != '\u{200b}'),
        "{body:?}"
    );
    assert_eq!(body.matches('\u{fffd}').count(), 6);
}

#[test]
fn ascii_terminals_get_ascii() {
    let mut writer = FrameWriter::new(20, 1, Sync::Off, Charset::Ascii);
    let mut sink = Vec::new();
    writer
        .frame(&mut sink, |buffer| {
            buffer.set_string(0, 0, "a…b ×3 日", Style::new());
        })
        .unwrap();
    assert!(sink.is_ascii(), "{sink:?}");
}

#[test]
fn a_failed_write_makes_the_next_frame_whole() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = writer();
    let draw = |buffer: &mut Buffer| {
        buffer.set_string(0, 0, "hello", Style::new());
    };
    assert!(writer.frame(&mut Broken, draw).is_err());
    let mut sink = Vec::new();
    writer.frame(&mut sink, draw).unwrap();
    assert!(String::from_utf8(sink).unwrap().contains("hello"));
}

fn line() -> impl Strategy<Value = (String, u8)> {
    let words = prop::sample::select(vec![
        "plain",
        "日本語",
        "a",
        "✗ fail",
        "  ",
        "e\u{301}é",
        "x…",
        "┌──┐",
        "12/14",
    ]);
    (
        prop::collection::vec(words, 0..5).prop_map(|words| words.concat()),
        0_u8..5,
    )
}

fn style(n: u8) -> Style {
    match n {
        0 => Style::new(),
        1 => Style::new()
            .fg(Color::Indexed(166))
            .add_modifier(Modifier::REVERSED),
        2 => Style::new().add_modifier(Modifier::DIM),
        3 => Style::new().bg(Color::Blue),
        _ => Style::new().add_modifier(Modifier::BOLD).fg(Color::Cyan),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn the_terminal_shows_the_buffer(frames in prop::collection::vec(prop::collection::vec(line(), 4), 1..5)) {
        let mut writer = writer();
        let mut parser = terminal();
        for lines in &frames {
            let mut sink = Vec::new();
            writer.frame(&mut sink, |buffer| {
                for (y, (text, n)) in lines.iter().enumerate() {
                    buffer.set_stringn(0, y as u16, text, 20, style(*n));
                }
            }).unwrap();
            parser.process(&sink);
            let mut fresh = terminal();
            let mut whole = Vec::new();
            let mut other = FrameWriter::new(20, 4, Sync::On, Charset::Unicode);
            other.frame(&mut whole, |buffer| buffer.content.clone_from(&writer.shown().content)).unwrap();
            fresh.process(&whole);
            prop_assert_eq!(screen(&parser), screen(&fresh));
            for y in 0..4 {
                for x in 0..20 {
                    let (a, b) = (parser.screen().cell(y, x), fresh.screen().cell(y, x));
                    let look = |cell: Option<&vt100::Cell>| cell.map(|c| (c.contents().trim_end().to_owned(), c.inverse(), c.bgcolor()));
                    prop_assert_eq!(look(a), look(b), "at {} {}", x, y);
                }
            }
        }
    }
}

#[test]
fn calls_go_out_beside_a_frame_as_plain_text_and_not_too_often() {
    let mut writer = writer();
    let mut sink = Vec::new();
    let nothing = |_: &mut Buffer| {};
    writer.frame(&mut sink, nothing).unwrap();
    sink.clear();
    writer.ring();
    writer.notify("sent \x1b]52;c;AAAA\x07 twice\n\u{9b}31m");
    writer.frame(&mut sink, nothing).unwrap();
    let sent = String::from_utf8(sink.clone()).unwrap();
    let text = sent.strip_prefix("\x07\x1b]9;rounds: ").unwrap();
    let text = text.strip_suffix("\x1b\\").unwrap();
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(
        text.starts_with("sent ") && text.contains(" twice"),
        "{text}"
    );
    sink.clear();
    writer.ring();
    writer.frame(&mut sink, nothing).unwrap();
    writer.frame(&mut sink, nothing).unwrap();
    assert_eq!(sink, b"", "a second call within half a minute is dropped");
}

#[test]
fn a_cursor_that_moves_alone_is_a_few_bytes() {
    let mut writer = FrameWriter::new(20, 4, Sync::On, Charset::Unicode);
    let mut frame = |line: u16| {
        let mut sink = Vec::new();
        let draw = |buffer: &mut Buffer| {
            buffer.set_string(0, 0, "hello", Style::new());
            Some(Position { x: 0, y: line })
        };
        writer.frame_at(&mut sink, draw).unwrap();
        String::from_utf8(sink).unwrap()
    };
    assert!(frame(1).ends_with("\u{1b}[2H\u{1b}[?2026l"));
    assert_eq!(frame(2), "\u{1b}[3H");
    assert_eq!(frame(2), "");
}
