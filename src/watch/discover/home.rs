//! The homes of schedulers, which hold agents of their own.

use std::path::Path;

use super::file_name;

/// An `OpenClaw` home: its main agent works in `workspace`, the others in `workspace-NAME`.
const OPENCLAW: &[&str] = &[".openclaw", ".clawdbot"];
pub(super) const WORKSPACE: &str = "workspace";
/// A Hermes home, with an agent for each of its `profiles`.
const HERMES: &str = ".hermes";
/// Folders beneath a root whose children are agents.
pub(super) const HOMES: &[&str] = &["agents", "bots", "profiles", "workspaces"];

pub(super) fn is_openclaw(folder: &Path) -> bool {
    OPENCLAW.contains(&file_name(folder).as_str())
}

/// The home of a scheduler, which holds agents of its own.
pub(super) fn is_home(folder: &Path) -> bool {
    is_openclaw(folder) || file_name(folder) == HERMES
}

pub(super) fn is_main_workspace(folder: &Path) -> bool {
    file_name(folder) == WORKSPACE && folder.parent().is_some_and(is_openclaw)
}

/// The name an agent goes by, from its folder's. The home of a scheduler is its main agent's.
pub(super) fn own_name(folder: &Path) -> String {
    let name = file_name(folder);
    if is_openclaw(folder) {
        return "main".to_owned();
    }
    let name = name.trim_start_matches('.');
    let of_workspace = name.strip_prefix("workspace-").filter(|n| !n.is_empty());
    of_workspace.unwrap_or(name).to_owned()
}
