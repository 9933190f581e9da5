//! A finished screen as an SVG picture, for the documents.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::theme::rgb;

const CELL: (f32, f32) = (8.4, 18.0);
const PAD: f32 = 12.0;
const PAPER: &str = "#16181d";
const INK: &str = "#d8dce3";
const FAINT: &str = "#868c98";

/// The buffer in the colours of its cells on a dark ground. Every cell's text is placed by itself, so that it lines up in
/// any font.
pub fn svg(buffer: &Buffer) -> String {
    let (columns, rows) = (f32::from(buffer.area.width), f32::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2.0 * PAD, rows * CELL.1 + 2.0 * PAD);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace\" font-size=\"14\">\n\
         <rect width=\"{width:.0}\" height=\"{height:.0}\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    for y in 0..buffer.area.height {
        row(buffer, y, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// Neighbours of one style become one text.
fn row(buffer: &Buffer, y: u16, out: &mut String) {
    let mut x = 0;
    while x < buffer.area.width {
        let first = &buffer[(x, y)];
        let mut text = String::new();
        let start = x;
        while x < buffer.area.width && look(&buffer[(x, y)]) == look(first) {
            let cell = &buffer[(x, y)];
            text.push_str(cell.symbol());
            x += (cell.symbol().width() as u16).max(1);
        }
        run(first, (start, x - start), y, &text, out);
    }
}

fn look(cell: &Cell) -> (Color, Color, Modifier) {
    (cell.fg, cell.bg, cell.modifier)
}

fn run(cell: &Cell, (x, width): (u16, u16), y: u16, text: &str, out: &mut String) {
    let reversed = cell.modifier.contains(Modifier::REVERSED);
    let dim = cell.modifier.contains(Modifier::DIM);
    let ink = color(cell.fg, if dim { FAINT } else { INK });
    let paper = color(cell.bg, PAPER);
    let (ink, paper) = if reversed { (paper, ink) } else { (ink, paper) };
    let (left, top) = (PAD + f32::from(x) * CELL.0, PAD + f32::from(y) * CELL.1);
    let wide = f32::from(width) * CELL.0;
    // Writing into a String cannot fail.
    if paper != PAPER {
        let _ = writeln!(
            out,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{}\" fill=\"{paper}\"/>",
            CELL.1
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let bold = if cell.modifier.contains(Modifier::BOLD) {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{wide:.1}\" xml:space=\"preserve\" fill=\"{ink}\"{bold}>{}</text>",
        top + 13.5,
        escaped(text)
    );
}

fn color(color: Color, default: &str) -> String {
    rgb(color).map_or_else(
        || default.to_owned(),
        |(r, g, b)| format!("#{r:02x}{g:02x}{b:02x}"),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn text_and_colours_are_in_the_picture_and_nothing_breaks_out() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 2));
        buffer.set_string(0, 0, "<b>&", Style::new());
        buffer.set_string(
            0,
            1,
            "✗ fail",
            Style::new()
                .fg(Color::Indexed(166))
                .add_modifier(Modifier::REVERSED),
        );
        let svg = svg(&buffer);
        assert!(svg.contains("&lt;b&gt;&amp;"), "{svg}");
        assert!(svg.contains("fill=\"#d75f00\""), "{svg}");
        assert_eq!(svg.matches("<text").count(), 2);
    }
}
