//! The operator's own crontab, as `crontab -l` prints it: which of its jobs start something in an agent's folder.

use std::path::Path;
use std::time::Duration;

use crate::paths;
use crate::sys::run::printed;
use crate::watch::discover::FoundAgent;

/// How long it may take to print.
const PATIENCE: Duration = Duration::from_secs(2);
/// More of it is not read, in bytes.
pub const MOST: usize = 1024 * 1024;

/// The jobs that start something in one agent's folder.
pub struct Share<'a> {
    pub agent: &'a FoundAgent,
    pub lines: Vec<&'a str>,
}

/// What `crontab -l` prints; none where there is no such program, or no crontab.
pub fn listing() -> Option<String> {
    let argv = ["crontab", "-l"].map(str::to_owned);
    let bytes = printed(&argv, PATIENCE, MOST).ok()??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// How many jobs it has.
pub fn jobs(listing: &str) -> usize {
    lines(listing).count()
}

/// The jobs of each agent that has some, by the folder that their commands name.
pub fn shares<'a>(
    listing: &'a str,
    agents: &'a [FoundAgent],
    home: Option<&Path>,
) -> Vec<Share<'a>> {
    let share = |agent: &'a FoundAgent| {
        let names = names(&agent.folder, home);
        let own = lines(listing).filter(|line| names.iter().any(|name| mentions(line, name)));
        Share {
            agent,
            lines: own.collect(),
        }
    };
    let all = agents.iter().map(share);
    all.filter(|share| !share.lines.is_empty()).collect()
}

/// The command that writes an agent's share beside it, where it is read.
pub fn remedy(folder: &Path, home: Option<&Path>) -> String {
    // Without the home, which some lines spell out and others do not.
    let beneath = home.and_then(|home| folder.strip_prefix(home).ok());
    let named = beneath.unwrap_or(folder).display();
    let shown = paths::shorten(folder, home);
    format!("crontab -l | grep -e _TZ= -e {named} > {shown}/crontab.txt")
}

/// Its lines but for remarks and settings.
fn lines(listing: &str) -> impl Iterator<Item = &str> {
    let is_job =
        |line: &&str| line.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | '@'));
    listing.lines().map(str::trim).filter(is_job)
}

/// The spellings of a folder in a command.
fn names(folder: &Path, home: Option<&Path>) -> Vec<String> {
    let mut names = vec![folder.display().to_string()];
    let beneath = home.and_then(|home| folder.strip_prefix(home).ok());
    if let Some(beneath) = beneath.filter(|beneath| !beneath.as_os_str().is_empty()) {
        let beneath = beneath.display();
        names.extend(["~", "$HOME", "${HOME}"].map(|home| format!("{home}/{beneath}")));
    }
    names
}

/// Whether a line names a folder, and not another one whose name begins like it.
fn mentions(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let after = &line[at + name.len()..];
        !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AgentId;

    #[test]
    fn each_agent_has_the_jobs_that_name_its_folder() {
        let agent = |name: &str| FoundAgent {
            id: AgentId::from(name),
            folder: Path::new("/home/me/agents").join(name),
            files: Vec::new(),
        };
        let agents = ["ada", "ada-two", "bob", "cleo"].map(agent);
        let listing = "# ~/agents/cleo/old.sh\nCRON_TZ=Europe/Kyiv\n\
                       0 7 * * * cd ~/agents/ada && ./run.sh\n\
                       */5 * * * * /home/me/agents/ada-two/go \"quick\"\n\
                       @daily $HOME/agents/bob/digest\n 5 4 * * * certbot renew\n";
        let shares = shares(listing, &agents, Some(Path::new("/home/me")));
        let brief: Vec<(&str, usize)> = shares
            .iter()
            .map(|share| (share.agent.id.as_str(), share.lines.len()))
            .collect();
        assert_eq!(brief, [("ada", 1), ("ada-two", 1), ("bob", 1)]);
        assert_eq!(jobs(listing), 4);
    }
}
