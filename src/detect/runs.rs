//! Lines of a log become runs: a start and an end that belong together, by run id, else by task.

use crate::domain::facts::Beat;
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{Locus, RunId, TaskId};
use crate::domain::time::{Span, Ts};

/// Runs without an end that are remembered while reading on. An agent with more has none that could still end.
const MOST_OPEN: usize = 32;

/// One run, as far as its lines tell.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The line that opened it; agents that write only at the end have none.
    pub opening: Option<&'a Beat>,
    /// The line that ended it. A beat that claims nothing is a run of its own, ended when it was written.
    pub closing: Option<&'a Beat>,
    /// Its newest line: the last sign of life.
    pub last: &'a Beat,
    /// The newest line that listed something done, skipped or failed; else the first line.
    pub progress: Ts,
    /// The next start of the same task, where it came before an end.
    pub superseded: Option<Ts>,
}

impl<'a> Run<'a> {
    fn opened(beat: &'a Beat) -> Self {
        Self {
            opening: Some(beat),
            closing: None,
            last: beat,
            progress: beat.at,
            superseded: None,
        }
    }

    fn whole(beat: &'a Beat) -> Self {
        Self {
            opening: None,
            closing: Some(beat),
            last: beat,
            progress: beat.at,
            superseded: None,
        }
    }

    pub fn first(&self) -> &'a Beat {
        self.opening.or(self.closing).unwrap_or(self.last)
    }

    pub fn id(&self) -> Option<&'a RunId> {
        let own = self.closing.and_then(|beat| beat.run.as_ref());
        own.or_else(|| self.first().run.as_ref())
    }

    pub fn task(&self) -> Option<&'a TaskId> {
        let own = self.closing.and_then(|beat| beat.task.as_ref());
        own.or_else(|| self.first().task.as_ref())
    }

    /// The slot it names.
    pub fn due(&self) -> Option<Ts> {
        self.first().due.or(self.last.due)
    }

    /// When it began, if that is known: written, else end − duration.
    pub fn start(&self) -> Option<Ts> {
        if let Some(opening) = self.opening {
            return Some(opening.started.unwrap_or(opening.at));
        }
        let closing = self.closing?;
        let counted = closing.duration.map(|length| closing.at - length);
        closing.started.or(counted)
    }

    /// When it began, else the first we know of it.
    pub fn begun(&self) -> Ts {
        self.start().unwrap_or(self.first().at)
    }

    pub fn ended(&self) -> Option<Ts> {
        self.closing.map(|beat| beat.at)
    }

    pub fn status(&self) -> RunStatus {
        self.closing.map_or(RunStatus::Running, |beat| beat.status)
    }

    pub fn is_open(&self) -> bool {
        self.closing.is_none()
    }

    /// It ended with a word, well or badly.
    pub fn is_completed(&self) -> bool {
        self.closing.is_some_and(|beat| beat.status.is_final())
    }

    pub fn length(&self) -> Option<Span> {
        let closing = self.closing?;
        closing
            .duration
            .or_else(|| Some(closing.at - self.start()?))
            .filter(|length| length.0 >= 0)
    }

    /// A start without an end by the next start of its task, or by the longest run. Gives the moment it became so.
    pub fn unfinished(&self, now: Ts, longest: Span) -> Option<Ts> {
        if self.closing.is_some() {
            return None;
        }
        let limit = self.begun() + longest;
        let by_time = (now > limit).then_some(limit);
        match (self.superseded, by_time) {
            (Some(next), Some(limit)) => Some(next.min(limit)),
            (next, limit) => next.or(limit),
        }
    }

    /// Where it is best looked at: its last word.
    pub fn locus(&self) -> Locus {
        self.closing.unwrap_or(self.last).locus
    }

    fn touch(&mut self, beat: &'a Beat) {
        self.last = beat;
        if beat.did + beat.skipped + beat.failed > 0 {
            self.progress = beat.at;
        }
    }

    /// Whether a later line belongs to this open run: by run id, where one of the two names none by task.
    fn takes(&self, beat: &Beat) -> bool {
        let mine = self.first();
        match (&mine.run, &beat.run) {
            (Some(a), Some(b)) => {
                a == b && (mine.task.is_none() || beat.task.is_none() || mine.task == beat.task)
            }
            (None, _) | (_, None) => mine.task == beat.task,
        }
    }
}

/// Pairs the lines of one agent's log. They come by time, then place; in another order they are put so first, so that
/// the answer is the same however they arrived. Runs come in the order of their first lines.
pub fn pair(beats: &[Beat]) -> Vec<Run<'_>> {
    if beats.is_sorted_by_key(|beat| (beat.at, beat.locus)) {
        return pair_sorted(beats.iter());
    }
    let mut sorted: Vec<&Beat> = beats.iter().collect();
    sorted.sort_by_key(|beat| (beat.at, beat.locus));
    pair_sorted(sorted.into_iter())
}

