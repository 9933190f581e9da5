//! The heartbeats that agents write.

use crate::domain::time::{Span, Ts};

use super::assignment::{Assignment, Rhythm};
use super::day::{Beat, Planned, Program, Run};
use super::plants::Fate;
use super::rng::Rng;
use super::words::{push_number, say};
use super::world::Member;

/// Somebody who writes about a run.
pub(super) struct Scene<'a> {
    pub member: &'a Member,
    pub program: &'a Program,
    pub run: &'a Run,
}

impl<'a> Scene<'a> {
    pub(super) fn planned(&self) -> &'a Planned {
        &self.program.tasks[self.run.task]
    }

    /// A newsletter goes out once a day, whichever run sends it.
    pub(super) fn once_a_day(&self) -> bool {
        self.planned().id == "newsletter"
    }

    /// Two runs that do the same thing name the same targets.
    pub(super) fn key_seed(&self) -> u64 {
        if self.once_a_day() {
            return self.run.slot.0 as u64;
        }
        self.run.seed
    }

    pub(super) fn spec(&self) -> &'static Assignment {
        self.planned().spec
    }

    /// What goes into the heartbeat log at this moment: a line with its end, or a piece of one.
    pub(super) fn beat(&self, beat: Beat, at: Ts) -> String {
        match beat {
            Beat::Start => self.start_line(at),
            Beat::Progress => self.progress_line(at),
            Beat::Alive => self.alive_line(at),
            Beat::End => self.end_line(at),
            Beat::Head => {
                let mut line = self.end_line(at);
                line.truncate(cut(&line));
                line
            }
            Beat::Rest if self.run.fate == Fate::Halting => {
                let line = self.end_line(self.run.end);
                line[cut(&line)..].to_owned()
            }
            Beat::Rest => "\n".to_owned(),
        }
    }

    fn open(&self, at: Ts, status: &str) -> String {
        let mut line = String::with_capacity(560);
        open(&mut line, self.member, at, self.run.seed);
        if self.member.role.names_tasks {
            line.push_str(",\"task\":");
            quote(&mut line, &self.planned().id);
        }
        line.push_str(",\"status\":\"");
        line.push_str(status);
        line.push('"');
        if self.member.role.names_tasks {
            self.time(&mut line, "due", self.run.slot);
        }
        line
    }

    fn time(&self, line: &mut String, name: &str, at: Ts) {
        time(line, self.member, name, at);
    }

    fn start_line(&self, at: Ts) -> String {
        let mut line = self.open(at, "running");
        self.time(&mut line, "started", self.run.start);
        self.resource(&mut line);
        self.epoch(&mut line);
        line.push_str(",\"pid\":");
        let pid = if self.run.fate == Fate::Orphaned {
            4_312
        } else {
            20_000 + self.run.seed % 9_000
        };
        push_number(&mut line, pid);
        self.time(&mut line, "pid_started", self.run.start - Span::SECOND);
        line.push_str(",\"host\":\"fleet-1\"}\n");
        line
    }

    fn progress_line(&self, at: Ts) -> String {
        let mut line = self.open(at, "running");
        self.time(&mut line, "started", self.run.start);
        line.push_str(",\"did\":[");
        let mut rng = Rng::keyed(&[self.run.seed, 7]);
        quoted_words(&mut line, self.phrases(), &mut rng);
        line.push_str("],\"msg\":\"going on\"}\n");
        line
    }

    /// Nothing is done, but it is there.
    fn alive_line(&self, at: Ts) -> String {
        let mut line = self.open(at, "running");
        self.time(&mut line, "started", self.run.start);
        line.push_str(",\"msg\":\"waiting for the site to answer\"}\n");
        line
    }

    fn epoch(&self, line: &mut String) {
        line.push_str(",\"epoch\":");
        push_number(line, u64::from(self.run.epoch()));
    }

    fn phrases(&self) -> &'static [&'static str] {
        let own = self.spec().says;
        if own.is_empty() {
            self.member.role.voice.did
        } else {
            own
        }
    }

    fn end_line(&self, at: Ts) -> String {
        let run = self.run;
        let mut rng = Rng::keyed(&[run.seed]);
        let at = if run.fate == Fate::WrongClock {
            at - Span::days(365)
        } else {
            at
        };
        let mut line = self.open(at, status_word(run.fate));
        self.time(&mut line, "started", run.start);
        line.push_str(",\"duration_ms\":");
        push_number(&mut line, (run.end - run.start).0 as u64);
        if run.fate == Fate::Wordless {
            line.push_str("}\n");
            return line;
        }
        if matches!(run.fate, Fate::Outlived(_)) {
            self.epoch(&mut line);
        }
        self.items(&mut line, &mut rng);
        self.resource(&mut line);
        self.message(&mut line, &mut rng);
        if let Some(period) = period(self.spec().rhythm) {
            self.time(&mut line, "next", run.slot + period);
        }
        cost(&mut line, self.member, &mut rng);
        line.push_str("}\n");
        line
    }

    fn resource(&self, line: &mut String) {
        if let Some(resource) = self.spec().resource {
            line.push_str(",\"resource\":");
            quote(line, &resource_name(self.member, resource));
        }
    }

    fn items(&self, line: &mut String, rng: &mut Rng) {
        let voice = self.member.role.voice;
        let fate = self.run.fate;
        let (least, most) = self.spec().items;
        let full = rng.range(i64::from(least), i64::from(most)) as u32;
        let (did, skipped, failed) = match fate {
            Fate::NothingToDo => (0, Some((1, "nothing_to_do")), None),
            Fate::AlreadyDone(n) => (0, Some((n, "already_done")), None),
            Fate::NeedsHuman => (1, Some((1, "needs_human")), None),
            Fate::Partial => (full, None, Some("timeout after 30 s")),
            Fate::Shrunk => (1, None, None),
            Fate::Empty => (0, None, None),
            Fate::Ok if self.member.role.limits.len() > 1 && rng.per_mille(120) => {
                (full, Some((1, "limit")), None)
            }
            _ => fate
                .cause()
                .map_or((full, None, None), |cause| (0, None, Some(cause))),
        };
        if self.member.role.bare_counts {
            line.push_str(",\"did\":");
            push_number(line, u64::from(did));
        } else {
            let phrases = self.phrases();
            let sources = self.sources();
            list(line, "did", did, |line| match sources {
                [] => quoted_words(line, phrases, rng),
                _ => aimed(line, phrases, sources, rng),
            });
        }
        if let Some((count, why)) = skipped {
            // Nobody of that name was ever followed.
            let phrases = match self.run.fate {
                Fate::AlreadyDone(_) => UNHEARD_OF,
                _ => voice.skipped,
            };
            list(line, "skipped", count, |line| {
                reasoned(line, phrases, why, rng);
            });
        }
        if let Some(cause) = failed {
            list(line, "failed", 1, |line| {
                reasoned(line, voice.failed, cause, rng);
                line.pop();
                line.push_str(",\"tier\":\"");
                line.push_str(self.spec().tier.word());
                line.push_str("\",\"retry\":\"check\"}");
            });
        }
    }

    fn message(&self, line: &mut String, rng: &mut Rng) {
        line.push_str(",\"msg\":");
        match self.run.fate {
            Fate::Hostile => line.push_str(
                "\"\\u001b[2J\\u001b[31mall tickets closed\\u001b[0m \\u202egpj.eciovni\\u202c \\u200bsee notes\\u0007\"",
            ),
            // Put together here so that no token stands in the sources.
            Fate::LeaksSecret => {
                let token = ["ghp", "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX"].join("_");
                quote(line, &format!("fetched with GITHUB_TOKEN={token}"));
            }
            Fate::NeedsHuman => quote(line, "needs a human: refund asked for twice, policy unclear"),
            Fate::WaitsForYes(_) => quote(line, "prepared; the last step needs a yes"),
            Fate::Empty => quote(line, "scan complete"),
            Fate::Shrunk => quote(line, "done, all in order"),
            Fate::AlreadyDone(n) => quote(line, &format!("{n} skipped, all already done")),
            Fate::Twice => quote(line, "newsletter sent"),
            fate => match fate.cause() {
                Some(cause) => quote(line, &format!("gave up: {cause}")),
                None => quoted_words(line, self.member.role.voice.msg, rng),
            },
        }
    }

    /// What a run may go to, where it says so.
    fn sources(&self) -> &'static [&'static str] {
        if !self.spec().aims {
            return &[];
        }
        let at = self.run.slot;
        let narrow = self.program.narrow.iter();
        if narrow.clone().any(|(from, to)| *from <= at && at < *to) {
            return &SOURCES[..3];
        }
        SOURCES
    }
}

