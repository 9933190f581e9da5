//! The log, the timelines and the boards of past moments: what is asked of the history, and what is made of the answers.

use std::sync::Arc;

use crate::domain::fleet::{AgentView, Fleet};
use crate::domain::log::{LogFilter, LogKey, LogRow};
use crate::domain::time::{Span, Ts};
use crate::reader::{Anchor, Query};
use crate::ui::effect::Effect;
use crate::ui::layout;
use crate::ui::model::{Model, Pane, Past, ReadTo, Want, Wanter};
use crate::view::agent::Target;
use crate::view::{Mark, log};

use super::act::Direction;

/// Rows of an agent's own timeline.
const TIMELINE: usize = 200;
/// The least that is read of the log at once.
const LEAST_ROWS: usize = 60;

/// Where equal rows fold into one line, reading on by itself ends here; another key goes on.
const MOST_ROWS: usize = 2_000;

/// How much is read at once: about three screens.
fn window(model: &Model) -> usize {
    (usize::from(model.log_area().height) * 3).max(LEAST_ROWS)
}

/// Rows that are on the screen and not known yet: what a snapshot brings with it is taken from there, and everything else
/// is asked for.
pub fn ask_for_missing(model: &mut Model, effects: &mut Vec<Effect>) {
    // The first board is being judged: reading beside it would only make it late.
    let live = &model.live;
    if live.version == 0 && live.agents.is_empty() && model.stopped.is_none() {
        return;
    }
    if model.log_visible() && model.log.follow {
        let filter = log_filter(model);
        let mut read_to = model.log.read_to.take();
        let missing = missing(model, &mut read_to, &filter);
        model.log.read_to = read_to;
        match missing {
            Missing::Nothing => {}
            Missing::Rows(rows) => grow(model, rows),
            Missing::Everything => want_log(model, filter, Anchor::Tail),
        }
    }
    if !model.page_visible() {
        return;
    }
    let agent = model.selected_agent().and_then(|id| model.agent(id));
    if let Some(agent) = agent.cloned() {
        ask_for_page(model, agent, effects);
    }
}

fn ask_for_page(model: &mut Model, agent: Arc<AgentView>, effects: &mut Vec<Effect>) {
    let task = model.page.task.clone();
    let until = past_end(model);
    let filter = LogFilter {
        agents: vec![agent.id.clone()],
        task: task.clone(),
        until,
        ..LogFilter::default()
    };
    let mut read_to = model.page.read_to.take();
    let missing = missing(model, &mut read_to, &filter);
    model.page.read_to = read_to;
    match missing {
        Missing::Nothing => {}
        Missing::Rows(rows) => grow_timeline(model, rows),
        Missing::Everything => want(
            model,
            Want {
                by: Wanter::Page(task.clone()),
                filter,
                anchor: Anchor::Tail,
                rows: TIMELINE,
            },
        ),
    }
    let Some(task) = task else {
        model.page.asked_for = None;
        return;
    };
    let asked = model.page.asked_for.as_ref();
    if !asked.is_some_and(|(asked, of)| Arc::ptr_eq(asked, &agent) && *of == task) {
        model.page.asked_for = Some((Arc::clone(&agent), task.clone()));
        let agent = agent.id.clone();
        effects.push(Effect::Ask(Query::Versions { agent, task, until }));
    }
}

/// What a view of the newest rows lacks.
enum Missing {
    Nothing,
    /// These have come since.
    Rows(Vec<LogRow>),
    Everything,
}

fn missing(model: &Model, read_to: &mut Option<ReadTo>, filter: &LogFilter) -> Missing {
    let fleet = model.fleet();
    if let Some(read) = read_to
        && read.filter == *filter
    {
        if read.version == fleet.version {
            return Missing::Nothing;
        }
        // What came meanwhile follows the answer.
        if !read.answered && is_out(model, filter) {
            return Missing::Nothing;
        }
        let since = fleet.tail.after(read.version);
        if let Some(rows) = since.filter(|_| read.answered && read.version < fleet.version) {
            read.version = fleet.version;
            let rows: Vec<LogRow> = rows.filter(|row| filter.takes(row)).cloned().collect();
            return if rows.is_empty() {
                Missing::Nothing
            } else {
                Missing::Rows(rows)
            };
        }
    }
    *read_to = Some(ReadTo {
        filter: filter.clone(),
        version: fleet.version,
        answered: false,
    });
    Missing::Everything
}

/// Whether the newest rows are being read.
fn is_out(model: &Model, filter: &LogFilter) -> bool {
    let mut asked = model.asked.out.iter().chain(&model.asked.waiting);
    asked.any(|want| want.anchor == Anchor::Tail && want.filter == *filter)
}

/// Puts rows where they belong. Where there is more before the first that was read, what lies before it is left to whoever
/// reads on.
fn put(known: &mut Vec<LogRow>, more_before: bool, rows: Vec<LogRow>) {
    for row in rows {
        let key = log::key(&row);
        let at = known.partition_point(|other| log::key(other) < key);
        match known.get_mut(at) {
            Some(same) if log::key(same) == key => *same = row,
            Some(_) if at == 0 && more_before => {}
            Some(_) | None => known.insert(at, row),
        }
    }
}

