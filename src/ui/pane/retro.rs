//! The week of every agent, and beneath it what is to be known about the one under the cursor.
//!
//! ```text
//!  2026-W13  612 runs, 5 of 14 insights read
//!   agent       runs  ok        did      skip     fail     8 weeks
//! ▸✗ publisher    12  58 % -30   40 -12    1       9 +7   ▇▇▇█▇▆▅▃
//! ─ publisher ──────────────────────────────────────
//!  why it failed  HTTP 429 ×7
//!  owed           newsletter 2 of 5, since Tue 06:00
//!  learned        - Threads about pricing: 0 answers in 9
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::domain::fleet::Counts;
use crate::domain::retro::{Tally, WeekFacts};
use crate::ui::model::{Model, headed, shown};
use crate::ui::theme::Role;
use crate::ui::widget::{Align, Canvas};
use crate::view::Mark;
use crate::view::retro::{
    Insights, Row, actions, by_hour, by_weekday, codes, counts, detection, eighths, read,
    rows as lines_of,
};

use super::detail::draw_sheet;

const BARS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PLAIN_BARS: [&str; 9] = [".", "1", "2", "3", "4", "5", "6", "7", "8"];

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let week = model.week();
    let quiet = canvas.role(Role::Quiet);
    let Some(facts) = model
        .retro
        .facts
        .as_deref()
        .filter(|facts| facts.week == week)
    else {
        let text = format!("{}: reading", week.name());
        canvas.put(area.x + 1, area.y, area.width, &text, quiet);
        return;
    };
    head(canvas, Rect { height: 1, ..area }, facts);
    let rows = lines_of(facts);
    if rows.is_empty() {
        canvas.put(
            area.x + 1,
            area.y + 1,
            area.width,
            "no agent did anything in this week",
            quiet,
        );
        return;
    }
    let (_, at) = model.named_lines();
    let at = at.unwrap_or_default();
    let visible = shown(area.height, rows.len());
    let top = model.lines_top();
    let widest = rows.iter().map(|row| row.name.width()).max().unwrap_or(5) as u16;
    let name = widest.clamp(5, (area.width / 4).max(5));
    let first = area.y + headed(area.height);
    if first > area.y + 1 {
        labels(
            canvas,
            Rect {
                y: area.y + 1,
                height: 1,
                ..area
            },
            name,
        );
    }
    for (y, (n, row)) in (first..).zip(rows.iter().enumerate().skip(top).take(visible)) {
        line(
            canvas,
            Rect {
                y,
                height: 1,
                ..area
            },
            row,
            (name, n == at),
        );
    }
    if let Some(row) = rows.get(at) {
        beneath(model, canvas, facts, row);
    }
}

/// The week of the agent under the cursor, and when it goes well.
fn beneath(model: &Model, canvas: &mut Canvas<'_>, facts: &WeekFacts, row: &Row) {
    let detail = model.retro_desk().detail;
    let detail = if detail.height >= 8 {
        let last = detail.bottom() - 1;
        heat(
            canvas,
            Rect {
                y: last,
                height: 1,
                ..detail
            },
            facts,
        );
        Rect {
            height: detail.height - 1,
            ..detail
        }
    } else {
        detail
    };
    if detail.height > 1 {
        let right = match row.insight {
            Insights::None => "",
            Insights::Read => "insights read",
            Insights::Unread(_) => "R reads its insights",
        };
        canvas.rule(
            Rect {
                height: 1,
                ..detail
            },
            &row.name,
            right,
        );
        draw_sheet(canvas, detail, &model.retro.sheet);
    }
}

fn head(canvas: &mut Canvas<'_>, area: Rect, facts: &WeekFacts) {
    let title = canvas.role(Role::Title);
    let quiet = canvas.role(Role::Quiet);
    let x = canvas.put(area.x + 1, area.y, area.width, &facts.week.name(), title) + 2;
    let text = totals(facts);
    canvas.put(x, area.y, area.right().saturating_sub(x), &text, quiet);
}

/// `2026-W13, 612 runs, 5 of 14 insights read`
pub(in crate::ui) fn counted(facts: &WeekFacts) -> String {
    format!("{}, {}", facts.week.name(), totals(facts))
}

