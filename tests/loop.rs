//! The real loop on a terminal that is only memory.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rounds::domain::fleet::Fleet;
use rounds::domain::time::{Span, Ts};
use rounds::keeper::{Order, Reply};
use rounds::reader::{Page, Query};
use rounds::ui::caps::Caps;
use rounds::ui::keymap::Key;
use rounds::ui::run::Event;
use rounds::ui::{Backstage, Clock, Ended, Feeds, Options, Screen, run};
use rounds::view::fixture;
use tokio::sync::{mpsc, watch};

/// What was written, one entry for each write, shared with the test.
#[derive(Clone, Default)]
struct Writes(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no test panics while writing")
            .push(bytes.to_vec());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Writes {
    fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.0.lock().expect("no test panics while writing"))
    }
}

/// Events that may wait; no test sends more at once.
const KEYS: usize = 256;

struct Memory {
    events: mpsc::Receiver<Event>,
    writes: Writes,
    /// What was asked of the terminal beside frames.
    done: Arc<Mutex<Vec<String>>>,
}

impl Screen for Memory {
    fn size(&self) -> (u16, u16) {
        (80, 24)
    }
    fn sink(&mut self) -> &mut dyn Write {
        &mut self.writes
    }
    async fn event(&mut self) -> Event {
        self.events.recv().await.unwrap_or(Event::End("no input"))
    }
    fn suspend(&mut self) -> io::Result<()> {
        self.note("suspend".to_owned());
        Ok(())
    }
    fn show(&mut self, path: &Path, line: u32) -> io::Result<()> {
        self.note(format!("show {}:{line}", path.display()));
        Ok(())
    }
    fn edit(&mut self, path: &Path) -> io::Result<()> {
        self.note(format!("edit {}", path.display()));
        Ok(())
    }
    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.note(format!("copy {}", text.lines().next().unwrap_or_default()));
        Ok(())
    }
}

impl Memory {
    fn note(&self, what: String) {
        self.done
            .lock()
            .expect("no test panics while noting")
            .push(what);
    }
}

#[derive(Default)]
struct Backroom {
    orders: Arc<Mutex<Vec<Order>>>,
    asks: Arc<Mutex<VecDeque<Query>>>,
    full: bool,
}

impl Backstage for Backroom {
    fn order(&mut self, order: Order) -> Result<(), String> {
        if self.full {
            return Err("the keeper is busy; try again".to_owned());
        }
        self.orders.lock().expect("no test panics here").push(order);
        Ok(())
    }
    fn ask(&mut self, query: Query) {
        self.asks
            .lock()
            .expect("no test panics here")
            .push_back(query);
    }
}

/// Stands still until it is moved, in step with tokio's paused clock.
struct Hands {
    at: AtomicI64,
    began: tokio::time::Instant,
}

impl Clock for Hands {
    fn now(&self) -> Ts {
        Ts(self.at.load(Ordering::SeqCst) + self.began.elapsed().as_millis() as i64)
    }
    fn until(&self, at: Ts) -> Duration {
        (at - self.now()).to_std()
    }
}

struct Stage {
    keys: mpsc::Sender<Event>,
    fleet: watch::Sender<Arc<Fleet>>,
    replies: mpsc::Sender<Reply>,
    pages: mpsc::Sender<Page>,
    writes: Writes,
    done: Arc<Mutex<Vec<String>>>,
    orders: Arc<Mutex<Vec<Order>>>,
    asks: Arc<Mutex<VecDeque<Query>>>,
    screen: vt100::Parser,
}

impl Stage {
    fn key(&self, name: &str) {
        let key = Key::parse(name).expect("a key of this test");
        self.keys
            .try_send(Event::Key(key.event()))
            .expect("the loop runs");
    }

    /// Lets the loop run until it waits, and feeds its output to the terminal. Gives the writes and bytes of that time.
    async fn settle(&mut self) -> (usize, usize) {
        self.wait(Duration::from_millis(40)).await
    }

