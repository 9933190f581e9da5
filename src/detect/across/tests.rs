//! What is only seen across agents, just before and just after its limit.

use std::sync::Arc;

use crate::detect::judge_fleet;
use crate::detect::scenario::Scenario;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::{Fleet, Health, RowState};
use crate::domain::policy::Maintenance;
use crate::domain::time::Span;

fn fleet(agents: &[Scenario]) -> Fleet {
    let first = &agents[0];
    let judged = agents.iter().map(|one| Arc::new(one.judge())).collect();
    judge_fleet(
        judged,
        &first.sight,
        first.now,
        &first.policy,
        Health::default(),
        first.mark.since,
    )
}

fn find(fleet: &Fleet, kind: FindingKind) -> Option<Arc<Finding>> {
    fleet
        .findings
        .iter()
        .find(|found| found.kind == kind)
        .cloned()
}

fn count(fleet: &Fleet, kind: FindingKind) -> usize {
    fleet
        .findings
        .iter()
        .filter(|found| found.kind == kind)
        .count()
}

#[test]
fn failures_of_one_cause_are_one_finding() {
    let failing = |name: &str, n: u32| {
        Scenario::agent(name)
            .beat(&format!(
                "02:10 failed job fail=post_{n}@HTTP_429_for_request_{n}"
            ))
            .at("07:00")
    };
    let two = fleet(&[failing("a", 1), failing("b", 2)]);
    assert_eq!(count(&two, FindingKind::Failed), 2);
    assert!(find(&two, FindingKind::FailureStreak).is_none());
    let three = fleet(&[failing("a", 1), failing("b", 2), failing("c", 3)]);
    assert_eq!(
        count(&three, FindingKind::Failed),
        0,
        "the single ones are replaced"
    );
    let streak = find(&three, FindingKind::FailureStreak).unwrap();
    assert!(
        streak.sentence.starts_with("3 jobs: HTTP 429"),
        "{}",
        streak.sentence
    );
    let other = Scenario::agent("c")
        .beat("02:10 failed job fail=post@HTTP_500_for_request_3")
        .at("07:00");
    let mixed = fleet(&[failing("a", 1), failing("b", 2), other]);
    assert_eq!(count(&mixed, FindingKind::Failed), 3, "429 is not 500");
}

#[test]
fn one_task_that_keeps_failing() {
    let two = Scenario::agent("a").beats(&["01:00 failed t", "02:00 failed t"]);
    assert!(
        find(
            &fleet(&[two.clone().at("03:00")]),
            FindingKind::FailureStreak
        )
        .is_none()
    );
    let three = fleet(&[two.beat("02:30 failed t").at("03:00")]);
    let streak = find(&three, FindingKind::FailureStreak).unwrap();
    assert_eq!(streak.task.as_ref().unwrap().as_str(), "t");
    assert_eq!(three.zone().hhmm(streak.since), "01:00");
    assert_eq!(count(&three, FindingKind::Failed), 0);
}

#[test]
fn the_same_key_twice_within_a_day() {
    let sent = |name: &str, at: &str, run: &str| {
        Scenario::agent(name).step(&format!(
            "{at} {run} s3 done task=newsletter do=send key=newsletter-0327 rev=no"
        ))
    };
    let twice = sent("publisher", "05:58", "r1")
        .step("06:02 r2 s3 done task=newsletter do=send key=newsletter-0327 rev=no");
    let judged = fleet(&[twice.clone().at("07:10")]);
    let found = find(&judged, FindingKind::DuplicateAction).unwrap();
    assert_eq!(found.severity, Severity::Critical);
    assert_eq!(judged.zone().hhmm(found.since), "06:02");
    assert_eq!(judged.agents[0].row, RowState::Fail);
    assert!(
        judged.agents[0]
            .headline
            .starts_with("newsletter done twice, 05:58 and 06:02")
    );
    assert!(
        find(
            &fleet(&[sent("a", "05:58", "r1").at("07:10")]),
            FindingKind::DuplicateAction
        )
        .is_none()
    );
    let by_two = fleet(&[
        sent("a", "05:58", "r1").at("07:10"),
        sent("b", "06:02", "r2").at("07:10"),
    ]);
    assert_eq!(
        find(&by_two, FindingKind::DuplicateAction)
            .unwrap()
            .agent
            .as_str(),
        "b"
    );
    let next_day = sent("a", "-1d 05:58", "r1")
        .step("05:59 r2 s3 done task=newsletter do=send key=newsletter-0327 rev=no");
    assert!(
        find(
            &fleet(&[next_day.at("07:10")]),
            FindingKind::DuplicateAction
        )
        .is_none()
    );
    let mild = Scenario::agent("a")
        .step("05:58 r1 s3 done task=t do=tag key=tag-17 rev=yes")
        .step("06:02 r2 s3 done task=t do=tag key=tag-17 rev=yes");
    let found = find(&fleet(&[mild.at("07:10")]), FindingKind::DuplicateAction).unwrap();
    assert_eq!(found.severity, Severity::Warning);
}

