//! The whole room without a terminal, with a history that answers at once: keys in, screen out.
#![allow(dead_code, reason = "each test uses its own part")]

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use rounds::domain::fleet::Fleet;
use rounds::domain::log::{LogFilter, LogRow};
use rounds::keeper::{Order, Reply};
use rounds::reader::{Anchor, Page, Query};
use rounds::ui::caps::Caps;
use rounds::ui::effect::Effect;
use rounds::ui::keymap::Key;
use rounds::ui::msg::Msg;
use rounds::ui::{Options, Room};
use rounds::view::fixture;

/// A room with a history behind it: every question about the log is answered at once from the fixture.
pub struct Stage {
    pub room: Room,
    /// What was asked for beside the log.
    pub effects: Vec<Effect>,
    /// Questions about the log so far.
    pub asked: usize,
    pub history: usize,
    /// Rows of the history beside those of the fixture.
    pub extra: Vec<LogRow>,
    /// Operations in the ledger.
    pub ordered: usize,
}

impl Stage {
    pub fn with(width: u16, height: u16, caps: Caps, fleet: Fleet) -> Self {
        Self::open((width, height), Options::new(caps), fleet)
    }

    pub fn open(size: (u16, u16), options: Options, fleet: Fleet) -> Self {
        let now = fleet.at;
        let room = Room::new(size, Arc::new(fleet), now, options);
        let mut stage = Self {
            room,
            effects: Vec::new(),
            asked: 0,
            history: 500,
            extra: Vec::new(),
            ordered: 0,
        };
        stage.send(Msg::Tick(now));
        stage
    }

    pub fn send(&mut self, msg: Msg) {
        let effects = self.room.handle(msg);
        self.pump(effects);
    }

    /// The agent that a key would be about.
    pub fn subject(&self) -> String {
        let subject = self.room.model.subject();
        subject.map_or_else(String::new, ToString::to_string)
    }

    /// Keys by name, separated by spaces.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split(' ').filter(|name| !name.is_empty()) {
            let key = Key::parse(name).expect("a key of this test");
            let effects = self.room.press(key.event());
            self.pump(effects);
        }
        self
    }

    /// Answers what was asked, and keeps what else is wanted.
    pub fn pump(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let answer = match effect {
                Effect::Ask(Query::Log {
                    filter,
                    anchor,
                    rows,
                }) => {
                    self.asked += 1;
                    Msg::Page(self.answer(filter, anchor, rows))
                }
                Effect::Order(Order::Possible(about)) => {
                    let offers = fixture::offers(&about);
                    Msg::Reply(Reply::Possible(Box::new((*about, offers))))
                }
                Effect::Ask(Query::Ledger { filter, rows }) => Msg::Page(self.ledger(filter, rows)),
                other => {
                    self.effects.push(other);
                    continue;
                }
            };
            self.send(answer);
        }
    }

    fn ledger(&self, filter: LogFilter, rows: usize) -> Page {
        let mut journal = fixture::journal(usize::MAX, self.ordered);
        let fits = |word: &String, text: &str| text.contains(word.as_str());
        journal.orders.retain(|one| {
            let text = format!("{} {}", one.verb.word(), one.subject());
            filter.words.iter().all(|word| fits(word, &text))
        });
        journal.all = journal.orders.len();
        journal.orders.truncate(rows);
        Page::Ledger { filter, journal }
    }

    fn answer(&self, filter: LogFilter, anchor: Anchor, rows: usize) -> Page {
        let mut all = fixture::log(self.history);
        all.extend(self.extra.iter().cloned());
        all.sort_by_key(rounds::view::log::key);
        all.retain(|row| filter.task.is_none() || filter.task == row.task);
        all.retain(|row| filter.agents.is_empty() || filter.agents.contains(&row.agent));
        all.retain(|row| filter.statuses.is_empty() || filter.statuses.contains(&row.status));
        all.retain(|row| {
            filter
                .words
                .iter()
                .all(|word| row.text.exact().contains(word.as_str()))
        });
        all.retain(|row| filter.until.is_none_or(|until| row.at <= until));
        let key = rounds::view::log::key;
        let (from, to) = match &anchor {
            Anchor::Tail => (all.len().saturating_sub(rows), all.len()),
            Anchor::Before(at) => {
                let end = all.partition_point(|row| key(row) < *at);
                (end.saturating_sub(rows), end)
            }
            Anchor::After(at) => {
                let start = all.partition_point(|row| key(row) <= *at);
                (start, (start + rows).min(all.len()))
            }
            Anchor::Around(at) => {
                let middle = all.partition_point(|row| row.at < *at);
                (
                    middle.saturating_sub(rows / 2),
                    (middle + rows / 2).min(all.len()),
                )
            }
        };
        let (older, newer) = (from > 0, to < all.len());
        Page::Log {
            filter,
            anchor,
            rows: all[from..to].to_vec(),
            older,
            newer,
        }
    }

    /// Bytes that the current state sends to the terminal.
    pub fn draw(&mut self) -> Vec<u8> {
        let mut sink = Vec::new();
        self.room
            .draw(&mut sink)
            .expect("a vector takes everything");
        sink
    }

    pub fn screen(&mut self) -> String {
        self.draw();
        text(self.room.shown())
    }

    /// [`screen`](Self::screen) at the end of a chain.
    pub fn screen_of(&mut self) -> String {
        self.screen()
    }

    pub fn styled(&mut self) -> String {
        self.draw();
        styles(self.room.shown())
    }
}

pub fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    buffer
        .content
        .chunks(width)
        .map(|row| {
            row.iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect::<String>()
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect()
}

/// The text with `{style}` in front of every run that is not plain.
pub fn styles(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut out = String::new();
    for row in buffer.content.chunks(width) {
        let mut last = String::new();
        let mut line = String::new();
        for cell in row {
            let style = if cell.symbol() == " " && !cell.modifier.contains(Modifier::REVERSED) {
                last.clone()
            } else {
                style_name(cell.fg, cell.modifier)
            };
            if style != last {
                line = format!("{line}{{{style}}}");
                last = style;
            }
            line.push_str(cell.symbol());
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

pub fn style_name(fg: Color, modifier: Modifier) -> String {
    let mut parts = Vec::new();
    match fg {
        Color::Reset => {}
        Color::Indexed(n) => parts.push(n.to_string()),
        other => parts.push(format!("{other:?}").to_lowercase()),
    }
    for (bit, word) in [
        (Modifier::BOLD, "b"),
        (Modifier::DIM, "d"),
        (Modifier::REVERSED, "r"),
    ] {
        if modifier.contains(bit) {
            parts.push(word.to_owned());
        }
    }
    parts.join(" ")
}
