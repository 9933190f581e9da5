//! Plans on disk: how one would be written, what it replaces, and putting it there.

use std::path::PathBuf;

use super::{Bench, Engine, PlanFile, PlanPlace, Planning, read};
use crate::domain::task::TaskStatus;
use crate::domain::time::{Span, Ts};
use crate::parse::{self, Context};
use crate::plan::ahead;
use crate::plan::make::{self, Page, Placed};
use crate::store::ledger::{Deed, Who};
use crate::store::versions::name_of;
use crate::sys::plan::put;

/// Puts a plan in its place. What stands there is only replaced where it is still what was looked at.
pub fn write(engine: &Engine, file: &PlanFile, place: PlanPlace) -> Result<(), String> {
    let (path, seen, relative) = match (place, &file.standing) {
        (PlanPlace::Dated, _) => (&file.path, file.before.as_deref(), file.relative.as_str()),
        (PlanPlace::Standing, Some((path, seen))) => (path, Some(&seen[..]), "schedule.json"),
        (PlanPlace::Standing, None) => return Err("there is none to replace".to_owned()),
    };
    let shown = crate::paths::shorten(path, None);
    put(path, &file.text, seen).map_err(|error| format!("{shown} was not written: {error}"))?;
    let deed = Deed::PlanWritten {
        agent: file.agent.clone(),
        file: relative.to_owned(),
        sha256: name_of(file.text.as_bytes()),
    };
    let told = engine.ledger.append(engine.now(), Who::here(), deed);
    told.map(drop)
        .map_err(|error| format!("{shown} was written, and the ledger does not say so: {error}"))
}

pub(super) fn file(bench: &Bench, planning: &Planning, now: Ts) -> Option<PlanFile> {
    let desk = &bench.desk;
    let placed: Vec<&Placed> = planning
        .made
        .placed
        .iter()
        .filter(|one| one.wish.agent == desk.agent)
        .collect();
    if placed.is_empty() || desk.kept.is_some() {
        return None;
    }
    let text = make::text(&Page {
        desk,
        placed: &placed,
        carried: &bench.carried,
        generated: now,
        seed: planning.seed,
    });
    let relative = format!("schedule/{}.json", desk.day);
    let (standing, stays) = standing(bench, now);
    Some(PlanFile {
        agent: desk.agent.clone(),
        path: bench.folder.join(&relative),
        relative,
        text,
        before: bench.before.clone(),
        standing,
        stays,
    })
}

/// `schedule.json`, where it holds a day whose last window has passed; else why it stays.
fn standing(bench: &Bench, now: Ts) -> (Option<(PathBuf, Vec<u8>)>, Option<String>) {
    let Some(bytes) = read(&bench.folder, "schedule.json") else {
        return (None, None);
    };
    let desk = &bench.desk;
    let vocabulary = parse::vocabulary::Vocabulary::default();
    let ctx = Context {
        path: "schedule.json",
        zone: desk.zone,
        modified: now,
        vocabulary: &vocabulary,
    };
    let (plan, _) = parse::plan(&bytes, &ctx);
    let Some(date) = plan.date else {
        return (None, Some("it is a standing plan".to_owned()));
    };
    let last = plan
        .tasks
        .iter()
        .map(|task| match task.due {
            Some(due) => ahead::stretch(task, due.at).to + plan.grace.unwrap_or(Span::mins(15)),
            None => desk.zone.end_of(date),
        })
        .max()
        .unwrap_or_else(|| desk.zone.end_of(date));
    let busy = plan.tasks.iter().any(|task| {
        matches!(
            task.status,
            TaskStatus::Claimed | TaskStatus::Running | TaskStatus::Review
        )
    });
    if date >= desk.day || last > now || busy {
        let until = desk.zone.date_hhmm(last);
        let what = if busy {
            format!("it holds {date}, and a task of it is in hand")
        } else {
            format!("it holds {date} until {until}")
        };
        return (None, Some(what));
    }
    (Some((bench.folder.join("schedule.json"), bytes)), None)
}
