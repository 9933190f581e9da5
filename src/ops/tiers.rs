//! The table of retries: what may be asked for again, by what it can do outside and by what is known of it.

use super::change::{Ask, Refusal};
use super::confirm::Confirm;
use super::desk::{Desk, Target, fill, toml_key};
use super::reach::{BlastRadius, LastOutcome, Reach, Risk};
use super::scene::{CHECK_HOLDS, Check, Checked, How, Outcome};
use super::work::{Work, work};
use crate::domain::act::Command;
use crate::domain::action::Tier;
use crate::domain::facts::FileRole;
use crate::domain::fleet::TaskView;
use crate::domain::id::TaskId;

/// What the table says of one action.
enum Ruling {
    Free,
    Yes,
    Code,
    CodeAndOutside,
    /// It is there: asking again would do it twice.
    Present(String),
    /// It has to be looked up first.
    Look(Check),
    Refused(Refusal),
}

/// What may be asked for, and how it must be confirmed.
pub(super) struct Clearance {
    pub level: Level,
    pub blast: BlastRadius,
    /// Steps that are asked for, by their ids, for `last_op`.
    pub steps: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    None,
    Yes,
    Code,
    CodeAndOutside,
}

/// Why nothing may be asked for.
pub(super) enum Barrier {
    /// All of it is there already, by this proof.
    Present(String),
    Refused(Refusal),
}

impl Barrier {
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Present(proof) => {
                Refusal::new(format!("it is done already ({proof})")).but("mark it done: `done`")
            }
            Self::Refused(refusal) => refusal,
        }
    }
}

/// Applies the table to all that is open of a task.
pub(super) fn clear(
    desk: &Desk<'_>,
    id: &TaskId,
    view: Option<&TaskView>,
    target: Option<&Target<'_>>,
) -> Result<Clearance, Barrier> {
    let work = work(desk, id, view, target);
    if work.never {
        let why = "the agent says `retry: never` of what failed";
        return Err(Barrier::Refused(Refusal::new(why).but(SKIP)));
    }
    let mut level = Level::None;
    let mut asked = Vec::new();
    let mut left_out = work.left_out;
    let mut there: Option<(&Reach, String)> = None;
    for reach in &work.asked {
        match rule(desk, id, reach, work.safe) {
            Ruling::Free => {}
            Ruling::Yes => level = level.max(Level::Yes),
            Ruling::Code => level = level.max(Level::Code),
            Ruling::CodeAndOutside => level = level.max(Level::CodeAndOutside),
            Ruling::Present(by) => {
                left_out += 1;
                there = Some((reach, by));
                continue;
            }
            Ruling::Look(_) => {
                let why = format!("{} has to be looked up first", reach.name());
                return Err(Barrier::Refused(Refusal::new(why).asking(Ask::Check)));
            }
            Ruling::Refused(refusal) => return Err(Barrier::Refused(refusal)),
        }
        asked.push(reach.clone());
    }
    if asked.is_empty() {
        let proof = there.map_or_else(|| "every step is done".to_owned(), |(_, proof)| proof);
        return Err(Barrier::Present(proof));
    }
    if let Some((reach, proof)) = there.filter(|_| asked.iter().any(|reach| reach.step.is_none())) {
        return Err(Barrier::Refused(unaware(reach, &proof)));
    }
    let steps = asked.iter().filter_map(|reach| reach.step.as_ref());
    let steps = steps.map(|step| step.exact().to_owned()).collect();
    let sentence = radius(desk, &asked, left_out);
    Ok(Clearance {
        level,
        steps,
        blast: BlastRadius {
            sentence,
            asked,
            left_out,
        },
    })
}

/// A look found what the agent's own log does not tell. Where all that is open can be named, the agent is told which steps
/// are asked for; what has no name cannot be asked for without the rest, and the agent would do that again.
fn unaware(reach: &Reach, proof: &str) -> Refusal {
    let name = reach.name();
    let why = format!(
        "{name} is done already ({proof}), and its agent does not know and would repeat it"
    );
    Refusal::new(why).but(format!("mark it done: `done`, or {SKIP}"))
}

/// Every look that the table asks for before it can decide.
pub(super) fn looks(
    desk: &Desk<'_>,
    id: &TaskId,
    view: Option<&TaskView>,
    target: Option<&Target<'_>>,
) -> Vec<Check> {
    let Work { asked, safe, .. } = work(desk, id, view, target);
    let each = asked
        .iter()
        .filter_map(|reach| match rule(desk, id, reach, safe) {
            Ruling::Look(check) => Some(check),
            Ruling::Free
            | Ruling::Yes
            | Ruling::Code
            | Ruling::CodeAndOutside
            | Ruling::Present(_)
            | Ruling::Refused(_) => None,
        });
    each.collect()
}