const SOURCES: &[&str] = &[
    "arxiv",
    "lobsters",
    "the mailing list",
    "release notes",
    "incident reports",
    "two podcasts",
    "the forum",
    "conference talks",
    "a newsletter",
];

const UNHEARD_OF: &[&str] = &["follow @reader-{id}{n}"];

/// The last line before the host goes down.
pub(super) fn farewell(member: &Member, seed: u64, at: Ts) -> String {
    let mut line = String::with_capacity(200);
    open(&mut line, member, at, seed);
    line.push_str(",\"status\":\"ok\",\"did\":[\"put the work away\"],\"msg\":\"the host goes down, stopping\"}\n");
    line
}

/// A beat outside of any plan: what busy agents write all day.
pub(super) fn plain_beat(member: &Member, seed: u64, at: Ts) -> String {
    let mut rng = Rng::keyed(&[seed]);
    let mut line = String::with_capacity(560);
    let took = rng.range(8_000, 95_000);
    open(&mut line, member, at, seed);
    if member.role.names_tasks {
        line.push_str(",\"task\":\"patrol\"");
    }
    line.push_str(",\"status\":\"ok\"");
    time(&mut line, member, "started", at - Span(took));
    line.push_str(",\"duration_ms\":");
    push_number(&mut line, took as u64);
    let count = rng.range(2, 4) as u32;
    list(&mut line, "did", count, |line| {
        quoted_words(line, member.role.voice.did, &mut rng);
    });
    if rng.per_mille(150) {
        list(&mut line, "skipped", 1, |line| {
            reasoned(line, member.role.voice.skipped, "nothing_to_do", &mut rng);
        });
    }
    line.push_str(",\"msg\":");
    quoted_words(&mut line, member.role.voice.msg, &mut rng);
    let again = at + Span(rng.range(90_000, 180_000));
    time(&mut line, member, "next", again);
    line.push_str(",\"epoch\":1");
    cost(&mut line, member, &mut rng);
    line.push_str("}\n");
    line
}