fn totals(facts: &WeekFacts) -> String {
    let runs: u32 = facts.agents.iter().map(|one| one.week.runs.total()).sum();
    let (read, with) = read(facts);
    let mut parts = vec![
        format!("{runs} runs"),
        format!("{read} of {with} insights read"),
    ];
    let open = actions(facts).len();
    parts.extend((open > 0).then(|| format!("{open} to do")));
    let counted = counts(facts.agents.iter()).into_iter();
    let counted = counted.filter(|(_, count)| *count > 0);
    parts.extend(counted.map(|(name, count)| format!("{name} {count}")));
    let codes: usize = codes(facts).iter().map(|(_, count)| count).sum();
    parts.extend((codes > 0).then(|| format!("{codes} coded")));
    let found = detection(facts.agents.iter());
    parts.extend(found.map(|found| format!("found after {}", found.says())));
    parts.join(", ")
}

/// When it goes well: a bar an hour, a bar a weekday.
fn heat(canvas: &mut Canvas<'_>, area: Rect, facts: &WeekFacts) {
    let bars = if canvas.signs().rule == "-" {
        PLAIN_BARS
    } else {
        BARS
    };
    let bar = |tally: &Tally| bars[eighths(tally.success())];
    let hours: String = by_hour(facts).iter().map(bar).collect();
    let days: String = by_weekday(facts).iter().map(bar).collect();
    let quiet = canvas.role(Role::Quiet);
    let text = format!("ok by hour 00 {hours} 23   Mon {days} Sun");
    canvas.put(
        area.x + 1,
        area.y,
        area.width.saturating_sub(1),
        &text,
        quiet,
    );
}

/// What the columns hold, how wide each is, and the room behind it for what changed.
const CELLS: [(&str, u16, u16); 5] = [
    ("runs", 5, 0),
    ("ok", 6, 5),
    ("did", 6, 5),
    ("skip", 5, 5),
    ("fail", 5, 5),
];

fn labels(canvas: &mut Canvas<'_>, line: Rect, name: u16) {
    let quiet = canvas.role(Role::Quiet);
    let mut x = line.x + name + 4;
    for (label, width, after) in CELLS {
        if x + width + after > line.right() {
            return;
        }
        canvas.column((x, line.y), width, Align::Right, label, quiet);
        x += width + after;
    }
    if x + 10 <= line.right() {
        canvas.put(x + 1, line.y, 9, "8 weeks", quiet);
    }
}

fn line(canvas: &mut Canvas<'_>, line: Rect, row: &Row, (name, here): (u16, bool)) {
    let text = canvas.role(if here { Role::Cursor } else { Role::Text });
    let quiet = canvas.role(Role::Quiet);
    canvas.head(line, row.mark, here, (&row.name, name));
    let mut x = line.x + name + 4;
    let rate = row
        .success
        .map(|rate| format!("{rate} %"))
        .unwrap_or_default();
    let change = row.change.filter(|change| *change != 0);
    let change = change
        .map(|change| format!("{change:+}"))
        .unwrap_or_default();
    let Counts {
        did,
        skipped,
        failed,
    } = row.counts;
    let cells = [
        (row.runs.to_string(), String::new()),
        (rate, change),
        (did.to_string(), delta(did, row.before.did)),
        (skipped.to_string(), delta(skipped, row.before.skipped)),
        (failed.to_string(), delta(failed, row.before.failed)),
    ];
    for ((_, width, after), (value, change)) in CELLS.into_iter().zip(cells) {
        if x + width + after > line.right() {
            return;
        }
        canvas.column((x, line.y), width, Align::Right, &value, text);
        canvas.put(x + width + 1, line.y, 4, &change, quiet);
        x += width + after;
    }
    let ascii = canvas.signs().rule == "-";
    if x + 10 <= line.right() {
        let bars = if ascii { PLAIN_BARS } else { BARS };
        let trend: String = row.trend.iter().map(|week| bars[eighths(*week)]).collect();
        x = canvas.put(x + 1, line.y, 8, &trend, quiet) + 1;
    }
    if let Some(advice) = row.advice.filter(|_| x + 20 <= line.right()) {
        let late = canvas.mark_style(Mark::Late);
        canvas.put(x + 1, line.y, line.right() - x - 1, advice.says(), late);
    } else if row.owed.0 > 0 && x + 8 <= line.right() {
        let gap = canvas.mark_style(Mark::Gap);
        canvas.put(
            x + 1,
            line.y,
            line.right() - x - 1,
            &format!("owes {}", row.owed.0),
            gap,
        );
    }
}

fn delta(now: u32, then: u32) -> String {
    match i64::from(now) - i64::from(then) {
        0 => String::new(),
        change => format!("{change:+}"),
    }
}
