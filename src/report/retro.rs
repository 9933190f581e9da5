//! A week for people and programs.
//!
//! ```text
//! retro  2026-W13 (Mon 2026-03-23 to Sun 2026-03-29): 14 agents, 612 runs, 94 % ok (+2), 5 of 14 insights read
//!
//!   agent      runs   ok           did       skip      fail  8 weeks   owed
//! ✗ publisher    12  58 % -30    40 -12      1         9 +7  ▇▇▇█▇▆▅▃  2 of 14
//! ```

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{faint, fitted, left, paint, right, sign, strong};
use super::{Look, Signs, wire};
use crate::domain::retro::{Tally, WeekFacts};
use crate::domain::text::{Untrusted, cut};
use crate::domain::time::Age;
use crate::view::Mark;
use crate::view::retro::{
    self as view, Insights, Row, by_hour, by_weekday, causes, eighths, gaps, new, read, repeats,
    rows, undone,
};

const BARS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PLAIN_BARS: [&str; 9] = [".", "1", "2", "3", "4", "5", "6", "7", "8"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Lines of each list that are written out; the rest is counted.
const MOST: usize = 12;

/// A bar of one cell for a success rate.
pub fn bar(hundredths: Option<u32>, signs: Signs) -> &'static str {
    let place = eighths(hundredths);
    match signs {
        Signs::Unicode => BARS[place],
        Signs::Ascii => PLAIN_BARS[place],
    }
}

/// ` +7`, ` -3`; nothing where nothing changed.
pub fn delta(now: u32, then: u32) -> String {
    match i64::from(now) - i64::from(then) {
        0 => String::new(),
        change => format!("{change:+}"),
    }
}

/// For people.
pub fn text(facts: &WeekFacts, look: Look) -> String {
    let mut out = String::new();
    head(&mut out, facts, look);
    table(&mut out, facts, look);
    heat(&mut out, facts, look);
    let when = |at| facts.zone.weekday_hhmm(at);
    list(
        &mut out,
        look,
        "why it failed",
        causes(facts).iter().map(|(what, count, agents)| {
            let of = if *agents > 1 {
                format!(" of {agents} agents")
            } else {
                String::new()
            };
            format!("{} ×{count}{of}", what.shown_within(80))
        }),
    );
    list(
        &mut out,
        look,
        "expected and not accounted for, the oldest first",
        gaps(facts).iter().map(|gap| {
            format!(
                "{}  {}/{}  {} of {}",
                when(gap.slot),
                gap.agent,
                gap.task,
                gap.missing,
                gap.expected
            )
        }),
    );
    list(
        &mut out,
        look,
        "lessons that repeat",
        repeats(facts).iter().map(|one| {
            format!(
                "{}: {}, in {} of 4 weeks",
                one.agent,
                one.what.shown_within(80),
                one.weeks
            )
        }),
    );
    list(
        &mut out,
        look,
        "changes that were meant and never ticked",
        undone(facts).iter().map(|one| {
            format!(
                "{}: {}, since {}",
                one.agent,
                one.what.shown_within(80),
                facts.zone.day_of(one.since)
            )
        }),
    );
    insights(&mut out, facts, look);
    note(&mut out, look, "last week's note", facts.last_note.as_ref());
    note(&mut out, look, "note", facts.note.as_ref());
    fitted(out, look)
}

fn head(out: &mut String, facts: &WeekFacts, look: Look) {
    strong(out, look, "retro");
    let (all, before) = totals(facts);
    let (read, with) = read(facts);
    let _ = write!(
        out,
        "  {} ({} to {}): {} agents, {} runs",
        facts.week.name(),
        facts.week.monday,
        facts.week.monday.plus(6),
        facts.agents.len(),
        all.runs.total()
    );
    if let Some(rate) = all.success() {
        let change =
            before
                .success()
                .map_or_else(String::new, |then| match delta(rate, then).as_str() {
                    "" => String::new(),
                    change => format!(" ({change})"),
                });
        let _ = write!(out, ", {rate} % ok{change}");
    }
    let _ = writeln!(out, ", {read} of {with} insights read");
}

