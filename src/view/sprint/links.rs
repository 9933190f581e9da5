//! What ties the lanes of two agents together: the pair by name, and where it shows between them.

use super::Scale;
use crate::domain::fleet::Fleet;
use crate::domain::id::AgentId;
use crate::domain::link::{Link, LinkKind};
use crate::domain::text::clean;
use crate::domain::time::Ts;
use crate::view::Mark;

/// The links of the day as sentences, worst first.
pub fn links(fleet: &Fleet) -> Vec<(Mark, String)> {
    let mut links: Vec<&Link> = fleet.links.iter().collect();
    links.sort_by_key(|link| (link.kind, link.to.at));
    links
        .into_iter()
        .map(|link| (mark_of(link.kind), clean(&link.says).into_owned()))
        .collect()
}

fn mark_of(kind: LinkKind) -> Mark {
    match kind {
        LinkKind::Collision => Mark::Fail,
        LinkKind::Spacing => Mark::Late,
        LinkKind::Dependency => Mark::Gap,
    }
}

/// A line from one lane to another, in the column of the later end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    pub column: u16,
    /// Places of the two lanes, the upper one first.
    pub lanes: (usize, usize),
    pub mark: Mark,
}

/// Where links join the lanes of these agents on an axis; one of an agent with itself joins nothing. The worst come last, so
/// that they cover the others.
pub fn joins(fleet: &Fleet, lanes: &[AgentId], scale: &Scale) -> Vec<Join> {
    let lane = |agent: &AgentId| lanes.iter().position(|name| name == agent);
    let column = |at: Ts| scale.cell_of(at);
    let mut found: Vec<Join> = fleet
        .links
        .iter()
        .filter_map(|link| {
            let (a, b) = (lane(&link.from.agent)?, lane(&link.to.agent)?);
            let column = column(link.to.at).or_else(|| column(link.from.at))?;
            (a != b).then_some(Join {
                column,
                lanes: (a.min(b), a.max(b)),
                mark: mark_of(link.kind),
            })
        })
        .collect();
    found.sort_by_key(|join| std::cmp::Reverse(join.mark));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::link::End;
    use crate::domain::time::Span;

    #[test]
    fn a_pair_is_joined_in_the_column_of_the_later_one() {
        let at = |minutes| Ts(0) + Span::mins(minutes);
        let end = |agent: &str, minutes| End {
            agent: AgentId::from(agent),
            task: None,
            at: at(minutes),
        };
        let link = |kind, from, to| Link {
            kind,
            from,
            to,
            resource: None,
            says: String::new(),
        };
        let fleet = Fleet {
            links: vec![
                link(LinkKind::Collision, end("c", 20), end("a", 31)),
                link(LinkKind::Spacing, end("a", 5), end("a", 8)),
                link(LinkKind::Spacing, end("a", 5), end("gone", 8)),
                link(LinkKind::Spacing, end("a", 900), end("b", 901)),
            ],
            ..Fleet::default()
        };
        let lanes = ["a", "b", "c"].map(AgentId::from);
        let scale = Scale {
            from: at(0),
            cell: Span::mins(10),
            columns: 10,
        };
        let expected = [Join {
            column: 3,
            lanes: (0, 2),
            mark: Mark::Fail,
        }];
        assert_eq!(joins(&fleet, &lanes, &scale), expected);
    }
}
