//! What became of a claim or of a run without an end: phantom, orphaned, silent, stuck, or simply running.

use super::judgement::Judgement;
use super::orders;
use super::plan_word;
use super::runs::Run;
use super::task_state::SlotCase;
use crate::domain::action::StepStatus;
use crate::domain::fleet::TaskState;
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{Locus, RunId};
use crate::domain::task::{Claim, Task, TaskStatus};
use crate::domain::time::{Span, Ts};

/// A task that somebody holds.
#[derive(Clone, Debug)]
pub struct Hold {
    pub state: TaskState,
    pub since: Ts,
    /// The plan itself says claimed or running; otherwise only the log does.
    pub claimed: bool,
    pub run: Option<RunId>,
    /// The newest sign of that run; absent where it never wrote.
    pub last_sign: Option<Ts>,
    pub last_locus: Option<Locus>,
    /// The moment that passed, or will pass, and turns the state.
    pub limit: Ts,
    /// What two of makes an orphan of a silent run.
    pub confirmations: Vec<String>,
    pub changes_at: Option<Ts>,
}

/// What stands above the log's last word: the operator asked for the task after it, or the work is done and waits for
/// its review.
pub fn asked_or_in_review(
    of: &Judgement<'_>,
    one: &SlotCase<'_>,
    run: Option<&Run<'_>>,
) -> Option<Hold> {
    if let Some(waiting) = awaiting(of, one) {
        return Some(waiting);
    }
    let good = run.is_some_and(|run| run.status() == RunStatus::Ok);
    let in_review = || plan_word::status(of, one) == TaskStatus::Review;
    let said = one.slot.task.status == TaskStatus::Review;
    (said && good && in_review()).then(|| review(of, one))
}

/// The state of a held task, or nothing where nobody holds it.
pub fn hold(of: &Judgement<'_>, one: &SlotCase<'_>, run: Option<&Run<'_>>) -> Option<Hold> {
    let status = plan_word::status(of, one);
    let claimed = matches!(status, TaskStatus::Claimed | TaskStatus::Running);
    let open = run.filter(|run| run.is_open());
    if !claimed && open.is_none() {
        return (status == TaskStatus::Review).then(|| review(of, one));
    }
    let claim = claimed.then_some(one.slot.task.claim.as_deref()).flatten();
    let signs = Signs::of(of, one, claim, open);
    if claimed && signs.last.is_none() {
        return Some(phantom_or_claimed(of, one, claim));
    }
    Some(by_signs(of, one, &signs, claimed, status))
}

/// Requeued by the operator, and no run began yet.
fn awaiting(of: &Judgement<'_>, one: &SlotCase<'_>) -> Option<Hold> {
    let at = orders::asked(of, one)?;
    Some(Hold {
        state: TaskState::AwaitingAgent,
        since: at,
        claimed: false,
        run: None,
        last_sign: None,
        last_locus: None,
        limit: at + one.grace.value,
        confirmations: Vec::new(),
        changes_at: None,
    })
}

fn review(of: &Judgement<'_>, one: &SlotCase<'_>) -> Hold {
    let done = of.runs_of(one.slot.task.id.as_str()).last();
    let since = done.and_then(Run::ended).unwrap_or(one.slot.plan.known);
    Hold {
        state: TaskState::Review,
        since,
        claimed: false,
        run: done.and_then(|run| run.id().cloned()),
        last_sign: None,
        last_locus: None,
        limit: since + Span::hours(2),
        confirmations: Vec::new(),
        changes_at: [2, 8]
            .map(|hours| since + Span::hours(hours) + Span(1))
            .into_iter()
            .find(|&at| at > of.case.now),
    }
}

/// When the claim was made; a plan that does not say made it when it was written.
fn claimed_at(one: &SlotCase<'_>, claim: Option<&Claim>) -> Ts {
    claim
        .and_then(|claim| claim.at)
        .unwrap_or(one.slot.plan.known)
}

