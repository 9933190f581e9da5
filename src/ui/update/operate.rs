//! Orders that change an agent's files: asked for, previewed, confirmed, carried out, taken back.
//!
//! ```text
//! key ─▶ Order::Preview ─▶ Reply::Planned ─▶ preview ─▶ yes or code ─▶ Order::Operate ─▶ Reply::Operated ─▶ toast, u
//! ```

use crate::domain::fleet::TaskState;
use crate::domain::id::{AgentId, OpId, TaskId};
use crate::keeper::Order;
use crate::ops::storm::Way;
use crate::ops::{
    Ask, Confirm, Drafted, Letter, LetterKind, Plan, Refusal, Request, Subject, Verb, Wanted,
};
use crate::ui::command::{CommandId, Place};
use crate::ui::effect::Effect;
use crate::ui::model::{Caution, Entry, Model, Overlay, Pane, Planning};
use crate::ui::msg::Edit;
use crate::ui::overlay::choose::{Choice, Pick};
use crate::ui::overlay::editor::Editor;
use crate::ui::overlay::preview::{Preview, name};
use crate::view::agent::Target;
use crate::view::queue::{self, Group};

use super::{carry, say};

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
    plan(model, wanted, effects);
}

/// Asks what orders would do, one after another: the keeper's inbox is short.
pub fn plan(model: &mut Model, wanted: Vec<Request>, effects: &mut Vec<Effect>) {
    plan_with(model, wanted, Caution::AsNeeded, effects);
}

/// As [`plan`], with more caution where that is asked for.
pub fn plan_with(
    model: &mut Model,
    wanted: Vec<Request>,
    caution: Caution,
    effects: &mut Vec<Effect>,
) {
    model.planning = Planning {
        wanted: wanted.into(),
        caution,
        ..Planning::default()
    };
    ask_next(model, effects);
}

fn ask_next(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(next) = model.planning.wanted.front() {
        effects.push(Effect::Order(Order::Preview(Box::new(next.clone()))));
    }
}

/// What was asked for and not answered yet opens no more. `false`: nothing is awaited.
pub fn forget_asked(model: &mut Model) -> bool {
    let menu = model.offers.menu.take().is_some();
    let asked = std::mem::take(&mut model.planning).is_out();
    if asked {
        say(model, "nothing was changed");
    }
    asked || menu
}

/// The answer to a preview; one that nobody waits for any more is dropped.
pub fn answered(
    model: &mut Model,
    (request, plan): (Request, Result<Plan, Refusal>),
    effects: &mut Vec<Effect>,
) {
    let is_next = model
        .planning
        .wanted
        .front()
        .is_some_and(|next| same(next, &request));
    if !is_next {
        return;
    }
    model.planning.wanted.pop_front();
    model.planning.planned.push((request, plan));
    if model.planning.wanted.is_empty() {
        let planned = std::mem::take(&mut model.planning.planned);
        self::planned(model, planned, effects);
    } else {
        ask_next(model, effects);
    }
}

