//! Orders on the screen, keys in and screen out: preview, code, reason, menu, bulk, undo.

mod stage;

use insta::assert_snapshot;
use rounds::domain::id::{FileId, OpId};
use rounds::domain::text::Untrusted;
use rounds::domain::time::Span;
use rounds::keeper::{Order, Planned, Reply};
use rounds::ops::storm::Way;
use rounds::ops::{
    Answer, Ask, BlastRadius, Change, Code, Confirm, DiffLine, EditTask, FileRef, Mode, Plan,
    Reach, Refusal, Request, Risk, Sign, TaskEdit, Undoing, Verb,
};
use rounds::ui::caps::{Caps, Charset, Depth};
use rounds::ui::command::Place;
use rounds::ui::effect::Effect;
use rounds::ui::msg::Msg;
use rounds::view::fixture;
use stage::Stage;

fn open() -> Stage {
    Stage::with(80, 24, Caps::FULL, fixture::fleet())
}

/// The order that was asked to be planned last.
fn wanted(stage: &Stage) -> Request {
    match stage.effects.last() {
        Some(Effect::Order(Order::Preview(request))) => (**request).clone(),
        other => panic!("{other:?}"),
    }
}

/// The order that was last carried out, and how it was confirmed.
fn carried(stage: &Stage) -> (Request, Answer) {
    match stage.effects.last() {
        Some(Effect::Order(Order::Operate(order))) => (**order).clone(),
        other => panic!("{other:?}"),
    }
}

fn answer(stage: &mut Stage, plan: Result<Plan, Refusal>) {
    let request = wanted(stage);
    answer_to(stage, request, plan);
}

fn answer_to(stage: &mut Stage, request: Request, plan: Result<Plan, Refusal>) {
    stage.send(Msg::Reply(Reply::Planned(Box::new(Planned {
        request,
        plan,
    }))));
}

fn line(sign: Sign, text: &str) -> DiffLine {
    DiffLine {
        sign,
        line: 12,
        text: text.to_owned(),
        blanks: false,
    }
}

fn plan(request: &Request, level: Confirm) -> Plan {
    let task = request.task.clone().unwrap_or_else(|| "inbox".into());
    Plan {
        request: request.clone(),
        sentence: format!("{task}: claimed → pending, epoch 3 → 4"),
        blast: BlastRadius {
            sentence: "1 step is open: s3 (reply-991), mutating, outcome unknown".to_owned(),
            ..BlastRadius::default()
        },
        timeline: vec![
            "03:46 running (run 01JQE4)".to_owned(),
            "03:52 step s3 intended".to_owned(),
        ],
        ground: None,
        level,
        changes: vec![Change::Edit(EditTask {
            file: FileRef {
                id: FileId(7),
                path: Untrusted::from("mail-bot/schedule.json"),
            },
            task,
            edit: TaskEdit::default(),
            base: rounds::ops::Base::of(&fixture::versions()[1].task.clone().expect("a task"), ""),
        })],
        diff: vec![
            line(Sign::Removed, "\"status\": \"claimed\","),
            line(Sign::Added, "\"status\": \"pending\","),
        ],
        undo: Undoing::Possible("the owner returns under epoch 5".to_owned()),
    }
}

fn reply(stage: &mut Stage, level: &Confirm) {
    let plan = plan(&wanted(stage), level.clone());
    answer(stage, Ok(plan));
}

fn code(stage: &Stage) -> Code {
    Code::of(&wanted(stage), &[])
}

/// A preview of all four retries of the queue, which want a `y`.
fn looking_at_four() -> Stage {
    let mut stage = open();
    stage.press("4 A r");
    for _ in 0..4 {
        reply(&mut stage, &Confirm::Yes);
    }
    stage
}

/// Opens the queue on publisher/publish-article.
fn on_a_task() -> Stage {
    let mut stage = open();
    stage.press("4 j j");
    stage
}