#[test]
fn recurring_work_is_no_duplicate() {
    let sync = Scenario::agent("a")
        .standing(&["sync cron=0_*_*_*_*"])
        .beats(&[
            "05:01 ok sync run=r1 started=05:00",
            "06:01 ok sync run=r2 started=06:00",
        ])
        .step("05:00 r1 s1 done task=sync do=push target=repo")
        .step("06:00 r2 s1 done task=sync do=push target=repo");
    assert!(
        find(
            &fleet(&[sync.clone().at("06:10")]),
            FindingKind::DuplicateAction
        )
        .is_none()
    );
    let again = sync
        .beat("06:08 ok sync run=r3 started=06:05")
        .step("06:06 r3 s1 done task=sync do=push target=repo");
    assert!(
        find(&fleet(&[again.at("06:10")]), FindingKind::DuplicateAction).is_some(),
        "one slot, twice"
    );
}

#[test]
fn runs_on_one_resource() {
    let on = |name: &str, from: &str, to: &str| {
        Scenario::agent(name).beats(&[
            &format!("{from} running t run={name} res=linkedin"),
            &format!("{to} ok t run={name} res=linkedin"),
        ])
    };
    let a = || on("a", "10:00", "10:10").at("11:00");
    let apart = fleet(&[a(), on("b", "10:11", "10:15").at("11:00")]);
    assert!(
        find(&apart, FindingKind::Collision).is_none(),
        "undeclared, a minute is enough"
    );
    let close = fleet(&[a(), on("b", "10:10:59", "10:15").at("11:00")]);
    assert_eq!(
        find(&close, FindingKind::Collision).unwrap().severity,
        Severity::Critical
    );
    let overlap = fleet(&[a(), on("b", "10:05", "10:15").at("11:00")]);
    let found = find(&overlap, FindingKind::Collision).unwrap();
    assert_eq!(
        (found.agent.as_str(), overlap.zone().hhmm(found.since)),
        ("b", "10:05".to_owned())
    );
    let spaced = |minute: &str| {
        let mut b = on("b", minute, "10:45").at("11:00");
        b.policy.fleet.spacing = Some(Span::mins(30));
        find(&fleet(&[a(), b]), FindingKind::Collision).map(|found| found.severity)
    };
    assert_eq!(spaced("10:39"), Some(Severity::Warning));
    assert_eq!(spaced("10:40"), None);
    let shared = on("b", "10:05", "10:15")
        .plan(&["t due=10:00 shared res=linkedin"])
        .at("11:00");
    assert!(find(&fleet(&[a(), shared]), FindingKind::Collision).is_none());
    let reading = on("b", "10:05", "10:15")
        .plan(&["t due=10:00 tier=read-only"])
        .at("11:00");
    assert!(find(&fleet(&[a(), reading]), FindingKind::Collision).is_none());
}

#[test]
fn two_claims_on_one_task() {
    let claims = |name: &str, at: &str| {
        Scenario::agent(name)
            .plan(&[&format!(
                "article-17 due=10:00 status=claimed run={name}-1 claimed={at} lease=4h"
            )])
            .at("10:30")
    };
    let both = fleet(&[claims("a", "10:00"), claims("b", "10:05")]);
    let found = find(&both, FindingKind::DoubleClaim).unwrap();
    assert_eq!(both.zone().hhmm(found.since), "10:05");
    assert!(find(&fleet(&[claims("a", "10:00")]), FindingKind::DoubleClaim).is_none());
    let own = |name: &str| {
        let mut scenario = claims(name, "10:00");
        let beat = scenario.read_beat("-1d 10:01 ok article-17");
        scenario.push(beat);
        scenario
    };
    let common = fleet(&[own("a"), own("b")]);
    assert!(
        find(&common, FindingKind::DoubleClaim).is_none(),
        "a name both have used for themselves"
    );
}

