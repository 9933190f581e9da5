//! The trouble that does not stand on the board: what is over, and what the live fleet is going to do.

use super::assignment;
use super::plants::{Change, Fate, Since};
use super::rng::Rng;
use super::roster;
use super::said;
use super::trouble::{DAY, TOO_MANY, Table};
use super::world::round_down;

impl Table {
    /// What went wrong in the days before and is over.
    pub(super) fn history(&mut self) {
        use roster::{AUDIT, DIGEST, DRAFTER, RESEARCH, SOCIAL, SUPPORT};
        self.turn(AUDIT, ("crawl", -DAY - 300, 120), Fate::Torn, said::TORN);
        self.turn(
            SOCIAL,
            ("engage", -2 * DAY - 180, 60),
            Fate::Unfinished,
            said::UNFINISHED,
        );
        let window = (self.at(-4 * DAY), self.at(-3 * DAY));
        self.push(DIGEST, "compile", window, Change::Drop, said::MISSED);
        self.add(
            DRAFTER,
            -4 * DAY,
            (&assignment::COVER, CLAIMED_TWICE),
            said::NOTHING,
        );
        self.turn(
            SUPPORT,
            ("tickets", -6 * DAY, 30),
            Fate::NeedsHuman,
            said::ASKS,
        );
        self.turn(
            SUPPORT,
            ("tickets", -DAY - 600, 30),
            Fate::Hostile,
            said::HOSTILE,
        );
        self.turn(RESEARCH, ("scan", -DAY, 120), Fate::LeaksSecret, said::LEAK);
        self.collide(-5 * DAY - 1_000);
        self.refused_together();
    }

    fn refused_together(&mut self) {
        let (cause, streak) = (Fate::Failed(TOO_MANY), said::STREAK);
        let at = -5 * DAY;
        for (agent, task) in [
            (roster::SOCIAL, "engage"),
            (roster::PUBLISHER, "queue-check"),
            (roster::OUTREACH, "follow"),
        ] {
            self.turn(agent, (task, at - 90, 240), cause, streak);
        }
    }

    /// Two agents follow the same people at the same time.
    fn collide(&mut self, minutes: i64) {
        for agent in [roster::SOCIAL, roster::OUTREACH] {
            let both = (&assignment::EXTRA_FOLLOW, RAN);
            self.add(agent, minutes, both, said::COLLISION);
        }
    }

    /// At sixty-fold speed two minutes of looking: something happens every few seconds.
    pub(super) fn first_two_hours(&mut self) {
        use roster::{SOCIAL, SUPPORT, TRANSLATOR, TRENDS};
        self.turn(TRENDS, ("look", 0, 60), Fate::Halting, said::HALTING);
        self.rotation(15);
        self.turn(
            TRANSLATOR,
            ("strings", 10, 60),
            Fate::WrongClock,
            said::WRONG_CLOCK,
        );
        self.turn(SUPPORT, ("tickets", 22, 30), Fate::NeedsHuman, said::ASKS);
        self.turn(
            SOCIAL,
            ("engage", 40, 60),
            Fate::Unfinished,
            said::UNFINISHED,
        );
        self.greet_together(110);
        self.drafter_stumbles();
        self.goes_missing();
    }

    /// Both claim the task of one name, and both work on it at once.
    fn greet_together(&mut self, minutes: i64) {
        for agent in [roster::SOCIAL, roster::OUTREACH] {
            let both = (&assignment::GREET, RAN);
            self.add(agent, minutes, both, said::COLLISION);
        }
        let due = round_down(self.at(minutes));
        let said = said::DOUBLE_CLAIM;
        let id = assignment::GREET.id;
        self.push(roster::OUTREACH, id, (due, due), Change::Noted, said);
    }

    /// A recurring task that the plan lacks for an hour, and a file that becomes a link.
    fn goes_missing(&mut self) {
        let gone = (self.at(30), self.at(90));
        let said = (
            "vanished",
            Since::At(gone.0),
            "the plan lacks the snapshot for an hour",
        );
        self.push(roster::BACKUP, "snapshot", gone, Change::Forget, said);
        let link = (self.at(50), self.at(80));
        let said = (
            "unreadable",
            Since::At(link.0),
            "INSIGHTS.md is a link out of the folder for half an hour",
        );
        self.push(roster::DIGEST, "", link, Change::LinkOut, said);
    }

    /// A failure that mends itself, a plan that is half written for a while, and one that is written back.
    fn drafter_stumbles(&mut self) {
        use roster::DRAFTER;
        self.add(
            DRAFTER,
            8,
            (&assignment::FACT_CHECK, TIMED_OUT),
            said::NO_ANSWER,
        );
        let torn = (self.at(20), self.at(23));
        let said = (
            "damaged_file",
            Since::At(torn.0),
            "the day's plan is half written for three minutes",
        );
        self.push(DRAFTER, "", torn, Change::TearPlan, said);
        self.add(DRAFTER, 80, (&assignment::QUOTES, RAN), said::NOTHING);
        self.add(DRAFTER, 90, (&assignment::COVER, RAN), said::NOTHING);
        let lost = (self.at(87), self.at(104));
        let said = (
            "lost_update",
            Since::At(lost.0),
            "the end of a task is written away for a quarter of an hour",
        );
        let id = assignment::QUOTES.id;
        self.push(DRAFTER, id, lost, Change::LoseUpdate, said);
    }

    /// Two weeks of running on: something every three to nine hours.
    pub(super) fn days_to_come(&mut self, seed: u64) {
        let mut rng = Rng::keyed(&[seed, 13]);
        let mut at = 180;
        while at < 14 * DAY {
            self.another(rng.below(7), at);
            at += rng.range(180, 540);
        }
    }

    fn another(&mut self, which: u64, at: i64) {
        use roster::{DRAFTER, PUBLISHER, SOCIAL, SUPPORT, TRENDS};
        let refused = Fate::Failed(TOO_MANY);
        match which {
            0 => self.turn(
                SOCIAL,
                ("engage", at, 60),
                Fate::Unfinished,
                said::UNFINISHED,
            ),
            1 => self.turn(TRENDS, ("look", at, 60), Fate::Torn, said::TORN),
            2 => self.rotation(at),
            3 => self.add(
                DRAFTER,
                at,
                (&assignment::COVER, CLAIMED_TWICE),
                said::PHANTOM,
            ),
            4 => self.add(
                DRAFTER,
                at,
                (&assignment::DRAFT_DIGEST, &[]),
                said::PASSED_OVER,
            ),
            5 => self.turn(SUPPORT, ("tickets", at, 30), Fate::NeedsHuman, said::ASKS),
            _ => self.turn(
                PUBLISHER,
                ("queue-check", at, 60),
                refused,
                said::REFUSED_ONCE,
            ),
        }
    }
}

const RAN: &[(i64, Fate)] = &[(0, Fate::Ok)];
const TIMED_OUT: &[(i64, Fate)] = &[(0, Fate::Failed("timeout after 30 s")), (70, Fate::Ok)];
/// Claimed, forgotten, and done an hour and a half later under the next epoch.
const CLAIMED_TWICE: &[(i64, Fate)] = &[(0, Fate::Vanished), (90, Fate::Ok)];
