//! The standup for people.
//!
//! ```text
//! standup  Fri 2026-03-27 07:10 +02:00, since Thu 18:40
//! ✗ 5 need you, worst: publisher newsletter failed: SMTP 451
//! 14 agents, 141 runs: 137 did, 41 skipped, 4 failed, 3 unaccounted
//!
//! ✗ critical  1h39  publisher newsletter failed: SMTP 451
//!             publisher/heartbeat.jsonl:219  "SMTP 451"
//!
//!   agent      state       last  next  did skip fail  plan  gap  what happened
//! ✗ publisher  fail 1h39     9m 08:00    4         2   5/7       newsletter failed 3×
//!     ✗ send newsletter: SMTP 451 ×3, 05:31
//!     ✓ drafted "Why agents drift"; 3 links checked
//! ```

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Totals, of_class};
use crate::domain::finding::Finding;
use crate::domain::fleet::{AgentView, Fleet, TaskState, TaskView};
use crate::domain::heartbeat::ItemClass;
use crate::domain::id::AgentId;
use crate::domain::page::{FoldedItem, Items};
use crate::domain::text::{clean, cut};
use crate::domain::time::{Age, Ts, Zone};
use crate::report::sign::{faint, fitted, left, paint, right, sign_of, strong};
use crate::report::{Board, Form, Look};
use crate::view::standup::{Row, ranked, row};
use crate::view::{Mark, digest, pulse, spoken};

/// Items of one class shown for one agent; the rest is counted.
pub const MOST_ITEMS: usize = 5;
/// Findings shown, those of one kind and agent counting as one; the rest is counted.
const MOST_FINDINGS: usize = 20;
/// Of those of one kind and agent.
const MOST_ALIKE: usize = 2;

/// The whole standup, worst first.
pub fn text(board: &Board<'_>, look: Look) -> String {
    let fleet = board.fleet;
    let mut page = Page {
        out: String::with_capacity(256 + fleet.agents.len() * 240),
        look,
        now: fleet.at,
        zone: fleet.zone(),
    };
    page.head(fleet);
    page.findings(fleet);
    page.agents(board);
    page.health(fleet);
    fitted(page.out, look)
}

struct Page {
    out: String,
    look: Look,
    now: Ts,
    zone: Zone,
}

impl Page {
    fn head(&mut self, fleet: &Fleet) {
        let (now, zone) = (self.now, self.zone);
        strong(&mut self.out, self.look, "standup");
        let day = &zone.weekday_hhmm(now)[..3];
        let moment = zone.date_hhmm(now);
        let since = zone.told(fleet.since, now);
        let word = if fleet.past { "as of " } else { "" };
        let _ = writeln!(self.out, "  {word}{day} {moment} {zone}, since {since}");
        let pulse = pulse::pulse(fleet, fleet.at);
        self.mark(pulse.mark);
        self.out.push(' ');
        strong(&mut self.out, self.look, &pulse.verdict);
        if !pulse.worst.is_empty() {
            let _ = write!(self.out, ", {}", pulse.worst);
        }
        let totals = Totals::of(fleet);
        let _ = writeln!(
            self.out,
            "\n{}: {} did, {} skipped, {} failed, {} unaccounted",
            totals.who(),
            totals.did,
            totals.skipped,
            totals.failed,
            totals.unaccounted
        );
    }

    fn mark(&mut self, mark: Mark) {
        let sign = sign_of(mark, self.look);
        paint(&mut self.out, self.look, mark, sign);
    }

    fn findings(&mut self, fleet: &Fleet) {
        let folds = folded(pulse::urgent(fleet, fleet.at));
        if folds.is_empty() {
            return;
        }
        self.out.push('\n');
        for alike in folds.iter().take(MOST_FINDINGS) {
            for finding in alike.iter().take(MOST_ALIKE) {
                let row = fleet.agent(&finding.agent).map(|agent| agent.row);
                self.finding(finding, digest::mark(finding, row));
            }
            if let Some(first) = alike.first() {
                let what = format!("like this of {}", first.agent);
                let rest = alike.len().saturating_sub(MOST_ALIKE);
                self.more(rest, "                ", &what);
            }
        }
        let rest = folds.len().saturating_sub(MOST_FINDINGS);
        self.more(rest, "", "kinds of findings (--json has all)");
    }

