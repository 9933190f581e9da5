//! What an order would do, before anything is done: the sentence, how far it reaches, the exact difference, how it is
//! confirmed. The default is no.
//!
//! ```text
//! ┌ reclaim mail-bot/inbox ────────────────── mutating, reversible ┐
//! │ 1 step is open: s3 (reply-991), outcome unknown                │
//! │                                                                │
//! │ inbox: claimed → pending, epoch 3 → 4                          │
//! │ schedule.json                                                  │
//! │  12 - "status":"claimed"                                       │
//! │  12 + "status":"pending"                                       │
//! │ undo: the owner returns under epoch 5                          │
//! │                                                                │
//! │ y carries it out, any other key leaves everything as it is     │
//! └────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Beside the last line stands no word of an agent's: ids and sentences of rounds only.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::text::cut;
use crate::domain::time::Zone;
use crate::ops::{Answer, Change, Confirm, DiffLine, Plan, Refusal, Request, Sign, Undoing};
use crate::ui::layout;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::wrap::wrap;

const WIDEST: u16 = 100;
/// Orders of a bulk that are named.
const NAMED: usize = 12;

/// Orders that wait for a yes, and what was typed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub plans: Vec<Plan>,
    /// What is left out, and why.
    pub refused: Vec<(Request, Refusal)>,
    pub typed: String,
    /// "I have checked outside."
    pub outside: bool,
    pub top: usize,
}

impl Preview {
    pub fn new(planned: Vec<(Request, Result<Plan, Refusal>)>) -> Self {
        let several = planned.len() > 1;
        let (mut plans, mut refused) = (Vec::new(), Vec::new());
        for (request, plan) in planned {
            match plan {
                Ok(plan) if several && needs_code(&plan.level) => refused.push((
                    request,
                    Refusal::new("it needs a code of its own").but("order it by itself"),
                )),
                Ok(plan) => plans.push(plan),
                Err(refusal) => refused.push((request, refusal)),
            }
        }
        plans.sort_by_key(|plan| plan.blast.worst());
        Self {
            plans,
            refused,
            typed: String::new(),
            outside: false,
            top: 0,
        }
    }

    /// How it is confirmed: by the strictest of its orders.
    pub fn level(&self) -> Confirm {
        match self.plans.as_slice() {
            [only] => only.level.clone(),
            plans if plans.iter().any(|plan| plan.level != Confirm::None) => Confirm::Yes,
            _ => Confirm::None,
        }
    }

    /// It asks whether the outside was looked at, too.
    pub fn asks_outside(&self) -> bool {
        matches!(self.level(), Confirm::CodeAndOutside(_))
    }

    pub fn answer(&self, yes: bool) -> Answer {
        Answer {
            yes,
            code: (!self.typed.is_empty()).then(|| self.typed.clone()),
            outside: self.outside,
        }
    }
}

fn needs_code(level: &Confirm) -> bool {
    match level {
        Confirm::Code(_) | Confirm::CodeAndOutside(_) => true,
        Confirm::None | Confirm::Yes => false,
    }
}

/// `reclaim mail-bot/inbox`
pub fn name(request: &Request) -> String {
    let task = request.task.as_ref().map(|task| format!("/{task}"));
    format!(
        "{} {}{}",
        request.verb.word(),
        request.agent,
        task.unwrap_or_default()
    )
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    text: String,
    role: Role,
}

impl Line {
    fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            role: Role::Text,
        }
    }

    fn quiet(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            role: Role::Quiet,
        }
    }
}

/// Its lines in words: what would be done, how far it reaches, what changes as `diff` tells it, and how it is undone.
pub(in crate::ui) fn said(
    preview: &Preview,
    width: usize,
    zone: Zone,
    diff: impl Fn(&DiffLine) -> String,
) -> Vec<String> {
    let told = |line: &DiffLine| Line::plain(diff(line));
    let lines = lines(preview, width, zone, &told).into_iter();
    lines.map(|line| line.text.trim().to_owned()).collect()
}

/// How it is confirmed, in words.
pub(in crate::ui) fn asks(preview: &Preview) -> Vec<String> {
    let lines = question(preview).into_iter();
    let said = lines.map(|line| match line.text.strip_prefix("[x] ") {
        Some(rest) => format!("checked outside: yes; {rest}"),
        None => match line.text.strip_prefix("[ ] ") {
            Some(rest) => format!("checked outside: no; {rest}"),
            None => line.text.strip_suffix('_').unwrap_or(&line.text).to_owned(),
        },
    });
    said.collect()
}

/// Its last line takes a code.
pub(in crate::ui) fn takes_code(preview: &Preview) -> bool {
    !preview.plans.is_empty() && needs_code(&preview.level())
}

fn lines(
    preview: &Preview,
    width: usize,
    zone: Zone,
    diff: &dyn Fn(&DiffLine) -> Line,
) -> Vec<Line> {
    let mut lines = Vec::new();
    match preview.plans.as_slice() {
        [only] => single(only, width, diff, &mut lines),
        plans => several(plans, zone, &mut lines),
    }
    for (request, refusal) in preview.refused.iter().take(NAMED) {
        let text = format!("left out: {}: {refusal}", name(request));
        lines.extend(wrap(&text, width).into_iter().map(Line::quiet));
    }
    lines
}

