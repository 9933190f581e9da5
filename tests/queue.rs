//! The queue, keys in and screen out: what needs a person, the case in full, what is said about it, the page of a task.

mod stage;

use std::sync::Arc;

use insta::assert_snapshot;
use rounds::domain::finding::{Blast, Evidence, FindingKind, Severity};
use rounds::domain::fleet::{Fleet, TaskState};
use rounds::domain::heartbeat::RunStatus;
use rounds::domain::log::{LogKind, LogRow};
use rounds::domain::retro::RetroWord;
use rounds::domain::time::Span;
use rounds::domain::told::{Said, Told};
use rounds::keeper::Order;
use rounds::reader::{Compared, Page, Present, Query};
use rounds::ui::caps::{Caps, Charset, Depth};
use rounds::ui::command::Place;
use rounds::ui::effect::Effect;
use rounds::ui::model::{Entry, Pane};
use rounds::ui::msg::Msg;
use rounds::view::fixture;
use stage::Stage;

/// The fixture with a task that waits for its agent, a damaged file, and a case that was snoozed.
fn fleet() -> Fleet {
    let mut fleet = fixture::fleet();
    for agent in &mut fleet.agents {
        if agent.id.as_str() == "audit" {
            let agent = Arc::make_mut(agent);
            agent.tasks[0].state = TaskState::AwaitingAgent;
            agent.tasks[0].since = fixture::at(7, 4);
        }
    }
    let first = (*fleet.findings[0]).clone();
    let mut add = |kind: FindingKind, agent: &str, sentence: &str, said: Option<Said>| {
        let mut found = first.clone();
        found.kind = kind;
        found.severity = Severity::Warning;
        found.agent = agent.into();
        found.task = None;
        found.blast = Blast::None;
        found.since = fixture::at(6, 40);
        found.evidence[0].file = format!("{agent}/heartbeat.jsonl").into();
        sentence.clone_into(&mut found.sentence);
        let told = Told {
            said,
            ..Told::at_once(&Arc::new(found), fixture::now())
        };
        fleet.findings.push(told.finding.clone());
        fleet.told.push(told);
    };
    add(
        FindingKind::DamagedFile,
        "social",
        "one record of social/heartbeat.jsonl could not be read: line 334",
        None,
    );
    add(
        FindingKind::DamagedFile,
        "metrics",
        "one record of metrics/heartbeat.jsonl could not be read: line 12",
        None,
    );
    let snoozed = Some(Said::SnoozedUntil(fixture::at(9, 0)));
    add(
        FindingKind::OverCapacity,
        "outreach",
        "14 tasks planned for a limit of 8",
        snoozed,
    );
    fleet
}

/// The same, and a plan of which a version was lost.
fn with_a_lost_update() -> Fleet {
    let mut fleet = fleet();
    let mut found = (*fleet.findings[0]).clone();
    found.kind = FindingKind::LostUpdate;
    found.severity = Severity::Critical;
    found.blast = Blast::Fleet;
    found.agent = "drafter".into();
    found.task = Some("digest".into());
    found.sentence =
        "digest: its done of 06:31 was overwritten 06:40 by a writer that had not read it".into();
    found.since = fixture::at(6, 40);
    let proof = found.evidence[0].clone();
    let version = |what: &str, digit: &str, minute| Evidence {
        file: "drafter/schedule.json".into(),
        text: format!("{what}: versions/{}", digit.repeat(64)).into(),
        at: Some(fixture::at(6, minute)),
        ..proof.clone()
    };
    found.evidence = vec![
        version("the lost version", "a", 31),
        version("what replaced it", "b", 40),
    ];
    let told = Told::at_once(&Arc::new(found), fixture::now());
    fleet.findings.insert(0, told.finding.clone());
    fleet.told.insert(0, told);
    fleet
}

#[test]
fn a_lost_version_opens_beside_what_is_there_now() {
    let mut stage = Stage::with(80, 24, Caps::FULL, with_a_lost_update());
    stage.press("4 g v");
    let Some(Effect::Ask(Query::Lost(lost))) = stage.effects.last() else {
        panic!("{:?}", stage.effects)
    };
    let lost = lost.as_ref().clone();
    assert_eq!(lost.name, "a".repeat(64));
    let plan = |status: &str| -> Vec<u8> {
        let task = |n| format!("  {{\"id\": \"t{n}\", \"status\": \"{status}\"}},\n");
        (0..30).map(task).collect::<String>().into_bytes()
    };
    stage.send(Msg::Page(Page::Lost(Box::new(Compared {
        of: lost,
        lost: plan("done"),
        now: Present::File(plan("pending")),
    }))));
    assert_snapshot!("a_lost_version_80x24", stage.screen());
    stage.press("G");
    assert!(
        stage
            .screen()
            .contains("30 +   {\"id\": \"t29\", \"status\": \"done\"},")
    );
    stage.press("y");
    let Some(Effect::Copy(text)) = stage.effects.last() else {
        panic!("{:?}", stage.effects)
    };
    assert!(text.starts_with("- drafter/schedule.json now\n"), "{text}");
    stage.press("esc");
    assert_eq!(stage.room.model.place(), Place::Queue);
}

