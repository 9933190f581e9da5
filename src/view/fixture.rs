//! A fleet of fourteen agents on one Friday morning, as plain data: for tests, benchmarks and the picture in the README.
//! Its moments are fixed, so every screen drawn from it is the same everywhere.

mod case;
mod day;
mod journal;
mod offers;
mod sketch;
mod week;

pub use day::day_of;
pub use journal::journal;
pub use offers::offers;
pub use week::week;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::action::{Reversible, Tier};
use crate::domain::agent::Cadence;
use crate::domain::facts::{FileFacts, FileRole, FileState};
use crate::domain::finding::{Evidence, Finding, Threshold};
use crate::domain::fleet::{
    AgentView, Counts, Declared, Event, Fleet, Happened, Health, Mode, Reasoning, RowState,
    RunTally, RunView, TaskState, TaskTally, TaskView,
};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{AgentId, FileId, Locus, RunId, TaskId};
use crate::domain::log::{LogKind, LogRow};
use crate::domain::page::TaskVersion;
use crate::domain::policy::{Source, Sourced};
use crate::domain::task::{Claim, Task, TaskStatus};
use crate::domain::text::Untrusted;
use crate::domain::time::{ClockTime, Day, Span, Ts, Zone};
use crate::domain::told::Told;

use case::findings;
use sketch::{SKETCHES, Sketch};

const ZONE: Zone = Zone::Fixed(7_200);

/// A time of day on the morning of the fixture, Friday 2026-03-27.
pub fn at(hour: u32, minute: u32) -> Ts {
    let day = Day::new(2026, 3, 27).unwrap_or_else(|| ZONE.day_of(Ts(0)));
    ZONE.at(day, ClockTime(hour * 3_600 + minute * 60))
}

/// The moment of the fixture: Friday 07:10.
pub fn now() -> Ts {
    at(7, 10)
}

fn locus(file: u32, line: u32) -> Locus {
    Locus {
        file: FileId(file),
        offset: u64::from(line) * 180,
        len: 178,
        line,
    }
}

/// Fourteen agents, three of them failing, one late, one that only skips.
pub fn fleet() -> Fleet {
    fleet_of(SKETCHES.len())
}

/// Tells whatever a fleet's findings are now.
pub fn retold(mut fleet: Fleet) -> Fleet {
    let now = fleet.at;
    fleet.told = fleet
        .findings
        .iter()
        .map(|finding| Told::at_once(finding, now))
        .collect();
    fleet
}

/// The same fleet repeated under numbered names, for measuring.
pub fn fleet_of(agents: usize) -> Fleet {
    let views = (0..agents).map(|i| {
        let sketch = &SKETCHES[i % SKETCHES.len()];
        let name = match i / SKETCHES.len() {
            0 => sketch.name.to_owned(),
            round => format!("{}-{}", sketch.name, round + 1),
        };
        Arc::new(agent(sketch, AgentId::new(name), i as u32))
    });
    let mut views: Vec<Arc<AgentView>> = views.collect();
    views.sort_by(|a, b| a.id.cmp(&b.id));
    let findings: Vec<Arc<Finding>> = findings().into_iter().map(Arc::new).collect();
    Fleet {
        at: now(),
        since: at(0, 0) - Span::mins(320),
        zone: Some(ZONE),
        past: false,
        links: Vec::new(),
        locks: Vec::new(),
        offers: BTreeMap::new(),
        agents: views,
        told: findings.iter().map(|f| Told::at_once(f, now())).collect(),
        findings,
        settled: true,
        health: Health {
            mode: Mode::Live,
            last_sweep: now(),
            sweep_period: Span::secs(10),
            files: agents as u32 * 3,
            watches: agents as u32,
            ..Health::default()
        },
        version: 1,
        tail: Arc::default(),
    }
}

