//! `plan_lint` between agents: two slots of tomorrow that want one resource too close together.

use super::{Across, Found, head};
use crate::detect::ahead::Taking;
use crate::domain::finding::{Evidence, FindingKind, Severity, Threshold};
use crate::domain::id::{AgentId, Locus};
use crate::domain::link::{End, Link, LinkKind};
use crate::domain::policy::Source;
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::plan::free::Taken;
use crate::plan::lint::between::{Booking, Clash, clashes};

/// More than this of one fleet are told by the first few.
const MOST: usize = 20;

/// What is planned too close together today is no finding any more: it is drawn, and becomes a collision if it happens.
pub fn today(across: &Across<'_>, found: &mut Found) {
    let links = across.memory.too_close.get_or_init(|| too_close(across));
    found.links.extend_from_slice(links);
}

fn too_close(across: &Across<'_>) -> Vec<Link> {
    let booked = booked(across, |taking| &taking.today);
    let link = |clash: &Clash<'_>| {
        let end = |(agent, one): (&AgentId, &Booking)| End {
            agent: agent.clone(),
            task: Some(one.task.clone()),
            at: one.at,
        };
        let ((other, first), (agent, second)) = (clash.first, clash.second);
        Link {
            kind: LinkKind::Spacing,
            from: end(clash.first),
            to: end(clash.second),
            resource: Some(clash.resource.clone()),
            says: format!(
                "{agent}/{} {} and {other}/{} {} on {}: {} apart are wanted",
                second.task,
                across.zone.hhmm(second.at),
                first.task,
                across.zone.hhmm(first.at),
                clash.resource.shown_within(24),
                clash.needed
            ),
        }
    };
    clashes(&booked).iter().take(MOST).map(link).collect()
}

pub fn check(across: &Across<'_>, found: &mut Found) {
    let booked = booked(across, |taking| &taking.tomorrow);
    for clash in clashes(&booked).iter().take(MOST) {
        tell(across, clash, found);
    }
}

/// What agents book of a day that want something another wants, too.
fn booked<'a>(
    across: &Across<'a>,
    day: impl Fn(&'a Taking) -> &'a [Booking],
) -> Vec<(&'a AgentId, &'a Booking)> {
    let wanted = &across.memory.wanted;
    let shared = wanted.repeated();
    let sharing = wanted.having(&shared).map(|at| &across.judged[at]);
    sharing
        .flat_map(|one| day(&one.trace.taking).iter().map(|b| (&one.view.id, b)))
        .collect()
}

fn tell(across: &Across<'_>, clash: &Clash<'_>, found: &mut Found) {
    let ((other, first), (agent, second)) = (clash.first, clash.second);
    let severity = if clash.is_sure() {
        Severity::Warning
    } else {
        Severity::Info
    };
    let mut finding = head(
        FindingKind::PlanLint,
        severity,
        agent,
        Some(&second.task),
        first.since.max(second.since),
    );
    let sure = if clash.certain { "" } else { " at worst" };
    let gap = second.at - second.jitter - (first.at + first.jitter + first.estimate);
    let apart = if gap.0 < 0 {
        format!("overlaps {other}/{}", first.task)
    } else {
        format!("{gap} after {other}/{}", first.task)
    };
    let again = if clash.times > 1 {
        format!(", ×{}", clash.times)
    } else {
        String::new()
    };
    finding.sentence = format!(
        "tomorrow: {} {} on {} {apart} {}{sure}{again}",
        second.task,
        across.zone.hhmm(second.at),
        clash.resource.shown_within(24),
        across.zone.hhmm(first.at),
    );
    finding.threshold = Some(Threshold {
        text: format!("{} apart", clash.needed),
        source: clash.spacing.map_or(Source::Default, |_| Source::Declared),
    });
    finding.evidence = vec![
        evidence(across, other, first.place),
        evidence(across, agent, second.place),
    ];
    finding.clears = match room(across, clash) {
        Some(at) => format!(
            "when one of them moves: {} is free for {}",
            across.zone.hhmm(at),
            second.task
        ),
        None => "when one of them moves".to_owned(),
    };
    found.findings.push(finding);
}

/// A start near its own at which the agent is idle and nobody else is near the resource.
fn room(across: &Across<'_>, clash: &Clash<'_>) -> Option<Ts> {
    let (agent, mine) = clash.second;
    let own = across.judged.iter().find(|one| one.view.id == *agent)?;
    let window = own.trace.taking.window?;
    let own_stretch = (mine.at - mine.jitter, mine.at + mine.jitter + mine.estimate);
    let mut busy: Vec<(Ts, Ts)> = own.trace.taking.busy.clone();
    busy.retain(|stretch| *stretch != own_stretch);
    for one in across.judged.iter().filter(|one| one.view.id != *agent) {
        let same = one
            .trace
            .taking
            .tomorrow
            .iter()
            .filter(|b| b.resources.iter().any(|r| mine.resources.contains(r)));
        busy.extend(same.map(|b| {
            let apart = crate::plan::lint::between::needed(b, mine).0;
            (
                b.at - b.jitter - apart,
                b.at + b.jitter + b.estimate + apart,
            )
        }));
    }
    let length: Span = own_stretch.1 - own_stretch.0;
    let start = Taken::new(window, busy).nearest(length.max(Span::MINUTE), own_stretch.0)?;
    Some(start + mine.jitter)
}

fn evidence(across: &Across<'_>, agent: &AgentId, locus: Locus) -> Evidence {
    let owner = across.judged.iter().find(|one| one.view.id == *agent);
    let file = owner.and_then(|one| one.view.files.iter().find(|file| file.id == locus.file));
    Evidence {
        file: file.map_or_else(|| Untrusted::from("?"), |file| file.path.clone()),
        locus,
        text: Untrusted::from("planned"),
        at: None,
    }
}
