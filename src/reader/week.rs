//! A week of the fleet: from the folds of hours, the boards of its days, and the kept versions of what was learned.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rusqlite::Connection;

use super::{Source, past};
use crate::detect::trace::masked;
use crate::domain::fleet::{Counts, Fleet, RunTally, TaskState};
use crate::domain::heartbeat::ItemClass;
use crate::domain::id::AgentId;
use crate::domain::page::{FoldedItem, Texts};
use crate::domain::retro::{AgentWeek, Cause, Learned, Reckoning, TREND, Tally, Week, WeekFacts};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::parse::{self, Body, Chunk, Context};
use crate::store::files::{self, FileRow};
use crate::store::mirror::agent_rows;
use crate::store::rollup::{add_counts, add_runs, hours};
use crate::store::seen::{Seen, SeenLog};
use crate::store::versions::Versions;
use crate::store::{StoreError, query};

/// Causes and tags that are kept of one agent.
const MOST: usize = 12;

/// Everything known about a week, as of a moment.
pub fn facts(
    connection: &Connection,
    source: &Source,
    week: Week,
    at: Ts,
) -> Result<WeekFacts, StoreError> {
    let zone = source.policy.zone.value;
    let until = week.to.min(at + Span(1));
    let said = source.ledger.retro(&week.name())?;
    let last = source.ledger.retro(&week.plus(-1, zone).name())?;
    let boards = boards(connection, source, week, at)?;
    let learned = learned(connection, source, week)?;
    let mut agents = Vec::new();
    for (id, name, _, _) in agent_rows(connection)? {
        let mut one = counted(connection, source, id, (week, until))?;
        one.agent = name.clone();
        one.reckoning = reckoned(&boards, &name);
        if let Some(learned) = learned.get(&id) {
            one.learned = learned.clone();
            one.learned.read = said.read.contains(&one.learned.version);
        }
        let is_quiet = one.trend.iter().all(|week| *week == Tally::default());
        if is_quiet && one.reckoning.is_empty() && one.learned.file.is_none() {
            continue;
        }
        agents.push(one);
    }
    agents.sort_by(|a, b| a.agent.cmp(&b.agent));
    Ok(WeekFacts {
        week,
        zone,
        at,
        agents,
        note: said.note,
        last_note: last.note,
    })
}

fn counted(
    connection: &Connection,
    source: &Source,
    agent: i64,
    (week, until): (Week, Ts),
) -> Result<AgentWeek, StoreError> {
    let zone = source.policy.zone.value;
    let exact = |from: Ts, to: Ts| -> Result<Tally, StoreError> {
        let (counts, runs): (Counts, RunTally) = query::counts(connection, agent, from, to)?;
        Ok(Tally { counts, runs })
    };
    let before = week.plus(-1, zone);
    let mut one = AgentWeek {
        agent: AgentId::from(""),
        week: exact(week.from, until)?,
        before: exact(before.from, before.to)?,
        trend: [Tally::default(); TREND],
        heat: Box::default(),
        causes: Vec::new(),
        tags: Vec::new(),
        reckoning: Vec::new(),
        learned: Learned::default(),
        cost_usd: None,
    };
    let first = week.plus(1 - TREND as i64, zone).from;
    for (hour, counts, runs) in hours(
        connection,
        agent,
        first.hour_index(),
        until.hour_index() + 1,
    )? {
        let at = Ts(hour * Span::HOUR.0);
        let back = (week.to - at).0.max(1) - 1;
        let back = (back / (7 * Span::DAY.0)) as usize;
        if back < TREND {
            add(&mut one.trend[TREND - 1 - back], counts, runs);
        }
        if at >= week.from {
            let (weekday, clock) = (zone.day_of(at).weekday(), zone.clock_of(at).0 / 3_600);
            add(
                &mut one.heat[weekday as usize % 7][clock as usize % 24],
                counts,
                runs,
            );
        }
    }
    one.trend[TREND - 1] = one.week;
    one.trend[TREND - 2] = one.before;
    if one.week.counts != Counts::default() || one.week.runs != RunTally::default() {
        let items = query::items(connection, agent, week.from, until, Texts::All)?;
        one.causes = causes(&items);
        one.tags = tags(&items);
    }
    Ok(one)
}

fn add(tally: &mut Tally, counts: Counts, runs: RunTally) {
    add_counts(&mut tally.counts, counts);
    add_runs(&mut tally.runs, runs);
}

