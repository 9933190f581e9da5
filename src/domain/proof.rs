//! "Already done", and what shows it: the same key, the same target, the same text, or a word that names one thing.

use serde::{Deserialize, Serialize};

use super::action::Step;
use super::heartbeat::Item;
use super::id::{ItemId, Locus, RunId};
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
    /// Items of its reports that it did, at the earliest known.
    pub deeds: Vec<Deed<'a>>,
    /// Steps that are done.
    pub steps: Vec<Done<'a>>,
}

/// An item of a report that was done.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    pub at: Ts,
    pub id: ItemId,
    pub item: &'a Item,
    /// The line that says so and its run, where they are at hand.
    pub place: Option<(Locus, Option<&'a RunId>)>,
}

/// A step that is done.
#[derive(Clone, Copy, Debug)]
pub struct Done<'a> {
    pub step: &'a Step,
    pub locus: Locus,
}

/// What shows that something was done before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub by: ProvenBy,
    pub at: Option<Ts>,
    pub run: Option<RunId>,
    /// The step's name.
    pub step: Option<Untrusted>,
    /// The line that says so.
    pub locus: Option<Locus>,
    /// The item that was done.
    pub item: Option<ItemId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProvenBy {
    /// A step of the write-ahead log.
    Step,
    /// An item of a report.
    Report,
    /// An entry of a tracking file.
    Entry,
    /// Its task ran well before, and names nothing that tells one deed from another.
    Run,
}

impl ProvenBy {
    pub fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Report => "report",
            Self::Entry => "entry",
            Self::Run => "run",
        }
    }
}

impl Proof {
    /// A proof without a place.
    pub fn bare(by: ProvenBy) -> Self {
        Self {
            by,
            at: None,
            run: None,
            step: None,
            locus: None,
            item: None,
        }
    }

    /// `step s3 of run 01JQD9`
    pub fn shown(&self) -> String {
        let run = self.run.as_ref();
        let run = run.map_or_else(String::new, |run| format!(" of run {run}"));
        match (self.by, &self.step) {
            (ProvenBy::Step, Some(step)) => format!("step {}{run}", step.shown_within(24)),
            (ProvenBy::Step, None) => format!("a step{run}"),
            (ProvenBy::Report, _) => format!("the report{run}"),
            (ProvenBy::Entry, _) => "an entry of a tracking file".to_owned(),
            (ProvenBy::Run, _) => "its task ran before".to_owned(),
        }
    }
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

impl<'a> Asked<'a> {
    /// What before it shows the doing. Who only counts what it does, or writes it without a word that tells one deed from
    /// another, proves by having run.
    pub fn shown_by(&self, history: &History<'_>) -> Option<Proof> {
        let found = self.by_step(history).or_else(|| self.by_deed(history));
        if found.is_some() {
            return found;
        }
        let item = self.item;
        let told_apart = if item.key.is_some() || item.target.is_some() {
            self.before(history).next().is_some()
                || history.steps.iter().any(|done| done.step.at.at < self.at)
        } else {
            marks(item.what.exact()).next().is_some() && self.names_its_deeds(history)
        };
        let ran = !told_apart && self.ever == EverRan::Yes;
        ran.then(|| Proof::bare(ProvenBy::Run))
    }

    /// What it may be called where deeds are listed: its key, its target, its text, or a word of it that names one thing.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let item = self.item;
        let own = [item.key.as_ref(), item.target.as_ref(), Some(&item.what)];
        let own = own.into_iter().flatten().map(Untrusted::exact);
        own.chain(marks(item.what.exact()))
    }

    fn before<'b>(
        &self,
        history: &'b History<'_>,
    ) -> impl DoubleEndedIterator<Item = &'b Deed<'b>> {
        let until = self.at;
        history.deeds.iter().filter(move |deed| deed.at < until)
    }

    fn by_step(&self, history: &History<'_>) -> Option<Proof> {
        let item = self.item;
        let found = history.steps.iter().rev().find(|done| {
            let step = done.step;
            let same = (item.key.is_some() && step.key == item.key)
                || (item.target.is_some() && step.target == item.target);
            same && step.at.at < self.at
        })?;
        Some(Proof {
            at: Some(found.step.at.at),
            run: found.step.run.clone(),
            step: found.step.step.clone(),
            locus: Some(found.locus),
            ..Proof::bare(ProvenBy::Step)
        })
    }

    fn by_deed(&self, history: &History<'_>) -> Option<Proof> {
        let item = self.item;
        let named: Vec<&str> = match &item.target {
            Some(target) => vec![target.exact()],
            None => marks(item.what.exact()).collect(),
        };
        let found = self.before(history).rev().find(|deed| {
            let done = deed.item;
            let text = done.what.exact();
            (item.key.is_some() && done.key == item.key)
                || (item.target.is_some() && done.target == item.target)
                || done.what == item.what
                || named.iter().any(|name| text.contains(name))
        })?;
        Some(Proof {
            at: Some(found.at),
            run: found.place.and_then(|(_, run)| run.cloned()),
            locus: found.place.map(|(locus, _)| locus),
            item: Some(found.id),
            ..Proof::bare(ProvenBy::Report)
        })
    }

    /// What it lists as done is told apart by such words, so that one that is not among them was not done.
    fn names_its_deeds(&self, history: &History<'_>) -> bool {
        let (mut all, mut told_apart) = (0, 0);
        for deed in self.before(history) {
            let done = deed.item;
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
