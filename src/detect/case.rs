//! The case of one agent: its facts put in order once, for every verdict about it.

use std::borrow::Cow;
use std::rc::Rc;

use super::active::Active;
use crate::domain::facts::{AgentFacts, Beat, FileRole, FileState, Sight, StepFact};
use crate::domain::finding::Evidence;
use crate::domain::heartbeat::ItemClass;
use crate::domain::id::Locus;
use crate::domain::policy::{Policy, Source, Sourced};
use crate::domain::schedule::Quiet;
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts, Zone};
use crate::plan::calendar::{Calendar, Window};
use crate::plan::expand::Read;
use crate::plan::quiet;
use crate::plan::rhythm::{self, Rhythm};

/// Silence is counted over at most this long.
const LONGEST_SILENCE: Span = Span::days(40);
/// A file that does not parse is retried this long before it is believed.
pub const RETRIES: Span = Span::secs(10);

/// Everything a verdict about one agent may ask.
pub struct Case<'a> {
    pub facts: &'a AgentFacts,
    pub sight: &'a Sight,
    pub now: Ts,
    pub policy: &'a Policy,
    pub zone: Sourced<Zone>,
    pub today: Window,
    pub yesterday: Ts,
    after_tomorrow: Ts,
    /// What was known at `now`, by time.
    pub beats: Cow<'a, [Beat]>,
    pub steps: &'a [StepFact],
    /// Without quiet hours, sleep and blindness.
    pub active: Active,
    /// Without sleep and blindness.
    pub awake: Active,
    /// Slots by the plan: as many days of them as tell it.
    pub rhythm: Rhythm,
    /// What is known at `now` of its plans.
    pub plans: Vec<Read<'a>>,
    /// Of its zone, eleven days back and eight ahead.
    pub calendar: Rc<Calendar>,
    /// The newest plan or log has not parsed since then.
    pub unread: Option<Ts>,
    /// We cannot see since then.
    pub blind: Option<Ts>,
}

impl<'a> Case<'a> {
    pub fn new(facts: &'a AgentFacts, sight: &'a Sight, now: Ts, policy: &'a Policy) -> Self {
        let zone = zone_of(facts, policy, now);
        let day = zone.value.day_of(now);
        let beats = known_beats(facts, now);
        let steps = &facts.steps[..facts.steps.partition_point(|fact| fact.step.at.at <= now)];
        let own_quiet = super::ahead::quiet_of(policy, &facts.id);
        let newest = facts
            .plans
            .iter()
            .rev()
            .find(|version| version.known <= now);
        let planned_quiet = newest.map_or(&[][..], |version| &version.plan.quiet);
        let (active, awake) = counted(zone.value, own_quiet, planned_quiet, &beats, sight, now);
        let plans = Read::known(&facts.plans, now);
        let calendar = Calendar::shared(zone.value, rhythm::looked_at(now));
        let rhythm = rhythm::gather(&plans, &calendar, own_quiet, now);
        let mut case = Self {
            facts,
            sight,
            now,
            policy,
            zone,
            today: Window::new(zone.value.start_of(day), zone.value.end_of(day)),
            yesterday: zone.value.start_of(day.plus(-1)),
            after_tomorrow: zone.value.end_of(day.plus(1)),
            beats,
            steps,
            active,
            awake,
            rhythm,
            plans,
            calendar,
            unread: unread_since(facts, now),
            blind: None,
        };
        case.blind = super::agent_state::blind_since(&case);
        case
    }

    pub fn tomorrow(&self) -> Window {
        Window::new(self.today.to, self.after_tomorrow)
    }

    /// `07:10` today, `Thu 07:10` within the week, else with its date: by the clock of the screen, like every other time on
    /// it, wherever the agent lives.
    pub fn when(&self, at: Ts) -> String {
        self.policy.zone.value.told(at, self.now)
    }

    /// How long ago something was, coarsely: `4m`, `3h12m`.
    pub fn ago(&self, at: Ts) -> Span {
        let span = self.now - at;
        if span < Span::MINUTE {
            return Span(span.0.max(0).div_euclid(1_000) * 1_000);
        }
        Span(span.0.div_euclid(60_000) * 60_000)
    }

    pub fn file(&self, locus: Locus) -> Untrusted {
        let path = self.facts.path(locus.file);
        path.map_or_else(|| Untrusted::from("?"), Untrusted::clone)
    }

    pub fn evidence(&self, locus: Locus, text: impl Into<Untrusted>) -> Evidence {
        Evidence {
            file: self.file(locus),
            locus,
            at: None,
            text: text.into(),
        }
    }