#[test]
fn a_preview_names_the_level_where_it_is_not_a() {
    let mut stage = on_a_task();
    stage.press("r");
    let asked = wanted(&stage);
    let below = Plan {
        ground: Some("level B, exchange without a lease".to_owned()),
        ..plan(&asked, Confirm::Yes)
    };
    answer(&mut stage, Ok(below));
    let screen = stage.screen();
    assert!(
        screen.contains("level B, exchange without a lease"),
        "{screen}"
    );
    assert!(screen.contains("03:52 step s3 intended"), "{screen}");
}

#[test]
fn a_key_asks_what_it_would_do_and_y_does_it() {
    let mut stage = on_a_task();
    stage.press("r");
    let request = wanted(&stage);
    assert_eq!(
        (request.verb, request.agent.as_str()),
        (Verb::Retry, "publisher")
    );
    reply(&mut stage, &Confirm::Yes);
    assert_eq!(stage.room.model.place(), Place::Preview);
    assert_snapshot!("preview_80x24", stage.screen());
    stage.press("y");
    assert!(carried(&stage).1.yes);
}

#[test]
fn the_default_is_no() {
    for key in ["enter", "n", "esc", "space", "Y", "q"] {
        let mut stage = on_a_task();
        stage.press("r");
        reply(&mut stage, &Confirm::Yes);
        stage.press(key);
        assert!(
            stage.screen().contains("nothing was changed"),
            "{key}: {}",
            stage.screen()
        );
        let operated = |effect: &Effect| matches!(effect, Effect::Order(Order::Operate(_)));
        assert!(!stage.effects.iter().any(operated), "{key}");
        assert_eq!(stage.room.model.place(), Place::Queue);
    }
}

#[test]
fn a_code_is_typed_and_never_pasted() {
    let mut stage = on_a_task();
    stage.press("r");
    let code = code(&stage);
    reply(&mut stage, &Confirm::Code(code.clone()));
    assert!(stage.screen().contains(&format!("type {}", code.text())));
    stage.room.paste(code.text());
    assert!(
        stage.screen().contains("a paste confirms nothing"),
        "{}",
        stage.screen()
    );
    stage.press("y enter");
    assert!(
        stage.screen().contains("not confirmed"),
        "{}",
        stage.screen()
    );
    stage.press("backspace");
    for letter in code.text().to_lowercase().chars() {
        stage.press(&letter.to_string());
    }
    stage.press("enter");
    assert_eq!(carried(&stage).1.code.as_deref(), Some(code.text()));
}

#[test]
fn what_was_done_within_a_day_asks_whether_the_outside_was_checked() {
    let mut stage = on_a_task();
    stage.press("r");
    let code = code(&stage);
    reply(&mut stage, &Confirm::CodeAndOutside(code.clone()));
    for letter in code.text().chars() {
        stage.press(&letter.to_string());
    }
    stage.press("enter");
    assert!(
        stage.screen().contains("checked outside"),
        "{}",
        stage.screen()
    );
    stage.press("tab enter");
    assert!(carried(&stage).1.outside);
}

#[test]
fn a_reason_is_written_where_one_is_needed() {
    let mut stage = on_a_task();
    stage.press("s");
    let refusal = Refusal::new("a reason is needed").asking(Ask::Reason);
    answer(&mut stage, Err(refusal));
    assert_eq!(stage.room.model.place(), Place::Editor);
    stage.press("r e l a y space i s space d o x backspace w n");
    assert_snapshot!("reason_80x24", stage.screen());
    stage.press("enter");
    assert_eq!(wanted(&stage).reason(), Some("relay is down"));
}

#[test]
fn a_refusal_says_what_would_make_it_possible() {
    let mut stage = on_a_task();
    stage.press("c");
    let refusal = Refusal::new("no run holds it").but("retry it");
    answer(&mut stage, Err(refusal));
    let screen = stage.screen();
    assert!(
        screen.contains("refused: reclaim publisher/publish-article: no run holds it; retry it"),
        "{screen}"
    );
}

