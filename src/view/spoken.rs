//! Rows and lines as sentences, for those who hear the screen or read it on a braille line.
//!
//! ```text
//! publisher: fail since 06:02; newsletter sent twice 06:02; 4 did, 2 failed; 5 of 7 planned done; next 08:00
//! social: ok; 31 did; 8 of 8 planned done; next 07:25; 31 replies, 2 over limit
//! ```
//!
//! One fact a line, its state as a word, the most important first. Moments stand in the place of ages: a line changes only
//! when what it says has changed.

use std::borrow::Cow;

use crate::domain::fleet::{AgentView, Fleet, RowState, TaskState};
use crate::domain::log::LogRow;
use crate::domain::ordered::Ordered;
use crate::domain::text::clean;
use crate::domain::time::{Span, Ts, Zone};
use unicode_width::UnicodeWidthStr;

use super::agent::{Kind, Line};
use super::pulse::{self, Freshness};
use super::queue::{Group, Queue, Waiting};
use super::sprint::{Card, Lane, SlotBar};
use super::{Mark, ledger, log, queue, retro, standup};

/// The word of a mark where no sign stands beside it: that of filters and of the config.
pub fn word(mark: Mark) -> &'static str {
    if mark == Mark::Unknown {
        return "unknown";
    }
    mark.word()
}

/// The word of an agent's state.
pub fn state(row: RowState) -> &'static str {
    if row == RowState::Unknown {
        return "unknown";
    }
    row.word()
}

/// How the view relates to this moment, without the moment itself: it would change with every minute.
pub fn freshness(fresh: &Freshness, fleet: &Fleet, now: Ts) -> String {
    match fresh {
        Freshness::Live => "live".to_owned(),
        Freshness::Follow => "following another rounds".to_owned(),
        Freshness::Poll(period) => format!("polling every {period}"),
        Freshness::Blind(since) => format!("BLIND since {}", fleet.zone().told(*since, now)),
        Freshness::Stopped(_) | Freshness::AsOf(_) | Freshness::Paused => {
            fresh.sentence(fleet, now)
        }
    }
}

/// `publisher: fail since 06:02; newsletter sent twice; 4 did, 2 failed; 5 of 7 planned done; next 08:00`
pub fn agent(agent: &AgentView, now: Ts, zone: Zone) -> String {
    let row = standup::row(agent, now, zone);
    let mut said = format!("{}: {}", row.name, title_state(agent, now, zone));
    // Why somebody is needed comes first, and where nobody is, what was done.
    let happened = if row.happened == row.word {
        ""
    } else {
        &row.happened
    };
    if agent.row.is_trouble() {
        push(&mut said, happened);
    }
    push(&mut said, &counted(agent));
    let tally = &agent.tally;
    if tally.planned > 0 {
        push(
            &mut said,
            &format!("{} of {} planned done", tally.done, tally.planned),
        );
    }
    if tally.unaccounted > 0 {
        push(&mut said, &format!("{} unaccounted", tally.unaccounted));
    }
    match row.next.as_str() {
        "" => {}
        "late" => push(&mut said, "next run is late"),
        next => push(&mut said, &format!("next {next}")),
    }
    if !agent.row.is_trouble() {
        push(&mut said, happened);
    }
    said
}

/// `fail since 06:02`, `ok`
pub fn title_state(agent: &AgentView, now: Ts, zone: Zone) -> String {
    let word = state(agent.row);
    match agent.since {
        Some(since) if agent.row.is_trouble() || agent.row == RowState::Blind => {
            format!("{word} since {}", zone.told(since, now))
        }
        _ => word.to_owned(),
    }
}

