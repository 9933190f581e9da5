//! Where the mirror is made anew, the versions of a plan before the one that lies there now: `versions/` holds them, and
//! `seen.jsonl` says when each was there.

use super::ingest::Desk;
use super::tracked::Tracked;
use super::whole::known_of;
use crate::domain::schedule::Plan;
use crate::domain::time::Ts;
use crate::parse::{self, Context, Reader};
use crate::store::StoreError;

/// The newest so many: beyond, no verdict asks for them.
const MOST: usize = 64;

/// A version that lay there once, and from when it counted.
pub(super) struct Earlier {
    pub known: Ts,
    pub hash: String,
    pub plan: Plan,
}

/// What is remembered of a file that the mirror does not know.
#[derive(Default)]
pub(super) struct Recalled {
    /// Oldest first.
    pub earlier: Vec<Earlier>,
    /// From when the version that lies there now counts, where it was seen before.
    pub present: Option<Ts>,
}

/// What is remembered of a plan whose present version has this hash.
pub(super) fn recall(
    desk: &mut Desk<'_>,
    tracked: &Tracked,
    present: &str,
) -> Result<Recalled, StoreError> {
    let mut recalled = Recalled::default();
    if tracked.reader != Reader::Plan || !tracked.row.hash.is_empty() {
        return Ok(recalled);
    }
    let mut seen = desk
        .sightings
        .of(desk.seen, &tracked.row.root, &tracked.row.relative)?;
    // Each time it was made anew the mirror saw the version that lay there then once more.
    seen.dedup_by(|again, first| again.hash == first.hash);
    let zone = desk.zone(tracked);
    let first_at = seen.first().map(|one| one.at);
    let last = seen.len().checked_sub(1);
    let newest = seen.len().saturating_sub(MOST);
    for (i, one) in seen.into_iter().enumerate().skip(newest) {
        let Ok(bytes) = desk.versions.read(&one.hash) else {
            continue;
        };
        let context = Context {
            path: &tracked.row.relative,
            zone,
            modified: one.modified,
            vocabulary: desk.vocabulary,
        };
        let (plan, _) = parse::plan(&bytes, &context);
        // Where it is not written down: the first was history when it was read, the others came while somebody looked.
        let known = one.known.unwrap_or_else(|| match first_at {
            Some(at) if at == one.at => known_of(&plan, one.modified, zone).min(at),
            Some(_) | None => one.at,
        });
        if last == Some(i) && one.hash == present {
            recalled.present = Some(known);
        } else if !plan.tasks.is_empty() {
            let hash = one.hash;
            recalled.earlier.push(Earlier { known, hash, plan });
        }
    }
    Ok(recalled)
}
