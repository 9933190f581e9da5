//! Who is in the fleet: fourteen roles with their tasks, rhythms and habits of writing.

use crate::domain::action::Tier;

use super::words::{self, Voice};

/// When a task comes round, in the agent's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// `*/n * * * *`
    Minutes(u32),
    /// `minute */hours * * *`
    Hours { hours: u32, minute: u32 },
    /// Once a day at a time in seconds since midnight, dated in the plan.
    Daily(u32),
    /// Once a week; Monday is 0.
    Weekly { weekday: u32, at: u32 },
    /// Numbered portions of one job, dated in the plan.
    Portions { hours: u32, minute: u32 },
    /// Works through a queue without fixed times, one task about every so many minutes.
    Queue { minutes: u32 },
}

/// One assignment of a role.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub id: &'static str,
    pub title: &'static str,
    pub rhythm: Rhythm,
    pub est_s: u32,
    pub tier: Tier,
    /// Written into the plan where it is declared.
    pub reversible: Option<bool>,
    pub resource: Option<&'static str>,
    pub uses: Option<(&'static str, u32)>,
    pub depends_on: Option<&'static str>,
    /// How many items a healthy run lists: least and most.
    pub items: (u32, u32),
}

impl Assignment {
    /// A daily task that only reads; the others are written as differences from it.
    pub(super) const fn daily(id: &'static str, title: &'static str, h: u32, m: u32) -> Self {
        Self::of(id, title, Rhythm::Daily(h * 3_600 + m * 60))
    }

    pub(super) const fn of(id: &'static str, title: &'static str, rhythm: Rhythm) -> Self {
        Self {
            id,
            title,
            rhythm,
            est_s: 240,
            tier: Tier::ReadOnly,
            reversible: None,
            resource: None,
            uses: None,
            depends_on: None,
            items: (1, 3),
        }
    }

    const fn takes(mut self, est_s: u32) -> Self {
        self.est_s = est_s;
        self
    }

    const fn appends(mut self) -> Self {
        self.tier = Tier::AppendOnly;
        self
    }

    const fn mutates(mut self, reversible: bool, resource: &'static str) -> Self {
        self.tier = Tier::Mutating;
        self.reversible = Some(reversible);
        self.resource = Some(resource);
        self
    }

    const fn spends(mut self, action: &'static str, count: u32) -> Self {
        self.uses = Some((action, count));
        self
    }

    const fn after(mut self, task: &'static str) -> Self {
        self.depends_on = Some(task);
        self
    }

    const fn lists(mut self, least: u32, most: u32) -> Self {
        self.items = (least, most);
        self
    }
}

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
pub(super) const INVOICES: usize = 10;
pub(super) const TRENDS: usize = 11;
pub(super) const SUPPORT: usize = 12;
pub(super) const TRANSLATOR: usize = 13;

pub(super) static ROLES: [Role; 14] = [
    Role {
        name: "social",
        limits: &[("comment", 40), ("follow", 12), ("tasks", 8)],
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
            Assignment::daily("release-notes", "Collect yesterday's releases", 9, 5).appends(),
        ],
        voice: &words::CODEWATCH,
        ..PLAIN
    },
    Role {
        name: "drafter",
        plan: PlanHabit::DayFiles,
        grace_s: Some(900),
        limits: &[("tasks", 8)],
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
        limits: &[("publish", 3), ("tasks", 9)],
        tasks: &[
            Assignment::of(
                "queue-check",
                "See what is ready",
                Rhythm::Hours {
                    hours: 1,
                    minute: 5,
                },
            )
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
                hours: 3,
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
        .takes(2_400)],
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
            .takes(300),
            Assignment::daily("snapshot", "Snapshot databases and buckets", 2, 30)
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

/// The tasks that trouble brings along: planted into a day's plan beside the usual ones.
pub(super) static NEWSLETTER: Assignment =
    Assignment::of("newsletter", "Send the newsletter", Rhythm::Daily(0))
        .takes(70)
        .mutates(false, "newsletter");
pub(super) static PUBLISH: Assignment = Assignment::of(
    "publish-article",
    "Publish the article of the day",
    Rhythm::Daily(0),
)
.takes(60)
.mutates(false, "devto-api")
.spends("publish", 1);
pub(super) static CROSSPOST: Assignment = Assignment::of(
    "crosspost",
    "Copy the article to the other blogs",
    Rhythm::Daily(0),
)
.mutates(false, "hashnode");
pub(super) static DRAFT_DIGEST: Assignment = Assignment::of(
    "digest",
    "Write the digest of open drafts",
    Rhythm::Daily(0),
);
pub(super) static REVIEW_DRAFT: Assignment =
    Assignment::of("self-review", "Read the draft once more", Rhythm::Daily(0)).appends();
pub(super) static FACT_CHECK: Assignment =
    Assignment::of("fact-check", "Check figures in the draft", Rhythm::Daily(0));
pub(super) static LINKS: Assignment =
    Assignment::of("links", "Check outgoing links", Rhythm::Daily(0)).takes(420);
pub(super) static INBOX: Assignment = Assignment::of(
    "inbox-late",
    "Label and answer the night's mail",
    Rhythm::Daily(0),
)
.takes(360)
.mutates(true, "mailbox");
pub(super) static EXTRA_FOLLOW: Assignment = Assignment::of(
    "follow-extra",
    "Follow the speakers of today",
    Rhythm::Daily(0),
)
.mutates(true, "linkedin");
pub(super) static COVER: Assignment =
    Assignment::of("cover-image", "Pick a cover image", Rhythm::Daily(0)).appends();
