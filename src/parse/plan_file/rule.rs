//! The schedule of a task: the union of `cron`, `every` and `at`, under all the names it goes by.

use crate::domain::schedule::Schedule;
use crate::domain::text::Untrusted;
use crate::domain::time::{ClockTime, Day, Span, Ts, Zone};

use super::super::json::{Kind, Node};
use super::super::members::Members;
use super::super::{Context, timestamp};
use super::names::STATUS;

/// The rule a task declares, in an object of its own or among its members.
pub(super) fn schedule(
    task: &Members<'_>,
    day: Option<Day>,
    ctx: &Context<'_>,
) -> Option<Schedule> {
    let own = task
        .get(&["schedule", "trigger"])
        .and_then(|node| match node.kind() {
            Kind::Object => of_members(&Members::of(node), day, ctx),
            Kind::Text { .. } => of_text(node, day, ctx),
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Array => None,
        });
    let rule = own.or_else(|| bare(task)).or_else(|| {
        task.get(&["scheduletype"])
            .and_then(|_| of_members(task, day, ctx))
    });
    let rule = rule.or_else(|| clocked(task, day, ctx));
    match rule {
        // The zone may stand beside a rule that is a text.
        Some(Schedule::Cron { expr, zone: None }) => Some(Schedule::Cron {
            expr,
            zone: task.zone(ZONE),
        }),
        Some(Schedule::Cron { .. } | Schedule::Every { .. } | Schedule::At(_)) | None => rule,
    }
}

const ZONE: &[&str] = &["tz", "timezone", "zone"];

fn of_members(rule: &Members<'_>, day: Option<Day>, ctx: &Context<'_>) -> Option<Schedule> {
    let kind = rule.text(&["kind", "scheduletype", "type"]);
    let kind = kind.as_ref().map_or("", Untrusted::exact);
    match kind.to_ascii_lowercase().as_str() {
        "at" | "once" => at(rule, day, ctx),
        "every" | "interval" => every(rule, ctx).or_else(|| cron(rule)),
        "cron" => cron(rule),
        _ => cron(rule)
            .or_else(|| every(rule, ctx))
            .or_else(|| daily(rule, ctx))
            .or_else(|| at(rule, day, ctx)),
    }
}

/// `cron: "…"` or `interval_minutes: 30` beside the other members of a task.
fn bare(task: &Members<'_>) -> Option<Schedule> {
    let expr = task.text(&[
        "cron",
        "cronexpression",
        "cronexpr",
        "expression",
        "pattern",
    ]);
    expr.filter(|e| is_cron(e.exact()))
        .map(|expr| Schedule::Cron {
            expr,
            zone: task.zone(ZONE),
        })
        .or_else(|| {
            let every = interval(task).or_else(|| spoken(task));
            every.map(|every| Schedule::Every {
                every,
                anchor: None,
            })
        })
}

/// `{hour: 9, minute: 30}`, `{days: ["mon", "wed"], time: "18:00"}`: a clock, and the weekdays it counts for. A clock alone is every
/// day's where nothing says which day's it is, and nothing is told of how it went.
fn clocked(task: &Members<'_>, day: Option<Day>, ctx: &Context<'_>) -> Option<Schedule> {
    let days = task
        .get(&[
            "days",
            "weekdays",
            "daysofweek",
            "dayofweek",
            "dow",
            "weekday",
        ])
        .and_then(weekdays);
    let by_hour = task.count(&["hour"]).filter(|hour| *hour < 24).map(|hour| {
        let minute = task.count(&["minute", "min"]).filter(|minute| *minute < 60);
        (hour, minute.unwrap_or(0))
    });
    let by_clock = || {
        let clock = clock(&task.get(&["time"])?.text()?, ctx)?;
        Some((
            u64::from(clock.0 / 3_600 % 24),
            u64::from(clock.0 / 60 % 60),
        ))
    };
    let told = task
        .get(STATUS)
        .or_else(|| task.get(super::task::DONE_AT))
        .is_some();
    let standing = days.is_some() || (by_hour.is_some() && day.is_none());
    let bare = super::task::ahead(ctx.path) == super::task::WHEN && day.is_none() && !told;
    if task.get(super::task::DUE).is_some() || !(standing || bare) {
        return None;
    }
    let (hour, minute) = by_hour.or_else(by_clock)?;
    Some(Schedule::Cron {
        expr: Untrusted::from(format!(
            "{minute} {hour} * * {}",
            days.as_deref().unwrap_or("*")
        )),
        zone: task.zone(ZONE),
    })
}

/// Weekdays as a cron pattern names them: of a list, or of a text with commas.
fn weekdays(node: Node<'_>) -> Option<String> {
    let own = node.text();
    let texts: Vec<String> = match &own {
        Some(text) => text.split([',', ' ']).map(str::to_owned).collect(),
        None => node
            .items()
            .filter_map(|day| Some(day.text()?.into_owned()))
            .collect(),
    };
    let days: Option<Vec<&str>> = texts
        .iter()
        .filter(|day| !day.is_empty())
        .map(|day| weekday(day))
        .collect();
    days.filter(|days| !days.is_empty())
        .map(|days| days.join(","))
}

/// The weekdays that a word names, as cron says them.
pub(super) fn weekday(word: &str) -> Option<&'static str> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "sun" | "sunday" => "0",
        "mon" | "monday" => "1",
        "tue" | "tues" | "tuesday" => "2",
        "wed" | "wednesday" => "3",
        "thu" | "thur" | "thurs" | "thursday" => "4",
        "fri" | "friday" => "5",
        "sat" | "saturday" => "6",
        "weekdays" | "weekday" | "workdays" => "1-5",
        "weekend" | "weekends" => "0,6",
        "daily" | "everyday" | "every_day" => "*",
        _ => return None,
    })
}

