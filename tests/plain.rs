//! The room for those who hear it: every pane and everything that lies over the panes as lines of words.

mod stage;

use std::sync::Arc;

use insta::assert_snapshot;
use ratatui::layout::Position;
use rounds::domain::fleet::{AgentView, RowState};
use rounds::domain::text::Untrusted;
use rounds::domain::time::Span;
use rounds::keeper::{Order, Planned, Reply};
use rounds::ops::{BlastRadius, Code, Confirm, DiffLine, Plan, Request, Sign, Undoing};
use rounds::reader::Page;
use rounds::ui::Options;
use rounds::ui::caps::{Caps, Charset};
use rounds::ui::effect::Effect;
use rounds::ui::layout::Form;
use rounds::ui::model::Overlay;
use rounds::ui::msg::Msg;
use rounds::view::{fixture, spoken};
use stage::Stage;

fn open(width: u16, height: u16) -> Stage {
    open_with(width, height, Caps::FULL)
}

fn open_with(width: u16, height: u16, caps: Caps) -> Stage {
    let mut options = Options::new(caps);
    options.form = Form::Lines;
    let mut stage = Stage::open((width, height), options, fixture::fleet());
    stage.ordered = 14;
    stage
}

/// Where the bytes that were sent leave the terminal's cursor.
struct Terminal(vt100::Parser);

impl Terminal {
    fn new(width: u16, height: u16) -> Self {
        let cells = |n| std::num::NonZero::new(n).expect("not zero");
        Self(vt100::Parser::new(cells(height), cells(width), 0))
    }

    fn draw(&mut self, stage: &mut Stage) -> usize {
        let bytes = stage.draw();
        self.0.process(&bytes);
        bytes.len()
    }

    fn lines(&self) -> Vec<String> {
        let screen = self.0.screen();
        let lines = screen.contents();
        lines
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    fn cursor(&self) -> Position {
        let (y, x) = self.0.screen().cursor_position();
        Position { x, y }
    }

    /// The line that a reader reads.
    fn read(&self) -> String {
        let lines = self.lines();
        lines
            .get(usize::from(self.cursor().y))
            .cloned()
            .unwrap_or_default()
    }
}

/// The screen, with the line that the cursor stands on named below it.
fn told(stage: &mut Stage, keys: &str) -> String {
    let (width, height) = stage.room.model.size;
    stage.press(keys);
    stage.room.repaint();
    let mut terminal = Terminal::new(width, height);
    terminal.draw(stage);
    let cursor = terminal.cursor();
    let page = terminal.lines().join("\n");
    format!("{page}\n(cursor {}, {})\n", cursor.x, cursor.y)
}

/// An order as the keeper would plan it.
fn preview(stage: &mut Stage, level: fn(&Request) -> Confirm) {
    stage.press("4 j j r");
    let Some(Effect::Order(Order::Preview(request))) = stage.effects.last() else {
        panic!("{:?}", stage.effects.last());
    };
    let request: Request = (**request).clone();
    let line = |sign, text: &str| DiffLine {
        sign,
        line: 12,
        text: text.to_owned(),
        blanks: false,
    };
    let plan = Plan {
        sentence: "inbox: claimed → pending, epoch 3 → 4".to_owned(),
        blast: BlastRadius {
            sentence: "1 step is open: s3 (reply-991), mutating, outcome unknown".to_owned(),
            ..BlastRadius::default()
        },
        timeline: vec!["03:46 running (run 01JQE4)".to_owned()],
        ground: None,
        level: level(&request),
        changes: Vec::new(),
        diff: vec![
            line(Sign::Removed, "\"status\":\"claimed\""),
            line(Sign::Added, "\"status\":\"pending\""),
        ],
        undo: Undoing::Possible("the owner returns under epoch 5".to_owned()),
        request: request.clone(),
    };
    stage.send(Msg::Reply(Reply::Planned(Box::new(Planned {
        request,
        plan: Ok(plan),
    }))));
}

fn week(stage: &mut Stage) {
    stage.press("3");
    stage.send(Msg::Page(Page::Week(Arc::new(fixture::week()))));
}

/// Every place of the room, by the keys that lead there from the standup.
const PLACES: [(&str, &str); 20] = [
    ("standup", ""),
    ("agent", "enter"),
    ("sprint", "2"),
    ("stages", "2 v"),
    ("retro", "3"),
    ("retro of one", "3 enter"),
    ("insights", "3 R"),
    ("queue", "4"),
    ("case", "4 enter"),
    ("task", "4 enter enter"),
    ("log", "5 k k"),
    ("ledger", "6"),
    ("operation", "6 enter"),
    ("rounds", "R"),
    ("help", "?"),
    ("why", "w"),
    ("palette", ": d a"),
    ("menu", "x"),
    ("filter", "/ i s"),
    ("past", "["),
];

fn at(width: u16, height: u16, keys: &str) -> Stage {
    let mut stage = open(width, height);
    week(&mut stage);
    stage.press("1");
    stage.press(keys);
    stage
}

#[test]
fn every_place_80x24() {
    let mut all = String::new();
    for (name, keys) in PLACES {
        let page = told(&mut at(80, 24, keys), "");
        all.extend(["== ", name, ": ", keys, "\n", &page, "\n"]);
    }
    let mut stage = open(80, 24);
    preview(&mut stage, |_| Confirm::Yes);
    all.extend(["== preview\n", &told(&mut stage, "")]);
    assert_snapshot!(all);
}

#[test]
fn every_place_40x12() {
    let mut all = String::new();
    for (name, keys) in PLACES {
        let page = told(&mut at(40, 12, keys), "");
        all.extend(["== ", name, ": ", keys, "\n", &page, "\n"]);
    }
    assert_snapshot!(all);
}

/// Lines are words: nothing is drawn, and nothing stands beside anything else.
fn assert_words(name: &str, page: &str) {
    for c in page.chars() {
        let drawn = matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}');
        let sign = "✓↻⧗◌⊗⊘∅✗⚑▸●".contains(c);
        assert!(!drawn && !sign, "{name}: {c:?} in\n{page}");
    }
    for line in page.lines() {
        assert!(
            !line.contains('|') && !line.trim_start().contains("  "),
            "{name}: two facts side by side: {line}"
        );
    }
}

