use super::*;
use crate::domain::schedule::Schedule;
use crate::domain::time::Zone;
use crate::parse::store;
use crate::parse::vocabulary::Vocabulary;

fn read(text: &str) -> Store {
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path: "cron/jobs.json",
        zone: Zone::UTC,
        modified: Ts(1_774_700_000_000),
        vocabulary: &vocabulary,
    };
    store(text.as_bytes(), &ctx).0
}

/// Agent, then `id rule status` of each job.
fn plans(store: &Store) -> Vec<(String, Vec<String>)> {
    let agent = |plan: &Plan| {
        plan.agent
            .as_ref()
            .map_or("-".to_owned(), ToString::to_string)
    };
    let rule = |schedule: &Option<Schedule>| match schedule {
        Some(Schedule::Cron { expr, zone }) => {
            format!(
                "{} {}",
                expr.exact(),
                zone.map_or("-".to_owned(), |z| z.to_string())
            )
        }
        Some(Schedule::Every { every, .. }) => format!("every {}s", every.0 / 1_000),
        Some(Schedule::At(at)) => format!("at {}", at.rfc3339()),
        None => "-".to_owned(),
    };
    let job = |task: &crate::domain::task::Task| {
        format!(
            "{} [{}] {:?} {}",
            task.id,
            rule(&task.schedule),
            task.status,
            task.enabled
        )
    };
    let plans = store.plans.iter();
    plans
        .map(|plan| (agent(plan), plan.tasks.iter().map(job).collect()))
        .collect()
}

/// `agent task status start: what failed (why)`
fn runs(store: &Store) -> Vec<String> {
    let each = store.records.iter().map(|record| {
        let Body::Beat(beat) = &record.body else {
            panic!("a beat")
        };
        let failed = beat.failed.listed.first().map_or(String::new(), |item| {
            let why = item.why.as_ref().map_or("", |why| why.exact());
            format!(": {} ({why})", item.what.exact())
        });
        format!(
            "{} {} {:?} {}{failed}",
            beat.agent
                .as_ref()
                .map_or("-".to_owned(), |name| name.exact().to_owned()),
            beat.task
                .as_ref()
                .map_or("-".to_owned(), |name| name.exact().to_owned()),
            beat.status,
            beat.started.map_or("-".to_owned(), Ts::rfc3339),
        )
    });
    each.collect()
}

#[test]
fn openclaw_gives_each_agent_its_jobs_and_tells_run_from_delivery() {
    let store = read(
        r#"{"version":1,"jobs":[
          {"id":"a1","name":"brief","enabled":true,"schedule":{"kind":"cron","expr":"0 8 * * *","tz":"Europe/Kyiv"},
           "state":{"nextRunAtMs":1774771200000,"lastRunAtMs":1774684800000,"lastStatus":"ok","lastDurationMs":60000,
                    "lastDeliveryStatus":"failed"}},
          {"id":"b2","agentId":"ops","enabled":false,"schedule":{"kind":"every","everyMs":1800000},
           "state":{"lastRunAtMs":1774684800000,"lastStatus":"error","lastError":"HTTP 429"}},
          {"id":"c3","sessionKey":"agent:ops:main","schedule":{"kind":"at","at":"2026-03-29T10:00:00Z"},
           "state":{"runningAtMs":1774684800000}}]}"#,
    );
    assert_eq!(
        plans(&store),
        [
            (
                "-".into(),
                vec!["a1 [0 8 * * * Europe/Kyiv] Pending true".to_owned()]
            ),
            (
                "ops".into(),
                vec![
                    "b2 [every 1800s] Pending false".to_owned(),
                    "c3 [at 2026-03-29T10:00:00Z] Pending true".to_owned(),
                ]
            ),
        ]
    );
    assert_eq!(
        runs(&store),
        [
            "- a1 Partial 2026-03-28T08:00:00Z: delivery failed (failed)",
            "ops b2 Failed 2026-03-28T08:00:00Z: HTTP 429 ()",
            "ops c3 Running 2026-03-28T08:00:00Z",
        ]
    );
}

#[test]
fn a_split_state_file_holds_runs_and_no_plan() {
    let store = read(
        r#"{"version":1,"jobs":{"a1":{"updatedAtMs":1774684900000,
            "state":{"lastRunAtMs":1774684800000,"lastRunStatus":"ok"}}}}"#,
    );
    assert_eq!(plans(&store), [("-".into(), vec![])]);
    assert_eq!(runs(&store), ["- a1 Ok 2026-03-28T08:00:00Z"]);
}

#[test]
fn hermes_names_paused_jobs_and_keeps_delivery_apart() {
    let store = read(
        r#"{"jobs":[
          {"id":"h1","name":"Curation","schedule":{"kind":"cron","expr":"0 16 * * *","display":"0 16 * * *"},"enabled":true,
           "state":"scheduled","next_run_at":"2026-03-28T16:00:00+10:00","last_run_at":"2026-03-27T16:00:00+10:00",
           "last_status":"ok","last_error":null,"last_delivery_error":"no route"},
          {"id":"h2","schedule":{"kind":"interval","minutes":30},"enabled":true,"state":"paused","last_run_at":null},
          {"id":"h3","schedule":{"kind":"once","run_at":"2026-03-28T10:00:00+10:00"},"enabled":true,"state":"completed",
           "last_run_at":"2026-03-28T10:00:04+10:00","last_status":"error","last_error":"429 Too Many Requests"}],
         "updated_at":"2026-03-28T10:00:05+10:00"}"#,
    );
    assert_eq!(
        plans(&store)[0].1,
        [
            "h1 [0 16 * * * -] Pending true",
            "h2 [every 1800s] Off true",
            "h3 [at 2026-03-28T00:00:00Z] Pending true",
        ]
    );
    assert_eq!(
        runs(&store),
        [
            "- h1 Partial 2026-03-27T06:00:00Z: delivery failed (no route)",
            "- h3 Failed 2026-03-28T00:00:04Z: 429 Too Many Requests ()",
        ]
    );
}

#[test]
fn claude_code_says_when_it_fired_and_nothing_of_how_it_went() {
    let store = read(
        r#"[{"id":"x","cron":"0 9 * * 1","prompt":"tidy up","recurring":true,"lastFiredAt":1774684800000}]"#,
    );
    assert_eq!(plans(&store)[0].1, ["x [0 9 * * 1 -] Pending true"]);
    assert_eq!(runs(&store), ["- x Unknown 2026-03-28T08:00:00Z"]);
    let store = read(r#"{"tasks":[{"id":"y","cron":"*/5 * * * *","prompt":"p"}]}"#);
    assert_eq!(plans(&store)[0].1, ["y [*/5 * * * * -] Pending true"]);
}

#[test]
fn jobs_written_by_hand_have_other_words_and_no_ids() {
    let store = read(
        r#"[{"name":"Scan","schedule":{"kind":"cron","pattern":"0 6 * * *","timezone":"America/New_York"},"sessionTarget":"isolated"},
            {"schedule":{"kind":"cron","pattern":"0 7 * * *"}}]"#,
    );
    assert_eq!(
        plans(&store)[0].1,
        [
            "Scan [0 6 * * * America/New_York] Pending true",
            "#2 [0 7 * * * -] Pending true"
        ]
    );
}

#[test]
fn a_torn_store_says_nothing() {
    let store = read(r#"{"version":1,"jobs":[{"id":"a1","schedule":{"kind":"cron","expr":"0 8 "#);
    assert_eq!(plans(&store), []);
    assert_eq!(runs(&store), Vec::<String>::new());
}