/// This week and the one before, of all agents.
fn totals(facts: &WeekFacts) -> (Tally, Tally) {
    let mut sums = (Tally::default(), Tally::default());
    let add = |sum: &mut Tally, more: &Tally| {
        sum.runs.ok += more.runs.ok;
        sum.runs.partial += more.runs.partial;
        sum.runs.failed += more.runs.failed;
        sum.runs.skipped += more.runs.skipped;
        sum.runs.unknown += more.runs.unknown;
    };
    for one in &facts.agents {
        add(&mut sums.0, &one.week);
        add(&mut sums.1, &one.before);
    }
    sums
}

fn table(out: &mut String, facts: &WeekFacts, look: Look) {
    let rows = rows(facts);
    let name = rows.iter().map(|row| row.name.chars().count()).max();
    let name = name.unwrap_or_default().clamp(5, 24);
    out.push('\n');
    let mut head = String::from("  ");
    left(&mut head, "agent", name);
    head.push_str("   runs  ok            did         skip        fail        8 weeks   owed");
    faint(out, look, &head);
    out.push('\n');
    for row in &rows {
        line(out, row, name, look);
    }
}

fn line(out: &mut String, row: &Row, name: usize, look: Look) {
    paint(out, look, row.mark, sign(row.mark, look.signs));
    out.push(' ');
    left(out, &cut(&row.name, name), name);
    right(out, &row.runs.to_string(), 7);
    let rate = row
        .success
        .map_or_else(String::new, |rate| format!("{rate} %"));
    right(out, &rate, 7);
    let change = row.change.filter(|change| *change != 0);
    let change = change.map_or_else(String::new, |change| format!("{change:+}"));
    out.push(' ');
    left(out, &change, 4);
    for (now, then) in [
        (row.counts.did, row.before.did),
        (row.counts.skipped, row.before.skipped),
        (row.counts.failed, row.before.failed),
    ] {
        right(out, &now.to_string(), 6);
        out.push(' ');
        left(out, &delta(now, then), 5);
    }
    out.push_str("  ");
    for week in &row.trend {
        out.push_str(bar(*week, look.signs));
    }
    let (missing, expected) = row.owed;
    if missing > 0 {
        out.push_str("  ");
        paint(out, look, Mark::Gap, &format!("{missing} of {expected}"));
    }
    if let Insights::Unread(n) = row.insight
        && n > 0
    {
        let _ = write!(out, "  {n} new");
    }
    if let Some(advice) = row.advice {
        out.push_str("  ");
        paint(out, look, Mark::Late, advice.says());
    }
    out.push('\n');
}

/// When it goes well and when it does not: a bar an hour, a bar a weekday.
fn heat(out: &mut String, facts: &WeekFacts, look: Look) {
    let hours: String = by_hour(facts)
        .iter()
        .map(|hour| bar(hour.success(), look.signs))
        .collect();
    out.push('\n');
    strong(out, look, "ok by hour ");
    let _ = write!(out, "00 {hours} 23   ");
    strong(out, look, "by day ");
    for (name, day) in WEEKDAYS.iter().zip(by_weekday(facts)) {
        let _ = write!(out, "{name} {}  ", bar(day.success(), look.signs));
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
}

fn list(out: &mut String, look: Look, title: &str, lines: impl ExactSizeIterator<Item = String>) {
    if lines.len() == 0 {
        return;
    }
    out.push('\n');
    strong(out, look, title);
    out.push('\n');
    let rest = lines.len().saturating_sub(MOST);
    for line in lines.take(MOST) {
        let _ = writeln!(out, "  {line}");
    }
    if rest > 0 {
        let _ = writeln!(out, "  and {rest} more");
    }
}

fn insights(out: &mut String, facts: &WeekFacts, look: Look) {
    for one in &facts.agents {
        let fresh: Vec<_> = new(one, facts).collect();
        let stale = view::is_stale(one, facts.at);
        if fresh.is_empty() && !stale {
            continue;
        }
        out.push('\n');
        strong(out, look, &format!("{} learned", one.agent));
        if let Some(changed) = one.learned.changed.filter(|_| stale) {
            let _ = write!(out, ": nothing for {}", Age::at(facts.at, changed));
        }
        out.push('\n');
        for entry in fresh.iter().take(MOST) {
            let _ = writeln!(
                out,
                "  {} {}",
                kind(entry.kind),
                entry.text.shown_within(160)
            );
        }
    }
}

fn kind(kind: crate::domain::insight::InsightKind) -> &'static str {
    use crate::domain::insight::InsightKind;
    match kind {
        InsightKind::Worked => "+",
        InsightKind::Didnt => "-",
        InsightKind::Change => ">",
        InsightKind::Other => " ",
    }
}

