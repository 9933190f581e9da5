//! The filter line: `text`, `!text`, `agent:`, `task:`, `is:`, `tier:`, `age>2h`. Every term must hold.
//!
//! A word that is not understood is reported, never ignored: a filter that quietly matches everything misleads.

use crate::domain::action::Tier;
use crate::domain::finding::{Finding, Severity};
use crate::domain::fleet::{AgentView, Fleet, RowState, TaskView};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::TaskId;
use crate::domain::log::LogFilter;
use crate::domain::time::{Span, Ts};

use super::Mark;
use super::queue::{self, Group};

/// Words of `is:` beside those of rows.
const MORE_STATES: [&str; 9] = [
    "critical",
    "warning",
    "trouble",
    "unaccounted",
    "failed",
    "running",
    "skipped",
    "unknown",
    "blind",
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Text(String),
    Agent(String),
    Task(String),
    Is(String),
    Tier(Tier),
    Older(Span),
    Younger(Span),
}

/// A parsed filter line. The default lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<(Sense, Term)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Must,
    MustNot,
}

impl Filter {
    /// The terms that are understood, and a sentence for each that is not.
    pub fn parse(line: &str) -> (Self, Vec<String>) {
        let mut filter = Self::default();
        let mut problems = Vec::new();
        for word in line.split_whitespace() {
            let (sense, word) = match word.strip_prefix('!') {
                Some(rest) => (Sense::MustNot, rest),
                None => (Sense::Must, word),
            };
            if word.is_empty() {
                continue;
            }
            match term(word) {
                Ok(term) => filter.terms.push((sense, term)),
                Err(problem) => problems.push(problem),
            }
        }
        (filter, problems)
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub fn matches(&self, agent: &AgentView, now: Ts) -> bool {
        self.terms
            .iter()
            .all(|(sense, term)| (*sense == Sense::Must) == holds(term, agent, now))
    }

    /// The same question to a line of the queue: its subject, its sentences, how bad and how old it is.
    pub fn matches_group(&self, group: &Group<'_>, fleet: &Fleet, now: Ts) -> bool {
        if self.terms.is_empty() {
            return true;
        }
        let row = queue::row(group, fleet, now);
        self.terms.iter().all(|(sense, term)| {
            let holds = group
                .cases
                .iter()
                .any(|told| holds_for(term, &told.finding, now))
                || matches!(term, Term::Text(text) if contains(&row.subject, text))
                || matches!(term, Term::Is(word) if is_marked(row.mark, word));
            (*sense == Sense::Must) == holds
        })
    }

    /// The same question to the log. Agents are named in full from the fleet; `age` becomes a moment.
    pub fn log(&self, fleet: &Fleet, now: Ts) -> LogFilter {
        let mut log = LogFilter::default();
        let mut narrowed = false;
        for (sense, term) in &self.terms {
            let must = *sense == Sense::Must;
            match term {
                Term::Text(text) if must => log.words.push(text.clone()),
                Term::Text(text) => log.without.push(text.clone()),
                Term::Agent(_) | Term::Tier(_) => narrowed = true,
                Term::Task(task) if must => log.task = Some(whole_task(fleet, task)),
                Term::Task(task) => log.without.push(task.clone()),
                Term::Is(word) => log.statuses.extend(statuses(word, *sense)),
                Term::Older(span) => log.until = Some(now - *span),
                Term::Younger(span) => log.since = Some(now - *span),
            }
        }
        if narrowed {
            let wanted = fleet
                .agents
                .iter()
                .filter(|agent| self.narrows_to(agent, now));
            log.agents = wanted.map(|agent| agent.id.clone()).collect();
            if log.agents.is_empty() {
                log.agents.push("".into());
            }
        }
        log
    }

    fn narrows_to(&self, agent: &AgentView, now: Ts) -> bool {
        self.terms
            .iter()
            .filter(|(_, term)| matches!(term, Term::Agent(_) | Term::Tier(_)))
            .all(|(sense, term)| (*sense == Sense::Must) == holds(term, agent, now))
    }
}

fn term(word: &str) -> Result<Term, String> {
    if let Some(span) = word.strip_prefix("age>") {
        return age(span).map(Term::Older);
    }
    if let Some(span) = word.strip_prefix("age<") {
        return age(span).map(Term::Younger);
    }
    match word.split_once(':') {
        Some(("agent", name)) => Ok(Term::Agent(name.to_lowercase())),
        Some(("task", name)) => Ok(Term::Task(name.to_lowercase())),
        Some(("is", state)) => is(&state.to_lowercase()),
        Some(("tier", tier)) => tier_of(tier),
        _ => Ok(Term::Text(word.to_lowercase())),
    }
}

fn is(word: &str) -> Result<Term, String> {
    let known = |known: &str| known.starts_with(word);
    let marks = Mark::ALL.iter().map(|mark| mark.word());
    let mut words = marks.chain(MORE_STATES);
    if word.is_empty() || words.any(known) {
        Ok(Term::Is(word.to_owned()))
    } else {
        Err(
            "is: takes fail, gap, down, stale, skip, late, run, ok, paused, blind, trouble; states of tasks go to task:"
                .to_owned(),
        )
    }
}

fn tier_of(word: &str) -> Result<Term, String> {
    [Tier::ReadOnly, Tier::AppendOnly, Tier::Mutating]
        .into_iter()
        .find(|tier| !word.is_empty() && tier.word().starts_with(word))
        .map(Term::Tier)
        .ok_or_else(|| "tier: takes read-only, append-only or mutating".to_owned())
}

/// `90s`, `15m`, `2h`, `3d`, also joined: `2h30m`.
fn age(text: &str) -> Result<Span, String> {
    let wrong = || "age> takes a length such as 45s, 15m, 2h or 3d".to_owned();
    let mut total = Span::ZERO;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() && digits.len() < 6 {
            digits.push(c);
            continue;
        }
        let n: i64 = digits.parse().map_err(|_| wrong())?;
        digits.clear();
        total = total
            + match c {
                's' => Span::secs(n),
                'm' => Span::mins(n),
                'h' => Span::hours(n),
                'd' => Span::days(n),
                _ => return Err(wrong()),
            };
    }
    if digits.is_empty() && total > Span::ZERO {
        Ok(total)
    } else {
        Err(wrong())
    }
}

