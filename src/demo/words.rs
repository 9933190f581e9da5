//! What the agents say. Templates with placeholders, filled from short lists so that texts repeat as real ones do.

use super::rng::Rng;

/// The phrases of one role.
#[derive(Debug)]
pub(super) struct Voice {
    pub did: &'static [&'static str],
    /// Things left out for a reason that is in order.
    pub skipped: &'static [&'static str],
    /// Things that can go wrong.
    pub failed: &'static [&'static str],
    pub msg: &'static [&'static str],
    /// What a write-ahead step does, and to what.
    pub steps: &'static [(&'static str, &'static str)],
}

pub(super) static SOCIAL: Voice = Voice {
    did: &[
        "replied to {who}",
        "replied to {n} threads",
        "liked {n} posts about {topic}",
        "thanked {who} for the pointer to \"{title}\"",
        "answered a question about {topic}",
        "read {n} mentions",
    ],
    skipped: &["follow {who}", "comment on {who}'s post", "like {n} posts"],
    failed: &["comment on thread {id}", "reply to {who}"],
    msg: &[
        "{n} replies, nothing urgent",
        "threads about {topic} get answers, the others do not",
        "{n} mentions read, {d} answered",
    ],
    steps: &[("reply", "thread {id}"), ("like", "post {id}")],
};
pub(super) static CODEWATCH: Voice = Voice {
    did: &[
        "checked 12 repos",
        "checked 12 repos",
        "checked 12 repos, nothing new",
        "read {d} new commits in {repo}",
        "noted issue #{id} in {repo}",
        "compared lock files of {repo}",
    ],
    skipped: &["{repo}: archived"],
    failed: &["fetch {repo}", "read CI of {repo}"],
    msg: &[
        "nothing new",
        "nothing new",
        "{d} commits in {repo}, tests green",
        "12 repos, {d} with changes",
    ],
    steps: &[("note", "{repo}#{id}")],
};
pub(super) static DRAFTER: Voice = Voice {
    did: &[
        "drafted \"{title}\", {n} links checked",
        "wrote {big} words of \"{title}\"",
        "cut {n} sentences from \"{title}\"",
        "moved \"{title}\" to review",
        "collected {n} quotes on {topic}",
    ],
    skipped: &["figure for \"{title}\"", "quote from {who}"],
    failed: &["check links of \"{title}\"", "fetch source {id}"],
    msg: &[
        "\"{title}\" is {d} paragraphs from done",
        "draft at {big} words",
        "stronger opening for \"{title}\"",
    ],
    steps: &[("append", "drafts/{file}.md")],
};
pub(super) static AUDIT: Voice = Voice {
    did: &[
        "crawled {site}{path}: {big} pages",
        "checked {big} links under {path}",
        "measured {path} on {site}: {n}00 ms",
        "found {d} broken links under {path}",
        "compared titles under {path}",
    ],
    skipped: &["{site}{path}: robots.txt"],
    failed: &["crawl {site}{path}", "measure {site}{path}"],
    msg: &[
        "{site}: {big} pages, {d} to mend",
        "no new broken links",
        "slowest page {path}, {n}00 ms",
    ],
    steps: &[("report", "{site}{path}")],
};
pub(super) static PUBLISHER: Voice = Voice {
    did: &[
        "published \"{title}\"",
        "checked the queue: {d} ready",
        "set the cover of \"{title}\"",
        "updated tags of \"{title}\"",
    ],
    skipped: &["\"{title}\": not reviewed yet"],
    failed: &["publish \"{title}\"", "upload cover {id}"],
    msg: &[
        "{d} articles ready",
        "queue is in order",
        "next: \"{title}\"",
    ],
    steps: &[
        ("render", "\"{title}\""),
        ("check links", "\"{title}\""),
        ("upload cover", "cover {id}"),
        ("create post", "post {id}"),
        ("publish", "post {id}"),
        ("announce", "#articles"),
        ("mark posted", "posted.json"),
    ],
};
pub(super) static OUTREACH: Voice = Voice {
    did: &[
        "followed {who}",
        "wrote to {who} about {topic}",
        "noted the answer of {who}",
    ],
    skipped: &["follow {who}", "write to {who}"],
    failed: &["follow {who}", "message {who}"],
    msg: &["{n} followed, {d} answered", "people around {topic} answer"],
    steps: &[("follow", "{who}"), ("note", "crm/{id}")],
};
pub(super) static MAIL: Voice = Voice {
    did: &[
        "labelled {n} mails",
        "answered mail {id}",
        "archived {n} newsletters",
        "put a question of {who} on the list",
    ],
    skipped: &["mail {id}: waiting for an attachment"],
    failed: &["answer mail {id}", "fetch folder {file}"],
    msg: &["{n} in, {d} answered", "inbox at {d}"],
    steps: &[("label", "mail {id}"), ("reply", "mail {id}")],
};
pub(super) static DIGEST: Voice = Voice {
    did: &[
        "compiled {n} items for the digest",
        "summarised \"{title}\"",
        "put {topic} first",
        "sent the digest to the team folder",
    ],
    skipped: &["\"{title}\": old news"],
    failed: &["summarise \"{title}\""],
    msg: &["{n} items, {d} of them new", "the day in {n} items"],
    steps: &[("append", "digest/{file}.md")],
};
pub(super) static RESEARCH: Voice = Voice {
    did: &[
        "read {n} papers on {topic}",
        "summarised \"{title}\"",
        "followed {d} citations of paper {id}",
        "noted {d} open questions on {topic}",
    ],
    skipped: &["paper {id}: paywall"],
    failed: &["fetch paper {id}"],
    msg: &[
        "{n} papers, {d} worth a summary",
        "{topic}: two results contradict each other",
    ],
    steps: &[("note", "notes/{file}.md")],
};
pub(super) static BACKUP: Voice = Voice {
    did: &[
        "verified {big} files of {repo}",
        "snapshot of {file}: {big} MB",
        "pruned {d} snapshots older than 30 days",
        "read back {n} samples, all equal",
    ],
    skipped: &["bucket {file}: unchanged"],
    failed: &["snapshot of {file}"],
    msg: &["{big} MB in {n} minutes", "all samples equal"],
    steps: &[("upload", "snapshots/{file}")],
};
pub(super) static INVOICES: Voice = Voice {
    did: &[
        "matched {n} payments",
        "wrote reminder for invoice {id}",
        "booked invoice {id}",
    ],
    skipped: &["invoice {id}: disputed"],
    failed: &["book invoice {id}"],
    msg: &["{n} matched, {d} open"],
    steps: &[("book", "invoice {id}")],
};
pub(super) static TRENDS: Voice = Voice {
    did: &[
        "looked at 8 lists",
        "looked at 8 lists",
        "{topic} rises on {d} lists",
        "noted \"{title}\" at rank {d}",
    ],
    skipped: &["list {file}: unchanged"],
    failed: &["read list {file}"],
    msg: &["nothing rises", "{topic} rises", "8 lists read"],
    steps: &[("note", "{topic}")],
};
pub(super) static SUPPORT: Voice = Voice {
    did: &[
        "triaged {n} tickets",
        "answered ticket {id}",
        "linked ticket {id} to the FAQ",
        "asked {who} for a log",
        "closed ticket {id}",
    ],
    skipped: &["ticket {id}: waits for the customer"],
    failed: &["answer ticket {id}"],
    msg: &["{n} tickets, {d} new", "oldest open ticket: {d} h"],
    steps: &[("answer", "ticket {id}"), ("label", "ticket {id}")],
};
pub(super) static TRANSLATOR: Voice = Voice {
    did: &[
        "translated {n} strings to {lang}",
        "reviewed {n} strings in {lang}",
    ],
    skipped: &["string {id}: no context"],
    failed: &["string {id}"],
    msg: &[
        "{n} strings to {lang}",
        "{lang} is complete",
        "glossary: {topic}",
    ],
    steps: &[("append", "locales/{lang}.json")],
};

