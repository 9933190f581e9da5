//! Field aliases and status words: the built-in tables, extended by the config.
//!
//! Fleets name the same thing in many ways. A key is compared without case, `_`, `-`, `.` and spaces, so that `runId`,
//! `run_id` and `Run ID` are one. Of several aliases in one record the first of the table that is not empty wins.

use crate::domain::time::Zone;

mod key;
mod table;
pub mod words;

use key::{Shapes, Table, look_up};

pub use key::folded;
pub use words::{Class, Place};

/// A field of the model that a key of a record can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// When the record was written.
    At,
    Agent,
    Run,
    Task,
    Started,
    Ended,
    DurationMs,
    /// Seconds, or text such as `3960m` and `0:04:12`.
    Duration,
    Status,
    /// A boolean that says ok.
    Good,
    /// A boolean that says failed.
    Bad,
    Level,
    Event,
    Due,
    Next,
    Did,
    /// Names the agent as `agent:<name>:…`.
    Session,
    Skipped,
    Failed,
    /// Stages or steps, each with a status of its own.
    Stages,
    Message,
    Error,
    /// The run is one thing, the delivery of its result another.
    DeliveryError,
    ErrorType,
    Resource,
    Epoch,
    Pid,
    PidStarted,
    Host,
    Model,
    TokensIn,
    TokensOut,
    CostUsd,
    /// An object with token counts.
    Usage,
}

impl Field {
    pub const ALL: [Self; 34] = [
        Self::At,
        Self::Agent,
        Self::Run,
        Self::Task,
        Self::Started,
        Self::Ended,
        Self::DurationMs,
        Self::Duration,
        Self::Status,
        Self::Good,
        Self::Bad,
        Self::Level,
        Self::Event,
        Self::Due,
        Self::Next,
        Self::Did,
        Self::Session,
        Self::Skipped,
        Self::Failed,
        Self::Stages,
        Self::Message,
        Self::Error,
        Self::DeliveryError,
        Self::ErrorType,
        Self::Resource,
        Self::Epoch,
        Self::Pid,
        Self::PidStarted,
        Self::Host,
        Self::Model,
        Self::TokensIn,
        Self::TokensOut,
        Self::CostUsd,
        Self::Usage,
    ];

    /// The name in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::At => "ts",
            Self::Agent => "agent",
            Self::Run => "run_id",
            Self::Task => "task",
            Self::Started => "started",
            Self::Ended => "ended",
            Self::DurationMs => "duration_ms",
            Self::Duration => "duration_s",
            Self::Status => "status",
            Self::Good => "ok",
            Self::Bad => "is_error",
            Self::Level => "level",
            Self::Event => "event",
            Self::Due => "due",
            Self::Next => "next",
            Self::Did => "did",
            Self::Session => "session_key",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Stages => "stages",
            Self::Message => "msg",
            Self::Error => "error",
            Self::DeliveryError => "delivery_error",
            Self::ErrorType => "error_type",
            Self::Resource => "resource",
            Self::Epoch => "epoch",
            Self::Pid => "pid",
            Self::PidStarted => "pid_started",
            Self::Host => "host",
            Self::Model => "model",
            Self::TokensIn => "tokens_in",
            Self::TokensOut => "tokens_out",
            Self::CostUsd => "cost_usd",
            Self::Usage => "usage",
        }
    }

    /// The field of this name in the config.
    pub fn named(name: &str) -> Option<Self> {
        let name = folded(name);
        Self::ALL.into_iter().find(|f| folded(f.word()) == name)
    }

    /// The contract's own spelling, found without a table: the way of nearly every key of a contract log.
    pub(super) fn of_contract(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"ts" => Self::At,
            b"agent" => Self::Agent,
            b"run_id" => Self::Run,
            b"task" => Self::Task,
            b"status" => Self::Status,
            b"due" => Self::Due,
            b"started" => Self::Started,
            b"duration_ms" => Self::DurationMs,
            b"did" => Self::Did,
            b"skipped" => Self::Skipped,
            b"failed" => Self::Failed,
            b"msg" => Self::Message,
            b"next" => Self::Next,
            b"epoch" => Self::Epoch,
            b"resource" => Self::Resource,
            b"pid" => Self::Pid,
            b"pid_started" => Self::PidStarted,
            b"host" => Self::Host,
            b"model" => Self::Model,
            b"tokens_in" => Self::TokensIn,
            b"tokens_out" => Self::TokensOut,
            b"cost_usd" => Self::CostUsd,
            b"error_type" => Self::ErrorType,
            _ => return None,
        })
    }
}

/// What the config adds to the built-in tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// A key and the field it fills; it wins over the built-in aliases of that field.
    pub aliases: Vec<(Field, String)>,
    /// A status word or phrase and its class; it wins over the built-in one.
    pub words: Vec<(Class, String)>,
    /// A zone word such as `CST` and what it means here.
    pub zones: Vec<(String, Zone)>,
}

/// A field that a key fills, and its place among the aliases of that field: the lower wins.
pub(super) type Target = (Field, u8);

