//! Orders that change an agent's files: asked for, previewed, confirmed, carried out, taken back.
//!
//! ```text
//! key ─▶ Order::Plan ─▶ Reply::Planned ─▶ preview ─▶ yes or code ─▶ Order::Operate ─▶ Reply::Operated ─▶ toast, u
//! ```

use crate::domain::fleet::TaskState;
use crate::domain::id::{AgentId, OpId, TaskId};
use crate::keeper::Order;
use crate::ops::{Ask, Confirm, Letter, Plan, Refusal, Request, Subject, Verb};
use crate::ui::effect::Effect;
use crate::ui::model::{Entry, Model, Overlay, Pane};
use crate::ui::msg::Edit;
use crate::ui::overlay::choose::Choice;
use crate::ui::overlay::editor::Editor;
use crate::ui::overlay::preview::{Preview, name};
use crate::view::agent::Target;
use crate::view::queue::{self, Group};

use super::say;

/// What is marked, else what is under the cursor.
pub fn targets(model: &Model) -> Vec<Target> {
    if model.walk.is_none() && model.pane == Pane::Queue && !model.queue.marked.is_empty() {
        let queue = queue::queue(model.fleet(), model.now());
        let marked = |group: &&Group<'_>| model.queue.marked.contains(&group.cause);
        return queue.calls.iter().filter(marked).map(of_group).collect();
    }
    if model.walk.is_none() && model.pane == Pane::Standup && !model.standup.marked.is_empty() {
        let whole = |agent: &AgentId| Target {
            agent: agent.clone(),
            task: None,
        };
        let order = model.standup.order.iter();
        return order
            .filter(|id| model.standup.marked.contains(*id))
            .map(whole)
            .collect();
    }
    if let (None, Pane::Queue, Some(Entry::Call(cause))) =
        (&model.walk, model.pane, &model.queue.selected)
        && !model.queue.sheet.focused
    {
        let queue = queue::queue(model.fleet(), model.now());
        let own = queue.calls.iter().find(|group| group.cause == *cause);
        return own.map(of_group).into_iter().collect();
    }
    model.target().into_iter().collect()
}

/// The task that a line of the queue is about, where one of its cases names any.
fn of_group(group: &Group<'_>) -> Target {
    Target {
        agent: group.lead().agent.clone(),
        task: group.task().cloned(),
    }
}

fn request(verb: Verb, target: &Target) -> Request {
    Request {
        task: target.task.clone(),
        ..Request::new(OpId::from(""), verb, target.agent.clone())
    }
}

/// Asks what an order would do. On an agent without a task, its open tasks are listed first.
pub fn order(model: &mut Model, verb: Verb, effects: &mut Vec<Effect>) {
    let targets = targets(model);
    if let ([only], Subject::Task | Subject::Step) = (targets.as_slice(), verb.subject())
        && only.task.is_none()
    {
        list_tasks(model, verb, &only.agent);
        return;
    }
    let wanted: Vec<Request> = targets.iter().map(|target| request(verb, target)).collect();
    if !wanted.is_empty() {
        effects.push(Effect::Order(Order::Plan(wanted)));
    }
}

/// Holds what is under the cursor, or releases it where it is held.
pub fn hold(model: &mut Model, effects: &mut Vec<Effect>) {
    let held = targets(model)
        .first()
        .is_some_and(|target| is_held(model, target));
    let verb = if held { Verb::Release } else { Verb::Hold };
    order(model, verb, effects);
}

fn is_held(model: &Model, target: &Target) -> bool {
    let Some(agent) = model.agent(&target.agent) else {
        return false;
    };
    let mut own = agent.tasks.iter().filter(|task| match &target.task {
        Some(id) => task.id == *id,
        None => task.state.is_open(),
    });
    own.next().is_some_and(|first| {
        first.state == TaskState::Held && own.all(|task| task.state == TaskState::Held)
    })
}