    fn finding(&mut self, finding: &Finding, mark: Mark) {
        self.mark(mark);
        self.out.push(' ');
        left(&mut self.out, finding.severity.word(), 9);
        right(
            &mut self.out,
            &Age::at(self.now, finding.since).to_string(),
            5,
        );
        let _ = writeln!(self.out, "  {}", pulse::sentence(finding));
        let Some(proof) = finding.evidence.first() else {
            return;
        };
        let place = format!("{}:{}", proof.file, proof.locus.line);
        let quote = proof.text.shown_within(100);
        self.out.push_str("                  ");
        let line = if quote.is_empty() {
            place
        } else {
            format!("{place}  \"{quote}\"")
        };
        faint(&mut self.out, self.look, &line);
        self.out.push('\n');
    }

    fn agents(&mut self, board: &Board<'_>) {
        let fleet = board.fleet;
        if fleet.agents.is_empty() {
            return;
        }
        let places: HashMap<&AgentId, usize> = fleet
            .agents
            .iter()
            .enumerate()
            .map(|(n, agent)| (&agent.id, n))
            .collect();
        let order: Vec<usize> = ranked(fleet)
            .iter()
            .filter_map(|id| places.get(id).copied())
            .collect();
        if self.look.form == Form::Lines {
            self.out.push('\n');
            for n in order {
                let said = spoken::agent(&fleet.agents[n], self.now, self.zone);
                let _ = writeln!(self.out, "{said}");
                self.details(&fleet.agents[n], board.items_of(n));
            }
            return;
        }
        let rows: Vec<Row> = order
            .iter()
            .map(|n| row(&fleet.agents[*n], self.now, self.zone))
            .collect();
        let columns = Columns::of(&rows);
        self.out.push('\n');
        self.titles(&columns);
        for (n, row) in order.into_iter().zip(&rows) {
            self.row(row, &columns);
            self.details(&fleet.agents[n], board.items_of(n));
        }
    }

    fn titles(&mut self, columns: &Columns) {
        let mut line = String::from("  ");
        left(&mut line, "agent", columns.name);
        line.push_str("  ");
        left(&mut line, "state", columns.state);
        line.push_str(" last  next  did skip fail   plan gap  what happened");
        strong(&mut self.out, self.look, &line);
        self.out.push('\n');
    }

    fn row(&mut self, row: &Row, columns: &Columns) {
        self.mark(row.mark);
        let mut line = String::from(" ");
        left(&mut line, &row.name, columns.name);
        line.push_str("  ");
        left(&mut line, &state(row), columns.state);
        right(&mut line, &row.last, 5);
        right(&mut line, &row.next, 6);
        for count in [&row.did, &row.skipped, &row.failed] {
            right(&mut line, count, 5);
        }
        right(&mut line, &row.plan, 8);
        right(&mut line, &row.unaccounted, 4);
        line.push_str("  ");
        let used = 1 + unicode_width::UnicodeWidthStr::width(line.as_str());
        match self.look.width {
            Some(width) => line.push_str(&cut(&row.happened, width.saturating_sub(used).max(8))),
            None => line.push_str(&row.happened),
        }
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// What lies beneath a row: what nothing accounts for, what failed, what was skipped and why, what was done.
    fn details(&mut self, agent: &AgentView, items: &Items) {
        let gaps = gaps(agent);
        for (task, slots) in gaps.iter().take(MOST_ITEMS) {
            self.gap(task, *slots);
        }
        self.more(
            gaps.len().saturating_sub(MOST_ITEMS),
            "    ",
            "unaccounted tasks",
        );
        let different = items.different;
        for (class, all, word) in [
            (ItemClass::Failed, different.failed, "failed"),
            (ItemClass::Skipped, different.skipped, "skipped"),
        ] {
            for item in of_class(items, class).take(MOST_ITEMS) {
                self.item(item);
            }
            self.more((all as usize).saturating_sub(MOST_ITEMS), "    ", word);
        }
        self.done(items);
    }

    fn gap(&mut self, task: &TaskView, slots: u32) {
        self.out.push_str("    ");
        self.mark(task.state.into());
        let _ = write!(self.out, " {}: {}", task.id, task.state.word());
        times(&mut self.out, slots);
        if let Some(slot) = task.slot {
            let due = self.zone.told(slot, self.now);
            let due_word = if slots > 1 { "first due" } else { "due" };
            let _ = write!(self.out, ", {due_word} {due}, ");
            if task.state == TaskState::Late {
                let until = self
                    .zone
                    .told(slot + task.jitter + task.grace.value, self.now);
                let _ = write!(self.out, "in time until {until}");
            } else {
                let (grace, source) = (task.grace.value, task.grace.source.word());
                let _ = write!(self.out, "{grace} grace ({source})");
            }
        }
        self.out.push('\n');
    }

    fn item(&mut self, item: &FoldedItem) {
        self.out.push_str("    ");
        self.mark(item.class.into());
        let _ = write!(self.out, " {}", item.what);
        if let Some(why) = item.why.as_ref().filter(|why| !why.is_empty()) {
            let _ = write!(self.out, ": {why}");
        }
        times(&mut self.out, item.count);
        let _ = writeln!(self.out, ", {}", self.zone.told(item.at, self.now));
    }

    /// All that was done on one line: it is the quiet part.
    fn done(&mut self, items: &Items) {
        let done = items.different.did as usize;
        if done == 0 {
            return;
        }
        let mut line = String::new();
        let latest = of_class(items, ItemClass::Did).take(MOST_ITEMS);
        for (n, item) in latest.enumerate() {
            if n > 0 {
                line.push_str("; ");
            }
            let _ = write!(line, "{}", item.what);
            times(&mut line, item.count);
        }
        if done > MOST_ITEMS {
            let _ = write!(line, "; {} more", done - MOST_ITEMS);
        }
        self.out.push_str("    ");
        self.mark(Mark::Ok);
        let room = self
            .look
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(6).max(40));
        let _ = writeln!(self.out, " {}", cut(&line, room));
    }