#[test]
fn no_place_draws_anything_and_each_has_its_cursor() {
    for charset in [Charset::Unicode, Charset::Ascii] {
        for (width, height) in [(80, 24), (40, 12), (200, 50), (20, 5)] {
            for (name, keys) in PLACES {
                let caps = Caps {
                    charset,
                    ..Caps::FULL
                };
                let mut stage = open_with(width, height, caps);
                week(&mut stage);
                stage.press("1");
                stage.press(keys);
                let mut terminal = Terminal::new(width, height);
                terminal.draw(&mut stage);
                assert_words(name, &terminal.lines().join("\n"));
                assert!(
                    stage.room.model.overlay.is_some()
                        || !terminal.read().is_empty()
                        || keys == "[",
                    "{name} {width}x{height}: the cursor stands on nothing:\n{}",
                    terminal.lines().join("\n")
                );
            }
        }
    }
}

#[test]
fn every_agent_is_a_line_with_its_state_as_a_word() {
    let mut stage = open(80, 40);
    let screen = told(&mut stage, "enter esc");
    let fleet = fixture::fleet();
    let shown = |one: &AgentView| {
        screen
            .lines()
            .any(|line| line.starts_with(&format!("{}: {}", one.id, spoken::state(one.row))))
    };
    for agent in &fleet.agents {
        assert!(shown(agent), "{} in\n{screen}", agent.id);
    }
}

#[test]
fn the_cursor_stands_on_what_is_selected_and_moving_it_writes_nothing_else() {
    let mut stage = open(80, 30);
    let mut terminal = Terminal::new(80, 30);
    terminal.draw(&mut stage);
    for _ in 0..6 {
        stage.press("j");
        let bytes = terminal.draw(&mut stage);
        assert!(bytes <= 8, "{bytes} bytes");
        let id = stage
            .room
            .model
            .selected_agent()
            .expect("an agent")
            .to_string();
        assert!(
            terminal.read().starts_with(&format!("{id}: ")),
            "{}",
            terminal.read()
        );
    }
    stage.press("4");
    terminal.draw(&mut stage);
    stage.press("j");
    assert!(terminal.draw(&mut stage) <= 8);
    stage.press("enter");
    terminal.draw(&mut stage);
    let line = |stage: &Stage| {
        let (zone, now) = (stage.room.model.fleet().zone(), stage.room.model.now());
        spoken::line(stage.room.model.sheet().line().expect("a line"), now, zone)
    };
    for _ in 0..4 {
        assert_eq!(terminal.read(), line(&stage));
        stage.press("j");
        terminal.draw(&mut stage);
    }
}

