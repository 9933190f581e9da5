//! Keys in, screen out: the whole room without a terminal, on the fixture fleet.

mod stage;

use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;
use rounds::domain::finding::{Evidence, Finding};
use rounds::domain::fleet::{Filling, Fleet, RowState};
use rounds::domain::id::{AgentId, Locus, TaskId};
use rounds::domain::lock::{LockState, LockView};
use rounds::domain::log::{LogRow, Tail};
use rounds::domain::retro::RetroWord;
use rounds::domain::text::Untrusted;
use rounds::domain::time::{Span, Ts};
use rounds::keeper::{Order, Planned, Reply};
use rounds::ops::{LetterKind, Refusal};
use rounds::reader::{Page, Query};
use rounds::ui::caps::{Caps, Charset, Depth};
use rounds::ui::command::Place;
use rounds::ui::effect::Effect;
use rounds::ui::msg::Msg;
use rounds::ui::{Options, Room};
use rounds::view::fixture;
use stage::{Stage, text};

fn open(width: u16, height: u16) -> Stage {
    Stage::with(width, height, Caps::FULL, fixture::fleet())
}

#[test]
fn standup_80x24() {
    assert_snapshot!(open(80, 24).screen());
}

#[test]
fn standup_120x40() {
    assert_snapshot!(open(120, 40).screen());
}

#[test]
fn standup_200x50() {
    assert_snapshot!(open(200, 50).screen());
}

#[test]
fn standup_40x12() {
    assert_snapshot!(open(40, 12).screen());
}

#[test]
fn standup_in_colour() {
    assert_snapshot!(open(80, 24).styled());
}

#[test]
fn standup_40x10_says_one_true_line() {
    let mut stage = open(40, 10);
    let screen = stage.screen();
    assert!(
        screen.contains("4 need you") && screen.contains("publisher    fail"),
        "{screen}"
    );
    let mut stage = open(20, 1);
    assert!(stage.screen().contains("4 need you"));
}

#[test]
fn standup_50x20() {
    assert_snapshot!(open(50, 20).screen());
}

#[test]
fn standup_without_colour_and_in_ascii() {
    let caps = Caps {
        depth: Depth::Mono,
        charset: Charset::Ascii,
        ..Caps::FULL
    };
    let mut stage = Stage::with(80, 24, caps, fixture::fleet());
    assert!(stage.screen().is_ascii());
    let bytes = stage.room.sent().bytes;
    assert!(bytes > 0);
    assert_snapshot!(stage.styled());
}

#[test]
fn sixteen_colours() {
    let caps = Caps {
        depth: Depth::Sixteen,
        ..Caps::FULL
    };
    assert_snapshot!(Stage::with(80, 24, caps, fixture::fleet()).styled());
}

#[test]
fn the_page_of_an_agent() {
    assert_snapshot!(open(80, 40).press("j j enter j").screen_of());
}

#[test]
fn who_waits_for_an_agents_lock_is_on_its_page_at_once() {
    let mut stage = open(120, 40);
    let lock = LockView {
        agent: AgentId::from("publisher"),
        resource: Untrusted::from("linkedin"),
        holder: None,
        run: None,
        since: fixture::now(),
        renewed: None,
        renewals: 0,
        ttl: None,
        state: LockState::Held,
        waiting: Vec::new(),
        evidence: Evidence {
            file: Untrusted::from("publisher/locks/linkedin.lock"),
            locus: Locus::default(),
            text: Untrusted::from("held"),
            at: None,
        },
    };
    let mut show = |waiting: Vec<(AgentId, TaskId)>| {
        let mut fleet = Fleet::clone(&stage.room.model.live);
        let lock = LockView {
            waiting,
            ..lock.clone()
        };
        (fleet.locks, fleet.version) = (vec![lock], fleet.version + 1);
        stage.send(Msg::Fleet(Arc::new(fleet)));
        stage.draw();
        let lines = &stage.room.model.page.sheet.lines;
        lines
            .iter()
            .any(|line| line.text.contains("social/post waits"))
    };
    assert!(!show(Vec::new()));
    let waiter = (AgentId::from("social"), TaskId::from("post"));
    assert!(show(vec![waiter]), "nothing else changed of the agent");
}

#[test]
fn a_line_of_the_page_opens_the_log_at_its_place() {
    let mut stage = open(80, 24);
    stage.press("enter");
    for _ in 0..60 {
        stage.press("j");
        let page = &stage.room.model.page;
        if page.sheet.lines[page.sheet.at].text.starts_with("morning") {
            break;
        }
    }
    stage.press("enter");
    let model = &stage.room.model;
    let row = model.log_row().expect("a row under the cursor");
    assert_eq!(row.agent.as_str(), "publisher");
    assert!(!model.log.follow);
    assert_snapshot!(stage.screen());
}

