//! temp
use super::{Reader, vocabulary::Vocabulary};
pub fn reader_for(path: &str, _head: &[u8], _v: &Vocabulary) -> Option<(Reader, &'static str)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with("heartbeat") && name.contains(".jsonl") || path.starts_with("heartbeat/") {
        return Some((Reader::Json, "heartbeat log"));
    }
    if name.starts_with("wal.jsonl") {
        return Some((Reader::Wal, "wal"));
    }
    if name == "schedule.json" || path.starts_with("schedule/") {
        return Some((Reader::Plan, "plan"));
    }
    if name == "INSIGHTS.md" {
        return Some((Reader::Insights, "insights"));
    }
    if name.ends_with(".lock") {
        return Some((Reader::Lock, "lock"));
    }
    None
}
