//! The window of beats that facts hold. Of the last 36 h: every beat of a task that a plan names, every one that did not go
//! plainly well, and the last of each hour; and the last 40 of every task however old, so that a weekly task can be judged
//! by its weeks. An agent that looks every two minutes and finds nothing so costs no more than one that works by a plan.
//! The same beats remain in any order of arrival.

use std::collections::{HashMap, HashSet};

use crate::domain::facts::{AgentFacts, Beat, Extra, PlanVersion};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{FileId, ItemId, RunId, TaskId};
use crate::domain::time::{Span, Ts};

/// What plans name and what went wrong is kept while it is younger than this.
pub const WINDOW: Span = Span::hours(36);
/// Of every task this many are kept, however old.
pub const PER_TASK: usize = 40;
/// The texts of this many newest beats are kept, beside those of every beat that went wrong.
const QUOTED: usize = 20;
/// Plans of the last days stay, in days: for slots that are still owed, and so that a weekend shows the one before.
pub const PLAN_DAYS: i64 = 11;
/// Beside the newest version of each plan, this many versions in all: where a lost update shows.
const PLAN_VERSIONS: usize = 8;

/// Takes out what no verdict asks for: what a run cost is counted from the mirror.
pub fn lean(beat: &mut Beat) {
    if let Some(extra) = &mut beat.extra {
        extra.cost = None;
    }
    if beat.extra.as_deref() == Some(&Extra::default()) {
        beat.extra = None;
    }
}

/// Adds a beat in its place.
pub fn observe(facts: &mut AgentFacts, mut beat: Beat) {
    lean(&mut beat);
    let key = |b: &Beat| (b.at, b.locus);
    let place = facts.beats.partition_point(|b| key(b) <= key(&beat));
    if facts.first_beat.is_none_or(|first| beat.at < first) {
        facts.first_beat = Some(beat.at);
    }
    facts.beats.insert(place, beat);
}

/// Takes a beat away: a provisional one, or one that moved to another file.
pub fn forget(facts: &mut AgentFacts, at: Ts, file: FileId, offset: u64) {
    facts
        .beats
        .retain(|b| !(b.at == at && b.locus.file == file && b.locus.offset == offset));
}

/// A record whose texts a sentence may quote, however far back it lies in the window.
fn went_wrong(status: RunStatus) -> bool {
    match status {
        RunStatus::Partial | RunStatus::Failed | RunStatus::Blocked | RunStatus::Skipped => true,
        RunStatus::Ok | RunStatus::Running | RunStatus::Unknown => false,
    }
}

/// Items whose texts are wanted, of beats in order of time.
pub fn quoted(beats: &[Beat]) -> impl Iterator<Item = ItemId> + '_ {
    let newest = beats.len().saturating_sub(QUOTED);
    let wanted = beats.iter().enumerate().filter(move |(i, beat)| {
        *i >= newest || beat.acts || beat.failed > 0 || went_wrong(beat.status)
    });
    wanted.flat_map(|(_, beat)| beat.items.iter().map(|(_, id)| *id))
}

/// Drops what has left the window.
pub fn prune(facts: &mut AgentFacts, now: Ts) {
    prune_beats(&mut facts.beats, &planned(&facts.plans), now);
    let mut kept: Vec<ItemId> = quoted(&facts.beats).collect();
    kept.sort_unstable();
    facts.items.retain(|id, _| kept.binary_search(id).is_ok());
    facts.steps.retain(|s| s.step.at.at > now - Span::hours(48));
    prune_plans(&mut facts.plans, now);
}

/// Drops beats that facts do not need.
#[expect(
    clippy::implicit_hasher,
    reason = "there is one hasher in this program"
)]
pub fn prune_beats(beats: &mut Vec<Beat>, planned: &HashSet<TaskId>, now: Ts) {
    let mut of_task: HashMap<Option<&TaskId>, usize> = HashMap::new();
    // Runs and tasks of which a later line says how they ended.
    let mut ended: HashSet<(Option<&RunId>, Option<&TaskId>)> = HashSet::new();
    let mut hour = None;
    let mut keep = vec![false; beats.len()];
    for (i, beat) in beats.iter().enumerate().rev() {
        let count = of_task.entry(beat.task.as_ref()).or_default();
        *count += 1;
        let run = (beat.run.as_ref(), beat.task.as_ref());
        let opens = beat.status == RunStatus::Running;
        let plain = !beat.acts
            && beat.failed == 0
            && (beat.status == RunStatus::Ok || (opens && ended.contains(&run)));
        let last_of_hour = !opens && hour != Some(beat.at.hour_index());
        if opens {
            ended.remove(&run);
        } else {
            hour = Some(beat.at.hour_index());
            ended.insert(run);
        }
        let named = beat
            .task
            .as_ref()
            .is_some_and(|task| planned.contains(task));
        let young = beat.at > now - WINDOW;
        keep[i] = *count <= PER_TASK || (young && (named || !plain || last_of_hour));
    }
    let mut i = 0;
    beats.retain(|_| {
        i += 1;
        keep[i - 1]
    });
}

