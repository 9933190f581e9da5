//! The panes, each as a header, a heading and its lines.

use crate::ui::draw::Look;
use crate::ui::model::{Entry, Face, Found, Item, Model, Pane, Walk, found_in};
use crate::ui::pane;
use crate::view::agent::task_title;
use crate::view::ledger::{chain, counted};
use crate::view::retro as retro_view;
use crate::view::sprint::{Stage, columns, lane, shares, slots};
use crate::view::walk::verdict;
use crate::view::{pulse, queue as queue_view, spoken};

use super::Spoken;

/// Lines of the body under its heading.
fn rows(model: &Model) -> usize {
    usize::from(model.screen.body.height.saturating_sub(1))
}

pub fn page(model: &Model, look: &Look) -> Spoken {
    let fleet = model.fleet();
    let mut fresh = spoken::freshness(&model.freshness(), fleet, model.now());
    if model.past.as_ref().is_some_and(|past| past.reading) {
        fresh.push_str(", reading");
    }
    let mut page = Spoken::titled(spoken::header(&model.calls.pulse, &fresh));
    if let Some(walk) = &model.walk {
        walked(model, look, walk, &mut page);
        return page;
    }
    match model.pane {
        Pane::Standup if model.page.sheet.focused => agent(model, &mut page),
        Pane::Standup => standup(model, &mut page),
        Pane::Sprint => sprint(model, &mut page),
        Pane::Retro if model.reading.is_some() => insights(model, &mut page),
        Pane::Retro => retro(model, &mut page),
        Pane::Queue if model.queue.sheet.focused => {
            let entry = model.queue.selected.as_ref();
            let subject = entry.map(|entry| pane::queue::subject(model, entry));
            page.push(format!("Queue, {}", subject.unwrap_or_default()));
            sheet(model, &mut page);
        }
        Pane::Queue => queue(model, &mut page),
        Pane::Log => log(model, &mut page),
        Pane::Ledger if model.ledger.sheet.focused => {
            let one = model.ordered();
            let name = one.map(|one| format!("{} {}", one.verb.word(), one.subject()));
            page.push(format!("Ledger, {}", name.unwrap_or_default()));
            sheet(model, &mut page);
        }
        Pane::Ledger => ledger(model, &mut page),
    }
    page
}

/// The name of the pane, what it shows, and what narrows it.
fn heading(model: &Model, page: &mut Spoken, what: &str) {
    let line = model.filter();
    let filter = if line.text.is_empty() || line.editing {
        String::new()
    } else {
        format!(", filter {}", line.text)
    };
    page.push(format!("{}, {what}{filter}", model.pane.title()));
}

/// The lines of the page that has the keys.
fn sheet(model: &Model, page: &mut Spoken) {
    let (zone, now) = (model.fleet().zone(), model.now());
    let sheet = model.sheet();
    for (at, line) in sheet
        .lines
        .iter()
        .enumerate()
        .skip(sheet.top)
        .take(rows(model))
    {
        if at == sheet.at {
            page.here();
        }
        page.push(spoken::line(line, now, zone));
    }
}

fn standup(model: &Model, page: &mut Spoken) {
    let (fleet, now) = (model.fleet(), model.now());
    let since = pulse::moment(fleet, fleet.since, now);
    let all = match fleet.agents.len() {
        1 => "1 agent".to_owned(),
        n => format!("{n} agents"),
    };
    heading(
        model,
        page,
        &format!("{all} since {since}, ? tells the keys"),
    );
    if model.standup.items.is_empty() {
        let lines = pane::standup::nothing(model);
        let words = |line: String| line.split_whitespace().collect::<Vec<_>>().join(" ");
        page.here();
        page.lines.extend(lines.into_iter().map(words));
        return;
    }
    let shown = model
        .standup
        .items
        .iter()
        .enumerate()
        .skip(model.standup.top);
    for (at, item) in shown.take(rows(model)) {
        if at == model.cursor() {
            page.here();
        }
        match item {
            Item::Agent(id) => {
                let Some(one) = model.agent(id) else { continue };
                let marked = if model.standup.marked.contains(id) {
                    "marked, "
                } else {
                    ""
                };
                page.push(format!("{marked}{}", spoken::agent(one, now, fleet.zone())));
            }
            Item::Fold(ids) => {
                let hidden = ids
                    .iter()
                    .filter_map(|id| model.agent(id))
                    .map(AsRef::as_ref);
                page.push(spoken::folded(hidden));
            }
        }
    }
}