#[test]
fn the_log_80x24() {
    assert_snapshot!(open(80, 24).press("5 k k").screen_of());
}

#[test]
fn the_log_reads_on_in_both_directions_and_keeps_three_screens() {
    let mut stage = open(80, 24);
    stage.history = 3_000;
    stage.press("5");
    let newest = stage.room.model.log_row().map(|row| row.at);
    for _ in 0..150 {
        stage.press("ctrl-u");
        assert!(stage.room.model.log.rows.len() <= 400);
    }
    let oldest = stage.room.model.log_row().map(|row| row.at);
    assert_eq!(oldest, first_fold(&fixture::log(3_000)));
    assert!(!stage.room.model.log.older);
    for _ in 0..300 {
        stage.press("ctrl-d");
    }
    assert!(stage.room.model.log.follow);
    assert_eq!(stage.room.model.log_row().map(|row| row.at), newest);
}

/// When the first folded line of a log was last repeated.
fn first_fold(rows: &[LogRow]) -> Option<Ts> {
    let folds = rounds::view::log::fold(rows);
    folds.first().map(|fold| rows[fold.last].at)
}

#[test]
fn help_80x24() {
    assert_snapshot!(open(80, 24).press("?").screen_of());
}

#[test]
fn palette_80x24() {
    assert_snapshot!(open(80, 24).press(": d a y").screen_of());
}

#[test]
fn why_80x24() {
    assert_snapshot!(open(80, 24).press("w").screen_of());
}

#[test]
fn the_palette_runs_what_is_chosen() {
    let mut stage = open(80, 24);
    stage.press(": r e s c enter");
    assert_eq!(stage.effects, [Effect::Order(Order::Rescan)]);
    assert!(stage.room.model.overlay.is_none());
}

#[test]
fn a_filter_narrows_as_it_is_typed_and_esc_clears_it() {
    let mut stage = open(80, 24);
    stage.press("/ i s : s t a l e");
    let screen = stage.screen();
    assert!(
        screen.contains("mail-bot") && !screen.contains("codewatch"),
        "{screen}"
    );
    stage.press("enter");
    assert!(stage.screen().contains("/ is:stale"));
    stage.press("esc");
    assert!(stage.screen().contains("outreach"), "{}", stage.screen());
}

#[test]
fn a_filter_that_is_not_understood_says_so() {
    let mut stage = open(80, 24);
    assert!(
        stage
            .press("/ a g e > x")
            .screen()
            .contains("takes a length")
    );
}

#[test]
fn the_log_is_filtered_by_the_history_itself() {
    let mut stage = open(80, 24);
    stage.press("5 / a g e n t : s o c i a l enter");
    let rows = &stage.room.model.log.rows;
    assert!(!rows.is_empty() && rows.iter().all(|row| row.agent.as_str() == "social"));
}

#[test]
fn rows_stay_where_they_are_and_new_trouble_is_announced() {
    let mut stage = open(80, 24);
    stage.press("j j");
    stage.draw();
    let mut fleet = fixture::fleet();
    worsen(&mut fleet, "social", "post refused: HTTP 403");
    stage.send(Msg::Fleet(Arc::new(fleet)));
    let screen = stage.screen();
    let at = |name: &str| {
        screen
            .lines()
            .position(|line| line.contains(name))
            .unwrap_or(0)
    };
    assert!(screen.contains("new: social fail post refused"), "{screen}");
    assert!(at("▸◌ mail-bot") == 5, "{screen}");
    stage.press("n");
    let screen = stage.screen();
    assert!(screen.contains("▸✗ social"), "{screen}");
    assert!(!screen.contains("new: social"), "{screen}");
    stage.press("o");
    assert!(
        stage
            .screen()
            .lines()
            .nth(5)
            .is_some_and(|line| line.contains("social")),
        "{}",
        stage.screen()
    );
}

fn worsen(fleet: &mut Fleet, name: &str, headline: &str) {
    for agent in &mut fleet.agents {
        if agent.id.as_str() == name {
            let agent = Arc::make_mut(agent);
            agent.row = RowState::Fail;
            headline.clone_into(&mut agent.headline);
            agent.since = Some(fleet.at);
        }
    }
    fleet.version += 1;
}

#[test]
fn help_is_whole_pages_by_space_and_comes_back_at_once() {
    let mut stage = open(80, 24);
    stage.press("?");
    let first = stage.screen();
    let mut all = first.clone();
    for _ in 0..12 {
        stage.press("space");
        all.push_str(&stage.screen());
    }
    let last = stage.screen();
    assert_ne!(first, last);
    assert!(!all.contains('…'), "no sentence is cut: {all}");
    stage.press("k");
    assert_ne!(stage.screen(), last, "one line up moves at once");
}