const WHO: &[&str] = &[
    "@lena_builds",
    "@opsfolk",
    "@marek.dev",
    "@quietml",
    "@tara_n",
    "@sre_sam",
    "@novakova",
    "@jun_writes",
    "@pipelinepat",
    "@oskar_k",
    "@fieldnotes",
    "@ida_codes",
    "@greybeard42",
    "@mira.labs",
    "@tinyteams",
    "@dao_h",
];
const REPO: &[&str] = &[
    "acme/site",
    "acme/api",
    "acme/billing",
    "acme/mobile",
    "tools/lintkit",
    "tools/relay",
    "infra/terraform",
    "infra/images",
    "docs/handbook",
    "labs/promptbook",
    "labs/evals",
    "oss/queue-rs",
];
const SITE: &[&str] = &[
    "acme.example",
    "docs.acme.example",
    "blog.acme.example",
    "status.acme.example",
];
const PATH: &[&str] = &[
    "/blog",
    "/docs",
    "/pricing",
    "/changelog",
    "/guides",
    "/about",
    "/api",
    "/de",
];
const TITLE: &[&str] = &[
    "Why agents drift",
    "Ten small automations",
    "The cost of a retry",
    "Queues for people",
    "What a heartbeat tells",
    "Plans that survive noon",
    "Notes on idempotency",
    "Reading logs in the morning",
    "Claims, leases and trust",
    "Small models, long days",
    "How we review drafts",
    "Quiet failures",
    "A week without meetings",
    "Locks are promises",
];
const TOPIC: &[&str] = &[
    "agent reliability",
    "evals",
    "retry budgets",
    "prompt caching",
    "on-call",
    "small models",
    "tool use",
    "rate limits",
    "code review",
    "pricing",
    "observability",
    "local inference",
];
const FILE: &[&str] = &[
    "orders",
    "users",
    "media",
    "reports",
    "week-notes",
    "inbox",
    "sales",
    "events",
    "assets",
    "metrics",
];
const LANG: &[&str] = &["de", "fr", "ja", "uk", "pt-BR", "es", "pl"];

