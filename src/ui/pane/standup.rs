//! The board of agents.
//!
//! ```text
//!   agent        state   age next   did skip fail  plan  what happened
//! ▸✗ publisher    fail   1h08 08:00   4         2   5/7  newsletter: SMTP 451 ×2
//!  ✓ social       ok       4m 07:25  31    2        8/8  31 replies, 2 over limit
//!    7 more ok                       88    4      19/19
//! ─ needs you ──────────────────────────────────────────────────────────────────
//!  ✗ publisher    newsletter failed twice, irreversible: SMTP 451            1h08
//! ─ publisher ───────────────────────────────────────────────────── fail 1h08 ─
//!  06:02 ✗ newsletter-0327: SMTP 451, greylisted by the relay ×2
//! ```

mod columns;

use std::sync::Arc;

use columns::{Column, Columns, Place, heading};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::domain::fleet::{AgentView, RowState};
use crate::domain::id::AgentId;
use crate::domain::text::cut;
use crate::ui::frame::kept::Same;
use crate::ui::model::{Item, Model, Selected};
use crate::ui::theme::Role;
use crate::ui::widget::{Align, Canvas};
use crate::view::digest::{Call, about};
use crate::view::standup::{Row, folded, row};
use crate::view::wrap::wrap;
use crate::view::{Mark, agent};

pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let list = model.board.list;
    if model.standup.items.is_empty() {
        draw_nothing(model, canvas, list);
        return;
    }
    draw_list(model, canvas, list);
    if model.freshness().is_blind() {
        canvas.grey(list);
    }
    if let Some(area) = model.board.digest {
        draw_digest(model, canvas, area);
    }
    if let Some(area) = model.board.block {
        draw_block(model, canvas, area);
    }
}

fn draw_list(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let (widest_name, widest_plan) = (model.standup.name_width, model.standup.plan_width);
    let columns = &Columns::new(area.width, widest_name, widest_plan);
    let quiet = canvas.role(Role::Quiet);
    let count = format!("agent {}", position(model));
    canvas.put(area.x + 3, area.y, columns.name, count.trim_end(), quiet);
    for place in &columns.places {
        let age_is_last = place.column == Column::Age && !columns.has(Column::Last);
        let heading = if age_is_last {
            "age"
        } else {
            heading(place.column)
        };
        canvas.column(
            (area.x + place.x, area.y),
            place.width,
            place.align,
            heading,
            quiet,
        );
    }
    let visible = model
        .standup
        .items
        .iter()
        .skip(model.standup.top)
        .take(model.board.rows());
    for (y, item) in (area.y + 1..).zip(visible) {
        draw_item(model, canvas, (area, columns), y, item);
    }
}

/// `3/50` where the list is longer than the screen.
fn position(model: &Model) -> String {
    let all = model.standup.items.len();
    if all > model.board.rows() {
        format!("{}/{all}", model.cursor() + 1)
    } else {
        String::new()
    }
}

fn hidden<'a>(model: &'a Model, ids: &'a [AgentId]) -> impl Iterator<Item = &'a AgentView> {
    ids.iter()
        .filter_map(|id| model.agent(id))
        .map(AsRef::as_ref)
}

/// What a row is drawn from, besides what all parts depend on.
struct Drawn {
    agent: Arc<AgentView>,
    here: bool,
    marked: bool,
}

impl Drawn {
    fn is_of(&self, agent: &Arc<AgentView>, here: bool, marked: bool) -> bool {
        Arc::ptr_eq(&self.agent, agent) && (self.here, self.marked) == (here, marked)
    }
}

fn draw_item(
    model: &Model,
    canvas: &mut Canvas<'_>,
    (area, columns): (Rect, &Columns),
    y: u16,
    item: &Item,
) {
    let (row, agent, here, marked) = match item {
        Item::Agent(id) => {
            let Some(agent) = model.agent(id) else { return };
            let here = matches!(&model.standup.selected, Some(Selected::Agent(at)) if at == id);
            let line = Rect {
                y,
                height: 1,
                ..area
            };
            let marked = model.standup.marked.contains(id);
            let stands = canvas.stands_as(
                line,
                |before: &Drawn| before.is_of(agent, here, marked),
                || Drawn {
                    agent: Arc::clone(agent),
                    here,
                    marked,
                },
            );
            if stands {
                return;
            }
            (
                row(agent, model.now(), model.fleet().zone()),
                Some(&**agent),
                here,
                marked,
            )
        }
        Item::Fold(ids) => {
            let here = model.standup.selected == Some(Selected::Fold);
            (folded(hidden(model, ids)), None, here, false)
        }
    };
    let healthy = agent.is_none_or(|agent| !agent.row.is_trouble());
    let base = canvas.role(if healthy { Role::Quiet } else { Role::Text });
    if here {
        canvas.cursor(area.x, y);
    }
    let name_style = if here {
        canvas.role(Role::Cursor)
    } else {
        base
    };
    if agent.is_some() {
        let style = canvas.mark_style(row.mark);
        canvas.mark(area.x + 1, y, row.mark, style);
        if marked {
            let flag = canvas.mark_style(Mark::Flag);
            canvas.put(area.x + 2, y, 1, "*", flag);
        }
        canvas.put(area.x + 3, y, columns.name, &row.name, name_style);
    } else {
        canvas.put(area.x + 3, y, columns.fold(), &row.name, name_style);
    }
    for place in &columns.places {
        let at = (area.x + place.x, y);
        if place.column == Column::Strip {
            if let Some(agent) = agent {
                draw_strip(canvas, at, agent);
            }
            continue;
        }
        let (text, style) = cell(canvas, &row, *place, columns, base);
        canvas.column(at, place.width, place.align, text, style);
    }
}

