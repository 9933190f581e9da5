//! An agent's beats from a moment backwards, each with its task.

use std::ops::ControlFlow;

use rusqlite::Connection;

use super::query::{DAWN, TaskNames};
use super::{StoreError, beats};
use crate::domain::facts::Beat;
use crate::domain::id::TaskId;
use crate::domain::time::Ts;

/// Beats that are looked through before the past counts as unknown.
const MOST_LINES: usize = 20_000;

/// The beats that are such, newest first, while `each` wants more of them.
pub(super) fn back(
    connection: &Connection,
    agent: i64,
    until: Ts,
    is_such: impl Fn(&Beat) -> bool,
    mut each: impl FnMut(Option<TaskId>, &Beat) -> bool,
) -> Result<(), StoreError> {
    let (mut names, mut lines, mut failed) = (TaskNames::default(), 0, None);
    beats::backward(connection, agent, DAWN, until, |packed| {
        lines += 1;
        let mut goes_on = lines <= MOST_LINES;
        if is_such(&packed.beat) {
            match names.get(connection, (packed.task != 0).then_some(packed.task)) {
                Ok(task) => goes_on &= each(task, &packed.beat),
                Err(error) => {
                    failed = Some(error);
                    goes_on = false;
                }
            }
        }
        if goes_on {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    failed.map_or(Ok(()), Err)
}
