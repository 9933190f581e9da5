//! Schedulers of the system: the operator's crontab, and whether the heart of a Hermes still beats.

use std::path::Path;

use super::super::Surroundings;
use super::super::crontab::{self, Share};
use super::{bad, doubt, good};
use crate::domain::policy::TICKER_PATIENCE;
use crate::domain::text::plural;
use crate::domain::time::Age;
use crate::parse::Reader;
use crate::report::doctor::Check;
use crate::sys::file::{open_beneath, read_at, stat};
use crate::watch::discover::{Discovery, FoundAgent, FoundFile};

pub fn checks(found: &Discovery, here: &Surroundings) -> Vec<Check> {
    let tickers = found.agents.iter().filter_map(|agent| ticker(agent, here));
    tickers.chain(record(found, here)).collect()
}

/// The sign of life of an agent's scheduler.
fn ticker(agent: &FoundAgent, here: &Surroundings) -> Option<Check> {
    let beat = agent
        .files
        .iter()
        .find(|file| file.relative.ends_with("ticker_heartbeat"))?;
    let last = stat(&beat.path).ok()?.modified();
    let age = Age::at(here.now, last);
    if here.now - last <= TICKER_PATIENCE {
        return Some(good("ticker", format!("{}: beat {age} ago", agent.id)));
    }
    let found = format!("{}: silent for {age}: none of its jobs fires", agent.id);
    Some(bad(
        "ticker",
        found,
        Some("start its gateway again".to_owned()),
    ))
}

/// What `crontab -l` says about the agents, beside what lies in their folders.
fn record(found: &Discovery, here: &Surroundings) -> Option<Check> {
    let listing = crontab::listing()?;
    let shares = crontab::shares(&listing, &found.agents, here.places.home.as_deref());
    let jobs = plural(crontab::jobs(&listing) as u64, "job");
    let Some(first) = shares.first() else {
        return Some(good(
            "crontab",
            format!("{jobs}, none starts anything in an agent's folder"),
        ));
    };
    let names: Vec<&str> = shares.iter().map(|share| share.agent.id.as_str()).collect();
    let names = names.join(", ");
    let is_kept = |share: &Share<'_>| {
        let mut kept = share.agent.files.iter().filter(|file| is_crontab(file));
        kept.any(|file| holds(share, file))
    };
    if shares.iter().all(is_kept) {
        let says = format!("{jobs}, those of {names} are kept beside them as they are");
        return Some(good("crontab", says));
    }
    Some(doubt(
        "crontab",
        format!("{jobs}; those of {names} are not read, or not as they are now"),
        &crontab::remedy(&first.agent.folder, here.places.home.as_deref()),
    ))
}

fn is_crontab(file: &FoundFile) -> bool {
    let end = Path::new(&file.relative).extension();
    let other = end.is_some_and(|end| ["json", "plist", "timer"].iter().any(|e| end == *e));
    file.reader == Reader::CronStore && !other
}

/// Whether a file has each line of the share.
fn holds(share: &Share<'_>, file: &FoundFile) -> bool {
    let opened = open_beneath(&share.agent.folder, &file.relative);
    let Ok(text) = opened.and_then(|opened| read_at(&opened, 0, crontab::MOST)) else {
        return false;
    };
    let text = String::from_utf8_lossy(&text);
    let kept: Vec<&str> = text.lines().map(str::trim).collect();
    share.lines.iter().all(|line| kept.contains(line))
}
