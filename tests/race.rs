//! Agents write their files in eight ways while rounds changes the same files: no write of theirs is lost.
//!
//! Small by default; `ROUNDS_LARGE=1 cargo test --release --test race -- --nocapture` is the large run. At level A nothing may
//! be lost; at the lower levels whatever is lost must have been told.
//!
//! Every agent counts: it reads the number that stands there and writes the next, and notes which it made of which. In the end a
//! write is lost if what stands in the file was not made of it, directly or by others in between; and it is told if a version that
//! was is kept in rounds' own folder, and rounds says so. The agents are processes of their own: this test binary, started again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rounds::apply::{
    Desk, Edit, Effect, Ended, FileChange, Hand, Level, Made, Patience, ROUNDS, Seen, Step, kept,
};
use rounds::domain::id::{FileId, OpId};
use rounds::domain::text::Untrusted;
use rounds::domain::time::Ts;
use rounds::ops::merge::merge;
use rounds::ops::{FileRef, Rewrite};
use rounds::sys::gate::Gate;

const STYLES: [&str; 8] = [
    "rename",
    "truncate",
    "two-chunks",
    "append",
    "editor-swap",
    "slow-descriptor",
    "temp-and-mv",
    "in-place",
];
const PLAN: &str = "plan";
const AGENT: &str = "ROUNDS_RACE_AGENT";

/// The line that rounds changes, the number that the agent counts, a body, and an end that shows that nothing is missing.
fn plan(op: &str, number: u64) -> String {
    format!(
        "op {op:<26}\nn {number:08}\n{}end\n",
        "x".repeat(600) + "\n"
    )
}

fn number_of(text: &str) -> Option<u64> {
    if !text.contains("end\n") || !text.ends_with('\n') {
        return None;
    }
    let base = text.lines().find_map(|line| line.strip_prefix("n "))?;
    let appended = text.lines().filter_map(|line| line.strip_prefix('+'));
    appended
        .chain([base])
        .map(|number| number.parse().ok())
        .max()?
}

fn op_of(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("op "));
    line.unwrap_or_default().trim().to_owned()
}

struct SetOp(String);

impl Edit for SetOp {
    fn make(&mut self, base: &[u8]) -> Made {
        let text = String::from_utf8_lossy(base);
        if number_of(&text).is_none() {
            return Made::Torn("no end".to_owned());
        }
        if op_of(&text) == self.0 {
            return Made::Already;
        }
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        Made::New(format!("op {:<26}\n{rest}", self.0).into_bytes())
    }

    fn look(&self, _now: &[u8]) -> Seen {
        Seen::Stands
    }
}

// ---- the agent -------------------------------------------------------------------------------------------------------

struct Agent {
    folder: PathBuf,
    style: &'static str,
    written: u64,
    /// Which number was made of which.
    made: Vec<(u64, u64)>,
}

