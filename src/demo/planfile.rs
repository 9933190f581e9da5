//! The documents that agents keep: plans and INSIGHTS.

use std::fmt::{self, Write};

use crate::domain::time::{Day, Span, Ts};

use super::assignment::Assignment;
use super::day::{Planned, Program, Run};
use super::plants::Fate;
use super::record::{quote, resource_name, run_id};
use super::rng::Rng;
use super::roster::PlanHabit;
use super::slots::cron;
use super::words::{push_number, say};
use super::world::{Member, World};

/// Seconds between the claim of a task and the start of its run.
const CLAIM_LEAD: Span = Span::secs(3);
/// Seconds between the end of a run and the plan saying so.
const BOOKED: Span = Span::secs(1);

/// The plan of a day as it stood at a moment.
pub(super) fn plan(world: &World, program: &Program, as_of: Ts) -> String {
    let member = &world.members[program.agent];
    let role = member.role;
    let mut out = String::with_capacity(4_096);
    out.push_str("{\"agent\":");
    quote(&mut out, &member.name);
    if role.plan != PlanHabit::Standing {
        put(&mut out, format_args!(",\"date\":\"{}\"", program.day));
    }
    let first = world.spec.from();
    let made = if role.plan == PlanHabit::Standing {
        first
    } else {
        program.generated.max(first)
    };
    put(
        &mut out,
        format_args!(
            ",\"tz\":\"{}\",\"generated\":\"{}\"",
            member.zone,
            member.zone.rfc3339(made)
        ),
    );
    head(&mut out, member);
    out.push_str(",\n \"tasks\":[");
    // A plan that was made in the middle of a day plans the rest of that day.
    let ahead = |(_, task): &(usize, &Planned)| {
        let mut forgotten = program.forgotten.iter();
        let is_gone =
            forgotten.any(|(id, from, to)| task.spec.id == *id && *from <= as_of && as_of < *to);
        task.listed && !is_gone && task.due.is_none_or(|due| due >= first)
    };
    for (place, (nth, task)) in program.tasks.iter().enumerate().filter(ahead).enumerate() {
        out.push_str(if place == 0 { "\n  " } else { ",\n  " });
        entry(&mut out, (member, program), nth, task, as_of);
    }
    out.push_str("]}\n");
    out
}

fn put(out: &mut String, text: fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = out.write_fmt(text);
}

fn head(out: &mut String, member: &Member) {
    let role = member.role;
    if !role.limits.is_empty() {
        out.push_str(",\"limits\":{");
        for (nth, (action, most)) in role.limits.iter().enumerate() {
            out.push_str(if nth == 0 { "" } else { "," });
            put(out, format_args!("\"{action}\":{most}"));
        }
        out.push('}');
    }
    if let Some(grace) = role.grace_s {
        put(out, format_args!(",\"grace_s\":{grace}"));
    }
    if role
        .tasks
        .iter()
        .any(|task| task.resource == Some("linkedin"))
    {
        out.push_str(",\"spacing_s\":300");
    }
}

fn entry(
    out: &mut String,
    (member, program): (&Member, &Program),
    nth: usize,
    task: &Planned,
    as_of: Ts,
) {
    let spec = task.spec;
    out.push_str("{\"id\":");
    quote(out, &task.id);
    out.push_str(",\"title\":");
    quote(out, spec.title);
    match task.due {
        Some(due) => put(
            out,
            format_args!(",\"due\":\"{}\"", member.zone.rfc3339(due)),
        ),
        None => put(
            out,
            format_args!(
                ",\"schedule\":{{\"kind\":\"cron\",\"expr\":\"{}\",\"tz\":\"{}\"}}",
                cron(spec.rhythm, member.generation),
                member.zone
            ),
        ),
    }
    out.push_str(",\"jitter_s\":120");
    declared(out, member, spec);
    if let Some(since) = program.held.filter(|since| *since <= as_of) {
        let since = member.zone.rfc3339(since);
        put(
            out,
            format_args!(",\"held\":{{\"since\":\"{since}\",\"why\":\"bank access expired\"}}"),
        );
    }
    if task.due.is_some() {
        progress(out, member, program, nth, read(program, nth, as_of));
    }
    out.push('}');
}

/// The moment up to which the writer has read about a task: one that writes an update away has not seen its end.
fn read(program: &Program, nth: usize, as_of: Ts) -> Ts {
    let id = program.tasks[nth].spec.id;
    let mut lost = program.lost.iter();
    let is_lost = lost.any(|(task, from, to)| *task == id && *from <= as_of && as_of < *to);
    let ended = program.runs.iter().rfind(|run| run.task == nth);
    match ended.filter(|run| is_lost && run.end < as_of) {
        Some(run) => run.end - Span::SECOND,
        None => as_of,
    }
}

/// What the task may touch and spend.
fn declared(out: &mut String, member: &Member, spec: &Assignment) {
    put(
        out,
        format_args!(
            ",\"est_s\":{},\"tier\":\"{}\"",
            spec.est_s,
            spec.tier.word()
        ),
    );
    if let Some(reversible) = spec.reversible {
        put(out, format_args!(",\"reversible\":{reversible}"));
    }
    if let Some((action, count)) = spec.uses {
        put(out, format_args!(",\"uses\":{{\"{action}\":{count}}}"));
    }
    if let Some(resource) = spec.resource {
        put(
            out,
            format_args!(",\"resource\":[\"{}\"]", resource_name(member, resource)),
        );
    }
    if let Some(first) = spec.depends_on {
        put(out, format_args!(",\"depends_on\":[\"{first}\"]"));
    }
}