#[test]
fn without_a_lost_version_its_key_says_so() {
    let mut stage = open(80, 24);
    stage.press("g v");
    assert!(
        stage
            .screen()
            .contains("no lost update is under the cursor")
    );
}

fn open(width: u16, height: u16) -> Stage {
    let mut stage = Stage::with(width, height, Caps::FULL, fleet());
    stage.press("4");
    stage
}

fn subject(stage: &Stage) -> String {
    let target = stage.room.model.target();
    target.map_or_else(String::new, |target| match target.task {
        Some(task) => format!("{}/{task}", target.agent),
        None => target.agent.to_string(),
    })
}

#[test]
fn queue_40x12() {
    assert_snapshot!(open(40, 12).screen());
}

#[test]
fn queue_80x24() {
    assert_snapshot!(open(80, 24).screen());
}

#[test]
fn queue_120x40() {
    assert_snapshot!(open(120, 40).press("j").screen_of());
}

#[test]
fn queue_200x50() {
    assert_snapshot!(open(200, 50).screen());
}

#[test]
fn queue_in_colour() {
    assert_snapshot!(open(80, 24).press("space").styled());
}

#[test]
fn queue_without_colour_and_in_ascii() {
    let caps = Caps {
        depth: Depth::Mono,
        charset: Charset::Ascii,
        ..Caps::FULL
    };
    let mut stage = Stage::with(80, 24, caps, fleet());
    stage.press("4");
    assert!(stage.screen().is_ascii());
    assert_snapshot!(stage.styled());
}

#[test]
fn a_typical_day_has_ten_lines_at_most() {
    let stage = open(80, 24);
    let calls = stage.room.model.queue.items.len();
    assert!(calls <= 10, "{calls}");
}

#[test]
fn nothing_to_do_is_said_in_words() {
    let mut fleet = fixture::fleet();
    fleet.findings.clear();
    fleet.told.clear();
    fleet.agents.retain(|agent| !agent.row.is_trouble());
    let mut stage = Stage::with(80, 24, Caps::FULL, fleet);
    let screen = stage.press("4").screen();
    assert!(screen.contains("0 for you"), "{screen}");
    assert!(screen.matches("all well").count() == 2, "{screen}");
}

#[test]
fn nothing_moves_under_the_cursor_and_what_is_new_comes_last() {
    let mut stage = open(80, 24);
    stage.press("j");
    assert_eq!(subject(&stage), "drafter/digest");
    let mut worse = fleet();
    let mut found = (*worse.findings[0]).clone();
    found.agent = "backups".into();
    found.task = Some("nightly".into());
    found.since = fixture::at(1, 0);
    worse
        .told
        .insert(0, Told::at_once(&Arc::new(found), fixture::now()));
    worse.version += 1;
    stage.send(Msg::Fleet(Arc::new(worse)));
    assert_eq!(subject(&stage), "drafter/digest");
    let items = &stage.room.model.queue.items;
    let last = items
        .iter()
        .rposition(|item| matches!(item, Entry::Call(_)));
    assert_eq!(last, Some(5), "{items:?}");
    assert!(
        stage.screen().contains("worst: backups"),
        "{}",
        stage.screen()
    );
    stage.press("o g");
    assert_eq!(subject(&stage), "backups/nightly");
}

#[test]
fn what_comes_before_the_rest_of_a_case_is_seen() {
    let mut stage = open(80, 24);
    stage.press("j");
    assert_eq!(subject(&stage), "drafter/digest");
    let mut more = fleet();
    let standing = more
        .findings
        .iter()
        .find(|found| found.agent.as_str() == "drafter");
    let mut found = (**standing.expect("what stands there")).clone();
    found.kind = FindingKind::LostUpdate;
    found.severity = Severity::Critical;
    found.blast = Blast::Fleet;
    found.sentence = "digest: its done was overwritten".into();
    let told = Told::at_once(&Arc::new(found), fixture::now());
    more.findings.insert(0, told.finding.clone());
    more.told.insert(0, told);
    more.version += 1;
    stage.send(Msg::Fleet(Arc::new(more)));
    assert_eq!(subject(&stage), "drafter/digest");
    let sheet = &stage.room.model.queue.sheet;
    assert!(
        sheet.lines[0].text.contains("was overwritten"),
        "{:?}",
        sheet.lines[0]
    );
    assert_eq!((sheet.at, sheet.top), (0, 0));
    let screen = stage.screen();
    let below = screen.split("drafter/digest").last().unwrap_or_default();
    assert!(below.contains("critical: digest: its done"), "{screen}");
}