/// Every agent calls, with a sentence that fits one line.
fn everybody_calls() -> Fleet {
    let mut fleet = fixture::fleet();
    let first = Finding::clone(&fleet.findings[0]);
    fleet.findings = fleet
        .agents
        .iter()
        .map(|agent| {
            Arc::new(Finding {
                agent: agent.id.clone(),
                sentence: "newsletter failed".to_owned(),
                ..first.clone()
            })
        })
        .collect();
    fixture::retold(fleet)
}

#[test]
fn the_digest_grows_with_the_screen_and_counts_what_it_leaves_out() {
    let small = Stage::with(80, 24, Caps::FULL, everybody_calls()).screen();
    let told = |screen: &str| screen.matches("newsletter failed").count();
    let more = 14 - (told(&small) - 1);
    assert!(small.contains("14 need you"), "{small}");
    assert!(small.contains(&format!("+{more} more")), "{small}");
    let large = Stage::with(120, 60, Caps::FULL, everybody_calls()).screen();
    assert!(told(&large) >= 14, "{large}");
    assert!(!large.contains(" more\n"), "{large}");
}

#[test]
fn next_trouble_goes_round() {
    let mut stage = open(80, 24);
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(
            stage
                .room
                .model
                .selected_agent()
                .map(ToString::to_string)
                .unwrap_or_default(),
        );
        stage.press("n");
    }
    assert_eq!(
        seen,
        [
            "publisher",
            "drafter",
            "mail-bot",
            "outreach",
            "audit",
            "publisher"
        ]
    );
    stage.press("g N");
    assert_eq!(stage.subject(), "audit");
}

#[test]
fn folded_rows_open_and_fold_again() {
    let mut stage = open(80, 24);
    assert!(stage.screen().contains("more ok"));
    stage.press("G enter");
    let screen = stage.screen();
    assert!(!screen.contains("more ok"), "{screen}");
    stage.press("esc");
    assert!(stage.screen().contains("more ok"));
}

#[test]
fn time_travel_asks_says_and_returns() {
    let mut stage = open(80, 24);
    stage.press("[ {");
    let wanted = fixture::now() - Span::hours(25);
    assert!(
        matches!(stage.effects.last(), Some(Effect::Ask(Query::Past { at, .. })) if *at == wanted)
    );
    assert!(
        stage.screen().contains("as of Thu 06:10, reading"),
        "{}",
        stage.screen()
    );
    let mut board = fixture::fleet();
    board.past = true;
    board.at = wanted;
    board.agents.retain(|agent| agent.id.as_str() != "audit");
    stage.send(Msg::Page(Page::Past(Arc::new(board))));
    let screen = stage.screen();
    assert!(
        screen.contains("as of Thu 06:10") && !screen.contains("reading,"),
        "{screen}"
    );
    assert!(!screen.contains("audit"), "{screen}");
    stage.press("D");
    assert!(
        stage.screen().contains("board of a past moment"),
        "{}",
        stage.screen()
    );
    stage.press("esc");
    assert!(stage.screen().contains("live Fri 07:10"));
    assert!(stage.screen().contains("audit"));
    stage.press("[ ]");
    assert!(
        stage.screen().contains("live Fri 07:10"),
        "a day on from yesterday is now"
    );
}

#[test]
fn a_frozen_screen_stands_still_and_says_so() {
    let mut stage = open(80, 24);
    stage.press("p");
    assert!(
        stage.screen().contains("PAUSED Fri 07:10"),
        "{}",
        stage.screen()
    );
    let mut fleet = fixture::fleet();
    worsen(&mut fleet, "social", "post refused");
    stage.send(Msg::Fleet(Arc::new(fleet)));
    assert!(!stage.screen().contains("post refused"));
    stage.press("esc");
    let screen = stage.screen();
    assert!(
        screen.contains("post refused") && screen.contains("live"),
        "{screen}"
    );
}

#[test]
fn the_mark_moves_only_by_order_and_can_go_back() {
    let mut stage = open(80, 24);
    let mark = fixture::fleet().since;
    stage.press("u");
    assert!(stage.screen().contains("nothing was done in this session"));
    stage.press("D u");
    let orders = [Order::MarkStandup(fixture::now()), Order::MarkStandup(mark)];
    assert_eq!(stage.effects, orders.map(Effect::Order));
}

