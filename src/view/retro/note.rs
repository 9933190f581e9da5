//! The operator's note on a week: a page to begin with, filled from the facts, and what earlier notes left to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{causes, gaps, repeats, rows, to_retire};
use crate::domain::retro::{Week, WeekFacts};
use crate::domain::text::Untrusted;

/// Lines of each list that the page begins with.
const MOST: usize = 5;

/// Something that a note of an earlier week wants done, and no later one ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub what: Untrusted,
    /// The name of the week whose note names it first.
    pub since: String,
}

/// Boxes that notes of weeks before this one left open, the oldest first. A box that a later note ticks, that of this week
/// too, is done.
pub fn actions(facts: &WeekFacts) -> Vec<Action> {
    let this = facts.week.name();
    let mut open: BTreeMap<String, Action> = BTreeMap::new();
    for (week, note) in facts.said.notes.range(..=this.clone()) {
        for (what, done) in note.exact().lines().filter_map(box_of) {
            if done {
                open.remove(what);
            } else if *week != this {
                let action = || Action {
                    what: Untrusted::from(what),
                    since: week.clone(),
                };
                open.entry(what.to_owned()).or_insert_with(action);
            }
        }
    }
    let mut all: Vec<Action> = open.into_values().collect();
    all.sort_by(|a, b| (&a.since, &a.what).cmp(&(&b.since, &b.what)));
    all
}

/// `- [ ] text`, and whether it is ticked.
fn box_of(line: &str) -> Option<(&str, bool)> {
    let rest = line.trim_start();
    let rest = rest.strip_prefix("- [").or(rest.strip_prefix("* ["))?;
    let (mark, what) = rest.split_once(']')?;
    let done = match mark {
        "x" | "X" => true,
        " " | "" => false,
        _ => return None,
    };
    Some((what.trim(), done)).filter(|(what, _)| !what.is_empty())
}

/// The page that a new note begins with. What agents wrote is quoted as it is shown.
pub fn template(facts: &WeekFacts) -> String {
    let mut out = format!("# Retro {}\n", facts.week.name());
    section(&mut out, "Went well", well(facts));
    section(&mut out, "Went badly", badly(facts));
    let gaps = gaps(facts).into_iter().filter(|gap| !gap.is_closed());
    let gaps = gaps.take(MOST).map(|gap| {
        let since = facts.zone.weekday_hhmm(gap.slot);
        format!(
            "{}/{}: {} missing since {since}",
            gap.agent, gap.task, gap.missing
        )
    });
    section(&mut out, "Not accounted for", gaps.collect());
    let lessons = repeats(facts).into_iter().take(MOST);
    let lessons = lessons.map(|one| format!("{}: {}", one.agent, one.what.shown_within(80)));
    section(&mut out, "Lessons that repeat", lessons.collect());
    out.push_str("\n## Actions\n");
    for action in actions(facts) {
        let _ = writeln!(out, "- [ ] {}", action.what.shown());
    }
    for agent in to_retire(facts) {
        let _ = writeln!(out, "- [ ] decide whether {agent} is needed");
    }
    out.push_str("- [ ] \n");
    out
}

fn well(facts: &WeekFacts) -> Vec<String> {
    let mut best = rows(facts);
    best.retain(|row| row.change.is_some_and(|change| change > 0));
    best.sort_by_key(|row| std::cmp::Reverse(row.change));
    let best = best.into_iter().take(MOST);
    best.map(|row| {
        let rate = row.success.unwrap_or_default();
        format!(
            "{}: {rate} % ok ({:+})",
            row.name,
            row.change.unwrap_or_default()
        )
    })
    .collect()
}

fn badly(facts: &WeekFacts) -> Vec<String> {
    let causes = causes(facts).into_iter().take(MOST);
    causes
        .map(|(what, count, agents)| {
            format!("{} ×{count}, of {agents} agents", what.shown_within(80))
        })
        .collect()
}

fn section(out: &mut String, title: &str, lines: Vec<String>) {
    let _ = write!(out, "\n## {title}\n");
    for line in lines {
        let _ = writeln!(out, "- {line}");
    }
}

/// The note on a week, and the newest one before it.
pub fn notes(facts: &WeekFacts) -> (Option<&Untrusted>, Option<&Untrusted>) {
    let name = Week::name(facts.week);
    let before = facts.said.notes.range(..name.clone()).next_back();
    (facts.said.notes.get(&name), before.map(|(_, note)| note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn noted(notes: &[(&str, &str)]) -> WeekFacts {
        let mut facts = fixture::week();
        let notes = notes.iter();
        facts.said.notes = notes
            .map(|(week, text)| ((*week).to_owned(), Untrusted::from(*text)))
            .collect();
        facts
    }

    #[test]
    fn an_action_is_shown_until_a_later_note_ticks_it() {
        let this = fixture::week().week.name();
        let first = (
            "2026-W10",
            "- [ ] drop pricing\n- [ ] fewer agents\n- [x] done at once",
        );
        let open = |notes: &[(&str, &str)]| -> Vec<String> {
            let facts = noted(notes);
            let all = actions(&facts).into_iter();
            all.map(|one| format!("{} {}", one.since, one.what.exact()))
                .collect()
        };
        let both = ["2026-W10 drop pricing", "2026-W10 fewer agents"];
        assert_eq!(open(&[first]), both);
        assert_eq!(
            open(&[first, ("2026-W11", "- [x] drop pricing")]),
            both[1..]
        );
        let now = (this.as_str(), "- [x] fewer agents\n- [ ] new this week");
        assert_eq!(
            open(&[first, now]),
            both[..1],
            "this week's are not of last week"
        );
    }

    #[test]
    fn the_page_names_what_the_week_was_like_and_what_is_left_to_do() {
        let page = template(&noted(&[("2026-W10", "- [ ] drop pricing")]));
        assert!(page.contains("- [ ] drop pricing\n"), "{page}");
        assert!(page.contains("SMTP 451"), "{page}");
        assert!(page.contains("publisher/newsletter: 2 missing"), "{page}");
    }
}
