//! What stands under the cursor, onto the clipboard.

use crate::domain::text::cut;
use crate::ui::command::Place;
use crate::ui::effect::Effect;
use crate::ui::model::{Model, Overlay};
use crate::view::walk::summary;
use crate::view::{agent, ledger, log, standup};

use super::say;

/// Most that is put on the clipboard, in bytes: terminals drop longer sequences without a word.
pub const LONGEST_COPY: usize = 32 * 1_024;

pub fn copy(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(text) = copied(model) else {
        say(model, "nothing to copy here");
        return;
    };
    let whole = text.len() <= LONGEST_COPY;
    let end = (0..=LONGEST_COPY.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let text = text[..end].to_owned();
    let what = text
        .lines()
        .next()
        .map(|line| cut(line, 40).into_owned())
        .unwrap_or_default();
    say(
        model,
        if whole {
            format!("copied: {what}")
        } else {
            format!("copied the first 32 kB: {what}")
        },
    );
    effects.push(Effect::Copy(text));
}

/// What stands under the cursor, as plain sanitised text.
fn copied(model: &Model) -> Option<String> {
    if let Some(Overlay::Report { text, .. }) = &model.overlay {
        return Some(text.clone());
    }
    match model.base() {
        Place::Log => {
            let line = log::line(model.log_row()?, 1, model.fleet().zone());
            Some(format!(
                "{} {} {} {}",
                line.time, line.agent, line.task, line.text
            ))
        }
        Place::Detail | Place::WeekPage => {
            let line = model.sheet().line()?;
            Some(format!("{} {}", line.label, line.text).trim().to_owned())
        }
        Place::Queue => {
            let lines = model.queue.sheet.lines.iter();
            let lines = lines.map(|line| format!("{} {}", line.label, line.text).trim().to_owned());
            Some(lines.collect::<Vec<_>>().join("\n"))
        }
        Place::Walk => {
            let walk = model.walk.as_ref()?;
            Some(summary(&walk.stops, walk.took(model.clock)))
        }
        Place::Ledger => {
            let fleet = model.fleet();
            Some(ledger::lineage(model.ordered()?, fleet, model.now()))
        }
        Place::Sprint | Place::Retro => model.line_agent().map(|agent| agent.to_string()),
        Place::Standup
        | Place::Reading
        | Place::Menu
        | Place::Insights
        | Place::Palette
        | Place::Filter
        | Place::Preview
        | Place::Editor => copied_agent(model),
    }
}

fn copied_agent(model: &Model) -> Option<String> {
    let agent = model.agent(model.selected_agent()?)?;
    let now = model.now();
    let row = standup::row(agent, now, model.fleet().zone());
    let mut text = format!("{}: {}\n", agent::title(agent, now), row.happened);
    for line in agent::why(model.fleet(), agent, now) {
        text.push_str(format!("  {} {}", line.label, line.text).trim_end());
        text.push('\n');
    }
    Some(text)
}
