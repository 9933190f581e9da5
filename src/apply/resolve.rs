//! Operations that somebody began and did not finish: what came of them is found out by looking, never by doing them again.

use std::io;
use std::path::Path;

use super::operation::INBOX;
use super::place::{MOST_BYTES, Place, Read, Version};
use super::round::{BACK, short};
use super::say;
use super::task::{Reading, TaskChange};
use super::{Desk, Edit};
use crate::domain::id::OpId;
use crate::ops::{AppendTo, Change, EditTask, Landed, TouchedTask};
use crate::store::StoreError;
use crate::store::ledger::{Deed, Ledger};
use crate::store::operation::{FileOutcome, Intent, Outcome};
use crate::sys::gate::{Call, Gate};
use crate::sys::process;

/// What became of one change.
enum Fate {
    Applied,
    Not,
    /// It may have taken effect, and nothing tells.
    Unknown,
    /// It took effect, and does not stand. The sentence says what does.
    Gone(String),
}

/// Finds out what came of every operation whose process is gone, and writes that down.
///
/// # Errors
/// The ledger cannot be read or written.
pub fn open_intents(
    desk: &mut Desk<'_>,
    ledger: &Ledger,
    reading: &Reading,
) -> Result<Vec<Outcome>, StoreError> {
    let mut found = Vec::new();
    for whole in ledger.operations()? {
        let intent = &whole.intent;
        if whole.outcome.is_some() || !process::is_gone(intent.pid, intent.pid_started) {
            continue;
        }
        let outcome = look(desk, intent, reading);
        let deed = Deed::Outcome(Box::new(outcome.clone()));
        ledger.append_through(desk.gate, desk.at, whole.who.clone(), deed)?;
        found.push(outcome);
    }
    Ok(found)
}

/// What came of an operation.
pub fn look(desk: &mut Desk<'_>, intent: &Intent, reading: &Reading) -> Outcome {
    let mut outcome = Outcome {
        op: intent.op.clone(),
        landed: Landed::NotApplied,
        sentence: String::new(),
        files: Vec::new(),
        touched: Vec::new(),
        found_later: true,
    };
    let mut fates = Vec::new();
    for change in &intent.changes {
        let is_first_undone = fates.last().is_some_and(|fate| matches!(fate, Fate::Not));
        let fate = match change {
            // Changes are made one after another.
            _ if is_first_undone => Fate::Not,
            Change::Edit(edit) => edit_fate(desk, intent, edit, reading, &mut outcome)
                .unwrap_or_else(|error| Fate::Gone(format!("it cannot be looked at: {error}"))),
            Change::Rewrite(rewrite) => rewrite_fate(desk, intent, rewrite)
                .unwrap_or_else(|error| Fate::Gone(format!("it cannot be looked at: {error}"))),
            Change::Append(line) => {
                let file = match &line.to {
                    AppendTo::Inbox => Some(INBOX),
                    AppendTo::Wal(file) => intent.file(file.id),
                };
                file.map_or(Fate::Unknown, |file| line_fate(desk, intent, file))
            }
            Change::Act(_) => Fate::Unknown,
            Change::Ledger(_) => Fate::Applied,
        };
        fates.push(fate);
    }
    let (landed, sentence) = sum(intent, &fates);
    outcome.landed = landed;
    outcome.sentence = sentence;
    outcome
}

fn sum(intent: &Intent, fates: &[Fate]) -> (Landed, String) {
    let subject = say::subject(&intent.request);
    let verb = intent.request.verb;
    let cut = "rounds ended while it was carried out";
    let applied = fates
        .iter()
        .filter(|fate| matches!(fate, Fate::Applied))
        .count();
    let gone = fates.iter().find_map(|fate| match fate {
        Fate::Gone(why) => Some(why),
        Fate::Applied | Fate::Not | Fate::Unknown => None,
    });
    if let Some(why) = gone {
        return (
            Landed::Conflicted,
            format!("{} {subject}: {cut}, and {why}", verb.word()),
        );
    }
    if fates.iter().any(|fate| matches!(fate, Fate::Unknown)) {
        let sentence = format!(
            "{} {subject}: {cut}; whether the command ran is not known: look before you order it again",
            verb.word()
        );
        return (Landed::Unknown, sentence);
    }
    match applied {
        all if all == fates.len() => (
            Landed::Done,
            format!(
                "{} {subject}; {cut}, after it had taken effect",
                verb.past()
            ),
        ),
        0 => (
            Landed::NotApplied,
            format!("{} {subject}: {cut}; nothing was changed", verb.word()),
        ),
        some => (
            Landed::Done,
            format!(
                "{} {subject}: {cut}; {some} of {} changes are made",
                verb.word(),
                fates.len()
            ),
        ),
    }
}

