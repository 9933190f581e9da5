//! Whole verdicts on small histories: each threshold just before and just after, clock changes, midnight, odd rhythms.

use super::scenario::Scenario;
use crate::domain::agent::AgentState;
use crate::domain::finding::{FindingKind, Severity};
use crate::domain::fleet::{RowState, TaskState};
use crate::domain::policy::{Overrides, Source};
use crate::domain::time::Span;

/// An agent that writes starts, on a standing day plan.
fn mail() -> Scenario {
    Scenario::agent("mail").beats(&[
        "-1d 10:00 running inbox run=y1",
        "-1d 10:02 ok inbox run=y1",
    ])
}

#[test]
fn a_slot_from_upcoming_to_missed() {
    let plan = mail().plan(&["inbox due=10:00 jitter=5m"]);
    let state = |at: &str, ms: i64| plan.clone().at(at).plus(ms).state("inbox");
    assert_eq!(state("09:55", -1), TaskState::Upcoming);
    assert_eq!(state("09:55", 0), TaskState::Due);
    assert_eq!(state("10:05", 0), TaskState::Due);
    assert_eq!(state("10:05", 1), TaskState::Late);
    assert_eq!(state("10:20", 0), TaskState::Late);
    assert_eq!(state("10:20", 1), TaskState::Missed);
    let judged = plan.at("10:20").plus(1).judge();
    let missed = &judged.findings[0];
    assert_eq!(missed.kind, FindingKind::Missed);
    assert_eq!(missed.severity, Severity::Warning);
    assert_eq!(missed.since, judged.view.tasks[0].slot.unwrap());
    assert_eq!(judged.view.tally.unaccounted, 1);
    assert_eq!(judged.view.row, RowState::Gap);
}

#[test]
fn skipped_silently_needs_a_completed_run_that_began_in_time() {
    let base = mail().plan(&["digest due=10:00", "inbox due=11:00"]);
    let late_witness = base
        .clone()
        .beats(&["10:30 running inbox run=b", "10:31 ok inbox run=b"]);
    assert_eq!(
        late_witness.at("10:40").state("digest"),
        TaskState::SkippedSilently
    );
    let early = base
        .clone()
        .beats(&["09:58 running inbox run=b", "10:10 ok inbox run=b"]);
    assert_eq!(
        early.at("10:40").state("digest"),
        TaskState::Missed,
        "began before the slot"
    );
    let still_runs = base.clone().beat("10:30 running inbox run=b");
    assert_eq!(
        still_runs.at("10:40").state("digest"),
        TaskState::Missed,
        "not completed"
    );
    let by_length = base.clone().beat("10:10 ok inbox dur=600");
    assert_eq!(
        by_length.at("10:40").state("digest"),
        TaskState::SkippedSilently
    );
    let found = base.beat("10:30 ok inbox dur=60").at("10:40").judge();
    assert_eq!(found.findings[0].kind, FindingKind::SkippedSilently);
    assert_eq!(found.view.headline, "digest skipped silently, due 10:00");
}

#[test]
fn an_end_only_agent_is_given_a_runs_length() {
    let mut end_only = Scenario::agent("audit").plan(&["audit due=10:00"]);
    for day in -6..0 {
        end_only = end_only
            .plan_of(day, &["audit due=10:00"])
            .beat(&format!("{day}d 10:40 ok audit dur=2400"));
    }
    assert_eq!(end_only.clone().at("10:55").state("audit"), TaskState::Late);
    assert_eq!(
        end_only.clone().at("10:55").plus(1).state("audit"),
        TaskState::Missed
    );
    assert_eq!(
        end_only
            .beat("10:41 ok audit dur=2400")
            .at("10:55")
            .state("audit"),
        TaskState::Done
    );
}

#[test]
fn several_missed_in_a_row_are_one_critical_finding_since_the_first() {
    let base = mail().standing(&["inbox cron=0_*_*_*_*"]);
    let base = base.every("-1d 00:01", "06:01", 60, "ok inbox dur=30");
    let judged = base.clone().at("07:20").judge();
    assert_eq!(base.clone().at("07:15").found(), ["late inbox"]);
    assert_eq!(
        judged
            .findings
            .iter()
            .map(|f| f.kind.word())
            .collect::<Vec<_>>(),
        ["missed"]
    );
    let judged = base.at("09:30").judge();
    let missed = judged
        .findings
        .iter()
        .find(|found| found.kind == FindingKind::Missed)
        .unwrap();
    assert_eq!(missed.severity, Severity::Critical);
    assert_eq!(judged.view.zone.value.hhmm(missed.since), "07:00");
    assert_eq!(judged.view.state, AgentState::Down);
    assert_eq!(judged.view.row, RowState::Down);
    assert_eq!(judged.view.headline, "3 slots missed, silent since 06:01");
}

