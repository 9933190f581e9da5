//! The week of one agent, line by line, each opening its evidence.

use super::{Gap, Row, cost, counts, detection, gaps, is_stale, new, repeats, trust, undone};
use crate::domain::failure::{Code, guesses};
use crate::domain::finding::FindingKind;
use crate::domain::fleet::TaskState;
use crate::domain::insight::InsightKind;
use crate::domain::retro::{AgentWeek, Trouble, WeekFacts};
use crate::domain::text::plural;
use crate::domain::time::Age;
use crate::view::Mark;
use crate::view::agent::Line;

/// Lines of each kind.
const MOST: usize = 8;

/// Everything to be said about the week of an agent, what needs a person first.
pub fn about(facts: &WeekFacts, row: &Row, one: &AgentWeek) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(advice) = row.advice {
        lines.push(Line::fact("think", advice.says()));
    }
    owed(facts, one, &mut lines);
    troubles(facts, one, &mut lines);
    for cause in one.causes.iter().take(3) {
        let text = format!("{} ×{}", cause.what.shown_within(120), cause.count);
        lines.push(Line::fact("failed", text));
    }
    numbers(facts, one, &mut lines);
    learned(facts, one, &mut lines);
    lines
}

fn owed(facts: &WeekFacts, one: &AgentWeek, lines: &mut Vec<Line>) {
    let own = gaps(facts).into_iter().filter(|gap| gap.agent == one.agent);
    for gap in own.take(MOST) {
        let mark = if gap.is_closed() { Mark::Ok } else { Mark::Gap };
        let since = facts.zone.weekday_hhmm(gap.slot);
        let how = if gap.state == TaskState::SkippedSilently {
            "skipped silently"
        } else {
            "missed"
        };
        let mut text = format!(
            "{}: {} of {} not accounted for, {how} since {since}",
            gap.task, gap.missing, gap.expected
        );
        if let Some(said) = gap.said() {
            text.push_str(", ");
            text.push_str(&said);
        }
        let line = Line::entry(mark, "owed".to_owned(), text);
        lines.push(
            line.found_at(Some(gap.place), Some(gap.slot))
                .about(&one.agent, Some(&gap.task)),
        );
    }
}

/// What is worth a word of its own: not what the gaps and causes say already.
fn troubles(facts: &WeekFacts, one: &AgentWeek, lines: &mut Vec<Line>) {
    let telling = one
        .troubles
        .iter()
        .filter(|trouble| is_telling(trouble.kind));
    for trouble in telling.take(MOST) {
        let code = facts.said.codes.get(&trouble.case);
        let code = code.map_or_else(String::new, |code| {
            format!(" [{} {}]", code.number(), code.title())
        });
        let when = facts.zone.weekday_hhmm(trouble.since);
        let text = format!("{}{code}", trouble.sentence);
        let line = Line::entry(Mark::Fail, when, text);
        lines.push(
            line.found_at(trouble.proof, Some(trouble.since))
                .about(&one.agent, trouble.task.as_ref()),
        );
    }
}

fn is_telling(kind: FindingKind) -> bool {
    !guesses(kind).is_empty() && !matches!(kind, FindingKind::Missed | FindingKind::SkippedSilently)
        || kind == FindingKind::FailureStreak
}

fn numbers(facts: &WeekFacts, one: &AgentWeek, lines: &mut Vec<Line>) {
    let counted = counts(std::iter::once(one)).into_iter();
    let counted: Vec<String> = counted
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} ×{count}"))
        .collect();
    if !counted.is_empty() {
        lines.push(Line::fact("count", counted.join(", ")));
    }
    if let Some(found) = detection(std::iter::once(one)) {
        lines.push(Line::fact(
            "found",
            format!("{}: {}", plural(found.cases as u64, "case"), found.says()),
        ));
    }
    if let Some(cost) = cost(one) {
        lines.push(Line::fact("cost", cost));
    }
    let topics = one.topics.iter().take(4).map(|topic| {
        let failed = match topic.failed {
            0 => String::new(),
            failed => format!(" ({failed} failed)"),
        };
        format!("{} ×{}{failed}", topic.what.shown_within(32), topic.did)
    });
    let topics: Vec<String> = topics.collect();
    if !topics.is_empty() {
        lines.push(Line::fact("topics", topics.join(", ")));
    }
    if let Some(trust) = trust(one, facts) {
        lines.push(Line::fact("trust", trust));
    }
}

fn learned(facts: &WeekFacts, one: &AgentWeek, lines: &mut Vec<Line>) {
    let own = repeats(facts)
        .into_iter()
        .filter(|lesson| lesson.agent == one.agent);
    for lesson in own {
        let text = format!(
            "{}, in {} of 4 weeks",
            lesson.what.shown_within(120),
            lesson.weeks
        );
        lines.push(Line::fact("again", text));
    }
    for open in undone(facts)
        .into_iter()
        .filter(|open| open.agent == one.agent)
        .take(3)
    {
        let since = facts.zone.day_of(open.since);
        let text = format!("{}, since {since}", open.what.shown_within(120));
        lines.push(Line::fact("undone", text));
    }
    if let Some(changed) = one.learned.changed.filter(|_| is_stale(one, facts.at)) {
        let age = Age::at(facts.at, changed);
        lines.push(Line::fact(
            "stale",
            format!("nothing written into its insights for {age}"),
        ));
    }
    for entry in new(one, facts).take(MOST) {
        let sign = match entry.kind {
            InsightKind::Worked => "+",
            InsightKind::Didnt => "-",
            InsightKind::Change => ">",
            InsightKind::Other => " ",
        };
        let text = format!("{sign} {}", entry.text.shown_within(160));
        lines.push(Line::fact("new", text));
    }
}

/// The gap that a line of the sheet is about.
pub fn verdicts_for(facts: &WeekFacts, line: &Line) -> Option<Gap> {
    let (opens, at) = (line.opens.as_ref()?, line.at?);
    gaps(facts).into_iter().find(|gap| {
        gap.agent == opens.agent && opens.task.as_ref() == Some(&gap.task) && gap.slot == at
    })
}

/// The incident that a line of the sheet is about, and the codes that are offered for it: guesses first, then all others.
pub fn codes_for<'a>(facts: &'a WeekFacts, line: &Line) -> Option<(&'a Trouble, Vec<Offer>)> {
    let (opens, at) = (line.opens.as_ref()?, line.at?);
    let one = facts.agents.iter().find(|one| one.agent == opens.agent)?;
    let same = |trouble: &&Trouble| trouble.since == at && trouble.task == opens.task;
    let trouble = one.troubles.iter().find(same)?;
    Some((trouble, offers(trouble.kind)))
}

/// A code that is offered, and what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub code: Code,
    pub speaks: &'static str,
}

/// Guesses of a kind first, then all others.
pub fn offers(kind: FindingKind) -> Vec<Offer> {
    let guessed = guesses(kind);
    let first = guessed.iter().map(|(code, speaks)| Offer {
        code: *code,
        speaks,
    });
    let is_guessed = |code: &Code| guessed.iter().any(|(known, _)| known == code);
    let rest = Code::ALL.iter().filter(|code| !is_guessed(code));
    let rest = rest.map(|code| Offer {
        code: *code,
        speaks: "",
    });
    first.chain(rest).collect()
}