fn open(line: &mut String, member: &Member, at: Ts, seed: u64) {
    line.push_str("{\"ts\":\"");
    line.push_str(&member.zone.rfc3339(at));
    line.push_str("\",\"agent\":\"");
    line.push_str(&member.name);
    line.push_str("\",\"run_id\":\"");
    line.push_str(&run_id(seed));
    line.push('"');
}

fn time(line: &mut String, member: &Member, name: &str, at: Ts) {
    line.push_str(",\"");
    line.push_str(name);
    line.push_str("\":\"");
    line.push_str(&member.zone.rfc3339(at));
    line.push('"');
}

fn cost(line: &mut String, member: &Member, rng: &mut Rng) {
    let (tokens_in, tokens_out) = (
        rng.range(2_000, 60_000) as u64,
        rng.range(150, 4_000) as u64,
    );
    line.push_str(",\"model\":\"");
    line.push_str(member.role.model);
    line.push_str("\",\"tokens_in\":");
    push_number(line, tokens_in);
    line.push_str(",\"tokens_out\":");
    push_number(line, tokens_out);
    line.push_str(",\"cost_usd\":0.");
    let ten_thousandths = (tokens_in * 3 + tokens_out * 15) / 100;
    for place in [1_000, 100, 10, 1] {
        push_number(line, ten_thousandths / place % 10);
    }
}

