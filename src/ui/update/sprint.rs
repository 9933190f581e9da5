//! The keys of the sprint and of the retro, and the week that is asked for.

use std::sync::Arc;

use crate::domain::page::RunningDay;
use crate::domain::retro::WeekFacts;
use crate::reader::Query;
use crate::ui::effect::Effect;
use crate::ui::model::{Face, Model, Pane};

use super::act::Direction;
use super::say;

/// A key of the sprint's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Face,
    Closer,
    Wider,
    Earlier,
    Later,
}

pub fn turn(model: &mut Model, turn: Turn) {
    let sprint = &mut model.sprint;
    match turn {
        Turn::Face => {
            sprint.face = match sprint.face {
                Face::Lanes => Face::Columns,
                Face::Columns => Face::Lanes,
            };
        }
        Turn::Closer => sprint.zoom = sprint.zoom.closer(),
        Turn::Wider => {
            sprint.zoom = sprint.zoom.wider();
            sprint.moved = 0;
        }
        Turn::Earlier => sprint.moved -= 1,
        Turn::Later => sprint.moved += 1,
    }
}

/// A week back or on, until the one that runs.
pub fn travel(model: &mut Model, weeks: i64) {
    let zone = model.fleet().zone();
    let week = model.week().plus(weeks, zone);
    if week.from > model.now() {
        say(model, "this week is the last that has begun");
        return;
    }
    // Another week has another order: the cursor stays on its agent.
    if let Some(at) = model.named_lines().1 {
        model.select_line(at);
    }
    model.retro.week = (week.to <= model.now()).then_some(week);
}

/// Asks for the week where the retro is looked at: when it is another, and once an hour.
pub fn ask_for_week(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.pane != Pane::Retro {
        return;
    }
    if let Some((week, at)) = model.wanted_week() {
        model.retro.asked_for = Some((week, at.hour_index()));
        let running = if model.past.is_some() {
            RunningDay::Judged
        } else {
            RunningDay::AtHand
        };
        effects.push(Effect::Ask(Query::Week { week, at, running }));
    }
}

pub fn week(model: &mut Model, mut facts: Arc<WeekFacts>) {
    if facts.week == model.week() {
        if model.past.is_none() {
            Arc::make_mut(&mut facts).add_today(&model.live);
        }
        model.retro.facts = Some(facts);
    }
}

/// To the next agent whose insights nobody read as they stand.
pub fn next_unread(model: &mut Model, direction: Direction) {
    let unread = model.unread();
    let (names, here) = model.named_lines();
    let here = here.unwrap_or(0);
    let place = |id| names.iter().position(|name| name == id).unwrap_or(0);
    let places: Vec<usize> = unread.iter().map(place).collect();
    let next = match direction {
        Direction::Forward => places.iter().find(|at| **at > here).or(places.first()),
        Direction::Back => places.iter().rev().find(|at| **at < here).or(places.last()),
    };
    if let Some(at) = next {
        model.select_line(*at);
    }
}
