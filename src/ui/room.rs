//! The screen without a loop: a model, how it looks, and the frames sent so far.

use std::io::{self, Write};
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;

use crate::domain::fleet::Fleet;
use crate::domain::time::Ts;
use crate::ops::Mode;

use super::caps::Caps;
use super::command::Place;
use super::draw::{Look, draw};
use super::effect::Effect;
use super::frame::{FrameWriter, Sent};
use super::keymap::Keymap;
use super::layout::Form;
use super::model::Model;
use super::msg::{Edit, Input, Msg};
use super::theme::Theme;
use super::update::update;

/// What the operator configured, and what was found out before the screen opened.
#[derive(Clone, Debug)]
pub struct Options {
    pub caps: Caps,
    pub theme: Theme,
    pub keymap: Keymap,
    /// Places that were searched for agents, for the screen that says that there are none.
    pub looked_at: Vec<String>,
    /// Whether orders are taken.
    pub mode: Mode,
    pub calls: Calls,
    pub form: Form,
}

/// How the terminal calls an operator who looks elsewhere: not at all, unless the config says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    pub bell: bool,
    pub notify: bool,
}

impl Options {
    /// The defaults for a terminal.
    pub fn new(caps: Caps) -> Self {
        Self {
            caps,
            theme: Theme::new(caps.depth, caps.ground),
            keymap: Keymap::default(),
            looked_at: Vec::new(),
            mode: Mode::Operating,
            calls: Calls::default(),
            form: Form::default(),
        }
    }
}

pub struct Room {
    pub model: Model,
    look: Look,
    writer: FrameWriter,
    calls: Calls,
    /// The board before this one, until the frame is out: letting go of it takes as long as drawing a few rows.
    former: Option<Arc<Fleet>>,
}

impl Room {
    pub fn new(size: (u16, u16), fleet: Arc<Fleet>, now: Ts, options: Options) -> Self {
        let Options {
            caps,
            theme,
            keymap,
            looked_at,
            mode,
            calls,
            form,
        } = options;
        let mut model = Model::new(size, fleet, now, looked_at);
        model.mode = mode;
        model.reform(form);
        Self {
            model,
            look: Look {
                theme,
                charset: caps.charset,
                keymap,
            },
            writer: FrameWriter::new(size.0, size.1, caps.sync, caps.charset),
            calls,
            former: None,
        }
    }

    /// What a key means now, and what follows from it.
    pub fn press(&mut self, event: KeyEvent) -> Vec<Effect> {
        match self.look.keymap.input(self.model.place(), event) {
            Some(input) => self.handle(Msg::Input(input)),
            None => Vec::new(),
        }
    }

    /// Pasted text goes where text is typed, as one line, and nowhere else: a paste never triggers commands.
    pub fn paste(&mut self, text: &str) -> Vec<Effect> {
        if self.model.place() == Place::Preview {
            return self.handle(Msg::Failed("a paste confirms nothing: type it".to_owned()));
        }
        if !self.model.place().takes_paste() {
            return Vec::new();
        }
        let line: String = text.chars().filter(|c| !c.is_control()).collect();
        self.handle(Msg::Input(Input::Edit(Edit::Insert(line))))
    }

    pub fn handle(&mut self, msg: Msg) -> Vec<Effect> {
        if let Msg::Resize(width, height) = msg {
            self.writer.resize(width, height);
        }
        if matches!(msg, Msg::Fleet(_)) {
            self.former = Some(Arc::clone(&self.model.live));
        }
        update(&mut self.model, msg)
    }

    /// Someone else wrote to the screen.
    pub fn repaint(&mut self) {
        self.writer.repaint();
    }

    /// Calls the operator with the next frame, as far as that was asked for.
    pub fn call(&mut self, sentence: &str) {
        if self.calls.bell {
            self.writer.ring();
        }
        if self.calls.notify {
            self.writer.notify(sentence);
        }
    }

    /// Sends what differs from the last frame: one write, or none.
    pub fn draw(&mut self, sink: &mut dyn Write) -> io::Result<()> {
        let (model, look) = (&self.model, &self.look);
        let drawn = self
            .writer
            .frame_of(sink, |buffer, kept| draw(model, look, buffer, kept));
        self.former = None;
        drawn
    }

    pub fn sent(&self) -> Sent {
        self.writer.sent()
    }

    pub fn shown(&self) -> &Buffer {
        self.writer.shown()
    }
}
