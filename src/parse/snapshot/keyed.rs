//! Maps whose keys are days or moments: `{"2026-03-28": [{…}]}`, `{"2026-03-28T10:15:07Z": {…}}`.

use crate::domain::heartbeat::{Stamp, Surety};

use super::super::beat::beat;
use super::super::json::Node;
use super::super::report::Reporter;
use super::super::timestamp::{self, Frame, scan};
use super::super::{Context, vocabulary::Vocabulary};
use super::{Out, has_time};

/// The records of each day of a map of days, and those of a map of moments.
pub(super) fn read<'t>(map: Node<'t>, ctx: &Context<'_>, out: Out<'_, 't>) {
    for (key, value) in map.fields() {
        let Some(stamp) = key.text().and_then(|key| moment(&key, ctx)) else {
            continue;
        };
        let text = key.verbatim();
        let of_day = Context {
            path: &text,
            ..*ctx
        };
        let day_only = stamp.surety == Surety::DayOnly;
        let records = value.items().filter(|_| day_only);
        for record in records.filter(|record| has_time(*record, &of_day)) {
            one(record, None, &of_day, out);
        }
        if value.is_object() {
            let own = has_time(value, &of_day);
            one(value, (!own).then_some(stamp), &of_day, out);
        }
    }
}

/// Whether most of its keys are times.
pub(super) fn is_one(map: Node<'_>, vocabulary: &Vocabulary) -> bool {
    let (mut all, mut timed) = (0, 0);
    for (key, _) in map.fields() {
        all += 1;
        let named = key.text().is_some_and(|key| {
            scan(&key, vocabulary)
                .is_some_and(|(found, end)| found.day.is_some() && end == key.len())
        });
        timed += u32::from(named);
    }
    timed * 2 > all
}

fn moment(key: &str, ctx: &Context<'_>) -> Option<Stamp> {
    let frame = Frame {
        zone: ctx.zone,
        day: None,
        vocabulary: ctx.vocabulary,
    };
    timestamp::stamp(key, &frame)
}

/// A record, at its key's time where it has none of its own.
fn one<'t>(record: Node<'t>, at: Option<Stamp>, ctx: &Context<'_>, out: Out<'_, 't>) {
    // That it has no time of its own is no mistake here.
    let mut quiet = Reporter::new(&[], 0, 1);
    if let Some(mut beat) = beat(record, ctx, &mut quiet) {
        beat.at = at.unwrap_or(beat.at);
        out(record, beat);
    }
}