#[test]
fn broken_links() {
    let a = || {
        Scenario::agent("a")
            .plan(&["reply due=10:00"])
            .beat("10:17 ok reply dur=60")
            .at("12:00")
    };
    let c = |at: &str| {
        Scenario::agent("c")
            .plan(&["read due=10:15 after=reply"])
            .beat(&format!("{at} ok read dur=1"))
            .at("12:00")
    };
    let early = fleet(&[a(), c("10:16")]);
    let found = find(&early, FindingKind::DependencyBroken).unwrap();
    assert_eq!(found.sentence, "read looked 10:15, a/reply was done 10:17");
    let files: Vec<String> = found
        .evidence
        .iter()
        .map(|one| one.file.to_string())
        .collect();
    assert_eq!(
        files,
        ["c/heartbeat.jsonl", "a/heartbeat.jsonl", "c/schedule.json"]
    );
    assert!(find(&fleet(&[a(), c("10:18")]), FindingKind::DependencyBroken).is_none());
    let idle = Scenario::agent("c")
        .plan(&["read due=10:15 after=reply"])
        .beat("-1d 10:00 ok read")
        .at("12:00");
    let missed = fleet(&[a(), idle]);
    let found = find(&missed, FindingKind::DependencyBroken).unwrap();
    assert_eq!(missed.zone().hhmm(found.since), "10:15");
}

#[test]
fn a_broken_chain_names_every_link_with_its_line() {
    let a = Scenario::agent("a")
        .plan(&["post due=10:10"])
        .beat("10:13 ok post dur=60")
        .at("12:00");
    let b = Scenario::agent("b")
        .plan(&["look due=10:14 after=post"])
        .beat("10:15 ok look dur=30")
        .at("12:00");
    let c = Scenario::agent("c")
        .plan(&["reply due=10:30 after=b/look"])
        .beat("-1d 10:30 ok reply dur=60")
        .at("12:00");
    let found = find(&fleet(&[a, b, c]), FindingKind::DependencyBroken).unwrap();
    assert_eq!(
        found.sentence,
        "a/post was done 10:13, b/look was done 10:15, and reply (due 10:30) did not follow"
    );
    let places: Vec<String> = found
        .evidence
        .iter()
        .map(|one| format!("{}:{} {}", one.file, one.locus.line, one.text))
        .collect();
    assert_eq!(
        places[..2],
        [
            "a/heartbeat.jsonl:1 a/post was done 10:13",
            "b/heartbeat.jsonl:1 b/look was done 10:15",
        ]
    );
    assert!(places[2].starts_with("c/schedule.json:"), "{places:?}");
    assert!(found.evidence[..2].iter().all(|one| one.at.is_some()));
}

#[test]
fn an_outage_is_one_finding() {
    let silent = |name: &str, last: &str| {
        Scenario::agent(name)
            .every("-1d 20:00", last, 30, "ok")
            .at("07:00")
    };
    let fine = |name: &str| {
        Scenario::agent(name)
            .every("-1d 20:00", "07:00", 30, "ok")
            .at("07:00")
    };
    let two = fleet(&[silent("a", "02:00"), silent("b", "02:00"), fine("c")]);
    assert_eq!(count(&two, FindingKind::AgentStale), 2);
    let three = fleet(&[
        silent("a", "02:00"),
        silent("b", "02:00"),
        silent("c", "02:00"),
        fine("d"),
    ]);
    assert_eq!(count(&three, FindingKind::Outage), 1);
    assert_eq!(count(&three, FindingKind::AgentStale), 0);
    let apart = fleet(&[
        silent("a", "02:00"),
        silent("b", "02:30"),
        silent("c", "03:00"),
    ]);
    assert_eq!(count(&apart, FindingKind::Outage), 0);
    let few: Vec<Scenario> = (0..8)
        .map(|i| fine(&format!("x{i}")))
        .chain(["a", "b", "c"].map(|name| silent(name, "02:00")))
        .collect();
    assert_eq!(
        count(&fleet(&few), FindingKind::Outage),
        0,
        "three of eleven is less than 30 %"
    );
}

