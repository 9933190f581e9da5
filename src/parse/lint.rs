//! The contract check, for people and for the models that write these files.
//!
//! The readers take what they can get; this says what the contract asks for: line, column, what was expected and how to
//! mend it. Every occurrence is reported.

use super::diagnostic::{Diagnostic, DiagnosticKind};
use super::json::Node;
use super::plan_file::{documents, list_of};
use super::report::{Advice, Reporter};
use super::{Chunk, Context, Reader, lock, log, plan, stream};

mod rule;
#[cfg(test)]
mod tests;

use rule::{Rule, Want, check};

const BEAT: &[Rule] = &[
    Rule::must("ts", Want::Time),
    Rule::must(
        "status",
        Want::Word(&["running", "ok", "partial", "skipped", "failed"]),
    ),
    Rule::may("agent", Want::Text),
    Rule::should("run_id", Want::Text),
    Rule::should("task", Want::Text),
    Rule::may("due", Want::Time),
    Rule::may("started", Want::Time),
    Rule::may("duration_ms", Want::Number),
    Rule::may("did", Want::Items),
    Rule::may("skipped", Want::Items),
    Rule::may("failed", Want::Items),
    Rule::may("resource", Want::Texts),
    Rule::may("msg", Want::Text),
    Rule::may("next", Want::Time),
    Rule::may("epoch", Want::Number),
    Rule::may("pid", Want::Number),
    Rule::may("pid_started", Want::Time),
    Rule::may("host", Want::Text),
    Rule::may("tokens_in", Want::Number),
    Rule::may("tokens_out", Want::Number),
    Rule::may("cost_usd", Want::Number),
];

const TIERS: &[&str] = &["read-only", "append-only", "mutating"];

const STEP: &[Rule] = &[
    Rule::must("ts", Want::Time),
    Rule::must("do", Want::Text),
    Rule::must(
        "status",
        Want::Word(&["intended", "ready", "done", "failed", "skipped"]),
    ),
    Rule::should("run_id", Want::Text),
    Rule::should("step", Want::Text),
    Rule::may("task", Want::Text),
    Rule::may("target", Want::Text),
    Rule::should("tier", Want::Word(TIERS)),
    Rule::may("reversible", Want::Flag),
    Rule::may("key", Want::Text),
    Rule::may("epoch", Want::Number),
    Rule::may("why", Want::Text),
];

const PLAN: &[Rule] = &[
    Rule::may("agent", Want::Text),
    Rule::may("date", Want::Day),
    Rule::should("tz", Want::Zone),
    Rule::should("generated", Want::Time),
    Rule::may("limits", Want::Object),
    Rule::may("quiet", Want::List),
    Rule::may("grace_s", Want::Number),
    Rule::may("spacing_s", Want::Number),
    Rule::must("tasks", Want::List),
];

const TASK: &[Rule] = &[
    Rule::must("id", Want::Text),
    Rule::may("title", Want::Text),
    Rule::may("due", Want::Time),
    Rule::may("jitter_s", Want::Number),
    Rule::may("est_s", Want::Number),
    Rule::may("priority", Want::Number),
    Rule::may("uses", Want::Object),
    Rule::may("resource", Want::Texts),
    Rule::should("tier", Want::Word(TIERS)),
    Rule::may("reversible", Want::Flag),
    Rule::may("key", Want::Text),
    Rule::may("depends_on", Want::List),
    Rule::may(
        "status",
        Want::Word(&[
            "pending", "claimed", "running", "review", "done", "skipped", "failed",
        ]),
    ),
    Rule::may("claim", Want::Object),
    Rule::may("attempt", Want::Number),
    Rule::may("reviewer", Want::Text),
    Rule::may("done_criteria", Want::List),
    Rule::may("enabled", Want::Flag),
    Rule::may("on_demand", Want::Flag),
    Rule::may("shared", Want::Flag),
    Rule::may("expect_min", Want::Number),
];

const CLAIM: &[Rule] = &[
    Rule::may("by", Want::Text),
    Rule::may("run", Want::Text),
    Rule::may("at", Want::Time),
    Rule::must("epoch", Want::Number),
    Rule::should("lease_s", Want::Number),
];

const LOCK: &[Rule] = &[
    Rule::must("holder", Want::Text),
    Rule::should("run_id", Want::Text),
    Rule::may("epoch", Want::Number),
    Rule::must("acquired", Want::Time),
    Rule::may("renewed", Want::Time),
    Rule::must("ttl_s", Want::Number),
];

const NO_DATES: Advice = Advice {
    expected: "at least one dated heading such as \"## 2026-03-29\"",
    remedy: "put each day's lessons under a heading with its date; without one this is a document",
};
const NO_RULE: Advice = Advice {
    expected: "\"due\" or \"schedule\"",
    remedy: "give the task a due time, or a schedule of kind cron, every or at",
};
const NO_GUARD: Advice = Advice {
    expected: "\"key\" or \"resource\" on a mutating task",
    remedy: "give it a dedupe key, or the resource whose lock it takes, so that it cannot run twice",
};
const OWN_REVIEW: Advice = Advice {
    expected: "a reviewer who is not the one who does the work",
    remedy: "name another agent as reviewer",
};
const NO_SUCH_TASK: Advice = Advice {
    expected: "the id of a task of this file",
    remedy: "name a task of the same plan in depends_on",
};