/// A file that the operation left in rounds' own folder.
struct Left {
    name: String,
    bytes: Vec<u8>,
    /// Beginnings of the hashes of what was to be replaced, and of what was to replace it.
    base: String,
    new: String,
}

impl Left {
    fn is_ours(&self) -> bool {
        short(&self.bytes) == self.new
    }

    fn is_base(&self) -> bool {
        short(&self.bytes) == self.base
    }
}

fn edit_fate(
    desk: &mut Desk<'_>,
    intent: &Intent,
    edit: &EditTask,
    reading: &Reading,
    outcome: &mut Outcome,
) -> io::Result<Fate> {
    let Some(relative) = intent.file(edit.file.id) else {
        return Ok(Fate::Not);
    };
    let place = Place::open(desk.gate, &intent.folder, relative)?;
    let left = left_behind(desk.gate, &place, &intent.op)?;
    let now = named(desk.gate, &place, &left)?;
    let mut change = TaskChange::new(
        intent.op.clone(),
        edit.clone(),
        relative.to_owned(),
        reading.clone(),
        desk.at,
    );
    let is_in = matches!(change.make(&now.bytes), super::Made::Already);
    if is_put_back(desk, intent, &place, &left, &now)? {
        return Ok(Fate::Not);
    }
    let base = left.iter().find(|left| left.is_base());
    if is_in {
        if let Some(base) = base {
            remember(intent, edit, &mut change, base, &now, relative, outcome);
        }
        tidy(desk.gate, &place, &left);
        return Ok(Fate::Applied);
    }
    let was_placed = base.is_some_and(|base| short(&now.bytes) != base.base && !base.is_ours());
    tidy(desk.gate, &place, &left);
    Ok(match (was_placed, base) {
        (true, Some(base)) => written_over(base),
        (true | false, _) => Fate::Not,
    })
}

/// A whole text stands where it stands to the byte; written over, nobody can tell more than that it was placed.
fn rewrite_fate(
    desk: &mut Desk<'_>,
    intent: &Intent,
    rewrite: &crate::ops::Rewrite,
) -> io::Result<Fate> {
    let Some(relative) = intent.file(rewrite.file.id) else {
        return Ok(Fate::Not);
    };
    let place = Place::open(desk.gate, &intent.folder, relative)?;
    let left = left_behind(desk.gate, &place, &intent.op)?;
    let now = named(desk.gate, &place, &left)?;
    if is_put_back(desk, intent, &place, &left, &now)? {
        return Ok(Fate::Not);
    }
    tidy(desk.gate, &place, &left);
    let base = left.iter().find(|left| left.is_base() && !left.is_ours());
    Ok(match base {
        _ if now.hash() == rewrite.after => Fate::Applied,
        Some(base) if now.hash() != rewrite.before => written_over(base),
        Some(_) | None => Fate::Not,
    })
}

/// Where the process ended between an exchange and putting back what came out of it, that is done now.
fn is_put_back(
    desk: &mut Desk<'_>,
    intent: &Intent,
    place: &Place,
    left: &[Left],
    now: &Version,
) -> io::Result<bool> {
    let Some(taken_out) = left.iter().find(|left| is_agents(left, now)) else {
        return Ok(false);
    };
    place
        .folder
        .exchange(&place.name, &place.own, &taken_out.name)?;
    place.sync(desk.gate)?;
    let left = left_behind(desk.gate, place, &intent.op)?;
    tidy(desk.gate, place, &left);
    Ok(true)
}

fn written_over(base: &Left) -> Fate {
    Fate::Gone(format!(
        "an agent has written over it; the file from before is kept as .rounds/{}",
        base.name
    ))
}

