//! Who is in the fleet: fourteen roles with their tasks, rhythms and habits of writing.

use super::assignment::{Assignment, Rhythm};
use super::words::{self, Voice};

/// Where an agent keeps its plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlanHabit {
    None,
    /// `schedule.json`, dated, replaced the night before.
    Current,
    /// `schedule/YYYY-MM-DD.json`, one file a day.
    DayFiles,
    /// `schedule.json` without a date.
    Standing,
}

#[derive(Debug)]
pub(super) struct Role {
    pub name: &'static str,
    /// The fleet's where absent.
    pub zone: Option<&'static str>,
    pub plan: PlanHabit,
    /// Writes a `running` line when a run starts.
    pub starts: bool,
    pub names_tasks: bool,
    /// Writes how many instead of which.
    pub bare_counts: bool,
    pub grace_s: Option<u32>,
    pub limits: &'static [(&'static str, u32)],
    pub model: &'static str,
    pub tasks: &'static [Assignment],
    pub voice: &'static Voice,
}

const PLAIN: Role = Role {
    name: "",
    zone: None,
    plan: PlanHabit::Current,
    starts: true,
    names_tasks: true,
    bare_counts: false,
    grace_s: None,
    limits: &[],
    model: "claude-sonnet-4-5",
    tasks: &[],
    voice: &words::SOCIAL,
};

pub(super) const SOCIAL: usize = 0;
pub(super) const CODEWATCH: usize = 1;
pub(super) const DRAFTER: usize = 2;
pub(super) const AUDIT: usize = 3;
pub(super) const PUBLISHER: usize = 4;
pub(super) const OUTREACH: usize = 5;
pub(super) const MAIL_BOT: usize = 6;
pub(super) const DIGEST: usize = 7;
pub(super) const RESEARCH: usize = 8;
pub(super) const BACKUP: usize = 9;
pub(super) const INVOICES: usize = 10;
pub(super) const TRENDS: usize = 11;
pub(super) const SUPPORT: usize = 12;
pub(super) const TRANSLATOR: usize = 13;