const SKIP: &str = "skip and flag it: `skip`";

/// One row of the table.
fn rule(desk: &Desk<'_>, task: &TaskId, reach: &Reach, safe: bool) -> Ruling {
    let certain = matches!(
        reach.last,
        LastOutcome::NotStarted | LastOutcome::KnownFailed
    );
    match reach.risk {
        Risk::ReadOnly => Ruling::Free,
        Risk::AppendOnly | Risk::Reversible if certain => Ruling::Yes,
        Risk::AppendOnly => by_look(desk, task, reach, search(desk, reach)),
        Risk::Reversible if reach.last == LastOutcome::Done => Ruling::Present(newest(desk, reach)),
        Risk::Reversible if safe => Ruling::Yes,
        Risk::Reversible => by_look(desk, task, reach, None),
        Risk::Irreversible | Risk::Undeclared => irreversible(desk, task, reach),
    }
}

/// Where only a look can tell: the operator's pre-check, else a search where one makes sense.
fn by_look(desk: &Desk<'_>, task: &TaskId, reach: &Reach, search: Option<How>) -> Ruling {
    let name = reach.name();
    let how = match pre_check(desk, task, reach) {
        Some(Ok(command)) => Some(How::Run(command)),
        Some(Err(refusal)) => return Ruling::Refused(refusal),
        None => search,
    };
    let Some(how) = how else {
        let line = format!(
            "or declare a pre-check in the config: {}",
            missing_line(desk, task)
        );
        let why = format!("nobody knows whether {name} was done, and there is no pre-check for it");
        return Ruling::Refused(Refusal::new(why).but(format!("{SKIP}, {line}")));
    };
    let Some(found) = answer(desk, task, &reach.id) else {
        return Ruling::Look(Check {
            key: reach.id.clone(),
            how,
        });
    };
    match found.found {
        Outcome::Absent => Ruling::Yes,
        Outcome::Present => Ruling::Present(crate::domain::text::shown(&found.proof).into_owned()),
        Outcome::Unknown | Outcome::TimedOut => {
            let why = format!("whether {name} was done: {}", found.found.word());
            Ruling::Refused(Refusal::new(why).but(SKIP))
        }
    }
}

/// Never by itself and never twice: a code and a reason; the pre-check, where there is one, can only forbid it.
fn irreversible(desk: &Desk<'_>, task: &TaskId, reach: &Reach) -> Ruling {
    let done = reach
        .hits
        .iter()
        .filter(|hit| hit.outcome == LastOutcome::Done);
    let recent = done
        .filter(|hit| hit.at > desk.now - super::work::WINDOW)
        .count();
    if recent >= 2 {
        let why = format!(
            "{} is irreversible, and done {recent} times already",
            reach.name()
        );
        return Ruling::Refused(Refusal::new(why).but(SKIP));
    }
    if reach.last == LastOutcome::Unknown {
        let command = match pre_check(desk, task, reach) {
            Some(Ok(command)) => Some(command),
            Some(Err(refusal)) => return Ruling::Refused(refusal),
            None => None,
        };
        match (command, answer(desk, task, &reach.id)) {
            (Some(command), None) => {
                return Ruling::Look(Check {
                    key: reach.id.clone(),
                    how: How::Run(command),
                });
            }
            (Some(_), Some(found)) if found.found == Outcome::Present => {
                return Ruling::Present(crate::domain::text::shown(&found.proof).into_owned());
            }
            (Some(_), Some(_)) | (None, _) => {}
        }
    }
    if reach.within_window || reach.last == LastOutcome::Unknown {
        Ruling::CodeAndOutside
    } else {
        Ruling::Code
    }
}

/// What was found out about a key. An answer is about the world as it was: it holds for a short time, and only while
/// nobody wrote a word of the task since.
pub(super) fn answer<'a>(desk: &Desk<'a>, task: &TaskId, key: &str) -> Option<&'a Checked> {
    let facts = desk.scene.facts;
    let own = |named: Option<&TaskId>| named.is_none_or(|named| named == task);
    let beats = facts.beats.iter().filter(|beat| own(beat.task.as_ref()));
    let steps = facts
        .steps
        .iter()
        .filter(|fact| own(fact.step.task.as_ref()));
    let last = beats
        .map(|beat| beat.at)
        .chain(steps.map(|fact| fact.step.at.at))
        .max();
    let fresh = |checked: &&Checked| {
        (desk.now - checked.at).abs() <= CHECK_HOLDS && last.is_none_or(|last| last <= checked.at)
    };
    let mine = desk.scene.checked.iter().rev();
    mine.filter(fresh).find(|checked| checked.key == key)
}

