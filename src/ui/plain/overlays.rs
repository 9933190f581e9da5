//! What lies over the panes has the whole screen: its title, its lines, and how one leaves it.

use crate::ops::Wording;
use crate::ui::command::Place;
use crate::ui::draw::Look;
use crate::ui::layout;
use crate::ui::model::{Model, Overlay};
use crate::ui::overlay::choose::Choice;
use crate::ui::overlay::editor::Editor;
use crate::ui::overlay::help::{Line, not_now};
use crate::ui::overlay::preview::Preview;
use crate::ui::overlay::{help, palette, preview, report, why};
use crate::view::spoken;
use crate::view::wrap::wrap;

use super::Spoken;

pub fn page(model: &Model, look: &Look, overlay: &Overlay) -> Spoken {
    let width = usize::from(model.size.0);
    match overlay {
        Overlay::Help { from, top } => {
            let mut page = Spoken::titled(format!("keys here ({}), Esc closes", from.word()));
            page.read(*top, &keys(model, look, *from), width);
            page
        }
        Overlay::Why { about, top } => {
            let task = about.task.as_ref().map(|task| format!("/{task}"));
            let name = format!("{}{}", about.agent, task.unwrap_or_default());
            let mut page = Spoken::titled(format!("why {name}, Esc closes"));
            let (zone, now) = (model.fleet().zone(), model.now());
            let lines = why::lines(model, about);
            let said: Vec<String> = lines
                .iter()
                .map(|line| spoken::line(line, now, zone))
                .collect();
            if said.is_empty() {
                page.push("this agent is no longer there");
            }
            page.read(*top, &said, width);
            page
        }
        Overlay::Report { title, text, top } => {
            let mut page = Spoken::titled(format!("{title}, y copies, Esc closes"));
            page.here();
            let lines = report::lines(model, text).into_iter().skip(*top);
            page.lines.extend(lines.map(str::to_owned));
            page
        }
        Overlay::Preview(preview) => previewed(model, preview),
        Overlay::Editor(editor) => edited(model, editor),
        Overlay::Choose { title, choices, at } => chosen(model, title, (choices, *at)),
        Overlay::Palette { text, at, from } => commands(model, look, (text, *at, *from)),
    }
}

fn keys(model: &Model, look: &Look, from: Place) -> Vec<String> {
    let lines = help::lines(model, from).into_iter();
    let said = lines.map(|line| {
        let named = |id| look.keymap.keys(id).collect::<Vec<_>>().join(" or ");
        match line {
            Line::Group(title) => title.to_owned(),
            Line::Works(spec) => format!("{}: {}", named(spec.id), spec.help),
            Line::Not(spec, reason) => {
                format!("{}: {}; {}", named(spec.id), not_now(&reason), spec.help)
            }
        }
    });
    said.collect()
}

fn previewed(model: &Model, preview: &Preview) -> Spoken {
    let width = usize::from(model.size.0);
    let mut page = Spoken::titled(preview::title(preview));
    let zone = model.fleet().zone();
    let lines = preview::said(preview, width, zone, |line| line.told(Wording::Words));
    let asked = preview::asks(preview);
    let asked: Vec<String> = asked.iter().flat_map(|line| wrap(line, width)).collect();
    let rows = usize::from(model.size.1).saturating_sub(asked.len() + 2);
    let top = preview.top.min(lines.len().saturating_sub(rows));
    let shown = lines.into_iter().skip(top).filter(|line| !line.is_empty());
    page.lines.extend(shown.take(rows));
    let typing = preview::takes_code(preview);
    page.lines.extend(asked);
    if typing {
        page.typing();
    }
    page
}

fn edited(model: &Model, editor: &Editor) -> Spoken {
    let mut page = Spoken::titled(editor.title.clone());
    let rows = usize::from(model.size.1).saturating_sub(2).max(1);
    let at = editor.area.cursor();
    let top = at.0.saturating_sub(rows - 1);
    let lines = editor.area.lines().iter().enumerate().skip(top).take(rows);
    for (n, line) in lines {
        if n == at.0 {
            let before: String = line.chars().take(at.1).collect();
            page.push(before);
            page.typing();
            page.lines.pop();
        }
        page.push(line.clone());
    }
    page.last = Some(editor.help().to_owned());
    page
}

fn chosen(model: &Model, title: &str, (choices, at): (&[Choice], usize)) -> Spoken {
    let mut page = Spoken::titled(format!("{title}, Enter takes one, Esc none"));
    let rows = usize::from(model.size.1).saturating_sub(2);
    let top = layout::scrolled(0, at, rows, choices.len());
    for (n, choice) in choices.iter().enumerate().skip(top).take(rows) {
        if n == at {
            page.here();
        }
        let not = if choice.pick.is_some() {
            ""
        } else {
            "not possible, "
        };
        page.push(format!("{}: {not}{}", choice.text, choice.help));
    }
    // Said in full where its own line is too narrow for it.
    let here = choices.get(at).map(|choice| choice.help.clone());
    let wide = |help: &String| help.chars().count() + 24 > usize::from(model.size.0);
    page.last = here.filter(wide);
    page
}

fn commands(model: &Model, look: &Look, (text, at, from): (&str, usize, Place)) -> Spoken {
    let mut page = Spoken::titled(format!("command: {text}"));
    page.typing();
    let found = palette::matches(text, from);
    let rows = usize::from(model.size.1).saturating_sub(2);
    let top = layout::scrolled(0, at, rows, found.len());
    for (n, spec) in found.iter().enumerate().skip(top).take(rows) {
        // Letters go to the field until a key has gone to the list.
        if n == at && at > 0 {
            page.here();
        }
        let key = look.keymap.keys(spec.id).next();
        let key = key.map(|key| format!(", key {key}"));
        let not = model.enabled(spec.id, from).err();
        let not = not.map(|reason| format!("{}; ", not_now(&reason.to_string())));
        page.push(format!(
            "{}{}: {}{}",
            spec.title,
            key.unwrap_or_default(),
            not.unwrap_or_default(),
            spec.help
        ));
    }
    page.last = Some(match found.get(at) {
        Some(spec) => format!("Enter: {}", spec.title),
        None => "no command has these letters".to_owned(),
    });
    page
}
