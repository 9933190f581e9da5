//! A week in Markdown, for the notes of the week.

use std::fmt::Write as _;

use super::delta;
use crate::domain::retro::WeekFacts;
use crate::domain::text::Untrusted;
use crate::view::retro::{
    actions, causes, codes, counts, detection, gaps, new, notes, repeats, rows, undone,
};

/// A bar would end its cell.
fn plain(text: &str) -> String {
    text.replace('|', "\\|")
}

fn table(out: &mut String, facts: &WeekFacts) {
    out.push_str(
        "| agent | runs | ok | did | skipped | failed | owed |\n|---|---|---|---|---|---|---|\n",
    );
    for row in rows(facts) {
        let rate = row
            .success
            .map_or_else(String::new, |rate| format!("{rate} %"));
        let _ = writeln!(
            out,
            "| {} | {} | {rate} | {} {} | {} {} | {} {} | {} of {} |",
            plain(&row.name),
            row.runs,
            row.counts.did,
            delta(row.counts.did, row.before.did),
            row.counts.skipped,
            delta(row.counts.skipped, row.before.skipped),
            row.counts.failed,
            delta(row.counts.failed, row.before.failed),
            row.owed.0,
            row.owed.1,
        );
    }
}

/// Markdown, for the notes of the week.
pub fn markdown(facts: &WeekFacts) -> String {
    let mut out = format!("# Retro {}\n\n", facts.week.name());
    table(&mut out, facts);
    let mut section = |title: &str, lines: Vec<String>| {
        if lines.is_empty() {
            return;
        }
        let _ = write!(out, "\n## {title}\n\n");
        for line in lines {
            let _ = writeln!(out, "- {}", plain(&line));
        }
    };
    let causes = causes(facts).into_iter();
    section(
        "Why it failed",
        causes
            .map(|(what, n, _)| format!("{} ×{n}", what.shown()))
            .collect(),
    );
    let gaps = gaps(facts).into_iter();
    section(
        "Not accounted for",
        gaps.map(|g| {
            let said = g
                .said()
                .map_or_else(String::new, |said| format!(" ({said})"));
            format!(
                "{} {}/{}: {} of {}{said}",
                facts.zone.date_hhmm(g.slot),
                g.agent,
                g.task,
                g.missing,
                g.expected
            )
        })
        .collect(),
    );
    let repeats = repeats(facts).into_iter();
    section(
        "Lessons that repeat",
        repeats
            .map(|l| format!("{}: {} ({} of 4 weeks)", l.agent, l.what.shown(), l.weeks))
            .collect(),
    );
    section("Came to", came_to(facts));
    let undone = undone(facts).into_iter();
    section(
        "Meant and never done",
        undone
            .map(|one| format!("{}: {}", one.agent, one.what.shown()))
            .collect(),
    );
    for one in &facts.agents {
        let fresh = new(one, facts).map(|entry| entry.text.shown().into_owned());
        section(&format!("{} learned", one.agent), fresh.collect());
    }
    let open = actions(facts).into_iter();
    section(
        "To do",
        open.map(|one| format!("[ ] {} ({})", one.what.shown(), one.since))
            .collect(),
    );
    if let (Some(note), _) = notes(facts) {
        out.push_str("\n## Note\n\n");
        for line in note.exact().lines() {
            let _ = writeln!(out, "{}", Untrusted::from(line).shown());
        }
    }
    out
}

fn came_to(facts: &WeekFacts) -> Vec<String> {
    let counted = counts(facts.agents.iter()).map(|(name, count)| format!("{name}: {count}"));
    let mut all = counted.to_vec();
    if let Some(found) = detection(facts.agents.iter()) {
        all.push(format!("found after: {}", found.says()));
    }
    let coded = codes(facts).into_iter();
    all.extend(coded.map(|(code, n)| format!("MAST {} {}: {n}", code.number(), code.title())));
    all
}
