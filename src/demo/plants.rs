//! Where the trouble is planted: a table of moments, all of them relative to the end of the written history, so that the
//! board looks like a morning at any time of day.

use crate::domain::time::{Span, Ts};

use super::rng::Rng;
use super::roster::{self, Assignment};
use super::world::round_down;
use super::{Length, Spec, Trouble};

/// How a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Ok,
    Partial,
    /// Skipped as a whole, with a reason that is in order.
    NothingToDo,
    Failed(&'static str),
    /// Failed, and the write-ahead log ends at an open step.
    FailedAtStep(&'static str),
    /// A start line and nothing more.
    Unfinished,
    /// Died while writing its last line; the supervisor ends the line a little later.
    Torn,
    /// Wrote its last line in two pieces, minutes apart.
    Halting,
    /// Claims in the plan, never writes.
    Vanished,
    /// Starts, works, falls silent with claim and lock in hand.
    Orphaned,
    /// Ends well, with a year too little on its clock.
    WrongClock,
    /// Ends well, with escape sequences and hidden characters in its message.
    Hostile,
    /// Ends well, with a token in its message.
    LeaksSecret,
    /// Stops to ask a human.
    NeedsHuman,
    /// Ends well, with a fraction of the usual items.
    Shrunk,
    /// Ends well, doing what the run before did, under the same key.
    Twice,
    /// Skips so many items as already done, without any record of the doing.
    AlreadyDone(u32),
}

/// What a plant changes.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// The runs of the window do not happen.
    Drop,
    /// The runs of the window go so.
    Turn(Fate),
    /// A task of its own, due at the start of the window, with runs so many minutes after.
    Add(&'static Assignment, &'static [(i64, Fate)]),
    /// The agent's tasks are held from the start of the window on.
    Hold,
    /// More portions a day than the limit allows.
    Crowd,
    /// The plan is half written from start to end of the window.
    TearPlan,
    /// The plan is written as it was before, undoing what happened since.
    LoseUpdate,
    Rotate,
    /// Nothing to change: the fleet is so by itself.
    Noted,
}

/// Which moment an incident is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    At(Ts),
    Due,
    Start(usize),
    End(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Plant {
    pub agent: usize,
    pub task: &'static str,
    pub from: Ts,
    pub to: Ts,
    pub change: Change,
    pub kind: &'static str,
    pub since: Since,
    pub note: &'static str,
    /// Still so at the end of the written history.
    pub open: bool,
}

impl Plant {
    pub(super) fn covers(&self, task: &str, at: Ts) -> bool {
        (self.task.is_empty() || self.task == task) && self.from <= at && at < self.to
    }
}

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
    }
    table.first_two_hours();
    table.days_to_come(spec.seed);
    let from = spec.from();
    table
        .plants
        .retain(|plant| plant.from >= from || plant.open);
    table.plants
}

const DAY: i64 = 24 * 60;

struct Table {
    until: Ts,
    plants: Vec<Plant>,
}

impl Table {
    /// So many minutes before (negative) or after the end of the history.
    fn at(&self, minutes: i64) -> Ts {
        self.until + Span::mins(minutes)
    }

    fn add(
        &mut self,
        agent: usize,
        minutes: i64,
        (task, runs): (&'static Assignment, &'static [(i64, Fate)]),
        (kind, since, note): (&'static str, Since, &'static str),
    ) {
        let due = round_down(self.at(minutes));
        self.push(
            agent,
            task.id,
            (due, due),
            Change::Add(task, runs),
            (kind, since, note),
        );
    }