/// A run that wrote nothing at all. One that only writes at its end is given the longest run.
fn phantom_or_claimed(of: &Judgement<'_>, one: &SlotCase<'_>, claim: Option<&Claim>) -> Hold {
    let at = claimed_at(one, claim);
    let patience = if of.thresholds.writes_starts {
        one.lease.value
    } else {
        one.lease.value.max(one.longest.value)
    };
    let limit = of.case.awake.after(at, patience);
    // Where nothing is ever logged silence says nothing.
    let gone = of.case.now > limit && !of.case.is_plan_only();
    Hold {
        state: if gone {
            TaskState::PhantomClaim
        } else {
            TaskState::Claimed
        },
        since: at,
        claimed: true,
        run: claim.and_then(|claim| claim.run.clone()),
        last_sign: None,
        last_locus: None,
        limit,
        confirmations: Vec::new(),
        changes_at: Some(limit + Span(1)).filter(|&at| at > of.case.now),
    }
}

/// What the holder wrote, wherever it wrote it.
struct Signs {
    run: Option<RunId>,
    begun: Option<Ts>,
    last: Option<Ts>,
    locus: Option<Locus>,
    /// The newest finished step or item.
    progress: Option<Ts>,
    /// It wrote more than its start.
    goes_on: bool,
}

impl Signs {
    fn of(
        of: &Judgement<'_>,
        one: &SlotCase<'_>,
        claim: Option<&Claim>,
        open: Option<&Run<'_>>,
    ) -> Self {
        let named = claim.and_then(|claim| claim.run.clone());
        let mut signs = Self {
            run: named
                .clone()
                .or_else(|| open.and_then(|run| run.id().cloned())),
            begun: None,
            last: None,
            locus: None,
            progress: None,
            goes_on: false,
        };
        if let Some(id) = &signs.run {
            let id = id.clone();
            for run in of.runs.iter().filter(|run| run.id() == Some(&id)) {
                signs.take(run);
            }
            signs.take_steps(of, &id);
            signs.take_locks(of, &id);
        }
        if let Some(run) = open {
            signs.take(run);
        }
        if named.is_none() && signs.last.is_none() {
            let from = claimed_at(one, claim);
            let mut since = of
                .runs_of(one.slot.task.id.as_str())
                .filter(|run| run.begun() >= from);
            if let Some(run) = since.next_back() {
                signs.take(run);
            }
        }
        signs
    }

    fn take(&mut self, run: &Run<'_>) {
        self.begun = Some(self.begun.map_or(run.begun(), |at| at.min(run.begun())));
        if self.last < Some(run.last.at) {
            self.last = Some(run.last.at);
            self.locus = Some(run.last.locus);
        }
        self.progress = self.progress.max(Some(run.progress));
        self.goes_on |=
            run.last.at > run.begun() && run.opening.map(|b| b.locus) != Some(run.last.locus);
    }

    fn take_steps(&mut self, of: &Judgement<'_>, id: &RunId) {
        let mine = of
            .case
            .steps
            .iter()
            .filter(|fact| fact.step.run.as_ref() == Some(id));
        for fact in mine {
            let at = fact.step.at.at;
            self.begun = Some(self.begun.map_or(at, |begun| begun.min(at)));
            if self.last < Some(at) {
                self.last = Some(at);
                self.locus = Some(fact.locus);
            }
            self.goes_on = true;
            match fact.step.status {
                StepStatus::Done | StepStatus::Failed | StepStatus::Skipped => {
                    self.progress = self.progress.max(Some(at));
                }
                StepStatus::Intended | StepStatus::Ready | StepStatus::Unknown => {}
            }
        }
    }

    fn take_locks(&mut self, of: &Judgement<'_>, id: &RunId) {
        let mine = of
            .case
            .facts
            .locks
            .iter()
            .filter(|fact| fact.lock.run.as_ref() == Some(id));
        for fact in mine {
            let renewed = fact.lock.renewed.filter(|&at| at <= of.case.now);
            if self.last.is_some() && self.last < renewed {
                self.last = renewed;
            }
        }
    }
}

fn by_signs(
    of: &Judgement<'_>,
    one: &SlotCase<'_>,
    signs: &Signs,
    claimed: bool,
    status: TaskStatus,
) -> Hold {
    let now = of.case.now;
    let last = signs.last.unwrap_or(one.since);
    let silent_at = of.case.active.after(last, one.lease.value);
    let mut hold = Hold {
        state: TaskState::Silent,
        since: last,
        claimed,
        run: signs.run.clone(),
        last_sign: Some(last),
        last_locus: signs.locus,
        limit: silent_at,
        confirmations: Vec::new(),
        changes_at: None,
    };
    if now > silent_at {
        hold.confirmations = confirmations(of, one, signs, last);
        if hold.confirmations.len() >= 2 {
            hold.state = TaskState::Orphaned;
        }
        return hold;
    }
    let progress = signs.progress.or(signs.begun).unwrap_or(last);
    let stuck_at = of.case.awake.after(progress, one.longest.value);
    if signs.goes_on && now > stuck_at {
        hold.state = TaskState::Stuck;
        hold.since = progress;
        hold.limit = stuck_at;
        hold.changes_at = Some(silent_at + Span(1));
        return hold;
    }
    hold.state = if claimed && status == TaskStatus::Claimed && signs.begun.is_none() {
        TaskState::Claimed
    } else {
        TaskState::Running
    };
    hold.since = signs.begun.unwrap_or(last);
    hold.changes_at = Some(if signs.goes_on && stuck_at >= now {
        silent_at.min(stuck_at) + Span(1)
    } else {
        silent_at + Span(1)
    });
    hold
}