#[test]
fn text_is_typed_where_the_cursor_stands() {
    let mut stage = open(80, 24);
    let mut terminal = Terminal::new(80, 24);
    stage.press("/ a b");
    terminal.draw(&mut stage);
    assert_eq!(
        (terminal.read().as_str(), terminal.cursor().x),
        ("filter: ab", 10)
    );
    stage.press("esc : d o n e");
    terminal.draw(&mut stage);
    assert_eq!(
        (terminal.read().as_str(), terminal.cursor().x),
        ("command: done", 13)
    );
    assert_eq!(
        terminal.lines().last().map(String::as_str),
        Some("Enter: standup done")
    );
    stage.press("down");
    terminal.draw(&mut stage);
    assert_eq!(terminal.cursor().x, 0);
    assert!(terminal.read().contains(", key "), "{}", terminal.read());
}

#[test]
fn a_code_is_typed_at_the_end_of_its_line() {
    let mut stage = open(80, 24);
    preview(&mut stage, |request| Confirm::Code(Code::of(request, &[])));
    stage.press("k 7");
    let mut terminal = Terminal::new(80, 24);
    terminal.draw(&mut stage);
    assert!(
        terminal.read().starts_with("type ") && terminal.read().ends_with("K7"),
        "{}",
        terminal.read()
    );
    assert_eq!(usize::from(terminal.cursor().x), terminal.read().len());
    assert!(matches!(
        stage.room.model.overlay,
        Some(Overlay::Preview(_))
    ));
}

#[test]
fn time_alone_changes_nothing_in_the_lists() {
    for keys in ["", "2", "2 v", "4", "5", "6", "w"] {
        let mut stage = at(80, 24, keys);
        stage.draw();
        let now = stage.room.model.clock;
        stage.send(Msg::Tick(now + Span::MINUTE));
        assert_eq!(stage.draw().len(), 0, "after {keys:?}:\n{}", stage.screen());
    }
}

#[test]
fn what_changed_is_said_in_the_last_line_and_no_line_moves() {
    let mut stage = open(80, 30);
    let mut terminal = Terminal::new(80, 30);
    terminal.draw(&mut stage);
    let names = |terminal: &Terminal| -> Vec<String> {
        let lines = terminal.lines();
        let names = lines.iter().filter_map(|line| line.split_once(": "));
        names.map(|(name, _)| name.to_owned()).collect()
    };
    let before = names(&terminal);
    let mut fleet = fixture::fleet();
    fleet.version += 1;
    let last = fleet.agents.len() - 1;
    let mut agent = (*fleet.agents[last]).clone();
    agent.row = RowState::Fail;
    agent.headline = "SMTP 451".to_owned();
    let name = agent.id.to_string();
    fleet.agents[last] = Arc::new(agent);
    stage.send(Msg::Fleet(Arc::new(fleet)));
    terminal.draw(&mut stage);
    assert_eq!(names(&terminal), before, "a line moved");
    let said = terminal.lines().last().cloned().unwrap_or_default();
    assert!(
        said.starts_with(&name) && said.ends_with("is fail; SMTP 451"),
        "{said}"
    );
    // It stays while the operator moves, and gives way to what a key does.
    stage.press("j");
    terminal.draw(&mut stage);
    assert_eq!(terminal.lines().last(), Some(&said));
    stage.press("u");
    terminal.draw(&mut stage);
    assert_ne!(terminal.lines().last(), Some(&said));
}

#[test]
fn pictures_in_the_words_of_agents_are_not_drawn() {
    let mut options = Options::new(Caps::FULL);
    options.form = Form::Lines;
    let mut fleet = fixture::fleet();
    let mut agent = (*fleet.agents[0]).clone();
    agent.headline = Untrusted::from("┌──┐ 50 % ▇▇▇░░ ⣿⣿").shown().into_owned();
    fleet.agents[0] = Arc::new(agent);
    let mut stage = Stage::open((80, 24), options, fleet);
    assert_words("standup", &stage.screen());
}
