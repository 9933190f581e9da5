//! What operations left in rounds' own folder: a line each, and the difference to what is there now.

use std::fmt::Write as _;

use crate::domain::id::AgentId;
use crate::domain::text::shown;
use crate::domain::time::Age;
use crate::ops::merge::difference;
use crate::ops::{Copy, Sign};

/// A line for each, newest last.
pub fn list(agent: &AgentId, copies: &[Copy]) -> String {
    let mut out = String::new();
    for copy in copies {
        let file = copy.file.as_ref();
        let path = file.map_or_else(|| "?".to_owned(), |file| file.path.to_string());
        let _ = writeln!(
            out,
            "{agent}  {path}  {}, {} bytes: {}\n  {}",
            Age(copy.age),
            copy.bytes.len(),
            copy.kind.sentence(),
            shown(&copy.name)
        );
    }
    out
}

/// What it has that is not there now, and the other way round.
pub fn compared(copy: &Copy) -> String {
    let Some(now) = &copy.now else {
        return "the file that it is a version of is not there any more\n".to_owned();
    };
    let mut out = format!(
        "- {} now\n+ {}: {}\n",
        path(copy),
        shown(&copy.name),
        copy.kind.sentence()
    );
    match difference(now, &copy.bytes) {
        None => out.push_str("they have too little in common to be shown line by line\n"),
        Some(lines) if lines.is_empty() => out.push_str("no difference\n"),
        Some(lines) => {
            for line in lines {
                let sign = match line.sign {
                    Sign::Removed => '-',
                    Sign::Added => '+',
                };
                let _ = writeln!(out, "{:>5} {sign} {}", line.line, line.text);
            }
        }
    }
    out
}

fn path(copy: &Copy) -> String {
    let file = copy.file.as_ref();
    file.map_or_else(|| "?".to_owned(), |file| file.path.to_string())
}