fn agent(sketch: &Sketch, id: AgentId, number: u32) -> AgentView {
    let [did, skipped, failed] = sketch.counts;
    let [done, planned, unaccounted] = sketch.plan;
    let last = now() - Span::mins(sketch.last);
    let upcoming = planned - done - unaccounted - failed.min(planned - done - unaccounted);
    AgentView {
        other_days: Vec::new(),
        capacity: Vec::new(),
        folder: Untrusted::from(format!("fleet/{}", sketch.name)),
        zone: Sourced::new(ZONE, Source::System),
        state: sketch.state,
        row: sketch.row,
        since: Some(now() - Span::mins(sketch.since)),
        reasoning: reasoning(sketch, number),
        cadence: Some(Cadence {
            every: Span::mins(30),
            source: Source::Learned,
            samples: 20,
        }),
        last_beat: Some(last),
        last_locus: Some(locus(number, 219)),
        next_due: sketch.next.map(|(h, m)| upcoming_at(sketch, at(h, m))),
        counts: Counts {
            did,
            skipped,
            failed,
        },
        runs: RunTally {
            ok: did.max(1),
            failed,
            skipped: skipped.min(3),
            ..RunTally::default()
        },
        tally: TaskTally {
            planned,
            done,
            upcoming,
            unaccounted,
            late: u32::from(sketch.row == RowState::Late),
            skipped_silently: u32::from(sketch.row == RowState::Gap),
            failed: planned - done - unaccounted - upcoming,
            ..TaskTally::default()
        },
        tasks: tasks(sketch, number),
        headline: sketch.headline.to_owned(),
        headline_locus: Some(locus(number, 219)),
        events: events(sketch, number),
        files: files(sketch, number),
        unjudged: false,
        strip: strip(sketch),
        proven: Vec::new(),
        id,
    }
}

/// A healthy agent's next slot lies ahead, tomorrow if need be.
fn upcoming_at(sketch: &Sketch, slot: Ts) -> Ts {
    if sketch.row == RowState::Ok && slot < now() {
        slot + Span::DAY
    } else {
        slot
    }
}

fn strip(sketch: &Sketch) -> [Option<RowState>; 24] {
    let mut strip = [None; 24];
    for (hour, cell) in strip.iter_mut().enumerate() {
        let asleep = (5..11).contains(&hour);
        *cell = (!asleep && !(hour + sketch.name.len()).is_multiple_of(3)).then_some(RowState::Ok);
    }
    strip[23] = Some(sketch.row);
    strip
}

fn reasoning(sketch: &Sketch, number: u32) -> Reasoning {
    Reasoning {
        lines: vec![
            format!(
                "last sign of life {} min ago: heartbeat.jsonl line 219",
                sketch.last
            ),
            "expected every 30m (learned from 20 gaps): late at 1h, stale at 1h30m".to_owned(),
        ],
        threshold: Some(Threshold {
            text: "3 × 30m".to_owned(),
            source: Source::Learned,
        }),
        evidence: vec![evidence(number, sketch.name, 219, sketch.headline)],
        changes_at: Some(now() + Span::mins(31)),
    }
}

fn evidence(file: u32, agent: &str, line: u32, text: &str) -> Evidence {
    Evidence {
        file: Untrusted::from(format!("{agent}/heartbeat.jsonl")),
        locus: locus(file, line),
        at: None,
        text: Untrusted::from(text),
    }
}

fn files(sketch: &Sketch, number: u32) -> Vec<FileFacts> {
    let damaged = u32::from(sketch.name == "drafter");
    vec![
        FileFacts {
            id: FileId(number),
            path: Untrusted::from(format!("{}/heartbeat.jsonl", sketch.name)),
            role: FileRole::Log,
            size: 1_264_000,
            modified: now() - Span::mins(sketch.last),
            state: FileState::Good,
            damaged,
            damage: (damaged > 0).then(|| Untrusted::from("line 212 torn: cut inside a string")),
            damage_at: (damaged > 0).then(now),
        },
        FileFacts {
            id: FileId(1_000 + number),
            path: Untrusted::from(format!("{}/schedule.json", sketch.name)),
            role: FileRole::Plan,
            size: 4_210,
            modified: at(0, 5),
            state: FileState::Good,
            damaged: 0,
            damage: None,
            damage_at: None,
        },
    ]
}

fn said(text: &str) -> Happened {
    Happened::Said {
        task: None,
        said: text.to_owned(),
    }
}

fn events(sketch: &Sketch, number: u32) -> Vec<Event> {
    let event = |minutes: (u32, u32), state, text: &str, count, line| Event {
        at: at(minutes.0, minutes.1),
        state,
        what: said(text),
        count,
        locus: Some(locus(number, line)),
    };
    match sketch.name {
        "publisher" => vec![
            event((7, 1), RowState::Ok, "checked 3 drafts, none ready", 1, 219),
            event(
                (6, 2),
                RowState::Fail,
                "newsletter-0327: SMTP 451, greylisted by the relay",
                2,
                212,
            ),
            event(
                (5, 31),
                RowState::Fail,
                "publish-article: HTTP 429, wal 4 of 7 steps done",
                1,
                205,
            ),
            event(
                (5, 30),
                RowState::Ok,
                "drafted \"Why agents drift\", 3 links checked",
                1,
                204,
            ),
            event(
                (4, 2),
                RowState::Skip,
                "follow-up: already_done, proof: step s3 of run 01JQD9",
                1,
                190,
            ),
        ],
        "mail-bot" => vec![
            event((3, 58), RowState::Ok, "labelled 14", 1, 151),
            event((3, 46), RowState::Running, "run 01JQE4 started", 1, 148),
        ],
        name => {
            let minutes = now() - Span::mins(sketch.last);
            vec![Event {
                at: minutes,
                state: sketch.row,
                what: said(&format!(
                    "{}{}",
                    sketch.headline,
                    if name == "social" { ", as planned" } else { "" }
                )),
                count: 1,
                locus: Some(locus(number, 219)),
            }]
        }
    }
}