#[test]
fn copying_takes_what_is_under_the_cursor() {
    let mut stage = open(80, 24);
    stage.press("y");
    let Some(Effect::Copy(text)) = stage.effects.last() else {
        panic!("{:?}", stage.effects)
    };
    assert!(
        text.starts_with("publisher fail 1h08: newsletter: SMTP 451"),
        "{text}"
    );
    assert!(text.contains("publisher/heartbeat.jsonl:212"), "{text}");
    assert!(stage.screen().contains("copied: publisher fail"));
}

#[test]
fn the_raw_line_opens_as_a_copy() {
    let mut stage = open(80, 24);
    stage.press("e");
    assert!(
        matches!(stage.effects.last(), Some(Effect::Ask(Query::Copy(locus))) if locus.line == 212)
    );
    let path = std::path::PathBuf::from("/tmp/copy");
    stage.send(Msg::Page(Page::Copy {
        path: path.clone(),
        line: 212,
    }));
    assert_eq!(
        stage.effects.last(),
        Some(&Effect::Show { path, line: 212 })
    );
}

#[test]
fn blind_is_grey_and_never_green() {
    let mut fleet = fixture::fleet();
    fleet.health.blind_since = Some(fleet.at - Span::mins(3));
    let mut stage = Stage::with(80, 24, Caps::FULL, fleet);
    let styled = stage.styled();
    assert!(styled.contains("blind 3m Fri 07:10"), "{styled}");
    let row = styled
        .lines()
        .find(|line| line.contains("publisher    fail"))
        .unwrap_or_default();
    assert!(!row.contains("166"), "{row}");
}

#[test]
fn a_keeper_that_ended_is_said() {
    let mut stage = open(80, 24);
    stage.send(Msg::Reply(Reply::Stopped("disk full".to_owned())));
    let screen = stage.screen();
    assert!(
        screen.contains("keeper stopped, frozen at 07:10"),
        "{screen}"
    );
    assert!(screen.contains("keeper stopped: disk full"), "{screen}");
    stage.press("D");
    assert!(stage.effects.is_empty());
}

#[test]
fn no_agents_80x24() {
    let mut fleet = fixture::fleet_of(0);
    fleet.findings.clear();
    let fleet = fixture::retold(fleet);
    let now = fleet.at;
    let options = Options {
        looked_at: vec!["/home/op/fleet".to_owned()],
        ..Options::new(Caps::FULL)
    };
    let mut room = Room::new((80, 24), Arc::new(fleet), now, options);
    let mut sink = Vec::new();
    room.draw(&mut sink).expect("a vector takes everything");
    assert_snapshot!(text(room.shown()));
}

#[test]
fn filling_shows_its_progress() {
    let mut fleet = fixture::fleet();
    fleet.health.filling = Some(Filling {
        done_bytes: 120_000_000,
        total_bytes: 280_000_000,
        started: fleet.at - Span::secs(3),
    });
    let screen = Stage::with(80, 24, Caps::FULL, fleet).screen();
    assert!(
        screen.contains("reading history ████░░░░░░ 42% of 280.0 MB, 40.0 MB/s, 4 s left"),
        "{screen}"
    );
}

#[test]
fn all_well_is_quiet() {
    let mut fleet = fixture::fleet();
    fleet.findings.clear();
    fleet.agents.retain(|agent| agent.row == RowState::Ok);
    let mut stage = Stage::with(80, 24, Caps::FULL, fixture::retold(fleet));
    let screen = stage.screen();
    assert!(screen.contains("✓ all well"), "{screen}");
    assert!(!screen.contains("needs you"), "{screen}");
}

#[test]
fn a_cursor_move_is_small() {
    let mut stage = open(80, 24);
    stage.draw();
    for key in "j j k j j j j k".split(' ') {
        stage.press(key);
        let bytes = stage.draw().len();
        assert!((1..=400).contains(&bytes), "{key}: {bytes} bytes");
    }
    for jump in "n n n n n N g G g".split(' ') {
        stage.press(jump);
        let bytes = stage.draw().len();
        assert!((1..=600).contains(&bytes), "{jump}: {bytes} bytes");
    }
}

#[test]
fn an_agents_update_is_small_and_an_unchanged_board_sends_nothing() {
    let mut stage = open(80, 24);
    stage.draw();
    stage.send(Msg::Fleet(Arc::new(fixture::fleet())));
    assert_eq!(stage.draw().len(), 0);
    let mut fleet = fixture::fleet();
    for agent in &mut fleet.agents {
        if agent.id.as_str() == "drafter" {
            let agent = Arc::make_mut(agent);
            agent.last_beat = Some(fleet.at);
            agent.counts.did += 1;
            agent.headline = "outline written, 3 to go".to_owned();
        }
    }
    stage.send(Msg::Fleet(Arc::new(fleet)));
    let bytes = stage.draw().len();
    assert!((1..=200).contains(&bytes), "{bytes} bytes");
}

