//! A fleet of fourteen agents on one Friday morning, as plain data: for tests, benchmarks and the picture in the README.
//! Its moments are fixed, so every screen drawn from it is the same everywhere.

use std::sync::Arc;

use crate::domain::action::{Reversible, Tier};
use crate::domain::agent::{AgentState, Cadence};
use crate::domain::facts::{FileFacts, FileRole, FileState};
use crate::domain::finding::{Evidence, Finding, FindingKind, Severity, Threshold};
use crate::domain::fleet::{
    AgentView, Counts, Event, Fleet, Health, Mode, Reasoning, RowState, RunTally, TaskState,
    TaskTally, TaskView,
};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{AgentId, FileId, Locus, RunId, TaskId};
use crate::domain::log::{LogKind, LogRow};
use crate::domain::policy::{Source, Sourced};
use crate::domain::task::Claim;
use crate::domain::text::Untrusted;
use crate::domain::time::{ClockTime, Day, Span, Ts, Zone};

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

struct Sketch {
    name: &'static str,
    row: RowState,
    state: AgentState,
    /// Minutes since the state began, and since the last beat.
    since: i64,
    last: i64,
    next: Option<(u32, u32)>,
    /// Did, skipped, failed.
    counts: [u32; 3],
    /// Done, planned, unaccounted.
    plan: [u32; 3],
    headline: &'static str,
}

const fn well(
    name: &'static str,
    last: i64,
    next: (u32, u32),
    counts: [u32; 3],
    plan: [u32; 3],
    headline: &'static str,
) -> Sketch {
    Sketch {
        name,
        row: RowState::Ok,
        state: AgentState::Ok,
        since: last,
        last,
        next: Some(next),
        counts,
        plan,
        headline,
    }
}

const SKETCHES: [Sketch; 14] = [
    Sketch {
        name: "publisher",
        row: RowState::Fail,
        state: AgentState::Ok,
        since: 68,
        last: 9,
        next: Some((8, 0)),
        counts: [4, 0, 2],
        plan: [5, 7, 0],
        headline: "newsletter: SMTP 451 ×2",
    },
    Sketch {
        name: "drafter",
        row: RowState::Gap,
        state: AgentState::Ok,
        since: 55,
        last: 22,
        next: Some((7, 30)),
        counts: [9, 2, 0],
        plan: [6, 8, 1],
        headline: "digest skipped silently",
    },
    Sketch {
        name: "mail-bot",
        row: RowState::Stale,
        state: AgentState::Stale,
        since: 162,
        last: 192,
        next: Some((3, 45)),
        counts: [12, 1, 0],
        plan: [3, 6, 0],
        headline: "silent, holds a claim",
    },
    Sketch {
        name: "outreach",
        row: RowState::Skip,
        state: AgentState::Ok,
        since: 4_320,
        last: 41,
        next: Some((9, 0)),
        counts: [0, 41, 0],
        plan: [1, 2, 0],
        headline: "already_done ×41",
    },
    Sketch {
        name: "audit",
        row: RowState::Late,
        state: AgentState::Late,
        since: 25,
        last: 71,
        next: Some((6, 45)),
        counts: [3, 0, 0],
        plan: [1, 2, 1],
        headline: "links due 06:45, until 07:15",
    },
    well(
        "social",
        4,
        (7, 25),
        [31, 2, 0],
        [8, 8, 0],
        "31 replies, 2 over limit",
    ),
    well(
        "codewatch",
        12,
        (7, 20),
        [6, 0, 0],
        [2, 2, 0],
        "6 repos, nothing new ×12",
    ),
    well(
        "inbox-triage",
        3,
        (7, 30),
        [44, 4, 0],
        [4, 4, 0],
        "44 sorted, 4 left for you",
    ),
    well(
        "seo-scout",
        31,
        (8, 15),
        [12, 0, 0],
        [3, 3, 0],
        "12 pages ranked",
    ),
    well(
        "backups",
        190,
        (3, 0),
        [2, 0, 0],
        [2, 2, 0],
        "2 snapshots, 41 GB",
    ),
    well(
        "changelog",
        58,
        (9, 0),
        [5, 0, 0],
        [2, 2, 0],
        "5 entries drafted",
    ),
    well(
        "metrics",
        1,
        (7, 15),
        [18, 0, 0],
        [5, 5, 0],
        "18 charts refreshed",
    ),
    well(
        "translator",
        26,
        (10, 0),
        [7, 0, 0],
        [2, 2, 0],
        "7 strings into uk",
    ),
    Sketch {
        row: RowState::Running,
        ..well(
            "research",
            0,
            (7, 0),
            [3, 0, 0],
            [1, 2, 0],
            "reading 9 papers",
        )
    },
];

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
    Fleet {
        at: now(),
        since: at(0, 0) - Span::mins(320),
        zone: Some(ZONE),
        past: false,
        agents: views,
        findings: findings().into_iter().map(Arc::new).collect(),
        health: Health {
            mode: Mode::Live,
            last_sweep: now(),
            sweep_period: Span::secs(10),
            files: agents as u32 * 3,
            watches: agents as u32,
            ..Health::default()
        },
        version: 1,
    }
}

