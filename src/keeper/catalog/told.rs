//! What is told of files: to the facts of their agents, and to people.

use std::path::{Path, PathBuf};

use super::super::tracked::Tracked;
use super::{Catalog, reader_of, resume, state_of};
use crate::domain::facts::{FileFacts, FileState};
use crate::domain::id::{AgentId, FileId};
use crate::domain::text::{Untrusted, clean_within};
use crate::domain::time::{Span, Ts};
use crate::sys::clock::Clock;

/// A file that does not parse for longer is a source that cannot be read.
const UNREADABLE: Span = Span::secs(10);

impl Catalog {
    /// The files of an agent, as its facts have them.
    pub fn facts_of(&self, agent: i64, clock: &Clock, roots: &[PathBuf]) -> Vec<FileFacts> {
        let facts = |tracked: &Tracked| tracked.facts(clock, &shown(&tracked.path, roots));
        // Where another process mirrors, its rows stand in for files this one does not follow.
        let rows = self.unclaimed.iter().filter(|(_, row)| row.agent == agent);
        let followed = rows.filter_map(|(path, row)| {
            let reader = reader_of(&row.reader)?;
            let (row, path) = (row.clone(), path.0.clone());
            Some(facts(&resume(row, path, AgentId::from(""), reader)))
        });
        self.files_of(agent).map(facts).chain(followed).collect()
    }

    /// How people know a file of any agent.
    pub fn shown_name(&self, file: FileId, roots: &[PathBuf]) -> Option<Untrusted> {
        let own = self.files_of(self.owner(file)?);
        let mut own = own.filter(|tracked| tracked.row.id == file);
        let own = own.next().map(|tracked| &*tracked.path);
        let rows = || self.unclaimed.iter().find(|(_, row)| row.id == file);
        let path = own.or_else(|| rows().map(|(place, _)| &*place.0))?;
        Some(Untrusted::from(shown(path, roots)))
    }

    /// When the newest of an agent's own files changed.
    pub fn last_change(&self, agent: i64, clock: &Clock) -> Option<Ts> {
        let followed = self.files_of(agent).map(|tracked| &tracked.row);
        let rows = self.unclaimed.values().filter(|row| row.agent == agent);
        let newest = followed.chain(rows).map(|row| row.modified_ns).max();
        let newest = newest.filter(|at| *at > 0)?;
        Some(clock.of_file(Ts(newest.div_euclid(1_000_000))))
    }

    /// Files with damage, for the header.
    pub fn damaged(&self) -> u32 {
        if self.files.is_empty() {
            let damaged = self.unclaimed.values().filter(|row| row.damaged > 0);
            return damaged.count() as u32;
        }
        self.troubled()
            .filter(|t| t.row.damaged > 0 || matches!(t.state, FileState::Torn { .. }))
            .count() as u32
    }

    /// Files with damage, or that cannot be read, or that are retried.
    pub fn troubled(&self) -> impl Iterator<Item = &Tracked> {
        self.troubled.iter().filter_map(|path| self.files.get(path))
    }

    /// Sources that cannot be read, each with its reason, by what this process or the one that mirrors has seen.
    pub fn blind(&self, roots: &[PathBuf], now: Ts) -> Vec<String> {
        let own = self.troubled().map(|t| (&*t.path, t.state.clone()));
        let rows = self
            .unclaimed
            .iter()
            .filter(|(_, row)| !row.state.is_empty());
        let rows = rows.map(|(place, row)| (&*place.0, state_of(row)));
        let (mut blind, mut named) = (Vec::new(), Vec::new());
        for (path, state) in own.chain(rows) {
            let what = match state {
                FileState::Unreadable { what, .. } => what,
                FileState::Torn { what, since } if now - since > UNREADABLE => {
                    format!("does not parse, {what}")
                }
                FileState::Torn { .. } | FileState::Good | FileState::Gone { .. } => continue,
            };
            named.push(path.display().to_string());
            blind.push(clean_within(
                &format!("{}: {what}", shown(path, roots)),
                160,
            ));
        }
        let others = self
            .problems
            .iter()
            .filter(|p| !named.iter().any(|n| p.starts_with(n)));
        blind.extend(others.map(|p| clean_within(p, 160)));
        blind
    }
}

/// A path as people know it: from the root it lies beneath.
fn shown(path: &Path, roots: &[PathBuf]) -> String {
    let beneath = roots.iter().find_map(|root| path.strip_prefix(root).ok());
    beneath
        .filter(|rest| !rest.as_os_str().is_empty())
        .unwrap_or(path)
        .display()
        .to_string()
}
