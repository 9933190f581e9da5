//! How an object is spaced, so that what is put into it looks like its surroundings.

use super::object::Object;
use crate::ops::edit::Raw;

/// Longest spacing that is imitated; more is an accident.
const MOST: usize = 256;

pub(super) struct Style {
    /// Comma and blanks between two members.
    pub gap: String,
    /// Colon and blanks between key and value.
    pub colon: String,
    /// Objects inside are spread over lines.
    pub spreads: bool,
    /// The line end and the indentation of the object's members; empty where they share a line.
    line: String,
    /// One level of indentation.
    unit: String,
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Only blanks and a single comma or colon: nothing that could be mistaken.
fn is_spacing(bytes: &[u8], mark: u8) -> bool {
    let marks = memchr::memchr_iter(mark, bytes).count();
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    marks == 1 && bytes.len() <= MOST && bytes.iter().all(|byte| *byte == mark || blank(byte))
}

/// What follows the last line end.
fn indent(spacing: &str) -> &str {
    spacing.rsplit('\n').next().unwrap_or_default()
}

impl Style {
    pub fn of(object: &Object<'_>) -> Self {
        let colon = match object.colon() {
            bytes if is_spacing(bytes, b':') => text(bytes).to_owned(),
            _ => ": ".to_owned(),
        };
        let lead = text(object.lead());
        let gaps: Vec<&[u8]> = object.gaps().filter(|gap| is_spacing(gap, b',')).collect();
        let gap = match gaps.last() {
            Some(gap) => text(gap).to_owned(),
            None if lead.contains('\n') && lead.len() <= MOST => format!(",{lead}"),
            None if colon == ":" => ",".to_owned(),
            None => ", ".to_owned(),
        };
        let one_each = lead.contains('\n')
            && gap.contains('\n')
            && gaps.iter().all(|gap| gap.contains(&b'\n'));
        let end = if gap.contains("\r\n") { "\r\n" } else { "\n" };
        // Where the comma leads the line, the indentation ends before it.
        let own = indent(&gap)
            .split(',')
            .next()
            .unwrap_or_default()
            .to_owned();
        let outer = indent(text(object.tail()));
        let unit = match own.strip_prefix(outer) {
            Some(unit) if !unit.is_empty() => unit.to_owned(),
            _ if own.starts_with('\t') => "\t".to_owned(),
            _ => "  ".to_owned(),
        };
        Self {
            spreads: one_each && object.inner_spreads().unwrap_or(true),
            line: if one_each {
                format!("{end}{own}")
            } else {
                String::new()
            },
            gap,
            colon,
            unit,
        }
    }

    /// A value of ours, in one line or spread over several.
    pub fn render(&self, raw: &Raw, spread: bool) -> String {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(raw.text()) else {
            return raw.text().to_owned();
        };
        let mut out = String::new();
        if spread && !self.line.is_empty() {
            self.spread(&value, &self.line, &mut out);
        } else {
            self.flat(&value, &mut out);
        }
        out
    }

    fn comma(&self) -> &'static str {
        if self.colon == ":" { "," } else { ", " }
    }

    fn flat_colon(&self) -> &'static str {
        if self.colon == ":" { ":" } else { ": " }
    }

    fn flat(&self, value: &serde_json::Value, out: &mut String) {
        match value {
            serde_json::Value::Object(members) => {
                out.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push_str(self.comma());
                    }
                    out.push_str(&serde_json::Value::from(key.as_str()).to_string());
                    out.push_str(self.flat_colon());
                    self.flat(value, out);
                }
                out.push('}');
            }
            serde_json::Value::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(self.comma());
                    }
                    self.flat(item, out);
                }
                out.push(']');
            }
            simple => out.push_str(&simple.to_string()),
        }
    }

    /// `line` is the line end with the indentation of what the value stands in.
    fn spread(&self, value: &serde_json::Value, line: &str, out: &mut String) {
        let inner = format!("{line}{}", self.unit);
        match value {
            serde_json::Value::Object(members) if !members.is_empty() => {
                out.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(&inner);
                    out.push_str(&serde_json::Value::from(key.as_str()).to_string());
                    out.push_str(&self.colon);
                    self.spread(value, &inner, out);
                }
                out.push_str(line);
                out.push('}');
            }
            serde_json::Value::Array(items) if !items.is_empty() => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(&inner);
                    self.spread(item, &inner, out);
                }
                out.push_str(line);
                out.push(']');
            }
            simple => out.push_str(&simple.to_string()),
        }
    }
}
