//! Homes of schedulers as they are found on a machine, read with no configuration: whose job is whose, how it went, and
//! where the proof stands.

mod fleet;

use std::fs;

use fleet::Place;
use serde_json::{Value, json};

const AT: &str = "2026-03-28T12:00:00Z";
/// 2026-03-28T12:00:00Z in epoch milliseconds.
const NOW: i64 = 1_774_699_200_000;
const HOUR: i64 = 3_600_000;

fn put(place: &Place, path: &str, text: &str) {
    let path = place.fleet().join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
    fs::write(path, text).expect("written");
}

fn standup(place: &Place) -> Value {
    let output = place.command(&["standup", "--json", "--at", AT]).output();
    let output = output.expect("rounds runs");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn agent<'v>(answer: &'v Value, name: &str) -> &'v Value {
    let agents = answer["agents"].as_array().expect("a list");
    let found = agents.iter().find(|agent| agent["agent"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {answer:#}"))
}

/// One run of a job as `OpenClaw` logs it.
fn run(job: &str, agent: &str, at: i64, status: &str) -> String {
    let line = json!({"ts": at + 7_000, "jobId": job, "action": "finished", "status": status,
        "error": (status == "error").then_some("HTTP 429"), "sessionId": format!("{job}-{at}"),
        "sessionKey": format!("agent:{agent}:cron:{job}"), "runAtMs": at, "durationMs": 7_000});
    format!("{line}\n")
}

#[test]
fn an_openclaw_home_has_an_agent_for_each_that_its_jobs_name() {
    let place = Place::new();
    let jobs = json!({"version": 1, "jobs": [
        {"id": "brief", "enabled": true, "schedule": {"kind": "cron", "expr": "0 * * * *", "tz": "UTC"},
         "state": {"lastRunAtMs": NOW - HOUR, "lastStatus": "ok"}},
        {"id": "watch", "agentId": "ops", "enabled": true, "schedule": {"kind": "every", "everyMs": HOUR / 2}},
    ]});
    put(&place, ".openclaw/cron/jobs.json", &jobs.to_string());
    let brief = (1..=30)
        .rev()
        .map(|i| run("brief", "main", NOW - i * HOUR, "ok"));
    put(
        &place,
        ".openclaw/cron/runs/brief.jsonl",
        &brief.collect::<String>(),
    );
    let watch = (1..=30).rev().map(|i| {
        let status = if i <= 3 { "error" } else { "ok" };
        run("watch", "ops", NOW - i * HOUR / 2, status)
    });
    put(
        &place,
        ".openclaw/cron/runs/watch.jsonl",
        &watch.collect::<String>(),
    );
    put(
        &place,
        ".openclaw/workspace-mail/heartbeat.jsonl",
        "{\"ts\":\"2026-03-28T11:50:00Z\",\"status\":\"ok\",\"did\":[\"read the mail\"]}\n",
    );

    let answer = standup(&place);
    assert_eq!(agent(&answer, "mail")["counts"]["did"], 1);
    let main = agent(&answer, "main");
    assert_eq!(main["state"], "ok", "{main:#}");
    assert_eq!(
        main["runs"]["ok"], 30,
        "the store's last run is not counted beside its log"
    );
    let ops = agent(&answer, "ops");
    assert_eq!(ops["runs"]["failed"], 3, "{ops:#}");
    let findings = answer["findings"].as_array().expect("a list");
    let streak = findings.iter().find(|f| f["kind"] == "failure_streak");
    let streak = streak.unwrap_or_else(|| panic!("{findings:#?}"));
    assert_eq!(streak["agent"], "ops");
    assert_eq!(
        streak["evidence"]
            .as_array()
            .and_then(|e| e.last())
            .map(|e| &e["file"]),
        Some(&json!(".openclaw/cron/runs/watch.jsonl")),
        "the proof stands in the folder of another agent"
    );
}

#[test]
fn a_hermes_home_tells_of_each_jobs_last_run() {
    let place = Place::new();
    let jobs = json!({"jobs": [
        {"id": "curate", "schedule": {"kind": "cron", "expr": "0 */2 * * *"}, "enabled": true, "state": "scheduled",
         "last_run_at": "2026-03-28T10:00:03+00:00", "last_status": "error", "last_error": "429"},
        {"id": "tidy", "schedule": {"kind": "interval", "minutes": 30}, "enabled": true, "state": "paused"},
    ], "updated_at": "2026-03-28T10:00:04+00:00"});
    put(&place, ".hermes/cron/jobs.json", &jobs.to_string());
    put(&place, ".hermes/profiles/coder/cron/jobs.json",
        &json!({"jobs": [{"id": "x", "schedule": {"kind": "interval", "minutes": 60}, "enabled": true,
            "last_run_at": "2026-03-28T11:30:00+00:00", "last_status": "ok"}]}).to_string());

    let answer = standup(&place);
    let hermes = agent(&answer, "hermes");
    assert_eq!(hermes["runs"]["failed"], 1, "{hermes:#}");
    assert_eq!(hermes["failed"][0]["what"], "429");
    assert_eq!(agent(&answer, "coder")["runs"]["ok"], 1);
}

#[test]
fn projects_with_scheduled_tasks_fire_without_saying_how_it_went() {
    let place = Place::new();
    put(
        &place,
        "shop/.claude/scheduled_tasks.json",
        &json!([{"id": "tidy", "cron": "0 9 * * *", "prompt": "tidy up", "recurring": true,
            "lastFiredAt": NOW - 3 * HOUR}])
        .to_string(),
    );
    let answer = standup(&place);
    let shop = agent(&answer, "shop");
    assert_eq!(shop["runs"]["unknown"], 1, "{shop:#}");
    assert_eq!(shop["runs"]["ok"], 0, "nothing says that it went well");
}

#[test]
fn an_agent_whose_last_job_is_gone_owes_nothing() {
    let place = Place::new();
    let job = |agent: &str| {
        json!({"id": agent, "agentId": agent, "schedule": {"kind": "cron", "expr": "0 * * * *"},
        "state": {"lastRunAtMs": NOW - HOUR, "lastStatus": "ok"}})
    };
    let store = |jobs: &[Value]| json!({"version": 1, "jobs": jobs}).to_string();
    put(&place, "home/cron/jobs.json", &store(&[job("a"), job("b")]));
    let now = || {
        let output = place
            .command(&["standup", "--json"])
            .env("TZ", fleet::noon())
            .output()
            .expect("rounds runs");
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    assert!(agent(&now(), "b")["tasks"]["planned"].as_u64() > Some(0));
    put(&place, "home/cron/jobs.json", &store(&[job("a")]));
    let after = now();
    assert!(agent(&after, "a")["tasks"]["planned"].as_u64() > Some(0));
    assert_eq!(agent(&after, "b")["tasks"]["upcoming"], 0, "{after:#}");
}

#[test]
fn a_run_that_has_a_page_is_told_once() {
    let place = Place::new();
    let jobs = json!({"jobs": [{"id": "a1", "name": "Read", "schedule": {"kind": "interval", "minutes": 60}, "enabled": true,
        "last_run_at": "2026-03-28T11:00:07+00:00", "last_status": "ok"}]});
    put(&place, ".hermes/cron/jobs.json", &jobs.to_string());
    put(&place, ".hermes/cron/ticker_heartbeat", "1774699100.5\n");
    for (hour, end, heading) in [
        (10, "Two articles.", "Response"),
        (11, "TimeoutError: 600 s", "Error"),
    ] {
        put(
            &place,
            &format!(".hermes/cron/output/a1/2026-03-28_{hour}-00-07.md"),
            &format!(
                "# Cron Job: Read\n\n**Job ID:** a1\n**Run Time:** 2026-03-28T{hour}:00:07Z\n\n## Prompt\n\nRead ❌\n\n## {heading}\n\n{end}\n"
            ),
        );
    }
    let answer = standup(&place);
    let hermes = agent(&answer, "hermes");
    assert_eq!(
        (
            hermes["runs"]["ok"].as_u64(),
            hermes["runs"]["failed"].as_u64()
        ),
        (Some(1), Some(1)),
        "{hermes:#}"
    );
    assert_eq!(hermes["failed"][0]["what"], "TimeoutError: 600 s");
}

#[test]
fn schedules_of_record_beside_an_agent_tell_what_it_missed() {
    let place = Place::new();
    put(
        &place,
        "digest/heartbeat.jsonl",
        "{\"ts\":\"2026-03-27T07:31:00Z\",\"task\":\"digest\",\"status\":\"ok\"}\n{\"ts\":\"2026-03-28T09:00:00Z\",\"task\":\"other\",\"status\":\"ok\"}\n",
    );
    put(
        &place,
        "digest/digest.timer",
        "[Timer]\nOnCalendar=*-*-* 07:30:00 UTC\nUnit=digest.service\n",
    );
    put(
        &place,
        "gate/crontab.txt",
        "CRON_TZ=UTC\n# Open the gate\n0 * * * * /srv/gate.sh\n",
    );
    put(
        &place,
        "gate/logs/gate.log",
        "2026-03-28 06:00:02Z gate open DONE\n",
    );
    let answer = standup(&place);
    let planned = |name: &str| agent(&answer, name)["tasks"]["planned"].as_u64();
    assert!(planned("digest") > Some(0), "{answer:#}");
    assert!(planned("gate") > Some(0), "{answer:#}");
}

/// The newer store of `OpenClaw`, as the scheduler holds it open.
fn database(place: &Place) -> rusqlite::Connection {
    let folder = place.fleet().join(".openclaw/state");
    fs::create_dir_all(&folder).expect("a folder");
    let db = rusqlite::Connection::open(folder.join("openclaw.sqlite")).expect("a database");
    db.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    db.execute_batch("CREATE TABLE cron_jobs (store_key TEXT, job_id TEXT, enabled INTEGER, job_json TEXT, state_json TEXT)")
        .expect("a table");
    let job = json!({"id": "brief", "name": "Morning brief", "agentId": "scout",
        "schedule": {"kind": "cron", "expr": "0 * * * *", "tz": "UTC"}});
    let state = json!({"lastRunAtMs": NOW - HOUR, "lastStatus": "error", "lastError": "HTTP 429"});
    db.execute(
        "INSERT INTO cron_jobs VALUES ('a', 'brief', 1, ?1, ?2)",
        [job.to_string(), state.to_string()],
    )
    .expect("a row");
    db
}

#[test]
fn a_live_database_of_a_scheduler_is_read_from_a_copy() {
    let place = Place::new();
    let writer = database(&place);
    let answer = standup(&place);
    let scout = agent(&answer, "scout");
    assert_eq!(scout["runs"]["failed"], 1, "{scout:#}");
    assert_eq!(scout["failed"][0]["what"], "HTTP 429");
    drop(writer);
}

#[test]
fn a_store_that_was_there_and_is_gone_is_a_finding() {
    let place = Place::new();
    let job = json!({"id": "brief", "schedule": {"kind": "cron", "expr": "0 * * * *"},
        "state": {"lastRunAtMs": NOW - HOUR, "lastStatus": "ok"}});
    put(
        &place,
        ".openclaw/cron/jobs.json",
        &json!({"version": 1, "jobs": [job]}).to_string(),
    );
    let check = || {
        let output = place
            .command(&["check", "--json"])
            .output()
            .expect("rounds runs");
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    check();
    fs::remove_file(place.fleet().join(".openclaw/cron/jobs.json")).expect("gone");
    let after = check();
    let findings = after["findings"].as_array().expect("a list");
    assert!(
        findings.iter().any(|f| f["kind"] == "vanished"),
        "{after:#}"
    );
}

#[test]
fn a_log_that_went_while_nobody_looked_is_told_and_its_agent_is_still_there() {
    let place = Place::new();
    let log = rounds::domain::time::Ts(NOW - HOUR).rfc3339();
    let beat = |n: u32| {
        format!("{{\"v\":1,\"ts\":\"{log}\",\"agent\":\"a{n}\",\"run\":\"r\",\"status\":\"ok\"}}\n")
    };
    for n in 0..3 {
        put(&place, &format!("a{n}/heartbeat.jsonl"), &beat(n));
        put(&place, &format!("a{n}/heartbeat/2026-01-02.jsonl"), "");
    }
    let vanished = || {
        let output = place
            .command(&["check", "--json"])
            .output()
            .expect("rounds runs");
        let answer = serde_json::from_slice::<Value>(&output.stdout).expect("JSON");
        let findings = answer["findings"].as_array().expect("a list").clone();
        let gone = findings.iter().filter(|f| f["kind"] == "vanished");
        let mut agents: Vec<String> = gone
            .map(|f| f["agent"].as_str().expect("a name").to_owned())
            .collect();
        agents.sort();
        agents
    };
    assert_eq!(vanished(), [""; 0]);
    fs::remove_file(place.fleet().join("a0/heartbeat.jsonl")).expect("gone");
    fs::remove_dir_all(place.fleet().join("a1")).expect("gone");
    fs::remove_dir_all(place.fleet().join("a2/heartbeat")).expect("a day's file is no loss");
    assert_eq!(vanished(), ["a0", "a1"]);
    assert_eq!(
        vanished(),
        ["a0", "a1"],
        "and again, until it is acknowledged"
    );
    put(&place, "a0/heartbeat.jsonl", &beat(0));
    assert_eq!(vanished(), ["a1"], "it is back");
}

#[test]
fn files_of_days_and_runs_in_folders_of_their_own_are_read() {
    let place = Place::new();
    put(
        &place,
        "ada/logs/2026-03-27/agent.log",
        "09:15:00 sweep done\n",
    );
    put(
        &place,
        "ada/logs/2026-03-28/agent.log",
        "09:15:00 sweep failed\n",
    );
    put(
        &place,
        "ada/runs/2026-03-28_101507.json",
        "{\"started_at\":\"2026-03-28T10:15:07Z\",\"finished_at\":\"2026-03-28T10:17:07Z\",\"task\":\"crawl\",\"status\":\"completed\"}",
    );
    let answer = standup(&place);
    let ada = agent(&answer, "ada");
    assert_eq!(ada["runs"]["failed"], 1, "{ada:#}");
    assert_eq!(ada["runs"]["ok"], 2, "{ada:#}");
}

/// Homes of five kinds, each with an agent or two.
const HOMES: &[(&str, &[(&str, &str)])] = &[
    (
        "the contract",
        &[
            (
                "ada/heartbeat.jsonl",
                "{\"ts\":\"2026-03-28T11:50:00Z\",\"status\":\"ok\",\"task\":\"mail\"}\n",
            ),
            (
                "bob/schedule.json",
                "{\"date\":\"2026-03-28\",\"tz\":\"UTC\",\"tasks\":[{\"id\":\"post\",\"due\":\"2026-03-28T10:00:00Z\"}]}",
            ),
        ],
    ),
    (
        "OpenClaw",
        &[
            (
                ".openclaw/cron/jobs.json",
                "{\"jobs\":[{\"id\":\"brief\",\"agentId\":\"ops\",\"schedule\":{\"kind\":\"every\",\"everyMs\":3600000}}]}",
            ),
            (
                ".openclaw/workspace-mail/memory/2026-03-28.md",
                "# 2026-03-28\n- 08:30 - mail: two new\n",
            ),
        ],
    ),
    (
        "Hermes",
        &[
            (
                ".hermes/profiles/night/cron/jobs.json",
                "{\"jobs\":[{\"id\":\"a\",\"schedule\":{\"kind\":\"interval\",\"minutes\":60},\"last_run_at\":\"2026-03-28T10:00:00Z\",\"last_status\":\"ok\"}]}",
            ),
            (".hermes/cron/ticker_heartbeat", ""),
        ],
    ),
    (
        "Claude Code",
        &[(
            "site/.claude/scheduled_tasks.json",
            "{\"tasks\":[{\"id\":\"ci\",\"cron\":\"0 9 * * *\",\"prompt\":\"look\",\"lastFiredAt\":1774688400000}]}",
        )],
    ),
    (
        "by hand",
        &[
            ("agents/zoe/logs/2026-03-28/run.log", "10:15:00 posted ✅\n"),
            (
                "agents/zoe/schedule.json",
                "{\"monday\":[{\"time\":\"09:00\",\"task\":\"plan\"}]}",
            ),
            (
                "standups/2026-03-28.md",
                "**Ada**: shipped it\n**Bob**: blocked\n",
            ),
        ],
    ),
];

#[test]
fn the_config_that_init_writes_shows_what_was_shown_without_it() {
    for (kind, files) in HOMES {
        let place = Place::new();
        for (path, text) in *files {
            put(&place, path, text);
        }
        let before = standup(&place)["agents"].clone();
        assert!(
            before.as_array().is_some_and(|all| !all.is_empty()),
            "{kind}"
        );
        let config = place.dir.path().join("written.toml");
        let named = config.display().to_string();
        let init = place.command(&["init", "--config", &named]).output();
        let init = init.expect("rounds runs");
        assert!(
            init.status.success(),
            "{kind}: {}",
            String::from_utf8_lossy(&init.stderr)
        );
        let mut written = std::process::Command::new(env!("CARGO_BIN_EXE_rounds"));
        let output = written
            .args(["standup", "--json", "--at", AT])
            .env("ROUNDS_STATE_DIR", place.dir.path().join("other"))
            .env("ROUNDS_CONFIG", &config)
            .env("TZ", "UTC")
            .current_dir(place.dir.path())
            .output()
            .expect("rounds runs");
        let after: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{kind}: {}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(after["agents"], before, "{kind}");
    }
}

#[test]
fn lint_reads_a_store_and_names_it_by_its_own_name() {
    let place = Place::new();
    put(
        &place,
        ".openclaw/cron/jobs.json",
        "{\"jobs\":[{\"id\":\"brief\",",
    );
    put(
        &place,
        ".openclaw/state/openclaw.sqlite",
        "SQLite format 3\0and nothing else",
    );
    let output = place.command(&["lint"]).output().expect("rounds runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("cron/jobs.json:1:1"), "{said}");
    assert!(said.contains("openclaw.sqlite: cannot be read"), "{said}");
    assert!(!said.contains("copies"), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

fn touch(place: &Place, path: &str, at: i64) {
    let file = fs::File::options()
        .append(true)
        .open(place.fleet().join(path))
        .expect("the file");
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(at.unsigned_abs());
    file.set_modified(at).expect("set");
}

#[test]
fn a_scheduler_whose_ticker_is_silent_is_down() {
    let place = Place::new();
    let jobs = json!({"jobs": [{"id": "brief", "schedule": {"kind": "interval", "minutes": 600},
        "last_run_at": "2026-03-28T09:00:00Z", "last_status": "ok"}]});
    put(&place, ".hermes/cron/jobs.json", &jobs.to_string());
    put(&place, ".hermes/cron/ticker_heartbeat", "");
    let told = |beat: i64| {
        touch(&place, ".hermes/cron/jobs.json", NOW - 3 * HOUR);
        touch(&place, ".hermes/cron/ticker_heartbeat", beat);
        let answer = standup(&place);
        let findings = answer["findings"].as_array().expect("a list").clone();
        let down = findings.iter().filter(|one| one["kind"] == "agent_down");
        down.map(|one| one["sentence"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(NOW - 60_000), Vec::<String>::new());
    let silent = told(NOW - HOUR);
    assert_eq!(silent.len(), 1, "{silent:?}");
    assert!(
        silent[0].contains("its scheduler is silent since 11:00: none of its jobs fires"),
        "{silent:?}"
    );
    // Files that a clone wrote at once say nothing of a ticker.
    assert_eq!(told(NOW - 3 * HOUR), Vec::<String>::new());
}
