//! The only file that knows keys: their names, what they mean where, and what the operator made of them.

use std::collections::HashMap;
use std::fmt;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::command::{COMMANDS, CommandId, Place, by_name, find};
use super::msg::{Edit, Input};

/// A key with its modifiers. Shift is part of the character, except for keys that have no other form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    mods: KeyModifiers,
}

const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl Key {
    /// `a`, `G`, `ctrl-d`, `alt-x`, `shift-up`, `enter`, `f5`.
    pub fn parse(name: &str) -> Result<Self, String> {
        let mut mods = KeyModifiers::NONE;
        let mut rest = name;
        while let Some((prefix, tail)) = rest.split_once('-') {
            let modifier = match prefix {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => break,
            };
            if tail.is_empty() {
                break;
            }
            mods |= modifier;
            rest = tail;
        }
        let code = code(rest).ok_or_else(|| {
            format!("\"{name}\" is no key; keys look like a, G, ctrl-d, enter, f5")
        })?;
        Ok(Self { code, mods }.normal())
    }

    pub fn of(event: KeyEvent) -> Self {
        let kept = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        Self {
            code: event.code,
            mods: event.modifiers & kept,
        }
        .normal()
    }

    /// The event a terminal sends for this key.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.mods)
    }

    fn normal(mut self) -> Self {
        if let KeyCode::Char(c) = self.code {
            if self.mods.contains(KeyModifiers::CONTROL) {
                self.code = KeyCode::Char(c.to_ascii_lowercase());
            } else if self.mods.contains(KeyModifiers::SHIFT) {
                self.code = KeyCode::Char(c.to_uppercase().next().unwrap_or(c));
            }
            self.mods.remove(KeyModifiers::SHIFT);
        }
        if self.code == KeyCode::BackTab {
            self.mods.remove(KeyModifiers::SHIFT);
        }
        self
    }

    /// What this key writes into a text.
    fn edit(self) -> Option<Edit> {
        let ctrl = self.mods.contains(KeyModifiers::CONTROL);
        match self.code {
            KeyCode::Enter => Some(Edit::Accept),
            KeyCode::Backspace => Some(Edit::Erase),
            KeyCode::Up => Some(Edit::Previous),
            KeyCode::Down | KeyCode::Tab => Some(Edit::Next),
            KeyCode::Left => Some(Edit::Left),
            KeyCode::Right => Some(Edit::Right),
            KeyCode::Char('j') if ctrl => Some(Edit::Line),
            KeyCode::Char('s') if ctrl => Some(Edit::Keep),
            KeyCode::Char('p') if ctrl => Some(Edit::Previous),
            KeyCode::Char('n') if ctrl => Some(Edit::Next),
            KeyCode::Char('h') if ctrl => Some(Edit::Erase),
            KeyCode::Char('w') if ctrl => Some(Edit::EraseWord),
            KeyCode::Char('u') if ctrl => Some(Edit::EraseAll),
            KeyCode::Char(c) if self.mods.is_empty() => Some(Edit::Insert(c.to_string())),
            _ => None,
        }
    }
}

fn code(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return (!c.is_control()).then_some(KeyCode::Char(c));
    }
    if let Some(n) = name.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
        return (1..=24).contains(&n).then_some(KeyCode::F(n));
    }
    NAMED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, code)| *code)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, word) in [
            (KeyModifiers::CONTROL, "ctrl-"),
            (KeyModifiers::ALT, "alt-"),
            (KeyModifiers::SHIFT, "shift-"),
        ] {
            if self.mods.contains(modifier) {
                f.write_str(word)?;
            }
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(n)) => write!(f, "f{n}"),
            (None, _) => f.write_str("this key"),
        }
    }
}

/// Which command a key gives where.
#[derive(Clone, Debug)]
pub struct Keymap {
    bound: HashMap<(Place, Key), CommandId>,
    keys: HashMap<CommandId, Vec<Key>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&[]).unwrap_or_else(|_| Self {
            bound: HashMap::new(),
            keys: HashMap::new(),
        })
    }
}