/// Status, claim and attempt of a task with a slot of its own.
fn progress(out: &mut String, member: &Member, program: &Program, task: usize, as_of: Ts) {
    let claimed = |run: &&Run| run.task == task && run.start - CLAIM_LEAD <= as_of;
    let Some(run) = program.runs.iter().rfind(claimed) else {
        out.push_str(",\"status\":\"pending\"");
        return;
    };
    if let Some((verb, at)) = order(run).filter(|(_, at)| *at <= as_of) {
        ordered(out, member, run, verb, at);
        return;
    }
    let status = match run.fate {
        Fate::Vanished => "claimed",
        _ if as_of < run.start => "claimed",
        Fate::Unfinished | Fate::Orphaned => "running",
        _ if as_of < run.end + BOOKED => "running",
        Fate::Misbooked(_) => "done",
        Fate::InReview => "review",
        Fate::NothingToDo | Fate::AlreadyDone(_) | Fate::Wordless => "skipped",
        fate if fate.cause().is_some() => "failed",
        _ => "done",
    };
    let epoch = run.epoch();
    let by = match run.fate {
        Fate::TakenOver(by) => by,
        _ => member.name.as_str(),
    };
    put(
        out,
        format_args!(
            ",\"status\":\"{status}\",\"claim\":{{\"by\":\"{by}\",\"run\":\"{}\",\"at\":\"{}\",\"epoch\":{epoch},\"lease_s\":1800}},\"attempt\":",
            run_id(run.seed),
            member.zone.rfc3339(run.start - CLAIM_LEAD),
        ),
    );
    push_number(out, u64::from(run.attempt));
}

/// What the operator did about a run that failed, and when.
fn order(run: &Run) -> Option<(&'static str, Ts)> {
    let at = run.end + Span::mins(30);
    match run.fate {
        Fate::AskedAgain(_) => Some(("retry", at)),
        Fate::Flagged(_) => Some(("skip", at)),
        _ => None,
    }
}

/// As rounds writes an order into a task.
fn ordered(out: &mut String, member: &Member, run: &Run, verb: &str, at: Ts) {
    let at = member.zone.rfc3339(at);
    let op = format!("{}ABCDEFGHJKMNPQR", run_id(run.seed));
    if verb == "skip" {
        put(
            out,
            format_args!(
                ",\"status\":\"skipped\",\"flag\":{{\"why\":\"the other blog asks us to wait\",\"by\":\"operator\",\"at\":\"{at}\",\"op\":\"{op}\"}}"
            ),
        );
    } else {
        out.push_str(",\"status\":\"pending\"");
    }
    put(
        out,
        format_args!(
            ",\"attempt\":{},\"last_op\":{{\"id\":\"{op}\",\"verb\":\"{verb}\",\"uid\":1000,\"tty\":\"pts/3\",\"at\":\"{at}\"}}",
            run.attempt
        ),
    );
}

/// When the plan of a day is written: when it is made, and at each claim, start and end of a task with a slot of its own.
pub(super) fn moments(program: &Program) -> Vec<Ts> {
    let mut at = vec![program.generated];
    for run in &program.runs {
        let task = &program.tasks[run.task];
        if task.due.is_none() {
            continue;
        }
        at.push(run.start - CLAIM_LEAD);
        if run.fate != Fate::Vanished {
            at.push(run.start);
        }
        if run.ends() {
            at.push(run.end + BOOKED);
        }
        at.extend(order(run).map(|(_, at)| at));
    }
    at.extend(program.held);
    at.extend(program.lost.iter().map(|(_, _, to)| *to));
    for (from, to) in &program.torn {
        at.extend([*from, *to]);
    }
    at
}

/// Eight weeks of lessons up to a day, newest first: what the agent writes on Sundays.
pub(super) fn insights(world: &World, agent: usize, as_of: Day) -> String {
    let member = &world.members[agent];
    let mut out = format!("# INSIGHTS — {}\n", member.name);
    let mut sunday = as_of.plus(-i64::from((as_of.weekday() + 1) % 7));
    for _ in 0..8 {
        let key = member.zone.start_of(sunday).0 as u64;
        let mut rng = Rng::keyed(&[world.spec.seed, 29, agent as u64, key]);
        put(&mut out, format_args!("\n## {sunday}\n### Worked\n"));
        lesson(&mut out, WORKED, &mut rng);
        lesson(&mut out, WORKED, &mut rng);
        out.push_str("### Didn't\n");
        lesson(&mut out, DID_NOT, &mut rng);
        out.push_str("### Change\n");
        lesson(&mut out, CHANGE, &mut rng);
        sunday = sunday.plus(-7);
    }
    out
}

fn lesson(out: &mut String, templates: &[&str], rng: &mut Rng) {
    let template = rng.pick(templates);
    say(out, template, rng);
    out.push('\n');
}

const WORKED: &[&str] = &[
    "- Runs before 10:00 took half as long ({n} of 14). #timing",
    "- Asking {who} first saved {d} rounds of rework. #people",
    "- Short posts about {topic} got {n} answers. #topic",
    "- Checking links before drafting: {d} broken ones found early. #order",
    "- Batches of {n} stayed under every rate limit. #limits",
];
const DID_NOT: &[&str] = &[
    "- Threads about {topic}: 0 answers in {n}. #topic",
    "- Retrying at once after HTTP 429 cost {n} more refusals. #limits",
    "- \"{title}\" needed {d} rewrites; the outline was missing. #order",
    "- {repo} changed its layout, {d} reports were wrong. #tools",
];
const CHANGE: &[&str] = &[
    "- [ ] Drop {topic} for a week",
    "- [ ] Wait {n} minutes after a refusal",
    "- [x] Outline before every draft",
    "- [ ] Ask before touching {repo}",
];
