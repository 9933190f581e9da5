//! `told.jsonl`: when each finding was first told and when it was over, append-only. It is how the delay of detection is
//! known after a restart and after the mirror was deleted.
//!
//! Any process may append; the first to tell a case counts. The owner of the mirror shortens the file from time to time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::domain::finding::{Blast, Finding, FindingKind, Severity};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::text::clean;
use crate::domain::time::{Span, Ts};
use crate::domain::told::Event;
use crate::sys::file::{append_private, lock, stat, stat_open};

/// Past this many bytes the file is shortened.
const LONG: u64 = 1 << 20;
/// What was only an info is kept this long.
const INFO_KEPT: Span = Span::days(7);

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
enum Line {
    Raised {
        at: Ts,
        case: String,
        kind: String,
        severity: String,
        agent: AgentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        since: Ts,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        blast: String,
        sentence: String,
        clears: String,
    },
    Cleared {
        at: Ts,
        case: String,
    },
}

impl Line {
    fn of(event: &Event) -> Self {
        match event {
            Event::Raised { at, finding } => Self::Raised {
                at: *at,
                case: finding.id(),
                kind: finding.kind.word().to_owned(),
                severity: finding.severity.word().to_owned(),
                agent: finding.agent.clone(),
                task: finding.task.clone(),
                since: finding.since,
                blast: finding.blast.word().to_owned(),
                sentence: clean(&finding.sentence).into_owned(),
                clears: clean(&finding.clears).into_owned(),
            },
            Event::Cleared { at, case } => Self::Cleared {
                at: *at,
                case: case.clone(),
            },
        }
    }

    /// `None`: a kind of another version.
    fn event(self) -> Option<Event> {
        match self {
            Self::Raised {
                at,
                case: _,
                kind,
                severity,
                agent,
                task,
                since,
                blast,
                sentence,
                clears,
            } => {
                let finding = Finding {
                    kind: *FindingKind::ALL.iter().find(|known| known.word() == kind)?,
                    severity: Severity::ALL
                        .into_iter()
                        .find(|known| known.word() == severity)?,
                    agent,
                    task,
                    since,
                    blast: Blast::ALL
                        .into_iter()
                        .find(|known| known.word() == blast)
                        .unwrap_or_default(),
                    sentence,
                    threshold: None,
                    evidence: Vec::new(),
                    clears,
                };
                Some(Event::Raised {
                    at,
                    finding: Arc::new(finding),
                })
            }
            Self::Cleared { at, case } => Some(Event::Cleared { at, case }),
        }
    }
}

/// How far the file was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    inode: u64,
    offset: u64,
}

/// What was appended since a place.
#[derive(Debug, Default)]
pub struct Tail {
    pub events: Vec<Event>,
    pub place: Place,
    /// The file was shortened meanwhile: these are all events there are.
    pub anew: bool,
}

#[derive(Clone, Debug)]
pub struct ToldLog(PathBuf);

impl ToldLog {
    pub fn in_state(state: &Path) -> Self {
        Self(state.join("told.jsonl"))
    }

    /// Appends what is to be remembered, in one write.
    pub fn append(&self, events: &[Event]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for event in events {
            let line = serde_json::to_string(&Line::of(event));
            lines.push_str(&line.map_err(|error| self.failed("append to")(error.into()))?);
            lines.push('\n');
        }
        let mut file = self.locked().map_err(self.failed("append to"))?;
        file.write_all(lines.as_bytes())
            .map_err(self.failed("append to"))
    }

    /// Everything after a place, whole lines only. A line that cannot be read is passed over.
    pub fn since(&self, place: Place) -> Result<Tail, StoreError> {
        let mut file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let anew = place != Place::default();
                return Ok(Tail {
                    anew,
                    ..Tail::default()
                });
            }
            Err(error) => return Err(self.failed("read")(error)),
        };
        let inode = stat_open(&file).map_err(self.failed("read"))?.ino;
        let anew = place.inode != inode && place != Place::default();
        let mut offset = if place.inode == inode {
            place.offset
        } else {
            0
        };
        file.seek(SeekFrom::Start(offset))
            .map_err(self.failed("read"))?;
        let (mut reader, mut line, mut events) = (BufReader::new(file), Vec::new(), Vec::new());
        loop {
            line.clear();
            let read = reader
                .read_until(b'\n', &mut line)
                .map_err(self.failed("read"))?;
            if !line.ends_with(b"\n") {
                break;
            }
            offset += read as u64;
            let parsed = serde_json::from_slice::<Line>(&line).ok();
            events.extend(parsed.and_then(Line::event));
        }
        let place = Place { inode, offset };
        Ok(Tail {
            events,
            place,
            anew,
        })
    }

    /// Whether something was appended since a place. Costs one stat.
    pub fn grew(&self, since: Place) -> bool {
        stat(&self.0).map_or(since != Place::default(), |now| {
            (now.ino, now.size) != (since.inode, since.offset)
        })
    }

    /// Lets go of what was over before a moment, and of infos sooner, where the file has grown long.
    pub fn shorten(&self, before: Ts, now: Ts) -> Result<(), StoreError> {
        if stat(&self.0).is_ok_and(|stat| stat.size > LONG) {
            self.shorten_to(before, now)
        } else {
            Ok(())
        }
    }

    fn shorten_to(&self, before: Ts, now: Ts) -> Result<(), StoreError> {
        let _locked = self.locked().map_err(self.failed("shorten"))?;
        let events = self.since(Place::default())?.events;
        let mut kept = String::new();
        let gone = outdated(&events, before, now);
        for event in &events {
            let stays = match event {
                Event::Raised { finding, .. } => !gone.contains(&finding.id()),
                Event::Cleared { case, .. } => !gone.contains(case),
            };
            if stays {
                let line = serde_json::to_string(&Line::of(event));
                kept.push_str(&line.map_err(|error| self.failed("shorten")(error.into()))?);
                kept.push('\n');
            }
        }
        let folder = self.0.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(self.failed("shorten"))?;
        file.write_all(kept.as_bytes())
            .map_err(self.failed("shorten"))?;
        let replaced = file.persist(&self.0);
        replaced
            .map(drop)
            .map_err(|error| self.failed("shorten")(error.error))
    }

    /// The file, opened and locked; not one that was replaced while the lock was waited for.
    fn locked(&self) -> std::io::Result<File> {
        loop {
            let file = append_private(&self.0)?;
            lock(&file)?;
            if stat(&self.0).is_ok_and(|now| stat_open(&file).is_ok_and(|mine| mine.ino == now.ino))
            {
                return Ok(file);
            }
        }
    }

    fn failed(&self, what: &str) -> impl FnOnce(std::io::Error) -> StoreError + use<> {
        StoreError::io(format!("cannot {what} {}", self.0.display()))
    }
}

