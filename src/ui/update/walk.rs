//! Making the rounds: from one problem to the next, worst first, until the summary.

use std::collections::HashSet;
use std::sync::Arc;

use crate::keeper::Order;
use crate::ui::effect::Effect;
use crate::ui::model::{Model, Walk};
use crate::view::queue::{self, Cause};
use crate::view::walk::{Stop, judge, lines};

use super::act::Direction;
use super::say;

pub fn begin(model: &mut Model) {
    let fleet = Arc::clone(model.fleet());
    let calls = queue::queue(&fleet, model.now()).calls;
    let stops = calls.iter().map(Stop::of).collect();
    model.walk = Some(Walk::new(model.clock, stops));
}

/// The next stop or the one before. Behind the last one the rounds are made: the standup mark moves.
pub fn go(model: &mut Model, direction: Direction, effects: &mut Vec<Effect>) {
    let clock = model.clock;
    let Some(walk) = &mut model.walk else { return };
    match direction {
        Direction::Back => walk.at = walk.at.saturating_sub(1),
        Direction::Forward if walk.at < walk.stops.len() => walk.at += 1,
        Direction::Forward => {
            model.walk = None;
            return;
        }
    }
    if walk.at == walk.stops.len() && walk.ended.is_none() {
        walk.ended = Some(clock);
        model.former_mark = Some(model.live.since);
        effects.push(Effect::Order(Order::MarkStandup(clock)));
    }
}

/// Leaves the rounds where they are.
pub fn leave(model: &mut Model) {
    let Some(walk) = model.walk.take() else {
        return;
    };
    if walk.ended.is_none() {
        let (at, of) = (walk.at + 1, walk.stops.len());
        say(
            model,
            format!("rounds left at {at} of {of}; the standup mark stays"),
        );
    }
}

/// What became of each stop, what is new, and the lines of the one that is shown.
pub fn rebuild(model: &mut Model) {
    let about = super::offers::subject(model);
    let Some(mut walk) = model.walk.take() else {
        return;
    };
    let fleet = Arc::clone(model.fleet());
    let now = model.now();
    let queue = queue::queue(&fleet, now);
    if walk.ended.is_none() {
        let known: HashSet<&Cause> = walk.stops.iter().map(|stop| &stop.cause).collect();
        let calls = queue.calls.iter();
        let fresh = calls.filter(|group| !known.contains(&group.cause));
        let fresh: Vec<Stop> = fresh.map(Stop::of).collect();
        walk.stops.extend(fresh);
    }
    judge(&mut walk.stops, &queue, &fleet, now);
    let here = walk.stop().map(|stop| stop.cause.clone());
    let group = queue
        .calls
        .iter()
        .find(|group| Some(&group.cause) == here.as_ref());
    let width = model.screen.body.width;
    match group {
        Some(group) => {
            let lines = lines(group, model.offers.about(about.as_ref()), &fleet, now);
            walk.lines = model.fitted(lines, width, 10);
        }
        None if here.is_none() => walk.lines.clear(),
        None => {}
    }
    model.walk = Some(walk);
}