fn list_tasks(model: &mut Model, verb: Verb, agent: &AgentId) {
    let Some(view) = model.agent(agent).cloned() else {
        return;
    };
    let mut known: Vec<TaskId> = Vec::new();
    let mut choices = Vec::new();
    for task in &view.tasks {
        if !task.state.is_open() || known.contains(&task.id) {
            continue;
        }
        known.push(task.id.clone());
        let target = Target {
            agent: agent.clone(),
            task: Some(task.id.clone()),
        };
        choices.push(Choice {
            text: task.id.to_string(),
            help: task.state.word().to_owned(),
            order: Some(Order::Plan(vec![request(verb, &target)])),
        });
    }
    if choices.is_empty() {
        say(
            model,
            format!("{agent} has no open task to {} today", verb.word()),
        );
        return;
    }
    let title = format!("{} which task of {agent}?", verb.word());
    model.overlay = Some(Overlay::Choose {
        title,
        choices,
        at: 0,
    });
}

/// The answer to what orders would do: what is missing is asked for, the rest is shown.
pub fn planned(
    model: &mut Model,
    planned: Vec<(Request, Result<Plan, Refusal>)>,
    effects: &mut Vec<Effect>,
) {
    let asks = planned
        .iter()
        .find_map(|(_, plan)| plan.as_ref().err()?.asks);
    match asks {
        Some(Ask::Reason) => ask_for(model, planned, "why"),
        Some(Ask::Letter) => ask_for(model, planned, "what to say:"),
        Some(Ask::Until | Ask::Step | Ask::Check) | None => show(model, planned, effects),
    }
}

fn ask_for(model: &mut Model, planned: Vec<(Request, Result<Plan, Refusal>)>, what: &str) {
    let requests: Vec<Request> = planned.into_iter().map(|(request, _)| request).collect();
    let Some(first) = requests.first() else {
        return;
    };
    let title = match requests.len() {
        1 => format!("{what} {}?", name(first)),
        n => format!("{what} {} {n} tasks?", first.verb.word()),
    };
    model.overlay = Some(Overlay::Editor(Box::new(Editor::new(title, requests))));
}

/// What needs no confirmation is done at once.
fn show(
    model: &mut Model,
    planned: Vec<(Request, Result<Plan, Refusal>)>,
    effects: &mut Vec<Effect>,
) {
    let preview = Preview::new(planned);
    if preview.plans.is_empty()
        && let [(request, refusal)] = preview.refused.as_slice()
    {
        say(model, format!("refused: {}: {refusal}", name(request)));
        return;
    }
    if !preview.plans.is_empty() && preview.refused.is_empty() && preview.level() == Confirm::None {
        carry_out(model, preview, effects);
        return;
    }
    model.overlay = Some(Overlay::Preview(Box::new(preview)));
}

fn carry_out(model: &mut Model, preview: Preview, effects: &mut Vec<Effect>) {
    let answer = preview.answer(true);
    let orders = preview
        .plans
        .into_iter()
        .map(|plan| (plan.request, answer.clone()));
    effects.push(Effect::Order(Order::Operate(orders.collect())));
    model.queue.marked.clear();
    model.standup.marked.clear();
}

/// What is typed into a preview: `y`, or the code letter by letter. Whatever else is no.
pub fn type_into(model: &mut Model, edit: &Edit, effects: &mut Vec<Effect>) {
    let Some(Overlay::Preview(preview)) = &mut model.overlay else {
        return;
    };
    if preview.plans.is_empty() {
        model.overlay = None;
        return;
    }
    let code = match preview.level() {
        Confirm::Code(code) | Confirm::CodeAndOutside(code) => Some(code),
        Confirm::None | Confirm::Yes => None,
    };
    match (code, edit) {
        (_, Edit::Next) if preview.asks_outside() => preview.outside = !preview.outside,
        (_, Edit::Previous) => preview.top = preview.top.saturating_sub(1),
        (_, Edit::Next) => preview.top += 1,
        (None, Edit::Insert(letter)) if letter == "y" => take(model, effects),
        (Some(_), Edit::Insert(letter)) if letter.len() == 1 && preview.typed.len() < 4 => {
            preview.typed.push_str(&letter.to_uppercase());
        }
        (Some(_), Edit::Erase) => {
            preview.typed.pop();
        }
        (Some(_), Edit::Accept) => match preview.level().admits(&preview.answer(true)) {
            Ok(()) => take(model, effects),
            Err(missing) => say(model, missing),
        },
        (Some(_), _) => {}
        (None, _) => {
            model.overlay = None;
            say(model, "nothing was changed");
        }
    }
}

