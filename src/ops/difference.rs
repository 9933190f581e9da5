//! What two versions of a text differ in, as lines to read.

use std::collections::BTreeSet;
use std::ops::Range;

use super::edit::{DiffLine, Sign, Wording};
use super::merge::{hunks, pieces};
use crate::domain::page::{Compared, Present};
use crate::domain::text::shown;
use crate::domain::time::Zone;

/// Of a changed line of JSON that is longer than this, in bytes, members are compared: a whole plan may stand in one line.
const LONG: usize = 80;
/// An id further before a member, in members, is not looked for.
const MOST_BEFORE: usize = 64;

/// What one version has and the other has not, line by line, of a long line of JSON that changed member by member; nothing
/// where they have too little in common.
pub fn difference(old: &[u8], new: &[u8]) -> Option<Vec<DiffLine>> {
    let lines = |text| <[u8]>::split_inclusive(text, |b| *b == b'\n').collect();
    let (olds, news): (Vec<&[u8]>, Vec<&[u8]>) = (lines(old), lines(new));
    let mut diff = Vec::new();
    let mut offset: isize = 0;
    for hunk in hunks(&olds, &news).ok()? {
        let first = hunk.base.start.saturating_add_signed(offset);
        offset += hunk.new.len() as isize - hunk.base.len() as isize;
        let removed = hunk.base.clone().map(|at| (at as u32 + 1, olds[at]));
        let added = (first..).map(|at| at as u32 + 1).zip(hunk.new);
        let (removed, added): (Vec<Line<'_>>, Vec<Line<'_>>) = (removed.collect(), added.collect());
        let pairs = || removed.iter().zip(&added);
        if removed.len() == added.len() && pairs().any(|(old, _)| is_dense(old.1)) {
            for (old, new) in pairs() {
                diff.extend(members(*old, *new));
            }
        } else {
            diff.extend(of_lines(removed, added));
        }
    }
    Some(diff)
}

/// A line with its number, from 1.
type Line<'a> = (u32, &'a [u8]);

fn of_line(sign: Sign, (line, bytes): Line<'_>) -> DiffLine {
    let text = String::from_utf8_lossy(bytes);
    DiffLine {
        sign,
        line,
        text: shown(text.trim_end_matches(['\r', '\n'])).into_owned(),
        blanks: false,
    }
}

/// Whole lines that others have the place of. Those that only blanks tell apart say so.
fn of_lines(removed: Vec<Line<'_>>, added: Vec<Line<'_>>) -> Vec<DiffLine> {
    let texts = |lines: &[Line<'_>]| -> BTreeSet<Vec<u8>> {
        let texts = lines.iter().map(|(_, bytes)| bytes.trim_ascii().to_vec());
        texts.filter(|text| !text.is_empty()).collect()
    };
    let in_both: BTreeSet<Vec<u8>> = texts(&removed)
        .intersection(&texts(&added))
        .cloned()
        .collect();
    let told = |sign| {
        let in_both = &in_both;
        move |line: Line<'_>| DiffLine {
            blanks: in_both.contains(line.1.trim_ascii()),
            ..of_line(sign, line)
        }
    };
    let removed = removed.into_iter().map(told(Sign::Removed));
    removed
        .chain(added.into_iter().map(told(Sign::Added)))
        .collect()
}

/// One line that became another: whole, or by the members in which a long one differs.
fn members(old: Line<'_>, new: Line<'_>) -> Vec<DiffLine> {
    let (olds, news) = (pieces(old.1), pieces(new.1));
    let hunks = hunks(&olds, &news).ok().filter(|_| is_dense(old.1));
    let Some(hunks) = hunks else {
        return vec![of_line(Sign::Removed, old), of_line(Sign::Added, new)];
    };
    let of_parts = |sign, line, parts: &[&[u8]], one: Range<usize>| {
        let text = parts[one.clone()].concat();
        let told = match whose(parts, one.start) {
            Some(id) => [id, b" \xe2\x80\xa6 ", text.trim_ascii_start()].concat(),
            None => text,
        };
        (!one.is_empty()).then(|| of_line(sign, (line, &told)))
    };
    let mut diff = Vec::new();
    let mut offset: isize = 0;
    for hunk in hunks {
        let first = hunk.base.start.saturating_add_signed(offset);
        offset += hunk.new.len() as isize - hunk.base.len() as isize;
        let added = first..first + hunk.new.len();
        diff.extend(of_parts(Sign::Removed, old.0, &olds, hunk.base));
        diff.extend(of_parts(Sign::Added, new.0, &news, added));
    }
    diff
}

/// The same as text, sanitised, a line for each.
pub fn told(old: &[u8], new: &[u8], wording: Wording) -> String {
    let lines = match difference(old, new) {
        None => return "they have too little in common to be shown line by line\n".to_owned(),
        Some(lines) if lines.is_empty() => return "no difference\n".to_owned(),
        Some(lines) => lines,
    };
    let mut out = String::new();
    for line in lines {
        out.push_str(&line.numbered(wording));
        out.push('\n');
    }
    out
}

