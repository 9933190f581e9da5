//! Records on their way into the mirror: packed as they will be, with numbers that the reader gives.
//!
//! Whoever reads numbers every item and every name when it first meets it, and hands its text over once. The writer keeps
//! which of the mirror's numbers each of them is ([`Numbers`]). So a record that says what others said before costs no
//! allocation on its way, and the writer looks nothing up.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::item::{AsIs, hash};
use super::segment::{self, Line, Packed, Writer, model_name, set_model};
use crate::domain::facts::Beat;
use crate::domain::heartbeat::{Item, ItemClass};
use crate::domain::id::{AgentId, ItemId, TaskId};
use crate::domain::text::Lent;
use crate::domain::time::Ts;

/// Items that a reader knows by number (about 4 MB); past it numbering begins anew.
const MOST_ITEMS: usize = 200_000;
/// Names that a reader knows by number; past it numbering begins anew.
const MOST_NAMES: usize = 50_000;

/// What one piece of a file said.
#[derive(Debug, Default)]
pub struct Batch {
    groups: Vec<Group>,
    lines: Writer,
    /// Items met for the first time, each with the hash it is found by; numbered from `first_item` on.
    pub items: Vec<(i64, Item)>,
    /// Names of tasks and models met for the first time, numbered from `first_name` on.
    pub names: Vec<TaskId>,
    first_item: usize,
    first_name: usize,
}

/// Records of one agent that stand together.
#[derive(Debug)]
pub struct Group {
    pub agent: AgentId,
    pub from: Ts,
    pub to: Ts,
    records: usize,
}

impl Batch {
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.records).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The number of the first item of `items`; 0 also where numbering begins anew.
    pub fn first_item(&self) -> usize {
        self.first_item
    }

    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub fn records(&self) -> Records<'_> {
        Records {
            groups: &self.groups,
            read: 0,
            reader: segment::Reader::new(Ts(0), &self.lines.bytes),
        }
    }
}

/// Gives the records of a batch, in their order, with the reader's numbers.
pub struct Records<'a> {
    groups: &'a [Group],
    /// Records of the first group that were given.
    read: usize,
    reader: segment::Reader<'a>,
}

impl<'a> Records<'a> {
    /// The next record and its agent; its items take the place of those in `items`.
    pub fn next(
        &mut self,
        items: &mut Vec<(ItemClass, ItemId)>,
    ) -> Option<(&'a AgentId, Line<'a>)> {
        let group = self.groups.first()?;
        let line = self.reader.line(items)?;
        self.read += 1;
        if self.read == group.records {
            self.groups = &self.groups[1..];
            self.read = 0;
        }
        Some((&group.agent, line))
    }
}

type Numbered = HashMap<i64, u32, BuildHasherDefault<AsIs>>;

/// Packs what one reader reads.
#[derive(Debug)]
pub struct Packer {
    seed: u64,
    items: Numbered,
    names: Numbered,
    /// Of the record that is being put together.
    listed: Vec<(ItemClass, ItemId)>,
    batch: Batch,
}

impl Packer {
    /// `seed` is [`Mirror::item_seed`](super::Mirror::item_seed).
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            items: Numbered::default(),
            names: Numbered::default(),
            listed: Vec::new(),
            batch: Batch::default(),
        }
    }

    /// Adds an item to the record that is put next.
    pub fn list(&mut self, class: ItemClass, item: Item<Lent<'_>>) {
        let hash = hash(&item, self.seed);
        let next = self.items.len() as u32;
        let number = *self.items.entry(hash).or_insert(next);
        if number == next {
            let item = item.map(|text| text.keep());
            self.batch.items.push((hash, item));
        }
        self.listed.push((class, ItemId(i64::from(number))));
    }

    /// The number of a task.
    pub fn task(&mut self, name: &str) -> i64 {
        let hash = xxh3_64_with_seed(name.as_bytes(), self.seed);
        self.name(hash, || TaskId::from(name))
    }

    /// The number of a model, apart from a task of the same name.
    pub fn model(&mut self, name: &str) -> i64 {
        let hash = xxh3_64_with_seed(name.as_bytes(), !self.seed);
        self.name(hash, || TaskId::from(model_name(name).as_str()))
    }

    fn name(&mut self, hash: u64, name: impl FnOnce() -> TaskId) -> i64 {
        let next = self.names.len() as u32;
        let number = *self.names.entry(hash as i64).or_insert(next);
        if number == next {
            self.batch.names.push(name());
        }
        // 0 is none.
        i64::from(number) + 1
    }

    /// Packs a record with the items that were listed for it.
    pub fn put(&mut self, agent: &str, line: &Line<'_>) {
        let same = |group: &&mut Group| group.agent.as_str() == agent;
        if let Some(group) = self.batch.groups.last_mut().filter(same) {
            group.records += 1;
            group.from = group.from.min(line.at);
            group.to = group.to.max(line.at);
        } else {
            self.batch.groups.push(Group {
                agent: AgentId::from(agent),
                from: line.at,
                to: line.at,
                records: 1,
            });
        }
        self.batch.lines.put(line, &self.listed);
        self.listed.clear();
    }

    /// Forgets what was put since the last batch, and with it what it would have told.
    pub fn discard(&mut self) {
        *self = Self::new(self.seed);
    }

    /// What was put since the last time. Every batch must reach the writer, or be [discarded](Self::discard) unfinished.
    pub fn finish(&mut self) -> Batch {
        if self.items.len() >= MOST_ITEMS {
            self.items.clear();
        }
        if self.names.len() >= MOST_NAMES {
            self.names.clear();
        }
        // The next piece is about as long.
        let lines = Writer::with_room(Ts(0), self.batch.lines.bytes.len() * 9 / 8);
        let next = Batch {
            lines,
            first_item: self.items.len(),
            first_name: self.names.len(),
            ..Batch::default()
        };
        std::mem::replace(&mut self.batch, next)
    }
}

