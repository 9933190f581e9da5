//! The room as an operator has it, in one process: a real keeper and reader on a real folder, keys in, frames out.
#![allow(
    dead_code,
    reason = "each harness is a crate of its own and uses a part of this"
)]

use std::sync::Arc;
use std::time::Duration;

use rounds::domain::fleet::Fleet;
use rounds::keeper::{self, AskDesk, OrderDesk, Reply, Setup, Threads};
use rounds::ops::Drafted;
use rounds::reader::Page;
use rounds::ui::caps::Caps;
use rounds::ui::effect::Effect;
use rounds::ui::keymap::Key;
use rounds::ui::msg::Msg;
use rounds::ui::{Options, Room};
use tokio::sync::{mpsc, watch};

/// Long enough for a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

pub struct Visit {
    pub room: Room,
    /// How often the operator asked to leave.
    pub quits: usize,
    /// What was put on the clipboard.
    pub copied: Vec<String>,
    /// Drafts that an editor was opened on.
    pub drafts: Vec<Drafted>,
    fleet: watch::Receiver<Arc<Fleet>>,
    orders: OrderDesk,
    replies: mpsc::Receiver<Reply>,
    asks: AskDesk,
    pages: mpsc::Receiver<Page>,
    threads: Threads,
    runtime: tokio::runtime::Runtime,
}

impl Visit {
    /// Opens a room of this size and waits until all that is there is read.
    pub fn open(setup: Setup, size: (u16, u16), caps: Caps) -> Self {
        Self::open_as(setup, size, Options::new(caps))
    }

    /// As the operator configured it.
    pub fn open_as(setup: Setup, size: (u16, u16), options: Options) -> Self {
        let clock = setup.clock;
        let running = keeper::start(setup).expect("the room starts");
        let (mut fleet, orders, replies, asks, pages, threads) = running.split();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let whole =
                |fleet: &Arc<Fleet>| fleet.health.filling.is_none() && fleet.health.files > 0;
            let seen = tokio::time::timeout(LIMIT, fleet.wait_for(whole)).await;
            seen.expect("all is read in time")
                .expect("the keeper lives");
        });
        let first = Arc::clone(&fleet.borrow_and_update());
        let now = clock.now();
        let room = Room::new(size, first, now, options);
        let mut visit = Self {
            room,
            quits: 0,
            copied: Vec::new(),
            drafts: Vec::new(),
            fleet,
            orders,
            replies,
            asks,
            pages,
            threads,
            runtime,
        };
        visit.send(Msg::Tick(now));
        visit
    }

    pub fn send(&mut self, msg: Msg) {
        let effects = self.room.handle(msg);
        self.carry_out(effects);
    }

    /// A key by its name.
    pub fn press(&mut self, name: &str) {
        let key = Key::parse(name).expect("a key of this test");
        let effects = self.room.press(key.event());
        self.carry_out(effects);
    }

    pub fn paste(&mut self, text: &str) {
        let effects = self.room.paste(text);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Order(order) => {
                    if let Err(why) = self.orders.send(order.clone()) {
                        let effects = self.room.handle(Msg::NotTaken(Box::new(order), why));
                        self.carry_out(effects);
                    }
                }
                Effect::Ask(query) => self.asks.ask(query),
                Effect::Copy(text) => self.copied.push(text),
                Effect::Quit => self.quits += 1,
                Effect::Call(sentence) => self.room.call(&sentence),
                Effect::Repaint => self.room.repaint(),
                Effect::Edit(draft) => self.drafts.push(*draft),
                Effect::Show { .. } | Effect::Suspend => {}
            }
        }
    }

    /// Takes in what the threads have sent so far.
    pub fn drain(&mut self) {
        while let Ok(reply) = self.replies.try_recv() {
            self.send(Msg::Reply(reply));
        }
        while let Ok(page) = self.pages.try_recv() {
            self.send(Msg::Page(page));
        }
        if self.fleet.has_changed().unwrap_or(false) {
            let fleet = Arc::clone(&self.fleet.borrow_and_update());
            self.send(Msg::Fleet(fleet));
        }
    }

    /// Waits for the answer to what was just asked, and takes it in. False where none came within `patience`.
    pub fn answer(&mut self, patience: Duration) -> bool {
        enum Came {
            Page(Page),
            Reply(Reply),
        }
        let (pages, replies) = (&mut self.pages, &mut self.replies);
        let came = self.runtime.block_on(async {
            tokio::time::timeout(patience, async {
                tokio::select! {
                    Some(page) = pages.recv() => Came::Page(page),
                    Some(reply) = replies.recv() => Came::Reply(reply),
                }
            })
            .await
        });
        let Ok(came) = came else {
            return false;
        };
        match came {
            Came::Page(page) => self.send(Msg::Page(page)),
            Came::Reply(reply) => self.send(Msg::Reply(reply)),
        }
        self.drain();
        true
    }

    /// The editor has left a draft.
    pub fn edited(&mut self, draft: Drafted) {
        self.send(Msg::Edited(Box::new(draft)));
    }

    /// What stands on the screen, after a frame of its own.
    pub fn text(&mut self) -> String {
        self.draw();
        self.seen()
    }

    /// What the last frame left on the screen.
    pub fn seen(&self) -> String {
        let shown = self.room.shown();
        let rows = shown.area.height;
        let line = |y: u16| -> String {
            let cells = (0..shown.area.width).map(|x| shown[(x, y)].symbol());
            cells.collect::<String>() + "\n"
        };
        (0..rows).map(line).collect()
    }

    /// The bytes of the next frame.
    pub fn draw(&mut self) -> Vec<u8> {
        let mut sink = Vec::new();
        self.room
            .draw(&mut sink)
            .expect("a vector takes everything");
        sink
    }

    pub fn close(self) {
        self.threads.stop();
    }
}