/// The same order, whatever id it was given.
fn same(a: &Request, b: &Request) -> bool {
    (a.verb, &a.agent, &a.task, a.due) == (b.verb, &b.agent, &b.task, b.due)
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
    let mut own = agent.every_task().filter(|task| match &target.task {
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
    for task in view.every_task() {
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
            pick: Some(Pick::Preview(
                vec![request(verb, &target)],
                Caution::AsNeeded,
            )),
        });
    }
    if choices.is_empty() {
        say(
            model,
            format!("{agent} has no open task to {}", verb.word()),
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

/// Asks for what is overdue, and the ways out of it.
pub fn storm(model: &mut Model, effects: &mut Vec<Effect>) {
    model.planning = Planning {
        storm: true,
        ..Planning::default()
    };
    effects.push(Effect::Order(Order::Storm));
}

/// One choice for each way; what it would do in full comes before anything is done.
pub fn overdue(model: &mut Model, found: Option<(String, [Way; 3])>) {
    let awaited = std::mem::take(&mut model.planning.storm);
    if !awaited || !model.is_clear() {
        return;
    }
    let Some((title, ways)) = found else {
        say(model, "nothing is overdue");
        return;
    };
    let choice = |way: Way| Choice {
        text: way.title.to_owned(),
        help: way.says,
        pick: (!way.orders.is_empty()).then_some(Pick::Preview(way.orders, Caution::Always)),
    };
    model.overlay = Some(Overlay::Choose {
        title,
        choices: ways.map(choice).into(),
        at: 0,
    });
}

/// The answer to what orders would do: what is missing is asked for, the rest is shown.
fn planned(
    model: &mut Model,
    planned: Vec<(Request, Result<Plan, Refusal>)>,
    effects: &mut Vec<Effect>,
) {
    // A key that was meant for what was opened meanwhile must not confirm anything.
    if !model.is_clear() {
        say(
            model,
            "something else was open when the preview came: nothing was changed",
        );
        return;
    }
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

/// One order that needs no confirmation is done at once; several are looked at first.
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
    let alone = preview.plans.len() == 1 && preview.refused.is_empty();
    if alone && preview.level() == Confirm::None && model.planning.caution == Caution::AsNeeded {
        carry::carry_out(model, preview, effects);
        return;
    }
    model.overlay = Some(Overlay::Preview(Box::new(preview)));
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
        carry::carry_out(model, *preview, effects);
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
            let kind = if request.verb == Verb::Handoff {
                LetterKind::Handoff
            } else {
                LetterKind::Note
            };
            request.letter = Some(Letter {
                kind,
                text: text.clone(),
                ..request.letter.unwrap_or_default()
            });
        } else {
            request.reason = Some(text.clone());
        }
        request
    });
    plan(model, requests.collect(), effects);
}

/// Takes the order of the ledger back that is under the cursor.
pub fn undo_ordered(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(one) = model.ordered() else { return };
    let undo = Request {
        undoes: Some(one.op.clone()),
        task: one.task.clone(),
        ..Request::new(OpId::from(""), Verb::Undo, one.agent.clone())
    };
    plan(model, vec![undo], effects);
}

/// What is ordered of a file as a whole.
pub fn whole_file(model: &mut Model, id: CommandId, effects: &mut Vec<Effect>) {
    if id == CommandId::Merge {
        merge(model, effects);
    } else {
        edit(model, effects);
    }
}

/// Asks for a copy of the file under the cursor; of a row of the standup that is the agent's plan.
fn edit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(agent) = model.target().map(|target| target.agent) else {
        return;
    };
    let of_row = model.base() == Place::Standup;
    let file = model.locus().filter(|_| !of_row).map(|locus| locus.file);
    let wanted = file.map_or(Wanted::Plan, Wanted::File);
    effects.push(Effect::Order(Order::Draft(agent, wanted)));
}

/// The copy is there: the screen is the editor's. A key that was meant for what was opened meanwhile opens none.
pub fn drafted(model: &mut Model, draft: Result<Drafted, Refusal>, effects: &mut Vec<Effect>) {
    match draft {
        Err(refusal) => say(model, format!("refused: edit: {refusal}")),
        Ok(_) if !model.is_clear() => say(model, "something else was open: nothing is edited"),
        Ok(draft) => effects.push(Effect::Edit(Box::new(draft))),
    }
}

/// What the editor left is looked at before it is written.
pub fn edited(model: &mut Model, draft: Drafted, effects: &mut Vec<Effect>) {
    let write = Request {
        draft: Some(draft.name),
        ..Request::new(OpId::from(""), Verb::Edit, draft.agent)
    };
    plan(model, vec![write], effects);
}

/// What an agent wrote into the file that the order under the cursor replaced.
fn merge(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(one) = model.ordered() else { return };
    let merge = Request {
        copy: Some(one.op.to_string()),
        ..Request::new(OpId::from(""), Verb::Merge, one.agent.clone())
    };
    plan(model, vec![merge], effects);
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
    plan(model, vec![undo], effects);
}