/// The operator's pre-check with its placeholders filled in.
fn pre_check(desk: &Desk<'_>, task: &TaskId, reach: &Reach) -> Option<Result<Command, Refusal>> {
    let tier = match reach.risk {
        Risk::ReadOnly => Tier::ReadOnly,
        Risk::AppendOnly => Tier::AppendOnly,
        Risk::Reversible | Risk::Irreversible | Risk::Undeclared => Tier::Mutating,
    };
    let declared = desk.scene.acts.check(&desk.scene.facts.id, task, tier)?;
    let mut names = desk.names(Some(task));
    let step = reach
        .step
        .as_ref()
        .map_or_else(String::new, |step| step.exact().to_owned());
    names.push(("step", step));
    names.push(("key", reach.id.clone()));
    Some(fill(declared, &names).map(|argv| Command {
        argv,
        timeout: declared.timeout,
    }))
}

fn missing_line(desk: &Desk<'_>, task: &TaskId) -> String {
    format!(
        "[agents.{}.precheck] {} = [\"COMMAND\", \"{{key}}\"]",
        toml_key(desk.scene.facts.id.as_str()),
        toml_key(task.as_str())
    )
}

/// Where an appended thing would be found: in what the agent writes, since it was first meant.
fn search(desk: &Desk<'_>, reach: &Reach) -> Option<How> {
    let since = reach.hits.iter().map(|hit| hit.at).min()?;
    reach.key.as_ref()?;
    let files = desk.scene.facts.files.iter();
    let files: Vec<_> = files
        .filter(|file| {
            matches!(
                file.role,
                FileRole::Log | FileRole::Document | FileRole::Insights
            )
        })
        .map(|file| super::change::FileRef {
            id: file.id,
            path: file.path.clone(),
        })
        .collect();
    (!files.is_empty()).then_some(How::Search { files, since })
}

fn newest(desk: &Desk<'_>, reach: &Reach) -> String {
    reach.last_hit().map_or_else(
        || "by the log".to_owned(),
        |hit| {
            format!(
                "{}:{}, {}",
                hit.file.shown_within(40),
                hit.locus.line,
                desk.when(hit.at)
            )
        },
    )
}

/// "3 steps: 2 read-only; 1 irreversible (s3), last done 14:02, inside the 24 h window".
fn radius(desk: &Desk<'_>, asked: &[Reach], left_out: u32) -> String {
    let mut parts: Vec<String> = Vec::new();
    for risk in Risk::ALL {
        let of_risk: Vec<&Reach> = asked.iter().filter(|reach| reach.risk == risk).collect();
        match of_risk.as_slice() {
            [] => {}
            many if risk < Risk::Reversible || many.len() > 3 => {
                parts.push(format!("{} {}", many.len(), risk.word()));
            }
            few => parts.extend(few.iter().map(|reach| one(desk, reach))),
        }
    }
    let steps = asked.iter().filter(|reach| reach.step.is_some()).count();
    let what = match steps {
        0 => "the whole task".to_owned(),
        1 => "1 step".to_owned(),
        n => format!("{n} steps"),
    };
    let left = match left_out {
        0 => String::new(),
        1 => "; 1 is done and is not repeated".to_owned(),
        n => format!("; {n} are done and are not repeated"),
    };
    format!("{what}: {}{left}", parts.join("; "))
}

fn one(desk: &Desk<'_>, reach: &Reach) -> String {
    let name = if reach.step.is_some() || reach.key.is_some() {
        format!("{} is ", reach.name())
    } else {
        String::new()
    };
    let last = match reach.last_hit() {
        Some(hit) if reach.within_window => {
            let word = if hit.outcome == LastOutcome::Done {
                "last done"
            } else {
                "last begun"
            };
            format!(", {word} {}, inside the 24 h window", desk.when(hit.at))
        }
        Some(hit) => format!(", last seen {}", desk.when(hit.at)),
        None => String::new(),
    };
    format!(
        "{name}{}, outcome {}{last}",
        reach.risk.word(),
        reach.last.word()
    )
}

impl Level {
    /// With the code, which depends on what was seen.
    pub fn confirm(self, code: impl FnOnce() -> super::confirm::Code) -> Confirm {
        match self {
            Self::None => Confirm::None,
            Self::Yes => Confirm::Yes,
            Self::Code => Confirm::Code(code()),
            Self::CodeAndOutside => Confirm::CodeAndOutside(code()),
        }
    }
}
