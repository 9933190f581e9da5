use super::*;
use crate::domain::schedule::Schedule;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::time::{Day, Ts};
use crate::parse::vocabulary::Vocabulary;

fn read_as(path: &str, text: &str) -> (Plan, Vec<Diagnostic>) {
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path,
        zone: Zone::UTC,
        modified: Ts(1_774_692_907_000),
        vocabulary: &vocabulary,
    };
    read(text.as_bytes(), &ctx)
}

fn plan_of(text: &str) -> Plan {
    let (plan, diagnostics) = read_as("schedule.json", text);
    let damage: Vec<_> = diagnostics.iter().filter(|d| d.kind.is_damage()).collect();
    assert!(damage.is_empty(), "{damage:?}");
    plan
}

fn only(text: &str) -> Task {
    let tasks = plan_of(text).tasks;
    assert_eq!(tasks.len(), 1, "{text}");
    tasks.into_iter().next().unwrap()
}

const CONTRACT: &str = r#"{"agent":"social","date":"2026-03-28","tz":"Europe/Kyiv","generated":"2026-03-27T23:50:11+02:00",
 "limits":{"comment":8,"tasks":9},"quiet":[["23:00","07:00"]],"grace_s":900,"spacing_s":1800,
 "tasks":[
  {"id":"a","title":"T","due":"2026-03-28T10:10:00+02:00","jitter_s":300,
   "est_s":600,"priority":1,"uses":{"comment":3},"resource":["x"],"tier":"mutating","reversible":true,"key":"k",
   "depends_on":["b"],"status":"claimed","claim":{"by":"social","run":"r","at":"2026-03-28T10:12:41+02:00","epoch":3,"lease_s":1800,
   "pid":7,"pid_started":"2026-03-28T10:12:00+02:00","host":"h"},
   "attempt":1,"reviewer":"editor","done_criteria":["d"],"held":{"since":"2026-03-28T09:00:00Z","why":"w"},
   "handoff":{"to":"o","at":"2026-03-28T09:00:00Z"},"flag":{"why":"w","by":"me","at":"2026-03-28T09:00:00Z","op":"01"},
   "last_op":{"id":"01","verb":"skip","uid":1000,"tty":"pts/1","at":"2026-03-28T09:00:00Z","steps":["s1"]},"expect_min":5,"shared":true},
  {"id":"b","schedule":{"kind":"cron","expr":"0 8 * * *","tz":"Europe/Kyiv"},"tier":"read-only"},
  {"id":"c","schedule":{"kind":"every","everyMs":1800000,"anchorMs":1774692907000},"enabled":false,"on_demand":true}]}"#;

#[test]
fn a_plan_of_the_contract_gives_all_its_fields() {
    insta::assert_debug_snapshot!(plan_of(CONTRACT));
}

#[test]
fn each_task_knows_its_place() {
    for task in plan_of(CONTRACT).tasks {
        let from = task.offset as usize;
        assert!(CONTRACT[from..].starts_with(&format!("{{\"id\":\"{}\"", task.id)));
        let line = CONTRACT[..from].matches('\n').count() as u32 + 1;
        assert_eq!(task.line, line);
    }
}