    /// One period of a recurring task, so exactly one run.
    fn turn(
        &mut self,
        agent: usize,
        (task, from, period): (&'static str, i64, i64),
        fate: Fate,
        said: (&'static str, Since, &'static str),
    ) {
        let window = (self.at(from), self.at(from + period));
        self.push(agent, task, window, Change::Turn(fate), said);
    }

    fn push(
        &mut self,
        agent: usize,
        task: &'static str,
        (from, to): (Ts, Ts),
        change: Change,
        (kind, since, note): (&'static str, Since, &'static str),
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

    fn standing(&mut self) {
        if let Some(plant) = self.plants.last_mut() {
            plant.open = true;
        }
    }

    fn rotation(&mut self, minutes: i64) {
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
        self.add(
            roster::DRAFTER,
            -55,
            (&roster::DRAFT_DIGEST, &[]),
            (
                "skipped_silently",
                Since::Due,
                "the slot passed while the agent ran on",
            ),
        );
        self.standing();
        self.add(
            roster::DRAFTER,
            -25,
            (&roster::REVIEW_DRAFT, &[(0, Fate::Ok)]),
            ("", Since::Due, ""),
        );
        self.add(
            roster::AUDIT,
            -25,
            (&roster::LINKS, &[(36, Fate::Ok)]),
            ("late", Since::Due, "due, and its grace still runs"),
        );
        self.standing();
        let said = (
            "quiet_shrink",
            Since::Start(0),
            "one item where there are usually seven",
        );
        let window = (self.at(-6 * 60), self.at(30));
        self.push(
            roster::AUDIT,
            "crawl",
            window,
            Change::Turn(Fate::Shrunk),
            said,
        );
        self.standing();
        self.outreach();
        self.mail_bot();
        let since = round_down(self.at(-4 * DAY));
        self.push(
            roster::INVOICES,
            "",
            (since, Ts(i64::MAX)),
            Change::Hold,
            ("paused", Since::At(since), "every task is held"),
        );
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
        use Fate::{Failed, FailedAtStep, Ok, Twice, Vanished};
        let article: &[(i64, Fate)] = &[
            (0, Failed(TOO_MANY)),
            (60, Failed(TOO_MANY)),
            (90, FailedAtStep(TOO_MANY)),
            (131, Ok),
        ];
        self.add(
            roster::PUBLISHER,
            -100,
            (&roster::PUBLISH, article),
            (
                "failure_streak",
                Since::End(0),
                "three times HTTP 429; the last run died before step 5 of 7",
            ),
        );
        self.standing();
        let said = (
            "wal_incomplete",
            Since::End(2),
            "4 of 7 steps, an irreversible one is open",
        );
        let noted = (self.at(-9), self.at(-9));
        self.push(
            roster::PUBLISHER,
            "publish-article",
            noted,
            Change::Noted,
            said,
        );
        self.standing();
        self.add(
            roster::PUBLISHER,
            -75,
            (&roster::NEWSLETTER, &[(0, Ok), (4, Twice)]),
            (
                "duplicate_action",
                Since::End(1),
                "the same key done by two runs",
            ),
        );
        self.standing();
        self.add(
            roster::PUBLISHER,
            -110,
            (&roster::CROSSPOST, &[(0, Vanished)]),
            (
                "phantom_claim",
                Since::Start(0),
                "claimed, and that run never wrote",
            ),
        );
        self.standing();
    }

    fn outreach(&mut self) {
        let from = self.at(-3 * DAY);
        self.push(
            roster::OUTREACH,
            "follow",
            (from, self.at(3 * DAY)),
            Change::Turn(Fate::AlreadyDone(5)),
            (
                "unproven_done",
                Since::Start(0),
                "everything already_done, no record of the doing",
            ),
        );
        self.standing();
        self.add(
            roster::OUTREACH,
            -45,
            (&roster::EXTRA_FOLLOW, &[(0, Fate::AlreadyDone(41))]),
            (
                "unproven_done",
                Since::End(0),
                "already_done ×41, no record of the doing",
            ),
        );
        self.standing();
        let since = self.at(-DAY);
        self.push(
            roster::OUTREACH,
            "",
            (since, self.at(2 * DAY)),
            Change::Crowd,
            (
                "over_capacity",
                Since::At(since),
                "12 tasks planned, the limit is 8",
            ),
        );
        self.standing();
    }

    fn mail_bot(&mut self) {
        let gone = (self.at(-215), self.at(100));
        let said = (
            "agent_stale",
            Since::At(self.at(-192)),
            "silent, holds a claim and a lock",
        );
        self.push(roster::MAIL_BOT, "inbox", gone, Change::Drop, said);
        self.standing();
        self.add(
            roster::MAIL_BOT,
            -204,
            (&roster::INBOX, &[(0, Fate::Orphaned)]),
            (
                "orphaned",
                Since::Start(0),
                "lease of 30 minutes ended, process 4312 gone",
            ),
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
            ("tickets", -40, 30),
            Fate::NeedsHuman,
            ("needs_human", Since::End(0), "asks whether to refund"),
        );
        self.standing();
        self.turn(
            roster::TRENDS,
            ("look", -65, 60),
            Fate::Torn,
            ("damaged_file", Since::End(0), "died while writing a line"),
        );
        self.standing();
        self.turn(
            roster::TRANSLATOR,
            ("strings", -70, 60),
            Fate::WrongClock,
            ("clock", Since::End(0), "a year too little"),
        );
        self.standing();
        self.turn(
            roster::CODEWATCH,
            ("watch-repos", -35, 10),
            Fate::Unfinished,
            ("unfinished_run", Since::Start(0), "a start without an end"),
        );
        self.standing();
    }

    /// What went wrong in the days before and is over.
    fn history(&mut self) {
        use roster::{AUDIT, DIGEST, DRAFTER, OUTREACH, PUBLISHER, RESEARCH, SOCIAL, SUPPORT};
        self.turn(
            AUDIT,
            ("crawl", -DAY - 300, 120),
            Fate::Torn,
            ("damaged_file", Since::End(0), "died while writing a line"),
        );
        self.turn(
            SOCIAL,
            ("engage", -2 * DAY - 180, 60),
            Fate::Unfinished,
            ("unfinished_run", Since::Start(0), "a start without an end"),
        );
        let window = (self.at(-4 * DAY), self.at(-3 * DAY));
        self.push(
            DIGEST,
            "compile",
            window,
            Change::Drop,
            ("missed", Since::Due, "the agent did not run"),
        );
        let cause = Fate::Failed(TOO_MANY);
        let streak = (
            "failure_streak",
            Since::End(0),
            "HTTP 429 at three agents within three hours",
        );
        self.turn(SOCIAL, ("engage", -5 * DAY, 60), cause, streak);
        self.turn(PUBLISHER, ("queue-check", -5 * DAY + 60, 60), cause, streak);
        self.turn(OUTREACH, ("follow", -5 * DAY - 60, 180), cause, streak);
        self.add(
            DRAFTER,
            -4 * DAY,
            (&roster::COVER, &[(0, Fate::Vanished)]),
            (
                "phantom_claim",
                Since::Start(0),
                "claimed, and that run never wrote",
            ),
        );
        self.turn(
            SUPPORT,
            ("tickets", -6 * DAY, 30),
            Fate::NeedsHuman,
            ("needs_human", Since::End(0), "asks whether to refund"),
        );
        self.turn(
            SUPPORT,
            ("tickets", -DAY - 600, 30),
            Fate::Hostile,
            (
                "hostile_text",
                Since::End(0),
                "escape sequences and hidden characters in a message",
            ),
        );
        self.turn(
            RESEARCH,
            ("scan", -DAY, 120),
            Fate::LeaksSecret,
            ("secret", Since::End(0), "a token in a message"),
        );
        self.add(
            OUTREACH,
            -5 * DAY - 1_000,
            (&roster::EXTRA_FOLLOW, &[(25, Fate::Ok)]),
            (
                "collision",
                Since::Start(0),
                "linkedin used by social and outreach at once",
            ),
        );
        self.collide(-5 * DAY - 1_000 + 25);
    }

    /// Moves social's run of that hour under the feet of outreach.
    fn collide(&mut self, minutes: i64) {
        let at = round_down(self.at(minutes));
        let window = (at, at);
        let runs: &[(i64, Fate)] = &[(0, Fate::Ok)];
        self.push(
            roster::SOCIAL,
            roster::EXTRA_FOLLOW.id,
            window,
            Change::Add(&roster::EXTRA_FOLLOW, runs),
            (
                "collision",
                Since::Start(0),
                "linkedin used by social and outreach at once",
            ),
        );
    }

    /// At sixty-fold speed two minutes of looking: something happens every few seconds.
    fn first_two_hours(&mut self) {
        use roster::{DRAFTER, SOCIAL, SUPPORT, TRANSLATOR, TRENDS};
        self.add(
            DRAFTER,
            8,
            (
                &roster::FACT_CHECK,
                &[(0, Fate::Failed("timeout after 30 s")), (70, Fate::Ok)],
            ),
            ("failed", Since::End(0), "source does not answer"),
        );
        self.turn(
            TRENDS,
            ("look", 0, 60),
            Fate::Halting,
            (
                "damaged_file",
                Since::End(0),
                "a line in two pieces, mended after three minutes",
            ),
        );
        self.rotation(15);
        let torn = (self.at(20), self.at(23));
        let said = (
            "damaged_file",
            Since::At(torn.0),
            "the day's plan is half written for three minutes",
        );
        self.push(DRAFTER, "", torn, Change::TearPlan, said);
        self.turn(
            TRANSLATOR,
            ("strings", 10, 60),
            Fate::WrongClock,
            ("clock", Since::End(0), "a year too little"),
        );
        self.turn(
            SUPPORT,
            ("tickets", 22, 30),
            Fate::NeedsHuman,
            ("needs_human", Since::End(0), "asks whether to refund"),
        );
        self.turn(
            SOCIAL,
            ("engage", 40, 60),
            Fate::Unfinished,
            ("unfinished_run", Since::Start(0), "a start without an end"),
        );
        let lost = self.at(82);
        self.push(
            DRAFTER,
            "",
            (lost, lost),
            Change::LoseUpdate,
            (
                "lost_update",
                Since::At(lost),
                "an old copy of the plan was written back",
            ),
        );
        self.add(
            roster::OUTREACH,
            110,
            (&roster::EXTRA_FOLLOW, &[(0, Fate::Ok)]),
            (
                "collision",
                Since::Start(0),
                "linkedin used by social and outreach at once",
            ),
        );
        self.collide(110);
    }

    /// Two weeks of running on: something every three to nine hours.
    fn days_to_come(&mut self, seed: u64) {
        let mut rng = Rng::keyed(&[seed, 13]);
        let mut at = 180;
        while at < 14 * DAY {
            match rng.below(7) {
                0 => self.turn(
                    roster::SOCIAL,
                    ("engage", at, 60),
                    Fate::Unfinished,
                    ("unfinished_run", Since::Start(0), "a start without an end"),
                ),
                1 => self.turn(
                    roster::TRENDS,
                    ("look", at, 60),
                    Fate::Torn,
                    ("damaged_file", Since::End(0), "died while writing a line"),
                ),
                2 => self.rotation(at),
                3 => self.add(
                    roster::DRAFTER,
                    at,
                    (&roster::COVER, &[(0, Fate::Vanished)]),
                    (
                        "phantom_claim",
                        Since::Start(0),
                        "claimed, and that run never wrote",
                    ),
                ),
                4 => self.add(
                    roster::DRAFTER,
                    at,
                    (&roster::DRAFT_DIGEST, &[]),
                    (
                        "skipped_silently",
                        Since::Due,
                        "the slot passed while the agent ran on",
                    ),
                ),
                5 => self.turn(
                    roster::SUPPORT,
                    ("tickets", at, 30),
                    Fate::NeedsHuman,
                    ("needs_human", Since::End(0), "asks whether to refund"),
                ),
                _ => self.turn(
                    roster::PUBLISHER,
                    ("queue-check", at, 60),
                    Fate::Failed(TOO_MANY),
                    ("failed", Since::End(0), TOO_MANY),
                ),
            }
            at += rng.range(180, 540);
        }
    }
}

const TOO_MANY: &str = "HTTP 429";
