//! The order in which wishes are tried: by priority, and what is waited for before what waits.

use std::cmp::Reverse;
use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::room::Room;
use super::{Desk, Left, Made, Placed, Why, Wish};
use crate::domain::id::TaskId;
use crate::domain::time::{Span, Ts};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// What it waits for is being placed.
    Open,
    Placed(usize),
    Left,
}

struct Making<'a> {
    desks: &'a [Desk],
    wishes: &'a [Wish],
    by_name: HashMap<&'a TaskId, Vec<usize>>,
    states: Vec<State>,
    room: Room,
    seed: u64,
    made: Made,
}

/// Gives each wish a slot at its agent's desk, or says why it has none.
pub fn make(desks: &[Desk], wishes: &[Wish], seed: u64) -> Made {
    let mut by_name: HashMap<&TaskId, Vec<usize>> = HashMap::new();
    for (at, wish) in wishes.iter().enumerate() {
        by_name.entry(&wish.task.id).or_default().push(at);
    }
    let mut making = Making {
        desks,
        wishes,
        by_name,
        states: vec![State::Waiting; wishes.len()],
        room: Room::new(desks),
        seed,
        made: Made::default(),
    };
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by_key(|&at| rank(&wishes[at], at));
    for at in order {
        making.settle(at);
    }
    let mut made = making.made;
    made.placed
        .sort_by(|a, b| (&a.wish.agent, a.at).cmp(&(&b.wish.agent, b.at)));
    made
}

/// A lower number comes first, what has none comes last; then what is due sooner, what is left over, and the order of the
/// file.
fn rank(wish: &Wish, at: usize) -> impl Ord {
    let priority = wish.task.priority;
    (
        priority.is_none(),
        priority.unwrap_or_default(),
        Reverse(wish.deadline.map(|at| Reverse(at.0))),
        wish.origin,
        at,
    )
}

impl Making<'_> {
    /// Places a wish after everything it waits for.
    fn settle(&mut self, at: usize) {
        if self.states[at] != State::Waiting {
            return;
        }
        self.states[at] = State::Open;
        let wish = &self.wishes[at];
        match self.try_place(at) {
            Ok(placed) => {
                self.states[at] = State::Placed(self.made.placed.len());
                self.made.placed.push(placed);
            }
            Err(why) => {
                self.states[at] = State::Left;
                self.made.left.push(Left {
                    agent: Some(wish.agent.clone()),
                    task: wish.task.id.clone(),
                    why,
                });
            }
        }
    }

    fn try_place(&mut self, at: usize) -> Result<Placed, Why> {
        let wish = &self.wishes[at];
        let desk = self.desks.iter().position(|desk| desk.agent == wish.agent);
        let desk = desk.ok_or_else(|| Why::Stranger(wish.agent.clone()))?;
        if let Some(kept) = self.desks[desk].kept {
            return Err(Why::Kept(kept));
        }
        let stands = &self.desks[desk].fixed;
        if stands.iter().any(|given| given.task.id == wish.task.id) {
            return Err(Why::Planned);
        }
        let mut after = None;
        for on in &wish.task.depends_on {
            after = after.max(self.over(desk, on)?);
        }
        let name = format!("{}\u{0}{}", wish.agent.as_str(), wish.task.id.as_str());
        let luck = xxh3_64_with_seed(name.as_bytes(), self.seed);
        self.room.place(self.desks, desk, wish, after, luck)
    }

    /// When what is waited for is over for certain. None: it is over already.
    fn over(&mut self, desk: usize, on: &TaskId) -> Result<Option<Ts>, Why> {
        let agent = self.desks[desk].agent.clone();
        let candidates = self.by_name.get(on).cloned().unwrap_or_default();
        let own = candidates
            .iter()
            .copied()
            .find(|&at| self.wishes[at].agent == agent);
        // Its own task of that name, else the only one in the fleet.
        if let Some(at) = own.or_else(|| candidates.first().copied()) {
            self.settle(at);
            match self.states[at] {
                State::Placed(place) => return Ok(Some(end(&self.made.placed[place]))),
                State::Open => return Err(Why::Circle(on.clone())),
                State::Waiting | State::Left => {}
            }
        }
        let stands = self.desks.iter().flat_map(|desk| &desk.fixed);
        let fixed = stands.filter(|given| given.task.id == *on);
        let ends = fixed.map(|given| {
            given.at + given.task.jitter + given.task.estimate.unwrap_or(super::USUAL_LENGTH)
        });
        if let Some(end) = ends.max() {
            return Ok(Some(end));
        }
        if self.desks.iter().any(|desk| desk.done.contains(on)) {
            return Ok(None);
        }
        Err(if candidates.is_empty() {
            Why::Unknown(on.clone())
        } else {
            Why::Waits(on.clone())
        })
    }
}

fn end(placed: &Placed) -> Ts {
    let length: Span = placed.wish.task.estimate.unwrap_or(super::USUAL_LENGTH);
    placed.at + placed.jitter + length
}