/// Which of the mirror's numbers the numbers of one reader are. Lives as long as the reader's [`Packer`].
#[derive(Debug, Default)]
pub struct Numbers {
    pub(super) items: Vec<ItemId>,
    pub(super) tasks: Vec<i64>,
    pub(super) names: Names,
}

impl Numbers {
    /// Forgets what the reader numbers anew.
    pub(super) fn begin(&mut self, batch: &Batch) {
        debug_assert!(
            batch.first_item <= self.items.len(),
            "a batch between was lost"
        );
        self.items.truncate(batch.first_item);
        self.tasks.truncate(batch.first_name);
        self.names.begin(batch);
    }

    pub(super) fn task(&self, number: i64) -> i64 {
        let index = usize::try_from(number - 1).ok();
        index
            .and_then(|index| self.tasks.get(index))
            .copied()
            .unwrap_or(0)
    }

    /// Gives a record and its items the mirror's numbers.
    pub(super) fn translate(&self, line: &mut Line<'_>, items: &mut [(ItemClass, ItemId)]) {
        line.task = self.task(line.task);
        if let Some(spent) = &mut line.spent {
            spent.model = self.task(spent.model);
        }
        for (_, id) in items {
            *id = self.items[id.0 as usize];
        }
    }
}

/// The names that one reader has numbered.
#[derive(Debug, Default)]
pub struct Names(Vec<TaskId>);

impl Names {
    fn begin(&mut self, batch: &Batch) {
        self.0.truncate(batch.first_name);
        self.0.extend(batch.names.iter().cloned());
    }

    /// Learns the names that a batch brings.
    pub fn learn(&mut self, batch: &Batch) {
        self.begin(batch);
    }

    fn get(&self, number: i64) -> Option<&TaskId> {
        self.0.get(usize::try_from(number - 1).ok()?)
    }

    /// A beat with the names behind the reader's numbers.
    pub fn named(&self, packed: Packed) -> Beat {
        let mut beat = packed.beat;
        beat.task = self.get(packed.task).cloned();
        set_model(&mut beat, self.get(packed.model).map(TaskId::as_str));
        beat
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Extra;
    use crate::domain::heartbeat::Cost;
    use crate::domain::text::Untrusted;

    fn item(what: &str) -> Item<Lent<'_>> {
        Item {
            what: Lent::from(what),
            ..Item::default()
        }
    }

    #[test]
    fn a_text_is_handed_over_once() {
        let mut packer = Packer::new(7);
        for what in ["a", "b", "a"] {
            packer.list(ItemClass::Did, item(what));
        }
        packer.put("social", &Line::default());
        assert_eq!(packer.finish().items.len(), 2);
        packer.list(ItemClass::Failed, item("b"));
        packer.put("social", &Line::default());
        let second = packer.finish();
        let mut items = Vec::new();
        assert!(second.records().next(&mut items).is_some());
        assert_eq!(second.items, []);
        assert_eq!(items, [(ItemClass::Failed, ItemId(1))]);
    }

    #[test]
    fn records_come_back_with_their_agents_and_names() {
        let mut packer = Packer::new(7);
        let task = packer.task("replies");
        let model = packer.model("replies");
        assert_ne!(task, model);
        let spent = segment::Spent {
            model,
            tokens_in: Some(3),
            ..segment::Spent::default()
        };
        for (agent, at) in [("a", 5), ("a", 3), ("b", 9)] {
            let line = Line {
                at: Ts(at),
                task,
                spent: Some(spent),
                ..Line::default()
            };
            packer.put(agent, &line);
        }
        let batch = packer.finish();
        let spans: Vec<_> = batch.groups().iter().map(|g| (g.from.0, g.to.0)).collect();
        assert_eq!((batch.len(), spans), (3, vec![(3, 5), (9, 9)]));
        let mut names = Names::default();
        names.learn(&batch);
        let (mut items, mut records, mut found) = (Vec::new(), batch.records(), Vec::new());
        while let Some((agent, line)) = records.next(&mut items) {
            let beat = names.named(line.keep(&items));
            assert_eq!(beat.task, Some(TaskId::from("replies")));
            let cost = Cost {
                model: Some(Untrusted::from("replies")),
                tokens_in: Some(3),
                ..Cost::default()
            };
            let extra = Extra {
                cost: Some(cost),
                ..Extra::default()
            };
            assert_eq!(beat.extra, Some(Box::new(extra)));
            found.push((agent.as_str().to_owned(), beat.at.0));
        }
        assert_eq!(found, [("a".into(), 5), ("a".into(), 3), ("b".into(), 9)]);
    }
}
