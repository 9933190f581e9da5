//! `heartbeat.jsonl` and everything like it: each object a heartbeat.

use super::beat::beat;
use super::{Body, Chunk, Context, Record, Rest, stream};

/// Reads the heartbeats of a chunk. Several objects a line, objects over many lines and objects in arrays are all read.
pub(super) fn read(chunk: Chunk<'_>, ctx: &Context<'_>, take: impl FnMut(Record<'_>)) -> Rest {
    stream::read(
        chunk,
        |object, reporter| beat(object, ctx, reporter).map(Body::Beat),
        take,
    )
}
