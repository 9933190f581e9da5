//! The retro: the week of the agent under the cursor, the walk over insights, gaps that are closed, codes, the note.

use std::sync::Arc;

use crate::domain::id::{AgentId, OpId};
use crate::domain::retro::{RetroWord, VerdictKind};
use crate::keeper::Order;
use crate::ops::{Letter, LetterKind, Request, Verb};
use crate::ui::command::CommandId;
use crate::ui::effect::Effect;
use crate::ui::model::{Model, Overlay, Pane, Reading};
use crate::ui::msg::Edit;
use crate::ui::overlay::choose::{Choice, Pick};
use crate::ui::overlay::editor::{Editor, Purpose};
use crate::view::agent;
use crate::view::retro::{self, Gap, Offer};

use super::act::Direction;
use super::{operate, say};

/// A command of the retro's own.
pub fn command(model: &mut Model, id: CommandId, effects: &mut Vec<Effect>) {
    if id == CommandId::ReadInsights {
        begin(model);
    } else if id == CommandId::NextInsights {
        go(model, Direction::Forward, effects);
    } else if id == CommandId::PreviousInsights {
        go(model, Direction::Back, effects);
    } else if id == CommandId::Decide {
        decide(model, effects);
    } else {
        note(model);
    }
}

/// The lines of the agent under the cursor.
pub fn rebuild(model: &mut Model) {
    let lines = lines(model);
    let rows = model.sheet_rows();
    let lines = model.fitted(lines, model.retro_desk().detail.width, 12);
    model.retro.sheet.show(lines, rows);
}

fn lines(model: &Model) -> Vec<agent::Line> {
    let (Some(facts), Some(agent)) = (model.retro.facts.as_deref(), model.line_agent()) else {
        return Vec::new();
    };
    let rows = retro::rows(facts);
    let row = rows.iter().find(|row| row.agent == agent);
    let one = facts.agents.iter().find(|one| one.agent == agent);
    row.zip(one)
        .map(|(row, one)| retro::about(facts, row, one))
        .unwrap_or_default()
}

/// Something that can be spoken of lies under the cursor of the sheet.
pub fn cases(model: &Model) -> usize {
    let here = model.pane == Pane::Retro && model.retro.sheet.focused;
    let (Some(facts), Some(line)) = (model.retro.facts.as_deref(), model.retro.sheet.line()) else {
        return 0;
    };
    let speaks = retro::verdicts_for(facts, line).is_some();
    usize::from(here && (speaks || retro::codes_for(facts, line).is_some()))
}

/// What can be said of a gap, or which codes an incident may get.
pub fn ask(model: &mut Model) {
    let (Some(facts), Some(line)) = (model.retro.facts.clone(), model.retro.sheet.line()) else {
        return;
    };
    let (title, choices) = if let Some(gap) = retro::verdicts_for(&facts, line) {
        (format!("{}/{}", gap.agent, gap.task), judgements(&gap))
    } else if let Some((trouble, offers)) = retro::codes_for(&facts, line) {
        let Some(agent) = model.line_agent() else {
            return;
        };
        let known = facts.said.codes.contains_key(&trouble.case);
        let choices = codes(offers, (&trouble.case, &agent), known);
        (format!("why: {}", trouble.kind.word()), choices)
    } else {
        return;
    };
    model.overlay = Some(Overlay::Choose {
        title,
        choices,
        at: 0,
    });
}

/// The codes of failure that an incident may get, the likeliest first.
pub fn codes(offers: Vec<Offer>, (case, agent): (&str, &AgentId), known: bool) -> Vec<Choice> {
    let word = |code| {
        Some(Pick::Order(Order::Retro(RetroWord::Code {
            case: case.to_owned(),
            agent: agent.clone(),
            code,
        })))
    };
    let choice = |offer: Offer| Choice {
        text: format!("{} {}", offer.code.number(), offer.code.title()),
        help: offer.speaks.to_owned(),
        pick: word(Some(offer.code)),
    };
    let mut choices: Vec<Choice> = offers.into_iter().map(choice).collect();
    if known {
        choices.push(Choice {
            text: "none".to_owned(),
            help: "takes the code back".to_owned(),
            pick: word(None),
        });
    }
    choices
}

fn judgements(gap: &Gap) -> Vec<Choice> {
    let judge = |verdict| {
        Some(Pick::Order(Order::Retro(RetroWord::Judge {
            gap: gap.id(),
            agent: gap.agent.clone(),
            verdict,
            why: String::new(),
        })))
    };
    vec![
        Choice {
            text: "close it".to_owned(),
            help: "with a reason, which the ledger keeps".to_owned(),
            pick: judge(VerdictKind::Closed),
        },
        Choice {
            text: "flag it".to_owned(),
            help: "needs a person until it is closed".to_owned(),
            pick: judge(VerdictKind::Flagged),
        },
    ]
}

