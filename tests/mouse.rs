//! The mouse: a click moves the cursor, a second one opens, the wheel scrolls, and no click orders anything.

mod stage;

use std::sync::Arc;

use proptest::prelude::*;
use rounds::keeper::{Order, Planned, Reply};
use rounds::ops::{BlastRadius, Confirm, Plan, Request, Undoing};
use rounds::reader::Page;
use rounds::ui::Options;
use rounds::ui::caps::Caps;
use rounds::ui::command::Place;
use rounds::ui::effect::Effect;
use rounds::ui::layout::Form;
use rounds::ui::model::{Overlay, Pane};
use rounds::ui::msg::{Msg, Touch};
use rounds::view::fixture;
use stage::Stage;

fn open(width: u16, height: u16) -> Stage {
    in_form(width, height, Form::Grid)
}

fn in_form(width: u16, height: u16, form: Form) -> Stage {
    let mut options = Options::new(Caps::FULL);
    options.form = form;
    let mut stage = Stage::open((width, height), options, fixture::fleet());
    stage.ordered = 14;
    stage.press("3");
    stage.send(Msg::Page(Page::Week(Arc::new(fixture::week()))));
    stage.press("1");
    stage
}

/// Where a text stands on the screen.
fn find(stage: &mut Stage, text: &str) -> (u16, u16) {
    let screen = stage.screen();
    for (y, line) in screen.lines().enumerate() {
        if let Some(at) = line.find(text) {
            let x = line[..at].chars().count();
            return (
                u16::try_from(x).expect("a column"),
                u16::try_from(y).expect("a line"),
            );
        }
    }
    panic!("{text:?} is not on\n{screen}");
}

fn click(stage: &mut Stage, text: &str) {
    let (x, y) = find(stage, text);
    stage.send(Msg::Touch(Touch::Click(x, y)));
}

#[test]
fn a_click_on_a_tab_opens_its_pane() {
    for (width, form) in [(80, Form::Grid), (200, Form::Grid)] {
        let mut stage = in_form(width, 40, form);
        for pane in [
            Pane::Sprint,
            Pane::Retro,
            Pane::Queue,
            Pane::Log,
            Pane::Ledger,
            Pane::Standup,
        ] {
            click(&mut stage, &format!("{} {}", pane.digit(), pane.title()));
            assert_eq!(stage.room.model.pane, pane);
        }
    }
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    for form in [Form::Grid, Form::Lines] {
        let mut stage = in_form(80, 40, form);
        let model = |stage: &Stage| stage.room.model.place();
        click(&mut stage, "mail-bot");
        assert_eq!(stage.subject(), "mail-bot");
        assert_eq!(model(&stage), Place::Standup);
        click(&mut stage, "mail-bot");
        assert_eq!(model(&stage), Place::Detail, "{form:?}");
        stage.press("esc 4");
        click(&mut stage, "drafter/digest");
        assert_eq!(
            (stage.room.model.queue_cursor(), model(&stage)),
            (1, Place::Queue)
        );
        click(&mut stage, "drafter/digest");
        assert_eq!(model(&stage), Place::Detail);
        stage.press("esc 2");
        click(&mut stage, "mail-bot");
        click(&mut stage, "mail-bot");
        assert_eq!(
            (stage.room.model.pane, model(&stage)),
            (Pane::Standup, Place::Detail),
            "{form:?}"
        );
        stage.press("3");
        click(&mut stage, "43 ");
        assert_eq!(stage.subject(), "publisher");
        stage.press("5");
        click(&mut stage, "06:58");
        let row = stage.room.model.log_row().expect("a row");
        assert_eq!(row.at, fixture::at(6, 58));
        stage.press("6");
        click(&mut stage, "07:01");
        assert_eq!(stage.room.model.ledger_cursor(), 2, "{form:?}");
    }
}

