//! "Already done", and what shows it: the same key, the same target, the same text, or a word that names one thing.

use super::heartbeat::Item;
use super::text::Untrusted;
use super::time::Ts;

const WORDS: &[&str] = &[
    "already_done",
    "already done",
    "already executed",
    "already sent",
    "already posted",
    "already_sent",
    "already_posted",
    "already_executed",
];

/// Whether a text claims that something was done before.
pub fn mentions_done(text: &str) -> bool {
    let text = text.to_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether a skipped item says of itself that it was done before.
pub fn says_done(item: &Item) -> bool {
    item.why.as_ref().map_or_else(
        || mentions_done(item.what.exact()),
        |why| mentions_done(why.exact()),
    )
}

/// What an agent did, as far as it was looked through.
#[derive(Clone, Debug, Default)]
pub struct History<'a> {
    /// Items of its reports that it did, and when at the earliest known.
    pub deeds: Vec<(Ts, &'a Item)>,
    /// Steps that are done: when, under which key, to what.
    pub steps: Vec<(Ts, Option<&'a Untrusted>, Option<&'a Untrusted>)>,
}

/// A skipped item that calls itself done.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub item: &'a Item,
    pub at: Ts,
    /// A run of its task went well before.
    pub ever: EverRan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EverRan {
    Yes,
    No,
}

impl Asked<'_> {
    /// Whether anything before it shows the doing. Who only counts what it does, or writes it without a word that tells
    /// one deed from another, proves by having run.
    pub fn is_shown(&self, history: &History<'_>) -> bool {
        if self.by_step(history) || self.by_deed(history) {
            return true;
        }
        let item = self.item;
        let told_apart = if item.key.is_some() || item.target.is_some() {
            self.before(history).next().is_some()
                || history.steps.iter().any(|(at, ..)| *at < self.at)
        } else {
            marks(item.what.exact()).next().is_some() && self.names_its_deeds(history)
        };
        !told_apart && self.ever == EverRan::Yes
    }

    fn before<'b>(&self, history: &'b History<'_>) -> impl Iterator<Item = &'b Item> {
        let until = self.at;
        let deeds = history.deeds.iter().filter(move |(at, _)| *at < until);
        deeds.map(|(_, done)| *done)
    }

    fn by_step(&self, history: &History<'_>) -> bool {
        let item = self.item;
        history.steps.iter().any(|(at, key, target)| {
            let same = (item.key.is_some() && *key == item.key.as_ref())
                || (item.target.is_some() && *target == item.target.as_ref());
            same && *at < self.at
        })
    }

    fn by_deed(&self, history: &History<'_>) -> bool {
        let item = self.item;
        let named: Vec<&str> = match &item.target {
            Some(target) => vec![target.exact()],
            None => marks(item.what.exact()).collect(),
        };
        self.before(history).any(|done| {
            let text = done.what.exact();
            (item.key.is_some() && done.key == item.key)
                || (item.target.is_some() && done.target == item.target)
                || done.what == item.what
                || named.iter().any(|name| text.contains(name))
        })
    }

    /// What it lists as done is told apart by such words, so that one that is not among them was not done.
    fn names_its_deeds(&self, history: &History<'_>) -> bool {
        let (mut all, mut told_apart) = (0, 0);
        for done in self.before(history) {
            all += 1;
            let named = done.key.is_some() || done.target.is_some();
            told_apart += usize::from(named || marks(done.what.exact()).next().is_some());
        }
        all > 0 && told_apart * 2 > all
    }
}

/// Words that tell one deed from another: a handle, a number, an address, a path.
fn marks(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .map(|word| word.trim_matches([',', '.', ':', ';', '"', '(', ')', '\'']))
        .filter(|word| word.len() > 1)
        .filter(|word| {
            word.contains(['@', '#', '/']) || word.contains(|c: char| c.is_ascii_digit())
        })
}
