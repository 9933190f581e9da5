//! The backlogs of agents and of the fleet.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Bench, Engine, Planning, read};
use crate::domain::backlog::Backlog;
use crate::domain::id::AgentId;
use crate::parse::{self, Context};

/// The names a backlog goes by, in an agent's folder or beside the agents.
const BACKLOGS: [&str; 2] = ["backlog.json", "backlog.md"];

pub(super) fn backlogs(
    engine: &Engine,
    benches: &[Bench],
    planning: &mut Planning,
) -> Vec<(Option<AgentId>, Backlog)> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let own = benches
        .iter()
        .map(|bench| (Some(&bench.desk.agent), &bench.folder, bench.desk.zone));
    let roots = engine.setup.roots.iter();
    let fleet = roots.map(|root| (None, root, engine.policy.zone.value));
    for (owner, folder, zone) in own.chain(fleet) {
        for name in BACKLOGS {
            let path = folder.join(name);
            if !seen.insert(path.clone()) {
                continue;
            }
            let Some(bytes) = read(folder, name) else {
                continue;
            };
            let ctx = Context {
                path: name,
                zone,
                modified: engine.now(),
                vocabulary: &engine.setup.config.vocabulary,
            };
            let (backlog, diagnostics) = parse::backlog(&bytes, &ctx);
            let shown = crate::paths::shorten(&path, None);
            for one in diagnostics {
                let what = format!("{shown}:{}: expected {}", one.line, one.expected);
                planning.notices.push(what);
            }
            planning.backlogs.push((shown, backlog.entries.len()));
            found.push((owner.cloned(), backlog));
        }
    }
    found
}