fn holds(term: &Term, agent: &AgentView, now: Ts) -> bool {
    match term {
        Term::Text(text) => mentions(agent, text),
        Term::Agent(name) => contains(agent.id.as_str(), name),
        Term::Task(word) => agent
            .tasks
            .iter()
            .any(|task| names(task, word) || task.state.word() == word),
        Term::Is(word) => is_in_state(agent, word),
        Term::Tier(tier) => agent
            .tasks
            .iter()
            .any(|task| task.tier.unwrap_or(Tier::Mutating) == *tier),
        Term::Older(span) => agent.last_beat.is_none_or(|at| now - at > *span),
        Term::Younger(span) => agent.last_beat.is_some_and(|at| now - at < *span),
    }
}

fn holds_for(term: &Term, found: &Finding, now: Ts) -> bool {
    match term {
        Term::Text(text) => contains(&found.sentence, text) || contains(found.kind.word(), text),
        Term::Agent(name) => contains(found.agent.as_str(), name),
        Term::Task(word) => found
            .task
            .as_ref()
            .is_some_and(|task| contains(task.as_str(), word)),
        Term::Is(word) => {
            found.severity.word().starts_with(word.as_str())
                || ("trouble".starts_with(word.as_str()) && found.severity > Severity::Info)
        }
        Term::Tier(tier) => found.blast.tier() == Some(*tier),
        Term::Older(span) => now - found.since > *span,
        Term::Younger(span) => now - found.since < *span,
    }
}

fn is_marked(mark: Mark, word: &str) -> bool {
    let own = mark.word();
    own.starts_with(word) || (own.len() > 2 && word.starts_with(own))
}

fn is_in_state(agent: &AgentView, word: &str) -> bool {
    if word.is_empty() {
        return true;
    }
    let trouble = agent.row.is_trouble() && "trouble".starts_with(word);
    let gap = agent.tally.unaccounted > 0 && "unaccounted".starts_with(word);
    let unknown = agent.row == RowState::Unknown && "unknown".starts_with(word);
    let words = [agent.row.word(), Mark::from(agent.row).word()];
    // `failed` asks for `fail`, `running` for `run`.
    let named = |own: &str| own.starts_with(word) || (own.len() > 2 && word.starts_with(own));
    trouble || gap || unknown || words.iter().any(|own| named(own))
}

