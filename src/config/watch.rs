//! `[watch]`: what `rounds watch` runs.

use toml::de::DeTable;

use super::keys::{LEAST, Section};
use super::load::Loader;
use super::model::WatchConfig;
use crate::domain::finding::Severity;
use crate::domain::time::Span;

/// Pings more often than this tell nobody more.
const MOST_OFTEN: Span = Span::secs(10);

impl Loader<'_> {
    pub(super) fn watch(&mut self, table: &DeTable<'_>) -> WatchConfig {
        let mut read = WatchConfig::default();
        let least = [Severity::Warning, Severity::Critical];
        for (key, value) in table {
            let name: &str = key.get_ref();
            let full = format!("watch.{name}");
            match name {
                "hook" => read.hook = self.argv(&full, value, &[]),
                "min" => {
                    let min = self.desk.one_of(&full, value, LEAST, &least);
                    read.least = min.unwrap_or(read.least);
                }
                "digest" => read.digest = self.argv(&full, value, &[]),
                "digest_at" => {
                    let at = self.desk.clock(&full, value);
                    read.digest_at = at.unwrap_or(read.digest_at);
                }
                "ping" => read.ping = self.argv(&full, value, &[]),
                "ping_every" => {
                    let every = self.desk.duration(&full, value);
                    read.ping_every = every.unwrap_or(read.ping_every).max(MOST_OFTEN);
                }
                "timeout" => read.timeout = self.timeout(&full, value),
                _ => self.unknown(Section::Watch, "watch", key, &[]),
            }
        }
        read
    }
}
