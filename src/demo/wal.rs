//! What a run writes beside its beats: write-ahead steps and the lock on what it touches.

use crate::domain::action::Tier;
use crate::domain::time::{Span, Ts};

use super::plants::Fate;
use super::record::{Scene, quote, resource_name, run_id};
use super::rng::Rng;
use super::words::{push_number, say};
use super::world::Member;

/// The write-ahead lines of a run, each with its moment. Only what changes something outside is logged ahead.
pub(super) fn steps(scene: &Scene<'_>) -> Vec<(Ts, String)> {
    let (run, spec) = (scene.run, scene.spec());
    let acts = scene.member.role.voice.steps;
    let irreversible = spec.reversible == Some(false);
    let total = if irreversible {
        acts.len()
    } else {
        acts.len().min(2)
    };
    let Some((done, last)) = progress(run.fate, total).filter(|_| spec.tier == Tier::Mutating)
    else {
        return Vec::new();
    };
    let mut rng = Rng::keyed(&[scene.key_seed(), 5]);
    let width = (run.end - run.start).0 / (total as i64 + 1);
    let mut lines = Vec::new();
    for (nth, (act, target)) in acts.iter().enumerate().take(total.min(done + 1)) {
        let begin = run.start + Span(width * nth as i64 + 400);
        let mut text = String::new();
        say(&mut text, target, &mut rng);
        let asks = matches!(run.fate, Fate::WaitsForYes(_)) && nth + 1 == acts.len();
        let step = Step {
            nth,
            act,
            target: &text,
            irreversible: irreversible && (nth >= 3 || asks),
        };
        let mut log = |share: i64, status| {
            let at = begin + Span(width * share / 3);
            lines.push((at, step.line(scene, at, status)));
        };
        match last {
            _ if nth < done => {
                log(0, "intended");
                if step.irreversible {
                    log(1, "ready");
                }
                log(2, "done");
                if run.fate == Fate::Redone && nth == 0 {
                    let at = begin + Span(width * 5 / 6);
                    let elsewhere = Step {
                        target: "another one",
                        ..step
                    };
                    lines.push((at, elsewhere.line(scene, at, "done")));
                }
            }
            Last::None => {}
            Last::Asks(minutes) => {
                log(0, "intended");
                let yes = run.end + Span::mins(minutes);
                for (at, status) in [(yes, "ready"), (yes + Span::MINUTE, "done")] {
                    lines.push((at, step.line(scene, at, status)));
                }
            }
            Last::Open => log(0, "intended"),
            Last::Failed => {
                log(0, "intended");
                log(2, "failed");
            }
        }
    }
    lines
}

/// What became of the step after those that were done.
#[derive(Clone, Copy)]
enum Last {
    None,
    Open,
    Failed,
    /// Waits so many minutes for a yes.
    Asks(i64),
}

/// How many steps were done and how the next one went; nothing for runs that log none.
fn progress(fate: Fate, total: usize) -> Option<(usize, Last)> {
    match fate {
        Fate::Vanished
        | Fate::AlreadyDone(_)
        | Fate::NothingToDo
        | Fate::Wordless
        | Fate::NeedsHuman => None,
        Fate::FailedAtStep(_) => Some((4.min(total), Last::Open)),
        Fate::Orphaned => Some((1, Last::Open)),
        Fate::WaitsForYes(minutes) => Some((total.saturating_sub(1), Last::Asks(minutes))),
        Fate::Failed(_)
        | Fate::Hung(_)
        | Fate::Misbooked(_)
        | Fate::AskedAgain(_)
        | Fate::Flagged(_) => Some((0, Last::Failed)),
        Fate::Unfinished => Some((0, Last::None)),
        Fate::Ok
        | Fate::Partial
        | Fate::Torn
        | Fate::Halting
        | Fate::WrongClock
        | Fate::Hostile
        | Fate::LeaksSecret
        | Fate::Shrunk
        | Fate::Twice
        | Fate::Empty
        | Fate::Slow
        | Fate::Outlived(_)
        | Fate::Redone
        | Fate::InReview
        | Fate::TakenOver(_) => Some((total, Last::None)),
    }
}

#[derive(Clone, Copy)]
struct Step<'a> {
    nth: usize,
    act: &'a str,
    target: &'a str,
    irreversible: bool,
}

impl Step<'_> {
    fn line(&self, scene: &Scene<'_>, at: Ts, status: &str) -> String {
        let id = run_id(scene.run.seed);
        let key = if scene.once_a_day() {
            format!("newsletter-{}-s{}", scene.program.day, self.nth + 1)
        } else {
            format!("{}:{id}:s{}", scene.planned().id, self.nth + 1)
        };
        let mut line = String::with_capacity(320);
        open_step(&mut line, scene.member, at, &id);
        for (name, value) in [
            ("task", scene.planned().id.as_str()),
            ("step", &format!("s{}", self.nth + 1)),
            ("do", self.act),
            ("target", self.target),
            ("tier", scene.spec().tier.word()),
            ("key", &key),
            ("status", status),
        ] {
            line.push_str(",\"");
            line.push_str(name);
            line.push_str("\":");
            quote(&mut line, value);
        }
        line.push_str(if self.irreversible {
            ",\"reversible\":false"
        } else {
            ",\"reversible\":true"
        });
        line.push_str(",\"epoch\":");
        push_number(&mut line, u64::from(scene.run.epoch()));
        line.push_str("}\n");
        line
    }
}

fn open_step(line: &mut String, member: &Member, at: Ts, id: &str) {
    line.push_str("{\"ts\":\"");
    line.push_str(&member.zone.rfc3339(at));
    line.push_str("\",\"run_id\":\"");
    line.push_str(id);
    line.push('"');
}

/// The lock a run holds while it touches its resource.
pub(super) fn lock(scene: &Scene<'_>) -> Option<(String, String)> {
    let resource = scene.spec().resource?;
    let run = scene.run;
    let (id, at) = (run_id(run.seed), scene.member.zone.rfc3339(run.start));
    let text = format!(
        "{{\"holder\":\"{}\",\"run_id\":\"{id}\",\"epoch\":{},\"acquired\":\"{at}\",\"renewed\":\"{at}\",\"ttl_s\":1800}}\n",
        scene.member.name,
        run.epoch()
    );
    Some((resource_name(scene.member, resource), text))
}