fn agent(model: &Model, page: &mut Spoken) {
    let (fleet, now) = (model.fleet(), model.now());
    let Some(one) = model.selected_agent().and_then(|id| model.agent(id)) else {
        page.push("this agent is no longer there");
        return;
    };
    page.push(match &model.page.task {
        Some(task) => task_title(one, task),
        None => format!(
            "{}: {}",
            one.id,
            spoken::title_state(one, now, fleet.zone())
        ),
    });
    sheet(model, page);
}

fn queue(model: &Model, page: &mut Spoken) {
    let (fleet, now) = (model.fleet(), model.now());
    let queue = queue_view::queue(fleet, now);
    heading(model, page, &spoken::queue_head(&queue));
    if model.queue.items.is_empty() {
        page.here();
        page.push(pane::queue::nothing(model));
        return;
    }
    let shown = model.queue.items.iter().enumerate().skip(model.queue.top);
    for (at, entry) in shown.take(model.queue_rows()) {
        if at == model.queue_cursor() {
            page.here();
        }
        let marked = matches!(entry, Entry::Call(cause) if model.queue.marked.contains(cause));
        let marked = if marked { "marked, " } else { "" };
        let aside = if matches!(entry, Entry::Aside(_)) {
            "set aside, "
        } else {
            ""
        };
        let said = match (entry, found_in(queue.clone(), entry)) {
            (Entry::Fold(n), _) => format!("{n} set aside, Enter shows them"),
            (_, Some(Found::Group(group))) => spoken::group(&group, fleet, now),
            (_, Some(Found::Waiting(waiting))) => spoken::waiting(&waiting, fleet, now),
            (_, None) => continue,
        };
        page.push(format!("{marked}{aside}{said}"));
    }
}

fn log(model: &Model, page: &mut Spoken) {
    heading(model, page, &pane::log::position(model));
    page.here();
    if model.log.folds.is_empty() {
        page.push(pane::log::nothing(model));
        return;
    }
    let zone = model.fleet().zone();
    let here = model.log_at();
    let shown = model.log.folds.iter().enumerate().skip(model.log.top);
    for (at, fold) in shown.take(rows(model)) {
        if here == Some(at) {
            page.here();
        }
        let before = at.checked_sub(1).map(|at| model.log.folds[at].last);
        let before = before.map(|last| model.log.rows[last].at);
        page.push(spoken::log_row(
            &model.log.rows[fold.last],
            fold.count,
            before,
            zone,
        ));
    }
}

fn ledger(model: &Model, page: &mut Spoken) {
    let (fleet, now) = (model.fleet(), model.now());
    let Some(journal) = &model.ledger.journal else {
        heading(model, page, "reading");
        return;
    };
    let said = counted(journal) + &chain(&journal.chain);
    heading(model, page, &said);
    if journal.orders.is_empty() {
        page.here();
        page.push(pane::ledger::nothing(model));
        return;
    }
    let shown = journal.orders.iter().enumerate().skip(model.ledger.top);
    for (at, one) in shown.take(model.ledger_rows()) {
        if at == model.ledger_cursor() {
            page.here();
        }
        page.push(spoken::order(one, fleet, now));
    }
}

fn sprint(model: &Model, page: &mut Spoken) {
    match model.sprint.face {
        Face::Lanes => lanes(model, page),
        Face::Columns => stages(model, page),
    }
}

