//! `update(&mut Model, Msg) -> Vec<Effect>`: the only place where the screen's state changes. No IO, no clock.

mod act;
mod carry;
mod copy;
mod history;
mod ledger;
mod mouse;
mod offers;
pub mod operate;
mod page;
mod queue;
pub mod retro;
pub mod said;
mod sprint;
mod text;
mod walk;

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::finding::{Finding, Severity};
use crate::domain::fleet::Fleet;
use crate::domain::text::clean;
use crate::domain::told::Told;
use crate::keeper::{Order, Reply};
use crate::ops::Landed;
use crate::reader::Page;
use crate::view::spoken;

use super::effect::Effect;
use super::layout::Form;
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
        Msg::Touch(touch) => mouse::touch(model, touch, &mut effects),
        Msg::Fleet(fleet) => {
            effects.extend(call(&model.live, &fleet));
            arrived(model, fleet);
        }
        Msg::Reply(reply) => answer(model, reply, &mut effects),
        Msg::Page(page) => paged(model, page, &mut effects),
        Msg::Edited(draft) => operate::edited(model, *draft, &mut effects),
        Msg::Failed(sentence) => say(model, sentence),
        Msg::NotTaken(order, why) => not_taken(model, *order, why, &mut effects),
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
    model.heard = None;
}

/// Brings what depends on the rest up to date, and asks for what is missing.
fn refresh(model: &mut Model, effects: &mut Vec<Effect>) {
    history::ask_for_missing(model, effects);
    if model.page_visible() {
        page::rebuild(model);
    }
    if model.pane == super::model::Pane::Queue {
        if model.queue.outdated {
            model.requeue();
        }
        queue::rebuild(model);
    }
    if model.pane == super::model::Pane::Retro {
        retro::rebuild(model);
    }
    if model.pane == super::model::Pane::Ledger {
        ledger::rebuild(model);
    }
    walk::rebuild(model);
    carry::show_report(model);
    sprint::ask_for_week(model, effects);
    ledger::ask_for_missing(model, effects);
    offers::ask_for_missing(model, effects);
    history::send_next(model, effects);
    if let Some(id) = model.selected_agent().cloned() {
        model.news.retain(|news| *news != id);
    }
}

/// A critical finding that begins to count: one call for all that come at once. What stood when rounds began is no news.
fn call(before: &Fleet, now: &Fleet) -> Option<Effect> {
    if !before.settled || before.version == 0 {
        return None;
    }
    let calls = |fleet: &Fleet, told: &Told| {
        told.finding.severity == Severity::Critical && told.counts(fleet.at)
    };
    // Nearly all of it stands where it stood, and nothing was said of it: no need to look at it.
    let is_untouched = |told: &Told| told.said.is_none() && told.maintained.is_none();
    let stands = |(at, told): &(usize, &Told)| {
        before.told.get(*at).is_some_and(|was| {
            Arc::ptr_eq(&was.finding, &told.finding) && is_untouched(was) && is_untouched(told)
        })
    };
    let mut other = now.told.iter().enumerate().filter(|one| !stands(one));
    other.find(|(_, told)| calls(now, told))?;
    let called = || before.told.iter().filter(|told| calls(before, told));
    // What was not judged anew is the very same finding: no need to ask for its name.
    let same: HashSet<*const Finding> = called().map(|told| Arc::as_ptr(&told.finding)).collect();
    let anew = now.told.iter().filter(|told| calls(now, told));
    let mut anew = anew
        .filter(|told| !same.contains(&Arc::as_ptr(&told.finding)))
        .peekable();
    anew.peek()?;
    let called: HashSet<String> = called().map(|told| told.finding.id()).collect();
    let first = anew.find(|told| !called.contains(&told.finding.id()))?;
    Some(Effect::Call(format!(
        "{}: {}",
        first.finding.agent, first.finding.sentence
    )))
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
    if announced && model.form == Form::Lines {
        model.heard = spoken::changed(&model.live, &fleet).or(model.heard.take());
    }
    model.clock = model.clock.max(fleet.at);
    model.live = fleet;
    if model.past.is_none() && model.frozen.is_none() {
        model.board_changed();
    }
}

fn answer(model: &mut Model, reply: Reply, effects: &mut Vec<Effect>) {
    retro::answered(model);
    match reply {
        Reply::Done(sentence) => say(model, sentence),
        Reply::Refused(sentence) => say(model, format!("refused: {sentence}")),
        Reply::Planned(planned) => {
            operate::answered(model, (planned.request, planned.plan), effects);
        }
        Reply::NotDone(not_done) => {
            let (request, why) = *not_done;
            carry::ended(model, &request, Err(why), &mut *effects);
        }
        Reply::Possible(possible) => {
            let (about, list) = *possible;
            offers::answered(model, about, list);
        }
        Reply::Draft(draft) => operate::drafted(model, *draft, effects),
        Reply::Storm(found) => operate::overdue(model, found.map(|found| *found)),
        Reply::Operated(outcome) => {
            let took_effect = matches!(outcome.landed, Landed::Done | Landed::Open);
            let done = if took_effect {
                Ok(outcome.sentence)
            } else {
                Err(outcome.sentence)
            };
            ledger::outdated(model);
            carry::operated(model, &outcome.op, done, effects);
        }
        Reply::Stopped(sentence) => stopped(model, Some(sentence)),
    }
}

/// What waits for the answer to an order waits no more.
fn not_taken(model: &mut Model, order: Order, why: String, effects: &mut Vec<Effect>) {
    match order {
        Order::Operate(confirmed) => carry::ended(model, &confirmed.0, Err(why), effects),
        Order::Preview(_) | Order::Storm | Order::Possible(_) | Order::Draft(..) => {
            operate::forget_asked(model);
            model.offers.out = false;
            say(model, why);
        }
        Order::Rescan
        | Order::MarkStandup(_)
        | Order::Say { .. }
        | Order::Maintain { .. }
        | Order::Retro(_)
        | Order::StopOperating => say(model, why),
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
        Page::Lost(found) => said::compared(model, &found),
        Page::Copy { path, line } => effects.push(Effect::Show { path, line }),
        Page::Failed(sentence) => {
            model.asked.out = None;
            say(model, sentence);
        }
        Page::Versions {
            agent,
            task,
            versions,
            ..
        } => page::versions(model, (agent, task), versions),
        Page::Week(facts) => sprint::week(model, facts),
        Page::Ledger { filter, journal } => ledger::answered(model, &filter, journal),
        Page::Raw(_) | Page::Items { .. } => {}
    }
}