/// Failures by what is left of their reason when numbers are masked; shown in the words of the latest.
fn causes(items: &[FoldedItem]) -> Vec<Cause> {
    let mut found: BTreeMap<String, Cause> = BTreeMap::new();
    for item in items.iter().filter(|item| item.class == ItemClass::Failed) {
        let what = item.why.as_ref().unwrap_or(&item.what);
        let cause = found.entry(masked(what.exact())).or_insert_with(|| Cause {
            what: what.clone(),
            count: 0,
        });
        cause.count += item.count;
    }
    most_frequent(found)
}

fn tags(items: &[FoldedItem]) -> Vec<Cause> {
    let mut found: BTreeMap<String, Cause> = BTreeMap::new();
    for item in items.iter().filter(|item| item.class == ItemClass::Did) {
        let words = item.what.exact().split_whitespace();
        for tag in words.filter(|word| word.len() > 1 && word.starts_with('#')) {
            let tag = tag.trim_end_matches(|c: char| !c.is_alphanumeric());
            let cause = found.entry(tag.to_lowercase()).or_insert_with(|| Cause {
                what: Untrusted::from(tag),
                count: 0,
            });
            cause.count += item.count;
        }
    }
    most_frequent(found)
}

fn most_frequent(found: BTreeMap<String, Cause>) -> Vec<Cause> {
    let mut all: Vec<Cause> = found.into_values().collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.what.cmp(&b.what)));
    all.truncate(MOST);
    all
}

/// The board at the end of each day of the week that has begun.
fn boards(
    connection: &Connection,
    source: &Source,
    week: Week,
    at: Ts,
) -> Result<Vec<std::sync::Arc<Fleet>>, StoreError> {
    let zone = source.policy.zone.value;
    let mut boards = Vec::new();
    for day in 0..7 {
        let day = week.monday.plus(day);
        let (from, to) = (zone.start_of(day), zone.end_of(day));
        if from > at {
            break;
        }
        let end = (to - Span(1)).min(at);
        boards.push(past::board(connection, source, end, from)?);
    }
    Ok(boards)
}

fn reckoned(boards: &[std::sync::Arc<Fleet>], agent: &AgentId) -> Vec<Reckoning> {
    let mut found: Vec<Reckoning> = Vec::new();
    for view in boards.iter().filter_map(|board| board.agent(agent)) {
        for task in view
            .tasks
            .iter()
            .filter(|task| task.state != TaskState::Off)
        {
            let place = found.iter().position(|one| one.task == task.id);
            let place = place.unwrap_or_else(|| {
                found.push(Reckoning {
                    task: task.id.clone(),
                    expected: 0,
                    done: 0,
                    skipped: 0,
                    failed: 0,
                    open: 0,
                    gap: None,
                });
                found.len() - 1
            });
            let one = &mut found[place];
            one.expected += 1;
            match task.state {
                TaskState::Done => one.done += 1,
                TaskState::Skipped => one.skipped += 1,
                TaskState::Failed | TaskState::Conflicted => one.failed += 1,
                TaskState::Missed | TaskState::SkippedSilently => {
                    let slot = task.slot.unwrap_or(task.since);
                    one.gap.get_or_insert((slot, task.state, task.plan));
                }
                TaskState::Off
                | TaskState::Blind
                | TaskState::Held
                | TaskState::PhantomClaim
                | TaskState::Orphaned
                | TaskState::Silent
                | TaskState::Stuck
                | TaskState::AwaitingAgent
                | TaskState::Review
                | TaskState::Running
                | TaskState::Claimed
                | TaskState::Late
                | TaskState::Due
                | TaskState::Upcoming
                | TaskState::Unjudged => one.open += 1,
            }
        }
    }
    found.sort_by_key(|one| {
        (
            one.gap.is_none(),
            one.gap.map(|(at, ..)| at),
            one.task.clone(),
        )
    });
    found
}

/// What each agent has learned, by the mirror's number of the agent.
fn learned(
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
        let read = |hash: &str| {
            versions
                .read(hash)
                .ok()
                .map(|bytes| insights(&bytes, &row, source))
        };
        let before = held.and_then(|(_, hash)| read(&hash));
        found.insert(
            row.agent,
            Learned {
                file: Some(shown(&row, source)),
                version: row.hash.clone(),
                changed,
                entries: read(&row.hash).unwrap_or_default(),
                before: before.map(|all| all.into_iter().map(|one| one.text).collect()),
                read: false,
            },
        );
    }
    Ok(found)
}

fn insights(bytes: &[u8], row: &FileRow, source: &Source) -> Vec<crate::domain::insight::Insight> {
    let vocabulary = parse::vocabulary::Vocabulary::default();
    let ctx = Context {
        path: &row.relative,
        zone: source.policy.zone.value,
        modified: Ts(row.modified_ns.div_euclid(1_000_000)),
        vocabulary: &vocabulary,
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