    async fn wait(&mut self, time: Duration) -> (usize, usize) {
        tokio::time::sleep(time).await;
        let writes = self.writes.take();
        for write in &writes {
            self.screen.process(write);
        }
        (writes.len(), writes.iter().map(Vec::len).sum())
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }
}

/// Runs the loop beside `test`, on one thread and tokio's own clock, which leaps over waiting.
fn on_stage<T, F: Future<Output = T>>(
    backroom: Backroom,
    test: impl FnOnce(Stage) -> F,
) -> (T, Ended) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (keys, events) = mpsc::channel(KEYS);
        let (fleet, fleet_feed) = watch::channel(Arc::new(fixture::fleet()));
        let (replies, reply_feed) = mpsc::channel(16);
        let (pages, page_feed) = mpsc::channel(16);
        let (writes, done) = (Writes::default(), Arc::default());
        let cells = |n| std::num::NonZero::new(n).expect("not zero");
        let stage = Stage {
            keys,
            fleet,
            replies,
            pages,
            writes: writes.clone(),
            done: Arc::clone(&done),
            orders: Arc::clone(&backroom.orders),
            asks: Arc::clone(&backroom.asks),
            screen: vt100::Parser::new(cells(24), cells(80), 0),
        };
        let mut memory = Memory {
            events,
            writes,
            done,
        };
        let mut backroom = backroom;
        let feeds = Feeds {
            fleet: fleet_feed,
            replies: reply_feed,
            pages: page_feed,
        };
        let clock = Hands {
            at: AtomicI64::new(fixture::now().0),
            began: tokio::time::Instant::now(),
        };
        let options = Options::new(Caps::FULL);
        let ran = run(&mut memory, &mut backroom, feeds, &clock, options);
        let (ended, told) = tokio::join!(ran, test(stage));
        (told, ended.expect("memory never fails"))
    })
}

#[test]
fn starts_moves_and_quits() {
    let ((), ended) = on_stage(Backroom::default(), |mut stage| async move {
        assert_eq!(stage.settle().await.0, 1);
        assert!(stage.text().contains("▸✗ publisher"), "{}", stage.text());
        stage.key("j");
        let (writes, bytes) = stage.settle().await;
        assert_eq!(writes, 1);
        assert!(bytes <= 400, "{bytes}");
        assert!(stage.text().contains("▸∅ drafter"), "{}", stage.text());
        stage.key("q");
    });
    assert_eq!(ended, Ended::Quit);
}

#[test]
fn idle_writes_nothing_until_the_minute_turns() {
    on_stage(Backroom::default(), |mut stage| async move {
        stage.settle().await;
        assert_eq!(stage.wait(Duration::from_secs(59)).await, (0, 0));
        let (writes, bytes) = stage.wait(Duration::from_secs(2)).await;
        assert_eq!(writes, 1);
        assert!((1..=1_000).contains(&bytes), "{bytes}");
        assert!(stage.text().contains("live Fri 07:11"), "{}", stage.text());
        stage.key("q");
    });
}

