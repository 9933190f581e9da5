//! Which member of an object fills which field of the model: the first alias of the table that is not empty.

use std::borrow::Cow;

use crate::domain::heartbeat::{Stamp, Surety};
use crate::domain::text::Lent;
use crate::domain::time::{Day, Span, Ts};

use super::Context;
use super::json::{Kind, Node};
use super::timestamp::{self, Frame};
use super::vocabulary::{Field, OWN, Vocabulary};

const NONE: (u8, u32) = (u8::MAX, 0);

/// The members of one object by field.
pub(super) struct Slots<'t> {
    object: Node<'t>,
    found: [(u8, u32); Field::ALL.len()],
}

impl<'t> Slots<'t> {
    pub fn of(object: Node<'t>, vocabulary: &Vocabulary) -> Self {
        let mut slots = Self {
            object,
            found: [NONE; Field::ALL.len()],
        };
        for (key, value) in object.fields() {
            if value.is_empty() {
                continue;
            }
            if let Some(field) = Field::of_contract(key.raw()) {
                slots.offer(field, OWN, value);
                continue;
            }
            let name = key.text().unwrap_or(Cow::Borrowed(""));
            for (field, rank) in vocabulary.targets(&name) {
                slots.offer(*field, *rank, value);
            }
        }
        slots
    }

    /// Of equal keys the last one counts, as in every JSON reader.
    fn offer(&mut self, field: Field, rank: u8, value: Node<'t>) {
        let slot = &mut self.found[field as usize];
        if rank <= slot.0 {
            *slot = (rank, value.index());
        }
    }

    pub fn get(&self, field: Field) -> Option<Node<'t>> {
        let (rank, index) = self.found[field as usize];
        (rank != u8::MAX).then(|| self.object.at(index))
    }

    /// Whether a member of exactly this name says something.
    pub fn has(&self, key: &str) -> bool {
        self.object.get(key).is_some_and(|node| !node.is_empty())
    }

    pub fn text(&self, field: Field) -> Option<Cow<'t, str>> {
        let node = self.get(field)?;
        match node.kind() {
            Kind::Text { .. } | Kind::Number => Some(node.verbatim()),
            Kind::Null | Kind::Bool(_) | Kind::Array | Kind::Object => None,
        }
    }

    pub fn lent(&self, field: Field) -> Option<Lent<'t>> {
        self.text(field).map(Lent::new)
    }

    pub fn count(&self, field: Field) -> Option<u64> {
        self.get(field)?.count()
    }

    /// A time field; `Err` holds the place of a value that is no time.
    pub fn stamp(&self, field: Field, ctx: &Context<'_>) -> Result<Option<Stamp>, usize> {
        let Some(node) = self.get(field) else {
            return Ok(None);
        };
        match moment(node, || self.day(ctx), ctx) {
            Some(stamp) => Ok(Some(stamp)),
            None if matches!(node.kind(), Kind::Text { .. } | Kind::Number) => Err(node.span().0),
            None => Ok(None),
        }
    }

    pub fn at(&self, field: Field, ctx: &Context<'_>) -> Option<Ts> {
        let stamp = self.stamp(field, ctx).ok()??;
        (stamp.surety != Surety::DayOnly).then_some(stamp.at)
    }

    /// The day in force for clock-only times: the record's own `date`, else the file name's.
    fn day(&self, ctx: &Context<'_>) -> Option<Day> {
        let own = self.object.get("date").and_then(|n| n.text());
        own.and_then(|text| Day::parse(&text))
            .or_else(|| timestamp::day_in_name(ctx.path))
    }

    pub fn duration(&self) -> Option<Span> {
        let ms = self.get(Field::DurationMs).and_then(|node| {
            let number = node.number()?;
            (number.abs() < 3.2e12).then_some(Span(number as i64))
        });
        ms.or_else(|| length(self.get(Field::Duration)?))
    }
}

/// Seconds as a number, or a length as text.
pub(super) fn length(node: Node<'_>) -> Option<Span> {
    match node.kind() {
        Kind::Number | Kind::Text { .. } => timestamp::length(&node.verbatim()),
        Kind::Null | Kind::Bool(_) | Kind::Array | Kind::Object => None,
    }
}

/// A moment written as text or as epoch number. The day is asked for only when it is needed.
pub(super) fn moment(
    node: Node<'_>,
    day: impl FnOnce() -> Option<Day>,
    ctx: &Context<'_>,
) -> Option<Stamp> {
    match node.kind() {
        Kind::Text { .. } => {
            if let Some(at) = timestamp::exact(node.raw()) {
                return Some(Stamp::exact(at));
            }
            let frame = Frame {
                zone: ctx.zone,
                day: day(),
                vocabulary: ctx.vocabulary,
            };
            timestamp::stamp(&node.text()?, &frame)
        }
        Kind::Number => timestamp::epoch(std::str::from_utf8(node.raw()).ok()?).map(Stamp::exact),
        Kind::Null | Kind::Bool(_) | Kind::Array | Kind::Object => None,
    }
}
