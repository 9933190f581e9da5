//! A crontab: a line for each job, in the system's zone or the one that a `CRON_TZ` above names.

use std::collections::HashSet;

use crate::domain::id::TaskId;
use crate::domain::schedule::{Plan, Schedule};
use crate::domain::task::Task;
use crate::domain::text::{Untrusted, decode};
use crate::domain::time::Zone;

use super::super::diagnostic::DiagnosticKind;
use super::super::report::{Advice, Reporter};
use super::MOST_TASKS;

const NICKNAMES: &[&str] = &[
    "@hourly",
    "@daily",
    "@midnight",
    "@weekly",
    "@monthly",
    "@yearly",
    "@annually",
];
const STRANGE: Advice = Advice {
    expected: "five fields of time and a command, NAME=value, or a # remark",
    remedy: "check the file with `crontab FILE`; lines that cron does not know are passed over",
};

/// Whether every line that says something is a job or a setting, and one is a job.
pub(in super::super) fn knows(head: &[u8]) -> bool {
    let text = decode(head);
    // The head may end within a line.
    let whole = match text.rfind('\n') {
        Some(end) if head.len() >= 4_096 => &text[..end],
        _ => &text,
    };
    let lines = whole.lines().map(str::trim);
    let mut said = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .peekable();
    let mut jobs = 0;
    said.peek().is_some()
        && said.all(|line| {
            let is_job = job(line).is_some();
            jobs += u32::from(is_job);
            is_job || setting(line).is_some()
        })
        && jobs > 0
}

pub(super) fn read(bytes: &[u8], reporter: &mut Reporter<'_>) -> Plan {
    let text = decode(bytes);
    let mut plan = Plan::default();
    let (mut zone, mut remark, mut offset) = (None, None, 0);
    let mut taken = HashSet::new();
    for (index, raw) in text.split_inclusive('\n').enumerate() {
        let at = offset;
        offset += raw.len();
        let line = raw.trim();
        if line.is_empty() {
            remark = None;
        } else if let Some(said) = line.strip_prefix('#') {
            // The first line of the remark right above a job is its title.
            let said = said.trim_matches(|c: char| !c.is_alphanumeric() && c != ')');
            if remark.is_none() && !said.is_empty() {
                remark = Some(said.to_owned());
            }
        } else if let Some((name, value)) = setting(line) {
            if matches!(name, "CRON_TZ" | "TZ") {
                zone = Zone::parse(value.trim_matches(['"', '\'']));
            }
        } else if let Some((when, command)) = job(line) {
            if plan.tasks.len() >= MOST_TASKS {
                break;
            }
            let mut task = task(when, command, zone, &mut taken);
            task.title = remark.take().map(Untrusted::from);
            task.offset = at as u64;
            task.line = index as u32 + 1;
            plan.tasks.push(task);
        } else {
            reporter.say(DiagnosticKind::WrongType, at, STRANGE);
        }
    }
    plan
}

fn task(when: &str, command: &str, zone: Option<Zone>, taken: &mut HashSet<String>) -> Task {
    let name = name_of(command);
    let mut id = name.clone();
    let mut n = 2;
    while !taken.insert(id.clone()) {
        id = format!("{name}-{n}");
        n += 1;
    }
    Task {
        schedule: (when != "@reboot").then(|| Schedule::Cron {
            expr: Untrusted::from(when.split_whitespace().collect::<Vec<_>>().join(" ")),
            zone,
        }),
        on_demand: when == "@reboot",
        ..Task::named(TaskId::from(id.as_str()))
    }
}

/// The fields of time and the command.
fn job(line: &str) -> Option<(&str, &str)> {
    if line.starts_with('@') {
        let (name, command) = line.split_once([' ', '\t'])?;
        let known = NICKNAMES.contains(&name) || name == "@reboot";
        return (known && !command.trim().is_empty()).then(|| (name, command.trim()));
    }
    let mut at = 0;
    for _ in 0..5 {
        let rest = &line[at..];
        let blank = rest.len() - rest.trim_start().len();
        let field = rest[blank..].find([' ', '\t'])?;
        if !is_field(&rest[blank..blank + field]) {
            return None;
        }
        at += blank + field;
    }
    let command = line[at..].trim();
    (!command.is_empty()).then(|| (line[..at].trim(), command))
}

/// `*`, `*/15`, `1-5`, `mon,fri`: begins with a digit, a star or the name of a day or month.
fn is_field(text: &str) -> bool {
    const NAMES: [&str; 19] = [
        "sun", "mon", "tue", "wed", "thu", "fri", "sat", "jan", "feb", "mar", "apr", "may", "jun",
        "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    !text.is_empty()
        && text.split([',', '-', '/']).all(|part| {
            let named = NAMES.contains(&part.to_ascii_lowercase().as_str());
            part == "*" || named || (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        })
}

/// `NAME=value`.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (!name.is_empty() && name.bytes().all(plain)).then(|| (name, value.trim()))
}

/// What a command is called: its first script, else the first program that is not there to start another.
fn name_of(command: &str) -> String {
    const SCRIPTS: &[&str] = &["py", "sh", "js", "ts", "mjs", "rb", "pl", "php", "bash"];
    const STARTERS: &[&str] = &[
        "cd", "env", "bash", "sh", "nice", "timeout", "flock", "exec", "nohup", "python",
        "python3", "node", "npx", "uv", "run", "sudo", "test",
    ];
    let words = || {
        let shell = |c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')');
        command.split(shell).filter(|word| !word.is_empty())
    };
    let base = |word: &str| {
        let word = word.trim_matches(['"', '\'']);
        word.rsplit('/').next().unwrap_or(word).to_owned()
    };
    let script = words().map(base).find_map(|name| {
        let (stem, end) = name.rsplit_once('.')?;
        (SCRIPTS.contains(&end) && !stem.is_empty()).then(|| stem.to_owned())
    });
    let program = || {
        let mut skipped = false;
        words().find_map(|word| {
            let name = base(word);
            // What `cd` goes to, options and settings are no programs.
            if std::mem::replace(&mut skipped, name == "cd") || word.starts_with(['-', '$', '>']) {
                return None;
            }
            let plain = !word.contains('=') && !STARTERS.contains(&name.as_str());
            (plain && name.starts_with(char::is_alphabetic)).then_some(name)
        })
    };
    script.or_else(program).unwrap_or_else(|| "job".to_owned())
}