fn single(plan: &Plan, width: usize, diff: &dyn Fn(&DiffLine) -> Line, lines: &mut Vec<Line>) {
    lines.extend(wrap(&plan.sentence, width).into_iter().map(Line::plain));
    lines.extend(
        plan.reach()
            .into_iter()
            .flat_map(|reach| wrap(reach, width))
            .map(Line::quiet),
    );
    if let Some(reason) = plan.request.reason() {
        lines.push(Line::quiet(format!(
            "because: {}",
            cut(reason, width.saturating_sub(9))
        )));
    }
    lines.extend(
        plan.timeline
            .iter()
            .map(|event| Line::quiet(format!("  {event}"))),
    );
    let ground = plan.ground.iter().flat_map(|ground| wrap(ground, width));
    lines.extend(ground.map(Line::plain));
    lines.push(Line::plain(""));
    for file in files(&plan.changes) {
        lines.push(Line::quiet(file));
    }
    lines.extend(plan.diff.iter().map(diff));
    let undo = match &plan.undo {
        Undoing::Possible(how) => format!("undo: {how}"),
        Undoing::Never(why) => format!("cannot be undone: {why}"),
    };
    lines.extend(wrap(&undo, width).into_iter().map(Line::quiet));
}

/// The files whose lines follow, once each.
fn files(changes: &[Change]) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for change in changes {
        let file = match change {
            Change::Edit(edit) => &edit.file,
            Change::Rewrite(rewrite) => &rewrite.file,
            Change::Append(_) | Change::Act(_) | Change::Ledger(_) => continue,
        };
        let path = file.path.to_string();
        if !files.contains(&path) {
            files.push(path);
        }
    }
    files
}

fn diff_line(line: &DiffLine) -> Line {
    let role = match line.sign {
        Sign::Removed | Sign::Of => Role::Quiet,
        Sign::Added => Role::Title,
    };
    let place = if line.line == 0 {
        String::new()
    } else {
        line.line.to_string()
    };
    Line {
        text: format!("{place:>4} {} {}", line.sign.mark(), line.compact()),
        role,
    }
}

fn several(plans: &[Plan], zone: Zone, lines: &mut Vec<Line>) {
    for plan in plans.iter().take(NAMED) {
        let risk = if plan.blast.asked.is_empty() {
            "touches nothing outside"
        } else {
            plan.blast.worst().word()
        };
        let due = plan.request.due.map(|at| format!(" at {}", zone.hhmm(at)));
        let due = due.unwrap_or_default();
        lines.push(Line::plain(format!(
            "{}{due}  ({risk})",
            name(&plan.request)
        )));
    }
    if plans.len() > NAMED {
        lines.push(Line::quiet(format!("and {} more", plans.len() - NAMED)));
    }
    lines.push(Line::quiet(
        "one after another, the harmless first, 300 ms apart",
    ));
}

/// How it is confirmed. No word of an agent's stands here.
fn question(preview: &Preview) -> Vec<Line> {
    let strong = |text: String| Line {
        text,
        role: Role::Title,
    };
    if preview.plans.is_empty() {
        return vec![strong("nothing of this can be done; Esc closes".to_owned())];
    }
    match preview.level() {
        Confirm::None | Confirm::Yes => {
            vec![strong(
                "y carries it out; any other key leaves everything as it is".to_owned(),
            )]
        }
        Confirm::Code(code) => vec![typed(preview, code.text())],
        Confirm::CodeAndOutside(code) => {
            let sign = if preview.outside { "x" } else { " " };
            vec![
                strong(format!(
                    "[{sign}] tab: I have checked outside that it was not done"
                )),
                typed(preview, code.text()),
            ]
        }
    }
}

fn typed(preview: &Preview, code: &str) -> Line {
    Line {
        text: format!(
            "type {code} and Enter to carry it out; Esc leaves it: {}_",
            preview.typed
        ),
        role: Role::Title,
    }
}

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, preview: &Preview) {
    let (width, height) = model.size;
    let wide = width.min(WIDEST);
    let text_width = usize::from(wide.saturating_sub(4));
    let lines = lines(preview, text_width, model.fleet().zone(), &diff_line);
    let asked = asked(preview, text_width);
    let high = (lines.len() + asked.len() + 3)
        .min(usize::from(height))
        .max(3) as u16;
    let area = layout::centred(model.size, (wide, high));
    let inner = canvas.window(area, &title(preview));
    let room = usize::from(inner.height).saturating_sub(asked.len() + 1);
    let top = layout::scrolled(preview.top, preview.top, room, lines.len());
    for (y, line) in (inner.y..).zip(lines.iter().skip(top).take(room)) {
        let style = canvas.role(line.role);
        canvas.put(inner.x, y, inner.width, &line.text, style);
    }
    let first = inner.bottom().saturating_sub(asked.len() as u16);
    for (y, line) in (first..inner.bottom()).zip(&asked) {
        ask(
            canvas,
            Rect {
                y,
                height: 1,
                ..inner
            },
            line,
        );
    }
}

/// The question as it fits: what is typed at its end is always seen.
fn asked(preview: &Preview, width: usize) -> Vec<Line> {
    let lines = question(preview).into_iter();
    let fitted = lines.flat_map(|line| {
        let role = line.role;
        let parts = wrap(&line.text, width).into_iter();
        parts.map(move |text| Line { text, role })
    });
    fitted.collect()
}

fn ask(canvas: &mut Canvas<'_>, area: Rect, line: &Line) {
    canvas.put(
        area.x,
        area.y,
        area.width,
        &" ".repeat(usize::from(area.width)),
        Style::new(),
    );
    let style = canvas.role(line.role);
    canvas.put(area.x, area.y, area.width, &line.text, style);
}

pub(in crate::ui) fn title(preview: &Preview) -> String {
    match preview.plans.as_slice() {
        [] => "refused".to_owned(),
        [only] => name(&only.request),
        plans => {
            let verb = plans[0].request.verb.word();
            format!("{verb} {} tasks", plans.len())
        }
    }
}
