//! What went wrong in the weeks before and is over: each agent by its own character.

use super::assignment;
use super::plants::{Change, Fate, Said, Since};
use super::roster;
use super::said;
use super::trouble::{DAY, TOO_MANY, Table};

impl Table {
    pub(super) fn weeks(&mut self) {
        self.forgetful();
        self.claims_go_wrong();
        self.silences();
        self.less_and_less();
        self.asks_and_waits();
    }

    /// A window of so many minutes from a moment on.
    fn over(
        &mut self,
        agent: usize,
        task: &'static str,
        (from, minutes): (i64, i64),
        change: Change,
        said: Said,
    ) {
        let window = (self.at(from), self.at(from + minutes));
        self.push(agent, task, window, change, said);
    }

    /// Drafter and digest: what the plan says is not what happens.
    fn forgetful(&mut self) {
        use roster::{AUDIT, DIGEST, DRAFTER};
        self.over(
            DRAFTER,
            "headline",
            (-9 * DAY, DAY),
            Change::Drop,
            said::NOT_FOLLOWED,
        );
        self.add(
            DRAFTER,
            -13 * DAY,
            (&assignment::QUOTES, MISBOOKED),
            said::DRIFT,
        );
        self.add(
            DRAFTER,
            -2 * DAY,
            (&assignment::REVIEW_DRAFT, IN_REVIEW),
            said::REVIEW,
        );
        self.over(
            DIGEST,
            "",
            (-8 * DAY, DAY),
            Change::Unplanned,
            said::NO_PLAN,
        );
        self.turn(
            DIGEST,
            ("compile", -6 * DAY, DAY),
            Fate::TakenOver("research"),
            said::NO_NOTE,
        );
        self.turn(
            DIGEST,
            ("compile", -11 * DAY, DAY),
            Fate::Orphaned,
            said::SILENT,
        );
        self.add(
            AUDIT,
            -12 * DAY,
            (&assignment::DEEP_CRAWL, HUNG),
            said::STUCK,
        );
    }

    /// Publisher and mail-bot: they lose hold of what they claimed.
    fn claims_go_wrong(&mut self) {
        use roster::{MAIL_BOT, OUTREACH, PUBLISHER};
        self.add(
            PUBLISHER,
            -2 * DAY,
            (&assignment::ANNOUNCE, OUTLIVED),
            said::ZOMBIE,
        );
        self.add(
            PUBLISHER,
            -14 * DAY,
            (&assignment::SYNDICATE, &[(0, Fate::Flagged(TOO_MANY))]),
            said::FLAGGED,
        );
        self.turn(
            MAIL_BOT,
            ("inbox", -2 * DAY, 46),
            Fate::Redone,
            said::CONFLICTED,
        );
        self.add(
            OUTREACH,
            -13 * DAY,
            (&assignment::FOLLOW_BACK, &[(0, Fate::AskedAgain(TOO_MANY))]),
            said::NOT_PICKED_UP,
        );
    }

    /// One by itself, one that has a plan to be missed by, and all of them at once.
    fn silences(&mut self) {
        use roster::{RESEARCH, TRENDS};
        self.over(
            TRENDS,
            "look",
            (-9 * DAY, 5 * 60),
            Change::Drop,
            said::AGENT_LATE,
        );
        let gone = self.at(-9 * DAY);
        self.push(TRENDS, "", (gone, gone), Change::Noted, said::AGENT_STALE);
        self.over(
            RESEARCH,
            "scan",
            (-18 * DAY, 9 * 60),
            Change::Drop,
            said::AGENT_DOWN,
        );
        for agent in 0..roster::ROLES.len() {
            let (from, minutes) = (-17 * DAY - 600, 4 * 60);
            let said = match agent {
                roster::SOCIAL => said::OUTAGE,
                _ => said::NOTHING,
            };
            self.over(agent, "", (from, minutes), Change::HostDown, said);
        }
    }

    /// Research and backup: ok, and less and less of it. The translator says less and less about it.
    fn less_and_less(&mut self) {
        use roster::{BACKUP, RESEARCH, TRANSLATOR};
        let two_weeks = (-16 * DAY, 15 * DAY);
        self.over(RESEARCH, "", two_weeks, Change::Narrow, said::SAME_TARGETS);
        self.turn(
            RESEARCH,
            ("scan", -5 * DAY, 6 * 60),
            Fate::Empty,
            said::HOLLOW,
        );
        self.turn(BACKUP, ("verify", -6 * DAY, 6 * 60), Fate::Slow, said::SLOW);
        self.turn(
            TRANSLATOR,
            ("strings", -5 * DAY, 60),
            Fate::Wordless,
            said::WORDLESS,
        );
    }

    fn asks_and_waits(&mut self) {
        self.add(
            roster::SUPPORT,
            -DAY - 300,
            (&assignment::REFUND, &[(0, Fate::WaitsForYes(190))]),
            said::ASKS_YES,
        );
    }

    /// The other names of what stands on the board.
    pub(super) fn by_other_names(&mut self) {
        use roster::{MAIL_BOT, OUTREACH};
        let now = self.at(0);
        for (agent, said) in [(OUTREACH, said::SKIPS), (OUTREACH, said::LINT)] {
            self.push(agent, "", (now, now), Change::Noted, said);
            self.standing();
        }
        let held = self.at(-204);
        let lapsed = ("lock", Since::At(held), "the lock on its mailbox ran out");
        self.push(MAIL_BOT, "", (now, now), Change::Noted, lapsed);
        self.standing();
    }
}

const MISBOOKED: &[(i64, Fate)] = &[(0, Fate::Misbooked("source does not answer"))];
const IN_REVIEW: &[(i64, Fate)] = &[(0, Fate::InReview)];
const HUNG: &[(i64, Fate)] = &[(0, Fate::Hung(300))];
/// Forgotten, done by the next run, and then written all the same.
const OUTLIVED: &[(i64, Fate)] = &[(0, Fate::Outlived(150)), (90, Fate::Ok)];
