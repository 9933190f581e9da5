//! What the operator can say about the findings under the cursor, or about all that is marked.

use crate::domain::finding::{Finding, Lost};
use crate::domain::id::AgentId;
use crate::domain::page::Compared;
use crate::domain::text::plural;
use crate::domain::time::{ClockTime, Span};
use crate::domain::told::{Said, Told};
use crate::keeper::Order;
use crate::ops::Wording;
use crate::ops::difference::beside;
use crate::reader::Query;
use crate::ui::effect::Effect;
use crate::ui::layout::Form;
use crate::ui::model::{Entry, Model, Overlay, Pane};
use crate::ui::overlay::choose::{Choice, Pick};
use crate::view::queue::{self, Cause, Group};
use crate::view::retro::offers;

/// Snoozed until tomorrow ends at this hour.
const MORNING: ClockTime = ClockTime(6 * 3_600);

/// The findings that are meant: marked ones, else those under the cursor; of agents all of theirs.
pub fn cases(model: &Model) -> Vec<&Told> {
    if let Some(walk) = &model.walk {
        let here = walk.stop().map(|stop| &stop.cause);
        let queue = queue::queue(model.fleet(), model.now());
        let all = queue.calls.into_iter().chain(queue.aside);
        let own = all.filter(|group| Some(&group.cause) == here);
        return own.flat_map(|group| group.cases).collect();
    }
    match model.pane {
        Pane::Queue => of_queue(model),
        Pane::Standup => of_agents(model),
        Pane::Sprint | Pane::Retro | Pane::Log | Pane::Ledger => Vec::new(),
    }
}

/// The first version among them that was lost and is kept.
pub fn lost(model: &Model) -> Option<Lost> {
    let cases = cases(model).into_iter();
    cases
        .map(|told| &told.finding)
        .find_map(|found| found.lost())
}

/// Asks for it; the answer opens.
pub fn ask_lost(model: &Model, effects: &mut Vec<Effect>) {
    let lost = lost(model).map(Box::new);
    effects.extend(lost.map(|lost| Effect::Ask(Query::Lost(lost))));
}

/// A lost version beside what is there now opens, unless something else has by then.
pub fn compared(model: &mut Model, found: &Compared) {
    let wording = match model.form {
        Form::Grid => Wording::Signs,
        Form::Lines => Wording::Words,
    };
    if model.is_clear() {
        model.overlay = Some(Overlay::Report {
            title: format!("lost from {}", found.of.file.shown_within(40)),
            text: beside(found, model.fleet().zone(), wording),
            top: 0,
        });
    }
}

fn of_queue(model: &Model) -> Vec<&Told> {
    let marked = &model.queue.marked;
    let selected = model.queue.selected.as_ref();
    let queue = queue::queue(model.fleet(), model.now());
    let calls = |group: &Group<'_>| match selected {
        _ if !marked.is_empty() => marked.contains(&group.cause),
        Some(Entry::Call(cause)) => *cause == group.cause,
        Some(Entry::Waiting(..) | Entry::Fold(_) | Entry::Aside(_)) | None => false,
    };
    let aside = |cause: &Cause| matches!(selected, Some(Entry::Aside(at)) if at == cause);
    let mut cases: Vec<&Told> = Vec::new();
    for group in queue.calls.into_iter().filter(calls) {
        cases.extend(group.cases);
    }
    if marked.is_empty() {
        for group in queue.aside.into_iter().filter(|group| aside(&group.cause)) {
            cases.extend(group.cases);
        }
    }
    cases
}

fn of_agents(model: &Model) -> Vec<&Told> {
    let marked = &model.standup.marked;
    let here = model.selected_agent();
    let task = model
        .page
        .task
        .as_ref()
        .filter(|_| model.page.sheet.focused);
    let meant = |agent: &AgentId| {
        if marked.is_empty() {
            here == Some(agent)
        } else {
            marked.contains(agent)
        }
    };
    let told = model.fleet().told.iter();
    told.filter(|told| told.finding.severity > crate::domain::finding::Severity::Info)
        .filter(|told| meant(&told.finding.agent))
        .filter(|told| task.is_none() || told.finding.task.as_ref() == task)
        .collect()
}

