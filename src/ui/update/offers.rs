//! What can be done about what is under the cursor: asked of the keeper, which decides it as it would decide the order.

use crate::domain::id::OpId;
use crate::domain::offer::{About, Offer};
use crate::keeper::Order;
use crate::ops::{Request, Subject};
use crate::ui::effect::Effect;
use crate::ui::model::{Caution, Entry, Model, Overlay, Pane};
use crate::ui::overlay::choose::{Choice, Pick};
use crate::view::agent::Target;
use crate::view::queue::{self, Group};

use super::operate;

/// What the case that is read is about: of the queue, or of the rounds.
pub fn subject(model: &Model) -> Option<About> {
    let cause = match (&model.walk, model.pane, &model.queue.selected) {
        (Some(walk), ..) => &walk.stop()?.cause,
        (None, Pane::Queue, Some(Entry::Call(cause) | Entry::Aside(cause))) => cause,
        (None, ..) => return None,
    };
    let queue = queue::queue(model.fleet(), model.now());
    let mut groups = queue.calls.iter().chain(&queue.aside);
    groups.find(|group| group.cause == *cause).map(of_group)
}

fn of_group(group: &Group<'_>) -> About {
    About {
        agent: group.lead().agent.clone(),
        task: group.task().cloned(),
        slot: None,
        case: Some(group.lead().id()),
    }
}

/// Asks again whenever the board or the subject is another one.
pub fn ask_for_missing(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.offers.out || model.stopped.is_some() || model.past.is_some() {
        return;
    }
    let Some(about) = subject(model) else { return };
    let wanted = (model.live.version, about);
    if model.offers.asked.as_ref() == Some(&wanted) {
        return;
    }
    let about = wanted.1.clone();
    model.offers.asked = Some(wanted);
    send(model, about, effects);
}

fn send(model: &mut Model, about: About, effects: &mut Vec<Effect>) {
    model.offers.out = true;
    effects.push(Effect::Order(Order::Possible(Box::new(about))));
}

/// Opens the menu of what can be done here, once that is known.
pub fn menu(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(target) = operate::targets(model).into_iter().next() else {
        return;
    };
    let of_case = subject(model).filter(|about| about.agent == target.agent);
    let about = of_case.unwrap_or(About {
        agent: target.agent,
        task: target.task,
        slot: None,
        case: None,
    });
    model.offers.menu = Some(about.clone());
    send(model, about, effects);
}

pub fn answered(model: &mut Model, about: About, list: Vec<Offer>) {
    model.offers.out = false;
    if model.offers.menu.as_ref() == Some(&about) {
        model.offers.menu = None;
        if model.is_clear() {
            open(model, &about, &list);
        }
    }
    model.offers.of = Some(about);
    model.offers.list = list;
}

fn open(model: &mut Model, about: &About, list: &[Offer]) {
    let target = Target {
        agent: about.agent.clone(),
        task: about.task.clone(),
    };
    let choice = |offer: &Offer| {
        let request = Request {
            task: target.task.clone(),
            case: about.case.clone(),
            ..Request::new(OpId::from(""), offer.verb, target.agent.clone())
        };
        Choice {
            text: offer.verb.title().to_owned(),
            help: offer
                .refused
                .clone()
                .unwrap_or_else(|| offer.verb.help().to_owned()),
            pick: offer
                .is_open()
                .then(|| Pick::Preview(vec![request], Caution::AsNeeded)),
        }
    };
    let fits = |offer: &&Offer| offer.verb.subject() != Subject::Finding;
    let mut choices: Vec<Choice> = list.iter().filter(fits).map(choice).collect();
    choices.sort_by_key(|choice| choice.pick.is_none());
    let task = target.task.as_ref().map(|task| format!("/{task}"));
    let title = format!(
        "{}{}: what can be done",
        target.agent,
        task.unwrap_or_default()
    );
    model.overlay = Some(Overlay::Choose {
        title,
        choices,
        at: 0,
    });
}
