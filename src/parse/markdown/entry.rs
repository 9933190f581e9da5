//! One entry of a Markdown log: what opened it, what it says, and the beat it becomes.

use crate::domain::heartbeat::{Heartbeat, Item, Items, RunStatus, Stamp};
use crate::domain::text::Lent;

use super::super::lines::Line;
use super::super::marker::{sign, worse};
use super::super::timestamp::Found;
use super::super::vocabulary::{Class, Place, Vocabulary};

/// Most items taken from one entry.
const MOST_ITEMS: usize = 50;
/// Longest message made of an entry, in bytes.
const MOST_MESSAGE: usize = 400;

/// What opened an entry decides what can end it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    Heading(usize),
    Bullet(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Did,
    Skipped,
    Failed,
}

pub(super) struct Entry {
    /// Without a clock only a day or nothing is known yet.
    pub found: Option<Found>,
    pub opener: Opener,
    pub title: String,
    pub text: String,
    pub status: RunStatus,
    /// A `Status` field has spoken.
    pub declared: bool,
    pub word: Option<String>,
    pub list: Option<List>,
    pub did: Vec<Item<Lent<'static>>>,
    pub skipped: Vec<Item<Lent<'static>>>,
    pub failed: Vec<Item<Lent<'static>>>,
    pub offset: usize,
    pub end: usize,
    pub number: u32,
    /// A finer entry was found within: this one is only its heading.
    pub outer: bool,
    /// The list was opened by a heading: a label in it is an item, not the end of it.
    pub headed: bool,
    /// Headings and labels within it, such as "Done" and "Blockers".
    pub parts: u32,
}

impl Opener {
    pub fn is_heading(self) -> bool {
        matches!(self, Self::Heading(_))
    }

    /// Whether a heading of this level is a part of the entry.
    pub fn holds(self, level: usize) -> bool {
        match self {
            Self::Heading(own) => level > own,
            Self::Bullet(_) => false,
        }
    }
}

impl Entry {
    pub fn new(line: &Line, opener: Opener, found: Option<Found>, title: String) -> Self {
        Self {
            found,
            opener,
            status: sign(&line.text),
            title,
            text: String::new(),
            declared: false,
            word: None,
            list: None,
            did: Vec::new(),
            skipped: Vec::new(),
            failed: Vec::new(),
            offset: line.offset,
            end: line.end,
            number: line.number,
            outer: false,
            headed: false,
            parts: 0,
        }
    }

    pub fn has_clock(&self) -> bool {
        self.found.is_some_and(|f| f.clock.is_some())
    }

    /// A heading that names a day and no clock.
    pub fn is_day(&self) -> bool {
        self.opener.is_heading() && self.found.is_some() && !self.has_clock()
    }

    /// Takes in a part that had no time of its own.
    pub fn absorb(&mut self, part: Self) {
        self.end = part.end;
        if !self.declared {
            self.status = if part.declared {
                part.status
            } else {
                worse(self.status, part.status)
            };
            self.word = self.word.take().or(part.word);
        }
        if self.text.is_empty() {
            self.say(&part.title);
        }
        for (own, more) in [
            (&mut self.did, part.did),
            (&mut self.skipped, part.skipped),
            (&mut self.failed, part.failed),
        ] {
            own.extend(more);
            own.truncate(MOST_ITEMS);
        }
    }

    pub fn declare(&mut self, value: &str, vocabulary: &Vocabulary) {
        let class = vocabulary.class(value, Place::Status);
        self.declared = true;
        self.status = class.map_or(RunStatus::Unknown, Class::run_status);
        self.word = Some(value.to_owned());
    }

    pub fn say(&mut self, text: &str) {
        if self.text.len() + text.len() > MOST_MESSAGE {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(" · ");
        }
        self.text.push_str(text);
    }

    pub fn item(&mut self, list: List, text: &str) {
        let items = match list {
            List::Did => &mut self.did,
            List::Skipped => &mut self.skipped,
            List::Failed => &mut self.failed,
        };
        let nothing = ["none", "nothing", "n/a", "-", "无"];
        let bare = text
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        if items.len() < MOST_ITEMS && !bare.is_empty() && !nothing.contains(&bare.as_str()) {
            items.push(Item {
                what: Lent::from(text.to_owned()),
                ..Item::default()
            });
        }
    }

