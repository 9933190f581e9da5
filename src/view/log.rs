//! The merged log, line by line, with equal neighbours folded for display.

use crate::domain::log::{LogKey, LogKind, LogRow};
use crate::domain::text::clean;
use crate::domain::time::{Ts, Zone};

use super::Mark;

/// A run of equal neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Index of its newest row.
    pub last: usize,
    pub count: u32,
}

/// Folds rows that say the same: agent, task, status, kind, counts and text. `rows` are oldest first, and so are the folds.
pub fn fold(rows: &[LogRow]) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        match folds.last_mut() {
            Some(fold) if same(&rows[fold.last], row) => {
                fold.last = i;
                fold.count += 1;
            }
            _ => folds.push(Fold { last: i, count: 1 }),
        }
    }
    folds
}

fn same(a: &LogRow, b: &LogRow) -> bool {
    a.agent == b.agent
        && a.status == b.status
        && a.kind == b.kind
        && a.task == b.task
        && (a.did, a.skipped, a.failed) == (b.did, b.skipped, b.failed)
        && a.text == b.text
}

pub fn key(row: &LogRow) -> LogKey {
    LogKey {
        at: row.at,
        agent: row.agent.clone(),
        locus: row.locus,
    }
}

/// One line of the log as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub time: String,
    pub mark: Mark,
    pub agent: String,
    pub task: String,
    pub text: String,
    /// `×213`, or nothing.
    pub times: String,
}

pub fn line(row: &LogRow, count: u32, zone: Zone) -> Line {
    let kind = match row.kind {
        LogKind::Beat => "",
        LogKind::Step => "step: ",
        LogKind::Plan => "plan: ",
        LogKind::Damage => "damage: ",
    };
    Line {
        time: zone.hhmmss(row.at),
        mark: row.into(),
        agent: row.agent.to_string(),
        task: row
            .task
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        text: format!("{kind}{}", text(row)),
        times: if count > 1 {
            format!("×{count}")
        } else {
            String::new()
        },
    }
}

/// What the row says; without words of its own, its counts.
fn text(row: &LogRow) -> String {
    if !row.text.is_empty() {
        return row.text.shown().into_owned();
    }
    let parts = [
        (row.did, "did"),
        (row.skipped, "skipped"),
        (row.failed, "failed"),
    ];
    let counted: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    if counted.is_empty() {
        row.status.word().to_owned()
    } else {
        counted.join(", ")
    }
}

/// The heading of a day between rows, where the day turns.
pub fn day_break(before: Option<Ts>, at: Ts, zone: Zone) -> Option<String> {
    let turned = before.is_some_and(|before| zone.day_of(before) != zone.day_of(at));
    turned.then(|| {
        let day = zone.weekday_hhmm(at);
        clean(&format!("{} {}", &day[..3], zone.day_of(at))).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    #[test]
    fn equal_neighbours_fold_and_nothing_is_lost() {
        let rows = fixture::log(100);
        let folds = fold(&rows);
        assert!(folds.len() < rows.len());
        assert_eq!(folds.iter().map(|fold| fold.count).sum::<u32>(), 100);
        assert_eq!(folds.last().map(|fold| fold.last), Some(99));
    }

    #[test]
    fn a_row_without_words_shows_its_counts() {
        let mut row = fixture::log(1).remove(0);
        row.text = "".into();
        row.did = 3;
        assert_eq!(line(&row, 213, Zone::UTC).text, "3 did, 1 failed");
        assert_eq!(line(&row, 213, Zone::UTC).times, "×213");
    }
}
