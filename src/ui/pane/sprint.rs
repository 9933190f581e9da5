//! The day of every agent as a lane, or all of its tasks as columns of states.
//!
//! ```text
//!              00    02    04    06    08    10    12
//! ▸✗ publisher ✓ ◌✗✓ ✓╍│.  .  .  .  .. .  .    4/29 publish 3/3
//!  ✓ social    ✓  ✓  ✓│ .  .  .  .  .  .  .    3/28 comment 30/40
//! ─ publisher ───────────────────────── 24 h ─
//!  ✗ 05:30 ±5m  publish-article  failed, 12m of 10m
//!  ⧗ spacing: outreach/follow 04:30 and social/engage 04:25 on linkedin
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::domain::finding::{FindingKind, Severity};
use crate::domain::text::{clean, cut};
use crate::ui::model::{Face, Model};
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::Mark;
use crate::view::sprint::{
    Card, Cell, Ink, Join, Lane, Scale, Stage, cells, columns, joins, lane, links, shares, slots,
};

/// Lines kept for what lies beneath the lanes.
const LEAST_BENEATH: u16 = 4;

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    match model.sprint.face {
        Face::Lanes => lanes(model, canvas, area),
        Face::Columns => board(model, canvas, area),
    }
    if model.freshness().is_blind() {
        canvas.grey(area);
    }
}

/// Rows for lanes, and what is left for the sheet beneath, with its rule.
fn share(height: u16, count: usize) -> (u16, u16) {
    let wanted = u16::try_from(count).unwrap_or(u16::MAX).saturating_add(1);
    let beneath = if height >= 12 { LEAST_BENEATH } else { 0 };
    let list = wanted
        .min(height.saturating_sub(beneath))
        .max(1)
        .min(height);
    (list, height - list)
}

/// Rows of lanes that a body of this height shows.
pub fn rows(height: u16, count: usize) -> usize {
    usize::from(share(height, count).0.saturating_sub(1))
}

/// Of what ties lanes together so many lines are kept where lanes are lines of words.
const LEAST_WRONG: usize = 3;

/// Lanes that are shown as lines of words.
pub fn lines(model: &Model) -> usize {
    let rows = usize::from(model.screen.body.height.saturating_sub(1));
    let kept = wrong(model).len().min(LEAST_WRONG).min(rows / 3);
    rows.saturating_sub(kept).max(1)
}

fn lanes(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let (names, at) = model.named_lines();
    if names.is_empty() {
        let quiet = canvas.role(Role::Quiet);
        canvas.put(
            area.x + 1,
            area.y,
            area.width,
            "no agent has a plan for this day",
            quiet,
        );
        return;
    }
    let (list, beneath) = share(area.height, names.len());
    let rows = usize::from(list.saturating_sub(1));
    let at = at.unwrap_or_default();
    let top = model.lines_top();
    let widest = names.iter().map(|name| name.to_string().width()).max();
    let name = (widest.unwrap_or(5) as u16).clamp(5, (area.width / 4).max(5));
    let tail = if area.width >= 100 {
        32
    } else if area.width >= 60 {
        8
    } else {
        0
    };
    let axis = area.width.saturating_sub(name + 4 + tail);
    let scale = model.axis(axis);
    ruler(
        model,
        canvas,
        Rect {
            x: area.x + name + 4,
            width: axis,
            ..area
        },
        &scale,
    );
    let lanes = Rect {
        x: area.x + name + 4,
        y: area.y + 1,
        width: axis,
        height: list.saturating_sub(1),
    };
    for join in joins(model.fleet(), &names, &scale) {
        draw_join(canvas, lanes, top, join);
    }
    for (y, (n, id)) in (area.y + 1..).zip(names.iter().enumerate().skip(top).take(rows)) {
        let Some(lane) = model.agent(id).and_then(|agent| lane(agent)) else {
            continue;
        };
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        one(model, canvas, line, &lane, (&scale, name, n == at));
    }
    if beneath > 1 {
        let y = area.y + list;
        sheet(
            model,
            canvas,
            Rect {
                y,
                height: beneath,
                ..area
            },
        );
    }
}

/// The line between two lanes; what stands in the lanes covers it.
fn draw_join(canvas: &mut Canvas<'_>, lanes: Rect, top: usize, join: Join) {
    let style = canvas.mark_style(join.mark);
    let ascii = canvas.signs().rule == "-";
    let (first, last) = join.lanes;
    for n in first.max(top)..=last {
        let y = lanes.y + (n - top) as u16;
        if y >= lanes.bottom() {
            return;
        }
        let sign = match (n, ascii) {
            (_, true) => ":",
            (n, false) if n == first => "╷",
            (n, false) if n == last => "╵",
            (_, false) => "┆",
        };
        canvas.put(lanes.x + join.column, y, 1, sign, style);
    }
}