/// `4 did, 2 failed`; nothing for nothing.
fn counted(agent: &AgentView) -> String {
    let parts = [
        (agent.counts.did, "did"),
        (agent.skipped(), "skipped"),
        (agent.failed(), "failed"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    parts.join(", ")
}

fn push(said: &mut String, part: &str) {
    if !part.is_empty() {
        said.push_str("; ");
        said.push_str(part);
    }
}

/// `7 more ok: 88 did, 4 skipped`
pub fn folded<'a>(agents: impl Iterator<Item = &'a AgentView>) -> String {
    let row = standup::folded(agents);
    let mut said = format!("{}, Enter shows them", row.name);
    for (n, word) in [
        (row.did, "did"),
        (row.skipped, "skipped"),
        (row.failed, "failed"),
    ] {
        if !n.is_empty() {
            push(&mut said, &format!("{n} {word}"));
        }
    }
    said
}

/// What changed in the states of the agents between two boards: the first by name, and how many more. An agent that is well
/// and begins or ends a run is no change.
pub fn changed(before: &Fleet, now: &Fleet) -> Option<String> {
    let mut changes = now.agents.iter().filter_map(|agent| {
        let was = before.agent(&agent.id).map(|was| was.row);
        let well = |row: RowState| standup::foldable(row);
        let quiet = was.is_some_and(|was| was == agent.row || well(was) && well(agent.row));
        (!quiet).then_some((agent, was))
    });
    let (agent, was) = changes.next()?;
    let was = was.map_or("new".to_owned(), |row| format!("was {}", state(row)));
    let headline = clean(&agent.headline);
    let comma = if headline.is_empty() { "" } else { "; " };
    let more = match changes.count() {
        0 => String::new(),
        more => format!("; {more} more changed"),
    };
    Some(format!(
        "{} {was}, is {}{comma}{headline}{more}",
        agent.id,
        state(agent.row)
    ))
}

/// `4 for you, 1 waiting on an agent`
pub fn queue_head(queue: &Queue<'_>) -> String {
    let waiting = match queue.waiting.len() {
        0 => String::new(),
        1 => ", 1 waiting on an agent".to_owned(),
        n => format!(", {n} waiting on agents"),
    };
    format!("{} for you{waiting}", queue.calls.len())
}

/// `publisher/newsletter: fail, sent twice within 24 h, 2 more of one cause; irreversible; since 06:02`
pub fn group(group: &Group<'_>, fleet: &Fleet, now: Ts) -> String {
    let row = queue::row(group, fleet, now);
    let more = match group.cases.len() {
        0 | 1 => String::new(),
        n => format!(", {} more of one cause", n - 1),
    };
    let since = fleet.zone().told(group.lead().since, now);
    let mut said = format!("{}: {}, {}{more}", row.subject, word(row.mark), row.what);
    push(&mut said, row.blast);
    push(&mut said, &format!("since {since}"));
    said
}

/// `audit/links: wait, asked for 07:04, awaiting agent; read-only`
pub fn waiting(waiting: &Waiting<'_>, fleet: &Fleet, now: Ts) -> String {
    let row = queue::waiting_row(waiting, fleet, now);
    let mut said = format!("{}: {}, {}", row.subject, word(row.mark), row.what);
    push(&mut said, row.blast);
    said
}

/// `06:02:40 publisher newsletter: fail, SMTP 451 ×2`
pub fn log_row(row: &LogRow, count: u32, before: Option<Ts>, zone: Zone) -> String {
    let line = log::line(row, count, zone);
    let day = log::day_break(before, row.at, zone);
    let parts = [
        day.as_deref().unwrap_or_default(),
        &line.time,
        &line.agent,
        &line.task,
    ];
    let head: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let gap = if line.times.is_empty() { "" } else { " " };
    let (head, state) = (head.join(" "), word(line.mark));
    let state = if line.text.starts_with(state) {
        String::new()
    } else {
        format!("{state}, ")
    };
    format!("{head}: {state}{}{gap}{}", line.text, line.times)
}

/// `08:12 retry drafter/digest: picked up 08:31`
pub fn order(one: &Ordered, fleet: &Fleet, now: Ts) -> String {
    let row = ledger::row(one, fleet, now);
    format!("{} {} {}: {}", row.time, row.verb, row.subject, row.state)
}

/// `publisher: fail, 4 of 29 done; publish 3 of 3; comment 9 of 8, over the limit; next 08:00 publish`
pub fn lane(lane: &Lane, now: Ts, zone: Zone) -> String {
    let mut said = format!(
        "{}: {}, {} of {} done",
        lane.name,
        word(lane.mark),
        lane.done,
        lane.planned
    );
    for bar in &lane.bars {
        let over = if bar.is_over() {
            ", over the limit"
        } else {
            ""
        };
        push(
            &mut said,
            &format!("{} {} of {}{over}", bar.action, bar.planned, bar.most),
        );
    }
    let next = lane
        .slots
        .iter()
        .find(|slot| slot.due > now && slot.state == TaskState::Upcoming);
    if let Some(slot) = next {
        push(
            &mut said,
            &format!("next {} {}", zone.told(slot.due, now), slot.name),
        );
    }
    said
}

/// `05:30 publish-article: failed, 12m of 10m; within 5m`
pub fn slot(slot: &SlotBar, now: Ts, zone: Zone) -> String {
    let length = slot.length(now).map(|text| format!(", {text}"));
    let mut said = format!(
        "{} {}: {}{}",
        zone.hhmm(slot.due),
        slot.name,
        slot.state.word(),
        length.unwrap_or_default()
    );
    if slot.jitter > Span::ZERO {
        push(&mut said, &format!("within {}", slot.jitter));
    }
    said
}

/// `publisher/newsletter: fail since 05:30`
pub fn card(card: &Card, now: Ts, zone: Zone) -> String {
    let own = if card.reviews_itself {
        "; its author would review it"
    } else {
        ""
    };
    // What has yet to come stands there since no moment.
    let since = match card.mark {
        Mark::Wait => String::new(),
        _ => format!(" since {}", zone.told(card.since, now)),
    };
    format!("{}: {}{since}{own}", card.name(), word(card.mark))
}

/// `publisher: fail, 12 runs, 58 percent ok, down 30; did 40, down 12; failed 9, up 7; owes 3 of 40`
pub fn week(row: &retro::Row) -> String {
    let mut said = format!("{}: {}, {} runs", row.name, word(row.mark), row.runs);
    if let Some(rate) = row.success {
        let change = row.change.map(i64::from).unwrap_or_default();
        said.push_str(", ");
        said.push_str(&rate.to_string());
        said.push_str(" percent ok");
        said.push_str(&moved(change));
    }
    let (now, then) = (row.counts, row.before);
    for (word, n, before) in [
        ("did", now.did, then.did),
        ("skipped", now.skipped, then.skipped),
        ("failed", now.failed, then.failed),
    ] {
        if n > 0 || before > 0 {
            let change = moved(i64::from(n) - i64::from(before));
            push(&mut said, &format!("{word} {n}{change}"));
        }
    }
    if row.owed.0 > 0 {
        push(&mut said, &format!("owes {} of {}", row.owed.0, row.owed.1));
    }
    match row.insight {
        retro::Insights::Unread(0) => push(&mut said, "insights not read"),
        retro::Insights::Unread(new) => push(&mut said, &format!("insights not read, {new} new")),
        retro::Insights::None | retro::Insights::Read => {}
    }
    push(&mut said, row.advice.map_or("", retro::Advice::says));
    said
}

fn moved(change: i64) -> String {
    match change {
        0 => String::new(),
        up @ 1.. => format!(", up {up}"),
        down => format!(", down {}", -down),
    }
}

/// What stands before the text of a page's line.
fn lead(line: &Line, now: Ts, zone: Zone) -> String {
    let time = line.at.map(|at| zone.told(at, now));
    match line.kind {
        Kind::Section | Kind::More => String::new(),
        Kind::Fact => match line.label.as_str() {
            "" => String::new(),
            "-" => "removed: ".to_owned(),
            "+" => "added: ".to_owned(),
            label => format!("{label}: "),
        },
        Kind::Proof if line.label.is_empty() => "proof: ".to_owned(),
        Kind::Proof => format!("proof of {}: ", line.label),
        Kind::Entry(mark) => match time.unwrap_or_else(|| line.label.clone()).as_str() {
            "" => format!("{}: ", word(mark)),
            time => format!("{time}, {}: ", word(mark)),
        },
    }
}

/// A line of a page as it is said.
pub fn line(line: &Line, now: Ts, zone: Zone) -> String {
    format!("{}{}", lead(line, now, zone), line.text.trim())
}

/// The columns that the text of a page's line has beside what [`line()`] says before it, where a line is at most `width` columns
/// wide. None where that is less than a third: such a line is better said as it is.
pub fn room(line: &Line, width: usize, now: Ts, zone: Zone) -> Option<usize> {
    let room = width.saturating_sub(lead(line, now, zone).width());
    (room >= width / 3).then_some(room)
}

/// The header as one line: does anyone need me, how fresh that is, the worst by name.
pub fn header(pulse: &pulse::Pulse, fresh: &str) -> String {
    let comma = if pulse.worst.is_empty() { "" } else { ", " };
    format!("{}, {fresh}{comma}{}", pulse.verdict, pulse.worst)
}

/// Text in which nothing is a picture: what draws lines, boxes, bars or dots of braille becomes one blank.
pub fn unpainted(text: &str) -> Cow<'_, str> {
    let drawn = |c: char| matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}');
    if !text.contains(drawn) {
        return Cow::Borrowed(text);
    }
    let words = text.split(|c| drawn(c) || c == ' ');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::agent::wrapped;
    use crate::view::fixture;

    #[test]
    fn an_agent_is_told_by_name_state_and_what_happened_first() {
        let fleet = fixture::fleet();
        let one = fleet.agent(&"publisher".into()).unwrap();
        let said = agent(one, fleet.at, fleet.zone());
        assert!(said.starts_with("publisher: fail since "), "{said}");
        assert!(
            said.contains("did") && said.contains("planned done"),
            "{said}"
        );
    }

    #[test]
    fn an_hour_later_nothing_else_is_said_where_nothing_happened() {
        let fleet = fixture::fleet();
        for one in &fleet.agents {
            let due = one
                .next_due
                .is_some_and(|at| at <= fleet.at + Span::hours(1));
            if due {
                continue;
            }
            let said = |at: Ts| agent(one, at, fleet.zone());
            assert_eq!(said(fleet.at), said(fleet.at + Span::MINUTE.times(40)));
        }
    }

    #[test]
    fn what_changed_is_told_in_one_line() {
        let before = fixture::fleet();
        let mut now = fixture::fleet();
        assert_eq!(changed(&before, &now), None);
        let mut social = (*now.agents[0]).clone();
        let was = social.row;
        social.row = RowState::Down;
        now.agents[0] = std::sync::Arc::new(social);
        let said = changed(&before, &now).unwrap();
        assert!(
            said.contains(&format!("was {}, is down", state(was))),
            "{said}"
        );
    }

    #[test]
    fn pictures_become_blanks() {
        assert_eq!(unpainted("a ──┤ b ▇▇ c⣿"), "a b c");
        assert_eq!(unpainted("×2 …"), "×2 …");
    }

    #[test]
    fn no_line_is_wider_than_asked_and_no_word_is_lost() {
        let fleet = fixture::fleet();
        let one = fleet.agent(&"publisher".into()).unwrap();
        let lines = crate::view::agent::why(&fleet, one, fleet.at);
        let words = |lines: &[Line]| -> Vec<String> {
            let texts = lines.iter().flat_map(|line| line.text.split_whitespace());
            texts.map(str::to_owned).collect()
        };
        let all = words(&lines);
        let wrapped = wrapped(lines, |line| room(line, 60, fleet.at, fleet.zone()));
        assert_eq!(words(&wrapped), all);
        for one in &wrapped {
            let said = line(one, fleet.at, fleet.zone());
            assert!(said.chars().count() <= 60, "{said}");
        }
    }
}
