//! Confirmed orders on their way: one after another, each with its result; what was stopped; the write-up of a bulk.

use crate::domain::id::OpId;
use crate::domain::text::plural;
use crate::keeper::Order;
use crate::ops::bulk::{Fared, write_up};
use crate::ops::{Request, Verb};
use crate::ui::effect::Effect;
use crate::ui::model::{Model, Operating, Overlay};
use crate::ui::overlay::preview::{Preview, name};

use super::say;

/// Each begins once the one before is over, those of an earlier confirmation included.
pub fn carry_out(model: &mut Model, preview: Preview, effects: &mut Vec<Effect>) {
    let answer = preview.answer(true);
    let count = preview.plans.len();
    let orders = preview
        .plans
        .into_iter()
        .map(|plan| (plan.request, answer.clone()));
    let before = model.operating.waiting.len();
    if before == 0 {
        model.operating = Operating {
            report: model.operating.report.take(),
            ..Operating::default()
        };
    }
    model.operating.bulk |= count > 1;
    model.operating.waiting.extend(orders);
    model.queue.marked.clear();
    model.standup.marked.clear();
    if before == 0 {
        begin_next(model, effects);
    } else {
        let those = plural(before as u64, "order");
        say(
            model,
            format!("begins once {those} before it came to an end"),
        );
    }
}

fn begin_next(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(next) = model.operating.waiting.front() {
        effects.push(Effect::Order(Order::Operate(Box::new(next.clone()))));
    }
}

/// What has not begun is left. `false`: nothing waits.
pub fn stop(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    if model.operating.waiting.len() < 2 {
        return false;
    }
    effects.push(Effect::Order(Order::StopOperating));
    let not_begun: Vec<Request> = model
        .operating
        .waiting
        .drain(1..)
        .map(|(one, _)| one)
        .collect();
    say(
        model,
        format!(
            "stopped: {} not begun, nothing of them was changed",
            not_begun.len()
        ),
    );
    model.operating.not_begun = not_begun;
    true
}

/// One order has taken effect, or has not.
pub fn operated(
    model: &mut Model,
    op: &OpId,
    outcome: Result<String, String>,
    effects: &mut Vec<Effect>,
) {
    let Some((mut request, _)) = model.operating.waiting.front().cloned() else {
        say(model, outcome.unwrap_or_else(|sentence| sentence));
        return;
    };
    request.op = op.clone();
    ended(model, &request, outcome, effects);
}

/// The cursor stays; `u` takes the last one back. The next of a bulk begins; at the end of one stands its write-up.
pub fn ended(
    model: &mut Model,
    request: &Request,
    outcome: Result<String, String>,
    effects: &mut Vec<Effect>,
) {
    model.operating.waiting.pop_front();
    model.operating.results.push(Fared {
        request: request.clone(),
        outcome: outcome.clone(),
    });
    match outcome {
        Ok(sentence) => {
            let undone = request.verb == Verb::Undo;
            model.undo = (!undone).then(|| request.clone());
            let hint = if undone { "" } else { "; u to undo" };
            say(model, format!("{sentence}{hint}"));
        }
        Err(sentence) => say(model, format!("{}: {sentence}", name(request))),
    }
    if !model.operating.waiting.is_empty() {
        begin_next(model, effects);
    } else if model.operating.bulk {
        let done = std::mem::take(&mut model.operating);
        let reason = request.reason().map(str::to_owned);
        let text = write_up(reason.as_deref(), &done.results, &done.not_begun);
        model.operating.report = Some(text);
    }
}

/// The write-up of a bulk opens as soon as it covers nothing that the operator is at.
pub fn show_report(model: &mut Model) {
    if model.is_clear()
        && let Some(text) = model.operating.report.take()
    {
        model.overlay = Some(Overlay::Report {
            title: "what became of it".to_owned(),
            text,
            top: 0,
        });
    }
}