/// Cases that were over before a moment, infos sooner.
fn outdated(events: &[Event], before: Ts, now: Ts) -> BTreeSet<String> {
    let mut over: BTreeMap<String, (Option<Ts>, Severity)> = BTreeMap::new();
    for event in events {
        match event {
            Event::Raised { finding, .. } => {
                over.insert(finding.id(), (None, finding.severity));
            }
            Event::Cleared { at, case } => {
                if let Some((gone, _)) = over.get_mut(case) {
                    *gone = Some(*at);
                }
            }
        }
    }
    let limit = |severity| match severity {
        Severity::Info => before.max(now - INFO_KEPT),
        Severity::Warning | Severity::Critical => before,
    };
    let gone = over
        .into_iter()
        .filter(|(_, (gone, severity))| gone.is_some_and(|at| at < limit(*severity)));
    gone.map(|(case, _)| case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(since: i64, severity: Severity) -> Arc<Finding> {
        Arc::new(Finding {
            kind: FindingKind::Missed,
            severity,
            agent: "a\u{1b}".into(),
            task: Some("t".into()),
            since: Ts(since),
            blast: Blast::Irreversible,
            sentence: "t was due 08:00".to_owned(),
            threshold: None,
            evidence: Vec::new(),
            clears: "when it runs".to_owned(),
        })
    }

    fn raised(at: i64, since: i64) -> Event {
        Event::Raised {
            at: Ts(at),
            finding: found(since, Severity::Warning),
        }
    }

    fn cleared(at: i64, since: i64) -> Event {
        Event::Cleared {
            at: Ts(at),
            case: found(since, Severity::Warning).id(),
        }
    }

    #[test]
    fn what_is_appended_comes_back_once() {
        let state = tempfile::tempdir().unwrap();
        let log = ToldLog::in_state(state.path());
        assert!(log.since(Place::default()).unwrap().events.is_empty());
        log.append(&[raised(5, 1), cleared(9, 1)]).unwrap();
        let first = log.since(Place::default()).unwrap();
        assert_eq!(first.events, [raised(5, 1), cleared(9, 1)]);
        assert!(!log.grew(first.place));
        log.append(&[raised(10, 2)]).unwrap();
        assert!(log.grew(first.place));
        let second = log.since(first.place).unwrap();
        assert_eq!((second.events, second.anew), (vec![raised(10, 2)], false));
    }

    #[test]
    fn a_torn_line_is_waited_for_and_a_damaged_one_passed_over() {
        let state = tempfile::tempdir().unwrap();
        let log = ToldLog::in_state(state.path());
        log.append(&[raised(5, 1)]).unwrap();
        let path = state.path().join("told.jsonl");
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("nonsense\n{\"told\":\"cle");
        std::fs::write(&path, &text).unwrap();
        let tail = log.since(Place::default()).unwrap();
        assert_eq!(tail.events.len(), 1);
        let whole = format!(
            "{text}ared\",\"at\":9,\"case\":\"{}\"}}\n",
            found(1, Severity::Info).id()
        );
        std::fs::write(&path, whole).unwrap();
        let tail = log.since(tail.place).unwrap();
        assert_eq!(tail.events, [cleared(9, 1)]);
    }

    #[test]
    fn what_is_over_for_long_goes_and_what_stands_stays() {
        let state = tempfile::tempdir().unwrap();
        let log = ToldLog::in_state(state.path());
        let day = |days: i64| Span::days(days).0;
        let info = Event::Raised {
            at: Ts(day(91)),
            finding: found(7, Severity::Info),
        };
        let open = raised(day(1), 3);
        let fresh = [raised(day(95), 4), cleared(day(96), 4)];
        let mut all = vec![
            raised(0, 1),
            cleared(9, 1),
            open.clone(),
            info,
            cleared(day(92), 7),
        ];
        all.extend(fresh.clone());
        log.append(&all).unwrap();
        let before = log.since(Place::default()).unwrap().place;
        log.shorten_to(Ts(day(10)), Ts(day(100))).unwrap();
        let tail = log.since(before).unwrap();
        assert!(tail.anew);
        let [one, two] = fresh;
        assert_eq!(tail.events, [open, one, two]);
        log.append(&[raised(day(101), 9)]).unwrap();
        assert_eq!(log.since(tail.place).unwrap().events.len(), 1);
    }
}
