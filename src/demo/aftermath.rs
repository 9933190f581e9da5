//! The trouble that does not stand on the board: what is over, and what the live fleet is going to do.

use super::assignment;
use super::plants::{Change, Fate, Since};
use super::rng::Rng;
use super::roster;
use super::trouble::{DAY, TOO_MANY, Table};
use super::world::round_down;

impl Table {
    /// What went wrong in the days before and is over.
    pub(super) fn history(&mut self) {
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
            (&assignment::COVER, &[(0, Fate::Vanished)]),
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
            (&assignment::EXTRA_FOLLOW, &[(0, Fate::Ok)]),
            (
                "collision",
                Since::Start(0),
                "linkedin used by social and outreach at once",
            ),
        );
        self.collide(-5 * DAY - 1_000);
    }

    /// Moves social's run of that hour under the feet of outreach.
    fn collide(&mut self, minutes: i64) {
        let at = round_down(self.at(minutes));
        let window = (at, at);
        let runs: &[(i64, Fate)] = &[(0, Fate::Ok)];
        self.push(
            roster::SOCIAL,
            assignment::EXTRA_FOLLOW.id,
            window,
            Change::Add(&assignment::EXTRA_FOLLOW, runs),
            (
                "collision",
                Since::Start(0),
                "linkedin used by social and outreach at once",
            ),
        );
    }

    /// At sixty-fold speed two minutes of looking: something happens every few seconds.
    pub(super) fn first_two_hours(&mut self) {
        use roster::{DRAFTER, SOCIAL, SUPPORT, TRANSLATOR, TRENDS};
        self.add(
            DRAFTER,
            8,
            (
                &assignment::FACT_CHECK,
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
            (&assignment::EXTRA_FOLLOW, &[(0, Fate::Ok)]),
            (
                "collision",
                Since::Start(0),
                "linkedin used by social and outreach at once",
            ),
        );
        self.collide(110);
    }

    /// Two weeks of running on: something every three to nine hours.
    pub(super) fn days_to_come(&mut self, seed: u64) {
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
                    (&assignment::COVER, &[(0, Fate::Vanished)]),
                    (
                        "phantom_claim",
                        Since::Start(0),
                        "claimed, and that run never wrote",
                    ),
                ),
                4 => self.add(
                    roster::DRAFTER,
                    at,
                    (&assignment::DRAFT_DIGEST, &[]),
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
