//! The running keeper on real files: what happens on disk is on the next snapshot. Nothing here sleeps: every step waits on
//! the snapshot channel, with a limit.

mod fleet;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet::{Place, append, beat, now};
use rounds::config::Config;
use rounds::domain::facts::FileState;
use rounds::domain::fleet::{AgentView, Fleet, Mode, TaskState};
use rounds::domain::id::{AgentId, OpId, TaskId};
use rounds::domain::log::{LogFilter, LogKey, LogRow};
use rounds::domain::time::Zone;
use rounds::keeper::{self, Order, Reply, Running, Setup, StartError};
use rounds::ops::{Answer, Request, Verb};
use rounds::reader::{Anchor, Page, Query};

/// Long enough for a busy machine; a pass takes milliseconds.
const LIMIT: Duration = Duration::from_secs(20);

struct Room {
    running: Running,
    runtime: tokio::runtime::Runtime,
}

impl Room {
    fn open(place: &Place) -> Self {
        Self::try_open(place).expect("the room starts")
    }

    fn try_open(place: &Place) -> Result<Self, StartError> {
        let zone = Zone::parse(fleet::noon()).expect("a zone");
        let running = keeper::start(Setup {
            config: Config::default_for(zone),
            ..place.setup()
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        Ok(Self { running, runtime })
    }

    /// The first snapshot on which it is so, and how long that took.
    fn until(
        &mut self,
        what: &str,
        mut ready: impl FnMut(&Fleet) -> bool,
    ) -> (Arc<Fleet>, Duration) {
        let begun = Instant::now();
        let fleet = &mut self.running.fleet;
        let seen = self.runtime.block_on(async {
            tokio::time::timeout(LIMIT, fleet.wait_for(|fleet| ready(fleet)))
                .await
                .map(|found| Arc::clone(&found.expect("the keeper lives")))
        });
        match seen {
            Ok(fleet) => (fleet, begun.elapsed()),
            Err(late) => panic!(
                "{what}: {late} ({LIMIT:?}): {} done, {:#?}",
                did(&self.fleet()),
                self.fleet().health
            ),
        }
    }

    fn fleet(&self) -> Arc<Fleet> {
        self.running.fleet.borrow().clone()
    }

    fn history(&mut self) -> Vec<LogRow> {
        self.running.asks.ask(Query::Log {
            filter: LogFilter::default(),
            anchor: Anchor::Tail,
            rows: 100,
        });
        let pages = &mut self.running.pages;
        let answer = self
            .runtime
            .block_on(async { tokio::time::timeout(LIMIT, pages.recv()).await });
        match answer.expect("in time") {
            Some(Page::Log { rows, .. }) => rows,
            other => panic!("{other:?}"),
        }
    }

    fn order(&self, order: Order) {
        self.running.orders.send(order).expect("the inbox has room");
    }

    fn reply(&mut self) -> Reply {
        let replies = &mut self.running.replies;
        let answered = self
            .runtime
            .block_on(async { tokio::time::timeout(LIMIT, replies.recv()).await });
        answered.expect("in time").expect("the keeper lives")
    }
}

fn agent<'a>(fleet: &'a Fleet, name: &str) -> Option<&'a Arc<AgentView>> {
    fleet.agent(&AgentId::from(name))
}

fn did(fleet: &Fleet) -> u32 {
    agent(fleet, "social").map_or(0, |social| social.counts.did)
}

/// The room has read everything, and watches: a glance comes before.
fn settled(fleet: &Fleet) -> bool {
    fleet.health.filling.is_none() && fleet.health.watches > 0
}

#[test]
fn an_appended_line_is_on_the_next_snapshot() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let mut room = Room::open(&place);
    room.until("the first line", |fleet| did(fleet) == 1 && settled(fleet));
    for n in 1..6 {
        append(&place.log(), beat(n, now()));
        room.until("one more", |fleet| did(fleet) == n + 1);
    }
    room.running.stop();
}

