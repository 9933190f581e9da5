//! Drafts of agents' files: made for an editor, taken up again, and what an order about one is decided from.

use std::path::Path;

use super::copies::row_of;
use super::decide::bytes_of;
use super::engine::Engine;
use super::one_shot::OneShot;
use crate::domain::facts::FileRole;
use crate::domain::hash::sha256;
use crate::domain::id::{AgentId, FileId, OpId};
use crate::domain::text::{Untrusted, clean_within};
use crate::domain::time::Span;
use crate::ops::{
    Begin, Copy, CopyKind, Drafted, FileRef, Landed, Refusal, Request, Verb, Wanted, editable,
};
use crate::store::drafts::{Draft, Drafts, Of};
use crate::store::files::FileRow;
use crate::store::operation::Whole;
use crate::sys::clock;

/// The largest file that is edited, in bytes: as large as a plan may be.
const LARGEST: usize = 4 * 1_024 * 1_024;

impl OneShot {
    /// A copy of one of an agent's own files, to be edited.
    ///
    /// # Errors
    /// There is no such file, or it is none that the operator may edit.
    pub fn draft(
        &self,
        agent: &AgentId,
        wanted: &Wanted,
        begin: Begin,
    ) -> Result<Drafted, Refusal> {
        self.engine().draft(agent, wanted, begin)
    }

    /// Another text in a draft than an editor's.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn fill_draft(&self, name: &str, text: &[u8]) -> std::io::Result<()> {
        self.engine().drafts().fill(name, text)
    }

    /// A draft goes that nobody wants any more.
    pub fn drop_draft(&self, name: &str) {
        self.engine().drafts().remove(name);
    }
}

impl Engine {
    fn drafts(&self) -> Drafts {
        Drafts::in_state(&self.setup.state_dir)
    }

    pub(super) fn draft(
        &self,
        agent: &AgentId,
        wanted: &Wanted,
        begin: Begin,
    ) -> Result<Drafted, Refusal> {
        if self.setup.read_only {
            return Err(Refusal::new("rounds is read-only here")
                .but("start it without --read-only, and without read_only = true in the config"));
        }
        let row = self.wanted_row(agent, wanted)?;
        let path = Untrusted::from(row.relative.as_str());
        editable(self.role_of(agent, row.id), &path)?;
        let base = bytes_of(row).ok_or_else(|| Refusal::new(format!("{path} cannot be read")))?;
        if base.len() > LARGEST {
            return Err(Refusal::new(format!(
                "{path} is larger than 4 MiB: too large to be edited with care"
            )));
        }
        if std::str::from_utf8(&base).is_err() {
            return Err(Refusal::new(format!("{path} is no text in UTF-8")));
        }
        let of = Of {
            agent: agent.as_str().to_owned(),
            root: row.root.to_string(),
            relative: row.relative.clone(),
            at: self.now(),
        };
        let drafts = self.drafts();
        let written = self.written_drafts()?;
        let open = drafts.open(&of, |name| written.iter().any(|one| one == name));
        let open = open.filter(|_| begin == Begin::TakeUp);
        let again = open.is_some();
        let draft = open.map_or_else(
            || drafts.begin(&clock::ulid(self.now()), of, &base),
            Ok::<Draft, std::io::Error>,
        );
        let draft =
            draft.map_err(|error| Refusal::new(format!("a draft cannot be written: {error}")))?;
        Ok(Drafted {
            agent: agent.clone(),
            name: draft.name,
            path: draft.path,
            file: FileRef { id: row.id, path },
            again,
        })
    }

    fn wanted_row(&self, agent: &AgentId, wanted: &Wanted) -> Result<&FileRow, Refusal> {
        let number = self.number_of(agent)?;
        let mine = || self.catalog.rows().filter(move |row| row.agent == number);
        match wanted {
            Wanted::Plan => {
                let plan = self.plan_of(agent, number);
                plan.and_then(|id| self.file(id))
                    .ok_or_else(|| Refusal::new(format!("{agent} has no plan file to edit")))
            }
            Wanted::File(id) => mine()
                .find(|row| row.id == *id)
                .ok_or_else(|| Refusal::new(format!("that is no file of {agent}'s own any more"))),
            Wanted::Named(name) => {
                let end = format!("/{name}");
                let fits = |row: &&FileRow| row.relative == *name || row.relative.ends_with(&end);
                let whole = mine().find(|row| row.relative == *name);
                whole.or_else(|| mine().find(fits)).ok_or_else(|| {
                    let shown = clean_within(name, 80);
                    Refusal::new(format!("{agent} has no file {shown} that rounds reads"))
                        .but("`rounds doctor` lists them")
                })
            }
        }
    }

    /// The plan for today, else the one without a date, else any.
    fn plan_of(&self, agent: &AgentId, number: i64) -> Option<FileId> {
        let facts = self.board.facts_of(number)?;
        let own = facts
            .plans
            .iter()
            .rev()
            .find_map(|version| version.plan.zone);
        let today = own
            .unwrap_or_else(|| self.zone_of(agent))
            .day_of(self.now());
        let mut plans = facts.plans.iter().rev();
        let now = plans.find(|one| one.plan.date.is_none_or(|date| date == today));
        let any = facts.files.iter().find(|file| file.role == FileRole::Plan);
        now.map(|version| version.file).or(any.map(|file| file.id))
    }