/// A template with its placeholders filled, appended to `out`. About four texts in a hundred get a mark of their own, as
/// real agents name a commit or a draft now and then.
pub(super) fn say(out: &mut String, template: &str, rng: &mut Rng) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        fill(out, name, rng);
        rest = tail;
    }
    out.push_str(rest);
    if rng.per_mille(40) {
        out.push_str(" (ref ");
        push_hex(out, rng.next() >> 36);
        out.push(')');
    }
}

fn fill(out: &mut String, name: &str, rng: &mut Rng) {
    let list = match name {
        "who" => WHO,
        "repo" => REPO,
        "site" => SITE,
        "path" => PATH,
        "title" => TITLE,
        "topic" => TOPIC,
        "file" => FILE,
        "lang" => LANG,
        "d" => return push_number(out, rng.below(4) + 1),
        "n" => return push_number(out, rng.below(9) + 3),
        "big" => return push_number(out, (rng.below(16) + 2) * 60),
        _ => return push_number(out, 900 + rng.below(120)),
    };
    out.push_str(rng.pick(list));
}

/// Decimal digits without the machinery of `format!`: this runs millions of times.
pub(super) fn push_number(out: &mut String, mut n: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|d| char::from(*d)));
}

/// Seven hexadecimal digits, as an abbreviated commit.
pub(super) fn push_hex(out: &mut String, n: u64) {
    for shift in (0..7).rev() {
        let digit = (n >> (shift * 4)) & 15;
        out.push(char::from_digit(digit as u32, 16).unwrap_or('0'));
    }
}