#[test]
fn the_lines_of_a_snapshot_are_those_of_the_history() {
    let place = Place::new();
    let wal = place.log().with_file_name("wal.jsonl");
    let step = |n: u32| {
        let at = now().rfc3339();
        format!(
            "{{\"ts\":\"{at}\",\"run_id\":\"r1\",\"step\":\"s{n}\",\"do\":\"post\",\"status\":\"done\"}}\n"
        )
    };
    append(&place.log(), beat(0, now()));
    append(&wal, step(0));
    let mut room = Room::open(&place);
    let (first, _) = room.until("the first lines", |fleet| did(fleet) == 1 && settled(fleet));
    append(&wal, step(1));
    for n in 1..4 {
        append(&place.log(), beat(n, now()));
    }
    let came = |fleet: &Fleet| -> Vec<LogRow> {
        let rows = fleet.tail.after(first.version);
        rows.expect("only lines came").cloned().collect()
    };
    let (last, _) = room.until("all lines", |fleet| came(fleet).len() == 4);
    let mut came = came(&last);
    came.sort_by_key(LogKey::of);
    let history = room.history();
    assert_eq!(history[history.len() - 4..], came);
    room.running.stop();
}

/// A log that stays has to be read by whoever opens the mirror next, and that waits for it.
#[test]
fn a_room_that_closes_leaves_its_mirror_whole() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let mut room = Room::open(&place);
    room.until("the first line", |fleet| did(fleet) == 1 && settled(fleet));
    assert_eq!(room.history().len(), 1, "the reader has it open, too");
    room.running.stop();
    let files = fs::read_dir(place.state()).expect("the state");
    let names = files.flatten().map(|file| file.file_name());
    let mut mirror: Vec<_> = names
        .filter(|name| name.to_string_lossy().starts_with("mirror"))
        .collect();
    mirror.sort();
    assert_eq!(mirror, ["mirror.db"]);
}

#[test]
fn a_line_in_two_halves_is_not_shown_before_its_end() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let mut room = Room::open(&place);
    room.until("the first line", |fleet| did(fleet) == 1);
    let line = beat(1, now());
    append(&place.log(), &line[..50]);
    append(&place.agent().join("wal.jsonl"), "");
    room.running.orders.send(Order::Rescan).expect("taken");
    room.until("a look at the half", |fleet| fleet.health.files == 2);
    assert_eq!(did(&room.fleet()), 1);
    append(&place.log(), &line[50..]);
    room.until("the whole", |fleet| did(fleet) == 2);
    assert_eq!(
        room.fleet().health.damaged_files,
        0,
        "a half line is no damage"
    );
    room.running.stop();
}

#[test]
fn a_torn_plan_keeps_its_last_good_reading_and_is_told_after_two_seconds() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let plan = place.agent().join("schedule.json");
    let due = rounds::domain::time::Ts(now().0 + 3_600_000).rfc3339();
    let whole =
        format!("{{\"agent\":\"social\",\"tasks\":[{{\"id\":\"replies\",\"due\":\"{due}\"}}]}}");
    fs::write(&plan, &whole).expect("the plan");
    let mut room = Room::open(&place);
    let planned = |fleet: &Fleet| agent(fleet, "social").is_some_and(|a| !a.tasks.is_empty());
    room.until("the plan", |fleet| planned(fleet) && settled(fleet));
    fs::write(&plan, &whole[..whole.len() / 2]).expect("half a plan");
    let torn = |fleet: &Fleet| {
        agent(fleet, "social").is_some_and(|a| {
            a.files
                .iter()
                .any(|file| matches!(file.state, FileState::Torn { .. }))
        })
    };
    let (fleet, took) = room.until("the torn plan", torn);
    assert!(took >= Duration::from_millis(1_800), "told after {took:?}");
    assert!(planned(&fleet), "the last good reading stays");
    fs::write(&plan, &whole).expect("the plan again");
    let (fleet, _) = room.until("the mended plan", |fleet| !torn(fleet));
    assert!(planned(&fleet));
    room.running.stop();
}

