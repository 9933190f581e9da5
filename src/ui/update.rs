//! `update(&mut Model, Msg) -> Vec<Effect>`: the only place where the screen's state changes. No IO, no clock.

mod act;
mod history;
mod text;

use std::sync::Arc;

use crate::domain::fleet::Fleet;
use crate::domain::text::clean;
use crate::keeper::Reply;
use crate::reader::Page;
use crate::view::agent;

use super::effect::Effect;
use super::layout;
use super::model::{Model, Toast};
use super::msg::{Input, Msg};

pub use act::visible_commands;

pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    match msg {
        Msg::Input(input) => {
            model.toast = None;
            model.standup.settled = true;
            match input {
                Input::Command(id) => act::command(model, id, &mut effects),
                Input::Edit(edit) => text::edit(model, edit, &mut effects),
                Input::Unbound(key) => {
                    say(model, format!("{key} does nothing here; ? shows the keys"));
                }
            }
        }
        Msg::Fleet(fleet) => arrived(model, fleet),
        Msg::Reply(reply) => answer(model, reply),
        Msg::Page(page) => paged(model, page, &mut effects),
        Msg::Failed(sentence) => say(model, sentence),
        Msg::Stopped => stopped(model, None),
        Msg::Tick(now) => {
            model.clock = now;
            model.asked.out = None;
            model.relist();
        }
        Msg::Resize(width, height) => {
            model.size = (width, height);
            model.relist();
        }
    }
    refresh(model, &mut effects);
    effects
}

fn say(model: &mut Model, sentence: impl Into<String>) {
    model.toast = Some(Toast(clean(&sentence.into()).into_owned()));
}

/// Brings what depends on the rest up to date, and asks for what is missing.
fn refresh(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.page_visible() {
        rebuild_page(model);
    }
    history::ask_for_missing(model);
    history::send_next(model, effects);
    if let Some(id) = model.selected_agent().cloned() {
        model.news.retain(|news| *news != id);
    }
}

fn rebuild_page(model: &mut Model) {
    let held = model.page.lines.get(model.page.at).cloned();
    let agent = model
        .selected_agent()
        .and_then(|id| model.agent(id))
        .cloned();
    let Some(agent) = agent else {
        model.page.lines.clear();
        model.page.focused = false;
        return;
    };
    let timeline = match &model.page.timeline {
        Some((id, rows)) if *id == agent.id => Some(rows.as_slice()),
        _ => None,
    };
    let width = usize::from(model.page_area().width).saturating_sub(10);
    let lines = agent::wrapped(
        agent::page(model.fleet(), &agent, timeline, model.now()),
        width,
    );
    let found = held.and_then(|held| {
        lines
            .iter()
            .position(|line| line.locus == held.locus && line.text == held.text)
    });
    let last = lines.len().saturating_sub(1);
    model.page.at = found.unwrap_or(model.page.at).min(last);
    model.page.lines = lines;
    scroll_page(model);
}

fn scroll_page(model: &mut Model) {
    let height = usize::from(model.page_area().height.saturating_sub(1));
    model.page.top = layout::scrolled(
        model.page.top,
        model.page.at,
        height,
        model.page.lines.len(),
    );
}

fn arrived(model: &mut Model, fleet: Arc<Fleet>) {
    // Until the first key the list itself keeps the worst on top.
    let announced = model.standup.settled && model.live.health.filling.is_none();
    if announced {
        let fresh = fleet.agents.iter().filter(|agent| {
            let before = model.live.agent(&agent.id);
            agent.row.is_trouble() && before.is_none_or(|before| !before.row.is_trouble())
        });
        let fresh: Vec<_> = fresh.map(|agent| agent.id.clone()).collect();
        for id in fresh {
            if !model.news.contains(&id) {
                model.news.push(id);
            }
        }
    }
    model.clock = model.clock.max(fleet.at);
    model.live = fleet;
    if model.past.is_none() && model.frozen.is_none() {
        model.board_changed();
    }
}

fn answer(model: &mut Model, reply: Reply) {
    match reply {
        Reply::Done(sentence) => say(model, sentence),
        Reply::Refused(sentence) => say(model, format!("refused: {sentence}")),
        Reply::Stopped(sentence) => stopped(model, Some(sentence)),
    }
}

fn stopped(model: &mut Model, why: Option<String>) {
    if model.stopped.is_none() {
        model.stopped = Some(model.clock);
    }
    if let Some(why) = why {
        say(model, format!("keeper stopped: {why}"));
    }
}

fn paged(model: &mut Model, page: Page, effects: &mut Vec<Effect>) {
    match page {
        Page::Log {
            filter,
            anchor,
            rows,
            older,
            newer,
        } => {
            history::rows(model, (&filter, &anchor), rows, (older, newer));
        }
        Page::Past(board) => history::board(model, board),
        Page::Copy { path, line } => effects.push(Effect::Show { path, line }),
        Page::Failed(sentence) => {
            model.asked.out = None;
            say(model, sentence);
        }
        Page::Raw(_) | Page::Items { .. } => {}
    }
}
