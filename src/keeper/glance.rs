//! First sight: what the ends of the logs say, before anything is mirrored.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Setup;
use super::arrival::{Origin, Sighting, keep};
use super::tracked::Tracked;
use super::whole::MOST_BYTES;
use crate::domain::facts::{AgentFacts, PlanVersion};
use crate::domain::fleet::{Counts, RunTally};
use crate::domain::heartbeat::Item;
use crate::domain::id::ItemId;
use crate::domain::policy::Policy;
use crate::domain::text::Untrusted;
use crate::domain::time::{Day, Ts, Zone};
use crate::parse::timestamp::day_in_name;
use crate::parse::{self, Carry, Chunk, Context, Reader};
use crate::store::batch::{Batch, Names, Packer};
use crate::store::segment::Packed;
use crate::store::{rollup, window};
use crate::sys::file::{open_beneath, read_at, stat_open};
use crate::sys::together;

/// Of each log this much is read from its end: some 55 lines, hours of an agent that runs every few minutes. 64 KiB took
/// 9 ms longer with 50 agents, and what lies before it follows within seconds.
const TAIL: u64 = 24 << 10;

/// What was seen of one agent.
pub struct Seen {
    pub facts: AgentFacts,
    pub counts: Counts,
    pub runs: RunTally,
}

/// What one thread met in logs, each text once.
struct Met {
    packer: Packer,
    items: Vec<Item>,
    names: Names,
    /// Where in `items` the packer's numbers begin.
    base: usize,
    /// Which of the threads it is.
    hand: usize,
}

impl Met {
    fn new(hand: usize) -> Self {
        Self {
            packer: Packer::new(0),
            items: Vec::new(),
            names: Names::default(),
            base: 0,
            hand,
        }
    }

    fn learn(&mut self, batch: &Batch) {
        if batch.first_item() == 0 {
            self.base = self.items.len();
        }
        let items = batch.items.iter().map(|(_, item)| item.clone());
        self.items.extend(items);
        self.names.learn(batch);
    }

    /// The text behind a number of the packer's, and a number that no other has: below zero, the mirror's own are above.
    fn item(&self, id: ItemId) -> (ItemId, Option<&Item>) {
        let at = self.base + id.0 as usize;
        let number = at * together::HANDS + self.hand;
        (ItemId(-1 - number as i64), self.items.get(at))
    }
}

/// Files of days before this one are not looked at: what ran over the midnight before the mark is in the day before.
pub fn oldest_day(policy: &Policy, since: Ts) -> Day {
    policy.zone.value.day_of(since).plus(-1)
}

/// Facts of every agent from the ends of its files. Files that cannot be read are left to the ordinary look.
pub fn glance(
    files: &[&Tracked],
    setup: &Setup,
    policy: &Policy,
    since: Ts,
) -> BTreeMap<i64, Seen> {
    let mut agents: BTreeMap<i64, Agent<'_>> = BTreeMap::new();
    for tracked in of_now(files, oldest_day(policy, since)) {
        let agent = agents.entry(tracked.row.agent);
        let agent = agent.or_insert_with(|| Agent::of(tracked));
        agent.files.push(tracked);
    }
    let (now, hands) = (setup.clock.now(), AtomicUsize::new(0));
    let mut work: Vec<(i64, Agent<'_>)> = agents.into_iter().collect();
    together::each_with(
        &mut work,
        || Met::new(hands.fetch_add(1, Ordering::Relaxed)),
        |met, (_, agent)| {
            for tracked in &agent.files {
                let zone = policy
                    .pick(&tracked.agent, |o| o.zone)
                    .map_or(policy.zone.value, |z| z.value);
                if look(tracked, setup, zone, since, &mut agent.seen, met).is_err() {
                    tracing::debug!(path = %tracked.path.display(), "not read at first sight");
                }
            }
            window::prune(&mut agent.seen.facts, now);
        },
    );
    let seen = work.into_iter().map(|(id, agent)| (id, agent.seen));
    seen.collect()
}

/// An agent, and where it is seen.
struct Agent<'t> {
    files: Vec<&'t Tracked>,
    seen: Seen,
}

impl Agent<'_> {
    fn of(tracked: &Tracked) -> Self {
        let folder = Untrusted::from(&*tracked.row.root);
        Self {
            files: Vec::new(),
            seen: Seen {
                facts: AgentFacts::new(tracked.agent.clone(), folder),
                counts: Counts::default(),
                runs: RunTally::default(),
            },
        }
    }
}

/// Files that say what is now: of a series with days in its names those from `day` on and the newest, and all others.
fn of_now<'t>(files: &[&'t Tracked], day: Day) -> impl Iterator<Item = &'t Tracked> {
    let dated = |tracked: &Tracked| {
        let day = day_in_name(&tracked.row.relative)?;
        Some(((tracked.row.agent, tracked.reader.word()), day))
    };
    let mut newest: BTreeMap<(i64, &str), Day> = BTreeMap::new();
    for (series, day) in files.iter().filter_map(|tracked| dated(tracked)) {
        let known = newest.entry(series).or_insert(day);
        *known = day.max(*known);
    }
    let of_now = move |tracked: &&Tracked| {
        dated(tracked).is_none_or(|(series, own)| own >= day || newest.get(&series) == Some(&own))
    };
    files.iter().copied().filter(of_now)
}