pub fn ask(model: &mut Model) {
    if model.pane == Pane::Retro {
        super::retro::ask(model);
        return;
    }
    let cases = cases(model);
    let Some(first) = cases.first() else { return };
    let name = match &first.finding.task {
        Some(task) => format!("{}/{task}", first.finding.agent),
        None => first.finding.agent.to_string(),
    };
    let title = match cases.len() {
        1 => name,
        n => format!("{name} and {}", plural(n as u64 - 1, "more finding")),
    };
    let ids: Vec<String> = cases.iter().map(|told| told.finding.id()).collect();
    let said = cases.iter().any(|told| told.said.is_some());
    let mut choices = choices(model, &ids, said);
    if let [only] = cases.as_slice() {
        choices.push(why_it_failed(&only.finding));
    }
    model.overlay = Some(Overlay::Choose {
        title,
        choices,
        at: 0,
    });
}

/// An incident gets a code where it is seen; the retro counts it.
fn why_it_failed(finding: &Finding) -> Choice {
    let offers = offers(finding.kind);
    let likely = offers.first().filter(|offer| !offer.speaks.is_empty());
    let help = likely.map(|offer| format!("{}: {}", offer.code.title(), offer.speaks));
    let title = format!("why: {}", finding.kind.word());
    let codes = super::retro::codes(offers, (&finding.id(), &finding.agent), true);
    Choice {
        text: "name why it failed".to_owned(),
        help: help.unwrap_or_else(|| "one of fourteen codes, counted in the retro".to_owned()),
        pick: Some(Pick::Ask(title, codes)),
    }
}

fn choices(model: &Model, ids: &[String], said: bool) -> Vec<Choice> {
    let (now, zone) = (model.clock, model.fleet().zone());
    let hour = now + Span::HOUR;
    let morning = zone.at(zone.day_of(now).plus(1), MORNING);
    let say = |said| {
        Pick::Order(Order::Say {
            cases: ids.to_vec(),
            said,
        })
    };
    let mut choices = vec![
        Choice {
            text: "acknowledge".to_owned(),
            help: "counts no more while the case lasts".to_owned(),
            pick: Some(say(Some(Said::Acknowledged))),
        },
        Choice {
            text: "snooze for an hour".to_owned(),
            help: format!("until {}", zone.hhmm(hour)),
            pick: Some(say(Some(Said::SnoozedUntil(hour)))),
        },
        Choice {
            text: "snooze until tomorrow".to_owned(),
            help: format!("until {}", zone.weekday_hhmm(morning)),
            pick: Some(say(Some(Said::SnoozedUntil(morning)))),
        },
    ];
    if said {
        choices.insert(
            0,
            Choice {
                text: "take it back".to_owned(),
                help: "it counts again".to_owned(),
                pick: Some(say(None)),
            },
        );
    }
    choices
}

/// The choice under the cursor is taken, and marks have done their work.
pub fn choose(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Choose { choices, at, .. }) = &model.overlay else {
        return;
    };
    let Some(choice) = choices.get(*at).cloned() else {
        return;
    };
    let Some(pick) = choice.pick else {
        super::say(model, choice.help);
        return;
    };
    model.overlay = None;
    let order = match pick {
        Pick::Order(order) => order,
        Pick::Preview(requests, caution) => {
            super::operate::plan_with(model, requests, caution, effects);
            return;
        }
        Pick::Ask(title, choices) => {
            model.overlay = Some(Overlay::Choose {
                title,
                choices,
                at: 0,
            });
            return;
        }
    };
    if matches!(order, Order::Say { .. }) {
        model.standup.marked.clear();
        model.queue.marked.clear();
    }
    match order {
        Order::Retro(word) => super::retro::speak(model, word, effects),
        order => effects.push(Effect::Order(order)),
    }
}