#[test]
fn what_was_resolved_leaves_the_cursor_on_the_next_line() {
    let mut stage = open(80, 24);
    stage.press("j");
    let mut less = fleet();
    less.told
        .retain(|told| told.finding.agent.as_str() != "drafter");
    stage.send(Msg::Fleet(Arc::new(less)));
    assert_eq!(stage.room.model.queue_cursor(), 1);
    assert_eq!(subject(&stage), "publisher/publish-article");
}

#[test]
fn n_goes_from_one_finding_to_the_next_and_round() {
    let mut stage = open(80, 24);
    let mut seen = vec![subject(&stage)];
    for _ in 0..5 {
        stage.press("n");
        seen.push(subject(&stage));
    }
    assert_eq!(seen[1], "drafter/digest");
    assert_eq!(seen[5], seen[0]);
    stage.press("N");
    assert_eq!(subject(&stage), seen[4]);
}

#[test]
fn a_says_that_it_was_seen_and_names_until_when_it_is_snoozed() {
    let mut stage = open(80, 24);
    stage.press("a");
    assert_eq!(stage.room.model.place(), Place::Menu);
    assert_snapshot!(stage.screen());
    stage.press("j j enter");
    let id = fixture::fleet().findings[0].id();
    let morning = fixture::at(6, 0) + Span::DAY;
    let said = Some(Said::SnoozedUntil(morning));
    assert_eq!(
        stage.effects,
        [Effect::Order(Order::Say {
            cases: vec![id],
            said
        })]
    );
    assert!(stage.room.model.overlay.is_none());
}

#[test]
fn what_is_set_aside_opens_and_is_taken_back() {
    let mut stage = open(80, 24);
    stage.press("G");
    assert!(stage.screen().contains("1 set aside"), "{}", stage.screen());
    stage.press("enter a");
    assert!(
        stage.screen().contains("take it back"),
        "{}",
        stage.screen()
    );
    stage.press("enter");
    let wanted = fleet().told.last().map(|told| told.finding.id());
    let cases = Vec::from_iter(wanted);
    assert_eq!(
        stage.effects,
        [Effect::Order(Order::Say { cases, said: None })]
    );
}

#[test]
fn marks_are_spoken_of_together_and_esc_forgets_them() {
    let mut stage = open(80, 24);
    stage.press("space space");
    assert!(stage.screen().contains("2 marked"), "{}", stage.screen());
    stage.press("esc");
    assert!(!stage.screen().contains("marked"), "{}", stage.screen());
    stage.press("A a enter");
    let Some(Effect::Order(Order::Say { cases, said })) = stage.effects.last() else {
        panic!("{:?}", stage.effects)
    };
    assert_eq!((cases.len(), *said), (6, Some(Said::Acknowledged)));
    assert!(stage.room.model.queue.marked.is_empty());
}

#[test]
fn a_line_of_proof_opens_the_log_and_esc_comes_back() {
    let mut stage = open(80, 24);
    stage.press("enter j j enter");
    assert_eq!(stage.room.model.pane, Pane::Log);
    assert!(!stage.room.model.log.follow);
    stage.press("esc");
    assert_eq!(stage.room.model.pane, Pane::Queue);
    stage.press("e");
    assert!(
        matches!(stage.effects.last(), Some(Effect::Ask(Query::Copy(locus))) if locus.line == 212),
        "{:?}",
        stage.effects
    );
}

#[test]
fn the_queue_is_filtered_like_the_board() {
    let mut stage = open(80, 24);
    stage.press("/ i s : c r i t enter");
    assert!(
        stage.screen().contains("2 of 5 for you"),
        "{}",
        stage.screen()
    );
    stage.press("esc / t a s k : a r t i c l e enter");
    assert_eq!(subject(&stage), "publisher/publish-article");
    stage.press("esc / n o t h i n g enter");
    assert!(
        stage.screen().contains("no line matches"),
        "{}",
        stage.screen()
    );
}

#[test]
fn why_is_about_the_task_under_the_cursor() {
    let screen = open(80, 24).press("j w").screen_of();
    assert!(screen.contains("why drafter/digest"), "{screen}");
    assert!(screen.contains("06:00 + 15m grace"), "{screen}");
}

fn row(minute: u32, kind: LogKind, status: RunStatus, text: &str) -> LogRow {
    LogRow {
        at: fixture::at(3, minute),
        agent: "mail-bot".into(),
        task: Some("inbox".into()),
        run: Some("01JQE4".into()),
        kind,
        status,
        text: text.into(),
        ..fixture::log(1).remove(0)
    }
}

