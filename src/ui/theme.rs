//! Colours by meaning. Glyph and word always stand beside a colour, so nothing is said by colour alone.
//!
//! The palette is safe for the common kinds of colour blindness: blue, orange and purple, no red against green. It can be read on
//! dark and on light grounds; where the ground is known to be light, darker ones are taken.

use ratatui::style::{Color, Modifier, Style};

use crate::view::Mark;

use super::caps::{Depth, Ground};

/// What a piece of screen furniture means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Text,
    /// Healthy rows, ages, rules: there when looked for.
    Quiet,
    Title,
    /// The pane that is open.
    Here,
    /// A key in a hint.
    Key,
    /// The row under the cursor.
    Cursor,
    /// The view is not live: paused, past, stopped.
    Away,
    /// What the last key did.
    Toast,
}

impl Role {
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Quiet,
        Self::Title,
        Self::Here,
        Self::Key,
        Self::Cursor,
        Self::Away,
        Self::Toast,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Quiet => "quiet",
            Self::Title => "title",
            Self::Here => "here",
            Self::Key => "key",
            Self::Cursor => "cursor",
            Self::Away => "away",
            Self::Toast => "toast",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    marks: [Style; Mark::ALL.len()],
    roles: [Style; Role::ALL.len()],
}

impl Theme {
    pub fn new(depth: Depth, ground: Ground) -> Self {
        let inks = Inks::of(depth, ground);
        Self {
            marks: Mark::ALL.map(|mark| mark_style(mark, inks)),
            roles: Role::ALL.map(|role| role_style(role, inks)),
        }
    }

    /// The theme with the operator's own styles: `fail = "166 reversed"`, `quiet = "#808080 dim"`. Every mistake is
    /// reported, and none of the styles is taken then.
    pub fn with<'a>(
        depth: Depth,
        ground: Ground,
        overrides: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<String>> {
        let mut theme = Self::new(depth, ground);
        let mut problems = Vec::new();
        for (name, text) in overrides {
            let style = parse(text, depth);
            match (theme.slot(name), style) {
                (Some(slot), Ok(style)) => *slot = style,
                (None, _) => problems.push(format!("theme: no part is named \"{name}\"; known are {}", names())),
                (Some(_), Err(word)) => problems.push(format!(
                    "theme.{name}: \"{word}\" is neither a colour (0 to 255, #rrggbb, a name such as red) nor bold, dim, italic, underlined, reversed"
                )),
            }
        }
        if problems.is_empty() {
            Ok(theme)
        } else {
            Err(problems)
        }
    }

    fn slot(&mut self, name: &str) -> Option<&mut Style> {
        let mark = Mark::ALL
            .iter()
            .position(|mark| mark.word() == name || (name == "unknown" && *mark == Mark::Unknown));
        if let Some(i) = mark {
            return self.marks.get_mut(i);
        }
        let role = Role::ALL.iter().position(|role| role.word() == name)?;
        self.roles.get_mut(role)
    }

    pub fn mark(&self, mark: Mark) -> Style {
        let at = Mark::ALL.iter().position(|other| *other == mark);
        at.and_then(|i| self.marks.get(i))
            .copied()
            .unwrap_or_default()
    }

    pub fn role(&self, role: Role) -> Style {
        let at = Role::ALL.iter().position(|other| *other == role);
        at.and_then(|i| self.roles.get(i))
            .copied()
            .unwrap_or_default()
    }
}

