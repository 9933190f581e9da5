//! Whatever happens to a fleet's files in whatever order: mirroring it as it happens says the same as mirroring what is left
//! from nothing, and a log that is not whole never shows what the whole does not.

mod fleet;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use fleet::{Place, append, beat, message};
use proptest::prelude::*;
use rounds::domain::time::Ts;
use rounds::keeper::{OneShot, Setup};
use rounds::reader::LogKind;
use rounds::sys::clock::Clock;

/// The moment at which everything is judged; lines lie in the hour before.
const NOW: Ts = Ts(1_774_687_000_000);

/// One thing that happens to the files, or a look at them.
#[derive(Clone, Debug)]
enum Event {
    Append(u8),
    /// A line whose end comes with the next append.
    Half,
    RotateDated,
    CopyTruncate,
    /// The log is written again without its first lines; they are seen before.
    DropHead(u8),
    Plan(u8),
    /// A process starts, answers and ends.
    Look,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1_u8..5).prop_map(Event::Append),
        1 => Just(Event::Half),
        1 => Just(Event::RotateDated),
        1 => Just(Event::CopyTruncate),
        1 => (1_u8..4).prop_map(Event::DropHead),
        1 => (0_u8..4).prop_map(Event::Plan),
        3 => Just(Event::Look),
    ]
}

struct History {
    place: Place,
    written: u32,
    /// The second half of a line that is begun.
    open: Option<String>,
    turns: u32,
}

/// What rounds says of the fleet, without what only a process that was there can know: when it saw things.
#[derive(Debug, PartialEq)]
struct Said {
    beats: Vec<(String, Ts, String)>,
    did: u32,
    runs: u32,
    states: Vec<String>,
}

impl History {
    fn new() -> Self {
        Self {
            place: Place::new(),
            written: 0,
            open: None,
            turns: 0,
        }
    }

    fn setup(&self) -> Setup {
        Setup {
            clock: Clock::Fixed(NOW),
            ..self.place.setup()
        }
    }

    fn line(&mut self) -> String {
        let n = self.written;
        self.written += 1;
        beat(n, Ts(NOW.0 - 3_600_000 + i64::from(n) * 1_000))
    }

    fn close(&mut self) {
        if let Some(rest) = self.open.take() {
            append(&self.place.log(), rest);
        }
    }

    fn dated(&mut self) -> PathBuf {
        self.turns += 1;
        self.place
            .agent()
            .join(format!("heartbeat-{}.jsonl", self.turns))
    }

    fn happen(&mut self, event: &Event) {
        let log = self.place.log();
        match event {
            Event::Append(lines) => {
                self.close();
                for _ in 0..*lines {
                    let line = self.line();
                    append(&log, line);
                }
            }
            Event::Half => {
                self.close();
                let line = self.line();
                let (first, rest) = line.split_at(line.len() / 2);
                append(&log, first);
                self.open = Some(rest.to_owned());
            }
            Event::RotateDated => {
                self.close();
                let dated = self.dated();
                let _ = fs::rename(&log, dated);
            }
            Event::CopyTruncate => {
                self.close();
                let dated = self.dated();
                if fs::copy(&log, dated).is_ok() {
                    fs::write(&log, "").expect("truncation");
                }
            }
            Event::DropHead(lines) => {
                self.close();
                let Ok(text) = fs::read_to_string(&log) else {
                    return;
                };
                let at: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
                let cut = at.get(usize::from(*lines) - 1).copied().unwrap_or(0);
                // What goes is kept under another name, so that a rebuild has it too.
                let dated = self.dated();
                append(&dated, &text[..cut]);
                fs::write(&log, &text[cut..]).expect("the rest");
            }
            Event::Plan(version) => {
                let text = format!(
                    "{{\"agent\":\"social\",\"generated\":\"{}\",\"tasks\":[{{\"id\":\"t{version}\",\"due\":\"{}\"}}]}}",
                    NOW.rfc3339(),
                    Ts(NOW.0 + 7_200_000).rfc3339()
                );
                fs::write(self.place.agent().join("schedule.json"), text).expect("the plan");
            }
            Event::Look => drop(self.open()),
        }
    }

    fn open(&self) -> OneShot {
        OneShot::open(self.setup()).expect("rounds starts")
    }

    fn said(&self) -> Said {
        let mut rounds = self.open();
        let fleet = rounds.fleet(Some(Ts(0))).expect("a board");
        drop(rounds);
        let rows = Place::rows_with(self.setup());
        let mut beats: Vec<(String, Ts, String)> = rows
            .iter()
            .filter(|row| row.kind == LogKind::Beat)
            .map(|row| {
                (
                    row.text.exact().to_owned(),
                    row.at,
                    format!("{:?}", row.status),
                )
            })
            .collect();
        beats.sort();
        Said {
            beats,
            did: fleet.agents.iter().map(|a| a.counts.did).sum(),
            runs: fleet.agents.iter().map(|a| a.runs.total()).sum(),
            states: fleet
                .agents
                .iter()
                .map(|a| format!("{} {:?} {:?}", a.id, a.row, a.tally))
                .collect(),
        }
    }
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: if fleet::large() { 2_000 } else { 24 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn incremental_equals_rebuild(events in prop::collection::vec(event(), 1..25)) {
        let mut history = History::new();
        for event in &events {
            history.happen(event);
        }
        history.close();
        let incremental = history.said();
        history.place.forget_mirror();
        let rebuilt = history.said();
        prop_assert_eq!(&incremental, &rebuilt);
        let mut shown: BTreeMap<&str, u32> = BTreeMap::new();
        for (text, ..) in &rebuilt.beats {
            *shown.entry(text).or_default() += 1;
        }
        for n in 0..history.written {
            prop_assert_eq!(shown.get(message(n).as_str()), Some(&1), "line {}", n);
        }
    }

    #[test]
    fn a_prefix_shows_nothing_that_the_whole_lacks(lines in 1_u32..8, cut in 0.0_f64..1.0) {
        let mut history = History::new();
        let whole: String = (0..lines).map(|_| history.line()).collect();
        let at = (whole.len() as f64 * cut) as usize;
        append(&history.place.log(), &whole[..at]);
        let part: Vec<_> = Place::rows_with(history.setup()).into_iter()
            .filter(|row| row.kind == LogKind::Beat).map(|row| row.text.exact().to_owned()).collect();
        append(&history.place.log(), &whole[at..]);
        let all: Vec<_> = Place::rows_with(history.setup()).into_iter()
            .filter(|row| row.kind == LogKind::Beat).map(|row| row.text.exact().to_owned()).collect();
        prop_assert_eq!(all.len(), lines as usize);
        prop_assert_eq!(&all[..part.len()], &part[..]);
        // A last line that is whole but for its end may show already.
        let ended = whole[..at].matches('\n').count();
        prop_assert!(part.len() == ended || part.len() == ended + 1);
    }
}