fn agent(sketch: &Sketch, id: AgentId, number: u32) -> AgentView {
    let [did, skipped, failed] = sketch.counts;
    let [done, planned, unaccounted] = sketch.plan;
    let last = now() - Span::mins(sketch.last);
    let upcoming = planned - done - unaccounted - failed.min(planned - done - unaccounted);
    AgentView {
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

fn events(sketch: &Sketch, number: u32) -> Vec<Event> {
    let event = |minutes: (u32, u32), state, text: &str, count, line| Event {
        at: at(minutes.0, minutes.1),
        state,
        text: text.to_owned(),
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
                text: format!(
                    "{}{}",
                    sketch.headline,
                    if name == "social" { ", as planned" } else { "" }
                ),
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
        run: None,
        claim: claimed.then(|| Claim {
            by: Some(AgentId::from(sketch.name)),
            run: Some(RunId::from("01JQE4")),
            at: Some(at(3, 46)),
            epoch: 3,
            lease: Some(Span::mins(30)),
            pid: Some(4_312),
            pid_started: None,
            host: None,
        }),
        tier: Some(Tier::Mutating),
        reversible: Reversible::No,
        why: (state == TaskState::Failed).then(|| Untrusted::from("SMTP 451, greylisted")),
        plan: locus(1_000 + number, 12),
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

struct Case {
    kind: FindingKind,
    severity: Severity,
    agent: &'static str,
    task: Option<&'static str>,
    since: (u32, u32),
    sentence: &'static str,
    threshold: &'static str,
    clears: &'static str,
}

const CASES: [Case; 5] = [
    Case {
        kind: FindingKind::Failed,
        severity: Severity::Critical,
        agent: "publisher",
        task: Some("newsletter"),
        since: (6, 2),
        sentence: "newsletter failed twice, irreversible: SMTP 451, greylisted by the relay",
        threshold: "nothing since succeeded",
        clears: "when a run of newsletter succeeds",
    },
    Case {
        kind: FindingKind::SkippedSilently,
        severity: Severity::Critical,
        agent: "drafter",
        task: Some("digest"),
        since: (6, 15),
        sentence: "digest skipped silently: due 06:00, no start by 06:15, and the agent ran at 06:48",
        threshold: "06:00 + 15m grace",
        clears: "when digest runs, or its slot is a day old",
    },
    Case {
        kind: FindingKind::AgentStale,
        severity: Severity::Warning,
        agent: "mail-bot",
        task: None,
        since: (4, 28),
        sentence: "silent for 3h12, expected every 30m; holds inbox (run 01JQE4), lease ended 04:28",
        threshold: "3 × 30m",
        clears: "with its next beat",
    },
    Case {
        kind: FindingKind::Failed,
        severity: Severity::Warning,
        agent: "publisher",
        task: Some("publish-article"),
        since: (5, 31),
        sentence: "publish-article failed: HTTP 429, died before step 5 of 7",
        threshold: "nothing since succeeded",
        clears: "when a run of publish-article succeeds",
    },
    Case {
        kind: FindingKind::Late,
        severity: Severity::Info,
        agent: "audit",
        task: Some("links"),
        since: (6, 45),
        sentence: "links is late: due 06:45, in time until 07:15",
        threshold: "06:45 + 30m grace",
        clears: "when links starts",
    },
];

fn findings() -> Vec<Finding> {
    CASES
        .iter()
        .enumerate()
        .map(|(i, case)| Finding {
            kind: case.kind,
            severity: case.severity,
            agent: AgentId::from(case.agent),
            task: case.task.map(TaskId::from),
            since: at(case.since.0, case.since.1),
            sentence: case.sentence.to_owned(),
            threshold: Some(Threshold {
                text: case.threshold.to_owned(),
                source: Source::Default,
            }),
            evidence: vec![evidence(i as u32, case.agent, 212, case.sentence)],
            clears: case.clears.to_owned(),
        })
        .collect()
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