#[test]
fn lines_that_a_snapshot_brings_are_shown_and_nobody_is_asked() {
    let mut stage = open(200, 50);
    stage.draw();
    let (asked, first) = (stage.asked, fixture::fleet().version + 1);
    let (mut tail, mut sizes) = (Tail::default(), Vec::new());
    for version in first..first + 60 {
        let mut row = fixture::log(1).remove(0);
        row.agent = "social".into();
        row.at = fixture::now() + Span(version as i64);
        row.text = format!("line number {version}").into();
        tail.push(version, row);
        stage.send(Msg::Fleet(with_tail(version, &tail)));
        sizes.push(stage.draw().len());
        let shown = text(stage.room.shown());
        let line = format!("line number {version}");
        let is_there = shown.lines().any(|row| row.trim_end().ends_with(&line));
        assert!(is_there, "{shown}");
    }
    assert_eq!(stage.asked, asked);
    sizes.sort_unstable();
    assert!(sizes[30] <= 200, "{sizes:?}");
    tail.cut(first + 60);
    stage.send(Msg::Fleet(with_tail(first + 60, &tail)));
    assert!(stage.asked > asked, "more than lines came");
}

fn with_tail(version: u64, tail: &Tail) -> Arc<Fleet> {
    Arc::new(Fleet {
        version,
        tail: Arc::new(tail.clone()),
        ..fixture::fleet()
    })
}

#[test]
fn a_minute_changes_only_ages_and_the_clock() {
    let mut stage = open(80, 24);
    stage.draw();
    stage.send(Msg::Tick(fixture::now() + Span::MINUTE));
    let bytes = stage.draw().len();
    assert!((1..=1_000).contains(&bytes), "{bytes} bytes");
}

#[test]
fn only_visible_rows_of_a_thousand_agents_are_on_the_screen() {
    let mut stage = Stage::with(80, 24, Caps::FULL, fixture::fleet_of(1_000));
    let screen = stage.screen();
    assert!(
        screen.contains("more ok") || screen.contains("agent 1/"),
        "{screen}"
    );
    stage.press("G");
    assert!(stage.screen().contains("▸"), "{}", stage.screen());
}

#[test]
fn hostile_names_and_messages_give_no_control_byte() {
    let evil = "x\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}y\u{200b}\u{9b}31m\r\n";
    let mut fleet = fixture::fleet();
    let agent = Arc::make_mut(&mut fleet.agents[0]);
    agent.id = evil.into();
    agent.headline = evil.to_owned();
    agent.folder = evil.into();
    agent.reasoning.lines = vec![evil.to_owned()];
    let mut finding = (*fleet.findings[0]).clone();
    finding.agent = evil.into();
    finding.sentence = evil.to_owned();
    fleet.findings.insert(0, Arc::new(finding));
    let mut fleet = fixture::retold(fleet);
    fleet.health.blind = vec![evil.to_owned()];
    for keys in ["", "enter", "w", "4", "4 enter", "5", "?", "/ x enter", "y"] {
        let mut stage = Stage::with(120, 40, Caps::FULL, fleet.clone());
        let mut all = stage.draw();
        stage.press(keys);
        all.extend(stage.draw());
        let sent = String::from_utf8(all).expect("only UTF-8 is sent");
        assert_eq!(foreign(&sent), None, "after {keys:?}");
        for effect in &stage.effects {
            if let Effect::Copy(text) = effect {
                assert!(
                    text.chars().all(|c| c == '\n' || !c.is_control()),
                    "{text:?}"
                );
            }
        }
    }
}

/// The first thing in the output that is neither text nor one of the few sequences rounds sends.
fn foreign(sent: &str) -> Option<String> {
    let mut rest = sent;
    while let Some(at) = rest.find(|c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}'))
    {
        let tail = &rest[at..];
        let body = tail.strip_prefix("\u{1b}[").unwrap_or("!");
        let end = body
            .find(|c: char| !matches!(c, '0'..='9' | ';' | '?'))
            .unwrap_or(0);
        if !matches!(
            body.as_bytes().get(end),
            Some(b'm' | b'H' | b'K' | b'C' | b'h' | b'l')
        ) {
            return Some(tail.chars().take(12).collect());
        }
        rest = &body[end + 1..];
    }
    None
}

