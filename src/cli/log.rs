//! `rounds log`: the merged log, and what is written from now on.

use tokio::signal::unix::{SignalKind, signal};

use super::args::{Args, Log};
use super::engine::{Engine, not_started, setup};
use super::out::{self, Written};
use super::place::Place;
use super::{Exit, Failure, Surroundings};
use crate::domain::fleet::Fleet;
use crate::domain::log::{LogFilter, LogKey, LogRow};
use crate::domain::page::{Anchor, Page, Query};
use crate::domain::time::Ts;
use crate::keeper::{self, Running};
use crate::report::Look;
use crate::report::log::{Files, json, text};
use crate::view::filter::Filter;
use crate::view::log::key;

/// Rows that one look at the mirror brings while following.
const MOST_NEW: usize = 1_000;

pub fn run(asked: &Log, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &args.paths, here)?;
    let since = place.since(asked.since.as_deref())?;
    let (filter, problems) = Filter::parse(&asked.filter.join(" "));
    if !problems.is_empty() {
        return Err(Failure::new(format!(
            "the filter is not understood: {}",
            problems.join("; ")
        ))
        .remedy("words such as text, !text, agent:NAME, task:NAME, is:fail, age<2h"));
    }
    let mut engine = Engine::open(&place)?;
    let fleet = if asked.follow {
        engine.whoever_is_there(None)?
    } else {
        engine.board(None)?
    };
    let wanted = Wanted {
        filter,
        since,
        until: place.at,
        begun: fleet.at,
    };
    let rows = engine.log(wanted.of(&fleet), Anchor::Tail, asked.lines)?;
    drop(engine);
    let form = if asked.json {
        Form::Json
    } else {
        Form::Text(here.terminal.look(args.global.color, &place.config.ui))
    };
    if form.write(&rows, &fleet)? == Written::Gone || !asked.follow {
        return Ok(Exit::Done);
    }
    let last = rows.last().map(key);
    follow(&place, wanted, last, form)
}

/// Which rows are wanted: the filter may name agents that come while it is followed.
struct Wanted {
    filter: Filter,
    since: Option<Ts>,
    until: Option<Ts>,
    begun: Ts,
}

impl Wanted {
    fn of(&self, fleet: &Fleet) -> LogFilter {
        let mut wanted = self.filter.log(fleet, self.begun);
        wanted.since = self.since.or(wanted.since);
        wanted.until = self.until.or(wanted.until);
        wanted
    }
}

#[derive(Clone, Copy)]
enum Form {
    Text(Look),
    Json,
}

impl Form {
    fn write(self, rows: &[LogRow], fleet: &Fleet) -> Result<Written, Failure> {
        let mut page = String::with_capacity(rows.len() * 120);
        match self {
            Self::Text(look) => {
                for row in rows {
                    text(&mut page, row, fleet.zone(), look);
                }
            }
            Self::Json => {
                let files = Files::of(fleet);
                for row in rows {
                    json(&mut page, row, &files);
                }
            }
        }
        Ok(out::write(&page)?)
    }
}

/// Goes on until interrupted, or until nobody reads any more.
fn follow(
    place: &Place,
    wanted: Wanted,
    last: Option<LogKey>,
    form: Form,
) -> Result<Exit, Failure> {
    let setup = setup(place);
    let running = keeper::start(setup.clone()).map_err(|error| not_started(&error, &setup))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut tail = Tail { wanted, last, form };
    runtime.block_on(tail.run(running))
}

struct Tail {
    wanted: Wanted,
    last: Option<LogKey>,
    form: Form,
}

impl Tail {
    async fn run(&mut self, running: Running) -> Result<Exit, Failure> {
        let (mut fleets, orders, replies, asks, mut pages, threads) = running.split();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        asks.ask(self.query(&fleets.borrow()));
        let ended = loop {
            tokio::select! {
                biased;
                _ = interrupt.recv() => break Ok(Exit::Done),
                _ = terminate.recv() => break Ok(Exit::Done),
                _ = hangup.recv() => break Ok(Exit::Done),
                page = pages.recv() => {
                    let fleet = fleets.borrow().clone();
                    match self.page(page, &fleet) {
                        Ok(Next::Again) => asks.ask(self.query(&fleet)),
                        Ok(Next::Wait) => {}
                        Ok(Next::Leave) => break Ok(Exit::Done),
                        Err(failure) => break Err(failure),
                    }
                }
                changed = fleets.changed() => match changed {
                    Ok(()) => asks.ask(self.query(&fleets.borrow_and_update())),
                    Err(_) => break Err(Failure::new("the keeper stopped: nothing new would be seen")),
                },
            }
        };
        drop((orders, replies, asks));
        threads.stop();
        ended
    }

    fn query(&self, fleet: &Fleet) -> Query {
        Query::Log {
            filter: self.wanted.of(fleet),
            anchor: self.last.clone().map_or(Anchor::Tail, Anchor::After),
            rows: MOST_NEW,
        }
    }

    fn page(&mut self, page: Option<Page>, fleet: &Fleet) -> Result<Next, Failure> {
        match page {
            Some(Page::Log { rows, newer, .. }) => {
                let Some(last) = rows.last() else {
                    return Ok(Next::Wait);
                };
                self.last = Some(key(last));
                Ok(match self.form.write(&rows, fleet)? {
                    Written::Gone => Next::Leave,
                    Written::Whole if newer => Next::Again,
                    Written::Whole => Next::Wait,
                })
            }
            Some(Page::Failed(sentence)) => Err(Failure::new(sentence)),
            Some(
                Page::Raw(_)
                | Page::Copy { .. }
                | Page::Lost(_)
                | Page::Items { .. }
                | Page::Versions { .. }
                | Page::Past(_)
                | Page::Week(_)
                | Page::Ledger { .. },
            ) => Ok(Next::Wait),
            None => Err(Failure::new(
                "the reader stopped: nothing new would be seen",
            )),
        }
    }
}

enum Next {
    Again,
    Wait,
    Leave,
}