/// `every: "6h"`, `interval: "30 minutes"`, `every: {hours: 2}`: a bare number says no unit.
fn spoken(rule: &Members<'_>) -> Option<Span> {
    let node = rule.get(&["every", "interval"])?;
    let every = match node.kind() {
        Kind::Object => interval(&Members::of(node)),
        Kind::Text { .. } if node.number().is_none() => timestamp::length(&node.text()?),
        Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Text { .. } | Kind::Array => None,
    };
    every.filter(|every| every.0 > 0)
}

fn cron(rule: &Members<'_>) -> Option<Schedule> {
    let expr = rule.text(&[
        "expr",
        "pattern",
        "cron",
        "expression",
        "cronexpression",
        "cronexpr",
    ])?;
    is_cron(expr.exact()).then(|| Schedule::Cron {
        expr,
        zone: rule.zone(ZONE),
    })
}

/// Five or six fields of cron's characters, or a nickname.
fn is_cron(text: &str) -> bool {
    let fields = text.split_whitespace().count();
    let shaped = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b" \t*/,-?#@".contains(&b));
    shaped && ((5..=6).contains(&fields) || (fields == 1 && text.starts_with('@')))
}

fn every(rule: &Members<'_>, ctx: &Context<'_>) -> Option<Schedule> {
    let every = rule
        .span(&["every", "interval"], Span::SECOND)
        .filter(|every| every.0 > 0)
        .or_else(|| interval(rule))
        .or_else(|| spoken(rule))?;
    let anchor = rule.at(&["anchorms", "anchor"], ctx).or_else(|| {
        // Small anchors count from 1970 and are no time by themselves.
        rule.count(&["anchorms"]).map(|ms| Ts(ms as i64))
    });
    Some(Schedule::Every { every, anchor })
}

fn interval(rule: &Members<'_>) -> Option<Span> {
    [
        (&["everyms", "intervalms"][..], Span(1)),
        (
            &[
                "everys",
                "intervals",
                "intervalseconds",
                "seconds",
                "everyseconds",
            ][..],
            Span::SECOND,
        ),
        (
            &["minutes", "intervalminutes", "everyminutes"][..],
            Span::MINUTE,
        ),
        (&["hours", "intervalhours", "everyhours"][..], Span::HOUR),
    ]
    .into_iter()
    .find_map(|(names, unit)| rule.span(names, unit))
    .filter(|every| every.0 > 0)
}

/// `{interval: "daily", time: "11:00"}`, also hourly and weekly without a time.
fn daily(rule: &Members<'_>, ctx: &Context<'_>) -> Option<Schedule> {
    let word = rule.text(&["interval", "frequency", "every", "kind", "type"])?;
    let time = match rule.get(&["time", "at"]) {
        Some(node) => Some(clock(&node.text()?, ctx)?),
        None => None,
    };
    often(word.exact(), time, rule.zone(ZONE))
}

/// A clock and nothing else: `09:30`, `9am`.
pub(super) fn clock(text: &str, ctx: &Context<'_>) -> Option<ClockTime> {
    let text = text.trim();
    let (found, end) = timestamp::scan(text, ctx.vocabulary)?;
    let alone = found.day.is_none() && end == text.len();
    alone.then_some(ClockTime(found.clock? / 1_000))
}

/// `daily` and its kin, with the clock that stands beside it.
fn often(word: &str, time: Option<ClockTime>, zone: Option<Zone>) -> Option<Schedule> {
    match (word.to_ascii_lowercase().as_str(), time) {
        ("daily" | "day", Some(time)) => {
            let expr = format!("{} {} * * *", time.0 / 60 % 60, time.0 / 3_600 % 24);
            Some(Schedule::Cron {
                expr: Untrusted::from(expr),
                zone,
            })
        }
        ("daily" | "day", None) => Some(Schedule::Every {
            every: Span::DAY,
            anchor: None,
        }),
        ("hourly" | "hour", _) => Some(Schedule::Every {
            every: Span::HOUR,
            anchor: None,
        }),
        ("weekly" | "week", None) => Some(Schedule::Every {
            every: Span::days(7),
            anchor: None,
        }),
        _ => None,
    }
}

fn at(rule: &Members<'_>, day: Option<Day>, ctx: &Context<'_>) -> Option<Schedule> {
    let stamp = rule.stamp(&["at", "runat", "atms", "runatms", "time"], day, ctx)?;
    Some(Schedule::At(stamp.at))
}

/// `0 8 * * *`, `every 30m`, `2026-03-28T10:00:00Z`.
pub(super) fn of_text(node: Node<'_>, day: Option<Day>, ctx: &Context<'_>) -> Option<Schedule> {
    let text = node.text()?;
    if is_cron(&text) {
        return Some(Schedule::Cron {
            expr: Untrusted::new(text),
            zone: None,
        });
    }
    let said = text.trim().to_ascii_lowercase();
    let rest = said.strip_prefix("every ").unwrap_or(&said);
    if let Some(every) = timestamp::length(rest).filter(|_| rest.len() < said.len()) {
        return (every.0 > 0).then_some(Schedule::Every {
            every,
            anchor: None,
        });
    }
    let (word, time) = match rest.split_once(" at ") {
        Some((word, time)) => (word, Some(clock(time, ctx)?)),
        None => (rest, None),
    };
    if let Some(rule) = often(word, time, None) {
        return Some(rule);
    }
    super::super::slots::moment(node, || day, ctx).map(|stamp| Schedule::At(stamp.at))
}