#[test]
fn a_snapshot_is_drawn_at_once_when_idle_and_a_storm_at_most_thirty_times_a_second() {
    on_stage(Backroom::default(), |mut stage| async move {
        stage.settle().await;
        let mut fleet = fixture::fleet();
        for n in 0..200_u64 {
            fleet.version = n + 2;
            let agent = Arc::make_mut(&mut fleet.agents[0]);
            agent.headline = format!("beat {n}");
            stage.fleet.send_replace(Arc::new(fleet.clone()));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (writes, _) = stage.settle().await;
        assert!((20..=33).contains(&writes), "{writes} frames in a second");
        stage.key("q");
    });
}

#[test]
fn a_hundred_keys_at_once_are_one_frame_or_two() {
    on_stage(Backroom::default(), |mut stage| async move {
        stage.settle().await;
        for _ in 0..50 {
            stage.key("j");
            stage.key("k");
        }
        let (writes, _) = stage.settle().await;
        assert!(writes <= 2, "{writes}");
        stage.key("q");
    });
}

#[test]
fn orders_and_questions_reach_the_backstage_and_answers_the_screen() {
    on_stage(Backroom::default(), |mut stage| async move {
        stage.key("ctrl-r");
        stage.key("e");
        stage.settle().await;
        assert_eq!(*stage.orders.lock().expect("free"), [Order::Rescan]);
        assert!(matches!(
            stage.asks.lock().expect("free").back(),
            Some(Query::Copy(_))
        ));
        let path = PathBuf::from("/tmp/copy");
        stage
            .pages
            .send(Page::Copy { path, line: 212 })
            .await
            .expect("the loop runs");
        stage
            .replies
            .send(Reply::Done("looked at 28 files".to_owned()))
            .await
            .expect("the loop runs");
        stage.key("y");
        stage.settle().await;
        let done = stage.done.lock().expect("free").clone();
        assert!(done.contains(&"show /tmp/copy:212".to_owned()), "{done:?}");
        assert!(
            done.iter()
                .any(|what| what.starts_with("copy publisher fail")),
            "{done:?}"
        );
        assert!(
            stage.text().contains("looked at 28 files"),
            "{}",
            stage.text()
        );
        stage.key("ctrl-z");
        stage.settle().await;
        assert_eq!(
            stage.done.lock().expect("free").last().map(String::as_str),
            Some("suspend")
        );
        stage.key("ctrl-c");
    });
}

#[test]
fn a_refused_order_is_a_sentence() {
    let backroom = Backroom {
        full: true,
        ..Backroom::default()
    };
    on_stage(backroom, |mut stage| async move {
        stage.key("ctrl-r");
        stage.settle().await;
        assert!(
            stage.text().contains("the keeper is busy"),
            "{}",
            stage.text()
        );
        stage.key("q");
    });
}

#[test]
fn a_keeper_that_is_gone_freezes_the_view_and_the_loop_goes_on() {
    let ((), ended) = on_stage(Backroom::default(), |mut stage| async move {
        stage.settle().await;
        let (gone, _) = watch::channel(Arc::new(Fleet::default()));
        drop(std::mem::replace(&mut stage.fleet, gone));
        stage.settle().await;
        assert!(
            stage.text().contains("keeper stopped, frozen at 07:10"),
            "{}",
            stage.text()
        );
        stage.key("j");
        stage.settle().await;
        assert!(stage.text().contains("▸"), "{}", stage.text());
        stage.key("q");
    });
    assert_eq!(ended, Ended::Quit);
}

#[test]
fn a_hangup_ends_the_loop() {
    let ((), ended) = on_stage(Backroom::default(), |stage| async move {
        stage
            .keys
            .try_send(Event::End("SIGHUP"))
            .expect("the loop runs");
    });
    assert_eq!(ended, Ended::Session("SIGHUP"));
}

#[test]
fn a_paste_never_triggers_commands() {
    let ((), ended) = on_stage(Backroom::default(), |mut stage| async move {
        stage
            .keys
            .try_send(Event::Paste("qD\r\n".to_owned()))
            .expect("the loop runs");
        stage.key("/");
        stage
            .keys
            .try_send(Event::Paste("is:stale\r\n".to_owned()))
            .expect("the loop runs");
        stage.settle().await;
        assert!(stage.text().contains("/ is:stale"), "{}", stage.text());
        assert!(stage.orders.lock().expect("free").is_empty());
        stage.key("enter");
        stage.key("q");
    });
    assert_eq!(ended, Ended::Quit);
}

#[test]
fn a_resize_is_drawn_whole() {
    on_stage(Backroom::default(), |mut stage| async move {
        stage.settle().await;
        stage
            .keys
            .try_send(Event::Resize(60, 20))
            .expect("the loop runs");
        let cells = |n| std::num::NonZero::new(n).expect("not zero");
        stage.screen = vt100::Parser::new(cells(20), cells(60), 0);
        stage.settle().await;
        assert!(stage.text().contains("▸✗ publisher"), "{}", stage.text());
        stage.fleet.send_replace(Arc::new(Fleet {
            at: fixture::now() + Span::SECOND,
            ..fixture::fleet()
        }));
        assert_eq!(stage.settle().await, (0, 0));
        stage.key("q");
    });
}
