//! What every screen keeps to, whatever stands on it: names of any script, fleets of any size, values that change, and
//! terminals that lie inside others.

mod stage;

use std::num::NonZero;
use std::sync::Arc;

use rounds::domain::fleet::{AgentView, Fleet};
use rounds::domain::id::AgentId;
use rounds::keeper::{Order, Planned, Reply};
use rounds::ops::{BlastRadius, Code, Confirm, Plan, Undoing};
use rounds::reader::Page;
use rounds::ui::Options;
use rounds::ui::caps::Caps;
use rounds::ui::command::{COMMANDS, Place};
use rounds::ui::effect::Effect;
use rounds::ui::keymap::{Key, Keymap};
use rounds::ui::layout::Form;
use rounds::ui::model::Pane;
use rounds::ui::msg::{Input, Msg};
use rounds::view::fixture;
use stage::Stage;
use unicode_width::UnicodeWidthStr;

const PLACES: [&str; 18] = [
    "", "enter", "2", "2 v", "3", "3 enter", "3 R", "4", "4 enter", "5", "6", "6 enter", "R", "?",
    "w", ": d a", "x", "/ i s",
];
const SIZES: [(u16, u16); 5] = [(80, 24), (120, 40), (200, 50), (50, 20), (40, 12)];

const FORMS: [Form; 2] = [Form::Grid, Form::Lines];

fn at(size: (u16, u16), fleet: Fleet, keys: &str) -> Stage {
    in_form(Form::Grid, size, fleet, keys)
}

fn in_form(form: Form, size: (u16, u16), fleet: Fleet, keys: &str) -> Stage {
    let mut options = Options::new(Caps::FULL);
    options.form = form;
    let mut stage = Stage::open(size, options, fleet);
    stage.ordered = 14;
    stage.press("3");
    stage.send(Msg::Page(Page::Week(Arc::new(fixture::week()))));
    stage.press("1");
    stage.press(keys);
    stage
}

fn changed(fleet: &Fleet, change: impl Fn(usize, &mut AgentView)) -> Fleet {
    let mut next = fleet.clone();
    for (n, agent) in next.agents.iter_mut().enumerate() {
        let mut one = (**agent).clone();
        change(n, &mut one);
        *agent = Arc::new(one);
    }
    next
}

/// tmux takes ctrl-b, screen takes ctrl-a: nobody reaches them inside.
#[test]
fn no_key_collides_with_the_prefix_of_a_multiplexer() {
    let keymap = Keymap::default();
    for taken in ["ctrl-a", "ctrl-b"] {
        for command in COMMANDS {
            assert!(
                !command.keys.contains(&taken),
                "{} has {taken}",
                command.name
            );
        }
        let event = Key::parse(taken).expect("a key").event();
        for place in Place::ALL {
            let input = keymap.input(place, event);
            assert!(
                matches!(input, None | Some(Input::Unbound(_))),
                "{taken} in {place:?}: {input:?}"
            );
        }
    }
}

/// What rounds thinks is on the screen is what a terminal makes of its bytes, however wide the names are.
#[test]
fn names_of_any_script_stand_where_they_should_in_every_pane() {
    let names = [
        "日本語の名前です",
        "שלום-עולם",
        "a-name-that-is-far-longer-than-any-column-has-room-for-and-goes-on",
        "Ünï-cödé",
        "مرحبا",
    ];
    let fleet = changed(&fixture::fleet(), |n, agent| {
        if let Some(name) = names.get(n) {
            agent.id = AgentId::from(*name);
            agent.headline = format!("{name}: 完了しました, שלום, ×3");
        }
    });
    for (form, size) in FORMS
        .iter()
        .flat_map(|form| SIZES.map(|size| (*form, size)))
    {
        for keys in PLACES {
            let mut stage = in_form(form, size, fleet.clone(), keys);
            let cells = |n| NonZero::new(n).expect("not zero");
            let mut terminal = vt100::Parser::new(cells(size.1), cells(size.0), 0);
            terminal.process(&stage.draw());
            let seen = terminal.screen().contents();
            let meant = stage::text(stage.room.shown());
            // A wide character covers the cell behind it, which the buffer holds as a blank.
            let bare = |text: &str| -> Vec<String> {
                let lines = text
                    .lines()
                    .map(|line| line.split_whitespace().collect::<String>());
                lines.collect()
            };
            let (seen_lines, meant_lines) = (bare(&seen), bare(&meant));
            for (seen, meant) in seen_lines.iter().zip(&meant_lines) {
                assert_eq!(seen, meant, "{size:?} after {keys:?}");
            }
            for line in seen.lines() {
                assert!(
                    line.width() <= usize::from(size.0),
                    "{size:?} {keys:?}: {line}"
                );
            }
        }
    }
}

