//! Agents that the config names.

use std::path::{Path, PathBuf};

use super::files::MOST_FILES;
use super::{FoundAgent, FoundFile, Search};
use crate::config::AgentConfig;
use crate::parse::Reader;

impl Search<'_> {
    /// An agent that the config names: its own folder and globs, added to what was found under that name.
    pub(super) fn configured(&mut self, agent: &AgentConfig, roots: &[PathBuf]) {
        let base = match (
            &agent.folder,
            self.found.agents.iter().find(|found| found.id == agent.id),
        ) {
            (Some(folder), _) => folder.clone(),
            (None, Some(found)) => found.folder.clone(),
            (None, None) => roots.first().cloned().unwrap_or_else(|| PathBuf::from(".")),
        };
        let named = agent
            .logs
            .iter()
            .chain(&agent.plans)
            .map(|glob| (glob, None));
        let signs = agent
            .life_signs
            .iter()
            .map(|glob| (glob, Some(Reader::LifeSign)));
        let mut files = Vec::new();
        for (glob, reader) in named.chain(signs) {
            files.extend(self.matching(&base, glob, reader));
        }
        if agent.folder.is_some() && !self.found.agents.iter().any(|found| found.id == agent.id) {
            let folder_name = self
                .found
                .agents
                .iter()
                .position(|found| found.folder == base);
            if let Some(at) = folder_name {
                self.found.agents[at].id = agent.id.clone();
            } else {
                files.extend(self.files_in(&base, ""));
                self.found.folders.push(base.clone());
            }
        }
        if let Some(found) = self
            .found
            .agents
            .iter_mut()
            .find(|found| found.id == agent.id)
        {
            for file in files {
                match found.files.iter_mut().find(|known| known.path == file.path) {
                    // The operator's word about a file goes before what it looks like.
                    Some(known) if file.reader == Reader::LifeSign => *known = file,
                    Some(_) => {}
                    None => found.files.push(file),
                }
            }
        } else if !files.is_empty() {
            self.found.agents.push(FoundAgent {
                id: agent.id.clone(),
                folder: base,
                files,
            });
        }
    }

    fn matching(&mut self, base: &Path, pattern: &str, reader: Option<Reader>) -> Vec<FoundFile> {
        let full = base.join(pattern);
        let Ok(paths) = glob::glob(&full.to_string_lossy()) else {
            self.found
                .problems
                .push(format!("{pattern}: not a pattern"));
            return Vec::new();
        };
        let mut files = Vec::new();
        for path in paths.flatten().take(MOST_FILES) {
            let Ok(relative) = path
                .strip_prefix(base)
                .map(|r| r.to_string_lossy().into_owned())
            else {
                continue;
            };
            if let Some(folder) = path.parent() {
                self.found.folders.push(folder.to_path_buf());
            }
            match reader {
                Some(reader) => files.push(FoundFile {
                    path,
                    relative,
                    reader,
                    why: "named in the config",
                }),
                None => files.extend(self.file(base, relative)),
            }
        }
        files
    }
}