    fn more(&mut self, rest: usize, indent: &str, what: &str) {
        if rest > 0 {
            let _ = writeln!(self.out, "{indent}  and {rest} more {what}");
        }
    }

    fn health(&mut self, fleet: &Fleet) {
        let health = &fleet.health;
        let mut lines: Vec<String> = Vec::new();
        if let Some(since) = health.blind_since {
            lines.push(format!("blind since {}", self.zone.told(since, self.now)));
        }
        lines.extend(
            health
                .blind
                .iter()
                .map(|name| format!("not read: {}", clean(name))),
        );
        if health.damaged_files > 0 {
            let s = if health.damaged_files == 1 { "" } else { "s" };
            lines.push(format!(
                "{} damaged file{s}: `rounds doctor` names them",
                health.damaged_files
            ));
        }
        if let Some(filling) = health.filling {
            let percent = filling.done_bytes * 100 / filling.total_bytes.max(1);
            lines.push(format!("older history is still being read: {percent} %"));
        }
        lines.extend(
            health
                .notices
                .iter()
                .map(|notice| clean(notice).into_owned()),
        );
        if lines.is_empty() {
            return;
        }
        self.out.push('\n');
        for line in lines {
            self.mark(Mark::Unknown);
            let _ = writeln!(self.out, " {line}");
        }
    }
}

/// Findings of one kind about one agent together, worst first, in the order of their worst.
fn folded<'a>(calls: impl IntoIterator<Item = &'a Finding>) -> Vec<Vec<&'a Finding>> {
    let mut folds: Vec<Vec<&Finding>> = Vec::new();
    for finding in calls {
        let is_alike =
            |first: &&Finding| first.kind == finding.kind && first.agent == finding.agent;
        let known = folds
            .iter_mut()
            .find(|alike| alike.first().is_some_and(is_alike));
        match known {
            Some(alike) => alike.push(finding),
            None => folds.push(vec![finding]),
        }
    }
    folds
}

/// Slots that nothing accounts for, folded by task and state: the first of each, and how many.
fn gaps(agent: &AgentView) -> Vec<(&TaskView, u32)> {
    let mut folds: Vec<(&TaskView, u32)> = Vec::new();
    for task in agent
        .tasks
        .iter()
        .filter(|task| task.state.is_unaccounted())
    {
        let known = folds
            .iter_mut()
            .find(|(first, _)| first.id == task.id && first.state == task.state);
        match known {
            Some((_, n)) => *n += 1,
            None => folds.push((task, 1)),
        }
    }
    folds
}

fn times(out: &mut String, count: u32) {
    if count > 1 {
        let _ = write!(out, " ×{count}");
    }
}

fn state(row: &Row) -> String {
    if row.lasting.is_empty() {
        row.word.to_owned()
    } else {
        format!("{} {}", row.word, row.lasting)
    }
}

/// Widths of the two columns that follow their content.
struct Columns {
    name: usize,
    state: usize,
}

impl Columns {
    fn of(rows: &[Row]) -> Self {
        use unicode_width::UnicodeWidthStr;
        let widest = |cells: &mut dyn Iterator<Item = usize>, least: usize| {
            cells.max().unwrap_or(0).max(least)
        };
        Self {
            name: widest(&mut rows.iter().map(|row| row.name.width()), 5),
            state: widest(&mut rows.iter().map(|row| state(row).width()), 5),
        }
    }
}