/// New rows of the log that is followed.
fn grow(model: &mut Model, rows: Vec<LogRow>) {
    let most = window(model);
    let log = &mut model.log;
    put(&mut log.rows, log.older, rows);
    log.folds = log::fold(&log.rows);
    // Not with every row: that would be a copy of them all each time.
    if log.rows.len() > most * 2 {
        let before = log.folds.len();
        log.rows.drain(..log.rows.len() - most);
        log.folds = log::fold(&log.rows);
        log.older = true;
        log.top = log.top.saturating_sub(before - log.folds.len());
    }
    let (height, count) = (lines(model), model.log.folds.len());
    if model.log.top + height < count {
        model.log.top = (count + free(height)).saturating_sub(height);
    }
    scroll(model);
}

/// Lines that are left free where the followed log has reached the end of its pane and moves up: the next ones are written
/// there, and nothing else moves. Moving everything with every line would cost the wire two thousand bytes each time, and
/// the reader the place.
fn free(height: usize) -> usize {
    height / 4
}

/// Lines of the log that have a place on the screen.
fn lines(model: &Model) -> usize {
    usize::from(model.log_area().height.saturating_sub(1))
}

fn grow_timeline(model: &mut Model, rows: Vec<LogRow>) {
    if let Some((_, known)) = &mut model.page.timeline {
        put(known, known.len() >= TIMELINE, rows);
        known.drain(..known.len().saturating_sub(TIMELINE));
    }
    model.page.built = None;
}

/// In a past moment, nothing after it has happened yet.
fn past_end(model: &Model) -> Option<Ts> {
    model.past.as_ref().map(|past| past.wanted)
}

pub fn log_filter(model: &Model) -> LogFilter {
    filter_of(model, Pane::Log)
}

/// The filter line of a pane as a question to the history; in a past moment nothing after it has happened yet.
pub fn filter_of(model: &Model, pane: Pane) -> LogFilter {
    let line = &model.filters[pane as usize];
    let mut filter = line.filter.log(model.fleet(), model.now());
    if let Some(end) = past_end(model) {
        filter.until = Some(filter.until.map_or(end, |until| until.min(end)));
    }
    filter
}

fn want_log(model: &mut Model, filter: LogFilter, anchor: Anchor) {
    let rows = window(model);
    want(
        model,
        Want {
            by: Wanter::Log,
            filter,
            anchor,
            rows,
        },
    );
}

fn want(model: &mut Model, want: Want) {
    let page = |by: &Wanter| matches!(by, Wanter::Page(_));
    model
        .asked
        .waiting
        .retain(|other| page(&other.by) != page(&want.by));
    model.asked.waiting.push(want);
}

pub fn send_next(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.asked.out.is_some() || model.asked.waiting.is_empty() {
        return;
    }
    let want = model.asked.waiting.remove(0);
    effects.push(Effect::Ask(Query::Log {
        filter: want.filter.clone(),
        anchor: want.anchor.clone(),
        rows: want.rows,
    }));
    model.asked.out = Some(want);
}

/// An answer of the log. One that nobody waits for any more is dropped.
pub fn rows(
    model: &mut Model,
    (filter, anchor): (&LogFilter, &Anchor),
    rows: Vec<LogRow>,
    (older, newer): (bool, bool),
) {
    let out = model
        .asked
        .out
        .take_if(|out| out.filter == *filter && out.anchor == *anchor);
    let Some(out) = out else { return };
    match out.by.clone() {
        Wanter::Page(task) => {
            answered(&mut model.page.read_to, &out);
            if let Some(agent) = filter.agents.first().cloned() {
                model.page.timeline = Some((Target { agent, task }, rows));
                model.page.built = None;
            }
        }
        Wanter::Log => {
            answered(&mut model.log.read_to, &out);
            merge(model, &out, rows, (older, newer));
        }
    }
}

/// Rows around a moment do not go on with what was read before.
fn answered(read_to: &mut Option<ReadTo>, want: &Want) {
    match want.anchor {
        Anchor::Tail => {
            if let Some(read) = read_to
                && read.filter == want.filter
            {
                read.answered = true;
            }
        }
        Anchor::Around(_) => *read_to = None,
        Anchor::Before(_) | Anchor::After(_) => {}
    }
}

fn merge(model: &mut Model, want: &Want, rows: Vec<LogRow>, (older, newer): (bool, bool)) {
    let offset = model.log_at().unwrap_or(0).saturating_sub(model.log.top);
    let log = &mut model.log;
    match want.anchor {
        Anchor::Tail | Anchor::Around(_) => {
            log.rows = rows;
            (log.older, log.newer) = (older, newer);
        }
        Anchor::Before(_) => {
            log.rows.splice(0..0, rows);
            log.older = older;
        }
        Anchor::After(_) => {
            log.rows.extend(rows);
            log.newer = newer;
        }
    }
    log.folds = log::fold(&log.rows);
    trim(model, &want.anchor);
    model.log.top = model.log_at().unwrap_or(0).saturating_sub(offset);
    if model.log.rows.len() < MOST_ROWS {
        scroll(model);
    }
}

