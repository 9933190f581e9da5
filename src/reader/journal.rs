//! The operations of the ledger, each with what its agent did about it.

use std::sync::Arc;

use rusqlite::Connection;

use super::Source;
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{Locus, RunId};
use crate::domain::log::{LogFilter, LogKey, LogKind, LogRow};
use crate::domain::ordered::{Chain, Effect, Journal, Ordered};
use crate::domain::page::Anchor;
use crate::domain::time::Ts;
use crate::store::operation::{Whole, ordered};
use crate::store::{StoreError, log};

/// Rows of the log that are looked at for the run that followed an order.
const AFTER: usize = 12;
/// And before it, for the runs that were on already.
const BEFORE: usize = 40;

/// The ledger as it was last read: it only grows.
#[derive(Debug, Default)]
pub struct Known {
    size: Option<u64>,
    operations: Arc<Vec<Whole>>,
    chain: Chain,
}

impl Known {
    fn refresh(&mut self, source: &Source) -> Result<(), StoreError> {
        let size = source.ledger.size();
        if self.size == Some(size) {
            return Ok(());
        }
        self.operations = Arc::new(source.ledger.operations()?);
        let broken = source.ledger.verify()?;
        self.chain = Chain {
            lines: source.ledger.lines()?,
            broken: broken.into_iter().map(|b| (b.line, b.what)).collect(),
        };
        self.size = Some(size);
        Ok(())
    }
}

/// The newest `rows` operations that the filter lets through.
pub(super) fn page(
    connection: &Connection,
    source: &Source,
    known: &mut Known,
    (filter, rows): (&LogFilter, usize),
) -> Result<Journal, StoreError> {
    known.refresh(source)?;
    let all = ordered(&known.operations);
    let fits: Vec<Ordered> = all
        .into_iter()
        .rev()
        .filter(|one| matches(filter, one))
        .collect();
    let count = fits.len();
    let mut orders: Vec<Ordered> = fits.into_iter().take(rows).collect();
    for one in &mut orders {
        if one.verb.requeues() && one.standing.holds() {
            one.effect = effect(connection, one, filter.until)?;
        }
    }
    Ok(Journal {
        orders,
        all: count,
        chain: known.chain.clone(),
    })
}

fn matches(filter: &LogFilter, one: &Ordered) -> bool {
    let said = [
        &one.subject(),
        one.verb.word(),
        &one.who,
        &one.because.state,
        one.because.reason.as_deref().unwrap_or_default(),
        &one.sentence,
    ]
    .join("\n")
    .to_lowercase();
    let task = filter.task.as_ref();
    (filter.agents.is_empty() || filter.agents.contains(&one.agent))
        && task.is_none_or(|task| one.task.as_ref() == Some(task))
        && filter.since.is_none_or(|since| one.at >= since)
        && filter.until.is_none_or(|until| one.at <= until)
        && filter
            .words
            .iter()
            .all(|word| said.contains(&word.to_lowercase()))
        && !filter
            .without
            .iter()
            .any(|word| said.contains(&word.to_lowercase()))
}

/// The run that began after the order. What an older run still wrote is none.
fn effect(connection: &Connection, one: &Ordered, until: Option<Ts>) -> Result<Effect, StoreError> {
    let filter = LogFilter {
        agents: vec![one.agent.clone()],
        task: one.task.clone(),
        until,
        ..LogFilter::default()
    };
    let here = LogKey {
        at: one.at,
        agent: one.agent.clone(),
        locus: Locus::default(),
    };
    let before = log::page(connection, &filter, &Anchor::Before(here.clone()), BEFORE)?;
    let older: Vec<&RunId> = before
        .rows
        .iter()
        .filter_map(|row| row.run.as_ref())
        .collect();
    let after = log::page(connection, &filter, &Anchor::After(here), AFTER)?;
    let begun = |row: &&LogRow| {
        row.kind == LogKind::Beat && row.run.as_ref().is_none_or(|run| !older.contains(&run))
    };
    let mut rows = after.rows.iter().filter(begun);
    let Some(first) = rows.next() else {
        return Ok(Effect::default());
    };
    let over = |row: &&LogRow| row.status != RunStatus::Running && row.run == first.run;
    let last = std::iter::once(first).chain(rows).find(over);
    Ok(Effect {
        taken: Some(first.at),
        ended: last.map(|row| (row.at, row.status)),
    })
}
