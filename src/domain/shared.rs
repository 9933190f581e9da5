//! Texts of a record that is packed as a whole: each stands in the bytes once, and taken apart they are one text again.
//!
//! An agent's facts name the same runs, tasks, targets and hosts hundreds of times. Outside of [`pack`] and [`unpack`] a
//! text is written where it stands.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

#[derive(Debug, Default)]
enum Table {
    #[default]
    Closed,
    Packing {
        numbers: HashMap<Arc<str>, u32>,
        texts: Vec<Arc<str>>,
    },
    Unpacking(Vec<Arc<str>>),
}

thread_local! {
    static TABLE: RefCell<Table> = const { RefCell::new(Table::Closed) };
}

/// Closes the table however the work ends.
struct Open;

impl Open {
    fn with(table: Table) -> Self {
        TABLE.set(table);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        TABLE.take();
    }
}

/// Writes numbers for the texts of what is serialised meanwhile. Their table comes back beside it.
pub fn pack<T>(work: impl FnOnce() -> T) -> (T, Vec<Arc<str>>) {
    let open = Open::with(Table::Packing {
        numbers: HashMap::new(),
        texts: Vec::new(),
    });
    let done = work();
    let texts = match TABLE.take() {
        Table::Packing { texts, .. } => texts,
        Table::Closed | Table::Unpacking(_) => Vec::new(),
    };
    drop(open);
    (done, texts)
}

/// Reads numbers for the texts of what is deserialised meanwhile, each out of the table that [`pack`] gave.
pub fn unpack<T>(texts: Vec<Arc<str>>, work: impl FnOnce() -> T) -> T {
    let _open = Open::with(Table::Unpacking(texts));
    work()
}

/// For `#[serde(with)]`.
pub fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    let number = TABLE.with_borrow_mut(|table| match table {
        Table::Packing { numbers, texts } => {
            Some(*numbers.entry(text.clone()).or_insert_with(|| {
                texts.push(text.clone());
                texts.len() as u32 - 1
            }))
        }
        Table::Closed | Table::Unpacking(_) => None,
    });
    match number {
        Some(number) => serializer.serialize_u32(number),
        None => serializer.serialize_str(text),
    }
}

/// For `#[serde(with)]`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    if !TABLE.with_borrow(|table| matches!(table, Table::Unpacking(_))) {
        return deserializer.deserialize_str(Kept);
    }
    let number = u32::deserialize(deserializer)?;
    TABLE
        .with_borrow(|table| match table {
            Table::Unpacking(texts) => texts.get(number as usize).cloned(),
            Table::Closed | Table::Packing { .. } => None,
        })
        .ok_or_else(|| D::Error::custom("a text that is not in the table"))
}

/// Keeps a text with one copy; the way over `String` takes two.
struct Kept;

impl Visitor<'_> for Kept {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Arc<str>, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Serialize;

    use super::*;
    use crate::domain::id::{RunId, TaskId};
    use crate::domain::text::Untrusted;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        run: Option<RunId>,
        tasks: Vec<TaskId>,
        text: Untrusted,
    }

    fn record(texts: &[String]) -> Record {
        Record {
            run: texts.first().map(|text| RunId::from(text.as_str())),
            tasks: texts
                .iter()
                .map(|text| TaskId::from(text.as_str()))
                .collect(),
            text: Untrusted::from(texts.concat()),
        }
    }

    #[test]
    fn equal_texts_are_one_text_again() {
        let before = record(&["a".to_owned(), "b".to_owned(), "a".to_owned()]);
        let (bytes, texts) = pack(|| postcard::to_allocvec(&before).unwrap());
        assert_eq!(texts.len(), 3, "{texts:?}");
        let after: Record = unpack(texts, || postcard::from_bytes(&bytes).unwrap());
        assert_eq!(after, before);
        let place = |text: &TaskId| text.as_str().as_ptr();
        assert_eq!(place(&after.tasks[0]), place(&after.tasks[2]));
        assert_eq!(
            after.run.map(|run| run.as_str().as_ptr()),
            Some(place(&after.tasks[0]))
        );
    }

    #[test]
    fn a_number_without_a_text_is_an_error_and_the_table_is_closed_after_it() {
        let (bytes, mut texts) = pack(|| postcard::to_allocvec(&record(&["a".to_owned()])));
        texts.clear();
        let torn = unpack(texts, || postcard::from_bytes::<Record>(&bytes.unwrap()));
        assert!(torn.is_err());
        let plain = postcard::to_allocvec(&TaskId::from("a")).unwrap();
        assert_eq!(plain, b"\x01a");
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back_and_stands_alone_outside(texts in proptest::collection::vec(".{0,8}", 0..20)) {
            let before = record(&texts);
            let (bytes, table) = pack(|| postcard::to_allocvec(&before).unwrap());
            let after: Record = unpack(table, || postcard::from_bytes(&bytes).unwrap());
            prop_assert_eq!(&after, &before);
            let alone = postcard::to_allocvec(&before).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Record>(&alone).unwrap(), before);
            let json = serde_json::to_string(&after).unwrap();
            prop_assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), after);
        }
    }
}
