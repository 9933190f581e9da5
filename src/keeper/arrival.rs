//! From what a parser read to what the mirror keeps.

use crate::domain::action::Tier;
use crate::domain::facts::{Beat, Extra, StepFact};
use crate::domain::heartbeat::{Heartbeat, Item, ItemClass, Items, Surety};
use crate::domain::id::{AgentId, FileId, Locus};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::parse::{Body, Record};
use crate::store::intake::Arrival;
use crate::store::item::hash;

/// Longest item or message kept in the mirror, in bytes; the raw line has the rest.
const MOST_TEXT: usize = 2_000;
/// Items of one record kept; the count stays true.
const MOST_ITEMS: usize = 200;
/// A time this far from the file's, on an append we watched, is a wrong clock.
const CLOCK_FAR: Span = Span::hours(48);
/// A time this far in the future is a wrong clock.
const CLOCK_AHEAD: Span = Span::mins(2);

/// When and how a piece of a file is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    pub now: Ts,
    /// The file's modification time, on our clock.
    pub modified: Ts,
    /// [`Mirror::item_seed`](crate::store::Mirror::item_seed).
    pub seed: u64,
    /// We watched it arrive; otherwise it is history, and counts as known at its own time.
    pub live: bool,
}

/// What a record becomes.
pub enum Kept {
    Beat(Arrival),
    Step(StepFact),
    /// An insight is read again when it is shown.
    Nothing,
}

/// Turns one record into what is kept.
pub fn keep(record: Record, agent: &AgentId, file: FileId, sighting: &Sighting) -> Kept {
    let locus = Locus {
        file,
        offset: record.offset,
        len: record.len,
        line: record.line,
    };
    match record.body {
        Body::Beat(heartbeat) => Kept::Beat(arrival(heartbeat, agent, locus, sighting)),
        Body::Step(step) => Kept::Step(StepFact { step, locus }),
        Body::Insight(_) => Kept::Nothing,
    }
}

fn arrival(heartbeat: Heartbeat, agent: &AgentId, locus: Locus, sighting: &Sighting) -> Arrival {
    let (at, clock_off) = judged_time(heartbeat.at.at, heartbeat.at.surety, sighting);
    let mut items = Vec::with_capacity(
        heartbeat.did.listed.len()
            + heartbeat.skipped.listed.len()
            + heartbeat.failed.listed.len()
            + 1,
    );
    let mut take = |class, list: Items| {
        let count = list.count.max(list.listed.len() as u32);
        items.extend(
            list.listed
                .into_iter()
                .take(MOST_ITEMS)
                .map(|item| hashed(class, shortened(item), sighting.seed)),
        );
        count
    };
    let did = take(ItemClass::Did, heartbeat.did);
    let skipped = take(ItemClass::Skipped, heartbeat.skipped);
    let failed = take(ItemClass::Failed, heartbeat.failed);
    if let Some(msg) = heartbeat.msg {
        let message = Item {
            what: short(msg),
            ..Item::default()
        };
        items.push(hashed(ItemClass::Message, message, sighting.seed));
    }
    let extra = Extra {
        word: heartbeat.word,
        resources: heartbeat.resources,
        process: heartbeat.process,
        error_type: heartbeat.error_type,
        cost: heartbeat.cost,
    };
    let acts = items.iter().any(|(_, item, _)| acts(item));
    let beat = Beat {
        at,
        acts,
        surety: heartbeat.at.surety,
        clock_off,
        seen: sighting.live.then_some(sighting.now),
        status: heartbeat.status,
        run: heartbeat.run,
        task: heartbeat.task,
        due: heartbeat.due,
        started: heartbeat.started,
        duration: heartbeat.duration,
        next: heartbeat.next,
        epoch: heartbeat.epoch,
        did,
        skipped,
        failed,
        items: Vec::new(),
        extra: (extra != Extra::default()).then(|| Box::new(extra)),
        locus,
    };
    Arrival {
        agent: heartbeat.agent.unwrap_or_else(|| agent.clone()),
        beat,
        items,
    }
}

/// The time a record is judged by. After a clone or an unpack file times mean nothing, so that only an append we watched
/// can convict a writer's clock of being behind.
fn judged_time(written: Ts, surety: Surety, sighting: &Sighting) -> (Ts, bool) {
    if surety == Surety::DayOnly {
        return (written, false);
    }
    if written > sighting.now + CLOCK_AHEAD {
        return (sighting.modified.min(sighting.now), true);
    }
    if sighting.live && (written - sighting.modified).abs() > CLOCK_FAR {
        return (sighting.modified.min(sighting.now), true);
    }
    (written, false)
}

/// Hashed where it is read, beside the writer and not before it.
fn hashed(class: ItemClass, item: Item, seed: u64) -> (ItemClass, Item, i64) {
    let hash = hash(&item, seed);
    (class, item, hash)
}

/// It names what it touched, so that doing it twice can be told.
fn acts(item: &Item) -> bool {
    let changes = match item.tier {
        Some(Tier::Mutating | Tier::AppendOnly) => true,
        Some(Tier::ReadOnly) | None => false,
    };
    changes || item.key.is_some() || item.target.is_some()
}

fn shortened(mut item: Item) -> Item {
    item.what = short(item.what);
    item.why = item.why.map(short);
    item
}

fn short(text: Untrusted) -> Untrusted {
    if text.exact().len() <= MOST_TEXT {
        return text;
    }
    let end = text.exact().floor_char_boundary(MOST_TEXT);
    Untrusted::from(format!("{}…", &text.exact()[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ts = Ts(1_774_687_000_000);

    fn judged(written: Ts, live: bool) -> (Ts, bool) {
        judged_time(
            written,
            Surety::Exact,
            &Sighting {
                seed: 0,
                now: NOW,
                modified: NOW - Span::SECOND,
                live,
            },
        )
    }

    #[test]
    fn a_wrong_clock_is_judged_by_the_file_only_where_we_watched() {
        let year_off = NOW - Span::days(365);
        assert_eq!(judged(year_off, true), (NOW - Span::SECOND, true));
        assert_eq!(judged(year_off, false), (year_off, false));
        assert_eq!(
            judged(NOW - Span::hours(48), true),
            (NOW - Span::hours(48), false)
        );
    }

    #[test]
    fn the_future_is_judged_by_arrival() {
        assert_eq!(
            judged(NOW + Span::mins(2), true),
            (NOW + Span::mins(2), false)
        );
        assert_eq!(
            judged(NOW + Span::mins(3), false),
            (NOW - Span::SECOND, true)
        );
    }
}
