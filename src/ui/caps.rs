//! What the terminal can do, told by its environment. The environment is a parameter: nothing here reads it.

/// How many colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Bold, dim and reversed only.
    Mono,
    Sixteen,
    Palette,
    True,
}

/// Which characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Ascii,
    Unicode,
}

/// Whether frames are wrapped in synchronized-update markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    On,
    Off,
}

/// What the terminal writes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// Not told: colours are chosen that can be read on both.
    #[default]
    Unknown,
    Dark,
    Light,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    pub depth: Depth,
    pub ground: Ground,
    pub charset: Charset,
    pub sync: Sync,
    /// The terminal can move its cursor at all; if not, the standup is printed instead.
    pub full_screen: bool,
}

impl Caps {
    /// Everything a modern terminal has.
    pub const FULL: Self = Self {
        depth: Depth::Palette,
        ground: Ground::Unknown,
        charset: Charset::Unicode,
        sync: Sync::On,
        full_screen: true,
    };

    /// `env` looks a variable up; an empty one counts as absent.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        let term = get("TERM").unwrap_or_default();
        Self {
            depth: depth(&get, &term),
            ground: get("COLORFGBG").map_or(Ground::Unknown, |said| ground(&said)),
            charset: charset(&get),
            sync: if term == "linux" { Sync::Off } else { Sync::On },
            full_screen: !term.is_empty() && term != "dumb",
        }
    }
}

fn depth(get: &impl Fn(&str) -> Option<String>, term: &str) -> Depth {
    if get("NO_COLOR").is_some() || matches!(term, "dumb" | "") || term.starts_with("vt1") {
        return Depth::Mono;
    }
    let colorterm = get("COLORTERM").unwrap_or_default();
    if matches!(colorterm.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
        Depth::True
    } else if term.contains("256")
        || ["kitty", "ghostty", "foot", "wezterm"]
            .iter()
            .any(|name| term.contains(name))
    {
        Depth::Palette
    } else {
        Depth::Sixteen
    }
}

/// `COLORFGBG` ends with the number of the background among the sixteen colours: `15;0`, `0;default;15`.
fn ground(said: &str) -> Ground {
    match said
        .rsplit(';')
        .next()
        .and_then(|last| last.parse::<u8>().ok())
    {
        Some(0..=6 | 8) => Ground::Dark,
        Some(7 | 9..=15) => Ground::Light,
        Some(_) | None => Ground::Unknown,
    }
}

/// The first of `LC_ALL`, `LC_CTYPE`, `LANG` that is set decides, as the C library has it.
fn charset(get: &impl Fn(&str) -> Option<String>) -> Charset {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| get(name));
    let locale = locale.unwrap_or_default().to_lowercase();
    if locale.contains("utf-8") || locale.contains("utf8") {
        Charset::Unicode
    } else {
        Charset::Ascii
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(pairs: &[(&str, &str)]) -> Caps {
        Caps::detect(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_background_is_told_by_the_environment_or_not_at_all() {
        for (said, wanted) in [
            ("15;0", Ground::Dark),
            ("0;15", Ground::Light),
            ("0;default;7", Ground::Light),
            ("12;8", Ground::Dark),
            ("15;default", Ground::Unknown),
            ("nonsense", Ground::Unknown),
        ] {
            assert_eq!(caps(&[("COLORFGBG", said)]).ground, wanted, "{said}");
        }
        assert_eq!(caps(&[]).ground, Ground::Unknown);
    }

    #[test]
    fn the_environment_decides() {
        let full = caps(&[("TERM", "xterm-256color"), ("LANG", "en_US.UTF-8")]);
        assert_eq!(
            (full.depth, full.charset),
            (Depth::Palette, Charset::Unicode)
        );
        let plain = caps(&[("TERM", "xterm"), ("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]);
        assert_eq!(
            (plain.depth, plain.charset),
            (Depth::Sixteen, Charset::Ascii)
        );
        assert_eq!(
            caps(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]).depth,
            Depth::True
        );
    }

    #[test]
    fn no_color_counts_only_when_it_says_something() {
        let base = ("TERM", "xterm-256color");
        assert_eq!(caps(&[base, ("NO_COLOR", "1")]).depth, Depth::Mono);
        assert_eq!(caps(&[base, ("NO_COLOR", "")]).depth, Depth::Palette);
    }

    #[test]
    fn dumb_terminals_get_no_screen() {
        assert!(!caps(&[("TERM", "dumb")]).full_screen);
        assert!(!caps(&[]).full_screen);
    }
}
