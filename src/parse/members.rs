//! The members of an object by name, without case and separators: for documents that are read whole, where time is
//! not short.

use std::borrow::Cow;

use crate::domain::heartbeat::{Stamp, Surety};
use crate::domain::id::{AgentId, RunId, TaskId};
use crate::domain::text::Untrusted;
use crate::domain::time::{Day, Span, Ts, Zone};

use super::json::{Kind, Node};
use super::slots::{length, moment};
use super::vocabulary::folded;
use super::{Context, timestamp};

pub(super) struct Members<'t> {
    list: Vec<(Cow<'t, str>, Node<'t>)>,
}

impl<'t> Members<'t> {
    pub fn of(object: Node<'t>) -> Self {
        let named = |(key, value): (Node<'t>, Node<'t>)| {
            let name = match key.verbatim() {
                Cow::Borrowed(name) => folded(name),
                Cow::Owned(name) => Cow::Owned(folded(&name).into_owned()),
            };
            (name, value)
        };
        Self {
            list: object.fields().map(named).collect(),
        }
    }

    /// The first of these names that is there and says something. Of equal keys the last counts.
    pub fn get(&self, names: &[&str]) -> Option<Node<'t>> {
        names.iter().find_map(|name| {
            let mut found = self.list.iter().rev().filter(|(key, _)| key == name);
            found
                .find(|(_, value)| !value.is_empty())
                .map(|(_, value)| *value)
        })
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, Node<'t>)> {
        self.list.iter().map(|(key, value)| (&**key, *value))
    }

    pub fn text(&self, names: &[&str]) -> Option<Untrusted> {
        let node = self.get(names)?;
        matches!(node.kind(), Kind::Text { .. } | Kind::Number)
            .then(|| Untrusted::new(node.verbatim()))
    }

    pub fn task(&self, names: &[&str]) -> Option<TaskId> {
        self.text(names).map(|t| TaskId::from(t.exact()))
    }

    pub fn run(&self, names: &[&str]) -> Option<RunId> {
        self.text(names).map(|t| RunId::from(t.exact()))
    }

    pub fn agent(&self, names: &[&str]) -> Option<AgentId> {
        self.text(names).map(|t| AgentId::from(t.exact()))
    }

    pub fn count(&self, names: &[&str]) -> Option<u64> {
        self.get(names)?.count()
    }

    pub fn small(&self, names: &[&str]) -> Option<u32> {
        u32::try_from(self.count(names)?).ok()
    }

    pub fn flag(&self, names: &[&str]) -> Option<bool> {
        self.get(names)?.boolean()
    }

    /// The first of these names that is true or false: some are also names of lists and times.
    pub fn flag_of(&self, names: &[&str]) -> Option<bool> {
        let flag = |name: &&str| match self.get(&[*name])?.kind() {
            Kind::Bool(value) => Some(value),
            Kind::Null | Kind::Number | Kind::Text { .. } | Kind::Array | Kind::Object => None,
        };
        names.iter().find_map(flag)
    }

    pub fn zone(&self, names: &[&str]) -> Option<Zone> {
        Zone::parse(&self.get(names)?.text()?)
    }

    pub fn day(&self, names: &[&str]) -> Option<Day> {
        let text = self.get(names)?.text()?;
        Day::parse(text.get(..10).unwrap_or(&text))
    }

    pub fn stamp(&self, names: &[&str], day: Option<Day>, ctx: &Context<'_>) -> Option<Stamp> {
        moment(self.get(names)?, || day, ctx)
    }

    pub fn at(&self, names: &[&str], ctx: &Context<'_>) -> Option<Ts> {
        let stamp = self.stamp(names, timestamp::day_in_name(ctx.path), ctx)?;
        (stamp.surety != Surety::DayOnly).then_some(stamp.at)
    }

    /// A length under the first of these names; a bare number counts in `unit`s.
    pub fn span(&self, names: &[&str], unit: Span) -> Option<Span> {
        let node = self.get(names)?;
        match node.number() {
            Some(number) => {
                let millis = number * unit.0 as f64;
                (millis.abs() < 3.2e12).then_some(Span(millis.round() as i64))
            }
            None => length(node),
        }
    }
}