fn mentions(agent: &AgentView, text: &str) -> bool {
    contains(agent.id.as_str(), text)
        || contains(&agent.headline, text)
        || agent.tasks.iter().any(|task| names(task, text))
        || agent
            .events
            .iter()
            .any(|event| contains(&event.what.text(), text))
}

fn names(task: &TaskView, text: &str) -> bool {
    contains(task.id.as_str(), text)
        || task
            .title
            .as_ref()
            .is_some_and(|title| contains(title.exact(), text))
}

/// `needle` is lower case already.
fn contains(hay: &str, needle: &str) -> bool {
    hay.to_lowercase().contains(needle)
}

/// A task's full name where exactly one matches, else the word as it is.
fn whole_task(fleet: &Fleet, word: &str) -> TaskId {
    let mut found = fleet
        .agents
        .iter()
        .flat_map(|agent| agent.tasks.iter())
        .map(|task| &task.id)
        .filter(|id| contains(id.as_str(), word));
    match found.next() {
        Some(first) if found.all(|other| other == first) => first.clone(),
        _ => TaskId::from(word),
    }
}

fn statuses(word: &str, sense: Sense) -> Vec<RunStatus> {
    let trouble = [RunStatus::Partial, RunStatus::Failed, RunStatus::Blocked];
    let named = |status: &RunStatus| {
        status.word().starts_with(word)
            || Mark::from(*status).word().starts_with(word)
            || ("trouble".starts_with(word) && trouble.contains(status))
    };
    RunStatus::ALL
        .into_iter()
        .filter(|status| named(status) == (sense == Sense::Must))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn names(line: &str) -> Vec<String> {
        let fleet = fixture::fleet();
        let (filter, problems) = Filter::parse(line);
        assert_eq!(problems, Vec::<String>::new());
        fleet
            .agents
            .iter()
            .filter(|agent| filter.matches(agent, fleet.at))
            .map(|agent| agent.id.to_string())
            .collect()
    }

    #[test]
    fn each_term_narrows() {
        assert_eq!(names("agent:pub"), ["publisher"]);
        assert_eq!(names("is:stale"), ["mail-bot"]);
        assert_eq!(names("is:fail"), ["publisher"], "by the row alone");
        assert_eq!(names("is:failed"), ["publisher"]);
        assert_eq!(names("task:failed"), ["publisher"]);
        assert_eq!(
            names("is:trouble !agent:out"),
            ["audit", "drafter", "mail-bot", "publisher"]
        );
        assert_eq!(names("task:newsletter"), ["publisher"]);
        assert_eq!(names("NEWSLETTER smtp"), ["publisher"]);
        assert_eq!(names("age>3h"), ["backups", "mail-bot"]);
        assert_eq!(names("age<2m").len(), 2);
        assert_eq!(names("tier:mut").len(), 14);
        assert_eq!(names("tier:read").len(), 0);
        assert_eq!(names("is:unaccounted"), ["audit", "drafter"]);
        assert_eq!(names("!").len(), 14);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for line in ["is:purple", "tier:gold", "age>soon", "age>", "age>5"] {
            let (_, problems) = Filter::parse(line);
            assert_eq!(problems.len(), 1, "{line}");
        }
    }

    #[test]
    fn the_log_is_asked_the_same() {
        let fleet = fixture::fleet();
        let (filter, _) = Filter::parse("agent:mail is:fail !quiet age<1h smtp task:inbox");
        let log = filter.log(&fleet, fleet.at);
        assert_eq!(log.agents, vec!["mail-bot".into()]);
        assert_eq!(log.statuses, [RunStatus::Partial, RunStatus::Failed]);
        assert_eq!(
            (log.words, log.without),
            (vec!["smtp".to_owned()], vec!["quiet".to_owned()])
        );
        assert_eq!(log.since, Some(fleet.at - Span::HOUR));
        assert_eq!(log.task, Some("inbox".into()));
        let (nobody, _) = Filter::parse("agent:nobody");
        assert_eq!(
            nobody.log(&fleet, fleet.at).agents.len(),
            1,
            "never widens to everyone"
        );
    }
}