#[test]
fn an_order_on_an_agent_lists_its_open_tasks() {
    let mut stage = open();
    stage.press("r");
    let screen = stage.screen();
    assert!(
        screen.contains("retry which task of publisher?"),
        "{screen}"
    );
    assert!(
        !screen.contains("draft   "),
        "what is done is not offered: {screen}"
    );
    stage.press("j enter");
    let task = wanted(&stage).task.clone();
    assert_eq!(task, Some("newsletter".into()));
    stage.press("H");
    assert_eq!(wanted(&stage).task, None, "an agent is held as a whole");
}

#[test]
fn several_are_summed_up_and_what_needs_a_code_is_left_out() {
    let mut stage = open();
    stage.press("4 A r");
    for level in [
        Confirm::Code(Code::of(&wanted(&stage), &[])),
        Confirm::Yes,
        Confirm::Yes,
        Confirm::Yes,
    ] {
        let mut plan = plan(&wanted(&stage), level);
        plan.blast.asked = vec![reach()];
        answer(&mut stage, Ok(plan));
    }
    assert_snapshot!("bulk_80x24", stage.screen());
    stage.press("y");
    assert!(stage.room.model.queue.marked.is_empty());
    assert_eq!(carried(&stage).0.verb, Verb::Retry);
    over(&mut stage, "01A", "inbox was asked for again");
    over(&mut stage, "01B", "digest was asked for again");
    stage.press("esc");
    assert_eq!(
        stage.effects.last(),
        Some(&Effect::Order(Order::Operate(Box::new(carried(&stage)))))
    );
    over(&mut stage, "01C", "publish-article was asked for again");
    assert_snapshot!("write_up_80x24", stage.screen());
    stage.press("y");
    assert!(
        matches!(stage.effects.last(), Some(Effect::Copy(text)) if text.starts_with("## 3 of 3 orders took effect")),
        "{:?}",
        stage.effects.last()
    );
}

#[test]
fn a_bulk_stops_before_the_next_begins() {
    let mut stage = looking_at_four();
    stage.press("y esc");
    assert_eq!(
        stage.effects.last(),
        Some(&Effect::Order(Order::StopOperating))
    );
    over(&mut stage, "01A", "done");
    let screen = stage.screen();
    assert!(screen.contains("1 of 4 orders took effect"), "{screen}");
    assert!(screen.contains("stopped before it began"), "{screen}");
}

/// An operation took effect.
fn over(stage: &mut Stage, op: &str, sentence: &str) {
    let outcome = serde_json::json!({"op": op, "landed": "done", "sentence": sentence});
    let outcome = serde_json::from_value(outcome).expect("an outcome");
    stage.send(Msg::Reply(Reply::Operated(Box::new(outcome))));
}

fn reach() -> Reach {
    Reach {
        id: String::new(),
        step: None,
        key: None,
        risk: Risk::ReadOnly,
        last: rounds::ops::LastOutcome::NotStarted,
        hits: Vec::new(),
        within_window: false,
    }
}

#[test]
fn what_took_effect_is_told_and_taken_back_with_u() {
    let mut stage = on_a_task();
    stage.press("r");
    reply(&mut stage, &Confirm::Yes);
    stage.press("y");
    over(
        &mut stage,
        "01JQ9V3C",
        "publish-article was asked for again",
    );
    assert!(
        stage.screen().contains("asked for again; u to undo"),
        "{}",
        stage.screen()
    );
    stage.press("u");
    let undo = wanted(&stage);
    assert_eq!(
        (undo.verb, undo.undoes),
        (Verb::Undo, Some(OpId::from("01JQ9V3C")))
    );
}

#[test]
fn the_menu_has_what_can_be_done_and_why_the_rest_cannot() {
    let mut stage = on_a_task();
    stage.press("x");
    assert_snapshot!("menu_80x24", stage.screen());
    stage.press("G enter");
    assert!(stage.effects.is_empty(), "{:?}", stage.effects);
    stage.press("g enter");
    assert_eq!(wanted(&stage).verb, Verb::Retry);
}