/// A version that a writer overwrote, beside what is there now.
pub fn beside(found: &Compared, zone: Zone, wording: Wording) -> String {
    let file = &found.of.file;
    let lost = match found.of.at {
        Some(at) => format!("the version of {} that was lost", zone.weekday_hhmm(at)),
        None => "the version that was lost".to_owned(),
    };
    let there = match &found.now {
        Present::File(_) => format!("{file} now"),
        Present::Replaced(_) => format!("what replaced it: {file} cannot be read now"),
        Present::Nothing => format!("nothing: {file} cannot be read now"),
    };
    let told = told(found.now.bytes(), &found.lost, wording);
    format!("{}{told}", between(&there, &lost, wording))
}

/// Which two versions a difference is between: what only the first has is removed in it, what only the second has is added.
pub fn between(there: &str, other: &str, wording: Wording) -> String {
    let named = |sign, text: &str| {
        let text = match wording {
            Wording::Signs => text.to_owned(),
            Wording::Words => format!("only in {text}"),
        };
        let line = DiffLine {
            sign,
            line: 0,
            text,
            blanks: false,
        };
        line.told(wording)
    };
    let (there, other) = (named(Sign::Removed, there), named(Sign::Added, other));
    format!("{there}\n{other}\n")
}

/// A line of JSON with more in it than can be seen at once.
fn is_dense(line: &[u8]) -> bool {
    line.len() > LONG && matches!(line.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Of which object a member is: the id that stands before it.
fn whose<'a>(parts: &[&'a [u8]], at: usize) -> Option<&'a [u8]> {
    let before = parts[..at].iter().rev();
    let id = before.take(MOST_BEFORE).find(|part| {
        let part = part.trim_ascii_start();
        part.starts_with(b"\"id\"") || part.starts_with(b"\"agent\"")
    })?;
    let id = id.trim_ascii();
    Some(id.strip_suffix(b",").unwrap_or(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_only_blanks_tell_apart_say_their_blanks() {
        let told = |old: &str, new: &str| -> Vec<String> {
            let lines = difference(old.as_bytes(), new.as_bytes()).unwrap();
            lines.iter().map(|line| line.told(Wording::Words)).collect()
        };
        let indented = told("- a\n- b\n", "- a\n    - b\n");
        let said = [
            "line 2 removed, indented by 0: - b",
            "line 2 added, indented by 4: - b",
        ];
        assert_eq!(indented, said);
        let behind = told("a\n", "a \n");
        assert_eq!(
            behind[1],
            "line 1 added, indented by 0, with 1 blank at its end: a"
        );
        let other = told("  a\n", "  b\n");
        assert_eq!(other, ["line 1 removed: a", "line 1 added: b"]);
    }

    #[test]
    fn a_plan_in_one_line_differs_by_its_members() {
        let plan = |status: &str| {
            let task = format!(r#"{{"id":"a","status":"{status}","x":1}},"#);
            let others = r#"{"id":"b","status":"pending"},"#.repeat(10);
            format!(r#"{{"tasks":[{task}{others}]}}"#)
        };
        assert_eq!(
            told(
                plan("pending").as_bytes(),
                plan("claimed").as_bytes(),
                Wording::Signs
            ),
            "    1 - \"id\":\"a\" … \"status\":\"pending\",\n    1 + \"id\":\"a\" … \"status\":\"claimed\",\n"
        );
    }

    #[test]
    fn of_a_long_line_only_what_changed_is_told_and_a_new_line_is_told_whole() {
        let task = |id: &str, status: &str| {
            let title = "a title that makes the line of the task longer than a screen is wide";
            format!(r#"{{"id":"{id}","title":"{title}","status":"{status}"}}"#)
        };
        let (a, b, c) = (task("a", "pending"), task("b", "pending"), task("c", "new"));
        let old = format!("[\n{a},\n{b},\n{b}\n]\n");
        let new = format!("[\n{c},\n{a},\n{b},\n{}\n]\n", task("b", "held"));
        let told = told(old.as_bytes(), new.as_bytes(), Wording::Signs);
        let lines: Vec<&str> = told.lines().collect();
        let expected = [
            &*format!("    2 + {c},"),
            "    4 - \"id\":\"b\" … \"status\":\"pending\"}",
            "    5 + \"id\":\"b\" … \"status\":\"held\"}",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_difference_names_the_lines_of_both() {
        let diff = difference(b"a\nb\nc\n", b"z\na\nB\nc\n").unwrap();
        let shown: Vec<String> = diff
            .iter()
            .map(|line| format!("{:?}{} {}", line.sign, line.line, line.text))
            .collect();
        assert_eq!(shown, ["Added1 z", "Removed2 b", "Added3 B"]);
    }
}
