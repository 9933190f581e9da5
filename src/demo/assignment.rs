//! One assignment of a role, and those that only trouble brings along.

use crate::domain::action::Tier;

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
    /// Its own phrases for what it did; the role's where there are none.
    pub says: &'static [&'static str],
    /// Names what each item went to.
    pub aims: bool,
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
            says: &[],
            aims: false,
        }
    }

    pub(super) const fn takes(mut self, est_s: u32) -> Self {
        self.est_s = est_s;
        self
    }

    pub(super) const fn appends(mut self) -> Self {
        self.tier = Tier::AppendOnly;
        self
    }

    pub(super) const fn mutates(mut self, reversible: bool, resource: &'static str) -> Self {
        self.tier = Tier::Mutating;
        self.reversible = Some(reversible);
        self.resource = Some(resource);
        self
    }

    pub(super) const fn spends(mut self, action: &'static str, count: u32) -> Self {
        self.uses = Some((action, count));
        self
    }

    pub(super) const fn after(mut self, task: &'static str) -> Self {
        self.depends_on = Some(task);
        self
    }

    pub(super) const fn says(mut self, phrases: &'static [&'static str]) -> Self {
        self.says = phrases;
        self
    }

    pub(super) const fn aims(mut self) -> Self {
        self.aims = true;
        self
    }

    pub(super) const fn lists(mut self, least: u32, most: u32) -> Self {
        self.items = (least, most);
        self
    }
}

/// The tasks that trouble brings along: planted into a day's plan beside the usual ones.
pub(super) static NEWSLETTER: Assignment =
    Assignment::of("newsletter", "Send the newsletter", Rhythm::Daily(0))
        .says(&["newsletter sent to {big} readers"])
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
    Assignment::of("links", "Check outgoing links", Rhythm::Daily(0))
        .says(&[
            "checked {big} links under {path}",
            "found {d} broken links under {path}",
        ])
        .takes(420);
pub(super) static INBOX: Assignment = Assignment::of(
    "inbox-late",
    "Label and answer the night's mail",
    Rhythm::Queue { minutes: 45 },
)
.takes(360)
.mutates(true, "mailbox");
pub(super) static EXTRA_FOLLOW: Assignment = Assignment::of(
    "follow-speakers",
    "Follow the speakers of today",
    Rhythm::Daily(0),
)
.mutates(true, "linkedin");
pub(super) static COVER: Assignment =
    Assignment::of("cover-image", "Pick a cover image", Rhythm::Daily(0)).appends();
pub(super) static FOLLOW_BACK: Assignment =
    Assignment::of("follow-back", "Follow back", Rhythm::Daily(0)).mutates(true, "follow-api");
pub(super) static GREET: Assignment = Assignment::of(
    "greet-newcomers",
    "Greet who joined today",
    Rhythm::Daily(0),
)
.mutates(true, "linkedin");
pub(super) static DEEP_CRAWL: Assignment =
    Assignment::of("deep-crawl", "Crawl the archive", Rhythm::Daily(0)).takes(600);
pub(super) static ANNOUNCE: Assignment =
    Assignment::of("announce", "Announce the article", Rhythm::Daily(0)).appends();
pub(super) static REFUND: Assignment =
    Assignment::of("refund", "Pay back what is owed", Rhythm::Daily(0)).mutates(false, "payments");
pub(super) static QUOTES: Assignment =
    Assignment::of("quotes", "Ask for leave to quote", Rhythm::Daily(0));
pub(super) static SYNDICATE: Assignment = Assignment::of(
    "syndicate",
    "Offer the article to the magazine",
    Rhythm::Daily(0),
)
.mutates(false, "magazine");
