//! Beside another rounds: following its mirror, ready to take over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::engine::Engine;
use super::inbox::Next;
use super::operate::Operating;
use super::room::{End, Keeper};
use super::storm;
use super::telling::Keeps;
use super::{Order, Reply};
use crate::domain::fleet::Mode;
use crate::store::{StoreError, query};
use crate::watch::notice::Notices;

/// Real time between two looks whether the owner still lives.
const LOOK: Duration = Duration::from_secs(2);

/// Follows until told to stop or until the owner is gone. The board is of the `known` revisions, or of later ones.
pub(super) fn follow(
    keeper: &Keeper,
    engine: &mut Engine,
    mut known: BTreeMap<i64, i64>,
) -> Result<End, StoreError> {
    engine.mode = Mode::Follow;
    engine.telling.keeps = Keeps::Elsewhere;
    engine.telling.saw_all();
    engine.know_files()?;
    keeper.publish(engine);
    let inbox = keeper.inbox.clone();
    let mut notices = Notices::begin(move |notice| inbox.notice(notice));
    notices.watch(&engine.setup.state_dir);
    let mut look = Instant::now() + LOOK;
    let mut operating = Operating::new();
    loop {
        let verdict = engine
            .next_verdict()
            .map(|at| engine.setup.clock.instant_of(at));
        let deadline = [Some(look), verdict, operating.due()];
        let deadline = deadline.into_iter().flatten().min().unwrap_or(look);
        let mut publish = engine.next_verdict().is_some_and(|at| at <= engine.now());
        match keeper.inbox.next(deadline) {
            Next::Stop => return Ok(End::Stopped),
            Next::Order(Order::MarkStandup(at)) => {
                keeper.mark(engine, at);
                publish = true;
            }
            Next::Order(Order::Say { cases, said }) => {
                keeper.told(engine.say_all(&cases, said));
                publish = true;
            }
            Next::Order(Order::Possible(about)) => {
                let offers = engine.possible(&about);
                keeper.reply(Reply::Possible(Box::new((*about, offers))));
            }
            Next::Order(Order::Draft(agent, wanted)) => {
                let draft = engine.draft(&agent, &wanted, crate::ops::Begin::TakeUp);
                keeper.reply(Reply::Draft(Box::new(draft)));
            }
            Next::Order(Order::Storm) => keeper.reply(storm::reply(engine)),
            Next::Order(Order::Maintain { agent, until }) => {
                keeper.told(engine.maintain(agent, until));
                publish = true;
            }
            Next::Order(Order::Retro(word)) => {
                keeper.told(engine.retro(word));
                publish = true;
            }
            Next::Order(Order::Rescan) => {
                keeper.reply(Reply::Done(
                    "another rounds looks at the files; this one follows its mirror".to_owned(),
                ));
                publish = true;
            }
            // Operations stay possible from every rounds: it is the exchange that keeps them apart.
            Next::Order(order) => {
                if let Ok(Some(reply)) = operating.order(order) {
                    keeper.reply(reply);
                }
            }
            Next::Paths(_) | Next::All | Next::Damaged(_) | Next::Deadline => {}
        }
        for reply in operating.step(engine).0 {
            keeper.reply(reply);
        }
        publish |= catch_up(engine, &mut known)? | engine.listen()?;
        if Instant::now() >= look {
            look = Instant::now() + LOOK;
            publish |= engine.look_at_processes();
            if engine.take()? {
                return Ok(End::Handover);
            }
        }
        if publish {
            keeper.publish(engine);
        }
    }
}

/// Reads anew whom the owner has changed. `true`: somebody.
fn catch_up(engine: &mut Engine, known: &mut BTreeMap<i64, i64>) -> Result<bool, StoreError> {
    let now = query::revisions(engine.mirror.connection())?;
    let changed: Vec<i64> = now
        .iter()
        .filter(|(agent, rev)| known.get(agent) != Some(rev))
        .map(|(agent, _)| *agent)
        .collect();
    let mark = engine.mark()?;
    if mark != engine.board.since {
        engine.board.mark(mark, engine.mirror.connection())?;
    }
    engine.sight.last_look = engine.now();
    if changed.is_empty() {
        return Ok(false);
    }
    engine.catalog.learn_names(&engine.mirror)?;
    for agent in &changed {
        engine.catalog.relearn(&engine.mirror, *agent)?;
    }
    engine.reload_all(&changed)?;
    *known = now;
    Ok(true)
}