/// Each is a separate sign that nobody works on it any more; two of them are believed.
fn confirmations(of: &Judgement<'_>, one: &SlotCase<'_>, signs: &Signs, last: Ts) -> Vec<String> {
    let case = of.case;
    let mut found = Vec::new();
    if let Some(pid) = gone_process(of, one, signs) {
        found.push(format!("process {pid} is gone"));
    }
    let changed = newest_change(of, one, signs);
    if case.now - changed > one.lease.value {
        found.push(format!("no file changed since {}", case.when(changed)));
    }
    let newer = of
        .runs
        .iter()
        .filter(|run| run.begun() > last && run.id() != signs.run.as_ref())
        .map(Run::begun)
        .min();
    if let Some(at) = newer {
        found.push(format!("a newer run began {}", case.when(at)));
    }
    if let Some(at) = expired_lock(of, signs) {
        found.push(format!("its lock ran out {}", case.when(at)));
    }
    found
}

fn gone_process(of: &Judgement<'_>, one: &SlotCase<'_>, signs: &Signs) -> Option<u32> {
    let claim = one.slot.task.claim.as_deref();
    let by_claim = claim.and_then(Claim::process);
    let by_run = || {
        let run = of.run_named(signs.run.as_ref()?)?;
        run.opening?.extra.as_ref()?.process.clone()
    };
    let process = by_claim.or_else(by_run)?;
    let is_gone = of.case.facts.gone.contains(&process);
    is_gone.then_some(process.pid)
}

/// When anything of the agent changed that is not another run's doing.
fn newest_change(of: &Judgement<'_>, one: &SlotCase<'_>, signs: &Signs) -> Ts {
    let case = of.case;
    let mine = |run: Option<&RunId>| run.is_none() || run == signs.run.as_ref();
    let beats = case.beats.iter().rev().find(|beat| mine(beat.run.as_ref()));
    let steps = case
        .steps
        .iter()
        .rev()
        .find(|fact| mine(fact.step.run.as_ref()));
    [
        beats.map(|beat| beat.at),
        steps.map(|fact| fact.step.at.at),
        newest_word(of, one),
        signs.last,
    ]
    .into_iter()
    .flatten()
    .max()
    .unwrap_or_default()
}

/// When the plan last came to say something else of this task, by another hand than the operator's. What it says of other
/// tasks is other runs' doing.
fn newest_word(of: &Judgement<'_>, one: &SlotCase<'_>) -> Option<Ts> {
    let (mut before, mut at): (Option<&Task>, Option<Ts>) = (None, None);
    let versions = of.case.facts.plans.iter();
    for version in versions.filter(|version| version.known <= of.case.now) {
        let mut tasks = version.plan.tasks.iter();
        let same_file = version.file == one.slot.plan.file;
        let Some(task) = tasks.find(|task| same_file && task.id == one.slot.task.id) else {
            continue;
        };
        let news = |before: &Task| {
            before.last_op == task.last_op
                && (before.status, &before.claim, before.attempt)
                    != (task.status, &task.claim, task.attempt)
        };
        if before.is_none_or(news) {
            at = Some(version.known);
        }
        before = Some(task);
    }
    at
}

fn expired_lock(of: &Judgement<'_>, signs: &Signs) -> Option<Ts> {
    let id = signs.run.as_ref()?;
    of.case
        .facts
        .locks
        .iter()
        .filter(|fact| fact.lock.run.as_ref() == Some(id))
        .filter_map(|fact| Some(fact.lock.renewed.or(fact.lock.acquired)? + fact.lock.ttl?))
        .find(|&end| end < of.case.now)
}
