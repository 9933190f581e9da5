//! Acknowledge and snooze: what the operator says about a finding, in the ledger only.

use super::Draft;
use crate::domain::told::{Said, Told};
use crate::ops::change::{Ask, Change, Plan, Refusal, Word};
use crate::ops::desk::Desk;

pub(in super::super) fn acknowledge(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let told = case(desk)?;
    if told.said == Some(Said::Acknowledged) {
        return Err(Refusal::new("it is acknowledged already"));
    }
    let case = told.finding.id();
    let sentence = format!(
        "acknowledges {} of {}: it leaves the queue while this case lasts, and stays visible",
        told.finding.kind.word(),
        subject(told)
    );
    Ok(Draft::new(sentence)
        .change(Change::Ledger(Word::Acknowledged { case }))
        .done(desk))
}

pub(in super::super) fn snooze(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let told = case(desk)?;
    let Some(until) = desk.request.until else {
        return Err(Refusal::new("until when?").asking(Ask::Until));
    };
    if until <= desk.now {
        return Err(
            Refusal::new(format!("{} is over already", desk.when(until))).asking(Ask::Until),
        );
    }
    let case = told.finding.id();
    let sentence = format!(
        "snoozes {} of {} until {}",
        told.finding.kind.word(),
        subject(told),
        desk.when(until)
    );
    Ok(Draft::new(sentence)
        .change(Change::Ledger(Word::Snoozed { case, until }))
        .done(desk))
}

fn subject(told: &Told) -> String {
    match &told.finding.task {
        Some(task) => format!("{}/{task}", told.finding.agent),
        None => told.finding.agent.to_string(),
    }
}

/// The finding that is meant: by its id, else the only one of the task or of the agent.
fn case<'a>(desk: &Desk<'a>) -> Result<&'a Told, Refusal> {
    let request = desk.request;
    let told = desk.scene.told.iter();
    let all = told.filter(|told| told.finding.agent == request.agent);
    if let Some(case) = &request.case {
        let mut named = all.filter(|told| told.finding.id() == *case);
        return named
            .next()
            .ok_or_else(|| Refusal::new("this finding is not told any more"));
    }
    let mut mine = all
        .filter(|told| told.counts(desk.now))
        .filter(|told| request.task.is_none() || told.finding.task == request.task);
    let first = mine
        .next()
        .ok_or_else(|| Refusal::new("nothing is told of it"))?;
    match mine.next() {
        None => Ok(first),
        Some(_) => Err(Refusal::new("several findings are told of it").but("name one")),
    }
}
