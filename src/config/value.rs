//! Values of the file, each with its place, read into types or noted as a mistake.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use super::duration;
use super::keys::Kind;
use super::problem::{Problem, Warning};
use crate::domain::schedule::Quiet;
use crate::domain::text;
use crate::domain::time::{ClockTime, Span, Zone};

/// A value of the file with its place.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// Reads values and collects what is wrong with them.
pub struct Desk<'a> {
    pub text: &'a str,
    pub home: Option<&'a Path>,
    pub problems: Vec<Problem>,
    pub warnings: Vec<Warning>,
}

impl Desk<'_> {
    /// Line and column (from 1, in characters) of a byte offset.
    pub fn place(&self, offset: usize) -> (u32, u32) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        (line as u32, column as u32)
    }

    pub fn problem(
        &mut self,
        span: Range<usize>,
        key: &str,
        found: String,
        allowed: String,
        remedy: String,
    ) {
        let (line, column) = self.place(span.start);
        self.problems.push(Problem {
            line,
            column,
            key: text::clean(key).into_owned(),
            found,
            allowed,
            remedy,
        });
    }

    pub fn warn(&mut self, span: Range<usize>, sentence: String) {
        let (line, _) = self.place(span.start);
        self.warnings.push(Warning { line, sentence });
    }

    /// Notes that a value is not what its key holds.
    pub fn mismatch(&mut self, key: &str, value: &Value<'_>, kind: Kind) {
        let remedy = remedy(key, value, kind);
        self.problem(value.span(), key, self.shown(value), kind.words(), remedy);
    }

    fn shown(&self, value: &Value<'_>) -> String {
        let written = self.text.get(value.span()).unwrap_or_default();
        let written = text::clean_within(written.lines().next().unwrap_or_default(), 60);
        format!("found {written} ({})", article(value.get_ref().type_str()))
    }

    pub fn text(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        let read = value.get_ref().as_str().map(str::to_owned);
        self.or_mismatch(read, key, value, Kind::Text)
    }

    pub fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        self.or_mismatch(value.get_ref().as_bool(), key, value, Kind::Flag)
    }

    pub fn duration(&mut self, key: &str, value: &Value<'_>) -> Option<Span> {
        let read = value.get_ref().as_str().and_then(duration::parse);
        self.or_mismatch(read, key, value, Kind::Duration)
    }

    pub fn zone(&mut self, key: &str, value: &Value<'_>) -> Option<Zone> {
        let read = value.get_ref().as_str().and_then(Zone::parse);
        self.or_mismatch(read, key, value, Kind::Zone)
    }

    pub fn one_of<T: Copy>(
        &mut self,
        key: &str,
        value: &Value<'_>,
        words: &'static [&'static str],
        values: &[T],
    ) -> Option<T> {
        let word = value.get_ref().as_str();
        let place = words.iter().position(|allowed| Some(*allowed) == word);
        let read = place.and_then(|at| values.get(at).copied());
        self.or_mismatch(read, key, value, Kind::OneOf(words))
    }

    pub fn path(&mut self, key: &str, value: &Value<'_>) -> Option<PathBuf> {
        let read = value.get_ref().as_str().filter(|text| !text.is_empty());
        let home = self.home;
        let read = read.and_then(|text| crate::paths::expand(text, home));
        self.or_mismatch(read, key, value, Kind::Path)
    }

    pub fn paths(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<PathBuf>> {
        self.list(key, value, Kind::Paths, Self::path)
    }

    pub fn words(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<String>> {
        self.list(key, value, Kind::Words, |desk, key, value| {
            let read = value
                .get_ref()
                .as_str()
                .map(str::trim)
                .filter(|word| !word.is_empty());
            desk.or_mismatch(read.map(str::to_owned), key, value, Kind::Words)
        })
    }

    /// A program and its arguments; an empty list is none.
    pub fn argv(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<String>> {
        let read = self.list(key, value, Kind::Argv, |desk, key, value| {
            let read = value.get_ref().as_str().map(str::to_owned);
            desk.or_mismatch(read, key, value, Kind::Argv)
        })?;
        let named = read
            .first()
            .is_some_and(|program| !program.trim().is_empty());
        self.or_mismatch(named.then_some(read), key, value, Kind::Argv)
    }

    pub fn globs(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<String>> {
        self.list(key, value, Kind::Globs, |desk, key, value| {
            let read = value.get_ref().as_str().filter(|glob| is_relative(glob));
            desk.or_mismatch(read.map(str::to_owned), key, value, Kind::Globs)
        })
    }

    /// One key or several.
    pub fn keys(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<String>> {
        if let Some(one) = value.get_ref().as_str() {
            return Some(vec![one.to_owned()]);
        }
        self.list(key, value, Kind::Keys, |desk, key, value| {
            let read = value.get_ref().as_str().map(str::to_owned);
            desk.or_mismatch(read, key, value, Kind::Keys)
        })
    }

    pub fn quiet(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<Quiet>> {
        self.list(key, value, Kind::Quiet, |desk, key, value| {
            let read = window(value);
            desk.or_mismatch(read, key, value, Kind::Quiet)
        })
    }

    /// Every element is read, so that every wrong one is reported.
    fn list<T>(
        &mut self,
        key: &str,
        value: &Value<'_>,
        kind: Kind,
        element: impl Fn(&mut Self, &str, &Value<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(items) = value.get_ref().as_array() else {
            self.mismatch(key, value, kind);
            return None;
        };
        let read: Vec<Option<T>> = items.iter().map(|item| element(self, key, item)).collect();
        read.into_iter().collect()
    }

    fn or_mismatch<T>(
        &mut self,
        read: Option<T>,
        key: &str,
        value: &Value<'_>,
        kind: Kind,
    ) -> Option<T> {
        if read.is_none() {
            self.mismatch(key, value, kind);
        }
        read
    }
}

fn window(value: &Value<'_>) -> Option<Quiet> {
    let pair = value.get_ref().as_array()?;
    if pair.len() != 2 {
        return None;
    }
    let time = |n: usize| pair.get(n)?.get_ref().as_str().and_then(ClockTime::parse);
    Some(Quiet {
        from: time(0)?,
        to: time(1)?,
    })
}

fn is_relative(glob: &str) -> bool {
    let absolute = glob.starts_with('/') || glob.starts_with('~');
    !glob.trim().is_empty() && !absolute && !glob.split('/').any(|part| part == "..")
}

fn article(kind: &str) -> String {
    match kind {
        "integer" | "array" => format!("an {kind}"),
        "boolean" | "float" | "string" | "datetime" | "table" => format!("a {kind}"),
        other => other.to_owned(),
    }
}

/// How to mend a value, as exactly as what stands there allows.
fn remedy(key: &str, value: &Value<'_>, kind: Kind) -> String {
    let key = key.rsplit('.').next().unwrap_or(key);
    let found = value.get_ref();
    match kind {
        Kind::Duration => duration_remedy(key, found),
        Kind::Flag if found.is_str() => format!("leave the quotes out: {key} = true"),
        Kind::Flag => format!("write {key} = true or {key} = false"),
        Kind::Paths | Kind::Globs | Kind::Words if is_lone(found, kind) => {
            let text = found.as_str().unwrap_or_default();
            format!(
                "put it in brackets: {key} = [\"{}\"]",
                text::clean_within(text, 60)
            )
        }
        Kind::Paths | Kind::Path if found.is_str() => {
            "write the path in full; only `~/` is understood, not `~name`".to_owned()
        }
        Kind::Paths | Kind::Path => format!("write it in quotes: {key} = \"~/agents\""),
        Kind::Globs => {
            "name files relative to the folder, without a leading `/` or `~` and without `..`"
                .to_owned()
        }
        Kind::Words => format!("write {key} = [\"word\", \"another\"]"),
        Kind::Zone => {
            "use a name of the zone database (`timedatectl list-timezones` lists them) or an offset"
                .to_owned()
        }
        Kind::Quiet => format!("write pairs of times: {key} = [[\"23:00\", \"07:00\"]]"),
        Kind::OneOf(words) => choice_remedy(key, found, words),
        Kind::Text => format!("write it in quotes: {key} = \"…\""),
        Kind::Argv => format!(
            "write program and arguments one by one, no shell reads them: {key} = [\"program\", \"{{task}}\"]"
        ),
        Kind::Keys => format!("write {key} = \"ctrl-r\" or {key} = [\"ctrl-r\", \"f5\"]"),
    }
}

/// A single value where a list is wanted, good but for its brackets.
fn is_lone(found: &DeValue<'_>, kind: Kind) -> bool {
    found
        .as_str()
        .is_some_and(|text| kind != Kind::Globs || is_relative(text))
}

/// A bare number lacks its unit.
fn duration_remedy(key: &str, found: &DeValue<'_>) -> String {
    let written = found.as_str().map(str::trim).map(str::to_owned);
    let number = found.as_integer().map(ToString::to_string).or(written);
    let number = number.filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    match number {
        Some(number) => format!("add the unit, in quotes: {key} = \"{number}m\" or \"{number}s\""),
        None => format!("write {key} = \"30m\""),
    }
}

fn choice_remedy(key: &str, found: &DeValue<'_>, words: &[&'static str]) -> String {
    let word = found.as_str().unwrap_or_default();
    match super::suggest::nearest(word, words.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!(
            "write {key} = \"{}\"",
            words.first().copied().unwrap_or_default()
        ),
    }
}