const KEYS: &[&str] = &[
    "j",
    "k",
    "g",
    "G",
    "h",
    "l",
    "enter",
    "esc",
    "tab",
    "backtab",
    "1",
    "4",
    "5",
    "a",
    "A",
    "R",
    "n",
    "N",
    "o",
    "w",
    "/",
    ":",
    "?",
    "y",
    "e",
    "[",
    "]",
    "{",
    "}",
    "p",
    "ctrl-r",
    "D",
    "u",
    "ctrl-d",
    "ctrl-u",
    "ctrl-l",
    "x",
    "space",
    "backspace",
    "up",
    "down",
    "ctrl-w",
    "é",
    "f7",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_keys_at_any_size_never_panic_and_esc_leads_home(
        keys in prop::collection::vec((prop::sample::select(KEYS), 0_u8..12), 0..80),
        width in 1_u16..210, height in 1_u16..60,
    ) {
        let mut stage = open(width, height);
        for (key, other) in keys {
            stage.press(key);
            match other {
                0 => stage.send(Msg::Resize(width / 2 + 1, height)),
                1 => stage.send(Msg::Resize(width, height)),
                2 => stage.send(Msg::Fleet(Arc::new(fixture::fleet_of(usize::from(height))))),
                3 => {
                    let mut fleet = fixture::fleet();
                    worsen(&mut fleet, "social", "post refused");
                    stage.send(Msg::Fleet(Arc::new(fleet)));
                }
                // One agent is judged anew, the others are as they were.
                4 => {
                    let mut fleet = Fleet::clone(&stage.room.model.live);
                    worsen(&mut fleet, "social", key);
                    stage.send(Msg::Fleet(Arc::new(fleet)));
                }
                5 => {
                    let later = stage.room.model.clock + Span::MINUTE;
                    stage.send(Msg::Tick(later));
                }
                _ => {}
            }
            let model = &stage.room.model;
            prop_assert!(model.standup.items.is_empty() == model.standup.selected.is_none());
            if let Some(id) = model.selected_agent() {
                prop_assert!(model.agent(id).is_some());
            }
            prop_assert!(model.page.sheet.lines.is_empty() || model.page.sheet.at < model.page.sheet.lines.len());
            stage.draw();
        }
        for _ in 0..10 {
            stage.press("esc");
        }
        let model = &stage.room.model;
        prop_assert_eq!(model.place(), Place::Standup);
        prop_assert!(model.past.is_none() && model.frozen.is_none() && model.filter().text.is_empty());
        prop_assert!(!stage.effects.contains(&Effect::Quit));
    }
}

/// The retro with its week read.
fn retro(width: u16, height: u16, caps: Caps) -> Stage {
    let mut stage = Stage::with(width, height, caps, fixture::fleet());
    stage.press("3");
    stage.send(Msg::Page(Page::Week(Arc::new(fixture::week()))));
    stage
}

const ASCII: Caps = Caps {
    depth: Depth::Mono,
    charset: Charset::Ascii,
    ..Caps::FULL
};

#[test]
fn the_sprint_80x24() {
    assert_snapshot!(open(80, 24).press("2").screen_of());
}

#[test]
fn the_sprint_120x40() {
    assert_snapshot!(open(120, 40).press("2 j j").screen_of());
}

#[test]
fn the_sprint_in_columns_120x40() {
    assert_snapshot!(open(120, 40).press("2 v").screen_of());
}

#[test]
fn the_retro_80x24() {
    assert_snapshot!(retro(80, 24, Caps::FULL).screen());
}

#[test]
fn the_retro_120x40() {
    assert_snapshot!(retro(120, 40, Caps::FULL).screen());
}

#[test]
fn sprint_and_retro_stand_at_every_size_without_colour_and_without_utf_8() {
    for (width, height) in [
        (40, 12),
        (80, 24),
        (120, 40),
        (200, 50),
        (20, 5),
        (10, 2),
        (1, 1),
    ] {
        for keys in ["2", "2 v", "2 + + l h", "2 j j j G"] {
            let mut stage = Stage::with(width, height, ASCII, fixture::fleet());
            stage.press(keys);
            let screen = stage.screen();
            assert!(screen.is_ascii(), "{width}x{height} {keys}\n{screen}");
        }
        let screen = retro(width, height, ASCII).screen();
        assert!(screen.is_ascii(), "{width}x{height}\n{screen}");
        open(width, height).press("2 v j k G g 3 j G [ ]").screen();
    }
    let narrow = open(40, 12).press("2").screen_of();
    assert!(narrow.contains("audit"), "{narrow}");
    assert!(retro(40, 12, Caps::FULL).screen().contains("2026-W13"));
}

#[test]
fn the_axis_comes_closer_and_moves() {
    let mut stage = open(120, 40);
    stage.press("2");
    let day = stage.screen();
    stage.press("+");
    let half = stage.screen();
    assert_ne!(day, half);
    assert!(half.contains("12 h"), "{half}");
    stage.press("l");
    assert_ne!(half, stage.screen());
    stage.press("h - -");
    assert_eq!(day, stage.screen());
}

