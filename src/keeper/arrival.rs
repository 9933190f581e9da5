//! From what a parser read to what the mirror keeps.

use crate::domain::action::Tier;
use crate::domain::facts::{Extra, StepFact};
use crate::domain::fleet::Counts;
use crate::domain::heartbeat::{Heartbeat, Item, ItemClass, Items, Surety};
use crate::domain::id::{AgentId, FileId, Locus};
use crate::domain::text::Lent;
use crate::domain::time::{Span, Ts};
use crate::parse::{Body, Record};
use crate::store::batch::Packer;
use crate::store::segment::{Line, Spent, bare_extra};

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

/// Whose file is read, and how it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub agent: &'a AgentId,
    pub file: FileId,
    pub sighting: &'a Sighting,
}

/// Keeps one record: a beat is packed, a step listed, and an insight is read again when it is shown.
pub fn keep(
    record: Record<'_>,
    origin: &Origin<'_>,
    packer: &mut Packer,
    steps: &mut Vec<StepFact>,
) {
    let locus = Locus {
        file: origin.file,
        offset: record.offset,
        len: record.len,
        line: record.line,
    };
    match record.body {
        Body::Beat(heartbeat) => pack(heartbeat, locus, origin, packer),
        Body::Step(step) => steps.push(StepFact { step, locus }),
        Body::Insight(_) => {}
    }
}

fn pack(heartbeat: Heartbeat<'_>, locus: Locus, origin: &Origin<'_>, packer: &mut Packer) {
    let sighting = origin.sighting;
    let (at, clock_off) = judged_time(heartbeat.at.at, heartbeat.at.surety, sighting);
    let mut acted = false;
    let mut take = |class, list: Items<'_>| {
        let count = list.count.max(list.listed.len() as u32);
        for item in list.listed.into_iter().take(MOST_ITEMS) {
            acted |= acts(&item);
            packer.list(class, shortened(item));
        }
        count
    };
    let counts = Counts {
        did: take(ItemClass::Did, heartbeat.did),
        skipped: take(ItemClass::Skipped, heartbeat.skipped),
        failed: take(ItemClass::Failed, heartbeat.failed),
    };
    if let Some(msg) = heartbeat.msg {
        let message = Item {
            what: short(msg),
            ..Item::default()
        };
        packer.list(ItemClass::Message, message);
    }
    let extra = Extra {
        word: heartbeat.word.as_ref().map(Lent::keep),
        resources: heartbeat.resources.iter().map(Lent::keep).collect(),
        process: heartbeat.process.map(|p| p.map(|host| host.keep())),
        error_type: heartbeat.error_type.as_ref().map(Lent::keep),
        cost: None,
    };
    let extra = bare_extra(&extra);
    let spent = heartbeat.cost.map(|cost| Spent {
        model: cost.model.map_or(0, |name| packer.model(name.exact())),
        tokens_in: cost.tokens_in,
        tokens_out: cost.tokens_out,
        usd: cost.usd,
    });
    let task = heartbeat.task.map_or(0, |name| packer.task(name.exact()));
    let line = Line {
        at,
        acts: acted,
        surety: heartbeat.at.surety,
        clock_off,
        seen: sighting.live.then_some(sighting.now),
        status: heartbeat.status,
        run: heartbeat.run.as_ref().map(Lent::exact),
        task,
        due: heartbeat.due,
        started: heartbeat.started,
        duration: heartbeat.duration,
        next: heartbeat.next,
        epoch: heartbeat.epoch,
        counts,
        spent,
        extra: extra.as_deref(),
        locus,
    };
    let own = heartbeat.agent.as_ref().map(Lent::exact);
    packer.put(own.unwrap_or(origin.agent.as_str()), &line);
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

/// It names what it touched, so that doing it twice can be told.
fn acts(item: &Item<Lent<'_>>) -> bool {
    let changes = match item.tier {
        Some(Tier::Mutating | Tier::AppendOnly) => true,
        Some(Tier::ReadOnly) | None => false,
    };
    changes || item.key.is_some() || item.target.is_some()
}

fn shortened(mut item: Item<Lent<'_>>) -> Item<Lent<'_>> {
    item.what = short(item.what);
    item.why = item.why.map(short);
    item
}

fn short(text: Lent<'_>) -> Lent<'_> {
    if text.exact().len() <= MOST_TEXT {
        return text;
    }
    let end = text.exact().floor_char_boundary(MOST_TEXT);
    Lent::from(format!("{}…", &text.exact()[..end]))
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
