//! The agents' own words: status words, names of fields, zones.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::keys::{self, Section};
use super::load::Loader;
use crate::domain::text;
use crate::parse::vocabulary::{Class, Field};

impl Loader<'_> {
    pub(super) fn words(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "status" => self.table("words.status", value, |loader, table| {
                    loader.words.words =
                        loader.word_lists(Section::StatusWords, table, Class::named);
                    loader.refuse_repeats(table);
                }),
                "fields" => self.table("words.fields", value, |loader, table| {
                    loader.words.aliases =
                        loader.word_lists(Section::FieldWords, table, Field::named);
                }),
                _ => self.unknown(Section::Top, "words", key, &["status", "fields"]),
            }
        }
    }

    /// The words of a table, each with what its key means.
    fn word_lists<T: Copy>(
        &mut self,
        section: Section,
        table: &DeTable<'_>,
        named: impl Fn(&str) -> Option<T>,
    ) -> Vec<(T, String)> {
        let mut all = Vec::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let known = keys::of(section).find(|known| known.name == name);
            let Some(meaning) = known.and_then(|known| named(known.name)) else {
                self.unknown(section, section.header(), key, &[]);
                continue;
            };
            let path = format!("{}.{name}", section.header());
            let words = self.desk.words(&path, value).unwrap_or_default();
            all.extend(words.into_iter().map(|word| (meaning, word)));
        }
        all
    }

    /// One word in two classes would be read as whichever comes last.
    fn refuse_repeats(&mut self, table: &DeTable<'_>) {
        let mut seen: BTreeMap<String, Class> = BTreeMap::new();
        for (class, word) in &self.words.words {
            let Some(other) = seen.insert(word.to_lowercase(), *class) else {
                continue;
            };
            let Some(value) = table.get(class.word()).filter(|_| other != *class) else {
                continue;
            };
            let found = format!(
                "\"{}\" is also in words.status.{}",
                text::clean_within(word, 40),
                other.word()
            );
            let key = format!("words.status.{}", class.word());
            let remedy = "leave it in one of the two".to_owned();
            self.desk.problem(
                value.span(),
                &key,
                found,
                "each word in one class".to_owned(),
                remedy,
            );
        }
    }

    pub(super) fn zones(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = format!("zones.{}", key.get_ref());
            if let Some(zone) = self.desk.zone(&path, value) {
                self.words.zones.push((key.get_ref().to_string(), zone));
            }
        }
    }
}
