//! What an agent keeps beside its plan and its log: the questions of its outbox, and tracking files. They are read with every
//! change of their file, whichever reader the rest of it has.

use std::collections::BTreeSet;

use super::ingest::Desk;
use super::tracked::Tracked;
use super::whole::Said;
use crate::domain::kept::{Entry, Question, TrackedChange};
use crate::domain::text::Untrusted;
use crate::domain::time::Ts;
use crate::parse::{self, Context};
use crate::store::StoreError;
use crate::store::files::FileRow;
use crate::store::mirror::Mirror;

/// Names kept of one change.
const MOST: usize = 64;

/// What one version of a file says beside the rest.
pub(super) struct Beside {
    questions: Option<Vec<Question>>,
    entries: Vec<(Untrusted, Ts)>,
    change: Option<TrackedChange>,
    /// Of the entries that stay, some.
    stays: Vec<Untrusted>,
}

impl Beside {
    /// Reads it, and takes what is a question out of the plan.
    pub fn of(
        desk: &Desk<'_>,
        tracked: &Tracked,
        (bytes, hash): (&[u8], &str),
        context: &Context<'_>,
        said: &mut Said,
    ) -> Self {
        let questions = parse::questions(bytes, context)
            .filter(|_| parse::outbox::is_named(context.path))
            .map(|mut found| {
                for one in &mut found {
                    one.locus.file = tracked.row.id;
                }
                found
            });
        if let (Some(questions), Said::Plan(plan, _)) = (&questions, said) {
            let asks = |offset: u64| questions.iter().any(|one| one.locus.offset == offset);
            plan.tasks.retain(|task| !asks(task.offset));
        }
        let Some(now) = parse::tracked(bytes, context) else {
            return Self {
                questions,
                entries: Vec::new(),
                change: None,
                stays: Vec::new(),
            };
        };
        let before = desk.versions.read(&tracked.row.hash).ok();
        let before = before.and_then(|bytes| parse::tracked(&bytes, context));
        // What was there when the file was first read was put there some time before.
        let seen = match &before {
            Some(_) => desk.clock.now(),
            None => Ts(0),
        };
        let parted = before.map(|before| Parted::of(&before, &now));
        let (stays, change) = match parted {
            Some(parted) => {
                let change = parted.change(desk, tracked, hash);
                (parted.stays, change)
            }
            None => (Vec::new(), None),
        };
        Self {
            questions,
            entries: now
                .into_iter()
                .map(|entry| (entry.name, entry.at.unwrap_or(seen)))
                .collect(),
            change,
            stays,
        }
    }

    pub fn put(&self, mirror: &mut Mirror, row: &FileRow) -> Result<(), StoreError> {
        if let Some(questions) = &self.questions {
            mirror.set_questions(row.agent, row.id, questions)?;
        }
        mirror.add_entries(row.agent, &self.entries)?;
        let Some(change) = &self.change else {
            return Ok(());
        };
        let first = |names: &[Untrusted]| mirror.first_seen(row.agent, names);
        let keeps_older = match (first(&self.stays)?, first(&change.removed)?) {
            (Some(stays), Some(gone)) => stays < gone,
            (_, None) | (None, _) => false,
        };
        let change = TrackedChange {
            keeps_older,
            ..change.clone()
        };
        mirror.add_tracked(row.agent, &change)
    }
}

/// An outbox that holds nothing but questions is no plan, unless it was one before.
pub(super) fn is_no_plan(mirror: &Mirror, row: &FileRow) -> Result<bool, StoreError> {
    Ok(parse::outbox::is_named(&row.relative) && mirror.owners_of(row.id)?.is_empty())
}

/// What came, what went, and what stays.
struct Parted {
    added: Vec<Untrusted>,
    removed: Vec<Untrusted>,
    stays: Vec<Untrusted>,
}

impl Parted {
    fn of(before: &[Entry], now: &[Entry]) -> Self {
        let names = |of: &[Entry]| -> BTreeSet<Untrusted> {
            of.iter().map(|one| one.name.clone()).collect()
        };
        let (was, is) = (names(before), names(now));
        // The oldest stand first in most files, and last in the others.
        let both = before.iter().chain(before.iter().rev()).take(2 * MOST);
        Self {
            added: is.difference(&was).take(MOST).cloned().collect(),
            removed: was.difference(&is).take(MOST).cloned().collect(),
            stays: both
                .map(|one| &one.name)
                .filter(|name| is.contains(*name))
                .cloned()
                .collect(),
        }
    }

    fn change(&self, desk: &Desk<'_>, tracked: &Tracked, hash: &str) -> Option<TrackedChange> {
        let some = !self.added.is_empty() || !self.removed.is_empty();
        some.then(|| TrackedChange {
            file: tracked.row.id,
            at: desk.clock.now(),
            hash: hash.to_owned(),
            before: tracked.row.hash.clone(),
            added: self.added.clone(),
            removed: self.removed.clone(),
            keeps_older: false,
        })
    }
}