#[test]
fn a_line_of_sprint_and_retro_opens_the_page_of_its_agent() {
    let mut stage = open(80, 24);
    stage.press("2 j enter");
    assert_eq!(stage.room.model.place(), Place::Detail);
    stage.press("esc");
    let mut stage = retro(80, 24, Caps::FULL);
    stage.press("enter");
    assert_eq!(stage.room.model.place(), Place::WeekPage);
    assert_eq!(stage.subject(), "social");
}

#[test]
fn the_page_of_a_week_goes_by_weeks_and_reads_insights_from_its_agent_on() {
    let mut stage = retro(120, 40, Caps::FULL);
    stage.press("enter [");
    assert!(stage.room.model.past.is_none(), "the board is left alone");
    assert!(stage.screen().contains("2026-W12"), "{}", stage.screen());
    let mut before = fixture::week();
    before.week = stage.room.model.week();
    let (first, second) = before.agents.split_at_mut(1);
    std::mem::swap(&mut first[0].agent, &mut second[0].agent);
    stage.send(Msg::Page(Page::Week(Arc::new(before))));
    assert_eq!(stage.subject(), "social", "in another order");
    stage.press("]");
    let mut unread = fixture::week();
    for one in &mut unread.agents {
        one.learned.read = false;
    }
    stage.send(Msg::Page(Page::Week(Arc::new(unread))));
    assert!(stage.screen().contains("2026-W13"), "{}", stage.screen());
    for (keys, agent) in [("R", "social"), ("j enter R", "publisher")] {
        stage.press(keys);
        assert_eq!(stage.room.model.place(), Place::Insights);
        assert_eq!(stage.subject(), agent);
        stage.press("esc");
        assert_eq!(stage.room.model.place(), Place::WeekPage);
        stage.press("esc");
    }
}

#[test]
fn the_retro_asks_for_its_week_once_and_for_another_when_it_turns() {
    let mut stage = open(80, 24);
    let asked = |stage: &Stage| {
        let effects = stage.effects.iter();
        effects
            .filter(|effect| matches!(effect, Effect::Ask(Query::Week { .. })))
            .count()
    };
    stage.press("3 j k");
    assert_eq!(asked(&stage), 1);
    stage.press("]");
    assert_eq!(asked(&stage), 1, "the week after has not begun");
    stage.press("[");
    assert_eq!(asked(&stage), 2);
    assert!(stage.screen().contains("2026-W12"), "{}", stage.screen());
    stage.press("]");
    stage.send(Msg::Page(Page::Week(Arc::new(fixture::week()))));
    assert!(stage.screen().contains("0 of") || stage.screen().contains("of 2 insights read"));
    stage.press("n");
    assert_eq!(stage.subject(), "publisher");
}

#[test]
fn the_walk_over_insights_marks_what_was_read_and_leads_a_decision_to_the_agent() {
    let mut stage = retro(80, 24, Caps::FULL);
    stage.press("R");
    let screen = stage.screen();
    assert!(screen.contains("1 of 1, 1 of 2 read"), "{screen}");
    assert!(
        screen.contains("● - Threads about pricing: 0 answers in 9"),
        "{screen}"
    );
    assert!(!screen.contains('#') && !screen.contains("**"), "{screen}");
    stage.press("m");
    let asked = stage.effects.iter().find_map(|effect| match effect {
        Effect::Order(Order::Preview(request)) => Some((**request).clone()),
        _ => None,
    });
    let request = asked.expect("the decision is for the inbox");
    let kind = request.letter.as_ref().map(|letter| letter.kind);
    assert_eq!(kind, Some(LetterKind::Decision));
    let plan = Err(Refusal::new("its inbox is read-only"));
    stage.send(Msg::Reply(Reply::Planned(Box::new(Planned {
        request,
        plan,
    }))));
    stage.press("n");
    let read = |effect: &Effect| matches!(effect, Effect::Order(Order::Retro(RetroWord::Read { agent, .. })) if agent.as_str() == "publisher");
    assert!(stage.effects.iter().any(read));
    let screen = stage.screen();
    assert!(screen.contains("2 of 2 insights read"), "{screen}");
    stage.press("R");
    assert!(
        stage.screen().contains("1 of 2, 2 of 2 read"),
        "all, where none is unread"
    );
    stage.press("esc");
    assert_eq!(stage.room.model.place(), Place::Retro);
}