/// Forgets what is more than two screens away on the side that was not read. Reading on begins one screen before an end,
/// so what was forgotten is not asked for again at once.
fn trim(model: &mut Model, anchor: &Anchor) {
    let far = usize::from(model.log_area().height) * 2 + 1;
    let Some(at) = model.log_at() else { return };
    let log = &mut model.log;
    match anchor {
        Anchor::Before(_) => {
            if let Some(fold) = log.folds.get(at + far)
                && fold.last + 1 < log.rows.len()
            {
                log.rows.truncate(fold.last + 1);
                log.newer = true;
            }
        }
        Anchor::After(_) => {
            if let Some(fold) = at.checked_sub(far).and_then(|i| log.folds.get(i)) {
                log.rows.drain(..=fold.last);
                log.older = true;
            }
        }
        Anchor::Tail | Anchor::Around(_) => return,
    }
    log.folds = log::fold(&log.rows);
}

/// Keeps the cursor on the screen, and reads on where it comes near an end of what was read.
pub fn scroll(model: &mut Model) {
    let height = lines(model);
    let count = model.log.folds.len();
    let at = model.log_at().unwrap_or(0);
    if model.log.follow {
        let last = count.saturating_sub(height);
        if model.log.top < last || model.log.top > last + free(height) {
            model.log.top = last;
        }
        return;
    }
    model.log.top = layout::scrolled(model.log.top, at, height, count);
    let filter = log_filter(model);
    if at < height
        && model.log.older
        && let Some(first) = model.log.rows.first()
    {
        let anchor = Anchor::Before(log::key(first));
        want_log(model, filter, anchor);
    } else if at + height >= count
        && model.log.newer
        && let Some(last) = model.log.rows.last()
    {
        let anchor = Anchor::After(log::key(last));
        want_log(model, filter, anchor);
    }
}

/// Moves the cursor of the log by lines; arriving at the end follows what is written.
pub fn move_by(model: &mut Model, lines: isize) {
    let Some(at) = model.log_at() else { return };
    let last = model.log.folds.len() - 1;
    let to = at.saturating_add_signed(lines).min(last);
    if to == last && lines > 0 && !model.log.newer {
        follow(model);
        return;
    }
    model.log.follow = false;
    let row = &model.log.rows[model.log.folds[to].last];
    model.log.cursor = Some(log::key(row));
    scroll(model);
}

/// To the next line of the log that was read and tells of trouble.
pub fn jump(model: &mut Model, direction: Direction) {
    let Some(at) = model.log_at() else { return };
    let log = &model.log;
    let tells = |i: &usize| Mark::from(&log.rows[log.folds[*i].last]).is_trouble();
    let found = match direction {
        Direction::Forward => (at + 1..log.folds.len()).find(tells),
        Direction::Back => (0..at).rev().find(tells),
    };
    let Some(to) = found else {
        super::say(model, "no further trouble in what was read of the log");
        return;
    };
    model.log.follow = false;
    let row = &model.log.rows[model.log.folds[to].last];
    model.log.cursor = Some(log::key(row));
    scroll(model);
}

/// To the newest rows, and on with them.
pub fn follow(model: &mut Model) {
    model.log.follow = true;
    model.log.cursor = None;
    model.log.top = 0;
    if model.log.newer {
        model.log.read_to = None;
    }
    scroll(model);
}

/// To the oldest rows that were read; more are asked for.
pub fn to_top(model: &mut Model) {
    let count = isize::try_from(model.log.folds.len()).unwrap_or(isize::MAX);
    move_by(model, -count);
}

/// Opens the log at a line.
pub fn open_at(model: &mut Model, key: LogKey) {
    let filter = log_filter(model);
    if model.pane == Pane::Queue {
        model.back_to = Some(Pane::Queue);
    }
    model.page.sheet.focused = false;
    model.pane = Pane::Log;
    model.log.follow = false;
    model.log.top = 0;
    let anchor = Anchor::Around(key.at);
    model.log.cursor = Some(key);
    want_log(model, filter, anchor);
}

/// The board at another moment: `by` is negative for the past. At or after now it is the live one.
pub fn travel(model: &mut Model, by: Span, effects: &mut Vec<Effect>) {
    let from = model.past.as_ref().map_or(model.clock, |past| past.wanted);
    let wanted = from + by;
    if wanted >= model.clock {
        return_to_now(model);
        return;
    }
    let board = Arc::clone(model.fleet());
    model.past = Some(Past {
        wanted,
        board,
        reading: true,
    });
    effects.push(Effect::Ask(Query::Past {
        at: wanted,
        since: None,
    }));
}

pub fn board(model: &mut Model, board: Arc<Fleet>) {
    if let Some(past) = &mut model.past
        && past.wanted == board.at
    {
        past.board = board;
        past.reading = false;
        model.board_changed();
    }
}

pub fn return_to_now(model: &mut Model) {
    if model.past.take().is_some() {
        model.board_changed();
    }
}
