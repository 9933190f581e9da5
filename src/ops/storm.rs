//! The three ways out of an outage, as orders: each overdue task once.

use super::request::Request;
use crate::domain::id::OpId;
use crate::domain::text::plural;
use crate::domain::time::Zone;
use crate::domain::verb::Verb;
use crate::plan::make::{Crowd, Excess, Storm};

/// One way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub title: &'static str,
    /// What would come of it.
    pub says: String,
    pub orders: Vec<Request>,
}

/// Run, skip, spread.
pub fn ways(storm: &Storm, zone: Zone) -> [Way; 3] {
    [run(storm), skip(storm), spread(storm, zone)]
}

/// `7 tasks of 4 agents are overdue since 02:10`; nothing where nothing is.
pub fn title(storm: &Storm, zone: Zone) -> Option<String> {
    let first = storm.overdue.iter().map(|one| one.first).min()?;
    let agents = storm.overdue.chunk_by(|a, b| a.agent == b.agent).count();
    Some(format!(
        "{} of {} overdue since {}",
        plural(storm.overdue.len() as u64, "task"),
        plural(agents as u64, "agent"),
        zone.weekday_hhmm(first)
    ))
}

/// `3 on linkedin together, social 12 of 8 comment`; nothing where nothing is in its way.
pub fn crush(storm: &Storm) -> Option<String> {
    let crowd = |crowd: &Crowd| format!("{} on {} together", crowd.tasks.len(), crowd.resource);
    let excess =
        |one: &Excess| format!("{} {} of {} {}", one.agent, one.would, one.most, one.action);
    let crowds = storm.crowds.iter().map(crowd);
    let all: Vec<String> = crowds.chain(storm.excess.iter().map(excess)).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// What is in time still is left to its agent.
fn run(storm: &Storm) -> Way {
    let over = storm.overdue.iter().filter(|one| !one.in_time);
    let orders: Vec<Request> = over
        .map(|one| order(Verb::Retry, &one.agent, &one.task.id))
        .collect();
    let left = match storm.overdue.len() - orders.len() {
        0 => String::new(),
        n => format!("; {n} in time still"),
    };
    let crush = crush(storm).unwrap_or_else(|| "nothing is in its way".to_owned());
    Way {
        title: "run",
        says: format!("asks for {} at once: {crush}{left}", orders.len()),
        orders,
    }
}

fn skip(storm: &Storm) -> Way {
    let orders: Vec<Request> = storm
        .overdue
        .iter()
        .map(|one| order(Verb::Skip, &one.agent, &one.task.id))
        .collect();
    Way {
        title: "skip",
        says: format!(
            "{} flagged and left undone, with one reason",
            plural(orders.len() as u64, "task")
        ),
        orders,
    }
}

fn spread(storm: &Storm, zone: Zone) -> Way {
    let mut placed: Vec<_> = storm.spread.placed.iter().collect();
    placed.sort_by_key(|one| one.at);
    let orders: Vec<Request> = placed
        .iter()
        .map(|one| order(Verb::Retry, &one.wish.agent, &one.wish.task.id).due(one.at))
        .collect();
    let span = match (placed.first(), placed.last()) {
        (Some(first), Some(last)) if first.at == last.at => {
            format!("{} at {}", orders.len(), zone.hhmm(first.at))
        }
        (Some(first), Some(last)) => {
            format!(
                "{} from {} to {}",
                orders.len(),
                zone.hhmm(first.at),
                zone.hhmm(last.at)
            )
        }
        (None, _) | (_, None) => "nothing fits into the rest of the day".to_owned(),
    };
    let left = match storm.spread.left.len() {
        0 => String::new(),
        n => format!("; {n} without room"),
    };
    Way {
        title: "spread",
        says: format!("{span}{left}"),
        orders,
    }
}

fn order(
    verb: Verb,
    agent: &crate::domain::id::AgentId,
    task: &crate::domain::id::TaskId,
) -> Request {
    Request::new(OpId::from(""), verb, agent.clone()).on(task)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::TaskId;
    use crate::domain::task::Task;
    use crate::domain::time::{Span, Ts};
    use crate::plan::make::{Made, Origin, Placed, Wish};

    fn spread_over(minutes: &[i64]) -> String {
        let placed = minutes.iter().map(|after| Placed {
            wish: Wish {
                task: Task::named(TaskId::from("post")),
                agent: "social".into(),
                origin: Origin::Unfinished,
                not_before: None,
                deadline: None,
                members: Vec::new(),
            },
            at: Ts(0) + Span::mins(*after),
            jitter: Span::ZERO,
        });
        let storm = Storm {
            spread: Made {
                placed: placed.collect(),
                ..Made::default()
            },
            ..Storm::default()
        };
        spread(&storm, Zone::UTC).says
    }

    #[test]
    fn a_spread_names_the_time_it_takes_up() {
        assert_eq!(spread_over(&[]), "nothing fits into the rest of the day");
        assert_eq!(spread_over(&[90]), "1 at 01:30");
        assert_eq!(spread_over(&[90, 30]), "2 from 00:30 to 01:30");
    }
}