#[test]
fn silence_is_measured_by_the_learned_rhythm() {
    let base = Scenario::agent("codewatch").every("00:00", "06:00", 30, "ok");
    let state = |at: &str, ms: i64| base.clone().at(at).plus(ms).judge().view.state;
    assert_eq!(state("07:00", 0), AgentState::Ok);
    assert_eq!(state("07:00", 1), AgentState::Late);
    assert_eq!(state("07:30", 0), AgentState::Late);
    assert_eq!(state("07:30", 1), AgentState::Stale);
    let judged = base.at("08:00").judge();
    assert_eq!(judged.view.cadence.unwrap().source, Source::Learned);
    assert_eq!(judged.findings[0].kind, FindingKind::AgentStale);
    assert_eq!(
        judged.view.zone.value.hhmm(judged.findings[0].since),
        "06:00"
    );
}

#[test]
fn few_samples_are_no_rhythm() {
    let base = Scenario::agent("new").beats(&["06:00 ok", "06:30 ok"]);
    let judged = base.at("23:00").judge();
    assert_eq!(judged.view.state, AgentState::Unknown);
    assert!(judged.findings.is_empty());
}

#[test]
fn a_configured_cadence_wins() {
    let mut base = Scenario::agent("codewatch").every("00:00", "06:00", 30, "ok");
    base.policy.fleet.cadence = Some(Span::hours(5));
    base.policy.agents.insert(
        "codewatch".into(),
        Overrides {
            cadence: Some(Span::hours(1)),
            ..Overrides::default()
        },
    );
    let cadence = base.at("08:00").judge().view.cadence.unwrap();
    assert_eq!((cadence.every, cadence.source), (Span::HOUR, Source::Agent));
}

#[test]
fn quiet_hours_and_sleep_are_no_silence() {
    let base = Scenario::agent("social")
        .standing(&["post cron=*/30_*_*_*_*"])
        .quiet("23:00", "07:00")
        .every("-1d 07:01", "-1d 22:31", 30, "ok post dur=20");
    assert_eq!(base.clone().at("06:59").judge().view.state, AgentState::Ok);
    assert!(base.clone().at("06:59").alarms().is_empty());
    assert_eq!(
        base.clone().at("07:35").judge().view.state,
        AgentState::Late
    );
    let mut asleep = Scenario::agent("laptop").every("-1d 20:00", "-1d 23:30", 30, "ok");
    asleep.sight.gaps = vec![(asleep.time("-1d 23:40"), asleep.time("07:00"))];
    asleep.sight.sleeps = asleep.sight.gaps.clone();
    assert_eq!(
        asleep.clone().at("07:05").judge().view.state,
        AgentState::Ok
    );
    let slots = asleep.standing(&["t cron=0_3_*_*_*", "u cron=30_23_*_*_*"]);
    assert_eq!(slots.at("07:30").state("t"), TaskState::Held);
}

#[test]
fn a_weekly_agent_is_judged_by_the_week() {
    let weekly = Scenario::agent("retro")
        .standing(&["retro cron=0_20_*_*_SUN"])
        .beats(&["-13d 20:01 ok retro dur=60", "-6d 20:01 ok retro dur=60"]);
    let judged = weekly.clone().at("12:00").judge();
    assert_eq!(judged.view.cadence.unwrap().every, Span::days(7));
    assert_eq!(judged.view.state, AgentState::Ok);
    assert!(judged.findings.is_empty());
    let missed = weekly.clone().on(2026, 3, 29).at("22:00");
    assert_eq!(missed.alarms(), ["missed retro"]);
    let tuesday = weekly.on(2026, 3, 31).at("12:00");
    assert_eq!(
        tuesday.alarms(),
        ["missed retro"],
        "nothing since accounts for it"
    );
}

#[test]
fn dated_plans_promise_the_night_is_free() {
    let mut base = Scenario::agent("social");
    base = base
        .plan(&["a due=08:00", "b due=09:00", "c due=10:00"])
        .beats(&[
            "08:01 ok a dur=60",
            "09:01 ok b dur=60",
            "10:01 ok c dur=60",
        ]);
    let night = base.at("23:30").judge();
    assert_eq!(night.view.state, AgentState::Ok);
    assert!(night.findings.is_empty());
}

