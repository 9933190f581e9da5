//! `rounds`: the control room; without a terminal the standup.

use std::path::PathBuf;
use std::time::Duration;

use super::args::{Args, Colour, Standup};
use super::engine::not_started;
use super::journal;
use super::place::Place;
use super::{Exit, Failure, Surroundings, standup};
use crate::config::{Background, Config, Glyphs, UiConfig};
use crate::domain::page::Query;
use crate::domain::time::Ts;
use crate::keeper::{self, AskDesk, Order, OrderDesk, Setup};
use crate::ops::Mode;
use crate::paths;
use crate::sys::clock::Clock;
use crate::ui::caps::{Caps, Charset, Depth, Ground, Sync};
use crate::ui::keymap::Keymap;
use crate::ui::layout::Form;
use crate::ui::term::{Cursor, Mouse, Terminal, Wishes};
use crate::ui::theme::Theme;
use crate::ui::{self, Backstage, Calls, Ended, Feeds, Options};

/// What a room is opened on.
pub struct Visit {
    pub config: Config,
    pub roots: Vec<PathBuf>,
    pub state_dir: PathBuf,
    pub read_only: bool,
    pub clock: Clock,
}

/// The room where it can be drawn, else the standup.
pub fn run(args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    if !here.terminal.drawable || args.global.at.is_some() {
        return standup::run(&Standup::default(), args, here);
    }
    let place = Place::find(&args.global, &args.paths, here)?;
    let visit = Visit {
        config: place.config,
        roots: place.roots,
        state_dir: place.state_dir,
        read_only: place.read_only,
        clock: Clock::System,
    };
    open(visit, here, args.global.color)
}

/// Opens the room and stays until the operator leaves or the session ends.
///
/// # Errors
/// Mistakes of theme and keys, all at once, before the screen is taken; a state folder that cannot be used; a terminal
/// that cannot be written to.
pub fn open(visit: Visit, here: &Surroundings, colour: Colour) -> Result<Exit, Failure> {
    let mut options = options(&visit.config, caps(&visit.config.ui, colour))?;
    let wishes = Wishes {
        cursor: match options.form {
            Form::Grid => Cursor::Hidden,
            Form::Lines => Cursor::Shown,
        },
        mouse: if visit.config.ui.mouse {
            Mouse::On
        } else {
            Mouse::Off
        },
    };
    let home = here.places.home.as_deref();
    options.looked_at = visit
        .roots
        .iter()
        .map(|root| paths::shorten(root, home))
        .collect();
    if visit.read_only {
        options.mode = Mode::ReadOnly;
    }
    let clock = visit.clock;
    let setup = Setup {
        config: visit.config,
        roots: visit.roots,
        state_dir: visit.state_dir,
        clock,
        read_only: visit.read_only,
    };
    let _log = journal::begin(&setup.state_dir, here.log.as_deref());
    let running = keeper::start(setup.clone()).map_err(|error| not_started(&error, &setup))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (fleet, orders, replies, asks, pages, threads) = running.split();
    let mut desk = Desk { orders, asks };
    let feeds = Feeds {
        fleet,
        replies,
        pages,
    };
    let ended = runtime.block_on(async {
        let mut terminal = Terminal::open(wishes)?;
        ui::run(&mut terminal, &mut desk, feeds, &clock, options).await
    });
    drop(desk);
    threads.stop();
    match ended {
        Ok(Ended::Quit | Ended::Session(_)) => Ok(Exit::Done),
        Err(error) => Err(
            Failure::new(format!("the terminal cannot be used: {error}")).remedy("rounds standup"),
        ),
    }
}

/// What the terminal can do, after what the operator said about it.
fn caps(ui: &UiConfig, colour: Colour) -> Caps {
    let mut caps = Caps::detect(|name| std::env::var(name).ok());
    match ui.glyphs {
        Glyphs::Auto => {}
        Glyphs::Unicode => caps.charset = Charset::Unicode,
        Glyphs::Ascii => caps.charset = Charset::Ascii,
    }
    match ui.background {
        Background::Auto => {}
        Background::Dark => caps.ground = Ground::Dark,
        Background::Light => caps.ground = Ground::Light,
    }
    if !ui.synchronized_updates {
        caps.sync = Sync::Off;
    }
    match colour {
        Colour::Auto => {}
        Colour::Never => caps.depth = Depth::Mono,
        Colour::Always => caps.depth = caps.depth.max(Depth::Sixteen),
    }
    caps
}

fn options(config: &Config, caps: Caps) -> Result<Options, Failure> {
    let styles = config
        .ui
        .theme
        .iter()
        .map(|(part, style)| (part.as_str(), style.as_str()));
    let keys: Vec<(String, Vec<String>)> = config.ui.keys.clone().into_iter().collect();
    let mut options = Options::new(caps);
    options.calls = Calls {
        bell: config.ui.bell,
        notify: config.ui.notify,
    };
    if config.ui.plain {
        options.form = Form::Lines;
    }
    let mut problems = Vec::new();
    match Theme::with(caps.depth, caps.ground, styles) {
        Ok(theme) => options.theme = theme,
        Err(mistakes) => problems.extend(mistakes),
    }
    match Keymap::with(&keys) {
        Ok(keymap) => options.keymap = keymap,
        Err(mistakes) => problems.extend(mistakes),
    }
    if problems.is_empty() {
        return Ok(options);
    }
    let file = config.file.as_deref().map_or_else(
        || "the config".to_owned(),
        |file| paths::shorten(file, None),
    );
    let list: Vec<String> = problems
        .iter()
        .map(|problem| format!("\n  {}", crate::domain::text::clean(problem)))
        .collect();
    Err(
        Failure::new(format!("{file}: [ui] has mistakes{}", list.concat()))
            .remedy("rounds man, which lists every command and its keys"),
    )
}

/// The screen's orders and questions on their way to the threads.
struct Desk {
    orders: OrderDesk,
    asks: AskDesk,
}

impl Backstage for Desk {
    fn order(&mut self, order: Order) -> Result<(), String> {
        self.orders.send(order)
    }

    fn ask(&mut self, query: Query) {
        self.asks.ask(query);
    }
}

impl ui::Clock for Clock {
    fn now(&self) -> Ts {
        Self::now(self)
    }

    fn until(&self, at: Ts) -> Duration {
        self.real(at - Self::now(self))
    }
}
