//! Merge: what an agent wrote into a file that had just been replaced is written into the one that has its place.

use super::Draft;
use crate::ops::change::{Change, Plan, Refusal, Rewrite};
use crate::ops::copy::{Copy, CopyKind};
use crate::ops::desk::Desk;
use crate::ops::merge::{Clash, merge};
use crate::ops::tiers::Level;

pub(in super::super) fn plan(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let copy = wanted(desk)?;
    let compare = || {
        format!(
            "compare the two: rounds kept {} {}",
            desk.request.agent, copy.name
        )
    };
    let (Some(file), Some(now)) = (&copy.file, &copy.now) else {
        return Err(
            Refusal::new("the file that it is a version of is not there any more").but(compare()),
        );
    };
    if copy.kind == CopyKind::Displaced {
        return Err(Refusal::new(
            "it is the file as it was before the order, and nobody wrote into it since: there is nothing to merge",
        )
        .but("to have the old values back: `undo`"));
    }
    if copy.kind == CopyKind::Draft {
        return Err(Refusal::new("it is a draft of yours").but("write it: `rounds edit`"));
    }
    if copy.bytes == *now {
        return Err(Refusal::new("the same bytes stand there already"));
    }
    let Some(base) = &copy.base else {
        return Err(Refusal::new(
            "the version it was made from is not kept any more, so nobody can tell what the agent changed in it",
        )
        .but(compare()));
    };
    let merged = merge(base, &copy.bytes, now).map_err(|clash| {
        let why = match clash {
            Clash::At(line) => format!(
                "it and what stands there now both changed line {line} of what they were made from, each in its own way"
            ),
            Clash::TooDifferent => "it and what stands there now have too little in common".to_owned(),
        };
        Refusal::new(why).but(compare())
    })?;
    if merged == *now {
        return Err(Refusal::new("all that it says stands there already"));
    }
    if !still_reads(base, &merged) {
        return Err(
            Refusal::new("what came of merging the two would not be JSON any more").but(compare()),
        );
    }
    let sentence = format!(
        "writes into {} what the agent wrote into the kept version of {}; what stands there otherwise stays",
        file.path,
        desk.when(desk.now - copy.age)
    );
    let change = Change::Rewrite(Rewrite::new(file.clone(), now, merged));
    Ok(Draft::new(sentence)
        .level(Level::Yes)
        .change(change)
        .never("the file from before is kept for a day; compare the two with `rounds kept`")
        .done(desk))
}

fn still_reads(base: &[u8], merged: &[u8]) -> bool {
    let reads = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    !reads(base) || reads(merged)
}

/// By its name, or by the operation that left it; else the only one that says something new.
fn wanted<'a>(desk: &Desk<'a>) -> Result<&'a Copy, Refusal> {
    let copies = desk.scene.copies;
    let list = || format!("see them: rounds kept {}", desk.request.agent);
    let Some(named) = desk.request.copy.as_deref() else {
        let mut news = copies.iter().filter(|copy| copy.kind == CopyKind::Late);
        return match (news.next(), news.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(
                Refusal::new("no agent wrote into a version that had lost its place").but(list()),
            ),
            (Some(_), Some(_)) => Err(Refusal::new("there are several: which one?").but(list())),
        };
    };
    let mut mine: Vec<&Copy> = copies
        .iter()
        .filter(|copy| copy.name == named || copy.op.as_str() == named)
        .collect();
    mine.sort_by_key(|copy| copy.kind);
    mine.first().copied().ok_or_else(|| {
        Refusal::new("nothing of that name is kept; after a day what is kept goes").but(list())
    })
}
