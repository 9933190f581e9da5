//! `rounds ack`

use super::args::{Ack, Args, Saying};
use super::engine::Engine;
use super::place::{MAKE_WRITABLE, Place};
use super::{Exit, Failure, Surroundings, answer};
use crate::config::duration;
use crate::config::suggest::nearest;
use crate::domain::finding::{Finding, FindingKind};
use crate::domain::fleet::Fleet;
use crate::domain::text::clean_within;
use crate::domain::told;
use crate::keeper::How;
use crate::report::Look;
use crate::report::said::{self as report, Outcome, Said};

pub fn run(asked: &Ack, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &args.paths, here)?;
    place.writable("what is said is kept in the ledger", MAKE_WRITABLE)?;
    if place.at.is_some() {
        return Err(Failure::new("what is said is said now").remedy("without --at"));
    }
    let kind = asked.kind.as_deref().map(kind).transpose()?;
    let until = asked.length.as_deref().map(length).transpose()?;
    let mut engine = Engine::open(&place)?;
    let fleet = engine.board(None)?;
    let until = until.map(|span| fleet.at + span);
    let (word, said) = match (asked.back, until) {
        (true, _) => ("taken back", None),
        (false, Some(until)) => ("snoozed", Some(told::Said::SnoozedUntil(until))),
        (false, None) => ("acknowledged", Some(told::Said::Acknowledged)),
    };
    let mut outcomes = Vec::new();
    for subject in &asked.subjects {
        for finding in meant(&fleet, subject, kind)? {
            let id = finding.id();
            outcomes.push(Outcome {
                agent: Some(finding.agent.to_string()),
                sentence: engine.say(&id, said, how(asked.saying.dry_run)),
                id: Some(id),
            });
        }
    }
    let said = Said {
        at: fleet.at,
        dry_run: asked.saying.dry_run,
        word,
        until,
        outcomes,
    };
    let look = here.terminal.look(args.global.color, &place.config.ui);
    finish(&said, &asked.saying, look)
}

/// Writes what came of it.
pub fn finish(said: &Said, asked: &Saying, look: Look) -> Result<Exit, Failure> {
    answer(&if asked.json {
        report::json(said)
    } else {
        report::text(said, look)
    })?;
    Ok(if said.is_whole() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

pub fn how(dry_run: bool) -> How {
    if dry_run { How::Rehearse } else { How::Keep }
}

/// Reads a length of time.
pub fn length(text: &str) -> Result<crate::domain::time::Span, Failure> {
    duration::parse(text).ok_or_else(|| {
        let what = format!("{} is no length of time", clean_within(text, 40));
        Failure::new(what).remedy("a number with its unit, as in 30m, 2h or 3d")
    })
}

fn kind(word: &str) -> Result<FindingKind, Failure> {
    let all = FindingKind::ALL.iter();
    if let Some(kind) = all.clone().find(|kind| kind.word() == word) {
        return Ok(*kind);
    }
    let failure = Failure::new(format!("there is no kind {}", clean_within(word, 40)));
    Err(match nearest(word, all.map(|kind| kind.word())) {
        Some(near) => failure.remedy(format!("--kind {near}")),
        None => failure.remedy("a kind as `rounds check --json` names it"),
    })
}

/// The findings that are told and meant: of an agent, of one task of it, or one by its id.
fn meant<'a>(
    fleet: &'a Fleet,
    subject: &str,
    kind: Option<FindingKind>,
) -> Result<Vec<&'a Finding>, Failure> {
    let is_meant = |finding: &&Finding| {
        let agent = finding.agent.as_str();
        let task = finding.task.as_ref();
        let of_task = || {
            let rest = subject.strip_prefix(agent)?.strip_prefix('/')?;
            task.filter(|task| task.as_str() == rest)
        };
        subject == agent || of_task().is_some() || finding.id() == subject
    };
    let all: Vec<&Finding> = fleet
        .told
        .iter()
        .map(|told| told.finding.as_ref())
        .filter(is_meant)
        .collect();
    let wanted = all
        .iter()
        .copied()
        .filter(|found| kind.is_none_or(|kind| found.kind == kind));
    let wanted: Vec<&Finding> = wanted.collect();
    if !wanted.is_empty() {
        return Ok(wanted);
    }
    let subject = clean_within(subject, 64);
    Err(if all.is_empty() {
        Failure::new(format!("nothing is told about {subject}"))
            .remedy("rounds check, which lists every finding with its id")
    } else {
        let kinds: Vec<&str> = all.iter().map(|found| found.kind.word()).collect();
        Failure::new(format!("nothing of this kind is told about {subject}"))
            .remedy(format!("one of {}", kinds.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    #[test]
    fn findings_are_meant_by_agent_by_task_and_by_id() {
        let fleet = fixture::fleet();
        let first = &fleet.told[0].finding;
        let of = |subject: &str| meant(&fleet, subject, None).map(|found| found.len());
        assert_eq!(of(&first.id()).ok(), Some(1));
        let agent = of(first.agent.as_str()).expect("told");
        let task = first.task.as_ref().expect("of a task");
        let of_task = of(&format!("{}/{}", first.agent.as_str(), task.as_str()));
        assert!(of_task.expect("told") <= agent);
        let none = of("nobody").expect_err("nothing");
        assert!(none.to_string().contains("nothing is told about nobody"));
        let other = meant(&fleet, &first.id(), Some(FindingKind::Asleep));
        let said = other.expect_err("of another kind").to_string();
        assert!(said.contains(first.kind.word()), "{said}");
    }

    #[test]
    fn words_that_are_none_are_refused_with_what_was_meant() {
        let refused = kind("fialed").expect_err("none").to_string();
        assert!(refused.contains("--kind failed"), "{refused}");
        assert!(length("8").is_err());
    }
}