#[test]
fn every_schedule_of_the_union_is_read() {
    let cron = |expr: &str, zone| Schedule::Cron {
        expr: Untrusted::from(expr),
        zone,
    };
    let every = |every| Schedule::Every {
        every,
        anchor: None,
    };
    let at = Schedule::At(Ts(1_774_692_907_000));
    for (rule, expected) in [
        (
            r#""schedule":{"kind":"cron","expr":"0 8 * * 1-5"}"#,
            cron("0 8 * * 1-5", None),
        ),
        (
            r#""schedule":{"kind":"cron","pattern":"0 6 * * *","timezone":"UTC"}"#,
            cron("0 6 * * *", Some(Zone::UTC)),
        ),
        (r#""schedule":"*/5 * * * *""#, cron("*/5 * * * *", None)),
        (r#""cron":"1 15 16 6 2""#, cron("1 15 16 6 2", None)),
        (
            r#""schedule":{"kind":"every","everyMs":60000}"#,
            every(Span::MINUTE),
        ),
        (
            r#""schedule":{"kind":"interval","minutes":30}"#,
            every(Span::mins(30)),
        ),
        (r#""schedule":"every 2h""#, every(Span::hours(2))),
        (
            r#""schedule_type":"interval","interval_seconds":90"#,
            every(Span::secs(90)),
        ),
        (
            r#""schedule":{"kind":"at","at":"2026-03-28T10:15:07Z"}"#,
            at.clone(),
        ),
        (
            r#""schedule":{"kind":"once","run_at":1774692907}"#,
            at.clone(),
        ),
        (
            r#""schedule_type":"once","run_at":"10:15:07","created_at":"2026-03-28T09:00:00""#,
            at,
        ),
        (
            r#""trigger":{"type":"schedule","interval":"daily","time":"11:05","timezone":"UTC"}"#,
            cron("5 11 * * *", Some(Zone::UTC)),
        ),
    ] {
        let task = only(&format!("{{\"tasks\":[{{\"id\":\"t\",{rule}}}]}}"));
        assert_eq!(task.schedule, Some(expected), "{rule}");
    }
}

#[test]
fn status_words_of_plans() {
    use TaskStatus as S;
    for (word, status) in [
        ("pending", S::Pending),
        ("todo", S::Pending),
        ("backlog", S::Pending),
        ("claimed", S::Claimed),
        ("doing", S::Running),
        ("in_progress", S::Running),
        ("reviewing", S::Review),
        ("validating", S::Review),
        ("completed", S::Done),
        ("skipped", S::Skipped),
        ("failed", S::Failed),
        ("blocked", S::Blocked),
        ("cancelled", S::Off),
        ("simmering", S::Unknown),
    ] {
        assert_eq!(
            only(&format!(
                "{{\"tasks\":[{{\"id\":\"t\",\"status\":\"{word}\"}}]}}"
            ))
            .status,
            status,
            "{word}"
        );
    }
    assert_eq!(only(r#"{"tasks":[{"id":"t"}]}"#).status, S::Pending);
}

#[test]
fn task_lists_go_by_many_names() {
    for name in [
        "tasks",
        "items",
        "reports",
        "entries",
        "posts",
        "agents",
        "stories",
        "userStories",
        "pipelines",
    ] {
        let task = only(&format!(
            "{{\"{name}\":[{{\"id\":\"t\",\"status\":\"done\"}}]}}"
        ));
        assert_eq!(task.status, TaskStatus::Done, "{name}");
    }
    assert_eq!(
        only(r#"[{"name":"t","due":"2026-03-28T10:00:00Z"}]"#)
            .id
            .as_str(),
        "t"
    );
    assert_eq!(
        only(r#"{"hola":"2026-10-06T12:00:00Z"}"#).id.as_str(),
        "hola"
    );
    assert_eq!(
        plan_of("{\"id\":\"a\",\"status\":\"open\"}\n{\"id\":\"b\",\"status\":\"closed\"}\n")
            .tasks
            .len(),
        2
    );
}

#[test]
fn a_map_of_tasks_names_those_that_do_not_name_themselves() {
    let plan = plan_of(r#"{"tasks":{"a":{"status":"done"},"b":{"id":"own"}}}"#);
    let names: Vec<&str> = plan.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(names, ["a", "own"]);
}

#[test]
fn a_list_of_things_is_no_plan() {
    for text in [
        r#"{"agents":[{"name":"x","model":"y"}]}"#,
        r#"{"modules":["a"],"current_index":1,"last_runs":{"a":"2026-03-27T08:05:24Z"}}"#,
        r#"{"study_days":["Mon"],"morning_hour":"06:30"}"#,
        r#"{"version":1}"#,
        "[1,2]",
        "{}",
    ] {
        assert_eq!(plan_of(text).tasks.len(), 0, "{text}");
    }
}

#[test]
fn limits_and_quiet_hours_in_other_words() {
    let plan = plan_of(r#"{"posts_per_day":12,"quiet_hours_utc":["00:00","06:00"]}"#);
    assert_eq!(
        (plan.limits[0].action.exact(), plan.limits[0].most),
        ("posts", 12)
    );
    assert_eq!(
        plan.quiet,
        [Quiet {
            from: ClockTime(0),
            to: ClockTime(21_600)
        }]
    );
    assert_eq!(plan.zone, Some(Zone::UTC));
    assert_eq!(plan_of(r#"{"quiet":["23:00–07:00"]}"#).quiet.len(), 1);
}

#[test]
fn the_date_comes_from_the_file_name_where_the_plan_has_none() {
    let (plan, _) = read_as(
        "schedule/2026-03-28.json",
        r#"{"tasks":[{"id":"t","due":"09:00"}]}"#,
    );
    assert_eq!(plan.date, Day::new(2026, 3, 28));
    assert_eq!(
        plan.tasks[0].due.unwrap().at.rfc3339(),
        "2026-03-28T09:00:00Z"
    );
}

#[test]
fn a_damaged_plan_is_empty_and_says_so() {
    for (text, kind) in [
        (&CONTRACT[..400], DiagnosticKind::Torn),
        (r#"{"tasks": ,"x":1}"#, DiagnosticKind::Invalid),
        ("{\"a\":\"x\n\"}", DiagnosticKind::Invalid),
    ] {
        let (plan, diagnostics) = read_as("schedule.json", text);
        assert_eq!(plan.tasks.len(), 0);
        assert_eq!(diagnostics[0].kind, kind);
    }
    let (plan, diagnostics) = read_as("schedule.json", r#"{"tasks":[{"id":"t"}]}}"#);
    assert_eq!(
        (plan.tasks.len(), diagnostics[0].kind),
        (1, DiagnosticKind::Trailing)
    );
}

#[test]
fn duplicate_ids_are_kept_and_told() {
    let (plan, diagnostics) = read_as("schedule.json", r#"{"tasks":[{"id":"t"},{"id":"t"}]}"#);
    assert_eq!(
        (plan.tasks.len(), diagnostics[0].kind),
        (2, DiagnosticKind::DuplicateId)
    );
}

#[test]
fn a_plan_over_the_limits_is_bounded() {
    let many = format!(
        "{{\"tasks\":[{}{{}}]}}",
        r#"{"id":"t"},"#.repeat(MOST_TASKS + 5)
    );
    let (plan, diagnostics) = read_as("schedule.json", &many);
    assert_eq!(plan.tasks.len(), MOST_TASKS);
    assert_eq!(diagnostics[0].kind, DiagnosticKind::Oversize);
    let (plan, diagnostics) = read_as("schedule.json", &" ".repeat(MOST_BYTES + 1));
    assert_eq!(
        (plan, diagnostics[0].kind),
        (Plan::default(), DiagnosticKind::Oversize)
    );
}

#[test]
fn bom_and_crlf_are_no_matter() {
    let text = format!("\u{feff}{}", CONTRACT.replace('\n', "\r\n"));
    assert_eq!(plan_of(&text).tasks.len(), 3);
}

proptest::proptest! {
    #[test]
    fn no_prefix_gives_a_task_the_whole_lacks(cut in 0..CONTRACT.len()) {
        let whole = plan_of(CONTRACT);
        let (part, _) = read_as("schedule.json", &CONTRACT[..cut]);
        proptest::prop_assert!(part.tasks.iter().all(|t| whole.tasks.contains(t)));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60), text in "[{}\\[\\]:,]{0,9}(\"(tasks|schedule|quiet|limits|id|claim|held|every 1h|at)\"|[{}\\[\\]:, 0-9]){0,30}") {
        let _ = read_as("schedule.json", &String::from_utf8_lossy(&bytes));
        let _ = read_as("schedule.json", &text);
    }
}