fn cell<'a>(
    canvas: &Canvas<'_>,
    row: &'a Row,
    place: Place,
    columns: &Columns,
    base: Style,
) -> (&'a str, Style) {
    let of = |mark: Mark, text: &str| {
        if text.is_empty() {
            base
        } else {
            canvas.mark_style(mark)
        }
    };
    match place.column {
        Column::State => (row.word, canvas.mark_style(row.mark)),
        Column::Age if row.lasting.is_empty() && !columns.has(Column::Last) => (&row.last, base),
        Column::Age => (&row.lasting, base),
        Column::Last => (&row.last, base),
        Column::Next if row.next == "late" => (&row.next, canvas.mark_style(Mark::Late)),
        Column::Next => (&row.next, base),
        Column::Did => (&row.did, base),
        Column::Skipped => (&row.skipped, base),
        Column::Failed => (&row.failed, of(Mark::Fail, &row.failed)),
        Column::Plan if !row.unaccounted.is_empty() => (&row.plan, canvas.mark_style(Mark::Gap)),
        Column::Plan => (&row.plan, base),
        Column::Strip => ("", base),
        Column::Happened => (&row.happened, base),
    }
}

fn draw_strip(canvas: &mut Canvas<'_>, (x, y): (u16, u16), agent: &AgentView) {
    let quiet = canvas.role(Role::Quiet);
    for (x, hour) in (x..).zip(agent.strip) {
        match hour {
            None => {}
            Some(RowState::Ok) => {
                canvas.put(x, y, 1, ".", quiet);
            }
            Some(state) => {
                let style = canvas.mark_style(state.into());
                canvas.mark(x, y, state.into(), style);
            }
        }
    }
}

/// Calls as lines: at most two for each, the second one blank in front.
#[derive(Debug)]
struct DigestLine<'a> {
    call: Option<&'a Call>,
    text: String,
}

/// Columns of a sentence in the digest.
fn sentence_width(width: u16, name: u16) -> usize {
    usize::from(width.saturating_sub(name + 9)).max(8)
}

fn digest_name(model: &Model) -> u16 {
    let widest = if model.size.0 < 60 { 9 } else { 13 };
    (model.standup.name_width as u16).clamp(5, widest)
}

fn digest_lines(calls: &[Call], width: usize) -> Vec<DigestLine<'_>> {
    let mut lines = Vec::new();
    for call in calls {
        let mut parts = wrap(&call.sentence, width);
        if parts.len() > 2 {
            let rest = parts.split_off(1).join(" ");
            parts.push(cut(&rest, width).into_owned());
        }
        for (i, text) in parts.into_iter().enumerate() {
            lines.push(DigestLine {
                call: (i == 0).then_some(call),
                text,
            });
        }
    }
    lines
}

/// Lines the digest would like: one call of every agent in full, as far as a screen can be filled with them.
pub fn wanted_digest(model: &Model) -> usize {
    let calls = &model.calls.digest;
    let most = model.calls.agents.min(calls.len());
    digest_lines(
        &calls[..most],
        sentence_width(model.size.0, digest_name(model)),
    )
    .len()
}

/// Lines for the digest, and how many agents have no place in it. Every agent once before one of them twice.
fn fitted(model: &Model, calls: &[Call], rows: usize, width: usize) -> (usize, usize) {
    let agents = model.calls.agents;
    let (mut shown, mut used) = (0, 0);
    for (i, call) in calls.iter().enumerate() {
        let high = digest_lines(std::slice::from_ref(call), width).len();
        let behind = usize::from(i + 1 < agents);
        if used + high + behind > rows {
            break;
        }
        used += high;
        shown += 1;
    }
    (shown, agents.saturating_sub(shown))
}

