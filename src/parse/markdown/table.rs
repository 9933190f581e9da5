//! The head of a table, which says where it stands how something went.

/// Names of the column that does.
const JUDGES: &[&str] = &[
    "status", "state", "decision", "result", "outcome", "verdict", "状态", "结果", "决定", "决策",
];
/// Names of the column that says who.
const PEOPLE: &[&str] = &["agent", "who", "bot", "member"];

/// The table that is being read, by its first row.
#[derive(Default)]
pub(super) struct Table {
    head: Vec<String>,
    /// The line of dashes below the head was there.
    ruled: bool,
}

impl Table {
    /// Takes a row in; whether it is the head or the line below it, which say nothing of what happened.
    pub fn is_rule(&mut self, cells: &[&str]) -> bool {
        let dashes =
            |cell: &&str| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':' | ' '));
        if cells.iter().all(dashes) {
            self.ruled = true;
            return true;
        }
        if self.head.is_empty() {
            self.head = cells.iter().map(|cell| plain(cell)).collect();
            return self.judge_of_head().is_some() || self.names_people();
        }
        false
    }

    /// The column that says how it went.
    pub fn judge(&self) -> Option<usize> {
        self.ruled.then(|| self.judge_of_head()).flatten()
    }

    /// Whether each row is of the one that its first cell names.
    pub fn is_of_people(&self) -> bool {
        self.ruled && self.names_people()
    }

    fn judge_of_head(&self) -> Option<usize> {
        self.head
            .iter()
            .position(|cell| JUDGES.contains(&cell.as_str()))
    }

    fn names_people(&self) -> bool {
        self.head
            .first()
            .is_some_and(|cell| PEOPLE.contains(&cell.as_str()))
    }
}

fn plain(cell: &str) -> String {
    cell.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}
