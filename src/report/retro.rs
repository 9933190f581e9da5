//! A week for people and programs.
//!
//! ```text
//! retro  2026-W13 (Mon 2026-03-23 to Sun 2026-03-29): 14 agents, 612 runs, 94 % ok (+2), 5 of 14 insights read
//!
//!   agent      runs   ok           did       skip      fail  8 weeks   owed
//! ✗ publisher    12  58 % -30    40 -12      1         9 +7  ▇▇▇█▇▆▅▃  2 of 14
//! ```

use std::fmt::Write as _;

use super::sign::{faint, fitted, left, paint, right, sign_of, strong};
use super::{Form, Look, Signs};
use crate::domain::retro::{Tally, WeekFacts};
use crate::domain::text::{Untrusted, cut, plural};
use crate::domain::time::{Age, WEEKDAYS};
use crate::view::retro::{
    self as view, Insights, Row, actions, by_hour, by_weekday, causes, codes, counts, detection,
    eighths, gaps, new, notes, per_output, read, repeats, rows, to_retire, undone,
};
use crate::view::{Mark, spoken};

mod json;
mod markdown;

pub use json::json;
pub use markdown::markdown;

const BARS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PLAIN_BARS: [&str; 9] = [".", "1", "2", "3", "4", "5", "6", "7", "8"];
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
    agents(&mut out, facts, look);
    came_to(&mut out, facts, look);
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
            let said = gap
                .said()
                .map_or_else(String::new, |said| format!("  {said}"));
            format!(
                "{}  {}/{}  {} of {}{said}",
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
    list(
        &mut out,
        look,
        "to do, by the notes of earlier weeks",
        actions(facts)
            .iter()
            .map(|one| format!("{}  {}", one.since, one.what.shown_within(120))),
    );
    let (this, last) = notes(facts);
    note(&mut out, look, "the note before", last);
    note(&mut out, look, "note", this);
    fitted(out, look)
}

/// Every agent's week, and when it went well.
fn agents(out: &mut String, facts: &WeekFacts, look: Look) {
    match look.form {
        Form::Columns => {
            table(out, facts, look);
            heat(out, facts, look);
        }
        Form::Lines => told(out, facts),
    }
}

/// Counts of the fleet that no table shows: what went wrong in secret, how long it took until somebody knew, what it cost.
fn came_to(out: &mut String, facts: &WeekFacts, look: Look) {
    let mut line = |title: &str, text: String| {
        strong(out, look, title);
        let _ = writeln!(out, "  {text}");
    };
    let counted = counts(facts.agents.iter()).map(|(name, count)| format!("{name} {count}"));
    line("counted ", counted.join(", "));
    if let Some(found) = detection(facts.agents.iter()) {
        let same = if found.is_same_day() {
            ""
        } else {
            "; target: the same day"
        };
        line(
            "found   ",
            format!(
                "{}, {}{same}",
                plural(found.cases as u64, "case"),
                found.says()
            ),
        );
    }
    let cost: u64 = facts.agents.iter().map(|one| one.cost.week).sum();
    let did: u32 = facts.agents.iter().map(|one| one.week.counts.did).sum();
    if let Some(each) = per_output(cost, did) {
        let all = cost as f64 / 1e6;
        line(
            "cost    ",
            format!("${each:.4} for each thing done, ${all:.2} in all"),
        );
    }
    let coded = codes(facts).into_iter();
    let coded: Vec<String> = coded
        .map(|(code, count)| format!("{} {} ×{count}", code.number(), code.title()))
        .collect();
    if !coded.is_empty() {
        line("codes   ", coded.join(", "));
    }
    let idle: Vec<String> = to_retire(facts).iter().map(ToString::to_string).collect();
    if !idle.is_empty() {
        line(
            "retire? ",
            format!("{}: ran for two weeks and did nothing", idle.join(", ")),
        );
    }
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
    for one in &facts.agents {
        sums.0.runs += one.week.runs;
        sums.1.runs += one.before.runs;
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

/// Table and bars in words: every agent, the best and the worst hour, every day of the week.
fn told(out: &mut String, facts: &WeekFacts) {
    out.push('\n');
    for row in &rows(facts) {
        let _ = writeln!(out, "{}", spoken::week(row));
    }
    out.push('\n');
    let hours = by_hour(facts);
    let rates = || {
        let rated = hours.iter().enumerate();
        rated.filter_map(|(hour, tally)| Some((tally.success()?, hour)))
    };
    let says = |(rate, hour): (u32, usize)| format!("{rate} percent ok from {hour:02}:00");
    if let (Some(best), Some(worst)) = (rates().max_by_key(|rate| rate.0), rates().min()) {
        let _ = writeln!(out, "best hour: {}", says(best));
        let _ = writeln!(out, "worst hour: {}", says(worst));
    }
    for (name, day) in WEEKDAYS.iter().zip(by_weekday(facts)) {
        if let Some(rate) = day.success() {
            let _ = writeln!(out, "{}: {rate} percent ok", &name[..3]);
        }
    }
}

fn line(out: &mut String, row: &Row, name: usize, look: Look) {
    paint(out, look, row.mark, sign_of(row.mark, look));
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
        let _ = write!(out, "{} {}  ", &name[..3], bar(day.success(), look.signs));
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