#[test]
fn a_read_only_rounds_orders_nothing() {
    let mut stage = on_a_task();
    stage.room.model.mode = Mode::ReadOnly;
    for key in ["c", "r", "s", "H", "m", "x"] {
        stage.press(key);
        assert!(
            stage.screen().contains("read-only"),
            "{key}: {}",
            stage.screen()
        );
    }
    assert!(stage.effects.is_empty());
}

#[test]
fn dialogs_without_colour_in_ascii_and_small() {
    let caps = Caps {
        depth: Depth::Mono,
        charset: Charset::Ascii,
        ..Caps::FULL
    };
    for (width, height) in [(40, 12), (80, 24), (200, 50)] {
        let mut stage = Stage::with(width, height, caps, fixture::fleet());
        stage.press("4 j j r");
        let code = code(&stage);
        reply(&mut stage, &Confirm::CodeAndOutside(code.clone()));
        let screen = stage.screen();
        assert!(screen.is_ascii(), "{screen}");
        assert!(screen.contains(code.text()), "{screen}");
    }
}

#[test]
fn what_is_overdue_is_spread_in_one_preview() {
    let mut stage = open();
    stage.press("2 O");
    assert!(matches!(
        stage.effects.last(),
        Some(Effect::Order(Order::Storm))
    ));
    let at = fixture::now();
    let order =
        |verb, task: &str| Request::new(OpId::from(""), verb, "mail-bot".into()).on(&task.into());
    let way = |title, says: &str, orders| Way {
        title,
        says: says.to_owned(),
        orders,
    };
    let ways = [
        way("run", "asks for 0 at once; 2 in time still", Vec::new()),
        way(
            "skip",
            "2 tasks flagged and left undone, with one reason",
            vec![order(Verb::Skip, "inbox"), order(Verb::Skip, "replies")],
        ),
        way(
            "spread",
            "2 from 07:40 to 08:10",
            vec![
                order(Verb::Retry, "inbox").due(at + Span::mins(30)),
                order(Verb::Retry, "replies").due(at + Span::mins(60)),
            ],
        ),
    ];
    let title = "2 tasks of 1 agent overdue since 02:10".to_owned();
    stage.send(Msg::Reply(Reply::Storm(Some(Box::new((title, ways))))));
    assert_snapshot!("storm_80x24", stage.screen());
    stage.press("enter");
    assert_snapshot!(
        "storm_refused",
        stage.screen().lines().last().unwrap_or_default()
    );
    stage.press("j j enter");
    reply(&mut stage, &Confirm::Yes);
    reply(&mut stage, &Confirm::Yes);
    assert_snapshot!("storm_spread_80x24", stage.screen());
    stage.press("y");
    let (first, _) = carried(&stage);
    assert_eq!(first.due, Some(at + Span::mins(30)));
}

#[test]
fn what_needs_no_confirmation_is_looked_at_too_after_an_outage() {
    let mut stage = open();
    stage.press("2 O");
    let order = Request::new(OpId::from(""), Verb::Retry, "audit".into()).on(&"links".into());
    let way = |title, orders| Way {
        title,
        says: String::new(),
        orders,
    };
    let ways = [
        way("run", vec![order]),
        way("skip", Vec::new()),
        way("spread", Vec::new()),
    ];
    let found = Some(Box::new(("1 task of 1 agent overdue".to_owned(), ways)));
    stage.send(Msg::Reply(Reply::Storm(found)));
    stage.press("enter");
    reply(&mut stage, &Confirm::None);
    assert_eq!(
        stage.room.model.place(),
        Place::Preview,
        "{}",
        stage.screen()
    );
    stage.press("esc");
    let ordered = |effect: &Effect| matches!(effect, Effect::Order(Order::Operate(_)));
    assert!(!stage.effects.iter().any(ordered));
}

#[test]
fn a_read_only_rounds_offers_no_way_out_of_an_outage() {
    let mut stage = open();
    stage.room.model.mode = Mode::ReadOnly;
    stage.press("2 O");
    let asked = |effect: &Effect| matches!(effect, Effect::Order(Order::Storm));
    assert!(!stage.effects.iter().any(asked));
}