#[test]
fn a_list_that_is_longer_than_the_screen_stays_under_the_pointer() {
    let mut stage = open(80, 14);
    stage.press("2 j j j j j j j j j");
    let (x, y) = find(&mut stage, "metrics");
    stage.send(Msg::Touch(Touch::Click(x, y)));
    assert_eq!(stage.subject(), "metrics");
    assert_eq!(find(&mut stage, "metrics").1, y, "the line has moved");
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut stage = open(120, 20);
    let (x, y) = find(&mut stage, "outreach");
    stage.send(Msg::Touch(Touch::Down(x, y)));
    assert_eq!(stage.room.model.cursor(), 3);
    let page = stage.room.model.board.page.expect("a page beside the list");
    stage.send(Msg::Touch(Touch::Down(page.x + 2, page.y + 2)));
    assert_eq!(
        (stage.room.model.cursor(), stage.room.model.page.sheet.at),
        (3, 3)
    );
    stage.send(Msg::Touch(Touch::Up(x, y)));
    assert_eq!(stage.room.model.cursor(), 0);
    stage.press("?");
    stage.send(Msg::Touch(Touch::Down(1, 1)));
    assert!(matches!(
        stage.room.model.overlay,
        Some(Overlay::Help { top: 3, .. })
    ));
}

#[test]
fn a_click_beside_an_overlay_leaves_it_and_one_inside_points_at_most() {
    let mut stage = open(80, 24);
    for keys in ["?", "w", ": d a y", "x"] {
        stage.press(keys);
        let before = stage.screen();
        stage.send(Msg::Touch(Touch::Click(0, 23)));
        assert_eq!(stage.screen(), before, "after {keys}");
        stage.press("esc");
    }
    stage.press("x");
    click(&mut stage, "hand-off");
    assert!(matches!(
        &stage.room.model.overlay,
        Some(Overlay::Choose { at: 2, .. })
    ));
    click(&mut stage, "hand-off");
    assert!(
        matches!(
            &stage.room.model.overlay,
            Some(Overlay::Choose { at: 2, .. })
        ),
        "nothing was taken"
    );
}

fn plan(request: Request) -> Planned {
    let plan = Plan {
        sentence: "inbox: claimed, pending".to_owned(),
        blast: BlastRadius::default(),
        timeline: Vec::new(),
        ground: None,
        level: Confirm::Yes,
        changes: Vec::new(),
        diff: Vec::new(),
        undo: Undoing::Never("nothing is kept".to_owned()),
        request: request.clone(),
    };
    Planned {
        request,
        plan: Ok(plan),
    }
}

/// What an order, or the end of the session, would be.
fn acts(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Quit
            | Effect::Order(
                Order::Operate(_)
                    | Order::Preview(_)
                    | Order::MarkStandup(_)
                    | Order::Say { .. }
                    | Order::Maintain { .. }
                    | Order::Retro(_)
                    | Order::Storm
            )
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_click_anywhere_orders_or_confirms_anything(
        lines in any::<bool>(),
        sizes in 0_usize..4,
        steps in prop::collection::vec((0_usize..18, prop::collection::vec((0_u16..210, 0_u16..55, 0_u8..3), 1..40)), 1..6),
    ) {
        const KEYS: [&str; 18] = [
            "1", "2", "2 v", "3", "4", "5", "6", "enter", "?", "w", ":", "x", "a", "R", "4 j j r", "H", "/", "m",
        ];
        let (width, height) = [(80, 24), (120, 40), (200, 50), (40, 12)][sizes];
        let mut stage = in_form(width, height, if lines { Form::Lines } else { Form::Grid });
        for (keys, touches) in steps {
            stage.press("esc esc esc");
            stage.press(KEYS[keys]);
            if let Some(Effect::Order(Order::Preview(request))) = stage.effects.last() {
                let planned = plan((**request).clone());
                stage.send(Msg::Reply(Reply::Planned(Box::new(planned))));
            }
            let asked = stage.room.model.place();
            stage.effects.clear();
            for (x, y, what) in touches {
                let touch = match what {
                    0 => Touch::Click(x % width, y % height),
                    1 => Touch::Up(x % width, y % height),
                    _ => Touch::Down(x % width, y % height),
                };
                stage.send(Msg::Touch(touch));
                stage.screen();
            }
            prop_assert!(!stage.effects.iter().any(acts), "{:?}", stage.effects);
            if matches!(asked, Place::Preview | Place::Editor) {
                prop_assert_eq!(stage.room.model.place(), asked);
            }
        }
    }
}
