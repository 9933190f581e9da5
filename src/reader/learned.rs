//! What the agents have learned: their INSIGHTS as they stand, and as they stood when a week began.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::Connection;

use super::Source;
use crate::domain::insight::Insight;
use crate::domain::retro::{Learned, Week};
use crate::domain::text::Untrusted;
use crate::domain::time::Ts;
use crate::parse::vocabulary::Vocabulary;
use crate::parse::{self, Body, Chunk, Context};
use crate::store::StoreError;
use crate::store::files::{self, FileRow};
use crate::store::seen::{Seen, SeenLog};
use crate::store::versions::Versions;

/// As much of a file is shown, in bytes.
const MOST_SHOWN: usize = 256 * 1024;

/// What each agent has learned, by the mirror's number of the agent.
pub fn learned(
    connection: &Connection,
    source: &Source,
    week: Week,
) -> Result<HashMap<i64, Learned>, StoreError> {
    let state = source.mirror.parent().unwrap_or_else(|| Path::new("."));
    let versions = Versions::in_state(state);
    let rows: Vec<FileRow> = files::all(connection)?
        .into_iter()
        .filter(|row| {
            row.live && *row.reader == *parse::Reader::Insights.word() && !row.hash.is_empty()
        })
        .collect();
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let seen = SeenLog::in_state(state).all()?;
    let vocabulary = Vocabulary::default();
    let mut found: HashMap<i64, Learned> = HashMap::new();
    for row in rows {
        // Of several the one called INSIGHTS speaks for the agent.
        let is_main = row.relative.to_lowercase().ends_with("insights.md");
        if found.contains_key(&row.agent) && !is_main {
            continue;
        }
        let mut held: Option<(Ts, String)> = None;
        let mut changed = None;
        for one in &seen {
            let Seen::Version {
                at,
                root,
                relative,
                hash,
                modified,
                ..
            } = one
            else {
                continue;
            };
            if **root != *row.root || *relative != row.relative {
                continue;
            }
            if *hash == row.hash {
                changed = Some(*modified);
            }
            if *at < week.from {
                held = Some((*at, hash.clone()));
            }
        }
        let read = |hash: &str| versions.read(hash).unwrap_or_default();
        let before = held.and_then(|(_, hash)| versions.read(&hash).ok());
        let before = before.map(|bytes| insights(&bytes, &row, (source, &vocabulary)));
        let bytes = read(&row.hash);
        found.insert(
            row.agent,
            Learned {
                file: Some(shown(&row, source)),
                version: row.hash.clone(),
                changed,
                entries: insights(&bytes, &row, (source, &vocabulary)),
                before: before.map(|all| all.into_iter().map(|one| one.text).collect()),
                read: false,
                text: text(&bytes),
            },
        );
    }
    Ok(found)
}

fn text(bytes: &[u8]) -> Untrusted {
    let shown = &bytes[..bytes.len().min(MOST_SHOWN)];
    Untrusted::from(String::from_utf8_lossy(shown).into_owned())
}

fn insights(
    bytes: &[u8],
    row: &FileRow,
    (source, vocabulary): (&Source, &Vocabulary),
) -> Vec<Insight> {
    let ctx = Context {
        path: &row.relative,
        zone: source.policy.zone.value,
        modified: Ts(row.modified_ns.div_euclid(1_000_000)),
        vocabulary,
    };
    let parsed = parse::log(parse::Reader::Insights, Chunk::whole(bytes), &ctx);
    let entries = parsed.records.into_iter();
    entries
        .filter_map(|record| match record.body {
            Body::Insight(insight) => Some(insight),
            Body::Beat(_) | Body::Step(_) => None,
        })
        .collect()
}

fn shown(row: &FileRow, source: &Source) -> Untrusted {
    let path = Path::new(&*row.root).join(&row.relative);
    let beneath = source
        .roots
        .iter()
        .find_map(|root| path.strip_prefix(root).ok());
    Untrusted::from(beneath.unwrap_or(&path).display().to_string())
}
