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

struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failed_write_makes_the_next_frame_whole() {
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

/// A terminal that got every frame looks like one that got the last one whole.
fn same_as_whole(parser: &vt100::Parser, writer: &FrameWriter) -> Result<(), TestCaseError> {
    let mut fresh = terminal();
    let mut whole = Vec::new();
    let mut other = FrameWriter::new(20, 4, Sync::On, Charset::Unicode);
    let all = |buffer: &mut Buffer| buffer.content.clone_from(&writer.shown().content);
    other.frame(&mut whole, all).unwrap();
    fresh.process(&whole);
    prop_assert_eq!(screen(parser), screen(&fresh));
    for y in 0..4 {
        for x in 0..20 {
            let (a, b) = (parser.screen().cell(y, x), fresh.screen().cell(y, x));
            let look = |cell: Option<&vt100::Cell>| {
                cell.map(|c| (c.contents().trim_end().to_owned(), c.inverse(), c.bgcolor()))
            };
            prop_assert_eq!(look(a), look(b), "at {} {}", x, y);
        }
    }
    Ok(())
}

/// Rows at the left, an area beside them, and what is drawn every time; or something over all of it.
#[derive(Clone, Debug)]
struct Scene {
    rows: Vec<(&'static str, u8)>,
    beside: (&'static str, u8),
    rest: (String, u8),
    ground: u8,
    /// Where the rows end and the area begins.
    split: u16,
    is_covered: bool,
}

fn scene() -> impl Strategy<Value = Scene> {
    let part = || {
        let words =
            prop::sample::select(vec!["日本語", "日本語あ", "✗ fail", "", "e\u{301}é", "x"]);
        (words, 0_u8..2)
    };
    let ground = prop::sample::select(vec![0_u8, 0, 0, 0, 1]);
    let parts = (prop::collection::vec(part(), 0..5), part());
    let split = prop::sample::select(vec![8_u16, 8, 8, 9]);
    (parts, line(), ground, split, prop::bool::weighted(0.1)).prop_map(
        |((rows, beside), rest, ground, split, is_covered)| Scene {
            rows,
            beside,
            rest,
            ground,
            split,
            is_covered,
        },
    )
}

/// How many parts were drawn comes back.
fn draw_scene(scene: &Scene, buffer: &mut Buffer, mut kept: Option<Kept<'_>>) -> usize {
    if scene.is_covered
        && let Some(kept) = kept.take()
    {
        kept.nothing();
    }
    if let Some(kept) = &mut kept {
        kept.ground(scene.ground);
    }
    let mut drawn = 0;
    let mut part = |buffer: &mut Buffer, area: Rect, (text, n): (&'static str, u8)| {
        let kept = kept.as_mut();
        if kept.is_some_and(|kept| kept.stands(buffer, area, (text, n))) {
            return;
        }
        drawn += 1;
        for y in area.top()..area.bottom() {
            let text = format!("{}{text}", scene.ground);
            buffer.set_stringn(area.x, y, text, usize::from(area.width), style(n));
        }
    };
    for (y, row) in (0..).zip(&scene.rows) {
        part(buffer, Rect::new(0, y, scene.split, 1), *row);
    }
    let area = Rect::new(scene.split, 0, 14 - scene.split, 4);
    part(buffer, area, scene.beside);
    let (text, n) = &scene.rest;
    buffer.set_stringn(14, 1, text, 6, style(*n));
    if scene.is_covered {
        buffer.set_stringn(2, 2, "over it all", 16, style(3));
    }
    drawn
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
            same_as_whole(&parser, &writer)?;
        }
    }

    #[test]
    fn what_is_kept_is_what_would_be_drawn(scenes in prop::collection::vec(scene(), 1..8)) {
        let mut writer = writer();
        let mut parser = terminal();
        for (at, scene) in scenes.iter().enumerate() {
            let mut sink = Vec::new();
            if at % 5 == 4 {
                writer.resize(20, 4);
            }
            writer.frame_of(&mut sink, |buffer, kept| {
                draw_scene(scene, buffer, kept);
                None
            }).unwrap();
            parser.process(&sink);
            same_as_whole(&parser, &writer)?;
            let mut whole = Buffer::empty(writer.shown().area);
            draw_scene(scene, &mut whole, None);
            let same = whole.content.iter().zip(&writer.shown().content).all(|(a, b)| is_same(a, b));
            prop_assert!(same, "{:?}", writer.shown());
        }
    }
}

#[test]
fn only_parts_of_another_source_are_drawn() {
    let scene = Scene {
        rows: vec![("a", 0), ("b", 0), ("c", 0), ("d", 0)],
        beside: ("e", 0),
        rest: ("f".to_owned(), 0),
        ground: 0,
        split: 8,
        is_covered: false,
    };
    let mut writer = writer();
    let mut drawn = |scene: &Scene| {
        let drawn = std::cell::Cell::new(None);
        let draw = |buffer: &mut Buffer, kept: Option<Kept<'_>>| {
            // What is drawn to compare with comes after the frame.
            drawn.set(drawn.get().or(Some(draw_scene(scene, buffer, kept))));
            None
        };
        writer.frame_of(&mut Vec::new(), draw).unwrap();
        drawn.get()
    };
    assert_eq!((drawn(&scene), drawn(&scene)), (Some(5), Some(0)));
    let mut other = scene.clone();
    other.rows[2] = ("c", 1);
    assert_eq!((drawn(&other), drawn(&other)), (Some(1), Some(0)));
    let ground = Scene {
        ground: 1,
        ..scene.clone()
    };
    assert_eq!(drawn(&ground), Some(5), "all parts depend on the ground");
    let covered = Scene {
        is_covered: true,
        ..ground.clone()
    };
    assert_eq!(drawn(&covered), Some(5));
    assert_eq!(drawn(&ground), Some(5), "what lay over them is gone");
    assert_eq!(drawn(&ground), Some(0));
}

#[test]
fn after_a_broken_write_nothing_is_kept() {
    let scene = Scene {
        rows: vec![("a", 0); 4],
        beside: ("e", 0),
        rest: (String::new(), 0),
        ground: 0,
        split: 8,
        is_covered: false,
    };
    let mut writer = writer();
    let draw = |buffer: &mut Buffer, kept: Option<Kept<'_>>| {
        draw_scene(&scene, buffer, kept);
        None
    };
    assert!(writer.frame_of(&mut Broken, draw).is_err());
    let (mut sink, mut parser) = (Vec::new(), terminal());
    writer.frame_of(&mut sink, draw).unwrap();
    parser.process(&sink);
    assert_eq!(screen(&parser)[3], "0a      0e");
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
        let draw = |buffer: &mut Buffer, _: Option<Kept<'_>>| {
            buffer.set_string(0, 0, "hello", Style::new());
            Some(Position { x: 0, y: line })
        };
        writer.frame_of(&mut sink, draw).unwrap();
        String::from_utf8(sink).unwrap()
    };
    assert!(frame(1).ends_with("\u{1b}[2H\u{1b}[?2026l"));
    assert_eq!(frame(2), "\u{1b}[3H");
    assert_eq!(frame(2), "");
}
