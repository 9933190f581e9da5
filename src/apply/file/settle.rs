//! After the exchange: the file that lost its name is left alone by everybody, or what was written into it is taken up.

use std::time::Instant;

use super::{FileChange, LONG, Late, SHORT, Source, State, Turn};
use crate::apply::place::ROUNDS;
use crate::apply::round::{BASE, named_as};
use crate::apply::stray::{self, Stray};
use crate::apply::{Desk, Effect, Ended, Level, Replaced};
use crate::sys::gate::Call;

/// A file that lost its name, and what follows once nobody writes into it.
pub(super) struct Settling {
    name: String,
    expected: Vec<u8>,
    until: Instant,
    then: Then,
}

pub(super) enum Then {
    Finish {
        change: Replaced,
        ours: Vec<u8>,
    },
    /// It was our own file, taken back.
    Again {
        late: Option<Late>,
    },
}

impl FileChange {
    pub(super) fn settling(
        &mut self,
        desk: &Desk<'_>,
        name: String,
        expected: Vec<u8>,
        then: Then,
    ) -> Turn {
        self.pause = SHORT;
        Turn::To(State::Settle(Box::new(Settling {
            name,
            expected,
            until: desk.now + desk.patience.lease,
            then,
        })))
    }

    /// The file that lost its name is left alone, or what was written into it is taken up.
    pub(super) fn settle(&mut self, desk: &mut Desk<'_>, settling: Settling) -> Turn {
        let Some(place) = &self.place else {
            return Turn::To(State::Open);
        };
        let Settling {
            name,
            expected,
            until,
            then,
        } = settling;
        let looked = stray::look(desk.gate, &place.own, &name, &expected, self.level);
        match (looked, then) {
            (Ok(Stray::Open { .. }), then) if desk.now < until => {
                let pause = self.pause;
                self.pause = (pause * 2).min(LONG);
                let state = State::Settle(Box::new(Settling {
                    name,
                    expected,
                    until,
                    then,
                }));
                Turn::Wait(state, desk.now + pause)
            }
            (Ok(Stray::Written(bytes)), Then::Finish { ours, change }) => {
                self.collisions += 1;
                self.notes.extend(change.notes);
                let late = Late { bytes, kept: name };
                Turn::To(State::Read(Source::Late { late, ours }))
            }
            (Ok(Stray::Written(_)), Then::Again { .. }) => {
                Turn::To(State::Over(self.two_versions(&name)))
            }
            (Ok(Stray::Open { pid }), Then::Finish { mut change, .. }) => {
                let who = pid.map_or_else(|| "somebody".to_owned(), |pid| format!("process {pid}"));
                change.notes.push(format!(
                    "{who} still has the old file open: what it writes there will be told"
                ));
                Turn::To(State::Over(Ended::Done(Effect::File(change))))
            }
            (Ok(Stray::Quiet | Stray::Gone) | Err(_), Then::Finish { mut change, .. }) => {
                change.notes.append(&mut self.notes);
                Turn::To(State::Over(Ended::Done(Effect::File(change))))
            }
            (Ok(Stray::Open { .. }), Then::Again { late }) => self.anew(desk, late.as_ref()),
            (Ok(Stray::Quiet | Stray::Gone) | Err(_), Then::Again { late }) => {
                // Below A nobody can tell who has it open: it stays for its day, where a late write into it is seen.
                if self.level == Level::A {
                    self.discard(desk, &name);
                }
                self.anew(desk, late.as_ref())
            }
        }
    }

    pub(super) fn two_versions(&self, kept: &str) -> Ended {
        Ended::Conflicted(format!(
            "an agent wrote into a version of {} that had just been replaced: its version is kept as {ROUNDS}/{kept}, compare the two",
            self.shown()
        ))
    }

    /// What an agent wrote into a displaced file stands in the new one as well: the name of the old one says from now on what it
    /// holds, so that only a further write into it is told.
    pub(super) fn taken_up(&self, desk: &mut Desk<'_>, late: &Late) {
        let Some(place) = &self.place else {
            return;
        };
        let name = named_as(&late.kept, BASE, &late.bytes);
        let renamed = desk.gate.through(Call::Aside, || {
            place.own.rename(&late.kept, &place.own, &name)
        });
        if let Err(error) = renamed {
            tracing::debug!(%error, name, "a version that was taken up will be told as late");
        }
    }
}