impl Agent {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Agents that share a file take turns among themselves, as agents that lose nothing of each other's must.
    fn turn(&self) -> File {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("turn"))
            .expect("opened");
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).expect("locked");
        file
    }

    fn read(&self) -> String {
        loop {
            match fs::read_to_string(self.path(PLAN)) {
                Ok(text) => return text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn go(&mut self, until: u64) {
        while self.written < until {
            let turn = self.turn();
            self.once();
            drop(turn);
            pause(self.written);
        }
    }

    fn note(&mut self, seen: &str, expected: u64) -> u64 {
        let seen = number_of(seen).expect("an agent that is alone finds its file whole");
        self.written += 1;
        let next = expected.max(seen) + 1;
        self.made.push((next, seen));
        next
    }

    /// The number that was written last, by whichever agent of the file.
    fn last(&self) -> u64 {
        let text = fs::read_to_string(self.path("last")).unwrap_or_default();
        text.trim().parse().unwrap_or(0)
    }

    fn once(&mut self) {
        let last = self.last();
        let next = if self.style == "slow-descriptor" {
            self.slowly(last)
        } else {
            let seen = self.read();
            let next = self.note(&seen, last);
            while let Err(error) = self.write(&seen, next) {
                // At level C the name is free for a moment, and whoever looks for it right then looks again.
                assert_eq!(error.kind(), io::ErrorKind::NotFound, "{error}");
                std::thread::yield_now();
            }
            next
        };
        fs::write(self.path("last"), next.to_string()).expect("kept");
    }

    fn slowly(&mut self, last: u64) -> u64 {
        let mut file = loop {
            match OpenOptions::new()
                .read(true)
                .write(true)
                .open(self.path(PLAN))
            {
                Ok(file) => break file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        };
        let mut seen = String::new();
        file.read_to_string(&mut seen).expect("read");
        let next = self.note(&seen, last);
        spin(Duration::from_micros(500 + 700 * (next % 5)));
        file.seek(SeekFrom::Start(0)).expect("sought");
        file.set_len(0).expect("emptied");
        file.write_all(plan(&op_of(&seen), next).as_bytes())
            .expect("written");
        next
    }

    fn write(&self, seen: &str, next: u64) -> io::Result<()> {
        let text = plan(&op_of(seen), next);
        let (target, temp) = (self.path(PLAN), self.path("plan.tmp"));
        match self.style {
            "append" if seen.lines().count() < 40 => {
                let mut file = OpenOptions::new().append(true).open(target)?;
                file.write_all(format!("+{next:08}\n").as_bytes())
            }
            "rename" | "append" => {
                fs::write(&temp, text)?;
                fs::rename(temp, target)
            }
            "truncate" => fs::write(target, text),
            "two-chunks" => {
                let mut file = OpenOptions::new().write(true).truncate(true).open(target)?;
                let (one, two) = text.split_at(text.len() / 2);
                file.write_all(one.as_bytes())?;
                spin(Duration::from_micros(300));
                file.write_all(two.as_bytes())
            }
            "editor-swap" => {
                let swap = self.path(".plan.swp");
                fs::write(&swap, text)?;
                fs::rename(&target, self.path("plan~"))?;
                fs::rename(swap, target)
            }
            "temp-and-mv" => {
                fs::write(&temp, text)?;
                let mut mv = Command::new("mv");
                // It says strange things where the name goes away while it looks.
                let moved = mv.arg(&temp).arg(target).stderr(Stdio::null()).status()?;
                if !moved.success() && temp.exists() {
                    return Err(io::ErrorKind::NotFound.into());
                }
                Ok(())
            }
            "in-place" => {
                let file = OpenOptions::new().write(true).open(target)?;
                file.write_all_at(format!("n {next:08}").as_bytes(), 30)
            }
            other => panic!("no style {other}"),
        }
    }
}

/// Agents do something between two writes.
fn pause(seed: u64) {
    spin(Duration::from_micros(
        100 + 150 * (seed.wrapping_mul(0x9e37_79b9) >> 7 & 7),
    ));
}

fn spin(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

/// Not a test of its own: the agent's process.
#[test]
fn agent_process() {
    let Ok(order) = std::env::var(AGENT) else {
        return;
    };
    let mut words = order.split('|');
    let folder = PathBuf::from(words.next().expect("a folder"));
    let style = words.next().expect("a style").to_owned();
    let writes: u64 = words.next().expect("a count").parse().expect("a number");
    let style = STYLES.into_iter().find(|known| *known == style);
    let mut agent = Agent {
        style: style.expect("known"),
        written: 0,
        made: Vec::new(),
        folder,
    };
    agent.go(writes);
    let name = format!("made-{}", std::process::id());
    let made = agent.made.iter().map(|(new, of)| format!("{new} {of}"));
    let made: Vec<String> = made.collect();
    fs::write(agent.path(&name), made.join("\n")).expect("noted");
}

fn start(folder: &Path, style: &str, writes: u64) -> Child {
    Command::new(std::env::current_exe().expect("itself"))
        .args(["--exact", "agent_process", "--quiet"])
        .env(AGENT, format!("{}|{style}|{writes}", folder.display()))
        .stdout(Stdio::null())
        .spawn()
        .expect("started")
}

// ---- the operator ----------------------------------------------------------------------------------------------------

#[derive(Default, Debug)]
struct Tally {
    writes: u64,
    lost: u64,
    untold: u64,
    done: u64,
    refused: u64,
    drafts: u64,
    conflicted: u64,
    collisions: u64,
    failed: Vec<String>,
    where_lost: Vec<String>,
}

/// One file with its agents, and the change that is on its way to it.
struct Desktop {
    folder: PathBuf,
    agents: Vec<Child>,
    change: Option<FileChange>,
    due: Instant,
    number: u64,
    /// What the operator was told.
    said: String,
    /// What the next draft is made from.
    draft: Vec<u8>,
    /// Edits whose base was old.
    drafts: u64,
}

impl Desktop {
    fn is_over(&mut self) -> bool {
        let living = self
            .agents
            .iter_mut()
            .any(|agent| agent.try_wait().expect("asked").is_none());
        !living && self.change.is_none()
    }

    fn step(&mut self, best: Level, gate: &mut Gate, tally: &mut Tally) {
        let now = Instant::now();
        if now < self.due {
            return;
        }
        if self.change.is_none() {
            self.number += 1;
            let op = format!("OP{:024}", self.number);
            let edit: Box<dyn Edit> = match self.number % 3 {
                0 => match self.drafted(&op) {
                    Some(edit) => Box::new(edit),
                    None => return,
                },
                _ => Box::new(SetOp(op.clone())),
            };
            let folder = self.folder.clone();
            let change = FileChange::new(hand(&op), folder, PLAN.to_owned(), edit);
            self.change = Some(change);
        }
        let Some(change) = &mut self.change else {
            return;
        };
        let patience = Patience {
            lease: Duration::from_millis(500),
            ..Patience::default()
        };
        let mut desk = Desk {
            now,
            at: Ts(0),
            gate,
            patience,
            best,
        };
        match change.step(&mut desk) {
            Step::Wait(until) => self.due = until,
            Step::Ended(ended) => {
                self.change = None;
                self.due = now + Duration::from_millis(1);
                match ended {
                    Ended::Done(Effect::File(change)) => {
                        tally.done += 1;
                        tally.collisions += u64::from(change.collisions);
                        self.said += &change.notes.join("; ");
                    }
                    Ended::Already | Ended::Done(Effect::Line(_) | Effect::Program(_)) => {
                        tally.done += 1;
                    }
                    Ended::Refused(why) => {
                        tally.refused += 1;
                        self.said += &why;
                    }
                    Ended::Conflicted(why) => {
                        tally.conflicted += 1;
                        self.said += &why;
                    }
                    Ended::Failed(why) => tally.failed.push(why),
                }
            }
        }
    }

    /// What an operator changed in a copy that is older than what its agents have written since: taken into what stands there
    /// now, as an edit is.
    fn drafted(&mut self, op: &str) -> Option<Rewrite> {
        let now = fs::read(self.folder.join(PLAN)).ok()?;
        number_of(&String::from_utf8_lossy(&now))?;
        let base = std::mem::replace(&mut self.draft, now.clone());
        let text = String::from_utf8_lossy(&base).into_owned();
        let body = text.lines().nth(2)?;
        let mine = text.replacen(body, &format!("{op}{}", "x".repeat(574)), 1);
        let merged = merge(&base, mine.as_bytes(), &now).ok()?;
        let file = FileRef {
            id: FileId(1),
            path: Untrusted::from(PLAN),
        };
        self.drafts += 1;
        Some(Rewrite::new(file, &now, merged))
    }

    /// The numbers in what is kept in rounds' own folder, and was told.
    fn told(&self) -> BTreeSet<u64> {
        // What the keeper finds there on its own.
        let late = kept::look(&mut Gate::open(), &self.folder).expect("looked");
        let mut names: BTreeSet<String> = late.into_iter().map(|late| late.name).collect();
        for entry in fs::read_dir(self.folder.join(ROUNDS)).expect("listed") {
            let name = entry.expect("listed").file_name();
            let name = name.to_string_lossy().into_owned();
            if self.said.contains(&name) {
                names.insert(name);
            }
        }
        let bytes = names
            .iter()
            .map(|name| fs::read(self.folder.join(ROUNDS).join(name)).expect("read"));
        bytes
            .filter_map(|bytes| number_of(&String::from_utf8_lossy(&bytes)))
            .collect()
    }

    fn made(&self) -> BTreeMap<u64, u64> {
        let mut made = BTreeMap::new();
        for entry in fs::read_dir(&self.folder).expect("listed") {
            let path = entry.expect("listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !name.starts_with("made-") {
                continue;
            }
            for line in fs::read_to_string(&path).expect("read").lines() {
                let (new, of) = line.split_once(' ').expect("two numbers");
                made.insert(new.parse().expect("one"), of.parse().expect("another"));
            }
        }
        made
    }

    fn count(&self, tally: &mut Tally) {
        let now = fs::read_to_string(self.folder.join(PLAN)).expect("read");
        let made = self.made();
        // A version and all that it was made of.
        let line = |number: u64| {
            std::iter::successors(Some(number), |number| made.get(number).copied())
                .collect::<BTreeSet<u64>>()
        };
        let stands = line(number_of(&now).expect("whole"));
        let told: BTreeSet<u64> = self.told().into_iter().flat_map(line).collect();
        tally.writes += made.len() as u64;
        for lost in made.keys().filter(|number| !stands.contains(number)) {
            tally.lost += 1;
            if !told.contains(lost) {
                tally.untold += 1;
                let folder = self.folder.file_name().unwrap_or_default();
                let made_of: Vec<u64> = (lost - 1..lost + 4)
                    .filter_map(|at| made.get(&at).copied())
                    .collect();
                tally
                    .where_lost
                    .push(format!("{}: {lost} {made_of:?}", folder.display()));
            }
        }
    }
}

fn hand(op: &str) -> Hand {
    let pid = std::process::id();
    Hand {
        op: OpId::from(op),
        verb: "skip".to_owned(),
        uid: 0,
        tty: None,
        host: "here".to_owned(),
        pid,
        pid_started: rounds::sys::process::started(pid),
    }
}

fn race(best: Level, writes: u64) -> Tally {
    // Memory, where there is some to be had: the less the disk is waited for, the closer the two come.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let place = place.expect("a folder");
    let mut desktops = Vec::new();
    let alone = STYLES.iter().map(|style| vec![*style]);
    let together = [vec!["rename", "in-place", "truncate"], STYLES.to_vec()];
    for (at, styles) in alone.chain(together).enumerate() {
        let folder = place.path().join(format!("agent-{at}"));
        fs::create_dir(&folder).expect("made");
        fs::write(folder.join(PLAN), plan("", 0)).expect("written");
        fs::write(folder.join("last"), "0").expect("written");
        let share = writes / 10 / styles.len() as u64 + 1;
        let agents = styles
            .iter()
            .map(|style| start(&folder, style, share))
            .collect();
        desktops.push(Desktop {
            folder,
            agents,
            change: None,
            due: Instant::now(),
            number: 0,
            said: String::new(),
            draft: plan("", 0).into_bytes(),
            drafts: 0,
        });
    }
    let (mut tally, mut gate) = (Tally::default(), Gate::open());
    let mut open: Vec<usize> = (0..desktops.len()).collect();
    while !open.is_empty() {
        for at in &open {
            desktops[*at].step(best, &mut gate, &mut tally);
        }
        open.retain(|at| !desktops[*at].is_over());
    }
    for mut desktop in desktops {
        tally.drafts += desktop.drafts;
        for agent in &mut desktop.agents {
            assert!(agent.wait().expect("ended").success(), "an agent failed");
        }
        desktop.count(&mut tally);
    }
    tally
}

fn writes() -> u64 {
    if std::env::var_os("ROUNDS_LARGE").is_some() {
        100_000
    } else {
        2_000
    }
}

#[test]
fn no_write_is_lost_at_level_a() {
    let tally = race(Level::A, writes());
    println!(
        "race A: {} of {} agent writes lost; {} changes done, {} of them or of what was refused edits of an old copy, {} refused, {} collisions, {} conflicted; no seed",
        tally.lost,
        tally.writes,
        tally.done,
        tally.drafts,
        tally.refused,
        tally.collisions,
        tally.conflicted
    );
    assert_eq!(tally.failed, Vec::<String>::new());
    assert_eq!(tally.lost, 0, "{tally:?}");
    assert!(tally.done > 20 && tally.drafts > 10, "{tally:?}");
}

impl Tally {
    /// At the levels B and C.
    fn line(&self, level: Level) -> String {
        format!(
            "race {}: {} of {} agent writes displaced, {} of them untold; {} changes done, {} refused, {} collisions, {} conflicted; no seed",
            level.word(),
            self.lost,
            self.writes,
            self.untold,
            self.done,
            self.refused,
            self.collisions,
            self.conflicted
        )
    }

    fn is_told(&self) {
        assert_eq!(self.failed, Vec::<String>::new());
        assert_eq!(self.untold, 0, "{self:?}");
        assert!(self.done > 20, "{self:?}");
    }
}

#[test]
fn whatever_is_lost_at_level_b_is_told() {
    let tally = race(Level::B, writes());
    println!("{}", tally.line(Level::B));
    tally.is_told();
}

#[test]
fn whatever_is_lost_at_level_c_is_told() {
    let tally = race(Level::C, writes());
    println!("{}", tally.line(Level::C));
    tally.is_told();
}