fn pair_sorted<'a>(beats: impl ExactSizeIterator<Item = &'a Beat>) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::with_capacity(beats.len());
    let mut open: Vec<usize> = Vec::new();
    for beat in beats {
        let mine = open.iter().rposition(|&at| runs[at].takes(beat));
        match beat.status {
            RunStatus::Running => {
                let again = mine
                    .map(|i| open[i])
                    .filter(|&at| beat.run.is_some() && runs[at].first().run == beat.run);
                if let Some(at) = again {
                    runs[at].touch(beat);
                    continue;
                }
                supersede(&mut runs, &open, beat);
                if open.len() == MOST_OPEN {
                    open.remove(0);
                }
                open.push(runs.len());
                runs.push(Run::opened(beat));
            }
            RunStatus::Ok
            | RunStatus::Partial
            | RunStatus::Skipped
            | RunStatus::Failed
            | RunStatus::Blocked => {
                if let Some(i) = mine {
                    let at = open.remove(i);
                    runs[at].touch(beat);
                    runs[at].closing = Some(beat);
                } else {
                    supersede(&mut runs, &open, beat);
                    runs.push(Run::whole(beat));
                }
            }
            RunStatus::Unknown => {
                if let Some(i) = mine {
                    runs[open[i]].touch(beat);
                } else {
                    runs.push(Run::whole(beat));
                }
            }
        }
    }
    runs
}

fn supersede(runs: &mut [Run<'_>], open: &[usize], beat: &Beat) {
    for &at in open {
        let run = &mut runs[at];
        if run.superseded.is_none() && run.first().task == beat.task {
            run.superseded = Some(beat.started.unwrap_or(beat.at).max(run.begun()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn beat(at: i64, status: RunStatus, run: Option<&str>, task: Option<&str>) -> Beat {
        Beat {
            at: Ts(at * 60_000),
            status,
            run: run.map(RunId::from),
            task: task.map(TaskId::from),
            locus: Locus {
                offset: at as u64,
                ..Locus::default()
            },
            ..Beat::default()
        }
    }

    #[test]
    fn by_run_id_then_by_task() {
        let beats = [
            beat(0, RunStatus::Running, Some("a"), Some("t")),
            beat(1, RunStatus::Running, None, Some("u")),
            beat(2, RunStatus::Ok, None, Some("u")),
            beat(3, RunStatus::Failed, Some("a"), Some("t")),
        ];
        let runs = pair(&beats);
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[0].status(), RunStatus::Failed);
        assert_eq!(runs[0].length(), Some(Span::mins(3)));
        assert_eq!(runs[1].status(), RunStatus::Ok);
    }

    #[test]
    fn one_run_may_report_several_tasks() {
        let beats = [
            beat(0, RunStatus::Running, Some("a"), None),
            beat(2, RunStatus::Ok, Some("a"), Some("t")),
            beat(3, RunStatus::Ok, Some("a"), Some("u")),
        ];
        let runs = pair(&beats);
        let tasks: Vec<_> = runs
            .iter()
            .filter_map(Run::task)
            .map(TaskId::as_str)
            .collect();
        assert_eq!(tasks, ["t", "u"]);
        assert_eq!(runs[0].start(), Some(Ts(0)));
    }

    #[test]
    fn a_start_without_an_end() {
        let beats = [
            beat(0, RunStatus::Running, Some("a"), Some("t")),
            beat(30, RunStatus::Running, Some("b"), Some("t")),
            beat(31, RunStatus::Ok, Some("b"), Some("t")),
        ];
        let runs = pair(&beats);
        let longest = Span::mins(45);
        assert_eq!(
            runs[0].unfinished(Ts(40 * 60_000), longest),
            Some(Ts(30 * 60_000))
        );
        assert_eq!(runs[1].unfinished(Ts(40 * 60_000), longest), None);
        let alone = pair(&beats[..1]);
        assert_eq!(
            alone[0].unfinished(Ts(45 * 60_000), longest),
            None,
            "just before"
        );
        assert_eq!(
            alone[0].unfinished(Ts(45 * 60_000 + 1), longest),
            Some(Ts(45 * 60_000))
        );
    }

    #[test]
    fn a_late_end_still_ends_its_run() {
        let beats = [
            beat(0, RunStatus::Running, Some("a"), Some("t")),
            beat(30, RunStatus::Running, Some("b"), Some("t")),
            beat(33, RunStatus::Ok, Some("a"), Some("t")),
        ];
        let runs = pair(&beats);
        assert!(!runs[0].is_open());
        assert!(runs[1].is_open());
    }

    #[test]
    fn a_beat_that_claims_nothing_is_a_sign_of_life() {
        let beats = [
            beat(0, RunStatus::Running, Some("a"), Some("t")),
            beat(5, RunStatus::Unknown, Some("a"), None),
            beat(6, RunStatus::Unknown, None, None),
        ];
        let runs = pair(&beats);
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[0].last.at, Ts(5 * 60_000));
        assert!(runs[0].is_open());
        assert_eq!(runs[1].status(), RunStatus::Unknown);
    }

    proptest! {
        #[test]
        fn the_same_in_any_order_of_arrival(
            lines in prop::collection::vec((0i64..50, 0u8..4, 0u8..4, 0u8..3), 0..60),
            seed in any::<u64>(),
        ) {
            let mut beats: Vec<Beat> = lines
                .iter()
                .enumerate()
                .map(|(i, &(at, status, run, task))| {
                    let status = [RunStatus::Running, RunStatus::Ok, RunStatus::Failed, RunStatus::Unknown]
                        [usize::from(status)];
                    let run = ["a", "b", "c"].get(usize::from(run)).copied();
                    let task = ["t", "u"].get(usize::from(task)).copied();
                    let mut beat = beat(at, status, run, task);
                    beat.locus.offset = i as u64;
                    beat
                })
                .collect();
            let told = |beats: &[Beat]| -> Vec<String> {
                pair(beats).iter().map(|run| format!("{run:?}")).collect()
            };
            let before = told(&beats);
            let n = beats.len();
            for i in 0..n {
                beats.swap(i, (seed as usize).wrapping_mul(i + 7) % n);
            }
            prop_assert_eq!(before, told(&beats));
        }
    }
}