fn draw_digest(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let name = digest_name(model);
    let calls = Same(Arc::clone(&model.calls.digest));
    if canvas.stands(area, (calls, model.calls.agents, name)) {
        return;
    }
    canvas.rule(Rect { height: 1, ..area }, "needs you", "");
    let width = sentence_width(area.width, name);
    let calls = &model.calls.digest;
    let calls = &calls[..calls.len().min(usize::from(area.height))];
    let rows = usize::from(area.height.saturating_sub(1));
    let (shown, more) = fitted(model, calls, rows, width);
    let text = canvas.role(Role::Text);
    let lines = digest_lines(&calls[..shown], width);
    let after = area.y + 1 + lines.len() as u16;
    for (y, line) in (area.y + 1..area.bottom()).zip(lines) {
        let x = area.x + 3 + name + 1;
        canvas.put(x, y, area.right().saturating_sub(x), &line.text, text);
        let Some(call) = line.call else { continue };
        let style = canvas.mark_style(call.mark);
        canvas.mark(area.x + 1, y, call.mark, style);
        canvas.put(area.x + 3, y, name, &call.agent.to_string(), text);
        canvas.column(
            (area.right().saturating_sub(4), y),
            4,
            Align::Right,
            &call.age,
            text,
        );
    }
    if more > 0 && after < area.bottom() {
        let quiet = canvas.role(Role::Quiet);
        let line = format!("+{more} more");
        canvas.put(
            area.x + 3,
            after,
            area.width.saturating_sub(3),
            &line,
            quiet,
        );
    }
}

fn draw_block(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let title = Rect { height: 1, ..area };
    let Some(agent) = model.selected_agent().and_then(|id| model.agent(id)) else {
        draw_folded(model, canvas, area);
        return;
    };
    let name = agent.id.to_string();
    let state = agent::title(agent, model.now());
    canvas.rule(
        title,
        &name,
        state.strip_prefix(&name).unwrap_or(&state).trim(),
    );
    let quiet = canvas.role(Role::Quiet);
    let rows = usize::from(area.height.saturating_sub(1));
    let lines = about(model.fleet(), agent, model.now(), rows);
    for (y, happening) in (area.y + 1..).zip(lines) {
        let width = (happening.time.width() as u16).max(5);
        canvas.put(area.x + 1, y, width, &happening.time, quiet);
        let x = area.x + width + 2;
        let style = canvas.mark_style(happening.mark);
        canvas.mark(x, y, happening.mark, style);
        let text = canvas.role(if happening.mark.is_trouble() {
            Role::Text
        } else {
            Role::Quiet
        });
        canvas.put(
            x + 2,
            y,
            area.right().saturating_sub(x + 2),
            &happening.text,
            text,
        );
    }
}

/// Under the folded line: what the first of the hidden agents did.
fn draw_folded(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let title = Rect { height: 1, ..area };
    let Some(Item::Fold(hidden)) = model.standup.items.get(model.cursor()) else {
        canvas.rule(title, "", "");
        return;
    };
    canvas.rule(title, "folded", "");
    let quiet = canvas.role(Role::Quiet);
    let agents = hidden.iter().filter_map(|id| model.agent(id));
    for (y, agent) in (area.y + 1..area.bottom()).zip(agents) {
        let row = row(agent, model.now(), model.fleet().zone());
        let name = digest_name(model);
        let style = canvas.mark_style(row.mark);
        canvas.mark(area.x + 1, y, row.mark, style);
        canvas.put(area.x + 3, y, name, &row.name, quiet);
        let x = area.x + name + 4;
        canvas.put(x, y, area.right().saturating_sub(x), &row.happened, quiet);
    }
}

/// What stands there instead of a list.
pub(in crate::ui) fn nothing(model: &Model) -> Vec<String> {
    if !model.fleet().agents.is_empty() {
        vec![
            "no agent matches the filter".to_owned(),
            "Esc clears it".to_owned(),
        ]
    } else if model.fleet().health.filling.is_some() {
        vec!["reading the agents' files".to_owned()]
    } else {
        nothing_found(model)
    }
}

fn draw_nothing(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let lines = nothing(model);
    let text = canvas.role(Role::Text);
    for (y, line) in (area.y + 1..area.bottom()).zip(&lines) {
        canvas.put(area.x + 2, y, area.width.saturating_sub(3), line, text);
    }
}

fn nothing_found(model: &Model) -> Vec<String> {
    let mut lines = vec![
        "No agents found.".to_owned(),
        String::new(),
        "Looked at".to_owned(),
    ];
    lines.extend(model.looked_at.iter().map(|place| format!("  {place}")));
    if model.looked_at.is_empty() {
        lines.push("  nothing: no path was given".to_owned());
    }
    lines.extend([
        String::new(),
        "An agent is a folder with one of".to_owned(),
        "  heartbeat.jsonl   one line for every run".to_owned(),
        "  schedule.json     the plan of the day".to_owned(),
        "  wal.jsonl         what it is about to do, and did".to_owned(),
        "  or a log with times: *.log, *.jsonl, heartbeat*.md".to_owned(),
        String::new(),
        "rounds PATH   looks elsewhere".to_owned(),
        "rounds init   writes a config with everything that can be set".to_owned(),
        "rounds demo   shows a fleet that lives and misbehaves".to_owned(),
    ]);
    lines
}