/// A plan as it stands; one that does not parse says nothing yet.
fn plan(
    bytes: &[u8],
    context: &Context<'_>,
    tracked: &Tracked,
    sighting: &Sighting,
) -> Option<PlanVersion> {
    let (plan, diagnostics) = parse::plan(bytes, context);
    if diagnostics.iter().any(|d| d.kind.is_damage()) {
        return None;
    }
    let written = plan.generated.map_or(sighting.modified, |g| g.at);
    Some(PlanVersion {
        plan: plan.into(),
        file: tracked.row.id,
        known: written.min(sighting.now),
        hash: String::new(),
    })
}

fn look(
    tracked: &Tracked,
    setup: &Setup,
    zone: Zone,
    since: Ts,
    seen: &mut Seen,
    met: &mut Met,
) -> std::io::Result<()> {
    let tail = match tracked.reader {
        Reader::Json | Reader::Wal => TAIL,
        Reader::Plan => MOST_BYTES,
        // Without what stands before it, a text log's end has no date.
        Reader::Text
        | Reader::Markdown
        | Reader::CronStore
        | Reader::Snapshot
        | Reader::Insights
        | Reader::Lock
        | Reader::LifeSign
        | Reader::Tracking
        | Reader::Document => return Ok(()),
    };
    let file = open_beneath(Path::new(&*tracked.row.root), &tracked.row.relative)?;
    let stat = stat_open(&file)?;
    let offset = stat.size.saturating_sub(tail);
    let bytes = read_at(&file, offset, (stat.size - offset) as usize)?;
    let sighting = Sighting {
        now: setup.clock.now(),
        modified: setup.clock.of_file(stat.modified()),
        seed: 0,
        live: false,
    };
    let context = Context {
        path: &tracked.row.relative,
        zone,
        modified: sighting.modified,
        vocabulary: &setup.config.vocabulary,
    };
    if tracked.reader == Reader::Plan {
        let version = plan(&bytes, &context, tracked, &sighting);
        seen.facts.plans.extend(version);
        return Ok(());
    }
    // The first line is whole only where it is the file's first.
    let skip = if offset == 0 {
        0
    } else {
        memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1)
    };
    let chunk = Chunk {
        bytes: &bytes[skip..],
        offset: offset + skip as u64,
        line: 1,
        end: true,
        carry: &Carry::default(),
    };
    let origin = Origin {
        agent: &tracked.agent,
        file: tracked.row.id,
        sighting: &sighting,
    };
    let (packer, steps) = (&mut met.packer, &mut seen.facts.steps);
    parse::each(tracked.reader, chunk, &context, |record| {
        keep(record, &origin, packer, steps);
    });
    let batch = met.packer.finish();
    met.learn(&batch);
    let (mut items, mut records) = (Vec::new(), batch.records());
    while let Some((agent, line)) = records.next(&mut items) {
        if *agent == tracked.agent {
            observe(line.keep(&items), since, seen, met);
        }
    }
    Ok(())
}

fn observe(packed: Packed, since: Ts, seen: &mut Seen, met: &Met) {
    let mut beat = met.names.named(packed);
    for (_, id) in &mut beat.items {
        let (number, text) = met.item(*id);
        *id = number;
        if let Some(text) = text {
            let known = seen.facts.items.entry(*id);
            known.or_insert_with(|| text.clone());
        }
    }
    if beat.at >= since {
        rollup::add_counts(
            &mut seen.counts,
            Counts {
                did: beat.did,
                skipped: beat.skipped,
                failed: beat.failed,
            },
        );
        rollup::count_status(&mut seen.runs, beat.status);
    }
    window::observe(&mut seen.facts, beat);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::FileState;
    use crate::domain::id::AgentId;
    use crate::store::files::FileRow;

    fn tracked(agent: i64, relative: &str, reader: Reader) -> Tracked {
        Tracked {
            path: Path::new(relative).into(),
            agent: AgentId::from("a"),
            reader,
            row: FileRow {
                agent,
                relative: relative.to_owned(),
                ..FileRow::default()
            },
            state: FileState::Good,
            torn: None,
            live: false,
            may_be_known: false,
            calm: false,
        }
    }

    #[test]
    fn of_a_series_of_days_the_newest_is_looked_at_however_old() {
        let files = [
            tracked(1, "heartbeat/2026-03-01.jsonl", Reader::Json),
            tracked(1, "heartbeat/2026-03-27.jsonl", Reader::Json),
            tracked(1, "heartbeat/2026-03-28.jsonl", Reader::Json),
            tracked(1, "schedule/2026-03-01.json", Reader::Plan),
            tracked(1, "schedule.json", Reader::Plan),
            tracked(2, "heartbeat/2026-01-05.jsonl", Reader::Json),
            tracked(2, "heartbeat/2026-01-04.jsonl", Reader::Json),
        ];
        let files: Vec<&Tracked> = files.iter().collect();
        let day = Day::new(2026, 3, 27).unwrap();
        let seen: Vec<&str> = of_now(&files, day)
            .map(|tracked| tracked.row.relative.as_str())
            .collect();
        assert_eq!(
            seen,
            [
                "heartbeat/2026-03-27.jsonl",
                "heartbeat/2026-03-28.jsonl",
                "schedule/2026-03-01.json",
                "schedule.json",
                "heartbeat/2026-01-05.jsonl",
            ]
        );
    }
}