fn task(sketch: &Sketch, number: u32, id: &str, slot: (u32, u32), state: TaskState) -> TaskView {
    let claimed = matches!(state, TaskState::Running | TaskState::Orphaned);
    TaskView {
        id: TaskId::from(id),
        title: None,
        slot: Some(at(slot.0, slot.1)),
        jitter: Span::mins(5),
        grace: Sourced::new(Span::mins(15), Source::Default),
        state,
        since: at(slot.0, slot.1),
        run: (state == TaskState::Done).then(|| RunView {
            id: Some(RunId::from("01JQE1")),
            task: Some(TaskId::from(id)),
            start: at(slot.0, slot.1),
            end: Some(at(slot.0, slot.1 + 3)),
            status: RunStatus::Ok,
            unfinished: false,
            locus: locus(number, 200),
        }),
        claim: claimed.then(|| Box::new(claim(sketch))),
        tier: Some(Tier::Mutating),
        reversible: Reversible::No,
        why: (state == TaskState::Failed).then(|| Untrusted::from("SMTP 451, greylisted")),
        plan: locus(1_000 + number, 12),
        declared: Declared::default(),
    }
}

fn claim(sketch: &Sketch) -> Claim {
    Claim {
        by: Some(AgentId::from(sketch.name)),
        run: Some(RunId::from("01JQE4")),
        at: Some(at(3, 46)),
        epoch: 3,
        lease: Some(Span::mins(30)),
        pid: Some(4_312),
        pid_started: None,
        host: None,
    }
}

fn tasks(sketch: &Sketch, number: u32) -> Vec<TaskView> {
    let task = |id, slot, state| task(sketch, number, id, slot, state);
    match sketch.name {
        "publisher" => vec![
            task("follow-up", (4, 0), TaskState::Skipped),
            task("draft", (5, 30), TaskState::Done),
            task("publish-article", (5, 30), TaskState::Failed),
            task("newsletter", (6, 0), TaskState::Failed),
            task("cross-post", (8, 0), TaskState::Upcoming),
        ],
        "drafter" => vec![
            task("outline", (5, 0), TaskState::Done),
            task("digest", (6, 0), TaskState::SkippedSilently),
            task("review-notes", (7, 30), TaskState::Upcoming),
        ],
        "mail-bot" => vec![task("inbox", (3, 45), TaskState::Running)],
        "audit" => vec![task("links", (6, 45), TaskState::Late)],
        _ => vec![task("morning", (6, 30), TaskState::Done)],
    }
}

/// How `inbox` of mail-bot stood in its plan: planned, then claimed.
pub fn versions() -> Vec<TaskVersion> {
    let planned = Task::named(TaskId::from("inbox"));
    let claimed = Task {
        status: TaskStatus::Claimed,
        claim: Some(Box::new(claim(&SKETCHES[2]))),
        ..planned.clone()
    };
    let version = |at: Ts, name: &str, task: Task| TaskVersion {
        known: at,
        name: name.to_owned(),
        locus: None,
        task: Some(task),
    };
    vec![
        version(at(3, 40), "3fa9c2d1", planned),
        version(at(3, 46), "90b1d77e", claimed),
    ]
}

/// The newest `rows` lines of a merged log that ends at [`now`], oldest first, one every 40 s.
pub fn log(rows: usize) -> Vec<LogRow> {
    (0..rows)
        .map(|i| {
            let back = (rows - 1 - i) as i64;
            let sketch = &SKETCHES[(back as usize / 3) % SKETCHES.len()];
            let failed = sketch.row == RowState::Fail;
            LogRow {
                at: now() - Span::secs(40 * back),
                agent: AgentId::from(sketch.name),
                task: Some(TaskId::from("morning")),
                run: Some(RunId::from("01JQE3")),
                status: if failed {
                    RunStatus::Failed
                } else {
                    RunStatus::Ok
                },
                kind: LogKind::Beat,
                did: sketch.counts[0],
                skipped: 0,
                failed: u32::from(failed),
                text: Untrusted::from(sketch.headline),
                locus: locus(1, i as u32 + 1),
            }
        })
        .collect()
}