fn note(out: &mut String, look: Look, title: &str, note: Option<&Untrusted>) {
    let Some(note) = note else { return };
    out.push('\n');
    strong(out, look, title);
    out.push('\n');
    for line in note.exact().lines() {
        let _ = writeln!(out, "  {}", Untrusted::from(line).shown());
    }
}

/// Markdown, for the notes of the week.
pub fn markdown(facts: &WeekFacts) -> String {
    let plain = |text: &str| text.replace('|', "\\|");
    let mut out = format!("# Retro {}\n\n", facts.week.name());
    out.push_str(
        "| agent | runs | ok | did | skipped | failed | owed |\n|---|---|---|---|---|---|---|\n",
    );
    for row in rows(facts) {
        let rate = row
            .success
            .map_or_else(String::new, |rate| format!("{rate} %"));
        let _ = writeln!(
            out,
            "| {} | {} | {rate} | {} {} | {} {} | {} {} | {} of {} |",
            plain(&row.name),
            row.runs,
            row.counts.did,
            delta(row.counts.did, row.before.did),
            row.counts.skipped,
            delta(row.counts.skipped, row.before.skipped),
            row.counts.failed,
            delta(row.counts.failed, row.before.failed),
            row.owed.0,
            row.owed.1,
        );
    }
    let mut section = |title: &str, lines: Vec<String>| {
        if lines.is_empty() {
            return;
        }
        let _ = write!(out, "\n## {title}\n\n");
        for line in lines {
            let _ = writeln!(out, "- {}", plain(&line));
        }
    };
    let causes = causes(facts).into_iter();
    section(
        "Why it failed",
        causes
            .map(|(what, n, _)| format!("{} ×{n}", what.shown()))
            .collect(),
    );
    let gaps = gaps(facts).into_iter();
    section(
        "Not accounted for",
        gaps.map(|g| {
            format!(
                "{} {}/{}: {} of {}",
                facts.zone.date_hhmm(g.slot),
                g.agent,
                g.task,
                g.missing,
                g.expected
            )
        })
        .collect(),
    );
    let repeats = repeats(facts).into_iter();
    section(
        "Lessons that repeat",
        repeats
            .map(|l| format!("{}: {} ({} of 4 weeks)", l.agent, l.what.shown(), l.weeks))
            .collect(),
    );
    for one in &facts.agents {
        let fresh = new(one, facts).map(|entry| entry.text.shown().into_owned());
        section(&format!("{} learned", one.agent), fresh.collect());
    }
    let note = facts.note.as_ref().map(|note| {
        note.exact()
            .lines()
            .map(|line| Untrusted::from(line).shown().into_owned())
            .collect()
    });
    section("Note", note.unwrap_or_default());
    out
}

/// `rounds.retro/1`.
pub fn json(facts: &WeekFacts) -> String {
    let agents = rows(facts).into_iter().filter_map(|row| {
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
            tags: one.tags.iter().map(wire_cause).collect(),
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
    });
    let answer = WireRetro {
        schema: "rounds.retro/1",
        week: facts.week.name(),
        from: facts.week.from.rfc3339(),
        to: facts.week.to.rfc3339(),
        agents: agents.collect(),
        hours: by_hour(facts).iter().map(Tally::success).collect(),
        weekdays: by_weekday(facts).iter().map(Tally::success).collect(),
        gaps: gaps(facts)
            .iter()
            .map(|gap| WireGap {
                agent: gap.agent.to_string(),
                task: gap.task.to_string(),
                missing: gap.missing,
                expected: gap.expected,
                oldest: gap.slot.rfc3339(),
            })
            .collect(),
        repeats: repeats(facts)
            .iter()
            .map(|one| WireLesson {
                agent: one.agent.to_string(),
                lesson: one.what.shown().into_owned(),
                weeks: one.weeks,
            })
            .collect(),
        note: facts.note.as_ref().map(|note| note.shown().into_owned()),
    };
    format!("{}\n", wire::line(&answer))
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
    tags: Vec<WireCause>,
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
}

#[derive(Serialize)]
struct WireLesson {
    agent: String,
    lesson: String,
    weeks: usize,
}