fn take(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(Overlay::Preview(preview)) = model.overlay.take() {
        carry_out(model, *preview, effects);
    }
}

/// What was written goes into the orders that wait for it.
pub fn written(model: &mut Model, edit: &Edit, effects: &mut Vec<Effect>) {
    let Some(Overlay::Editor(editor)) = &mut model.overlay else {
        return;
    };
    if *edit != Edit::Accept {
        editor.edit(edit);
        return;
    }
    let text = editor.text();
    if text.is_empty() {
        say(model, "nothing is written yet");
        return;
    }
    let Some(Overlay::Editor(editor)) = model.overlay.take() else {
        return;
    };
    let requests = editor.requests.into_iter().map(|mut request| {
        if request.verb.takes_letter() {
            request.letter = Some(Letter {
                text: text.clone(),
                ..Letter::default()
            });
        } else {
            request.reason = Some(text.clone());
        }
        request
    });
    effects.push(Effect::Order(Order::Plan(requests.collect())));
}

/// One order has taken effect, or has not. The cursor stays; `u` takes the last one back.
pub fn operated(model: &mut Model, request: &Request, outcome: Result<String, String>) {
    match outcome {
        Ok(sentence) => {
            let undone = request.verb == Verb::Undo;
            model.undo = (!undone).then(|| request.clone());
            let hint = if undone { "" } else { "; u to undo" };
            say(model, format!("{sentence}{hint}"));
        }
        Err(sentence) => say(model, format!("{}: {sentence}", name(request))),
    }
}

/// Takes the last order of this session back.
pub fn undo(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(last) = model.undo.clone() else {
        return;
    };
    let undo = Request {
        undoes: Some(last.op),
        ..Request::new(OpId::from(""), Verb::Undo, last.agent)
    };
    let undo = Request {
        task: last.task,
        ..undo
    };
    effects.push(Effect::Order(Order::Plan(vec![undo])));
}

/// Asks what can be done here, and why the rest cannot.
pub fn ask_possible(model: &Model, effects: &mut Vec<Effect>) {
    if let Some(target) = targets(model).into_iter().next() {
        effects.push(Effect::Order(Order::Possible {
            agent: target.agent,
            task: target.task,
        }));
    }
}

/// The menu of what can be done here.
pub fn possible(
    model: &mut Model,
    (agent, task): (&AgentId, Option<&TaskId>),
    verbs: Vec<(Verb, Result<(), Refusal>)>,
) {
    let target = Target {
        agent: agent.clone(),
        task: task.cloned(),
    };
    let mut choices: Vec<Choice> = verbs
        .into_iter()
        .filter(|(verb, _)| verb.subject() != Subject::Finding)
        .map(|(verb, can)| Choice {
            text: verb.title().to_owned(),
            help: match &can {
                Ok(()) => verb.help().to_owned(),
                Err(refusal) => refusal.to_string(),
            },
            order: can
                .is_ok()
                .then(|| Order::Plan(vec![request(verb, &target)])),
        })
        .collect();
    choices.sort_by_key(|choice| choice.order.is_none());
    let task = task.map(|task| format!("/{task}"));
    let title = format!("{agent}{}: what can be done", task.unwrap_or_default());
    model.overlay = Some(Overlay::Choose {
        title,
        choices,
        at: 0,
    });
}
