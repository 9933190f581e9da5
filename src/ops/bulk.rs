//! Many orders at once: one after another, each with its own result.

use std::fmt::Write as _;

use super::change::{Plan, Refusal};
use super::confirm::Confirm;
use super::reach::Risk;
use super::request::Request;
use crate::domain::text::shown;
use crate::domain::time::Span;

/// Between two of them: time to see what happens, and to stop.
pub const STAGGER: Span = Span(300);
/// Ids that the summary names.
const NAMED: usize = 5;

/// What would be done, before anything is.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// In the order in which they are carried out: the harmless first.
    pub plans: Vec<Plan>,
    /// What is left out, and why.
    pub refused: Vec<(Request, Refusal)>,
    /// "retry 12 tasks: 9 read-only, 3 append-only; first digest, links, audit …"
    pub sentence: String,
    pub stagger: Span,
}

/// Puts planned orders together. What needs a code of its own is left out: it is never part of a bulk.
pub fn bulk(planned: Vec<(Request, Result<Plan, Refusal>)>) -> Bulk {
    let (mut plans, mut refused) = (Vec::new(), Vec::new());
    for (request, plan) in planned {
        match plan {
            Ok(plan) => match plan.level {
                Confirm::None | Confirm::Yes => plans.push(plan),
                Confirm::Code(_) | Confirm::CodeAndOutside(_) => {
                    let why = Refusal::new("it needs a code of its own").but("order it by itself");
                    refused.push((request, why));
                }
            },
            Err(refusal) => refused.push((request, refusal)),
        }
    }
    plans.sort_by(|a, b| {
        let of = |plan: &Plan| {
            (
                plan.blast.worst(),
                plan.request.agent.clone(),
                plan.request.task.clone(),
            )
        };
        of(a).cmp(&of(b))
    });
    let sentence = summary(&plans, refused.len());
    Bulk {
        plans,
        refused,
        sentence,
        stagger: STAGGER,
    }
}

fn summary(plans: &[Plan], refused: usize) -> String {
    let left = match refused {
        0 => String::new(),
        n => format!("; {n} left out"),
    };
    let Some(first) = plans.first() else {
        return format!("nothing to do{left}");
    };
    let mut counts = String::new();
    for risk in Risk::ALL {
        let asked = plans.iter().filter(|plan| !plan.blast.asked.is_empty());
        let n = asked.filter(|plan| plan.blast.worst() == risk).count();
        if n > 0 {
            let comma = if counts.is_empty() { ": " } else { ", " };
            let _ = write!(counts, "{comma}{n} {}", risk.word());
        }
    }
    let names: Vec<String> = plans
        .iter()
        .take(NAMED)
        .map(|plan| name(&plan.request))
        .collect();
    let more = if plans.len() > NAMED { " …" } else { "" };
    let tasks = if plans.len() == 1 {
        "1 order".to_owned()
    } else {
        format!("{} orders", plans.len())
    };
    format!(
        "{} {tasks}{counts}; first {}{more}{left}",
        first.request.verb.word(),
        names.join(", ")
    )
}

fn name(request: &Request) -> String {
    match &request.task {
        Some(task) => format!("{}/{task}", request.agent),
        None => request.agent.to_string(),
    }
}

/// What became of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fared {
    pub request: Request,
    /// In one sentence; it took effect or not.
    pub outcome: Result<String, String>,
}

/// The write-up, to be copied into wherever such things are kept.
pub fn write_up(reason: Option<&str>, results: &[Fared], not_begun: &[Request]) -> String {
    let done = results.iter().filter(|one| one.outcome.is_ok()).count();
    let mut out = format!(
        "## {done} of {} orders took effect\n",
        results.len() + not_begun.len()
    );
    if let Some(reason) = reason {
        let _ = write!(out, "\nReason: {}\n", escape(reason));
    }
    out.push_str("\n| order | result | undo |\n|---|---|---|\n");
    for one in results {
        let (sign, text, undo) = match &one.outcome {
            Ok(text) => ("✓", text, format!("`{}`", escape(one.request.op.as_str()))),
            Err(text) => ("✗", text, String::new()),
        };
        let order = format!("{} {}", one.request.verb.word(), name(&one.request));
        let _ = writeln!(
            out,
            "| {} | {sign} {} | {undo} |",
            escape(&order),
            escape(text)
        );
    }
    for request in not_begun {
        let order = format!("{} {}", request.verb.word(), name(request));
        let _ = writeln!(out, "| {} | – stopped before it began | |", escape(&order));
    }
    out
}

/// Fit for a cell of a Markdown table.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in shown(text).chars() {
        if matches!(c, '|' | '\\' | '`' | '*' | '_' | '<' | '[' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
