//! A timer of systemd. Calendar events become cron patterns where they can be said as such; what cannot is told, and
//! is not judged.

use crate::domain::id::TaskId;
use crate::domain::schedule::{Plan, Schedule};
use crate::domain::task::Task;
use crate::domain::text::{Untrusted, decode};
use crate::domain::time::{Span, Zone};

use super::super::diagnostic::DiagnosticKind;
use super::super::report::{Advice, Reporter};
use super::super::timestamp;

const STRANGE: Advice = Advice {
    expected: "a calendar event that names days, dates and times, such as Mon..Fri *-*-* 09:00",
    remedy: "see `systemd-analyze calendar`; until then nothing is owed by this line",
};
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

pub(in super::super) fn knows(head: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    has("[Timer]") && (has("OnCalendar") || has("OnUnit") || has("OnBoot") || has("OnActive"))
}

/// `path` names the job where the timer does not say which unit it starts.
pub(super) fn read(bytes: &[u8], path: &str, reporter: &mut Reporter<'_>) -> Plan {
    let text = decode(bytes);
    let (mut unit, mut title, mut delay) = (None, None, Span::ZERO);
    let mut found: Vec<(Option<Schedule>, usize, u32)> = Vec::new();
    let mut offset = 0;
    for (index, raw) in text.split_inclusive('\n').enumerate() {
        let at = offset;
        offset += raw.len();
        let line = raw.trim();
        let Some((name, value)) = line
            .split_once('=')
            .filter(|_| !line.starts_with(['#', ';']))
        else {
            continue;
        };
        let (name, value) = (name.trim(), value.trim());
        match name {
            "Unit" => unit = Some(value.to_owned()),
            "Description" => title = Some(value.to_owned()),
            "RandomizedDelaySec" => delay = timestamp::length(value).unwrap_or_default(),
            // An empty value takes back what stood above.
            "OnCalendar" if value.is_empty() => found.clear(),
            "OnCalendar" => {
                let schedule = calendar(value);
                if schedule.is_none() {
                    reporter.say(DiagnosticKind::BadTime, at, STRANGE);
                }
                found.push((schedule, at, index as u32 + 1));
            }
            "OnUnitActiveSec" | "OnUnitInactiveSec" => {
                let every = timestamp::length(value).filter(|every| every.0 > 0);
                let schedule = every.map(|every| Schedule::Every {
                    every,
                    anchor: None,
                });
                found.push((schedule, at, index as u32 + 1));
            }
            _ => {}
        }
    }
    let file = path.rsplit('/').next().unwrap_or(path);
    let unit = unit.unwrap_or_else(|| file.to_owned());
    let name = unit
        .rsplit_once('.')
        .map_or(&*unit, |(stem, _)| stem)
        .to_owned();
    let tasks = found
        .into_iter()
        .enumerate()
        .map(|(index, (schedule, at, line))| {
            let id = match index {
                0 => name.clone(),
                n => format!("{name}-{}", n + 1),
            };
            Task {
                title: title.as_deref().map(Untrusted::from),
                on_demand: schedule.is_none(),
                schedule,
                jitter: delay,
                offset: at as u64,
                line,
                ..Task::named(TaskId::from(id.as_str()))
            }
        });
    Plan {
        tasks: tasks.collect(),
        ..Plan::default()
    }
}

/// `Mon..Fri *-*-* 09:00:00 Europe/Berlin`, `daily`, `*:0/15`.
fn calendar(text: &str) -> Option<Schedule> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let zone = match words.as_slice() {
        [_, .., last] => Zone::parse(last).filter(|_| last.contains('/') || *last == "UTC"),
        _ => None,
    };
    if zone.is_some() {
        words.pop();
    }
    let expr = match words.as_slice() {
        [word] if shorthand(word).is_some() => shorthand(word)?.to_owned(),
        _ => pattern(&words)?,
    };
    Some(Schedule::Cron {
        expr: Untrusted::from(expr),
        zone,
    })
}

fn shorthand(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "minutely" => "* * * * *",
        "hourly" => "0 * * * *",
        "daily" => "0 0 * * *",
        "weekly" => "0 0 * * 1",
        "monthly" => "0 0 1 * *",
        "quarterly" => "0 0 1 1,4,7,10 *",
        "semiannually" => "0 0 1 1,7 *",
        "yearly" | "annually" => "0 0 1 1 *",
        _ => return None,
    })
}

/// Seven fields: second, minute, hour, day, month, weekday, year.
fn pattern(words: &[&str]) -> Option<String> {
    let (mut weekdays, mut date, mut time) = ("*".to_owned(), None, None);
    for word in words {
        if word.contains(':') && time.is_none() {
            time = Some(*word);
        } else if word.starts_with(|c: char| c.is_ascii_digit() || c == '*') && date.is_none() {
            date = Some(*word);
        } else if weekdays == "*" {
            weekdays = days(word)?;
        } else {
            return None;
        }
    }
    let parts: Vec<&str> = date.unwrap_or("*-*-*").split('-').collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] => (*year, *month, *day),
        [month, day] => ("*", *month, *day),
        _ => return None,
    };
    let parts: Vec<&str> = time.unwrap_or("00:00:00").split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, "0"),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    let (month, day) = (field(month, 12)?, field(day, 31)?);
    // Where both are named, systemd wants both; cron says so with a plus.
    let both = if weekdays != "*" && day != "*" {
        "+"
    } else {
        ""
    };
    Some(format!(
        "{} {} {} {day} {month} {both}{weekdays} {}",
        field(second, 59)?,
        field(minute, 59)?,
        field(hour, 23)?,
        field(year, 2_199)?
    ))
}

/// `*`, `1,15`, `0/15`, `9..17`, `*/2`.
fn field(text: &str, most: u32) -> Option<String> {
    let part = |part: &str| {
        let (range, step) = part
            .split_once('/')
            .map_or((part, None), |(r, s)| (r, Some(s)));
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= most);
        let range = match (range, range.split_once("..")) {
            ("*", _) => "*".to_owned(),
            (_, Some((from, to))) => format!("{}-{}", number(from)?, number(to)?),
            (from, None) if step.is_some() => format!("{}-{most}", number(from)?),
            (one, None) => number(one)?.to_string(),
        };
        Some(match step {
            Some(step) => format!("{range}/{}", number(step).filter(|n| *n > 0)?),
            None => range,
        })
    };
    let parts: Option<Vec<String>> = text.split(',').map(part).collect();
    parts.map(|parts| parts.join(","))
}

/// `Mon..Fri`, `Sat,Sun`.
fn days(text: &str) -> Option<String> {
    let number = |day: &str| {
        let day = day.to_ascii_lowercase();
        DAYS.iter().position(|d| day.starts_with(d))
    };
    let part = |part: &str| match part.split_once("..").or_else(|| part.split_once('-')) {
        // A week that ends on Sunday ends on day seven.
        Some((from, to)) => {
            let to = match number(to)? {
                0 => 7,
                to => to,
            };
            Some(format!("{}-{to}", number(from)?))
        }
        None => number(part).map(|day| day.to_string()),
    };
    let parts: Option<Vec<String>> = text.split(',').map(part).collect();
    parts.map(|parts| parts.join(","))
}