#[test]
fn a_log_that_becomes_unreadable_makes_its_agent_blind_not_fine() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let mut room = Room::open(&place);
    room.until("the first line", |fleet| did(fleet) == 1 && settled(fleet));
    // A link that leads out of the folder is refused whoever runs this; a mode would not stop root.
    let away = place.dir.path().join("away.jsonl");
    fs::rename(place.log(), &away).expect("moved out");
    std::os::unix::fs::symlink(&away, place.log()).expect("a link");
    let (fleet, _) = room.until("blind", |fleet| !fleet.health.blind.is_empty());
    assert!(fleet.health.blind[0].contains("heartbeat.jsonl"));
    fs::remove_file(place.log()).expect("the link");
    fs::rename(&away, place.log()).expect("back");
    append(&place.log(), beat(1, now()));
    let (fleet, _) = room.until("seeing again", |fleet| fleet.health.blind.is_empty());
    assert!(agent(&fleet, "social").is_some());
    room.until("the line written meanwhile", |fleet| did(fleet) == 2);
    room.running.stop();
}

#[test]
fn a_new_agent_appears_by_itself() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let mut room = Room::open(&place);
    room.until("the first line", |fleet| did(fleet) == 1 && settled(fleet));
    let folder = place.fleet().join("publisher");
    fs::create_dir(&folder).expect("a folder");
    append(&folder.join("heartbeat.jsonl"), beat(1, now()));
    let (_, took) = room.until("the new agent", |fleet| {
        agent(fleet, "publisher").is_some_and(|a| a.counts.did == 1)
    });
    assert!(took < Duration::from_secs(12), "within one walk: {took:?}");
    room.running.stop();
}

#[test]
fn a_second_room_follows_and_takes_over() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let mut first = Room::open(&place);
    first.until("the first line", |fleet| did(fleet) == 1 && settled(fleet));
    let mut second = Room::open(&place);
    let (fleet, _) = second.until("what is mirrored", |fleet| did(fleet) == 1);
    assert_eq!(fleet.health.mode, Mode::Follow);
    append(&place.log(), beat(1, now()));
    second.until("an append, through the first", |fleet| did(fleet) == 2);
    first.running.stop();
    append(&place.log(), beat(2, now()));
    let (fleet, took) = second.until("an append by itself", |fleet| did(fleet) == 3);
    assert_ne!(fleet.health.mode, Mode::Follow);
    assert!(took < Duration::from_secs(8), "taken over after {took:?}");
    append(&place.log(), beat(3, now()));
    second.until("one more", |fleet| did(fleet) == 4);
    second.running.stop();
    assert_eq!(place.messages(), fleet::messages(0..4));
}

#[test]
fn a_rotation_while_watched_shows_every_line_once() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let mut room = Room::open(&place);
    room.until("the first line", |fleet| did(fleet) == 1 && settled(fleet));
    for n in 1..5_u32 {
        append(&place.log(), beat(n * 2 - 1, now()));
        fs::rename(
            place.log(),
            place.agent().join(format!("heartbeat-{n}.jsonl")),
        )
        .expect("rotation");
        append(&place.log(), beat(n * 2, now()));
        room.until("both", |fleet| did(fleet) == n * 2 + 1);
    }
    room.running.stop();
    assert_eq!(place.messages(), fleet::messages(0..9));
}

/// `ROUNDS_NO_NOTIFY` is read by the process, so this is one of its own.
#[test]
fn without_notifications_the_sweep_shows_it() {
    use std::io::{BufRead, BufReader};
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let mut child = place
        .command(&["log", "--follow", "--json"])
        .env("ROUNDS_NO_NOTIFY", "1")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("rounds starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut next = |what: &str| loop {
        let line = lines.next().expect("more output").expect("a line");
        if line.contains(what) {
            return;
        }
    };
    next("m000000");
    let mut worst = Duration::ZERO;
    for n in 1..3 {
        append(&place.log(), beat(n, now()));
        let begun = Instant::now();
        next(&fleet::message(n));
        worst = worst.max(begun.elapsed());
    }
    child.kill().expect("it lives");
    child.wait().expect("it ended");
    assert!(worst < Duration::from_secs(4), "{worst:?}");
}