#[test]
fn the_note_on_a_week_begins_with_the_facts_and_is_kept() {
    let mut stage = retro(80, 24, Caps::FULL);
    stage.press("m");
    let screen = stage.screen();
    assert!(screen.contains("# Retro 2026-W13"), "{screen}");
    stage.press("x enter y ctrl-s");
    let kept = stage.effects.iter().find_map(|effect| match effect {
        Effect::Order(Order::Retro(RetroWord::Note { week, text })) => Some((week, text)),
        _ => None,
    });
    let (week, text) = kept.expect("the note is kept");
    assert_eq!(week, "2026-W13");
    assert!(text.starts_with("x\ny# Retro 2026-W13"), "{text}");
    assert_eq!(stage.room.model.place(), Place::Retro);
}

#[test]
fn a_gap_closes_with_a_reason_and_an_incident_gets_a_code() {
    let mut stage = retro(80, 24, Caps::FULL);
    stage.press("enter a");
    assert!(stage.screen().contains("close it"), "{}", stage.screen());
    stage.press("enter");
    stage.press("enter");
    assert!(
        stage.screen().contains("nothing is written yet"),
        "{}",
        stage.screen()
    );
    stage.press("o k enter");
    let closed = |effect: &Effect| matches!(effect, Effect::Order(Order::Retro(RetroWord::Judge { why, .. })) if why == "ok");
    assert!(stage.effects.iter().any(closed));
    stage.press("j a");
    let screen = stage.screen();
    assert!(screen.contains("1.3 repeats steps"), "{screen}");
    assert!(
        screen.contains("the same action was done twice"),
        "{screen}"
    );
    stage.press("enter");
    let coded = |effect: &Effect| matches!(effect, Effect::Order(Order::Retro(RetroWord::Code { code: Some(code), .. })) if code.number() == "1.3");
    assert!(stage.effects.iter().any(coded));
}

fn ledger(width: u16, height: u16) -> Stage {
    let mut stage = open(width, height);
    stage.ordered = 214;
    stage
}

#[test]
fn the_ledger_40x12() {
    assert_snapshot!(ledger(40, 12).press("6 j").screen_of());
}

#[test]
fn the_ledger_80x24() {
    assert_snapshot!(ledger(80, 24).press("6 j").screen_of());
}

#[test]
fn the_ledger_120x40() {
    assert_snapshot!(ledger(120, 40).press("6 j").screen_of());
}

#[test]
fn the_ledger_200x50() {
    assert_snapshot!(ledger(200, 50).press("6 j j j").screen_of());
}

#[test]
fn nothing_in_the_ledger_says_so() {
    let mut stage = open(80, 24);
    let screen = stage.press("6").screen();
    assert!(screen.contains("nothing was ordered yet"), "{screen}");
    assert!(stage.press("u").screen().contains("can be taken back"));
}

#[test]
fn the_ledger_is_copied_as_one_sentence_and_undone_from() {
    let mut stage = ledger(80, 24);
    stage.press("6 j y");
    let copied = stage.effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(
        copied.as_deref(),
        Some(
            "retried drafter/digest because it was skipped silently at 06:00; tier read-only; by uid 1001 on pts/3 over SSH \
             from 10.0.0.7 at 07:04; attempt 2 of 3; verified; picked up 07:06, done 07:08"
        )
    );
    stage.press("u");
    let asked = stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::Order(Order::Preview(request)) => Some(request.clone()),
        _ => None,
    });
    let asked = asked.expect("the undo is previewed");
    let op = fixture::journal(2, 2).orders[1].op.clone();
    assert_eq!((asked.verb.word(), asked.undoes), ("undo", Some(op)));
}

#[test]
fn what_an_agent_wrote_into_a_replaced_file_is_merged_from_the_ledger() {
    let mut stage = ledger(80, 24);
    stage.press("6 j M");
    let asked = stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::Order(Order::Preview(request)) => Some(request.clone()),
        _ => None,
    });
    let asked = asked.expect("the merge is previewed");
    let op = fixture::journal(2, 2).orders[1].op.to_string();
    assert_eq!((asked.verb.word(), asked.copy), ("merge", Some(op)));
}

#[test]
fn the_ledger_is_read_as_far_as_the_cursor_comes_and_filtered() {
    let mut stage = ledger(80, 24);
    stage.press("6");
    let read = stage.room.model.orders().len();
    assert!(read < 214, "{read} of 214 are read at once");
    stage.press("G G G G");
    assert_eq!(stage.room.model.ledger_cursor(), 213);
    stage.press("g / d i g e s t enter");
    assert_eq!(stage.room.model.orders().len(), 1);
    let screen = stage.press("enter").screen();
    assert_eq!(stage.room.model.place(), Place::Detail);
    assert!(screen.contains("\"status\": \"skipped\""), "{screen}");
    stage.press("esc");
    assert_eq!(stage.room.model.place(), Place::Ledger);
}