#[test]
fn a_plan_made_anew_keeps_what_was_owed() {
    let base = mail()
        .plan(&["a due=08:00", "b due=14:00"])
        .replan("12:00", &["c due=15:00"]);
    let judged = base.at("12:30").judge();
    let slots: Vec<_> = judged
        .view
        .tasks
        .iter()
        .map(|task| (task.id.as_str(), task.state))
        .collect();
    assert_eq!(
        slots,
        [("a", TaskState::Missed), ("c", TaskState::Upcoming)]
    );
}

#[test]
fn clock_changes() {
    // Berlin on 2026-03-29 has no 02:30; the slot is 03:00. On 2026-10-25 it has two; the slot is the first.
    let base = Scenario::in_zone("n", "Europe/Berlin").standing(&["t cron=30_2_*_*_*"]);
    let spring = base.clone().on(2026, 3, 29).at("12:00").judge();
    assert_eq!(spring.view.tasks.len(), 1);
    assert_eq!(
        spring.view.tasks[0].slot.unwrap().rfc3339(),
        "2026-03-29T01:00:00Z"
    );
    let autumn = base.on(2026, 10, 25).at("12:00").judge();
    assert_eq!(autumn.view.tasks.len(), 1);
    assert_eq!(
        autumn.view.tasks[0].slot.unwrap().rfc3339(),
        "2026-10-25T00:30:00Z"
    );
}

#[test]
fn over_midnight() {
    let base = mail()
        .plan_of(-1, &["late-post due=-1d_23:50"])
        .plan(&["early due=00:10"]);
    let after = base.clone().at("00:06").judge();
    assert_eq!(
        after.findings[0].kind,
        FindingKind::Missed,
        "yesterday's slot stays a finding"
    );
    assert_eq!(after.view.tally.planned, 1, "today's tally is today's");
    let done = base.beat("00:02 ok late-post dur=60").at("00:06");
    assert!(
        done.alarms().is_empty(),
        "it began in its window, over midnight"
    );
}

#[test]
fn failures_and_what_clears_them() {
    let failing = mail().beats(&[
        "05:00 failed publish fail=post@HTTP_429",
        "05:31 failed publish fail=post@HTTP_429",
    ]);
    let judged = failing.clone().at("06:00").judge();
    assert_eq!(judged.findings[0].severity, Severity::Warning);
    assert_eq!(judged.view.headline, "HTTP 429 (2×): publish");
    assert_eq!(judged.view.row, RowState::Fail);
    let third = failing
        .clone()
        .beat("05:45 failed publish")
        .at("06:00")
        .judge();
    assert_eq!(third.findings[0].severity, Severity::Critical);
    let skipped = failing
        .clone()
        .beat("05:50 skipped publish msg=rate limited")
        .at("06:00");
    assert_eq!(skipped.alarms(), ["failed publish"], "a skip is no success");
    let mended = failing.beat("05:50 ok publish").at("06:00");
    assert!(mended.alarms().is_empty());
}

#[test]
fn claims() {
    let claimed = |rest: &str| {
        mail().plan(&[&format!(
            "inbox due=10:00 status=claimed run=r1 claimed=10:00 lease=30m {rest}"
        )])
    };
    let silent = claimed("");
    assert_eq!(
        silent.clone().at("10:30").state("inbox"),
        TaskState::Claimed
    );
    assert_eq!(
        silent.clone().at("10:30").plus(1).alarms(),
        ["phantom_claim inbox"]
    );
    let wrote = claimed("").beat("10:01 running inbox run=r1");
    assert_eq!(wrote.clone().at("10:31").state("inbox"), TaskState::Running);
    assert_eq!(
        wrote.clone().at("10:31").plus(1).alarms(),
        ["silent inbox"],
        "one sign alone makes no orphan"
    );
    let newer = wrote.beats(&["10:40 running other run=r2", "10:41 ok other run=r2"]);
    assert_eq!(newer.at("10:45").alarms(), ["orphaned inbox"]);
    let end_only = Scenario::agent("w")
        .every("-1d 00:00", "09:30", 30, "ok sweep dur=300")
        .plan(&["inbox due=10:00 status=claimed run=r1 claimed=10:00 lease=5m"]);
    assert_eq!(
        end_only.clone().at("10:30").state("inbox"),
        TaskState::Claimed,
        "one that writes only at its end is given the longest run"
    );
    assert_eq!(
        end_only.at("10:30").plus(1).state("inbox"),
        TaskState::PhantomClaim
    );
}

