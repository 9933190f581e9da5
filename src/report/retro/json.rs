//! A week for programs.

use serde::Serialize;

use super::super::wire;
use crate::domain::retro::{Tally, VerdictKind, WeekFacts};
use crate::view::retro::{
    self as view, Gap, Row, actions, by_hour, by_weekday, codes, counts, detection, gaps, new,
    notes, repeats, rows,
};

/// `rounds.retro/1`.
pub fn json(facts: &WeekFacts) -> String {
    let agents = rows(facts).into_iter();
    let answer = WireRetro {
        schema: "rounds.retro/1",
        week: facts.week.name(),
        from: facts.week.from.rfc3339(),
        to: facts.week.to.rfc3339(),
        agents: agents.filter_map(|row| agent(&row, facts)).collect(),
        hours: by_hour(facts).iter().map(Tally::success).collect(),
        weekdays: by_weekday(facts).iter().map(Tally::success).collect(),
        gaps: gaps(facts).iter().map(gap).collect(),
        repeats: repeats(facts)
            .iter()
            .map(|one| WireLesson {
                agent: one.agent.to_string(),
                lesson: one.what.shown().into_owned(),
                weeks: one.weeks,
            })
            .collect(),
        incidents: incidents(facts),
        detection: detection(facts.agents.iter()).map(|found| WireDetection {
            cases: found.cases,
            median_s: found.median.0 / 1_000,
            worst_s: found.worst.0 / 1_000,
            worst_agent: found.agent.to_string(),
        }),
        codes: coded(facts),
        actions: actions(facts)
            .into_iter()
            .map(|one| WireAction {
                since: one.since,
                what: one.what.shown().into_owned(),
            })
            .collect(),
        note: notes(facts).0.map(|note| note.shown().into_owned()),
    };
    format!("{}\n", wire::line(&answer))
}

fn agent(row: &Row, facts: &WeekFacts) -> Option<WireAgent> {
    let one = facts.agents.iter().find(|one| one.agent == row.agent)?;
    Some(WireAgent {
        agent: row.name.clone(),
        runs: row.runs,
        success: row.success,
        change: row.change,
        did: row.counts.did,
        skipped: row.counts.skipped,
        failed: row.counts.failed,
        before: WireCounts {
            did: row.before.did,
            skipped: row.before.skipped,
            failed: row.before.failed,
        },
        trend: row.trend.clone(),
        missing: row.owed.0,
        expected: row.owed.1,
        causes: one.causes.iter().map(wire_cause).collect(),
        topics: one.topics.iter().map(wire_topic).collect(),
        cost_usd: (one.cost.week > 0).then(|| one.cost.week as f64 / 1e6),
        well_in_a_row: one.trust.well,
        insights_read: one.learned.file.is_some().then_some(one.learned.read),
        learned: new(one, facts)
            .map(|entry| WireInsight {
                at: entry.at.at.rfc3339(),
                kind: word(entry.kind),
                text: entry.text.shown().into_owned(),
            })
            .collect(),
        advice: row.advice.map(view::Advice::says),
    })
}

fn gap(gap: &Gap) -> WireGap {
    let verdict = gap.verdict.as_ref();
    WireGap {
        agent: gap.agent.to_string(),
        task: gap.task.to_string(),
        missing: gap.missing,
        expected: gap.expected,
        oldest: gap.slot.rfc3339(),
        verdict: verdict.map(|verdict| match verdict.kind {
            VerdictKind::Closed => "closed",
            VerdictKind::Flagged => "flagged",
        }),
        why: verdict.map(|verdict| verdict.why.shown().into_owned()),
    }
}

fn coded(facts: &WeekFacts) -> Vec<WireCode> {
    let all = codes(facts).into_iter();
    all.map(|(code, count)| WireCode {
        code: code.number(),
        title: code.title(),
        count,
    })
    .collect()
}

fn word(kind: crate::domain::insight::InsightKind) -> &'static str {
    use crate::domain::insight::InsightKind;
    match kind {
        InsightKind::Worked => "worked",
        InsightKind::Didnt => "didnt",
        InsightKind::Change => "change",
        InsightKind::Other => "other",
    }
}

fn incidents(facts: &WeekFacts) -> WireIncidents {
    let [(_, wal_incomplete), (_, done_twice), (_, collisions)] = counts(facts.agents.iter());
    WireIncidents {
        wal_incomplete,
        done_twice,
        collisions,
    }
}

fn wire_topic(topic: &crate::domain::retro::Topic) -> WireTopic {
    WireTopic {
        what: topic.what.shown().into_owned(),
        did: topic.did,
        failed: topic.failed,
    }
}

fn wire_cause(cause: &crate::domain::retro::Cause) -> WireCause {
    WireCause {
        what: cause.what.shown().into_owned(),
        count: cause.count,
    }
}

#[derive(Serialize)]
struct WireRetro {
    schema: &'static str,
    week: String,
    from: String,
    to: String,
    agents: Vec<WireAgent>,
    hours: Vec<Option<u32>>,
    weekdays: Vec<Option<u32>>,
    gaps: Vec<WireGap>,
    repeats: Vec<WireLesson>,
    incidents: WireIncidents,
    detection: Option<WireDetection>,
    codes: Vec<WireCode>,
    actions: Vec<WireAction>,
    note: Option<String>,
}

#[derive(Serialize)]
struct WireAgent {
    agent: String,
    runs: u32,
    success: Option<u32>,
    change: Option<i32>,
    did: u32,
    skipped: u32,
    failed: u32,
    before: WireCounts,
    trend: Vec<Option<u32>>,
    missing: u32,
    expected: u32,
    causes: Vec<WireCause>,
    topics: Vec<WireTopic>,
    cost_usd: Option<f64>,
    well_in_a_row: u32,
    insights_read: Option<bool>,
    learned: Vec<WireInsight>,
    advice: Option<&'static str>,
}

#[derive(Serialize)]
struct WireCounts {
    did: u32,
    skipped: u32,
    failed: u32,
}

#[derive(Serialize)]
struct WireCause {
    what: String,
    count: u32,
}

#[derive(Serialize)]
struct WireInsight {
    at: String,
    kind: &'static str,
    text: String,
}

#[derive(Serialize)]
struct WireGap {
    agent: String,
    task: String,
    missing: u32,
    expected: u32,
    oldest: String,
    verdict: Option<&'static str>,
    why: Option<String>,
}

#[derive(Serialize)]
struct WireIncidents {
    wal_incomplete: usize,
    done_twice: usize,
    collisions: usize,
}

#[derive(Serialize)]
struct WireDetection {
    cases: usize,
    median_s: i64,
    worst_s: i64,
    worst_agent: String,
}

#[derive(Serialize)]
struct WireCode {
    code: &'static str,
    title: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct WireTopic {
    what: String,
    did: u32,
    failed: u32,
}

#[derive(Serialize)]
struct WireAction {
    since: String,
    what: String,
}

#[derive(Serialize)]
struct WireLesson {
    agent: String,
    lesson: String,
    weeks: usize,
}
