//! What the process was started in: places, terminal, zone, clock. Read once; commands take it as a value.

use std::ffi::OsString;
use std::io::IsTerminal;

use super::args::Colour;
use crate::config::{Glyphs, UiConfig};
use crate::domain::time::{Ts, Zone};
use crate::paths::Places;
use crate::report::{Form, Look, Paint, Signs};
use crate::sys::clock::Clock;

/// Everything a command may ask its surroundings.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub places: Places,
    pub now: Ts,
    pub zone: Zone,
    pub terminal: Terminal,
    /// What the log file notes: `$ROUNDS_LOG`.
    pub log: Option<String>,
}

/// What standard output is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Standard input and output are a terminal that can be drawn on.
    pub drawable: bool,
    /// Standard output is a terminal.
    pub shown: bool,
    /// `$TERM` is `dumb`.
    pub dumb: bool,
    /// `$NO_COLOR` is set.
    pub no_color: bool,
    /// The locale is UTF-8.
    pub utf8: bool,
    pub width: Option<usize>,
}

impl Surroundings {
    /// Reads environment, clock and terminal.
    pub fn read() -> Self {
        Self {
            places: Places::read(),
            now: now(),
            zone: system_zone(),
            terminal: Terminal::read(),
            log: std::env::var("ROUNDS_LOG").ok(),
        }
    }
}

impl Surroundings {
    /// The same place without any config file, for commands that must work where there is none or a broken one.
    #[must_use]
    pub fn without_config(&self) -> Self {
        let mut same = self.clone();
        same.places.config = None;
        same.places.config_home = None;
        same
    }
}

/// The clock of the machine.
pub fn now() -> Ts {
    Clock::System.now()
}

/// `$TZ`, else the machine's zone, else UTC.
fn system_zone() -> Zone {
    let named = std::env::var("TZ")
        .ok()
        .and_then(|name| Zone::parse(name.trim_start_matches(':')));
    named
        .or_else(|| Zone::parse(&iana_time_zone::get_timezone().ok()?))
        .unwrap_or(Zone::UTC)
}

impl Terminal {
    fn read() -> Self {
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let shown = std::io::stdout().is_terminal();
        let dumb = var("TERM").is_none_or(|term| term == *"dumb");
        // Asked of a terminal only: elsewhere the answer would come from a program that is started for it.
        let size = shown.then(crossterm::terminal::size);
        let width = size
            .and_then(Result::ok)
            .map(|(columns, _)| usize::from(columns));
        Self {
            drawable: shown && !dumb && std::io::stdin().is_terminal(),
            shown,
            dumb,
            no_color: var("NO_COLOR").is_some(),
            utf8: is_utf8(
                var("LC_ALL")
                    .or_else(|| var("LC_CTYPE"))
                    .or_else(|| var("LANG")),
            ),
            width,
        }
    }

    /// How reports look here. A pipe gets what a terminal would, without colour and in full width.
    pub fn look(&self, colour: Colour, ui: &UiConfig) -> Look {
        let coloured = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => self.shown && !self.dumb && !self.no_color,
        };
        let ascii = match ui.glyphs {
            Glyphs::Ascii => true,
            Glyphs::Unicode => false,
            Glyphs::Auto => self.shown && !self.utf8,
        };
        Look {
            paint: if coloured {
                Paint::Colour
            } else {
                Paint::Plain
            },
            signs: if ascii { Signs::Ascii } else { Signs::Unicode },
            form: if ui.plain { Form::Lines } else { Form::Columns },
            width: self.width,
        }
    }
}

fn is_utf8(locale: Option<OsString>) -> bool {
    let locale = locale.map(|name| name.to_string_lossy().to_ascii_lowercase());
    locale.is_some_and(|name| name.contains("utf-8") || name.contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_needs_a_terminal_and_no_color_unset() {
        let tty = Terminal {
            shown: true,
            utf8: true,
            ..Terminal::default()
        };
        let paint = |terminal: &Terminal, colour| terminal.look(colour, &UiConfig::default()).paint;
        assert_eq!(paint(&tty, Colour::Auto), Paint::Colour);
        assert_eq!(paint(&tty, Colour::Never), Paint::Plain);
        assert_eq!(paint(&Terminal::default(), Colour::Auto), Paint::Plain);
        assert_eq!(paint(&Terminal::default(), Colour::Always), Paint::Colour);
        let asked_not_to = Terminal {
            no_color: true,
            ..tty.clone()
        };
        assert_eq!(paint(&asked_not_to, Colour::Auto), Paint::Plain);
        let dumb = Terminal { dumb: true, ..tty };
        assert_eq!(paint(&dumb, Colour::Auto), Paint::Plain);
    }

    #[test]
    fn signs_follow_the_locale_of_a_terminal_and_the_config_before_it() {
        assert!(
            is_utf8(Some("en_GB.UTF-8".into())) && !is_utf8(Some("C".into())) && !is_utf8(None)
        );
        let old = Terminal {
            shown: true,
            ..Terminal::default()
        };
        let unicode = UiConfig {
            glyphs: Glyphs::Unicode,
            ..UiConfig::default()
        };
        assert_eq!(
            old.look(Colour::Never, &UiConfig::default()).signs,
            Signs::Ascii
        );
        assert_eq!(old.look(Colour::Never, &unicode).signs, Signs::Unicode);
        assert_eq!(
            Terminal::default()
                .look(Colour::Never, &UiConfig::default())
                .signs,
            Signs::Unicode
        );
    }
}