pub(super) static ROLES: [Role; 14] = [
    Role {
        name: "social",
        limits: &[("comment", 40), ("follow", 12)],
        tasks: &[
            Assignment::of(
                "engage",
                "Answer what came in",
                Rhythm::Hours {
                    hours: 1,
                    minute: 25,
                },
            )
            .mutates(true, "linkedin")
            .spends("comment", 1),
            Assignment::daily("morning-replies", "Reply to yesterday's threads", 10, 5)
                .takes(600)
                .mutates(true, "linkedin")
                .spends("comment", 3),
            Assignment::daily("noon-post", "Post the article of the day", 12, 40)
                .mutates(true, "mastodon"),
            Assignment::daily("evening-replies", "Close the day's threads", 18, 5)
                .takes(600)
                .mutates(true, "linkedin")
                .spends("comment", 3),
        ],
        voice: &words::SOCIAL,
        ..PLAIN
    },
    Role {
        name: "codewatch",
        model: "claude-haiku-4-5",
        tasks: &[
            Assignment::of(
                "watch-repos",
                "Look for new commits and issues",
                Rhythm::Minutes(10),
            )
            .takes(50),
            Assignment::daily("release-notes", "Collect yesterday's releases", 9, 5)
                .says(&["collected {d} releases of {repo}"])
                .appends(),
        ],
        voice: &words::CODEWATCH,
        ..PLAIN
    },
    Role {
        name: "drafter",
        plan: PlanHabit::DayFiles,
        grace_s: Some(900),
        tasks: &[
            Assignment::of(
                "draft",
                "Work on the next draft",
                Rhythm::Hours {
                    hours: 1,
                    minute: 35,
                },
            )
            .takes(420)
            .appends(),
            Assignment::daily("outline", "Outline tomorrow's article", 11, 15).appends(),
            Assignment::daily("headline", "Three headlines for the draft", 15, 10)
                .appends()
                .after("outline"),
        ],
        voice: &words::DRAFTER,
        ..PLAIN
    },
    Role {
        name: "audit",
        plan: PlanHabit::DayFiles,
        grace_s: Some(2_700),
        tasks: &[
            Assignment::of(
                "crawl",
                "Crawl the site",
                Rhythm::Hours {
                    hours: 2,
                    minute: 50,
                },
            )
            .takes(500)
            .lists(6, 9),
            Assignment::daily("sitemap", "Compare the sitemap with the crawl", 13, 15),
        ],
        voice: &words::AUDIT,
        ..PLAIN
    },
    Role {
        name: "publisher",
        plan: PlanHabit::DayFiles,
        limits: &[("publish", 3)],
        tasks: &[
            Assignment::of(
                "queue-check",
                "See what is ready",
                Rhythm::Hours {
                    hours: 1,
                    minute: 5,
                },
            )
            .says(&[
                "checked the queue: {d} ready",
                "checked the queue: nothing new",
                "looked over \"{title}\"",
            ])
            .takes(60),
            Assignment::daily("publish-morning", "Publish the morning article", 7, 30)
                .mutates(false, "devto")
                .spends("publish", 1),
            Assignment::daily("publish-evening", "Publish the evening article", 17, 30)
                .mutates(false, "devto")
                .spends("publish", 1),
        ],
        voice: &words::PUBLISHER,
        ..PLAIN
    },
    Role {
        name: "outreach",
        plan: PlanHabit::DayFiles,
        limits: &[("follow", 60), ("tasks", 8)],
        tasks: &[Assignment::of(
            "follow",
            "Follow people who answered",
            Rhythm::Portions {
                hours: 4,
                minute: 55,
            },
        )
        .mutates(true, "linkedin")
        .spends("follow", 5)],
        voice: &words::OUTREACH,
        ..PLAIN
    },
    Role {
        name: "mail-bot",
        plan: PlanHabit::DayFiles,
        tasks: &[Assignment::of(
            "inbox",
            "Label and answer what came in",
            Rhythm::Queue { minutes: 45 },
        )
        .takes(360)
        .mutates(true, "mailbox")],
        voice: &words::MAIL,
        ..PLAIN
    },
    Role {
        name: "digest",
        plan: PlanHabit::DayFiles,
        tasks: &[
            Assignment::daily("compile", "Compile the morning digest", 8, 0)
                .takes(900)
                .appends(),
            Assignment::of(
                "weekly",
                "Compile the week",
                Rhythm::Weekly {
                    weekday: 6,
                    at: 19 * 3_600,
                },
            )
            .takes(1_500)
            .appends(),
        ],
        voice: &words::DIGEST,
        ..PLAIN
    },
    Role {
        name: "research",
        zone: Some("America/New_York"),
        plan: PlanHabit::Standing,
        starts: false,
        model: "claude-opus-4-1",
        tasks: &[Assignment::of(
            "scan",
            "Read what is new on agent reliability",
            Rhythm::Hours {
                hours: 2,
                minute: 5,
            },
        )
        .takes(2_400)
        .aims()],
        voice: &words::RESEARCH,
        ..PLAIN
    },
    Role {
        name: "backup",
        plan: PlanHabit::Standing,
        tasks: &[
            Assignment::of(
                "verify",
                "Read back a sample",
                Rhythm::Hours {
                    hours: 6,
                    minute: 20,
                },
            )
            .says(&[
                "read back {n} samples, all equal",
                "verified {big} files of {repo}",
            ])
            .takes(300),
            Assignment::daily("snapshot", "Snapshot databases and buckets", 2, 30)
                .says(&[
                    "snapshot of {file}: {big} MB",
                    "pruned {d} snapshots older than 30 days",
                ])
                .takes(1_300)
                .appends(),
        ],
        voice: &words::BACKUP,
        ..PLAIN
    },
    Role {
        name: "invoices",
        plan: PlanHabit::Standing,
        tasks: &[
            Assignment::daily("match-payments", "Match payments to invoices", 9, 40)
                .mutates(true, "ledger"),
            Assignment::of(
                "remind",
                "Remind those who are overdue",
                Rhythm::Weekly {
                    weekday: 1,
                    at: 10 * 3_600,
                },
            )
            .mutates(false, "mailbox-billing"),
        ],
        voice: &words::INVOICES,
        ..PLAIN
    },
    Role {
        name: "trends",
        plan: PlanHabit::None,
        names_tasks: false,
        starts: false,
        model: "gpt-5-mini",
        tasks: &[Assignment::of(
            "look",
            "Look at what rises",
            Rhythm::Hours {
                hours: 1,
                minute: 10,
            },
        )
        .takes(90)],
        voice: &words::TRENDS,
        ..PLAIN
    },
    Role {
        name: "support",
        tasks: &[
            Assignment::of("tickets", "Triage new tickets", Rhythm::Minutes(30))
                .takes(200)
                .mutates(true, "helpdesk"),
            Assignment::daily("faq", "Turn answers into FAQ entries", 16, 45).appends(),
        ],
        voice: &words::SUPPORT,
        ..PLAIN
    },
    Role {
        name: "translator",
        zone: Some("Asia/Tokyo"),
        plan: PlanHabit::None,
        bare_counts: true,
        tasks: &[Assignment::of(
            "strings",
            "Translate new strings",
            Rhythm::Hours {
                hours: 1,
                minute: 40,
            },
        )
        .takes(260)
        .appends()
        .lists(9, 16)],
        voice: &words::TRANSLATOR,
        ..PLAIN
    },
];