    /// A line of a ledger: that it stands there says that it was done.
    pub fn of_ledger(&mut self, row: &str) {
        let mut cells = row
            .split('|')
            .map(str::trim)
            .filter(|cell| !cell.is_empty());
        let Some(first) = cells.next() else {
            return;
        };
        let rest: Vec<&str> = cells.collect();
        let (what, key) = if rest.is_empty() {
            (first.to_owned(), None)
        } else {
            (rest.join(" · "), Some(Lent::from(first.to_owned())))
        };
        if self.status == RunStatus::Unknown {
            self.status = RunStatus::Ok;
        }
        self.title.clone_from(&what);
        self.did.push(Item {
            what: Lent::from(what),
            key,
            ..Item::default()
        });
    }

    /// A row of a table within the entry, by how it says the part went.
    pub fn part(&mut self, class: Class, what: &str) {
        match class {
            Class::Ok => self.item(List::Did, what),
            Class::Skipped => self.item(List::Skipped, what),
            Class::Failed => self.item(List::Failed, what),
            Class::Partial
            | Class::Running
            | Class::Pending
            | Class::Review
            | Class::Blocked
            | Class::Off => {}
        }
    }

    pub fn beat(self, at: Stamp) -> Heartbeat<'static> {
        let text = match (self.title.is_empty(), self.text.is_empty()) {
            (false, true) => self.title,
            (true, _) => self.text,
            (false, false) => format!("{} · {}", self.title, self.text),
        };
        Heartbeat {
            at,
            status: self.status,
            word: self.word.map(Lent::from),
            did: Items::from_list(self.did),
            skipped: Items::from_list(self.skipped),
            failed: Items::from_list(self.failed),
            msg: (!text.is_empty()).then(|| Lent::from(text)),
            ..Heartbeat::default()
        }
    }
}

/// The list that a heading or label opens.
pub(super) fn list(name: &str) -> Option<List> {
    let name = name.to_lowercase();
    let words: Vec<&str> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    let has = |list: &[&str]| words.len() <= 4 && words.iter().any(|w| list.contains(w));
    if has(&["skipped", "skip", "deferred"]) {
        Some(List::Skipped)
    } else if has(&["failed", "failures", "errors", "failure"]) {
        Some(List::Failed)
    } else if has(&["did", "done", "completed", "accomplished", "added"]) && !has(&["not", "todo"])
    {
        Some(List::Did)
    } else {
        None
    }
}

/// The one whose section of a standup a heading opens: `Ada (session 2)` is of `ada`. Headings that every standup has
/// name nobody.
pub(super) fn person(title: &str) -> Option<String> {
    const COMMON: &[&str] = &[
        "summary",
        "next",
        "today",
        "yesterday",
        "blockers",
        "blocked",
        "notes",
        "status",
        "phase",
        "step",
        "tasks",
        "plan",
        "team",
        "all",
        "overview",
        "metrics",
        "links",
        "standup",
        "daily",
        "weekly",
        "morning",
        "evening",
        "sprint",
        "report",
        "update",
        "decisions",
        "questions",
        "highlights",
        "goals",
        "progress",
    ];
    let name = title
        .split(['(', '—', '–', ':', '|', '['])
        .next()
        .unwrap_or(title)
        .trim_matches(|c: char| !c.is_alphanumeric());
    let mut words = name.split_whitespace();
    let first = words.next()?.to_lowercase();
    let short = words.count() <= 1;
    let named = first.starts_with(char::is_alphabetic)
        && !COMMON.contains(&first.as_str())
        && !name.to_lowercase().contains("standup");
    (short && named && list(name).is_none()).then(|| name.to_lowercase())
}

/// Whether what stands below a heading has yet to happen.
pub(super) fn planned(heading: &str) -> bool {
    const WORDS: &[&str] = &[
        "plan",
        "plans",
        "planned",
        "schedule",
        "scheduled",
        "agenda",
        "upcoming",
        "tomorrow",
        "todo",
        "next",
        "计划",
        "明日",
        "待办",
    ];
    let heading = heading.to_lowercase();
    let mut words = heading
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let count = words.clone().count();
    count <= 4 && words.any(|word| WORDS.contains(&word))
}
