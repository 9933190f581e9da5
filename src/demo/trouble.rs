//! Where the trouble is planted: a table of moments, all of them relative to the end of the written history, so that the
//! board looks like a morning at any time of day.

use crate::domain::time::{Span, Ts};

use super::assignment::{self, Assignment};
use super::plants::{Change, Fate, Plant, Said, Since};
use super::roster;
use super::said;
use super::world::round_down;
use super::{Length, Spec, Trouble};

/// Everything that goes wrong in a fleet.
pub(super) fn of(spec: &Spec) -> Vec<Plant> {
    let mut table = Table {
        until: spec.until,
        plants: Vec::new(),
    };
    match spec.trouble {
        Trouble::None => return Vec::new(),
        Trouble::Morning => table.morning(),
        Trouble::Everything => {
            table.morning();
            table.everything();
        }
    }
    table.history();
    if matches!(spec.length, Length::Days(_)) {
        table.rotation(-3 * DAY);
        table.weeks();
    }
    table.first_two_hours();
    table.days_to_come(spec.seed);
    let from = spec.from();
    table
        .plants
        .retain(|plant| plant.from >= from || plant.open);
    table.plants
}

pub(super) const DAY: i64 = 24 * 60;

pub(super) struct Table {
    until: Ts,
    plants: Vec<Plant>,
}

impl Table {
    /// So many minutes before (negative) or after the end of the history.
    pub(super) fn at(&self, minutes: i64) -> Ts {
        self.until + Span::mins(minutes)
    }

    pub(super) fn add(
        &mut self,
        agent: usize,
        minutes: i64,
        (task, runs): (&'static Assignment, &'static [(i64, Fate)]),
        said: Said,
    ) {
        let due = round_down(self.at(minutes));
        self.push(agent, task.id, (due, due), Change::Add(task, runs), said);
    }

