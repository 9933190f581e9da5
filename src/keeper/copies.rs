//! What operations left in rounds' own folder of an agent: each with its file, what it was made from and what is there now.

use std::path::{Path, PathBuf};

use super::decide::{bytes_of, unknown};
use super::engine::Engine;
use super::one_shot::OneShot;
use crate::apply::kept::{self, Left};
use crate::domain::hash::sha256;
use crate::domain::id::AgentId;
use crate::domain::text::Untrusted;
use crate::domain::time::Span;
use crate::ops::{Copy, CopyKind, FileRef, Refusal};
use crate::store::files::FileRow;
use crate::store::operation::Whole;
use crate::sys::gate::Gate;

impl OneShot {
    /// What is kept of an agent's files, the newest last.
    ///
    /// # Errors
    /// There is no such agent, or its folder or the ledger cannot be read.
    pub fn copies(&self, agent: &AgentId) -> Result<Vec<Copy>, Refusal> {
        self.engine().copies(agent)
    }
}

impl Engine {
    pub(super) fn copies(&self, agent: &AgentId) -> Result<Vec<Copy>, Refusal> {
        let number = self.number_of(agent)?;
        let (_, folder) = self
            .catalog
            .names
            .get(&number)
            .ok_or_else(|| unknown(agent))?;
        let ledger = self.ledger.operations();
        let operations =
            ledger.map_err(|error| Refusal::new(format!("the ledger cannot be read: {error}")))?;
        let mut folders = vec![PathBuf::from(folder)];
        for whole in operations
            .iter()
            .filter(|whole| whole.intent.request.agent == *agent)
        {
            if !folders.contains(&whole.intent.folder) {
                folders.push(whole.intent.folder.clone());
            }
        }
        let mut copies = Vec::new();
        for folder in folders {
            let left = kept::list(&mut Gate::open(), &folder).map_err(|error| {
                Refusal::new(format!(
                    "{}/.rounds cannot be read: {error}",
                    folder.display()
                ))
            })?;
            for one in &left {
                let whole = operations.iter().find(|whole| whole.intent.op == one.op);
                copies.push(self.copy(one, &left, whole));
            }
        }
        copies.extend(self.open_drafts(agent)?);
        Ok(copies)
    }

    fn copy(&self, one: &Left, all: &[Left], whole: Option<&Whole>) -> Copy {
        let row = whole.and_then(|whole| {
            let relative = file_of(one, whole)?;
            let path = whole.intent.folder.join(relative);
            row_of(self, &path)
        });
        let is_base = |bytes: &[u8]| sha256(bytes).starts_with(&one.base);
        let beside = all.iter().find(|left| is_base(&left.bytes));
        let base = match one.kind {
            CopyKind::Displaced | CopyKind::Draft => Some(one.bytes.clone()),
            CopyKind::Late | CopyKind::PutBack => beside
                .map(|left| left.bytes.clone())
                .or_else(|| self.versions.beginning(&one.base)),
        };
        Copy {
            name: one.name.clone(),
            op: one.op.clone(),
            kind: one.kind,
            age: Span(i64::try_from(one.age.as_millis()).unwrap_or(i64::MAX)),
            file: row.map(|row| FileRef {
                id: row.id,
                path: Untrusted::from(row.relative.as_str()),
            }),
            bytes: one.bytes.clone(),
            base,
            now: row.and_then(bytes_of),
        }
    }
}

/// What the mirror knows of a file.
pub(super) fn row_of<'a>(engine: &'a Engine, path: &Path) -> Option<&'a FileRow> {
    let mut rows = engine.catalog.rows();
    rows.find(|row| Path::new(&*row.root).join(&row.relative) == path)
}

/// The file that a copy was: the ledger names it, or the operation changed only one.
fn file_of<'a>(one: &Left, whole: &'a Whole) -> Option<&'a str> {
    let outcome = whole.outcome.iter();
    let mut named = outcome.flat_map(|(_, outcome)| &outcome.files);
    let of_hash = named.find(|file| file.before.starts_with(&one.base));
    match (of_hash, whole.intent.files.as_slice()) {
        (Some(file), _) => Some(&file.file),
        (None, [(_, only)]) => Some(only),
        (None, _) => None,
    }
}