/// Checks a file as a whole against the contract.
pub fn file(reader: Reader, bytes: &[u8], ctx: &Context<'_>) -> Vec<Diagnostic> {
    match reader {
        Reader::Json => lines(bytes, BEAT),
        Reader::Wal => lines(bytes, STEP),
        Reader::Plan => plan_file(bytes, ctx),
        Reader::Lock => lock_file(bytes, ctx),
        Reader::Insights => insights(bytes, ctx),
        Reader::Text | Reader::Markdown | Reader::Snapshot => whole(reader, bytes, ctx).diagnostics,
        Reader::CronStore => super::store(bytes, ctx).1,
        Reader::LifeSign | Reader::Tracking | Reader::Document => Vec::new(),
    }
}

fn whole(reader: Reader, bytes: &[u8], ctx: &Context<'_>) -> super::Parsed {
    log(reader, Chunk::whole(bytes), ctx)
}

fn lines(bytes: &[u8], rules: &[Rule]) -> Vec<Diagnostic> {
    let reporter = Reporter::of_every_doubt(bytes);
    let rest = stream::read_into(
        reporter,
        Chunk::whole(bytes),
        |object, reporter| {
            check(object, rules, reporter);
            None
        },
        |_| {},
    );
    let mut diagnostics = rest.diagnostics;
    diagnostics.sort_by_key(|d| d.offset);
    diagnostics
}

fn insights(bytes: &[u8], ctx: &Context<'_>) -> Vec<Diagnostic> {
    let parsed = whole(Reader::Insights, bytes, ctx);
    let mut reporter = Reporter::of_every_doubt(bytes);
    if parsed.records.is_empty() && !bytes.is_empty() {
        reporter.say(DiagnosticKind::MissingField, 0, NO_DATES);
    }
    reporter.out
}

fn lock_file(bytes: &[u8], ctx: &Context<'_>) -> Vec<Diagnostic> {
    let (_, mut diagnostics) = lock(bytes, ctx);
    if diagnostics.is_empty() {
        diagnostics = document(bytes, |root, reporter| check(root, LOCK, reporter));
    }
    diagnostics
}

/// The diagnostics of reading, then those of `look` on the last document.
fn document(bytes: &[u8], look: impl FnOnce(Node<'_>, &mut Reporter<'_>)) -> Vec<Diagnostic> {
    let mut reporter = Reporter::of_every_doubt(bytes);
    let source = super::json::Source::new(bytes);
    let tapes = documents(bytes, &mut reporter);
    if let Some(tape) = tapes.last() {
        look(tape.root(&source), &mut reporter);
    }
    reporter.out
}

fn plan_file(bytes: &[u8], ctx: &Context<'_>) -> Vec<Diagnostic> {
    let (plan, read) = plan(bytes, ctx);
    let harm = |d: &Diagnostic| d.kind.is_damage() || d.kind == DiagnosticKind::DuplicateId;
    let mut out: Vec<Diagnostic> = read.into_iter().filter(harm).collect();
    if out.iter().any(|d| d.kind == DiagnosticKind::Oversize) {
        return out;
    }
    let ids: std::collections::HashSet<&str> = plan.tasks.iter().map(|t| t.id.as_str()).collect();
    let found = document(bytes, |root, reporter| {
        check(root, PLAN, reporter);
        let Some((_, list)) = list_of(root) else {
            return;
        };
        for entry in list.items().filter(Node::is_object) {
            check(entry, TASK, reporter);
            task(entry, &ids, reporter);
        }
    });
    out.extend(found.into_iter().filter(|d| !d.kind.is_damage()));
    out.sort_by_key(|d| d.offset);
    out
}

/// What the members of a task must be together.
fn task(entry: Node<'_>, ids: &std::collections::HashSet<&str>, reporter: &mut Reporter<'_>) {
    let place = entry.span().0;
    let has = |key| entry.get(key).is_some_and(|node| !node.is_empty());
    let text = |key| entry.get(key).and_then(|node| node.text());
    let on_demand = entry.get("on_demand").and_then(|n| n.boolean()) == Some(true);
    if !has("due") && !has("schedule") && !on_demand {
        reporter.say(DiagnosticKind::MissingField, place, NO_RULE);
    }
    if text("tier").as_deref() == Some("mutating") && !has("key") && !has("resource") {
        reporter.say(DiagnosticKind::MissingField, place, NO_GUARD);
    }
    if let Some(claim) = entry.get("claim").filter(Node::is_object) {
        check(claim, CLAIM, reporter);
        let by = claim.get("by").and_then(|n| n.text());
        if by.is_some() && by == text("reviewer") {
            let at = entry.get("reviewer").map_or(place, |n| n.span().0);
            reporter.say(DiagnosticKind::WrongType, at, OWN_REVIEW);
        }
    }
    for needed in entry.get("depends_on").into_iter().flat_map(|n| n.items()) {
        if needed.text().is_none_or(|id| !ids.contains(&*id)) {
            reporter.say(DiagnosticKind::WrongType, needed.span().0, NO_SUCH_TASK);
        }
    }
}