fn status_word(fate: Fate) -> &'static str {
    match fate {
        Fate::Partial => "partial",
        Fate::NothingToDo | Fate::AlreadyDone(_) | Fate::Wordless => "skipped",
        Fate::Failed(_)
        | Fate::FailedAtStep(_)
        | Fate::Hung(_)
        | Fate::Misbooked(_)
        | Fate::AskedAgain(_)
        | Fate::Flagged(_) => "failed",
        Fate::NeedsHuman => "needs_human",
        Fate::Ok
        | Fate::Unfinished
        | Fate::Torn
        | Fate::Halting
        | Fate::Vanished
        | Fate::Orphaned
        | Fate::WrongClock
        | Fate::Hostile
        | Fate::LeaksSecret
        | Fate::Shrunk
        | Fate::Twice
        | Fate::Empty
        | Fate::Slow
        | Fate::Outlived(_)
        | Fate::Redone
        | Fate::WaitsForYes(_)
        | Fate::InReview
        | Fate::TakenOver(_) => "ok",
    }
}

fn period(rhythm: Rhythm) -> Option<Span> {
    match rhythm {
        Rhythm::Minutes(every) => Some(Span::mins(i64::from(every))),
        Rhythm::Hours { hours, .. } => Some(Span::hours(i64::from(hours))),
        Rhythm::Queue { minutes } => Some(Span::mins(i64::from(minutes))),
        Rhythm::Daily(_) | Rhythm::Weekly { .. } | Rhythm::Portions { .. } => None,
    }
}

fn list(line: &mut String, name: &str, count: u32, mut item: impl FnMut(&mut String)) {
    line.push_str(",\"");
    line.push_str(name);
    line.push_str("\":[");
    for i in 0..count {
        if i > 0 {
            line.push(',');
        }
        item(line);
    }
    line.push(']');
}

fn reasoned(line: &mut String, templates: &[&str], why: &str, rng: &mut Rng) {
    line.push_str("{\"what\":");
    quoted_words(line, templates, rng);
    line.push_str(",\"why\":");
    quote(line, why);
    line.push('}');
}

/// What was done, and to what.
fn aimed(line: &mut String, phrases: &[&str], sources: &[&str], rng: &mut Rng) {
    line.push_str("{\"what\":");
    quoted_words(line, phrases, rng);
    line.push_str(",\"target\":");
    quote(line, rng.pick(sources));
    line.push('}');
}

fn quoted_words(line: &mut String, templates: &[&str], rng: &mut Rng) {
    let mut words = String::with_capacity(64);
    let template = rng.pick(templates);
    say(&mut words, template, rng);
    quote(line, &words);
}

/// Where a dying writer stops: about two thirds into the text, at the start of a character.
pub(super) fn cut(text: &str) -> usize {
    let mut at = text.len() * 2 / 3;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A JSON string. The vocabulary holds no control characters.
pub(super) fn quote(line: &mut String, text: &str) {
    line.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            line.push('\\');
        }
        line.push(c);
    }
    line.push('"');
}

/// Ten characters that look like the head of a ULID.
pub(super) fn run_id(seed: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut id = String::from("01J");
    for shift in 0..8 {
        id.push(char::from(DIGITS[(seed >> (shift * 5) & 31) as usize]));
    }
    id
}

pub(super) fn resource_name(member: &Member, resource: &str) -> String {
    match member.generation {
        0 => resource.to_owned(),
        n => format!("{resource}-{}", n + 1),
    }
}