impl Keymap {
    /// The default keys, with those of some commands replaced. Every mistake is reported at once: unknown commands,
    /// unknown keys, keys given twice in one place, places that could not be left any more.
    pub fn with(overrides: &[(String, Vec<String>)]) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut keys: HashMap<CommandId, Vec<Key>> = HashMap::new();
        for spec in COMMANDS {
            let own = overrides.iter().find(|(name, _)| name == spec.name);
            let names: Vec<&str> = match own {
                Some((_, names)) => names.iter().map(String::as_str).collect(),
                None => spec.keys.to_vec(),
            };
            let parsed = names.into_iter().filter_map(|name| {
                Key::parse(name)
                    .map_err(|problem| problems.push(format!("keys.{}: {problem}", spec.name)))
                    .ok()
            });
            keys.insert(spec.id, parsed.collect());
        }
        for (name, _) in overrides.iter().filter(|(name, _)| by_name(name).is_none()) {
            problems.push(format!(
                "keys.{name}: no such command; `rounds` lists them under ?"
            ));
        }
        let bound = bind(&keys, &mut problems);
        for id in [CommandId::Back, CommandId::Quit] {
            if keys.get(&id).is_none_or(Vec::is_empty) {
                problems.push(format!("keys.{}: needs a key", find(id).name));
            }
        }
        if problems.is_empty() {
            Ok(Self { bound, keys })
        } else {
            Err(problems)
        }
    }

    /// The keys of a command, the first one for hints.
    pub fn keys(&self, id: CommandId) -> impl Iterator<Item = String> + '_ {
        self.keys
            .get(&id)
            .into_iter()
            .flatten()
            .map(ToString::to_string)
    }

    /// What an event means where the keys go now; nothing for a key that is released.
    pub fn input(&self, place: Place, event: KeyEvent) -> Option<Input> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let key = Key::of(event);
        if let Some(id) = self.bound.get(&(place, key)) {
            return Some(Input::Command(*id));
        }
        if place.takes_text() {
            return key.edit().map(Input::Edit);
        }
        Some(Input::Unbound(key.to_string()))
    }
}

fn bind(
    keys: &HashMap<CommandId, Vec<Key>>,
    problems: &mut Vec<String>,
) -> HashMap<(Place, Key), CommandId> {
    let mut bound: HashMap<(Place, Key), CommandId> = HashMap::new();
    for spec in COMMANDS {
        for key in keys.get(&spec.id).into_iter().flatten() {
            for place in spec.scope {
                if place.takes_text() && matches!(key.edit(), Some(Edit::Insert(_))) {
                    continue;
                }
                match bound.insert((*place, *key), spec.id) {
                    Some(other) if other != spec.id => problems.push(format!(
                        "keys.{}: {key} is the key of {} too, in {}",
                        spec.name,
                        find(other).name,
                        place.word()
                    )),
                    _ => {}
                }
            }
        }
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(place: Place, name: &str) -> Option<Input> {
        let key = Key::parse(name).unwrap();
        Keymap::default().input(place, KeyEvent::new(key.code, key.mods))
    }

    #[test]
    fn the_default_keys_have_no_conflict() {
        assert!(Keymap::with(&[]).is_ok());
    }

    #[test]
    fn names_of_keys_read_back() {
        for name in [
            "a", "G", "ctrl-d", "alt-x", "enter", "f5", "shift-up", "-", "ctrl--", "space",
        ] {
            assert_eq!(Key::parse(name).unwrap().to_string(), name);
        }
        for name in ["", "ctrl-", "hyper-x", "f99", "enterr"] {
            assert!(Key::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn shift_is_part_of_the_letter() {
        let event = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::SHIFT);
        assert_eq!(
            Keymap::default().input(Place::Standup, event),
            Some(Input::Command(CommandId::Bottom))
        );
    }

    #[test]
    fn letters_are_text_where_text_is_taken() {
        assert_eq!(
            press(Place::Filter, "q"),
            Some(Input::Edit(Edit::Insert("q".to_owned())))
        );
        assert_eq!(
            press(Place::Filter, "esc"),
            Some(Input::Command(CommandId::Back))
        );
        assert_eq!(
            press(Place::Standup, "q"),
            Some(Input::Command(CommandId::Quit))
        );
        assert_eq!(
            press(Place::Standup, "Z"),
            Some(Input::Unbound("Z".to_owned()))
        );
    }

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let wrong = Keymap::with(&[
            ("wyh".to_owned(), vec!["x".to_owned()]),
            (
                "freeze".to_owned(),
                vec!["ctrl-".to_owned(), "j".to_owned()],
            ),
            ("quit".to_owned(), Vec::new()),
        ]);
        let problems = wrong.unwrap_err();
        assert!(
            problems
                .iter()
                .any(|p| p.starts_with("keys.wyh: no such command")),
            "{problems:?}"
        );
        assert!(
            problems.iter().any(|p| p.contains("\"ctrl-\" is no key")),
            "{problems:?}"
        );
        assert!(
            problems.iter().any(|p| p.contains("j is the key of")),
            "{problems:?}"
        );
        assert!(
            problems.iter().any(|p| p == "keys.quit: needs a key"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_command_can_move_to_another_key() {
        let map = Keymap::with(&[("quit".to_owned(), vec!["ctrl-q".to_owned()])]).unwrap();
        assert_eq!(map.keys(CommandId::Quit).collect::<Vec<_>>(), ["ctrl-q"]);
    }
}