/// Says it; what is said of a gap asks for its reason first.
pub fn speak(model: &mut Model, word: RetroWord, effects: &mut Vec<Effect>) {
    match word {
        RetroWord::Judge {
            gap,
            agent,
            verdict,
            why,
        } if why.is_empty() => {
            let what = match verdict {
                VerdictKind::Closed => "close",
                VerdictKind::Flagged => "flag",
            };
            let title = format!("why {what} this gap of {agent}?");
            let purpose = Purpose::Gap {
                gap,
                agent,
                verdict,
            };
            model.overlay = Some(Overlay::Editor(Box::new(Editor::about(title, purpose, ""))));
        }
        word => {
            model.retro.spoke = true;
            effects.push(Effect::Order(Order::Retro(word)));
        }
    }
}

/// The facts are asked for again once what was said is kept.
pub fn answered(model: &mut Model) {
    if std::mem::take(&mut model.retro.spoke) {
        model.retro.asked_for = None;
    }
}

/// Opens the note on the week: what was written, else a page from the facts.
pub fn note(model: &mut Model) {
    let Some(facts) = model.retro.facts.clone() else {
        say(model, "the week is still being read");
        return;
    };
    let week = facts.week.name();
    let (known, _) = retro::notes(&facts);
    let begun = known.map_or_else(|| retro::template(&facts), |note| note.exact().to_owned());
    let title = format!("note on {week}");
    let purpose = Purpose::Note { week };
    model.overlay = Some(Overlay::Editor(Box::new(Editor::about(
        title, purpose, &begun,
    ))));
}

/// A key in the editor of a note or of a reason.
pub fn written(model: &mut Model, edit: &Edit, effects: &mut Vec<Effect>) {
    let Some(Overlay::Editor(editor)) = &mut model.overlay else {
        return;
    };
    match edit {
        Edit::Accept if editor.is_page() => {
            editor.edit(&Edit::Line);
            return;
        }
        Edit::Accept | Edit::Keep => {}
        other => {
            editor.edit(other);
            return;
        }
    }
    let text = editor.text();
    let word = match editor.purpose.clone() {
        Purpose::Orders => return,
        Purpose::Note { week } => RetroWord::Note { week, text },
        Purpose::Gap { .. } if text.is_empty() => {
            say(model, "nothing is written yet");
            return;
        }
        Purpose::Gap {
            gap,
            agent,
            verdict,
        } => RetroWord::Judge {
            gap,
            agent,
            verdict,
            why: text,
        },
    };
    model.overlay = None;
    speak(model, word, effects);
}

/// Begins the walk over insights with those of the agent under the cursor: unread ones; where all were read, all.
pub fn begin(model: &mut Model) {
    let unread = model.unread();
    let agents = if unread.is_empty() {
        let facts = model.retro.facts.as_deref();
        let all = facts
            .map(|facts| facts.agents.as_slice())
            .unwrap_or_default();
        let with = all.iter().filter(|one| one.learned.file.is_some());
        with.map(|one| one.agent.clone()).collect()
    } else {
        unread
    };
    if agents.is_empty() {
        say(model, "no agent keeps insights");
        return;
    }
    let own = agents.iter().position(|id| Some(id) == model.subject());
    let mut agents = agents;
    agents.rotate_left(own.unwrap_or_default());
    model.reading = Some(Reading {
        agents,
        ..Reading::default()
    });
}

/// On, and these count as read; or back.
pub fn go(model: &mut Model, direction: Direction, effects: &mut Vec<Effect>) {
    if direction == Direction::Forward {
        mark_read(model, effects);
    }
    let Some(reading) = &mut model.reading else {
        return;
    };
    reading.top = 0;
    match direction {
        Direction::Back => reading.at = reading.at.saturating_sub(1),
        Direction::Forward if reading.at + 1 < reading.agents.len() => reading.at += 1,
        Direction::Forward => {
            model.reading = None;
            let (read, of) = counted(model);
            say(model, format!("{read} of {of} insights read"));
        }
    }
}

fn counted(model: &Model) -> (usize, usize) {
    let facts = model.retro.facts.as_deref();
    facts.map(retro::read).unwrap_or_default()
}

fn mark_read(model: &mut Model, effects: &mut Vec<Effect>) {
    let agent = model.reading.as_ref().and_then(Reading::agent).cloned();
    let (Some(agent), Some(facts)) = (agent, &mut model.retro.facts) else {
        return;
    };
    let facts = Arc::make_mut(facts);
    let Some(one) = facts.agents.iter_mut().find(|one| one.agent == agent) else {
        return;
    };
    if std::mem::replace(&mut one.learned.read, true) {
        return;
    }
    let sha256 = one.learned.version.clone();
    effects.push(Effect::Order(Order::Retro(RetroWord::Read {
        agent,
        sha256,
    })));
}

pub fn leave(model: &mut Model) {
    model.reading = None;
    let (read, of) = counted(model);
    say(model, format!("{read} of {of} insights read"));
}

pub fn scroll(model: &mut Model, lines: isize) {
    let last = crate::ui::pane::insights::last_top(model);
    if let Some(reading) = &mut model.reading {
        reading.top = reading.top.saturating_add_signed(lines).min(last);
    }
}

/// A decision about what was read, for the agent's inbox.
pub fn decide(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(agent) = model.reading.as_ref().and_then(Reading::agent).cloned() else {
        return;
    };
    let mut request = Request::new(OpId::from(""), Verb::Note, agent);
    request.letter = Some(Letter {
        kind: LetterKind::Decision,
        ..Letter::default()
    });
    operate::plan(model, vec![request], effects);
}