/// What lies in rounds' own folder is an agent's version that came out of the exchange, and what has the name is our own.
fn is_agents(left: &Left, now: &Version) -> bool {
    !left.is_ours() && !left.is_base() && short(&now.bytes) == left.new
}

/// The file as it is; one that was moved aside and has no name any more gets it back.
fn named(gate: &mut Gate, place: &Place, left: &[Left]) -> io::Result<Version> {
    for _ in 0..3 {
        if let Read::Whole(now, _) = place.read(gate)? {
            return Ok(now);
        }
        let aside = left
            .iter()
            .find(|left| left.name.strip_suffix(".old").is_some());
        if let Some(aside) = aside
            && place.folder.stat_of(&place.name)?.is_none()
        {
            gate.through(Call::PutBack, || {
                place.own.link(&aside.name, &place.folder, &place.name)
            })?;
            place.sync(gate)?;
        }
    }
    Err(io::Error::new(
        io::ErrorKind::NotFound,
        "the file is not there, or is being written",
    ))
}

fn left_behind(gate: &mut Gate, place: &Place, op: &OpId) -> io::Result<Vec<Left>> {
    let mut left = Vec::new();
    for name in gate.through(Call::FolderOpen, || place.own.names())? {
        let Some((_, base, new)) = parts(&name).filter(|(of, _, _)| *of == op.as_str()) else {
            continue;
        };
        // A copy of what has its place says nothing of what became of the operation.
        if name.ends_with(BACK) {
            continue;
        }
        let (base, new) = (base.to_owned(), new.to_owned());
        let file = gate.through(Call::TempRead, || place.own.open_file(&name))?;
        let bytes = gate.read_whole(Call::TempRead, &file, MOST_BYTES)?;
        left.push(Left {
            name,
            bytes,
            base,
            new,
        });
    }
    Ok(left)
}

/// Operation, and the beginnings of both hashes, of a name in rounds' own folder.
pub(super) fn parts(name: &str) -> Option<(&str, &str, &str)> {
    let whole = name.strip_suffix(".old");
    let name = whole.or(name.strip_suffix(BACK)).unwrap_or(name);
    let mut parts = name.split('.');
    let (op, attempt, base, new) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let fits = parts.next().is_none()
        && attempt.bytes().all(|b| b.is_ascii_digit())
        && is_hash(base)
        && is_hash(new);
    fits.then_some((op, base, new))
}

/// New files that never took their place are of no use to anybody.
fn tidy(gate: &mut Gate, place: &Place, left: &[Left]) {
    for left in left.iter().filter(|left| left.is_ours()) {
        if let Err(error) = gate.through(Call::TempRemove, || place.own.remove_file(&left.name)) {
            tracing::debug!(%error, "a temporary file was left behind");
        }
    }
}

/// What was touched, for taking it back later: it follows from the file as it was.
fn remember(
    intent: &Intent,
    edit: &EditTask,
    change: &mut TaskChange,
    base: &Left,
    now: &Version,
    relative: &str,
    outcome: &mut Outcome,
) {
    let mut was = TaskChange::new(
        intent.op.clone(),
        edit.clone(),
        relative.to_owned(),
        change.reading().clone(),
        change.at(),
    );
    if let super::Made::New(_) = was.make(&base.bytes) {
        outcome.touched.push(TouchedTask {
            file: edit.file.clone(),
            task: edit.task.clone(),
            members: was.touched().to_vec(),
        });
    }
    outcome.files.push(FileOutcome {
        file: relative.to_owned(),
        level: String::new(),
        before: crate::store::versions::name_of(&base.bytes),
        after: now.hash(),
        displaced: Some(base.name.clone()),
        collisions: 0,
    });
}

fn line_fate(desk: &mut Desk<'_>, intent: &Intent, relative: &str) -> Fate {
    let path = intent.folder.join(Path::new(relative));
    match desk.gate.through(Call::TargetRead, || std::fs::read(&path)) {
        Ok(bytes) if memchr::memmem::find(&bytes, intent.op.as_str().as_bytes()).is_some() => {
            Fate::Applied
        }
        Ok(_) => Fate::Not,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Fate::Not,
        Err(_) => Fate::Unknown,
    }
}