/// The tasks that any version of a plan names.
pub fn planned(plans: &[PlanVersion]) -> HashSet<TaskId> {
    plans
        .iter()
        .flat_map(|version| version.plan.tasks.iter().map(|task| task.id.clone()))
        .collect()
}

/// Keeps the newest version of each generation of a plan for eleven days, the newest standing plan of each file with the one
/// that it replaced in these days, and the newest few of all.
pub fn prune_plans(plans: &mut Vec<PlanVersion>, now: Ts) {
    plans.sort_by(|a, b| (a.known, &a.hash).cmp(&(b.known, &b.hash)));
    let recent = plans.len().saturating_sub(PLAN_VERSIONS);
    let identity = |v: &PlanVersion| (v.file, v.plan.date, v.plan.generated);
    let mut keep = vec![false; plans.len()];
    let mut seen = Vec::new();
    for (i, version) in plans.iter().enumerate().rev() {
        let newest = !seen.contains(&identity(version));
        seen.push(identity(version));
        let young = version.known > now - Span::days(PLAN_DAYS);
        // What holds now, and the one before it for as long as what came after it is young.
        let next = plans[i + 1..].iter().find(|v| v.file == version.file);
        let replaced = |v: &PlanVersion| !young && v.known > now - Span::days(PLAN_DAYS);
        let standing = version.plan.date.is_none() && next.is_none_or(replaced);
        keep[i] = standing || (young && (newest || i >= recent));
    }
    let mut i = 0;
    plans.retain(|_| {
        i += 1;
        keep[i - 1]
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{AgentId, FileId, Locus};
    use crate::domain::text::Untrusted;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn beat(minute: i64, task: u8) -> Beat {
        let task = (task > 0).then(|| TaskId::from(format!("t{task}").as_str()));
        let locus = Locus {
            offset: minute as u64,
            ..Locus::default()
        };
        Beat {
            at: Ts(minute * 60_000),
            task,
            locus,
            status: RunStatus::Ok,
            ..Beat::default()
        }
    }

    fn empty() -> AgentFacts {
        AgentFacts::new(AgentId::from("a"), Untrusted::default())
    }

    proptest! {
        #[test]
        fn the_same_beats_remain_in_any_order(mut minutes in proptest::collection::btree_set(0i64..9_000, 1..300), swap in any::<u64>()) {
            let now = Ts(9_000 * 60_000);
            let ordered: Vec<i64> = std::mem::take(&mut minutes).into_iter().collect();
            let mut shuffled = ordered.clone();
            shuffled.sort_by_key(|m| (*m as u64).wrapping_mul(swap | 1));
            let mut a = empty();
            let mut b = empty();
            for m in ordered {
                observe(&mut a, beat(m, (m % 3) as u8));
            }
            for (i, m) in shuffled.into_iter().enumerate() {
                observe(&mut b, beat(m, (m % 3) as u8));
                if i % 7 == 0 {
                    prune(&mut b, now);
                }
            }
            prune(&mut a, now);
            prune(&mut b, now);
            prop_assert_eq!(a.beats, b.beats);
        }
    }

    #[test]
    fn what_a_young_standing_plan_replaced_stays_to_be_compared() {
        let now = Ts(100 * Span::DAY.0);
        let version = |days: i64| PlanVersion {
            plan: Arc::default(),
            file: FileId(1),
            known: now - Span::days(days),
            hash: days.to_string(),
        };
        let kept = |days: &[i64]| {
            let mut plans = days.iter().map(|back| version(*back)).collect();
            prune_plans(&mut plans, now);
            plans
                .iter()
                .map(|kept| kept.hash.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(kept(&[60, 30, 1]), ["30", "1"]);
        assert_eq!(kept(&[60, 30]), ["30"]);
    }
}
