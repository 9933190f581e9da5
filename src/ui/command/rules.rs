//! When commands work, and the sentence where they do not.

use super::{Ctx, Place, Reason};
use crate::ops::Mode;

#[expect(clippy::unnecessary_wraps, reason = "every rule has this form")]
pub(super) fn always(_: &Ctx) -> Result<(), Reason> {
    Ok(())
}

pub(super) fn ensure(holds: bool, reason: &'static str) -> Result<(), Reason> {
    if holds { Ok(()) } else { Err(Reason(reason)) }
}

pub(super) fn rows(ctx: &Ctx) -> Result<(), Reason> {
    ensure(
        ctx.rows > 0 || matches!(ctx.place, Place::Reading | Place::Insights),
        "the list is empty",
    )
}

pub(super) fn agent(ctx: &Ctx) -> Result<(), Reason> {
    ensure(ctx.agent, "no agent is under the cursor")
}

pub(super) fn open(ctx: &Ctx) -> Result<(), Reason> {
    match ctx.place {
        Place::Standup | Place::Sprint | Place::Retro | Place::Queue | Place::Ledger => rows(ctx),
        Place::Detail | Place::WeekPage => ensure(
            ctx.written || ctx.opens,
            "what is under the cursor leads nowhere",
        ),
        Place::Log => agent(ctx),
        Place::Reading
        | Place::Menu
        | Place::Walk
        | Place::Insights
        | Place::Palette
        | Place::Filter
        | Place::Preview
        | Place::Editor => Ok(()),
    }
}

pub(super) fn written(ctx: &Ctx) -> Result<(), Reason> {
    ensure(ctx.written, "what is under the cursor stands in no file")
}

pub(super) fn troubled(ctx: &Ctx) -> Result<(), Reason> {
    ensure(ctx.troubled > 0, "nothing here is in trouble")
}

pub(super) fn past(ctx: &Ctx) -> Result<(), Reason> {
    ensure(ctx.past, "the board is live already")
}

pub(super) fn live(ctx: &Ctx) -> Result<(), Reason> {
    ensure(
        !ctx.stopped,
        "the keeper has stopped; quit and start rounds again",
    )?;
    ensure(
        !ctx.past,
        "this is the board of a past moment; Esc returns to now",
    )
}

pub(super) fn present(ctx: &Ctx) -> Result<(), Reason> {
    ensure(
        !ctx.past,
        "this is the board of a past moment; Esc returns to now",
    )
}

pub(super) fn done(ctx: &Ctx) -> Result<(), Reason> {
    live(ctx)?;
    rows(ctx)
}

pub(super) fn cases(ctx: &Ctx) -> Result<(), Reason> {
    live(ctx)?;
    ensure(ctx.cases > 0, "no finding is under the cursor")
}

pub(super) fn lost(ctx: &Ctx) -> Result<(), Reason> {
    ensure(ctx.lost, "no lost update is under the cursor")
}

pub(super) fn undoable(ctx: &Ctx) -> Result<(), Reason> {
    live(ctx)?;
    ensure(
        ctx.undoable,
        "nothing was done in this session that can be taken back",
    )
}

pub(super) fn mergeable(ctx: &Ctx) -> Result<(), Reason> {
    order(ctx)?;
    rows(ctx)
}

/// Orders can be given at all: the one place that keeps a read-only rounds from ordering anything.
pub(super) fn operating(ctx: &Ctx) -> Result<(), Reason> {
    live(ctx)?;
    match ctx.mode {
        Mode::Operating => Ok(()),
        Mode::ReadOnly => Err(Reason("rounds is read-only: start it without --read-only")),
        Mode::Past => Err(Reason(
            "this is the board of a past moment; Esc returns to now",
        )),
        Mode::Watching(why) => Err(Reason(why)),
    }
}

pub(super) fn order(ctx: &Ctx) -> Result<(), Reason> {
    operating(ctx)?;
    ensure(ctx.targets > 0, "no agent or task is under the cursor")
}

pub(super) fn rounds(ctx: &Ctx) -> Result<(), Reason> {
    live(ctx)?;
    ensure(
        ctx.calls > 0,
        "nothing needs you: there are no rounds to make",
    )
}
