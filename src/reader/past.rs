//! The board as it was: the same verdicts from what was known then.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::Source;
use crate::detect::latch::Book;
use crate::detect::{SinceMark, judge_agent, judge_fleet};
use crate::domain::facts::{FileFacts, FileState, Sight};
use crate::domain::fleet::{Fleet, Health, Mode};
use crate::domain::policy::Policy;
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::domain::told::Event;
use crate::store::files::{self, FileRow};
use crate::store::names::agent_rows;
use crate::store::told::{Place, ToldLog};
use crate::store::{StoreError, query};

/// Judges every agent as of `at`, counting from `since`, else from the standup mark of that time.
pub fn board(
    connection: &Connection,
    source: &Source,
    at: Ts,
    since: Option<Ts>,
) -> Result<Arc<Fleet>, StoreError> {
    let rows = files::all(connection)?;
    let spoken = source.ledger.spoken(at)?;
    let policy = Policy {
        maintenance: spoken.windows.clone(),
        flags: spoken.flags.clone(),
        ..source.policy.clone()
    };
    let since = match since {
        Some(since) => since,
        None => source.ledger.mark_in_force(source.policy.zone.value, at)?,
    };
    let sight = sight(source, at)?;
    let mut judged = Vec::new();
    for (agent, name, folder, _) in agent_rows(connection)? {
        let mut facts = query::facts(connection, agent, &name, &folder, at, at)?;
        if facts.first_beat.is_none_or(|first| first > at) && facts.plans.is_empty() {
            continue;
        }
        let own = rows.iter().filter(|row| row.agent == agent && row.live);
        let files = own.map(|row| file_facts(row, source)).collect();
        facts.set_files(files, |id| {
            let row = rows.iter().find(|row| row.id == id)?;
            Some(file_facts(row, source).path)
        });
        let (counts, finals) = query::counts(connection, agent, since, at + Span(1))?;
        let mark = SinceMark {
            since,
            counts,
            finals,
        };
        judged.push(Arc::new(judge_agent(&facts, &sight, at, &policy, &mark)));
    }
    let health = Health {
        mode: Mode::Live,
        last_sweep: at,
        sweep_period: sight.period,
        files: rows.len() as u32,
        ..Health::default()
    };
    let mut fleet = judge_fleet(judged, &sight, at, &policy, health, since);
    for told in &mut fleet.told {
        told.said = spoken.about(&told.finding);
    }
    first_shown(&source.told, &mut fleet)?;
    fleet.past = true;
    fleet.zone = Some(source.policy.zone.value);
    Ok(Arc::new(fleet))
}

/// When each finding of a past board had first been told by then.
fn first_shown(log: &ToldLog, fleet: &mut Fleet) -> Result<(), StoreError> {
    let mut book = Book::default();
    for event in log.since(Place::default())?.events {
        let at = match &event {
            Event::Raised { at, .. } | Event::Cleared { at, .. } => *at,
        };
        if at <= fleet.at {
            book.replay(event);
        }
    }
    let known: BTreeMap<String, Ts> = book
        .told()
        .into_iter()
        .map(|told| (told.finding.id(), told.at))
        .collect();
    for told in &mut fleet.told {
        told.at = known.get(&told.finding.id()).copied().unwrap_or(told.at);
    }
    Ok(())
}

/// At a past moment history counts as seen at its own time.
fn sight(source: &Source, at: Ts) -> Result<Sight, StoreError> {
    let known = source.seen.gaps(at - Span::days(40))?;
    let clip = |spans: Vec<(Ts, Ts)>| {
        spans
            .into_iter()
            .filter(|(from, _)| *from < at)
            .map(|(from, to)| (from, to.min(at)))
            .collect()
    };
    Ok(Sight {
        last_look: at,
        period: Span::secs(2),
        // Nobody watched: what a file says of a slot ahead came later.
        began: at + Span(1),
        woke: None,
        gaps: clip(known.gaps),
        sleeps: clip(known.sleeps),
    })
}

fn file_facts(row: &FileRow, source: &Source) -> FileFacts {
    let path = Path::new(&*row.root).join(&row.relative);
    let beneath = source
        .roots
        .iter()
        .find_map(|root| path.strip_prefix(root).ok())
        .unwrap_or(&path);
    FileFacts {
        id: row.id,
        path: Untrusted::from(beneath.display().to_string()),
        role: row.role(),
        size: row.size,
        modified: Ts(row.modified_ns.div_euclid(1_000_000)),
        state: serde_json::from_str(&row.state).unwrap_or(FileState::Good),
        damaged: row.damaged,
        damage: row.damage.as_deref().map(Untrusted::from),
        damage_at: row.damage_at.map(Ts),
    }
}