#[test]
fn without_any_log_the_plan_is_believed() {
    let base = Scenario::agent("p").plan(&[
        "a due=08:00 status=done",
        "b due=09:00 status=claimed claimed=09:00",
        "c due=10:00",
    ]);
    let judged = base.at("12:00").judge();
    let states: Vec<TaskState> = judged.view.tasks.iter().map(|task| task.state).collect();
    assert_eq!(
        states,
        [TaskState::Done, TaskState::Claimed, TaskState::Missed]
    );
}

#[test]
fn stuck_writes_and_finishes_nothing() {
    let base = mail()
        .plan(&["inbox due=10:00 status=running run=r1 claimed=10:00 lease=30m"])
        .beats(&[
            "10:00 running inbox run=r1 item=opened",
            "10:20 running inbox run=r1",
        ]);
    assert_eq!(base.clone().at("10:30").state("inbox"), TaskState::Running);
    assert_eq!(base.at("10:30").plus(1).state("inbox"), TaskState::Stuck);
}

#[test]
fn unfinished_by_the_next_start_or_by_time() {
    let base = mail().beat("10:00 running sweep run=a");
    assert!(base.clone().at("10:30").alarms().is_empty());
    assert_eq!(
        base.clone().at("10:30").plus(1).alarms(),
        ["unfinished_run sweep"]
    );
    let next = base.beats(&["10:10 running sweep run=b", "10:11 ok sweep run=b"]);
    assert_eq!(next.at("10:12").alarms(), ["unfinished_run sweep"]);
}

#[test]
fn drift_waits_a_minute() {
    let base = mail()
        .plan(&["inbox due=10:00 status=done run=r1 claimed=10:00"])
        .beats(&["10:00 running inbox run=r1", "10:05 failed inbox run=r1"]);
    assert_eq!(base.clone().at("10:06").state("inbox"), TaskState::Failed);
    assert!(
        base.at("10:06")
            .plus(1)
            .alarms()
            .contains(&"drift inbox".to_owned())
    );
    let wordless = mail()
        .plan(&["inbox due=10:00 status=done run=r1 claimed=10:00"])
        .beats(&["10:00 running other run=r1", "10:05 ok other run=r1"]);
    assert!(wordless.clone().at("10:06").alarms().is_empty());
    assert_eq!(wordless.at("10:06").plus(1).alarms(), ["drift inbox"]);
}

#[test]
fn row_age_and_headline_are_those_of_the_worst_finding() {
    let judged = mail()
        .plan(&["digest due=10:00", "inbox due=10:20"])
        .beats(&["10:30 running inbox run=b", "10:31 failed inbox run=b"])
        .at("10:40")
        .judge();
    let worst = &judged.findings[0];
    assert_eq!(
        (worst.kind, worst.severity),
        (FindingKind::SkippedSilently, Severity::Critical)
    );
    assert_eq!(judged.findings[1].kind, FindingKind::Failed);
    assert_eq!(judged.view.row, RowState::Gap);
    assert_eq!(judged.view.since, Some(worst.since));
    assert_eq!(judged.view.headline, "digest skipped silently, due 10:00");
}

#[test]
fn a_conflicted_task_is_no_running_one() {
    let plan = ["inbox due=10:00 status=done run=r1 claimed=10:00"];
    let failed = mail()
        .plan(&plan)
        .beats(&["10:00 running inbox run=r1", "10:05 failed inbox run=r1"])
        .at("10:07")
        .judge();
    assert_eq!(failed.view.tasks[0].state, TaskState::Conflicted);
    let tally = failed.view.tally;
    assert_eq!((tally.failed, tally.running, tally.planned), (1, 0, 1));
    let done = mail()
        .plan(&["inbox due=10:00 status=failed run=r1 claimed=10:00"])
        .beats(&["10:00 running inbox run=r1", "10:05 ok inbox run=r1"])
        .at("10:07")
        .judge();
    assert_eq!(done.view.tasks[0].state, TaskState::Conflicted);
    assert_eq!((done.view.tally.failed, done.view.tally.done), (0, 1));
}