#[test]
fn the_page_of_a_task_tells_everything_in_order() {
    let mut stage = Stage::with(80, 40, Caps::FULL, fleet());
    stage.press("j j enter");
    for _ in 0..40 {
        let here = stage.room.model.sheet().line();
        if here.is_some_and(|line| line.text.starts_with("inbox running")) {
            break;
        }
        stage.press("j");
    }
    let own = [
        row(46, LogKind::Beat, RunStatus::Running, "run started"),
        row(50, LogKind::Step, RunStatus::Running, "s1 fetch intended"),
        row(52, LogKind::Step, RunStatus::Ok, "s1 fetch done"),
        row(53, LogKind::Step, RunStatus::Running, "s3 reply intended"),
    ];
    stage.extra = own.to_vec();
    stage.press("enter");
    let asked = stage.effects.iter().find_map(|effect| match effect {
        Effect::Ask(Query::Versions { agent, task, until }) => {
            Some((agent.clone(), task.clone(), *until))
        }
        _ => None,
    });
    let (agent, task, until) = asked.expect("the versions of its plan are asked for");
    let versions = fixture::versions();
    stage.send(Msg::Page(Page::Versions {
        agent,
        task,
        until,
        versions,
    }));
    assert_snapshot!(stage.screen());
    stage.press("esc");
    assert_eq!(stage.room.model.page.task, None);
    assert_eq!(stage.room.model.place(), Place::Detail);
}

#[test]
fn a_case_opens_the_page_of_its_task_and_esc_comes_back_to_the_queue() {
    let mut stage = open(80, 24);
    stage.press("enter enter");
    assert_eq!(stage.room.model.pane, Pane::Standup);
    let screen = stage.screen();
    assert!(screen.contains("publisher/newsletter"), "{screen}");
    stage.press("esc");
    assert_eq!(
        (stage.room.model.pane, stage.room.model.place()),
        (Pane::Queue, Place::Detail)
    );
}

#[test]
fn the_rounds_go_from_the_worst_to_the_last_and_move_the_mark() {
    let mut stage = Stage::with(80, 24, Caps::FULL, fleet());
    stage.press("R");
    assert_eq!(stage.room.model.place(), Place::Walk);
    assert_snapshot!("rounds_80x24", stage.screen());
    stage.press("a enter");
    let mut said = fleet();
    said.told[0].said = Some(Said::Acknowledged);
    said.version += 1;
    stage.send(Msg::Fleet(Arc::new(said)));
    let screen = stage.screen();
    assert!(screen.contains("✓ acknowledged"), "{screen}");
    assert!(screen.contains("1 of 5"), "the stop stays: {screen}");
    let mark = Effect::Order(Order::MarkStandup(fixture::now() + Span::secs(250)));
    stage.send(Msg::Tick(fixture::now() + Span::secs(250)));
    stage.press("n n enter R");
    assert!(!stage.effects.contains(&mark));
    stage.press("n");
    assert_eq!(stage.effects.last(), Some(&mark));
    assert_snapshot!("rounds_made_80x24", stage.screen());
    stage.press("y");
    let Some(Effect::Copy(text)) = stage.effects.last() else {
        panic!("{:?}", stage.effects)
    };
    assert!(
        text.starts_with("1 handled in 4:10, 4 waiting on you\n- publisher/newsletter: "),
        "{text}"
    );
    stage.press("esc");
    assert_eq!(stage.room.model.place(), Place::Standup);
}

#[test]
fn the_rounds_at_other_sizes() {
    for (width, height) in [(40, 12), (120, 40), (200, 50)] {
        let mut stage = Stage::with(width, height, Caps::FULL, fleet());
        stage.press("R n");
        assert_snapshot!(format!("rounds_{width}x{height}"), stage.screen());
    }
}

#[test]
fn rounds_that_are_left_move_no_mark() {
    let mut stage = Stage::with(80, 24, Caps::FULL, fleet());
    stage.press("R n esc");
    assert!(
        stage.screen().contains("rounds left at 2 of 5"),
        "{}",
        stage.screen()
    );
    assert!(stage.effects.is_empty());
    let mut quiet = fixture::fleet();
    quiet.told.clear();
    let mut stage = Stage::with(80, 24, Caps::FULL, quiet);
    assert!(stage.press("R").screen().contains("nothing needs you"));
}

#[test]
fn a_finding_gets_its_code_of_failure_where_it_is_seen() {
    let mut stage = Stage::with(80, 24, Caps::FULL, fixture::fleet());
    stage.press("4 a G enter");
    assert_snapshot!("codes_80x24", stage.screen());
    stage.press("enter");
    let Some(Effect::Order(Order::Retro(RetroWord::Code { code, agent, .. }))) =
        stage.effects.last()
    else {
        panic!("{:?}", stage.effects.last());
    };
    assert!(code.is_some());
    assert_eq!(agent.as_str(), "publisher");
}
