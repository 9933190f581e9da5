//! `lost_update`: a plan or a tracking file that took back what another writer had changed.

use super::Draft;
use super::plans::{BELIEVED, known, line_of};
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::facts::PlanVersion;
use crate::domain::finding::{Finding, FindingKind, Severity, VERSION};
use crate::domain::id::Locus;
use crate::domain::kept::TrackedChange;
use crate::domain::policy::Source;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::time::Span;

/// What was put into a tracking file this long ago is not tidied up yet.
const FRESH: Span = Span::DAY;

/// The same plan, and a version that took back what another writer had changed: it changes something of its own, and
/// everything else stands as it stood before the other's change. Or a claim's epoch went back, which no writer means.
pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let versions: Vec<&PlanVersion> = known(of).collect();
    for three in versions.windows(3) {
        let [base, theirs, newest] = three else {
            continue;
        };
        let same = |a: &PlanVersion, b: &PlanVersion| {
            a.file == b.file && a.plan.date == b.plan.date && a.plan.generated == b.plan.generated
        };
        if !same(base, theirs) || !same(theirs, newest) || newest.known < of.case.now - BELIEVED {
            continue;
        }
        for task in &theirs.plan.tasks {
            let (Some(was), Some(is)) = (find(base, task), find(newest, task)) else {
                continue;
            };
            let reverted = differs(was, task) && !differs(was, is) && !given_back(of, task, newest);
            if reverted && (others_changed(theirs, newest, task) || marks_lost(task, is)) {
                found.push(about_lost(of, theirs, newest, task));
            }
        }
    }
    found
}

/// A tracking file from which a writer took what another had just put there, while it put in something of its own: it had
/// not read the other's version. Who only takes out, or takes out what is oldest, tidies up.
pub fn tracked(of: &Judgement<'_>) -> Vec<Finding> {
    let changes = &of.case.facts.tracked;
    let mut found = Vec::new();
    for (i, newest) in changes.iter().enumerate() {
        let parts = !newest.removed.is_empty() && !newest.added.is_empty();
        if newest.at > of.case.now || !parts || !newest.keeps_older {
            continue;
        }
        let before = changes[..i].iter().rev();
        let before = before.filter(|one| one.file == newest.file && newest.at - one.at <= FRESH);
        let put_in = |name| before.clone().find(|one| one.added.contains(name));
        let theirs: Vec<Option<&TrackedChange>> = newest.removed.iter().map(put_in).collect();
        if let [Some(last), ..] = theirs[..]
            && theirs.iter().all(Option::is_some)
        {
            found.push(about_entries(of, last, newest));
        }
    }
    found
}

fn about_entries(of: &Judgement<'_>, theirs: &TrackedChange, newest: &TrackedChange) -> Finding {
    let locus = Locus {
        file: newest.file,
        line: 1,
        ..Locus::default()
    };
    let case = of.case;
    let file = case.file(locus).shown_within(60);
    let lost = newest.removed[0].shown_within(60);
    let more = match newest.removed.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Draft::new(of, FindingKind::LostUpdate, Severity::Critical, newest.at)
        .says(format!(
            "{file}: {lost}{more}, put in {}, was overwritten {} by a writer that had not read it",
            case.when(theirs.at),
            case.when(newest.at)
        ))
        .limit(
            format!("put in within {FRESH} before, and gone with a change of something else"),
            Source::Default,
        )
        .shows([
            case.evidence(
                locus,
                format!("the lost version: {VERSION}{}", newest.before),
            )
            .written(theirs.at),
            case.evidence(locus, format!("what replaced it: {VERSION}{}", newest.hash))
                .written(newest.at),
        ])
        .clears("when acknowledged, or two days after")
}

pub(super) fn find<'a>(version: &'a PlanVersion, task: &Task) -> Option<&'a Task> {
    version.plan.tasks.iter().find(|other| other.id == task.id)
}

/// Whether two versions of a task say something else, wherever they stand in the file.
fn differs(a: &Task, b: &Task) -> bool {
    a.status != b.status
        || a.claim != b.claim
        || a.held != b.held
        || a.flag != b.flag
        || a.last_op != b.last_op
        || a.attempt != b.attempt
        || a.due != b.due
        || a.handoff != b.handoff
}

/// The run that held the task was over by then: its claim was given back, not lost.
fn given_back(of: &Judgement<'_>, task: &Task, newest: &PlanVersion) -> bool {
    let Some(id) = task.claim.as_ref().and_then(|claim| claim.run.as_ref()) else {
        return false;
    };
    let held = matches!(task.status, TaskStatus::Claimed | TaskStatus::Running);
    held && of
        .runs
        .iter()
        .filter(|run| run.id() == Some(id))
        .filter_map(Run::ended)
        .any(|end| end <= newest.known)
}

fn others_changed(theirs: &PlanVersion, newest: &PlanVersion, task: &Task) -> bool {
    newest
        .plan
        .tasks
        .iter()
        .filter(|other| other.id != task.id)
        .any(|other| find(theirs, other).is_none_or(|was| differs(was, other)))
}

fn marks_lost(theirs: &Task, is: &Task) -> bool {
    let epoch = |task: &Task| task.claim.as_ref().map_or(0, |claim| claim.epoch);
    epoch(is) < epoch(theirs) || (theirs.last_op.is_some() && is.last_op != theirs.last_op)
}

fn about_lost(
    of: &Judgement<'_>,
    theirs: &PlanVersion,
    newest: &PlanVersion,
    task: &Task,
) -> Finding {
    let change = match task.status {
        TaskStatus::Pending => "its change".to_owned(),
        status => format!("its {}", super::drift::plan_word(status)),
    };
    let lost = of.case.evidence(
        line_of(theirs, task),
        format!("the lost version: {VERSION}{}", theirs.hash),
    );
    let replaced = of.case.evidence(
        line_of(newest, find(newest, task).unwrap_or(task)),
        format!("what replaced it: {VERSION}{}", newest.hash),
    );
    Draft::new(
        of,
        FindingKind::LostUpdate,
        Severity::Critical,
        newest.known,
    )
    .task(Some(&task.id))
    .says(format!(
        "{}: {change} of {} was overwritten {} by a writer that had not read it",
        task.id,
        of.case.when(theirs.known),
        of.case.when(newest.known)
    ))
    .limit(
        "a change that a later version of the same plan takes back".to_owned(),
        Source::Default,
    )
    .shows([lost.written(theirs.known), replaced.written(newest.known)])
    .clears("when acknowledged, or two days after")
}