#[test]
fn an_order_is_previewed_carried_out_and_seen() {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let plan = place.agent().join("schedule.json");
    let due = rounds::domain::time::Ts(now().0 + 3_600_000).rfc3339();
    let before = format!(
        "{{\"agent\":\"social\",\"tasks\":[{{\"id\":\"replies\",\"due\":\"{due}\",\"tier\":\"mutating\"}}]}}"
    );
    fs::write(&plan, &before).expect("the plan");
    let mut room = Room::open(&place);
    let state = |fleet: &Fleet| {
        let task = agent(fleet, "social").and_then(|a| a.tasks.first());
        task.map(|task| task.state)
    };
    room.until("the plan", |fleet| state(fleet).is_some() && settled(fleet));

    let request = Request {
        task: Some(TaskId::from("replies")),
        reason: Some("the site is down".to_owned()),
        ..Request::new(OpId::from(""), Verb::Hold, AgentId::from("social"))
    };
    room.order(Order::Preview(Box::new(request)));
    let Reply::Planned(planned) = room.reply() else {
        panic!("a preview is answered by what it would do");
    };
    assert!(planned.plan.is_ok(), "{:?}", planned.plan);
    let read = || fs::read_to_string(&plan).expect("the plan");
    assert_eq!(read(), before, "looking changes nothing");

    let yes = Answer {
        yes: true,
        ..Answer::default()
    };
    room.order(Order::Operate(Box::new((planned.request, yes))));
    let Reply::Operated(outcome) = room.reply() else {
        panic!("an order ends with its outcome");
    };
    assert!(read().contains("the site is down"), "{outcome:?}");
    room.until("the held task", |fleet| {
        state(fleet) == Some(TaskState::Held)
    });
    room.running.stop();
}

/// A fleet with one task that can be held, and the room on it.
fn with_a_task(place: &Place) -> Room {
    append(&place.log(), beat(0, now()));
    let due = rounds::domain::time::Ts(now().0 + 3_600_000).rfc3339();
    let plan = format!(
        "{{\"agent\":\"social\",\"tasks\":[{{\"id\":\"replies\",\"due\":\"{due}\",\"tier\":\"mutating\"}}]}}"
    );
    fs::write(place.agent().join("schedule.json"), plan).expect("the plan");
    let mut room = Room::open(place);
    room.until("the plan", |fleet| {
        let known = agent(fleet, "social").is_some_and(|social| !social.tasks.is_empty());
        known && settled(fleet)
    });
    room
}

fn hold() -> Request {
    Request {
        task: Some(TaskId::from("replies")),
        reason: Some("the site is down".to_owned()),
        ..Request::new(OpId::from(""), Verb::Hold, AgentId::from("social"))
    }
}

fn carry_out(room: &Room, request: Request) {
    let yes = Answer {
        yes: true,
        ..Answer::default()
    };
    room.order(Order::Operate(Box::new((request, yes))));
}

#[test]
fn a_room_that_follows_another_gives_orders_as_well() {
    let place = Place::new();
    let mut first = with_a_task(&place);
    let mut second = Room::open(&place);
    second.until("the plan", |fleet| {
        let known = agent(fleet, "social").is_some_and(|social| !social.tasks.is_empty());
        known && fleet.health.mode == Mode::Follow
    });
    second.order(Order::Preview(Box::new(hold())));
    let Reply::Planned(planned) = second.reply() else {
        panic!("a preview is answered by what it would do");
    };
    let plan = planned.plan.expect("it can be held from here");
    assert!(!plan.diff.is_empty());
    carry_out(&second, planned.request);
    let Reply::Operated(outcome) = second.reply() else {
        panic!("an order ends with its outcome");
    };
    let held = |fleet: &Fleet| {
        let task = agent(fleet, "social").and_then(|a| a.tasks.first());
        task.is_some_and(|task| task.state == TaskState::Held)
    };
    first.until("the held task", held);
    let (fleet, _) = second.until("the held task", held);
    let facts = &agent(&fleet, "social").expect("it is there").files;
    assert!(
        !facts.is_empty(),
        "it knows the files that it does not read"
    );

    let undo = Request {
        undoes: Some(outcome.op.clone()),
        task: Some(TaskId::from("replies")),
        ..Request::new(OpId::from(""), Verb::Undo, AgentId::from("social"))
    };
    carry_out(&first, undo);
    let Reply::Operated(_) = first.reply() else {
        panic!("the first room takes back what the second did");
    };
    second.until("the released task", |fleet| !held(fleet));
    second.running.stop();
    first.running.stop();
}

/// From a line being appended to it being on the board, in the middle of several.
fn latency(room: &mut Room, place: &Place, lines: std::ops::Range<u32>) -> Duration {
    let mut took: Vec<Duration> = lines
        .map(|n| {
            let before = did(&room.fleet());
            append(&place.log(), beat(n, now()));
            room.until("the line", |fleet| did(fleet) > before).1
        })
        .collect();
    took.sort();
    took[took.len() / 2]
}

