//! The schedule of a task: the union of `cron`, `every` and `at`, under all the names it goes by.

use crate::domain::schedule::Schedule;
use crate::domain::text::Untrusted;
use crate::domain::time::{ClockTime, Day, Span, Ts};

use super::super::json::{Kind, Node};
use super::super::members::Members;
use super::super::{Context, timestamp};

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
    own.or_else(|| bare(task)).or_else(|| {
        task.get(&["scheduletype"])
            .and_then(|_| of_members(task, day, ctx))
    })
}

fn of_members(rule: &Members<'_>, day: Option<Day>, ctx: &Context<'_>) -> Option<Schedule> {
    let kind = rule.text(&["kind", "scheduletype", "type"]);
    let kind = kind.as_ref().map_or("", Untrusted::exact);
    match kind.to_ascii_lowercase().as_str() {
        "at" | "once" => at(rule, day, ctx),
        "every" | "interval" => every(rule, ctx).or_else(|| cron(rule)),
        "cron" => cron(rule),
        _ => cron(rule)
            .or_else(|| every(rule, ctx))
            .or_else(|| daily(rule))
            .or_else(|| at(rule, day, ctx)),
    }
}

/// `cron: "…"` or `interval_minutes: 30` beside the other members of a task.
fn bare(task: &Members<'_>) -> Option<Schedule> {
    let expr = task.text(&["cron", "cronexpression", "cronexpr"]);
    expr.filter(|e| is_cron(e.exact()))
        .map(|expr| Schedule::Cron {
            expr,
            zone: task.zone(&["tz", "timezone"]),
        })
        .or_else(|| {
            interval(task).map(|every| Schedule::Every {
                every,
                anchor: None,
            })
        })
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
        zone: rule.zone(&["tz", "timezone"]),
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
        .or_else(|| interval(rule))?;
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
fn daily(rule: &Members<'_>) -> Option<Schedule> {
    let word = rule.text(&["interval", "frequency", "every"])?;
    let time = rule
        .get(&["time", "at"])
        .and_then(|n| ClockTime::parse(&n.text()?));
    let zone = rule.zone(&["tz", "timezone"]);
    match (word.exact().to_ascii_lowercase().as_str(), time) {
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
fn of_text(node: Node<'_>, day: Option<Day>, ctx: &Context<'_>) -> Option<Schedule> {
    let text = node.text()?;
    if is_cron(&text) {
        return Some(Schedule::Cron {
            expr: Untrusted::new(text),
            zone: None,
        });
    }
    if let Some(length) = text.strip_prefix("every ").and_then(timestamp::length) {
        return (length.0 > 0).then_some(Schedule::Every {
            every: length,
            anchor: None,
        });
    }
    super::super::slots::moment(node, || day, ctx).map(|stamp| Schedule::At(stamp.at))
}
