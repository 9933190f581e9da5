//! Approve: a yes to an irreversible step, as one line of the write-ahead log.

use super::Draft;
use crate::domain::action::{Reversible, StepStatus};
use crate::domain::facts::{FileRole, FileState, StepFact};
use crate::domain::id::{RunId, TaskId};
use crate::domain::text::Untrusted;
use crate::ops::change::{Append, AppendTo, Ask, Change, Plan, Refusal};
use crate::ops::desk::Desk;
use crate::ops::reach::{BlastRadius, LastOutcome, Reach, Risk};
use crate::ops::tiers::Level;
use crate::ops::work::{WINDOW, hits, identity};

pub(in super::super) fn plan(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let waiting = waiting(desk);
    let wanted = desk.request.key.as_deref();
    let mut named = waiting.iter().filter(|fact| {
        wanted.is_none_or(|key| {
            identity(&fact.step) == key
                || fact
                    .step
                    .step
                    .as_ref()
                    .is_some_and(|step| step.exact() == key)
        })
    });
    let Some(fact) = named.next() else {
        return Err(Refusal::new("no irreversible step waits for a yes"));
    };
    if named.next().is_some() {
        let why = format!("{} steps wait", waiting.len());
        return Err(Refusal::new(why)
            .but("name one by its key")
            .asking(Ask::Step));
    }
    if let Some(file) = desk.scene.facts.file(fact.locus.file)
        && (file.role != FileRole::Wal || file.state != FileState::Good)
    {
        return Err(Refusal::new(format!("{} cannot be appended to", file.path)));
    }
    let step = &fact.step;
    let id = identity(step);
    let earlier: Vec<_> = hits(desk, &id)
        .into_iter()
        .filter(|hit| hit.locus != fact.locus)
        .collect();
    let done = earlier
        .iter()
        .any(|hit| hit.outcome == LastOutcome::Done && hit.at > desk.now - WINDOW);
    let reach = Reach {
        id,
        step: step.step.clone(),
        key: step.key.clone(),
        risk: Risk::of(step.tier, step.reversible),
        last: LastOutcome::NotStarted,
        within_window: done,
        hits: earlier,
    };
    let name = reach.name();
    let again = match reach.last_hit() {
        Some(hit) if done => format!(
            "; it was done {} already, inside the 24 h window",
            desk.when(hit.at)
        ),
        Some(_) | None => String::new(),
    };
    let blast = BlastRadius {
        sentence: format!("1 step: {name} is {}{again}", reach.risk.word()),
        asked: vec![reach],
        left_out: 0,
    };
    Ok(Draft::new(format!(
        "says yes to {name}: the agent does it then, and it cannot be taken back{again}"
    ))
    .level(if done {
        Level::CodeAndOutside
    } else {
        Level::Code
    })
    .blast(blast)
    .change(Change::Append(Append {
        to: AppendTo::Wal(desk.scene.file(fact.locus.file)),
        line: ready(desk, fact),
    }))
    .never("what an agent has read cannot be taken back; hold the task, or stop the run")
    .done(desk))
}

/// Irreversible steps that are intended, and nothing said of them since.
fn waiting<'a>(desk: &Desk<'a>) -> Vec<&'a StepFact> {
    let steps = &desk.scene.facts.steps;
    let same = |a: &StepFact, b: &StepFact| {
        a.step.run == b.step.run
            && ((a.step.step.is_some() && a.step.step == b.step.step)
                || identity(&a.step) == identity(&b.step))
    };
    let mine = |fact: &&StepFact| {
        let wanted = desk.request.task.as_ref();
        wanted.is_none_or(|task| fact.step.task.as_ref() == Some(task))
    };
    let open = |fact: &&StepFact| {
        fact.step.status == StepStatus::Intended
            && fact.step.at.at > desk.now - WINDOW
            && fact.step.reversible == Reversible::No
    };
    let last = |fact: &&StepFact| {
        !steps
            .iter()
            .any(|later| later.locus > fact.locus && same(later, fact))
    };
    steps
        .iter()
        .filter(mine)
        .filter(open)
        .filter(last)
        .collect()
}

/// The line: what the step said, and the operator's word.
fn ready(desk: &Desk<'_>, fact: &StepFact) -> String {
    let step = &fact.step;
    let mut line = serde_json::Map::new();
    let mut put = |key: &str, text: Option<&str>| {
        if let Some(text) = text {
            line.insert(key.to_owned(), text.into());
        }
    };
    let exact = |text: &Option<Untrusted>| text.as_ref().map(|text| text.exact().to_owned());
    put("ts", Some(&desk.stamp(desk.now)));
    put("run_id", step.run.as_ref().map(RunId::as_str));
    put("task", step.task.as_ref().map(TaskId::as_str));
    put("step", exact(&step.step).as_deref());
    put("do", exact(&step.action).as_deref());
    put("target", exact(&step.target).as_deref());
    put("tier", step.tier.map(crate::domain::action::Tier::word));
    put("key", exact(&step.key).as_deref());
    put("status", Some("ready"));
    put("op", Some(desk.request.op.as_str()));
    if step.reversible == Reversible::No {
        line.insert("reversible".to_owned(), false.into());
    }
    if let Some(epoch) = step.epoch {
        line.insert("epoch".to_owned(), epoch.into());
    }
    serde_json::Value::Object(line).to_string()
}