    /// One period of a recurring task, so exactly one run.
    pub(super) fn turn(
        &mut self,
        agent: usize,
        (task, from, period): (&'static str, i64, i64),
        fate: Fate,
        said: Said,
    ) {
        let window = (self.at(from), self.at(from + period));
        self.push(agent, task, window, Change::Turn(fate), said);
    }

    pub(super) fn push(
        &mut self,
        agent: usize,
        task: &'static str,
        (from, to): (Ts, Ts),
        change: Change,
        (kind, since, note): Said,
    ) {
        let open = false;
        self.plants.push(Plant {
            agent,
            task,
            from,
            to,
            change,
            kind,
            since,
            note,
            open,
        });
    }

    pub(super) fn standing(&mut self) {
        if let Some(plant) = self.plants.last_mut() {
            plant.open = true;
        }
    }

    pub(super) fn rotation(&mut self, minutes: i64) {
        let at = self.at(minutes);
        let said = (
            "rotated",
            Since::At(at),
            "heartbeat.jsonl became heartbeat.jsonl.1",
        );
        self.push(roster::CODEWATCH, "", (at, at), Change::Rotate, said);
    }

    /// What stands at the end of the history: five agents in trouble, one paused, the rest well.
    fn morning(&mut self) {
        self.publisher();
        self.drafter();
        self.audit();
        self.outreach();
        self.mail_bot();
        self.idle();
        self.by_other_names();
    }

    fn drafter(&mut self) {
        self.add(
            roster::DRAFTER,
            -55,
            (&assignment::DRAFT_DIGEST, &[]),
            said::PASSED_OVER,
        );
        self.standing();
        self.add(
            roster::DRAFTER,
            -25,
            (&assignment::REVIEW_DRAFT, &[(0, Fate::Ok)]),
            said::NOTHING,
        );
    }

    fn audit(&mut self) {
        self.add(
            roster::AUDIT,
            -25,
            (&assignment::LINKS, &[(36, Fate::Ok)]),
            said::LATE,
        );
        self.standing();
    }

    /// Paused, or idle about its work and its lessons: not much trouble, but not like the others.
    fn idle(&mut self) {
        let since = round_down(self.at(-4 * DAY));
        self.push(
            roster::INVOICES,
            "",
            (since, Ts(i64::MAX)),
            Change::Hold,
            ("paused", Since::At(since), "every task is held"),
        );
        self.standing();
        let window = (self.at(-200), self.at(30));
        let shrunk = Change::Turn(Fate::Shrunk);
        self.push(roster::TRANSLATOR, "strings", window, shrunk, said::SHRUNK);
        self.standing();
        let said = (
            "stale_insights",
            Since::At(self.at(-17 * DAY)),
            "INSIGHTS.md untouched for 17 days",
        );
        self.push(
            roster::TRANSLATOR,
            "",
            (self.until, self.until),
            Change::Noted,
            said,
        );
        self.standing();
    }

    fn publisher(&mut self) {
        use Fate::{Ok, Twice, Vanished};
        self.add(
            roster::PUBLISHER,
            -100,
            (&assignment::PUBLISH, REFUSALS),
            said::REFUSED,
        );
        self.standing();
        let due = round_down(self.at(-100));
        self.push(
            roster::PUBLISHER,
            "publish-article",
            (due, due),
            Change::Noted,
            said::HALF_DONE,
        );
        self.standing();
        self.add(
            roster::PUBLISHER,
            -75,
            (&assignment::NEWSLETTER, &[(0, Ok), (4, Twice)]),
            said::DUPLICATE,
        );
        self.standing();
        self.add(
            roster::PUBLISHER,
            -110,
            (&assignment::CROSSPOST, &[(0, Vanished)]),
            said::PHANTOM,
        );
        self.standing();
    }

    fn outreach(&mut self) {
        let window = (self.at(-3 * DAY), self.at(3 * DAY));
        self.push(
            roster::OUTREACH,
            "follow",
            window,
            Change::Turn(Fate::AlreadyDone(5)),
            said::UNPROVEN,
        );
        self.standing();
        self.add(
            roster::OUTREACH,
            -45,
            (&assignment::FOLLOW_BACK, &[(0, Fate::AlreadyDone(41))]),
            said::UNPROVEN_41,
        );
        self.standing();
        let window = (self.until, self.at(2 * DAY));
        self.push(roster::OUTREACH, "", window, Change::Crowd, said::CROWDED);
        self.standing();
    }

    fn mail_bot(&mut self) {
        let gone = (self.at(-215), self.at(100));
        self.push(roster::MAIL_BOT, "inbox", gone, Change::Drop, said::NOTHING);
        self.standing();
        self.add(
            roster::MAIL_BOT,
            -204,
            (&assignment::INBOX, &[(0, Fate::Orphaned)]),
            said::ORPHAN,
        );
        self.standing();
    }

    /// More of it, standing at the end, on agents that are well on an ordinary morning.
    fn everything(&mut self) {
        let torn = (self.at(-20), Ts(i64::MAX));
        let said = (
            "damaged_file",
            Since::At(torn.0),
            "schedule.json is half written",
        );
        self.push(roster::SOCIAL, "", torn, Change::TearPlan, said);
        self.standing();
        self.turn(
            roster::SUPPORT,
            ("tickets", -36, 36),
            Fate::NeedsHuman,
            said::ASKS,
        );
        self.standing();
        self.turn(roster::TRENDS, ("look", -65, 60), Fate::Torn, said::TORN);
        self.standing();
        self.turn(
            roster::TRANSLATOR,
            ("strings", -70, 60),
            Fate::WrongClock,
            said::WRONG_CLOCK,
        );
        self.standing();
        self.turn(
            roster::CODEWATCH,
            ("watch-repos", -35, 10),
            Fate::Unfinished,
            said::UNFINISHED,
        );
        self.standing();
    }
}

pub(super) const TOO_MANY: &str = "HTTP 429";

/// Three refusals, the last in the middle of the write-ahead log; the live fleet succeeds.
const REFUSALS: &[(i64, Fate)] = &[
    (0, Fate::Failed(TOO_MANY)),
    (60, Fate::Failed(TOO_MANY)),
    (90, Fate::FailedAtStep(TOO_MANY)),
    (131, Fate::Ok),
];
