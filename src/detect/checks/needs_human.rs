//! `needs_human`: the agent said so.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::facts::Beat;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::heartbeat::{Item, RunStatus};
use crate::domain::policy::Source;
use crate::domain::text::Untrusted;
use crate::domain::time::Span;

/// A question nobody repeated is believed this long.
const BELIEVED: Span = Span::days(8);

/// Words of the status that ask for somebody; other waiting (for a limit, for a slot) asks for nobody.
const ASKING: &[&str] = &["block", "human", "approv", "input"];

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let tasks = of.by_task.count();
    // The last place is that of runs without a task.
    let mut seen = vec![false; tasks + 1];
    let mut found = Vec::new();
    for (at, run) in of.completed() {
        let place = of.by_task.of_run(at).map_or(tasks, |place| place as usize);
        if std::mem::replace(&mut seen[place], true) {
            continue;
        }
        if run.last.at < of.case.now - BELIEVED {
            break;
        }
        if let Some(asked) = question(of, run) {
            found.push(about(of, run, &asked));
        }
    }
    found.extend(outbox(of));
    found
}

/// Open questions of its outbox.
fn outbox<'a>(of: &'a Judgement<'_>) -> impl Iterator<Item = Finding> + 'a {
    let case = of.case;
    let asked = case.facts.questions.iter().filter_map(move |question| {
        let file = case.facts.file(question.locus.file);
        let at = question.at.or(file.map(|file| file.modified))?;
        let open = question.answered.is_none_or(|answered| answered > case.now);
        (open && at <= case.now).then_some((question, at))
    });
    asked.map(move |(question, at)| {
        let text = question.text.shown_within(120);
        Draft::new(of, FindingKind::NeedsHuman, Severity::Critical, at)
            .says(format!(
                "waits for your answer since {}: {text}",
                case.when(at)
            ))
            .limit("an open question in its outbox".to_owned(), Source::Default)
            .shows(Some(case.evidence(question.locus, text).written(at)))
            .clears("when its entry in the outbox says that it is answered")
    })
}

fn question(of: &Judgement<'_>, run: &Run<'_>) -> Option<Untrusted> {
    let beat = run.closing?;
    if let Some(item) = asking_item(of, beat) {
        return Some(item.what.clone());
    }
    let word = beat.extra.as_ref().and_then(|extra| extra.word.as_ref());
    let asks = beat.status == RunStatus::Blocked
        && word.is_none_or(|word| {
            let word = word.exact().to_lowercase();
            ASKING.iter().any(|asking| word.contains(asking))
        });
    asks.then(|| {
        of.case
            .message(beat)
            .or_else(|| word.cloned())
            .unwrap_or_else(|| Untrusted::from("blocked"))
    })
}

fn asking_item<'b>(of: &'b Judgement<'_>, beat: &Beat) -> Option<&'b Item> {
    beat.items
        .iter()
        .filter_map(|(_, id)| of.case.facts.items.get(id))
        .find(|item| {
            item.why.as_ref().is_some_and(|why| {
                let why = why.exact().trim();
                why.eq_ignore_ascii_case("needs_human") || why.eq_ignore_ascii_case("needs human")
            })
        })
}

fn about(of: &Judgement<'_>, run: &Run<'_>, asked: &Untrusted) -> Finding {
    let name = run
        .task()
        .map_or_else(|| "it".to_owned(), ToString::to_string);
    Draft::new(of, FindingKind::NeedsHuman, Severity::Critical, run.last.at)
        .task(run.task())
        .says(format!(
            "{name} waits for you since {}: {}",
            of.case.when(run.last.at),
            asked.shown_within(120)
        ))
        .limit(
            "blocked, or an item with the reason needs_human, in its last run".to_owned(),
            Source::Default,
        )
        .shows(Some(of.case.evidence_of(run.last)))
        .clears("when a later run of it no longer asks")
}