fn ruler(model: &Model, canvas: &mut Canvas<'_>, area: Rect, scale: &Scale) {
    let quiet = canvas.role(Role::Quiet);
    for (cell, label) in scale.hours(model.fleet().zone()) {
        canvas.put(area.x + cell, area.y, 2, &label, quiet);
    }
}

fn one(
    model: &Model,
    canvas: &mut Canvas<'_>,
    line: Rect,
    lane: &Lane,
    (scale, name, here): (&Scale, u16, bool),
) {
    let quiet = canvas.role(Role::Quiet);
    canvas.head(line, lane.mark, here, (&lane.name, name));
    let x = line.x + name + 4;
    let now = scale.cell_of(model.now());
    for (at, cell) in (0..).zip(cells(lane, scale, model.now())) {
        match (cell.mark, now == Some(at)) {
            (Some(mark), _) => {
                let style = canvas.mark_style(mark);
                let sign = ink(canvas, cell, mark);
                canvas.put(x + at, line.y, 1, sign, style);
            }
            (None, true) => {
                let upright = canvas.signs().upright;
                canvas.put(x + at, line.y, 1, upright, quiet);
            }
            (None, false) => {}
        }
    }
    tail(canvas, (x + scale.columns + 1, line), lane);
}

fn ink(canvas: &Canvas<'_>, cell: Cell, mark: Mark) -> &'static str {
    let ascii = canvas.signs().rule == "-";
    match (cell.ink, ascii) {
        (Ink::Empty, _) => " ",
        (Ink::Window, false) => "·",
        (Ink::Window, true) => ".",
        (Ink::Ran, false) => "━",
        (Ink::Ran, true) => "=",
        (Ink::Over, false) => "╍",
        (Ink::Over, true) => "#",
        (Ink::Due, false) => mark.glyph().unicode,
        (Ink::Due, true) => mark.glyph().ascii,
    }
}

fn tail(canvas: &mut Canvas<'_>, (mut x, line): (u16, Rect), lane: &Lane) {
    let quiet = canvas.role(Role::Quiet);
    let share = format!("{}/{}", lane.done, lane.planned);
    x = canvas.put(x, line.y, line.right().saturating_sub(x), &share, quiet) + 1;
    for bar in &lane.bars {
        if x + 6 > line.right() {
            return;
        }
        let (over, style) = if bar.is_over() {
            (" over", canvas.mark_style(Mark::Fail))
        } else {
            ("", quiet)
        };
        let text = format!("{} {}/{}{over}", bar.action, bar.planned, bar.most);
        x = canvas.put(x, line.y, line.right() - x, &text, style) + 1;
    }
}

/// The slots of the lane under the cursor, what ties slots together, and what is wrong with tomorrow.
fn sheet(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let agent = model.line_agent();
    let title = agent.as_ref().map(ToString::to_string).unwrap_or_default();
    let right = format!("{} h", model.sprint.zoom.hours());
    canvas.rule(Rect { height: 1, ..area }, &title, &right);
    let mut lines: Vec<(Mark, String)> = wrong(model);
    let (zone, now) = (model.fleet().zone(), model.now());
    let own = agent.and_then(|id| model.agent(&id).and_then(|agent| lane(agent)));
    let below = own.as_ref().map_or(0, |lane| bars(canvas, area, lane));
    let area = Rect {
        y: area.y + below,
        height: area.height.saturating_sub(below),
        ..area
    };
    let room = usize::from(area.height.saturating_sub(1));
    let own: Vec<(Mark, String)> = own
        .iter()
        .flat_map(|lane| &lane.slots)
        .map(|slot| {
            let length = slot
                .length(now)
                .map(|text| format!(", {text}"))
                .unwrap_or_default();
            let jitter = if slot.jitter.0 > 0 {
                format!(" ±{}", slot.jitter)
            } else {
                String::new()
            };
            let state = slot.state.word();
            (
                slot.mark,
                format!(
                    "{}{jitter}  {}  {state}{length}",
                    zone.hhmm(slot.due),
                    slot.name
                ),
            )
        })
        .collect();
    // What is over and went well makes room for what is not.
    let first = own
        .iter()
        .position(|(mark, _)| *mark != Mark::Ok)
        .unwrap_or(0);
    let keep = room.saturating_sub(lines.len().min(room / 2));
    lines.truncate(room - keep.min(room).min(own.len()));
    let shown = own.into_iter().skip(first.saturating_sub(1)).take(keep);
    let text = canvas.role(Role::Text);
    for (y, (mark, says)) in (area.y + 1..area.bottom()).zip(shown.chain(lines)) {
        let style = canvas.mark_style(mark);
        canvas.mark(area.x + 1, y, mark, style);
        canvas.put(area.x + 3, y, area.width.saturating_sub(4), &says, text);
    }
}

/// Cells of a bar of capacity.
const BAR: u16 = 8;

/// What is planned of each limited action against its limit, in one line. How many lines it took comes back.
fn bars(canvas: &mut Canvas<'_>, area: Rect, lane: &Lane) -> u16 {
    if lane.bars.is_empty() || area.height < 3 {
        return 0;
    }
    let ascii = canvas.signs().rule == "-";
    let (full, rest) = if ascii { ("#", ".") } else { ("█", "░") };
    let (quiet, y) = (canvas.role(Role::Quiet), area.y + 1);
    let mut x = area.x + 1;
    for bar in &lane.bars {
        let count = format!("{} / {}", bar.planned, bar.most);
        let wide = (bar.action.width() + count.width()) as u16 + BAR + 3;
        if x + wide > area.right() {
            break;
        }
        let style = if bar.is_over() {
            canvas.mark_style(Mark::Fail)
        } else {
            canvas.role(Role::Text)
        };
        x = canvas.put(x, y, area.right() - x, &bar.action, quiet) + 1;
        let most = u64::from(bar.most.max(1));
        let filled = (u64::from(bar.planned) * u64::from(BAR) / most).min(u64::from(BAR));
        for cell in 0..BAR {
            let sign = if u64::from(cell) < filled { full } else { rest };
            canvas.put(x + cell, y, 1, sign, style);
        }
        x = canvas.put(x + BAR + 1, y, area.right() - x, &count, style) + 2;
    }
    1
}

/// What ties slots together, and what is wrong with tomorrow.
pub(in crate::ui) fn wrong(model: &Model) -> Vec<(Mark, String)> {
    let mut lines = links(model.fleet());
    let lint = model
        .live
        .findings
        .iter()
        .filter(|f| f.kind == FindingKind::PlanLint);
    lines.extend(lint.map(|found| {
        let mark = if found.severity > Severity::Info {
            Mark::Late
        } else {
            Mark::Wait
        };
        (mark, format!("{}: {}", found.agent, clean(&found.sentence)))
    }));
    lines
}

fn board(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let all = columns(model.fleet());
    let wide = area.width / Stage::ALL.len() as u16;
    // Narrow screens show the columns one below the other.
    if wide < 14 {
        return stacked(canvas, area, &all);
    }
    for ((n, stage), cards) in (0..).zip(Stage::ALL).zip(&all) {
        let x = area.x + n * wide;
        let title = canvas.role(Role::Title);
        canvas.put(
            x + 1,
            area.y,
            wide - 1,
            &format!("{} {}", stage.word(), slots(cards)),
            title,
        );
        for (y, card) in (area.y + 1..area.bottom()).zip(cards) {
            draw_card(
                canvas,
                Rect {
                    x,
                    y,
                    width: wide,
                    height: 1,
                },
                card,
            );
        }
    }
}

fn stacked(canvas: &mut Canvas<'_>, area: Rect, all: &[Vec<Card>; 5]) {
    let mut y = area.y;
    let shares = shares(all, usize::from(area.height));
    for ((stage, cards), room) in Stage::ALL.iter().zip(all).zip(shares) {
        if y >= area.bottom() {
            return;
        }
        let title = canvas.role(Role::Title);
        canvas.put(
            area.x + 1,
            y,
            area.width,
            &format!("{} {}", stage.word(), slots(cards)),
            title,
        );
        y += 1;
        for card in cards.iter().take(room) {
            if y >= area.bottom() {
                return;
            }
            draw_card(
                canvas,
                Rect {
                    y,
                    height: 1,
                    ..area
                },
                card,
            );
            y += 1;
        }
    }
}

fn draw_card(canvas: &mut Canvas<'_>, line: Rect, card: &Card) {
    let style = canvas.mark_style(card.mark);
    canvas.mark(line.x + 1, line.y, card.mark, style);
    let text: Style = canvas.role(if card.mark.is_trouble() {
        Role::Text
    } else {
        Role::Quiet
    });
    let age = if card.reviews_itself {
        format!("{} own", card.age)
    } else {
        card.age.clone()
    };
    let room = line.width.saturating_sub(5 + age.width() as u16);
    let name = card.name();
    canvas.put(
        line.x + 3,
        line.y,
        room,
        &cut(&name, usize::from(room)),
        text,
    );
    let x = line.right().saturating_sub(age.width() as u16 + 1);
    let quiet = canvas.role(Role::Quiet);
    canvas.put(x, line.y, age.width() as u16, &age, quiet);
}
