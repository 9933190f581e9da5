//! The standup to paste into a note or a chat.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Totals, of_class};
use crate::domain::fleet::{AgentView, Fleet};
use crate::domain::heartbeat::ItemClass;
use crate::domain::page::Items;
use crate::domain::time::{Age, Ts, Zone};
use crate::report::Board;
use crate::view::pulse;
use crate::view::standup::{ranked, row};

/// A page with a heading, what needs a person, a table of agents, and the items of each.
pub fn markdown(board: &Board<'_>) -> String {
    let fleet = board.fleet;
    let (now, zone) = (fleet.at, fleet.zone());
    let mut out = String::with_capacity(512 + fleet.agents.len() * 320);
    let since = zone.told(fleet.since, now);
    let _ = writeln!(out, "# Standup, {} {zone}\n", zone.date_hhmm(now));
    let pulse = pulse::pulse(fleet, fleet.at);
    let worst = if pulse.worst.is_empty() {
        String::new()
    } else {
        format!(", {}", escape(&pulse.worst))
    };
    let totals = Totals::of(fleet);
    let _ = writeln!(out, "**{}**{worst}\n", pulse.verdict);
    let _ = writeln!(
        out,
        "Since {since}: {}, {} did, {} skipped, {} failed, {} unaccounted.",
        totals.who(),
        totals.did,
        totals.skipped,
        totals.failed,
        totals.unaccounted
    );
    needs(&mut out, fleet);
    table(&mut out, fleet);
    for id in ranked(fleet) {
        let Some(n) = fleet.agents.iter().position(|agent| agent.id == id) else {
            continue;
        };
        section(&mut out, &fleet.agents[n], board.items_of(n), now, zone);
    }
    unread(&mut out, fleet);
    out
}

fn needs(out: &mut String, fleet: &Fleet) {
    let mut calls = pulse::urgent(fleet, fleet.at).into_iter().peekable();
    if calls.peek().is_none() {
        return;
    }
    out.push_str("\n## Needs you\n\n");
    for finding in calls {
        let age = Age::at(fleet.at, finding.since);
        let sentence = pulse::sentence(finding);
        let _ = write!(
            out,
            "- **{}**, {age}: {}",
            finding.severity.word(),
            escape(&sentence)
        );
        if let Some(proof) = finding.evidence.first() {
            let file = proof.file.shown();
            let _ = write!(out, " ({}:{})", escape(&file), proof.locus.line);
        }
        out.push('\n');
    }
}

fn table(out: &mut String, fleet: &Fleet) {
    if fleet.agents.is_empty() {
        return;
    }
    out.push_str("\n## Agents\n\n| agent | state | last | next | did | skipped | failed | plan | unaccounted | what happened |\n");
    out.push_str("|---|---|---|---|--:|--:|--:|--:|--:|---|\n");
    for id in ranked(fleet) {
        let Some(agent) = fleet.agent(&id) else {
            continue;
        };
        let row = row(agent, fleet.at, fleet.zone());
        let lasting = if row.lasting.is_empty() {
            String::new()
        } else {
            format!(" {}", row.lasting)
        };
        let _ = writeln!(
            out,
            "| {} | {}{lasting} | {} | {} | {} | {} | {} | {} | {} | {} |",
            escape(&row.name),
            row.word,
            row.last,
            row.next,
            row.did,
            row.skipped,
            row.failed,
            row.plan,
            row.unaccounted,
            escape(&row.happened),
        );
    }
}

fn section(out: &mut String, agent: &AgentView, items: &Items, now: Ts, zone: Zone) {
    if items.list.is_empty() {
        return;
    }
    let name = agent.id.to_string();
    let _ = write!(out, "\n### {}\n\n", escape(&name));
    let classes = [
        (ItemClass::Failed, "failed"),
        (ItemClass::Skipped, "skipped"),
        (ItemClass::Did, "did"),
    ];
    for (class, word) in classes {
        for item in of_class(items, class) {
            let what = item.what.shown();
            let _ = write!(out, "- {word}: {}", escape(&what));
            if let Some(why) = item.why.as_ref().filter(|why| !why.is_empty()) {
                let why = why.shown();
                let _ = write!(out, ": {}", escape(&why));
            }
            if item.count > 1 {
                let _ = write!(out, " ×{}", item.count);
            }
            let _ = writeln!(out, ", {}", zone.told(item.at, now));
        }
    }
}

fn unread(out: &mut String, fleet: &Fleet) {
    if fleet.health.blind.is_empty() {
        return;
    }
    out.push_str("\n## Not read\n\n");
    for name in &fleet.health.blind {
        let name = crate::domain::text::clean(name);
        let _ = writeln!(out, "- {}", escape(&name));
    }
}

/// Agents' words must not turn into links, images, tags or headings of the page.
fn escape(text: &str) -> Cow<'_, str> {
    let is_markup = |c: char| {
        matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '~' | '&'
        )
    };
    if !text.contains(is_markup) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_markup(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Cow::Owned(out)
}