fn names() -> String {
    let marks = Mark::ALL.iter().map(|mark| {
        if *mark == Mark::Unknown {
            "unknown"
        } else {
            mark.word()
        }
    });
    marks
        .chain(Role::ALL.iter().map(|role| role.word()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The colours of the built-in theme.
#[derive(Clone, Copy, Debug)]
struct Inks {
    fail: Color,
    stale: Color,
    /// Skips and gaps, and keys in hints.
    skip: Color,
    late: Color,
    run: Color,
}

impl Inks {
    /// Of 256 colours each has a contrast of 4.5 on the ground that is told, and of 3 on white where none is.
    fn of(depth: Depth, ground: Ground) -> Option<Self> {
        let all = |fail, stale, skip, late, run| {
            let ink = Color::Indexed;
            Some(Self {
                fail: ink(fail),
                stale: ink(stale),
                skip: ink(skip),
                late: ink(late),
                run: ink(run),
            })
        };
        match (depth, ground) {
            (Depth::Mono, _) => None,
            (Depth::Sixteen, Ground::Unknown | Ground::Dark) => Some(Self {
                fail: Color::Red,
                stale: Color::Magenta,
                skip: Color::Cyan,
                late: Color::Yellow,
                run: Color::Blue,
            }),
            (Depth::Sixteen, Ground::Light) => Some(Self {
                fail: Color::Red,
                stale: Color::Magenta,
                skip: Color::Blue,
                late: Color::Red,
                run: Color::Blue,
            }),
            (Depth::Palette | Depth::True, Ground::Unknown) => all(166, 169, 67, 136, 32),
            (Depth::Palette | Depth::True, Ground::Dark) => all(166, 175, 74, 172, 32),
            (Depth::Palette | Depth::True, Ground::Light) => all(130, 126, 25, 94, 19),
        }
    }
}

fn mark_style(mark: Mark, inks: Option<Inks>) -> Style {
    let plain = Style::new();
    let reversed = plain.add_modifier(Modifier::REVERSED);
    let dim = plain.add_modifier(Modifier::DIM);
    let bold = plain.add_modifier(Modifier::BOLD);
    let Some(inks) = inks else {
        return match mark {
            Mark::Fail | Mark::Gap | Mark::Flag | Mark::Down => reversed,
            Mark::Stale | Mark::Skip | Mark::Late => bold,
            Mark::Run => plain,
            Mark::Ok | Mark::Paused | Mark::Wait | Mark::Unknown => dim,
        };
    };
    match mark {
        Mark::Fail => reversed.fg(inks.fail),
        Mark::Down => reversed.fg(inks.stale),
        Mark::Gap => reversed.fg(inks.skip),
        Mark::Stale => plain.fg(inks.stale),
        Mark::Skip => plain.fg(inks.skip),
        Mark::Late => plain.fg(inks.late),
        Mark::Run => plain.fg(inks.run),
        Mark::Flag => reversed,
        Mark::Ok | Mark::Paused | Mark::Wait | Mark::Unknown => dim,
    }
}

fn role_style(role: Role, inks: Option<Inks>) -> Style {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    let reversed = plain.add_modifier(Modifier::REVERSED);
    match role {
        Role::Text => plain,
        Role::Quiet => plain.add_modifier(Modifier::DIM),
        Role::Title | Role::Here | Role::Cursor => bold,
        Role::Toast | Role::Away => reversed,
        Role::Key => inks.map_or(bold, |inks| plain.fg(inks.skip)),
    }
}

/// Words in any order: colours take the foreground, after `on` the background.
fn parse(text: &str, depth: Depth) -> Result<Style, String> {
    let mut style = Style::new();
    let mut background = false;
    for word in text.split_whitespace() {
        let modifier = match word {
            "bold" => Some(Modifier::BOLD),
            "dim" => Some(Modifier::DIM),
            "italic" => Some(Modifier::ITALIC),
            "underlined" => Some(Modifier::UNDERLINED),
            "reversed" => Some(Modifier::REVERSED),
            _ => None,
        };
        if let Some(modifier) = modifier {
            style = style.add_modifier(modifier);
        } else if word == "on" {
            background = true;
        } else if word != "default" {
            let color: Color = word.parse().map_err(|_| word.to_owned())?;
            let color = within(color, depth);
            style = if background {
                style.bg(color)
            } else {
                style.fg(color)
            };
        }
    }
    Ok(style)
}

/// The nearest colour the terminal has.
fn within(color: Color, depth: Depth) -> Color {
    match (depth, color) {
        (Depth::Mono, _) => Color::Reset,
        (Depth::Palette, Color::Rgb(r, g, b)) => Color::Indexed(cube(r, g, b)),
        (Depth::Sixteen, Color::Rgb(r, g, b)) => sixteen(r, g, b),
        (Depth::Sixteen, Color::Indexed(i)) if i >= 16 => {
            let (r, g, b) = of_palette(i);
            sixteen(r, g, b)
        }
        (_, color) => color,
    }
}

fn cube(r: u8, g: u8, b: u8) -> u8 {
    let step = |v: u8| (u16::from(v) * 5 + 127) / 255;
    (16 + 36 * step(r) + 6 * step(g) + step(b)) as u8
}

fn sixteen(r: u8, g: u8, b: u8) -> Color {
    match (r > 127, g > 127, b > 127) {
        (false, false, false) => Color::DarkGray,
        (true, false, false) => Color::Red,
        (false, true, false) => Color::Green,
        (true, true, false) => Color::Yellow,
        (false, false, true) => Color::Blue,
        (true, false, true) => Color::Magenta,
        (false, true, true) => Color::Cyan,
        (true, true, true) => Color::Gray,
    }
}

/// Red, green and blue of a colour, as most terminals have it; none of the terminal's own.
pub fn rgb(color: Color) -> Option<(u8, u8, u8)> {
    let index = match color {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some((r, g, b)),
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    Some(of_palette(index))
}

/// A colour of the 256-colour palette.
fn of_palette(index: u8) -> (u8, u8, u8) {
    const BASE: [(u8, u8, u8); 16] = [
        (0, 0, 0),
        (205, 49, 49),
        (13, 188, 121),
        (229, 229, 16),
        (36, 114, 200),
        (188, 63, 188),
        (17, 168, 205),
        (204, 204, 204),
        (118, 118, 118),
        (241, 76, 76),
        (35, 209, 139),
        (245, 245, 67),
        (59, 142, 234),
        (214, 112, 214),
        (41, 184, 219),
        (255, 255, 255),
    ];
    match index {
        0..16 => BASE[usize::from(index)],
        16..232 => {
            let level = |v: u8| if v == 0 { 0 } else { 55 + 40 * v };
            let i = index - 16;
            (level(i / 36), level(i / 6 % 6), level(i % 6))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_uses_no_colour_at_all() {
        let theme = Theme::with(
            Depth::Mono,
            Ground::Unknown,
            [("fail", "166 bold on #102030")],
        )
        .unwrap();
        for mark in Mark::ALL {
            let style = theme.mark(mark);
            assert!(matches!(style.fg, None | Some(Color::Reset)), "{mark:?}");
            assert!(matches!(style.bg, None | Some(Color::Reset)), "{mark:?}");
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let wrong = Theme::with(
            Depth::Palette,
            Ground::Unknown,
            [("fial", "red"), ("ok", "loud"), ("gap", "74 bold")],
        );
        let problems = wrong.unwrap_err();
        assert_eq!(problems.len(), 2);
        assert!(problems[0].contains("\"fial\"") && problems[0].contains("unaccounted").eq(&false));
        assert!(problems[1].contains("\"loud\""));
    }

    #[test]
    fn colours_come_down_to_what_the_terminal_has() {
        let theme = Theme::with(Depth::Palette, Ground::Unknown, [("ok", "#ff0000")]).unwrap();
        assert_eq!(theme.mark(Mark::Ok).fg, Some(Color::Indexed(196)));
        let theme = Theme::with(Depth::Sixteen, Ground::Unknown, [("ok", "196")]).unwrap();
        assert_eq!(theme.mark(Mark::Ok).fg, Some(Color::Red));
    }

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(color: Color) -> f64 {
        let (r, g, b) = rgb(color).expect("a colour of the theme");
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: f64, b: f64) -> f64 {
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_colour_can_be_read_on_its_ground() {
        const BLACK: f64 = 0.0;
        const WHITE: f64 = 1.0;
        // Of sixteen colours nobody knows the true values: what is asked of them is less.
        for (depth, ground, paper, least) in [
            (Depth::Palette, Ground::Dark, BLACK, 4.5),
            (Depth::Palette, Ground::Light, WHITE, 4.5),
            (Depth::True, Ground::Light, WHITE, 4.5),
            (Depth::Palette, Ground::Unknown, BLACK, 4.5),
            (Depth::Palette, Ground::Unknown, WHITE, 3.0),
            (Depth::Sixteen, Ground::Dark, BLACK, 3.0),
            (Depth::Sixteen, Ground::Light, WHITE, 3.0),
        ] {
            let theme = Theme::new(depth, ground);
            let marks = Mark::ALL.map(|mark| (mark.word(), theme.mark(mark)));
            let roles = Role::ALL.map(|role| (role.word(), theme.role(role)));
            for (name, style) in marks.into_iter().chain(roles) {
                let Some(ink) = style.fg else { continue };
                let found = contrast(luminance(ink), paper);
                assert!(found >= least, "{name} {ink:?} on {ground:?}: {found:.2}");
            }
        }
    }
}
