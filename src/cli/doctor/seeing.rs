//! How well the rounds that mirrors sees, and whether the ledger holds. Nothing is asked of it: it says so with every sweep.

use std::path::Path;
use std::time::Duration;

use super::{bad, doubt, good};
use crate::domain::text::clean;
use crate::domain::time::Span;
use crate::keeper::{Lives, Sign, examine_ledger};
use crate::report::doctor::Check;

/// A look older than this, or than three sweeps, is blindness.
const LEAST: Duration = Duration::from_secs(10);
/// A verdict is late from here on.
const LATE: Span = Span::secs(2);

pub(super) fn checks(state: &Path) -> Vec<Check> {
    let mut checks = vec![looking(state)];
    if let Some((sign, _, Lives::Yes)) = Sign::read(state) {
        checks.extend(mode(&sign));
        checks.extend(blind(&sign));
    }
    checks.extend(ledger(state));
    checks
}

/// `pid 4312 looked 2s ago, judged 3ms after the last change, 0 notifications lost, 2 damaged files`
fn looking(state: &Path) -> Check {
    let Some((sign, age, Lives::Yes)) = Sign::read(state) else {
        let nobody =
            "nobody looks between two commands: no control room and no `rounds watch` runs";
        return good("seeing", nobody.to_owned());
    };
    let ago = Span(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let found = format!(
        "pid {} looked {ago} ago, judged {} after the last change, {} notifications lost, {} damaged files",
        sign.pid, sign.lag, sign.lost, sign.damaged
    );
    if age > LEAST.max(sign.period.to_std() * 3) {
        let remedy = format!(
            "kill -CONT {0} if it is suspended, else end it: another takes over",
            sign.pid
        );
        return bad("seeing", found, Some(remedy));
    }
    if sign.lag >= LATE {
        return doubt("seeing", found, "fewer or shorter files; a faster disk");
    }
    good("seeing", found)
}

fn mode(sign: &Sign) -> Option<Check> {
    let why = sign.why.as_ref()?;
    let found = format!("{} every {}: {}", sign.mode, sign.period, clean(why));
    Some(doubt(
        "mode",
        found,
        "nothing to do; changes show with the sweep",
    ))
}

fn blind(sign: &Sign) -> Option<Check> {
    let first = sign.blind.first()?;
    let more = match sign.blind.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let found = format!("{}{more} cannot be read", clean(first));
    Some(bad(
        "blind",
        found,
        Some("read permission, or the folder mounted again".to_owned()),
    ))
}

fn ledger(state: &Path) -> Option<Check> {
    let check = match examine_ledger(state) {
        Ok(check) => check,
        Err(error) => return Some(bad("ledger", error.to_string(), None)),
    };
    let Some((line, what)) = &check.broken else {
        let entries = match check.lines {
            0 => return None,
            1 => "one entry".to_owned(),
            n => format!("{n} entries"),
        };
        return Some(good("ledger", format!("{entries}, the chain holds")));
    };
    let found = format!("line {line}: {}", clean(what));
    Some(bad(
        "ledger",
        found,
        Some("rounds ledger verify".to_owned()),
    ))
}