#[test]
fn a_sleep_is_told_once() {
    let mut laptop = Scenario::agent("a").standing(&["t cron=0_*_*_*_*"]).every(
        "-1d 12:01",
        "02:01",
        60,
        "ok t dur=20",
    );
    laptop.sight.gaps = vec![(laptop.time("02:10"), laptop.time("07:55"))];
    laptop.sight.sleeps = laptop.sight.gaps.clone();
    let judged = fleet(&[laptop.at("07:58")]);
    let found = find(&judged, FindingKind::Asleep).unwrap();
    assert_eq!(found.severity, Severity::Info);
    assert_eq!(found.sentence, "asleep 02:10 to 07:55, 5 slots fell inside");
    assert_eq!(judged.findings.len(), 1);
}

#[test]
fn maintenance_silences_and_ends() {
    let mut a = Scenario::agent("a").beat("06:00 failed t").at("07:00");
    let counting = |agent: &Scenario| {
        let fleet = fleet(std::slice::from_ref(agent));
        assert_eq!(
            count(&fleet, FindingKind::Failed),
            1,
            "visible all the same"
        );
        fleet
            .told
            .iter()
            .filter(|told| told.counts(fleet.at))
            .count()
    };
    assert_eq!(counting(&a), 1);
    a.policy.maintenance.push(Maintenance {
        agent: Some("a".into()),
        from: a.time("06:30"),
        to: a.time("07:00") + Span(1),
    });
    assert_eq!(counting(&a), 0);
    assert_eq!(counting(&a.plus(1)), 1);
}

#[test]
fn two_slots_of_tomorrow_on_one_resource_are_kept_apart_by_the_wider_spacing() {
    let mut b = Scenario::agent("b").beat("09:00 ok old").replan_of(
        1,
        "19:00",
        &["post due=+1d_10:30 est=10m jitter=5m tier=mutating res=linkedin"],
    );
    b.policy.fleet.spacing = Some(Span::mins(30));
    let a = |due: &str| {
        let task = format!("reply due=+1d_{due} est=10m jitter=5m tier=mutating res=linkedin");
        let mut a = Scenario::agent("a")
            .beat("09:00 ok old")
            .replan_of(1, "19:00", &[&task])
            .at("20:00");
        a.policy = b.policy.clone();
        a
    };
    let lint = |due: &str| {
        find(
            &fleet(&[a(due), b.clone().at("20:00")]),
            FindingKind::PlanLint,
        )
    };
    assert_eq!(lint("09:40"), None, "10:25 is half an hour after 09:55");
    let unlucky = lint("09:41").expect("at worst too close");
    assert_eq!(unlucky.severity, Severity::Info);
    assert_eq!(
        unlucky.sentence,
        "tomorrow: post 10:30 on linkedin 29m after a/reply 09:41 at worst"
    );
    assert_eq!(lint("10:00").expect("told").severity, Severity::Info);
    let sure = lint("10:01").expect("no jitter helps");
    assert_eq!(sure.severity, Severity::Warning);
    assert_eq!(sure.agent.as_str(), "b");
    assert_eq!(
        sure.clears,
        "when one of them moves: 10:55 is free for post"
    );
    let mut shared = a("10:01");
    Arc::make_mut(&mut shared.facts.plans[0].plan).tasks[0].shared = true;
    let fleet = fleet(&[shared, b.clone().at("20:00")]);
    assert_eq!(find(&fleet, FindingKind::PlanLint), None);
}

#[test]
fn rules_of_two_zones_meet_where_the_clocks_do_and_only_on_that_day() {
    // 2026-03-29 Berlin goes to summer time: 09:00 there is 07:00 UTC from then on.
    let berlin = Scenario::in_zone("berlin", "Europe/Berlin")
        .beat("07:00 ok old")
        .standing(&["sync cron=0_9_*_*_* est=10m tier=mutating res=crm"])
        .at("20:00");
    let mut utc = Scenario::agent("utc")
        .beat("07:00 ok old")
        .standing(&["push cron=5_7_*_*_* est=10m tier=mutating res=crm"]);
    utc.now = berlin.now;
    utc.sight = berlin.sight.clone();
    let met = find(
        &fleet(&[berlin.clone(), utc.clone()]),
        FindingKind::PlanLint,
    );
    let met = met.expect("09:00 and 09:05 on Sunday");
    assert!(
        met.sentence
            .contains("push 09:05 on crm overlaps berlin/sync 09:00"),
        "{}",
        met.sentence
    );
    let (mut before, mut utc) = (berlin, utc);
    before.now = before.now - Span::DAY;
    utc.now = before.now;
    assert_eq!(find(&fleet(&[before, utc]), FindingKind::PlanLint), None);
}
