//! Orders on what another day left: most of what is found in the morning went wrong before midnight.

use super::bench::{Bench, said};
use crate::domain::fleet::TaskState;
use crate::ops::*;

/// The evening of the 28th, looked at the next morning.
fn morning_after(tasks: &str) -> Bench {
    let world = Bench::agent()
        .beats(&["20:00 ok other run=r0", "21:00 failed post run=r1"])
        .beats(&[
            "22:00 running mail run=r2",
            "23:00 running other run=r3",
            "23:05 ok other run=r3",
        ]);
    Bench::new(world, tasks).at("+1d 06:30")
}

const EVENING: &str = r#"{"id":"mail","tier":"read-only","due":"2026-03-28T22:00:00Z","status":"claimed","claim":{"by":"a","run":"r2","at":"2026-03-28T22:00:00Z","epoch":3,"lease_s":1800}},
  {"id":"post","tier":"read-only","due":"2026-03-28T21:00:00Z","status":"failed"},
  {"id":"gone","tier":"read-only","due":"2026-03-28T20:30:00Z","status":"pending"}"#;

#[test]
fn what_last_night_left_is_set_right_in_the_morning() {
    let mut bench = morning_after(EVENING);
    assert!(bench.look().tasks.is_empty(), "none of it is due today");
    assert_eq!(
        said(&bench.done(Verb::Reclaim, "mail")).0,
        "reclaims mail: pending, epoch 3 → 4, and lets its agent take it again"
    );
    bench.done(Verb::Retry, "post");
    bench.done(Verb::Skip, "gone");
    let text = bench.text();
    assert!(
        text.contains(r#""status":"pending","claim":{"by":null,"epoch":4}"#),
        "{text}"
    );
    let task = |id: &str| {
        let lines = text
            .lines()
            .find(|line| line.contains(&format!("\"id\":\"{id}\"")));
        lines.expect("a line").to_owned()
    };
    assert!(task("post").contains(r#""status":"pending""#), "{text}");
    assert!(task("gone").contains(r#""status":"skipped""#), "{text}");
}

#[test]
fn a_task_of_another_day_of_the_week_can_be_held() {
    let mut bench = morning_after(
        r#"{"id":"weekly","tier":"read-only","schedule":{"kind":"cron","expr":"0 9 * * 1","tz":"UTC"}}"#,
    );
    bench.done(Verb::Hold, "weekly");
    assert!(bench.text().contains(r#""held""#), "{}", bench.text());
    let view = bench.look();
    let states: Vec<TaskState> = view.every_task().map(|task| task.state).collect();
    assert_eq!(states, [TaskState::Held]);
}

#[test]
fn a_task_that_has_done_its_work_since_does_not_do_it_for_yesterday() {
    let world = Bench::agent()
        .beats(&["06:00 ok daily run=r0", "23:00 ok other run=r1"])
        .beats(&["+1d 06:00 ok daily run=r2", "+1d 06:10 ok other run=r3"]);
    let mut bench = Bench::new(
        world,
        r#"{"id":"daily","tier":"mutating","key":"k","schedule":{"kind":"cron","expr":"0 6,22 * * *","tz":"UTC"}}"#,
    )
    .at("+1d 06:30");
    bench.bytes = bench
        .text()
        .replace(r#""date":"2026-03-28","#, "")
        .into_bytes();
    let open = bench.look().other_days;
    assert_eq!(
        open[0].state,
        TaskState::SkippedSilently,
        "22:00 of yesterday"
    );
    let refused = bench.refused(Verb::Retry, "daily");
    assert!(refused.contains("done"), "{refused}");
}