#[test]
fn lines_reach_the_board_while_an_order_waits_for_a_lease() {
    let place = Place::new();
    let mut room = with_a_task(&place);
    let quiet = latency(&mut room, &place, 1..12);
    let reader = fs::File::open(place.agent().join("schedule.json")).expect("the plan");
    carry_out(&room, hold());
    let busy = latency(&mut room, &place, 12..40);
    drop(reader);
    let Reply::Operated(outcome) = room.reply() else {
        panic!("the order ends once the file is free");
    };
    println!("line to board p50: {quiet:?}, while a lease is waited for {busy:?}");
    assert!(
        busy <= quiet * 5 + Duration::from_millis(25),
        "{busy:?} after {quiet:?}"
    );
    let plan = fs::read_to_string(place.agent().join("schedule.json")).expect("the plan");
    assert!(plan.contains("the site is down"), "{outcome:?}");
    room.running.stop();
}

#[test]
fn an_order_takes_effect_within_milliseconds() {
    let large = std::env::var_os("ROUNDS_LARGE").is_some();
    let mut took: Vec<Duration> = (0..if large { 41 } else { 3 })
        .map(|_| {
            let place = Place::new();
            let mut room = with_a_task(&place);
            let begun = Instant::now();
            room.order(Order::Preview(Box::new(hold())));
            let Reply::Planned(planned) = room.reply() else {
                panic!("a preview is answered by what it would do");
            };
            carry_out(&room, planned.request);
            let Reply::Operated(_) = room.reply() else {
                panic!("an order ends with its outcome");
            };
            let took = begun.elapsed();
            room.running.stop();
            took
        })
        .collect();
    took.sort();
    let middle = took[took.len() / 2];
    println!("from key to verified file p50 {middle:?} of {}", took.len());
    let most = if large { 20 } else { 500 };
    assert!(middle <= Duration::from_millis(most), "{middle:?}");
}

/// The plan of today, made before dawn, with the claims that two agents' runs have put into it one after the other.
fn todays_plan(agent: &str, claimed: usize) -> String {
    let day = Zone::UTC.day_of(now());
    let task = |n: usize| {
        let claim = if n < claimed {
            r#","status":"claimed","claim":{"by":"x","epoch":1}"#
        } else {
            ""
        };
        format!("{{\"id\":\"{agent}-{n}\",\"due\":\"{day}T23:59:00Z\"{claim}}}")
    };
    let tasks: Vec<String> = (0..4).map(task).collect();
    format!(
        "{{\"agent\":\"{agent}\",\"date\":\"{day}\",\"tz\":\"UTC\",\"tasks\":[{}]}}",
        tasks.join(",\n")
    )
}

#[test]
fn a_plan_that_was_written_anew_while_nobody_looked_is_no_older_than_the_one_before() {
    let place = Place::new();
    let agents: Vec<String> = (0..8).map(|n| format!("agent{n}")).collect();
    for claimed in 0..4 {
        for name in &agents {
            let folder = place.fleet().join(name);
            fs::create_dir_all(&folder).expect("a folder");
            append(&folder.join("heartbeat.jsonl"), beat(claimed, now()));
            let new = folder.join("new");
            fs::write(&new, todays_plan(name, claimed as usize)).expect("the plan");
            fs::rename(&new, folder.join("schedule.json")).expect("in its place");
        }
        let fleet = place.open().fleet(None).expect("a board");
        let lost = |told: &&rounds::domain::told::Told| {
            told.finding.kind == rounds::domain::finding::FindingKind::LostUpdate
        };
        let lost: Vec<String> = fleet
            .told
            .iter()
            .filter(lost)
            .map(|told| told.finding.sentence.clone())
            .collect();
        assert_eq!(lost, [""; 0], "after {claimed} claims");
        let claims = |view: &AgentView| {
            let held = view.tasks.iter().filter(|task| task.claim.is_some());
            held.count()
        };
        for name in &agents {
            let view = agent(&fleet, name).expect("the agent");
            assert_eq!(claims(view), claimed as usize, "{name}");
        }
    }
}
