//! What histories are made of: numbers from a seed, runs, and what the mirror would hand over.

use std::collections::BTreeSet;

use crate::domain::facts::{AgentFacts, Beat};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::TaskId;
use crate::domain::time::{Span, Ts};
use crate::scenario::Scenario;
use rounds::store::window::{PER_TASK, WINDOW, planned, prune_beats};

/// More tasks than any of these agents has.
const FEW_TASKS: usize = 8;

/// A small generator of numbers: the same seed gives the same history on every machine.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn within(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from + 1) as u64) as i64
    }
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.next() % of.len() as u64) as usize]
    }
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let limit = (-mean).exp();
        let mut product = 1.0;
        for n in 0..64 {
            product *= (self.next() >> 11) as f64 / (1u64 << 53) as f64;
            if product < limit {
                return n;
            }
        }
        64
    }
}

/// What the mirror would hand over at a moment; `bare` is the same without its beats.
pub fn kept(facts: &AgentFacts, bare: &AgentFacts, now: Ts) -> AgentFacts {
    let mut kept = bare.clone();
    let known = facts.beats.partition_point(|beat| beat.at <= now);
    let young = facts.beats[..known].partition_point(|beat| beat.at <= now - WINDOW);
    // Of one task or of few: older lines than these are in no window.
    let from = young.saturating_sub(FEW_TASKS * PER_TASK);
    kept.beats = facts.beats[from..known].to_vec();
    prune_beats(&mut kept.beats, &planned(&kept.plans), now);
    kept.idled = idled(&kept.beats, &facts.beats[..known]);
    kept.plans
        .retain(|version| version.known <= now && version.known >= now - Span::days(40));
    kept
}

/// Tasks whose newest run listed nothing, as some older one of all that there are.
fn idled(at_hand: &[Beat], all: &[Beat]) -> BTreeSet<TaskId> {
    let empty = |beat: &Beat| beat.status == RunStatus::Ok && beat.did == 0;
    let ended = at_hand.iter().rev();
    let mut ended = ended.filter(|beat| beat.status != RunStatus::Running);
    let Some(newest) = ended.next().filter(|beat| empty(beat)) else {
        return BTreeSet::new();
    };
    let older = all
        .iter()
        .any(|beat| beat.at < newest.at && beat.task == newest.task && empty(beat));
    newest.task.iter().filter(|_| older).cloned().collect()
}

/// A run with a start and an end line.
pub fn run(of: &mut Scenario, task: Option<&str>, start: Ts, length: Span, rest: &str) {
    let id = format!("r{}", start.0);
    let task = task.unwrap_or_default();
    let mut begin = of.read_beat(&format!("00:00 running {task} run={id}"));
    begin.at = start;
    of.push(begin);
    let mut end = of.read_beat(&format!("00:00 ok {task} run={id} {rest}"));
    end.at = start + length;
    of.push(end);
}

/// A run that writes only when it is over.
pub fn end_only(of: &mut Scenario, task: Option<&str>, start: Ts, length: Span, rest: &str) {
    let task = task.unwrap_or_default();
    let seconds = length.0 / 1_000;
    let mut end = of.read_beat(&format!("00:00 ok {task} dur={seconds} {rest}"));
    end.at = start + length;
    of.push(end);
}

/// A line at a moment.
pub fn line(history: &mut Scenario, at: Ts, text: &str) {
    let mut beat = history.read_beat(&format!("00:00 {text}"));
    beat.at = at;
    history.push(beat);
}

/// A time of day that no clock change touches.
pub fn clock(rng: &mut Rng, from: i64, to: i64) -> String {
    format!("{:02}:{:02}", rng.within(from, to), rng.within(0, 59))
}