    fn role_of(&self, agent: &AgentId, id: FileId) -> FileRole {
        let number = self.number_of(agent).ok();
        let facts = number.and_then(|number| self.board.facts_of(number));
        let role = facts.and_then(|facts| facts.file(id).map(|file| file.role));
        role.unwrap_or(FileRole::Document)
    }

    fn operations(&self) -> Result<Vec<Whole>, Refusal> {
        let operations = self.ledger.operations();
        operations.map_err(|error| Refusal::new(format!("the ledger cannot be read: {error}")))
    }

    /// Drafts that are in their files.
    fn written_drafts(&self) -> Result<Vec<String>, Refusal> {
        let operations = self.operations()?;
        let done = operations.iter().filter(|one| one.landed() == Landed::Done);
        Ok(done
            .filter_map(|one| one.intent.request.draft.clone())
            .collect())
    }

    /// What an order is decided from beside what is known of its agent.
    pub(super) fn copies_for(&self, request: &Request) -> Result<Vec<Copy>, Refusal> {
        match request.verb {
            Verb::Merge => self.copies(&request.agent),
            Verb::Edit => {
                let name = request.draft.as_deref().unwrap_or_default();
                let draft = self.drafts().named(name);
                Ok(draft.iter().map(|draft| self.draft_copy(draft)).collect())
            }
            Verb::Undo => self.before_edits(&request.agent),
            Verb::Reclaim
            | Verb::Retry
            | Verb::Skip
            | Verb::Hold
            | Verb::Release
            | Verb::Run
            | Verb::Stop
            | Verb::Approve
            | Verb::Done
            | Verb::Acknowledge
            | Verb::Snooze
            | Verb::Note
            | Verb::Handoff => Ok(Vec::new()),
        }
    }

    /// Drafts of an agent's files that say something and did not get into them.
    pub(super) fn open_drafts(&self, agent: &AgentId) -> Result<Vec<Copy>, Refusal> {
        let written = self.written_drafts()?;
        let drafts = self.drafts();
        let open = drafts
            .all()
            .filter(|draft| draft.of.agent == agent.as_str() && !written.contains(&draft.name));
        Ok(open
            .map(|draft| self.draft_copy(&draft))
            .filter(|copy| copy.base.as_ref() != Some(&copy.bytes))
            .collect())
    }

    fn draft_copy(&self, draft: &Draft) -> Copy {
        let path = Path::new(&draft.of.root).join(&draft.of.relative);
        let row = row_of(self, &path);
        Copy {
            name: draft.name.clone(),
            op: OpId::from(draft.name.as_str()),
            kind: CopyKind::Draft,
            age: (self.now() - draft.of.at).max(Span::ZERO),
            file: row.map(reference),
            bytes: draft.text().unwrap_or_default(),
            base: draft.base().ok(),
            now: row.and_then(bytes_of),
        }
    }

    /// The files that edits replaced, as they were, while they stand as the edits left them.
    fn before_edits(&self, agent: &AgentId) -> Result<Vec<Copy>, Refusal> {
        let operations = self.operations()?;
        let edits = operations.iter().filter(|one| {
            one.intent.request.agent == *agent && one.intent.request.verb == Verb::Edit
        });
        Ok(edits.filter_map(|one| self.before_edit(one)).collect())
    }

    fn before_edit(&self, one: &Whole) -> Option<Copy> {
        let (_, outcome) = one.outcome.as_ref()?;
        let file = outcome.files.first()?;
        let row = row_of(self, &one.intent.folder.join(&file.file));
        let now = row.and_then(bytes_of);
        let displaced = || {
            let name = file.displaced.as_ref()?;
            std::fs::read(one.intent.folder.join(".rounds").join(name)).ok()
        };
        let is_it = |bytes: &Vec<u8>| sha256(bytes) == file.before;
        let before = self.versions.read(&file.before).ok().filter(is_it);
        Some(Copy {
            name: file.displaced.clone().unwrap_or_default(),
            op: one.intent.op.clone(),
            kind: CopyKind::Displaced,
            age: Span::ZERO,
            file: row.map(reference),
            bytes: before.or_else(|| displaced().filter(is_it))?,
            base: now.clone().filter(|now| sha256(now) == file.after),
            now,
        })
    }

    /// The file as it was outlives the day for which it is kept beside it.
    pub(super) fn keep_before_edit(&self, request: &Request, copies: &[Copy]) {
        let now = copies.first().and_then(|copy| copy.now.as_ref());
        let Some(now) = now.filter(|_| request.verb == Verb::Edit) else {
            return;
        };
        if let Err(error) = self.versions.keep(&sha256(now), now) {
            tracing::warn!(%error, "the version before an edit could not be kept");
        }
    }
}

fn reference(row: &FileRow) -> FileRef {
    FileRef {
        id: row.id,
        path: Untrusted::from(row.relative.as_str()),
    }
}