#[test]
fn agents_that_name_no_task_are_not_convicted() {
    let base = Scenario::agent("plain")
        .plan(&["a due=08:00", "b due=09:00"])
        .every("00:00", "12:00", 30, "ok msg=checked 12 repos");
    let judged = base.at("12:10").judge();
    assert!(judged.view.unjudged);
    assert!(judged.findings.is_empty());
    assert_eq!(judged.view.tally.unjudged, 2);
    assert_eq!(judged.view.headline, "checked 12 repos ×25");
}

#[test]
fn off_held_paused() {
    let base = mail().plan(&[
        "a due=08:00 off",
        "b due=08:00 held=07:00",
        "c due=08:00 demand",
    ]);
    let judged = base.at("12:00").judge();
    assert_eq!(judged.view.state, AgentState::Paused);
    assert!(judged.findings.is_empty());
    assert_eq!((judged.view.tally.planned, judged.view.tally.held), (1, 1));
}

#[test]
fn an_old_look_claims_nothing() {
    let mut base = mail().plan(&["a due=08:00"]).at("12:00");
    base.sight.last_look = base.now - Span::secs(10);
    base.sight.period = Span::secs(2);
    assert_eq!(base.state("a"), TaskState::Missed);
    base.sight.last_look = base.now - Span(10_001);
    assert_eq!(base.state("a"), TaskState::Blind);
    assert_eq!(base.judge().view.row, RowState::Blind);
    assert!(base.alarms().is_empty());
}

#[test]
fn what_comes_later_is_not_known_yet() {
    let base = mail()
        .plan(&["inbox due=10:00 status=done run=r1 claimed=10:00"])
        .beats(&["10:00 running inbox run=r1", "10:05 ok inbox run=r1"]);
    assert_eq!(base.clone().at("09:00").state("inbox"), TaskState::Upcoming);
    assert_eq!(base.clone().at("10:02").state("inbox"), TaskState::Running);
    assert_eq!(base.at("10:06").state("inbox"), TaskState::Done);
}

#[test]
fn the_tally_adds_up() {
    let judged = mail()
        .plan(&[
            "a due=08:00",
            "b due=09:00",
            "c due=10:00",
            "d due=11:00 held=07:00",
            "e due=12:00",
            "f due=18:00",
            "g due=18:00 off",
            "h due=07:00 status=review",
        ])
        .beats(&[
            "08:01 ok a",
            "09:01 failed b",
            "10:01 skipped c skip=all@limit",
        ])
        .at("12:05")
        .judge();
    let t = judged.view.tally;
    assert_eq!(t.unaccounted, t.late + t.missed + t.skipped_silently);
    assert_eq!(
        t.planned,
        t.upcoming
            + t.due
            + t.running
            + t.review
            + t.held
            + t.done
            + t.skipped
            + t.failed
            + t.unaccounted
    );
    assert_eq!(
        (t.planned, t.done, t.failed, t.skipped, t.held),
        (7, 1, 1, 1, 1)
    );
    assert_eq!((t.late, t.upcoming, t.review), (1, 1, 1));
}

#[test]
fn the_page_names_every_kind_and_state() {
    let page = include_str!("../../docs/rules.md");
    for kind in FindingKind::ALL {
        let word = format!("`{}`", kind.word());
        assert!(page.contains(&word), "docs/rules.md does not name {word}");
    }
    for state in [
        TaskState::Blind,
        TaskState::Conflicted,
        TaskState::PhantomClaim,
        TaskState::Orphaned,
        TaskState::AwaitingAgent,
        TaskState::SkippedSilently,
        TaskState::Unjudged,
    ] {
        assert!(page.contains(state.word()), "{}", state.word());
    }
}

#[test]
fn the_grace_of_a_slot_before_a_change_of_the_clock_follows_the_next_one() {
    // On the next day there is no hour from two to three.
    let task = Scenario::in_zone("a", "Europe/Berlin")
        .standing(&["a cron=*/30_2_*_*_*"])
        .beat("01:00 ok other")
        .at("02:45");
    let slots = task.judge().view.tasks.clone();
    let graces: Vec<Span> = slots.iter().map(|slot| slot.grace.value).collect();
    // A quarter of the way to the next slot, an hour at most; and a run's length, because it only writes at its end.
    let run = Span::mins(30);
    let quarter = Span::secs(450);
    assert_eq!(graces, [quarter + run, Span::HOUR + run]);
}
