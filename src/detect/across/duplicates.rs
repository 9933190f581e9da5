//! `duplicate_action`: the same key done twice within a day, by one agent or two.

use std::collections::BTreeMap;

use super::{Across, Found, head};
use crate::detect::deeds::Deed;
use crate::domain::finding::{FindingKind, Severity, Threshold};
use crate::domain::id::{AgentId, RunId, TaskId};
use crate::domain::policy::Source;
use crate::domain::text::{cut, shown};
use crate::domain::time::Span;

const WINDOW: Span = Span::DAY;
/// Work without a key of its own and whose slot is not known: again so soon is again, later is the next time.
const SOON: Span = Span::mins(30);

type Done<'a> = (&'a AgentId, &'a Deed);

/// What one run repeated of another: often a whole list of steps.
struct Repeat<'a> {
    first: Done<'a>,
    second: Done<'a>,
    keys: usize,
    irreversible: bool,
}

pub fn check(across: &Across<'_>, found: &mut Found) {
    let mut repeats: Vec<Repeat<'_>> = Vec::new();
    for (_, mut done) in done_again(across) {
        done.sort_by_key(|(_, deed)| deed.at);
        let twice = (1..done.len())
            .rev()
            .find_map(|i| Some((first_of(&done[..i], done[i])?, done[i])));
        if let Some((first, second)) = twice
            && across.now - second.1.at <= WINDOW
        {
            gather(&mut repeats, first, second);
        }
    }
    for repeat in &repeats {
        tell(across, repeat, found);
    }
}

/// What was done more than once, by key.
fn done_again<'a>(across: &Across<'a>) -> BTreeMap<&'a str, Vec<Done<'a>>> {
    let done = &across.memory.done;
    let repeated = done.repeated();
    let mut again: BTreeMap<&'a str, Vec<Done<'a>>> = BTreeMap::new();
    for at in done.having(&repeated) {
        let one = &across.judged[at];
        let numbered = one.trace.done.iter().zip(&one.trace.deeds);
        for (_, deed) in numbered.filter(|(number, _)| repeated.may_come_again(**number)) {
            let all = again.entry(deed.key.exact()).or_default();
            all.push((&one.view.id, deed));
        }
    }
    again.retain(|_, done| done.len() > 1);
    again
}

fn gather<'a>(repeats: &mut Vec<Repeat<'a>>, first: Done<'a>, second: Done<'a>) {
    let irreversible = first.1.irreversible || second.1.irreversible;
    let known = repeats.iter_mut().find(|known| {
        second.1.run.is_some() && who(known.first) == who(first) && who(known.second) == who(second)
    });
    match known {
        Some(known) => {
            known.keys += 1;
            known.irreversible |= irreversible;
            if second.1.at < known.second.1.at {
                (known.first, known.second) = (first, second);
            }
        }
        None => repeats.push(Repeat {
            first,
            second,
            keys: 1,
            irreversible,
        }),
    }
}

fn who((agent, deed): Done<'_>) -> (&AgentId, Option<&RunId>, Option<&TaskId>) {
    (agent, deed.run.as_ref(), deed.task.as_ref())
}

/// The newest earlier deed that this one repeats.
fn first_of<'a>(earlier: &[Done<'a>], (agent, deed): Done<'_>) -> Option<Done<'a>> {
    earlier
        .iter()
        .rev()
        .find(|(other, first)| {
            let apart = deed.at - first.at;
            apart <= WINDOW && repeats(*other == agent, first, deed)
        })
        .copied()
}

fn repeats(same_agent: bool, first: &Deed, again: &Deed) -> bool {
    if !same_agent {
        return true;
    }
    let same_run = first.run.is_some() && first.run == again.run;
    let both_steps = first.step.is_some() && again.step.is_some();
    if same_run {
        // The log of steps and the report of one run speak of one deed; so does a step written twice.
        return both_steps && first.step != again.step && first.at != again.at;
    }
    if !both_steps && (first.run.is_none() || again.run.is_none()) {
        // Nothing tells whether the report speaks of that very step.
        return false;
    }
    if first.specific || first.task != again.task {
        return true;
    }
    match (first.slot, again.slot) {
        (Some(a), Some(b)) => a == b,
        // Who names a key says that the same key is the same deed.
        _ => (first.keyed && again.keyed) || again.at - first.at <= SOON,
    }
}

fn tell(across: &Across<'_>, repeat: &Repeat<'_>, found: &mut Found) {
    let first = repeat.first;
    let (agent, deed) = repeat.second;
    let severity = if repeat.irreversible {
        Severity::Critical
    } else {
        Severity::Warning
    };
    let name = deed
        .task
        .as_ref()
        .map_or_else(|| agent.to_string(), TaskId::to_string);
    let key = deed.key.exact().replace('\u{0}', " ");
    let by = if first.0 == agent {
        String::new()
    } else {
        format!(", first by {}", first.0)
    };
    let more = match repeat.keys {
        1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let mut finding = head(
        FindingKind::DuplicateAction,
        severity,
        agent,
        deed.task.as_ref(),
        deed.at,
    );
    finding.sentence = format!(
        "{name} done twice, {} and {}{by} (key {}{more})",
        across.when(first.1.at),
        across.when(deed.at),
        cut(&shown(key.trim()), 48)
    );
    finding.threshold = Some(Threshold {
        text: "once within 24h".to_owned(),
        source: Source::Default,
    });
    finding.evidence = vec![first.1.evidence(), deed.evidence()];
    "when acknowledged, or 24h after the last one".clone_into(&mut finding.clears);
    found.findings.push(finding);
}