fn lanes(model: &Model, page: &mut Spoken) {
    let (fleet, now) = (model.fleet(), model.now());
    let (names, at) = model.named_lines();
    heading(
        model,
        page,
        "today's plans, Enter opens one, v shows the states",
    );
    if names.is_empty() {
        page.here();
        page.push("no agent has a plan for this day");
        return;
    }
    let room = model.lines_rows();
    let at = at.unwrap_or_default();
    for (n, id) in names.iter().enumerate().skip(model.lines_top()).take(room) {
        if n == at {
            page.here();
        }
        let lane = model.agent(id).and_then(|agent| lane(agent));
        page.push(lane.map_or_else(
            || id.to_string(),
            |lane| spoken::lane(&lane, now, fleet.zone()),
        ));
    }
    for (mark, says) in pane::sprint::wrong(model) {
        page.push(format!("{}, {says}", spoken::word(mark)));
    }
}

/// Every state with how many tasks it has, and the first of them.
fn stages(model: &Model, page: &mut Spoken) {
    let (fleet, now) = (model.fleet(), model.now());
    heading(model, page, "today's tasks by state, v shows the plans");
    page.here();
    let all = columns(fleet);
    for ((stage, cards), room) in Stage::ALL.iter().zip(&all).zip(shares(&all, rows(model))) {
        page.push(format!("{}: {}", stage.word(), slots(cards)));
        for card in cards.iter().take(room) {
            page.push(spoken::card(card, now, fleet.zone()));
        }
    }
}

fn retro(model: &Model, page: &mut Spoken) {
    let week = model.week();
    let facts = model.retro.facts.as_deref();
    let Some(facts) = facts.filter(|facts| facts.week == week) else {
        heading(model, page, &format!("{}, reading", week.name()));
        return;
    };
    let all = retro_view::rows(facts);
    let (_, at) = model.named_lines();
    let at = at.unwrap_or_default();
    if model.retro.sheet.focused {
        let name = all.get(at).map(|row| row.name.as_str());
        page.push(format!(
            "Retro, {}, {}",
            week.name(),
            name.unwrap_or_default()
        ));
        sheet(model, page);
        return;
    }
    heading(model, page, &pane::retro::counted(facts));
    if all.is_empty() {
        page.here();
        page.push("no agent did anything in this week");
    }
    let room = rows(model);
    for (n, row) in all.iter().enumerate().skip(model.lines_top()).take(room) {
        if n == at {
            page.here();
        }
        page.push(spoken::week(row));
    }
}

fn insights(model: &Model, page: &mut Spoken) {
    let Some(reading) = &model.reading else {
        return;
    };
    let name = reading.agent().map(ToString::to_string).unwrap_or_default();
    let (at, of) = (reading.at + 1, reading.agents.len());
    page.push(format!("{name}, what it learned, {at} of {of}"));
    page.here();
    page.lines
        .extend(pane::insights::told(model).into_iter().skip(reading.top));
}

fn walked(model: &Model, look: &Look, walk: &Walk, page: &mut Spoken) {
    page.here();
    let Some(stop) = walk.stop() else {
        page.push(format!(
            "rounds made: {}",
            verdict(&walk.stops, walk.took(model.clock))
        ));
        for stop in &walk.stops {
            let outcome = stop.outcome.as_deref().unwrap_or("waiting on you");
            page.push(format!("{}: {outcome}; {}", stop.subject, stop.sentence));
        }
        return;
    };
    page.push(format!(
        "{}, {} of {}",
        stop.subject,
        walk.at + 1,
        walk.stops.len()
    ));
    let (zone, now) = (model.fleet().zone(), model.now());
    let keys: Vec<String> = pane::walk::safe_keys(model)
        .map(|spec| {
            let key = look.keymap.keys(spec.id).next().unwrap_or_default();
            format!("{key}: {}", spec.help)
        })
        .collect();
    let room = rows(model).saturating_sub(keys.len().min(rows(model) / 2) + 1);
    for line in walk.lines.iter().take(room) {
        page.push(spoken::line(line, now, zone));
    }
    if let Some(outcome) = &stop.outcome {
        page.push(format!("done: {outcome}"));
    }
    page.lines.extend(keys);
}