/// Rank of the contract's own names, which win over everything.
pub(super) const OWN: u8 = 0;
/// Rank of what the config adds.
const CONFIGURED: u8 = 1;

/// The words in force. Built once from the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    aliases: Table<Vec<Target>>,
    words: Table<Class>,
    shapes: Shapes,
    zones: Table<Zone>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        let mut vocabulary = Self {
            aliases: Table::default(),
            words: Table::default(),
            shapes: Shapes::default(),
            zones: Table::default(),
        };
        for (field, keys) in table::ALIASES {
            for (rank, key) in (CONFIGURED + 1..).zip(*keys) {
                let rank = if *key == field.word() { OWN } else { rank };
                vocabulary.alias(key, *field, rank);
            }
        }
        for (class, list) in table::WORDS {
            for word in *list {
                vocabulary.word(words::normal(word), *class);
            }
        }
        // A zone that is named by its city needs no config.
        let beijing = Zone::Fixed(8 * 3_600);
        vocabulary.zones.insert("北京时间".to_owned(), beijing);
        vocabulary
    }
}

impl Vocabulary {
    /// The built-in tables with the operator's additions.
    #[must_use]
    pub fn extend(mut self, extra: &Extra) -> Self {
        for (field, key) in &extra.aliases {
            self.alias(key, *field, CONFIGURED);
        }
        for (class, word) in &extra.words {
            let normal = words::normal(word);
            let key = if normal.is_empty() {
                word.trim().to_owned()
            } else {
                normal
            };
            self.word(key, *class);
        }
        for (word, zone) in &extra.zones {
            self.zones.insert(word.to_ascii_uppercase(), *zone);
        }
        self
    }

    fn word(&mut self, word: String, class: Class) {
        self.shapes.add(&word);
        self.words.insert(word, class);
    }

    fn alias(&mut self, key: &str, field: Field, rank: u8) {
        let targets = self.aliases.entry(folded(key).into_owned()).or_default();
        match targets.iter_mut().find(|(known, _)| *known == field) {
            Some(target) => target.1 = target.1.min(rank),
            None => targets.push((field, rank)),
        }
    }

    /// The fields a key fills, in no order.
    pub(super) fn targets(&self, key: &str) -> &[Target] {
        look_up(&self.aliases, key).map_or(&[], Vec::as_slice)
    }

    /// What a zone word of the config means. UTC, GMT±n and IANA names need no entry.
    pub fn zone(&self, word: &str) -> Option<Zone> {
        self.zones.get(&word.to_ascii_uppercase()).copied()
    }

    /// The class of a status text, as the field it stands in allows; see `words::classify`.
    pub fn class(&self, text: &str, place: Place) -> Option<Class> {
        if self.shapes.exclude(text) {
            return None;
        }
        words::classify(&self.words, text, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_and_snake_case_are_one_key() {
        let v = Vocabulary::default();
        assert_eq!(v.targets("runId"), v.targets("run_id"));
        assert_eq!(v.targets("RUN-ID"), v.targets("run_id"));
        assert_eq!(v.targets("durationMs"), [(Field::DurationMs, OWN)]);
        assert!(v.targets("filesChanged").is_empty());
    }

    #[test]
    fn earlier_aliases_outrank_later_ones_and_the_config_outranks_both() {
        let v = Vocabulary::default().extend(&Extra {
            aliases: vec![(Field::Task, "mission".into())],
            ..Extra::default()
        });
        let rank = |key: &str| {
            let found = v.targets(key).iter().find(|(f, _)| *f == Field::Task);
            found.map(|(_, rank)| *rank).unwrap()
        };
        assert!(rank("task") < rank("mission"));
        assert!(rank("mission") < rank("task_id"));
        assert!(rank("task_id") < rank("title"));
    }

    #[test]
    fn config_words_win_over_built_in_ones() {
        let v = Vocabulary::default().extend(&Extra {
            words: vec![
                (Class::Ok, "Nothing New".into()),
                (Class::Skipped, "done".into()),
            ],
            zones: vec![("CST".into(), Zone::Fixed(8 * 3600))],
            ..Extra::default()
        });
        assert_eq!(v.class("nothing_new", Place::Status), Some(Class::Ok));
        assert_eq!(v.class("done", Place::Status), Some(Class::Skipped));
        assert_eq!(v.zone("cst"), Some(Zone::Fixed(28_800)));
    }

    #[test]
    fn every_field_is_found_by_its_config_name() {
        for field in Field::ALL {
            assert_eq!(Field::named(field.word()), Some(field));
        }
        assert_eq!(Field::named("nonsense"), None);
    }

    #[test]
    fn the_contracts_names_rank_first() {
        let v = Vocabulary::default();
        for name in ["ts", "run_id", "did", "msg", "next", "tokens_in", "task"] {
            let field = Field::of_contract(name.as_bytes()).unwrap();
            assert_eq!(v.targets(name), [(field, OWN)], "{name}");
        }
    }
}