    /// A line of the log as evidence, in the agent's words where they are kept.
    pub fn evidence_of(&self, beat: &Beat) -> Evidence {
        let what = self
            .say(beat, ItemClass::Failed)
            .or_else(|| self.message(beat))
            .unwrap_or_else(|| Untrusted::from(status_line(beat)));
        self.evidence(beat.locus, what).written(beat.at)
    }

    /// The first item of a class, with its reason.
    pub fn say(&self, beat: &Beat, class: ItemClass) -> Option<Untrusted> {
        let (_, id) = beat.items.iter().find(|(of, _)| *of == class)?;
        let item = self.facts.items.get(id)?;
        match &item.why {
            Some(why) if !item.what.is_empty() => Some(Untrusted::from(format!(
                "{}: {}",
                item.what.exact(),
                why.exact()
            ))),
            Some(why) => Some(why.clone()),
            None => Some(item.what.clone()),
        }
    }

    /// The line for people.
    pub fn message(&self, beat: &Beat) -> Option<Untrusted> {
        let (_, id) = beat
            .items
            .iter()
            .find(|(of, _)| *of == ItemClass::Message)?;
        Some(self.facts.items.get(id)?.what.clone())
    }

    /// Only what the agent itself wrote into its log says something about its tasks; without a log the plan must do.
    pub fn is_plan_only(&self) -> bool {
        self.beats.is_empty()
    }
}

fn status_line(beat: &Beat) -> String {
    let mut text = beat.status.word().to_owned();
    if let Some(task) = &beat.task {
        text.push(' ');
        text.push_str(&task.shown());
    }
    text
}

/// Facts of a past moment may reach beyond it; what came later does not exist yet.
fn known_beats(facts: &AgentFacts, now: Ts) -> Cow<'_, [Beat]> {
    if facts.beats.is_sorted_by_key(|beat| (beat.at, beat.locus)) {
        let known = facts.beats.partition_point(|beat| beat.at <= now);
        return Cow::Borrowed(&facts.beats[..known]);
    }
    let mut beats: Vec<Beat> = facts
        .beats
        .iter()
        .filter(|beat| beat.at <= now)
        .cloned()
        .collect();
    beats.sort_by_key(|beat| (beat.at, beat.locus));
    Cow::Owned(beats)
}

fn zone_of(facts: &AgentFacts, policy: &Policy, now: Ts) -> Sourced<Zone> {
    if let Some(set) = policy.pick(&facts.id, |own| own.zone) {
        return set;
    }
    let mut known = facts.plans.iter().rev().filter(|plan| plan.known <= now);
    known
        .find_map(|version| version.plan.zone)
        .map_or(policy.zone, |zone| Sourced::new(zone, Source::Declared))
}

fn counted(
    zone: Zone,
    own: &[Quiet],
    planned: &[Quiet],
    beats: &[Beat],
    sight: &Sight,
    now: Ts,
) -> (Active, Active) {
    let awake = Active::without(sight.gaps.clone());
    let hours: Vec<Quiet> = own.iter().chain(planned).copied().collect();
    if hours.is_empty() {
        return (awake.clone(), awake);
    }
    let earliest = beats[beats.len().saturating_sub(40)..]
        .first()
        .map_or(now - Span::days(9), |beat| beat.at)
        .min(now - Span::days(9))
        .max(now - LONGEST_SILENCE);
    let window = Window::new(earliest, now + Span::days(9));
    let mut stretches = quiet::stretches(zone, &hours, window);
    stretches.extend_from_slice(&sight.gaps);
    (Active::without(stretches), awake)
}

/// Since when the newest plan or log does not parse, past the time of retries.
fn unread_since(facts: &AgentFacts, now: Ts) -> Option<Ts> {
    let judged = |role| match role {
        FileRole::Log | FileRole::Plan => true,
        FileRole::Insights
        | FileRole::Wal
        | FileRole::Lock
        | FileRole::LifeSign
        | FileRole::Document => false,
    };
    let newest = |role: FileRole| {
        facts
            .files
            .iter()
            .filter(|file| file.role == role)
            .max_by_key(|file| file.modified)
    };
    [FileRole::Log, FileRole::Plan]
        .into_iter()
        .filter_map(newest)
        .filter(|file| judged(file.role))
        .filter_map(|file| match &file.state {
            FileState::Torn { since, .. } | FileState::Unreadable { since, .. } => Some(*since),
            FileState::Good | FileState::Gone { .. } => None,
        })
        .filter(|&since| now - since > RETRIES)
        .min()
}
