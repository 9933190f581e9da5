//! How safely each plan can be changed where it lies, found out by trying it there.

use super::{doubt, good};
use crate::domain::text::{clean, plural};
use crate::keeper::{Level, ground};
use crate::parse::Reader;
use crate::report::doctor::Check;
use crate::sys::file::open_beneath;
use crate::watch::discover::Discovery;

const REMEDY: &str =
    "plans of your own on a local disk of Linux; what each level means is in docs/operations.md";

/// Plans at one level, and one of them by name.
#[derive(Default)]
struct Count {
    n: u64,
    first: String,
}

impl Count {
    fn add(&mut self, name: &str) {
        if self.n == 0 {
            name.clone_into(&mut self.first);
        }
        self.n += 1;
    }

    fn says(&self, what: &str) -> Option<String> {
        let others = if self.n > 1 {
            ", the first of them"
        } else {
            ""
        };
        (self.n > 0).then(|| format!("{} {what} ({}{others})", self.n, self.first))
    }
}

pub fn check(found: &Discovery, read_only: bool) -> Option<Check> {
    if read_only {
        let says = "read-only: nothing of an agent's is changed";
        return Some(good("changes", says.to_owned()));
    }
    let (mut a, mut b, mut c, mut closed) = Default::default();
    for agent in &found.agents {
        let plans = agent
            .files
            .iter()
            .filter(|file| file.reader == Reader::Plan);
        for plan in plans {
            let Ok(file) = open_beneath(&agent.folder, &plan.relative) else {
                continue;
            };
            let count: &mut Count = match ground::level(&agent.folder, &plan.relative, file) {
                Ok(Level::A) => &mut a,
                Ok(Level::B) => &mut b,
                Ok(Level::C) => &mut c,
                Err(error) => {
                    tracing::debug!(%error, "a plan cannot be changed where it lies");
                    &mut closed
                }
            };
            count.add(&format!("{}/{}", agent.id, clean(&plan.relative)));
        }
    }
    says(&a, [&b, &c, &closed])
}

fn says(a: &Count, lower: [&Count; 3]) -> Option<Check> {
    let [b, c, closed] = lower;
    let worse = [
        b.says("at level B, without leases: a write at the same moment is put back or told"),
        c.says("at level C, without an exchange: a write at the same moment is kept and told"),
        closed.says("in folders that cannot be written here: orders on them are refused"),
    ];
    let worse: Vec<String> = worse.into_iter().flatten().collect();
    let best = format!(
        "{} at level A: no write of an agent's can be lost",
        plural(a.n, "plan")
    );
    match (a.n, worse.as_slice()) {
        (0, []) => None,
        (_, []) => Some(good("changes", best)),
        (0, worse) => Some(doubt("changes", worse.join("; "), REMEDY)),
        (_, worse) => {
            let found = format!("{best}; {}", worse.join("; "));
            Some(doubt("changes", found, REMEDY))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_counted_and_one_plan_of_it_named() {
        let count = |n, first: &str| Count {
            n,
            first: first.to_owned(),
        };
        let none = Count::default();
        assert!(says(&none, [&none, &none, &none]).is_none());
        let best = says(&count(2, "a/plan"), [&none, &none, &none]).unwrap();
        assert_eq!(
            best.found,
            "2 plans at level A: no write of an agent's can be lost"
        );
        assert_eq!(best.remedy, None);
        let mixed = says(
            &count(1, "a/plan"),
            [&none, &count(3, "b/plan"), &count(1, "c/plan")],
        );
        assert_eq!(
            mixed.unwrap().found,
            "1 plan at level A: no write of an agent's can be lost; \
             3 at level C, without an exchange: a write at the same moment is kept and told (b/plan, the first of them); \
             1 in folders that cannot be written here: orders on them are refused (c/plan)"
        );
    }
}
