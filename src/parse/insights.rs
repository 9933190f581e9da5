//! `INSIGHTS.md` and its kin: what an agent learned, by day.
//!
//! Only dated entries count: a heading, bullet or table row that names its day or its week, or the file's own name, as of a
//! retro for each day. A prompt, a template or an essay of
//! that name has none and gives nothing.

use crate::domain::heartbeat::Stamp;
use crate::domain::insight::{Insight, InsightKind};
use crate::domain::text::Untrusted;

use super::lines::{Line, LineKind, cells, checkbox, field, lines};
use super::timestamp::{self, Found, Frame};
use super::{Body, Chunk, Context, Record, Rest, dated};

/// Longest text of one insight, in bytes.
const MOST_TEXT: usize = 2_000;

pub(super) fn read(chunk: Chunk<'_>, ctx: &Context<'_>, take: impl FnMut(Record<'_>)) -> Rest {
    let mut reading = Reading {
        ctx,
        base: chunk.offset,
        section: of_name(ctx),
        pending: Vec::new(),
        take,
    };
    for line in lines(chunk.bytes, chunk.line) {
        reading.line(&line);
    }
    reading.hand_out();
    let newlines = memchr::memchr_iter(b'\n', chunk.bytes).count() as u32;
    Rest {
        consumed: chunk.bytes.len(),
        next_line: chunk.line + newlines,
        ..Rest::default()
    }
}

/// The section of a file that is named after its day or week: everything in it.
fn of_name(ctx: &Context<'_>) -> Option<Section> {
    let name = ctx.path.rsplit('/').next()?;
    let day = timestamp::day_in_name(name).or_else(|| timestamp::week_in(name))?;
    let found = Found {
        day: Some(day),
        ..Found::default()
    };
    let stamp = found.stamp(&Frame {
        zone: ctx.zone,
        day: None,
        vocabulary: ctx.vocabulary,
    })?;
    Some(Section::new(stamp, 0, false))
}

/// What is in force below a dated heading.
struct Section {
    stamp: Stamp,
    level: usize,
    kind: InsightKind,
    /// The heading itself told the insight; only bullets under a named kind add to it.
    titled: bool,
    /// A bullet that can still be continued.
    open: bool,
    /// The first record that waits is the heading's own, which the fields below it add to.
    told: bool,
    /// The next line is its summary.
    summed: bool,
}

impl Section {
    fn new(stamp: Stamp, level: usize, titled: bool) -> Self {
        Self {
            stamp,
            level,
            kind: InsightKind::Other,
            titled,
            open: false,
            told: titled,
            summed: false,
        }
    }
}

struct Reading<'a, 'c, T> {
    ctx: &'a Context<'c>,
    base: u64,
    section: Option<Section>,
    /// What may still be added to: the last bullet, and all of a section whose heading told something.
    pending: Vec<Record<'static>>,
    take: T,
}

impl<T: FnMut(Record<'_>)> Reading<'_, '_, T> {
    fn hand_out(&mut self) {
        self.pending.drain(..).for_each(&mut self.take);
    }

    fn line(&mut self, line: &Line) {
        match line.kind {
            LineKind::Heading(level) => self.heading(line, level),
            LineKind::Bullet(indent) => self.bullet(line, indent),
            LineKind::Row => self.row(line),
            LineKind::Text => self.text(line),
            LineKind::Blank => self.end_bullet(),
        }
    }

    fn stamp(&self, found: &Found) -> Option<Stamp> {
        let frame = Frame {
            zone: self.ctx.zone,
            day: None,
            vocabulary: self.ctx.vocabulary,
        };
        found.stamp(&frame)
    }

    fn heading(&mut self, line: &Line, level: usize) {
        self.end_bullet();
        let dated = dated::in_heading(&line.text, self.ctx.vocabulary).or_else(|| week(&line.text));
        if let Some((found, title)) = dated
            && let Some(stamp) = self.stamp(&found)
        {
            let titled = title.split_whitespace().count() >= 3
                || title.starts_with('[')
                || title.contains(": ");
            self.hand_out();
            self.section = Some(Section::new(stamp, level, titled));
            if titled {
                self.push(line, stamp, InsightKind::Other, &title, None);
            }
            return;
        }
        match &mut self.section {
            Some(section) if level > section.level => {
                section.kind = kind(&line.text).unwrap_or(InsightKind::Other);
                section.summed = line.text.to_lowercase().starts_with("summary");
            }
            // A heading beside or above the dated one ends it.
            Some(_) => self.section = None,
            None => {}
        }
    }

    fn bullet(&mut self, line: &Line, indent: usize) {
        let (done, text) = checkbox(&line.text);
        if let Some((found, rest)) = dated::in_bullet(text, self.ctx.vocabulary)
            && found.day.is_some()
            && rest.split_whitespace().count() >= 2
            && let Some(stamp) = self.stamp(&found)
        {
            self.push(
                line,
                stamp,
                kind(rest).unwrap_or(InsightKind::Other),
                rest,
                done,
            );
            return;
        }
        if indent >= 2 {
            self.text(line);
            return;
        }
        let Some(section) = &mut self.section else {
            return;
        };
        if section.titled && section.kind == InsightKind::Other {
            return;
        }
        section.open = true;
        let (stamp, kind) = (section.stamp, section.kind);
        self.push(line, stamp, kind, text, done);
    }

    /// `| 2026-03-02 | what was found | where |`
    fn row(&mut self, line: &Line) {
        self.end_bullet();
        let mut cells = cells(&line.text);
        let Some((found, end)) = cells.next().and_then(|c| {
            timestamp::scan(c, self.ctx.vocabulary).filter(|(_, end)| *end == c.len())
        }) else {
            return;
        };
        let _ = end;
        if let (Some(stamp), Some(text)) =
            (self.stamp(&found), cells.next().filter(|t| !t.is_empty()))
        {
            self.push(line, stamp, InsightKind::Other, text, None);
        }
    }

    /// A field below a titled entry that says when exactly it was written, or the line that sums it up.
    fn about(&mut self, line: &Line) -> bool {
        let refined = field(&line.text)
            .and_then(|(name, value)| dated::in_field(&name, value, self.ctx.vocabulary))
            .filter(|found| found.day.is_some() && found.clock.is_some())
            .and_then(|found| self.stamp(&found));
        let Some(section) = &mut self.section else {
            return false;
        };
        let told = self.pending.first_mut().filter(|_| section.told);
        let Some(Body::Insight(told)) = told.map(|record| &mut record.body) else {
            return false;
        };
        if let Some(stamp) = refined {
            (told.at, section.stamp) = (stamp, stamp);
            return true;
        }
        if std::mem::take(&mut section.summed) {
            let joined = format!("{}: {}", told.text.exact(), line.text);
            if joined.len() < MOST_TEXT {
                told.tags = tags(&joined);
                told.text = Untrusted::from(joined);
            }
            return true;
        }
        false
    }

    /// Continues the bullet above.
    fn text(&mut self, line: &Line) {
        if self.about(line) {
            return;
        }
        if self.marked(line) {
            return;
        }
        let open = self.section.as_ref().is_some_and(|s| s.open);
        if let Some(record) = self.pending.last_mut().filter(|_| open)
            && let Body::Insight(insight) = &mut record.body
            && insight.text.exact().len() + line.text.len() < MOST_TEXT
        {
            let joined = format!("{} {}", insight.text.exact(), line.text);
            insight.tags = tags(&joined);
            insight.text = Untrusted::from(joined);
            record.len = (self.base + line.end as u64 - record.offset) as u32;
        }
    }

    /// A line of its own that says by its mark or its bold label what kind it is: `✅ Early replies`, `**What worked:** early
    /// replies`.
    fn marked(&mut self, line: &Line) -> bool {
        const MARKS: &[&str] = &["✅", "❌", "🔄", "👍", "👎", "💡"];
        let Some(section) = self.section.as_ref().filter(|section| !section.titled) else {
            return false;
        };
        let stamp = section.stamp;
        if MARKS.iter().any(|mark| line.text.starts_with(mark)) {
            let kind = kind(&line.text).unwrap_or(section.kind);
            self.push(line, stamp, kind, &line.text, None);
            return true;
        }
        let labelled = field(&line.text).filter(|_| line.text.starts_with("**"));
        let Some((kind, said)) = labelled.and_then(|(name, said)| Some((kind(&name)?, said)))
        else {
            return false;
        };
        let told = !said.is_empty();
        if told {
            self.push(line, stamp, kind, said, None);
        }
        told
    }

    fn end_bullet(&mut self) {
        if let Some(section) = &mut self.section {
            section.open = false;
        }
    }

    fn push(&mut self, line: &Line, at: Stamp, kind: InsightKind, text: &str, done: Option<bool>) {
        if text.is_empty() || text.len() > MOST_TEXT {
            return;
        }
        if !self.section.as_ref().is_some_and(|section| section.told) {
            self.hand_out();
        }
        self.pending.push(Record {
            body: Body::Insight(Insight {
                at,
                kind,
                text: Untrusted::from(text),
                tags: tags(text),
                done,
                line: line.number,
            }),
            offset: self.base + line.offset as u64,
            len: (line.end - line.offset) as u32,
            line: line.number,
        });
    }
}

/// A heading that names a week and says nothing else.
fn week(heading: &str) -> Option<(Found, String)> {
    let found = Found {
        day: Some(timestamp::week_in(heading)?),
        ..Found::default()
    };
    Some((found, String::new()))
}

/// `#word` tokens.
fn tags(text: &str) -> Vec<Untrusted> {
    if !text.contains('#') {
        return Vec::new();
    }
    let tag = |word: &str| {
        let name = word
            .strip_prefix('#')?
            .trim_end_matches(|c: char| !c.is_alphanumeric());
        name.starts_with(char::is_alphabetic)
            .then(|| Untrusted::from(name))
    };
    text.split_whitespace().filter_map(tag).collect()
}

/// What a heading says about what stands below it. "What didn't work" is not "worked".
fn kind(heading: &str) -> Option<InsightKind> {
    let text = heading.to_lowercase();
    let text = if text.contains('’') {
        text.replace('’', "'")
    } else {
        text
    };
    let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
    let starts = |words: &[&str]| {
        let first = text.trim_start_matches(|c: char| !c.is_alphanumeric());
        words.iter().any(|w| first.starts_with(w))
    };
    if has(&[
        "didn't",
        "didnt",
        "did not",
        "not work",
        "went badly",
        "❌",
        "doesn't work",
    ]) || starts(&["failed", "failure", "bad", "stop"])
    {
        return Some(InsightKind::Didnt);
    }
    if has(&["worked", "went well", "✅", "works"]) || starts(&["keep", "win", "good"]) {
        return Some(InsightKind::Worked);
    }
    if starts(&[
        "change",
        "next",
        "action",
        "try",
        "start",
        "todo",
        "to do",
        "to try",
        "suggested action",
        "improve",
    ]) {
        return Some(InsightKind::Change);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Ts, Zone};
    use crate::parse::vocabulary::Vocabulary;
    use crate::parse::{Reader, log};

    fn insights(text: &str) -> Vec<(String, InsightKind, String, Option<bool>, u32)> {
        let vocabulary = Vocabulary::default();
        let ctx = Context {
            path: "INSIGHTS.md",
            zone: Zone::UTC,
            modified: Ts(0),
            vocabulary: &vocabulary,
        };
        let chunk = Chunk::whole(text.as_bytes());
        let parsed = log(Reader::Insights, chunk, &ctx);
        let each = parsed.records.into_iter().map(|r| match r.body {
            Body::Insight(i) => (
                ctx.zone.day_of(i.at.at).to_string(),
                i.kind,
                i.text.exact().to_owned(),
                i.done,
                r.line,
            ),
            Body::Beat(_) | Body::Step(_) => panic!("an insight"),
        });
        each.collect()
    }

    fn brief(text: &str) -> Vec<(InsightKind, String)> {
        insights(text)
            .into_iter()
            .map(|(_, kind, text, _, _)| (kind, text))
            .collect()
    }

    #[test]
    fn the_contract_form() {
        let text = "# INSIGHTS — social\n## 2026-03-29\n### Worked\n- Replies early. #timing\n  continued\n### Didn't\n- Pricing\n### Change\n- [ ] Drop it\n- [x] Kept\n";
        let day = || "2026-03-29".to_owned();
        assert_eq!(
            insights(text),
            [
                (
                    day(),
                    InsightKind::Worked,
                    "Replies early. #timing continued".into(),
                    None,
                    4
                ),
                (day(), InsightKind::Didnt, "Pricing".into(), None, 7),
                (day(), InsightKind::Change, "Drop it".into(), Some(false), 9),
                (day(), InsightKind::Change, "Kept".into(), Some(true), 10),
            ]
        );
    }

    #[test]
    fn headings_are_matched_loosely() {
        for (heading, expected) in [
            ("What went well", InsightKind::Worked),
            ("✅ Keep", InsightKind::Worked),
            ("What didn’t work", InsightKind::Didnt),
            ("❌", InsightKind::Didnt),
            ("Next week", InsightKind::Change),
            ("Actions", InsightKind::Change),
            ("Numbers", InsightKind::Other),
        ] {
            let text = format!("## Week of 2026-03-29\n### {heading}\n- it\n");
            assert_eq!(brief(&text), [(expected, "it".to_owned())], "{heading}");
        }
    }

    #[test]
    fn dated_titles_bullets_and_rows() {
        assert_eq!(
            brief(
                "### 2026-02-08 NOTE — Short videos are found first\n**Confidence:** high\n- proof\n"
            ),
            [(
                InsightKind::Other,
                "NOTE — Short videos are found first".to_owned()
            )]
        );
        assert_eq!(
            brief("- 2026-02-08: replies work better early\n")[0].1,
            "replies work better early"
        );
        assert_eq!(
            brief("| day | what |\n|---|---|\n| 2026-02-08 | a thing |\n")[0].1,
            "a thing"
        );
        assert_eq!(
            brief("## [LRN-20260331-606D] how to check after upgrades\n").len(),
            1
        );
    }

    #[test]
    fn an_insights_file_that_is_a_prompt_gives_nothing() {
        let text = "# Playbook\nYou write one object:\n```json\n## 2026-03-29\n- not this\n```\n### Worked\n- nor this\n- [ ] nor that\n";
        assert_eq!(insights(text), []);
    }

    #[test]
    fn an_undated_heading_ends_the_dated_section() {
        assert_eq!(
            brief("## 2026-03-29\n- a b\n## Glossary\n- c d\n"),
            [(InsightKind::Other, "a b".to_owned())]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[#\\-*|\\[\\] 0-9:a-z`\nx✅~]{0,80}") {
            let _ = insights(&text);
        }
    }
}