#[test]
fn a_preview_that_esc_gave_up_never_opens() {
    let mut stage = on_a_task();
    stage.press("r");
    let request = wanted(&stage);
    stage.press("esc");
    assert!(stage.screen().contains("nothing was changed"));
    let late = plan(&request, Confirm::Yes);
    answer_to(&mut stage, request, Ok(late));
    assert_eq!(stage.room.model.place(), Place::Queue);

    stage.press("x esc");
    let about = stage.room.model.offers.of.clone();
    assert_eq!(stage.room.model.offers.menu, None, "{about:?}");
    stage.press("2 O esc");
    stage.send(Msg::Reply(Reply::Storm(None)));
    assert_eq!(stage.room.model.place(), Place::Sprint);
}

#[test]
fn a_preview_never_opens_under_what_is_being_typed() {
    let mut stage = on_a_task();
    stage.press("r");
    let request = wanted(&stage);
    stage.press(": y");
    let late = plan(&request, Confirm::Yes);
    answer_to(&mut stage, request, Ok(late));
    assert_eq!(stage.room.model.place(), Place::Palette);
    assert!(stage.screen().contains("nothing was changed"));
    stage.press("esc");
    assert_eq!(stage.room.model.place(), Place::Queue);
}

#[test]
fn an_order_that_is_confirmed_while_another_goes_on_begins_after_it() {
    let mut stage = looking_at_four();
    stage.press("y");
    let first = carried(&stage).0;
    stage.press("g H");
    let held = wanted(&stage);
    reply(&mut stage, &Confirm::Yes);
    stage.press("y");
    assert!(stage.screen().contains("begins once 4 orders before it"));
    for op in ["01A", "01B", "01C"] {
        over(&mut stage, op, "asked for again");
        assert_eq!(carried(&stage).0.verb, first.verb, "after {op}");
    }
    over(&mut stage, "01D", "asked for again");
    assert_eq!(carried(&stage).0.verb, held.verb);
    over(&mut stage, "01E", "held");
    assert!(stage.screen().contains("5 of 5 orders took effect"));
}

#[test]
fn one_order_of_a_bulk_that_can_no_longer_be_done_stops_none_of_the_others() {
    let mut stage = looking_at_four();
    stage.press("y");
    let now_dangerous = carried(&stage).0;
    let why = "the code was not typed".to_owned();
    stage.send(Msg::Reply(Reply::NotDone(Box::new((now_dangerous, why)))));
    let second = Effect::Order(Order::Operate(Box::new(carried(&stage))));
    stage.send(Msg::NotTaken(
        Box::new(Order::Operate(Box::new(carried(&stage)))),
        "16 orders wait already: this one was not taken".to_owned(),
    ));
    assert_ne!(stage.effects.last(), Some(&second));
    over(&mut stage, "01C", "asked for again");
    over(&mut stage, "01D", "asked for again");
    let screen = stage.screen();
    assert!(screen.contains("2 of 4 orders took effect"), "{screen}");
    assert!(screen.contains("the code was not typed"), "{screen}");
}

#[test]
fn a_write_up_waits_for_what_the_operator_is_writing() {
    let mut stage = looking_at_four();
    stage.press("y :");
    for op in ["01A", "01B", "01C", "01D"] {
        over(&mut stage, op, "asked for again");
    }
    assert_eq!(stage.room.model.place(), Place::Palette);
    stage.press("esc");
    assert!(stage.screen().contains("4 of 4 orders took effect"));
}

#[test]
fn esc_leaves_what_lies_on_top_before_it_stops_a_bulk() {
    let mut stage = looking_at_four();
    stage.press("y : esc");
    assert_eq!(stage.room.model.place(), Place::Queue);
    let stopped = Effect::Order(Order::StopOperating);
    assert!(!stage.effects.contains(&stopped));
    stage.press("esc");
    assert!(stage.effects.contains(&stopped));
}