/// Where the columns of the list begin.
fn headings(stage: &mut Stage) -> String {
    let screen = stage.screen();
    let line = screen.lines().find(|line| line.contains("state"));
    line.unwrap_or_default().to_owned()
}

#[test]
fn columns_stay_where_they_are_when_values_change() {
    for size in SIZES {
        // Of the first agent so much is done that its count gets a digit more.
        let before = changed(&fixture::fleet(), |n, agent| {
            if n == 0 {
                (agent.tally.done, agent.tally.planned) = (8, 12);
            }
        });
        let mut stage = at(size, before.clone(), "");
        let stood = headings(&mut stage);
        for step in 1..4_u32 {
            let mut next = changed(&before, |_, agent| {
                agent.counts.did = agent.counts.did * 10_u32.pow(step) + 7;
                agent.counts.failed += 3 * step;
                agent.tally.done = (agent.tally.done + step).min(agent.tally.planned);
                agent.headline = "x".repeat(usize::try_from(step).expect("small") * 30);
            });
            next.version += u64::from(step);
            stage.send(Msg::Fleet(Arc::new(next)));
            assert_eq!(headings(&mut stage), stood, "{size:?} in step {step}");
        }
    }
}

#[test]
fn five_hundred_agents_and_none_can_be_walked_through_every_pane() {
    for agents in [500, 0, 1] {
        for (form, size) in FORMS
            .iter()
            .flat_map(|form| SIZES.map(|size| (*form, size)))
        {
            let mut stage = in_form(form, size, fixture::fleet_of(agents), "");
            for keys in PLACES {
                stage.press(keys);
                let screen = stage.screen();
                assert!(!screen.trim().is_empty(), "{agents} agents after {keys:?}");
                stage.press("j j ctrl-d G g esc esc esc esc");
            }
            assert_eq!(stage.room.model.place(), Place::Standup);
        }
    }
}

#[test]
fn on_a_phone_every_pane_has_its_tab_and_a_code_is_seen_as_it_is_typed() {
    let mut stage = at((50, 20), fixture::fleet(), "");
    for pane in Pane::ALL {
        stage.press(&pane.digit().to_string());
        let screen = stage.screen();
        let tabs = screen.lines().next().unwrap_or_default().to_owned();
        assert!(
            tabs.contains(&format!("[{} {}", pane.digit(), pane.title())),
            "{tabs}"
        );
        for other in Pane::ALL {
            assert!(tabs.contains(&other.digit().to_string()), "{tabs}");
        }
    }
    let mut stage = at((40, 20), fixture::fleet(), "4 j j r");
    let Some(Effect::Order(Order::Preview(request))) = stage.effects.last() else {
        panic!("{:?}", stage.effects.last());
    };
    let request = (**request).clone();
    let plan = Plan {
        sentence: "newsletter: failed → pending".to_owned(),
        blast: BlastRadius::default(),
        timeline: Vec::new(),
        ground: None,
        level: Confirm::Code(Code::of(&request, &[])),
        changes: Vec::new(),
        diff: Vec::new(),
        undo: Undoing::Never("nothing is kept".to_owned()),
        request: request.clone(),
    };
    let planned = Planned {
        request,
        plan: Ok(plan),
    };
    stage.send(Msg::Reply(Reply::Planned(Box::new(planned))));
    stage.press("z q");
    assert!(stage.screen().contains("ZQ_"), "{}", stage.screen());
}
