//! The command line from outside: what it prints, how it ends, what it says when it cannot.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A place to run rounds in: a folder of its own with nothing of the machine's config or state.
struct Rounds {
    dir: tempfile::TempDir,
}

/// What a run gave.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Rounds {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a folder"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
        self
    }

    /// Two agents: one that went well, one that failed twice and then skipped.
    fn fleet(self) -> Self {
        let at = |minutes_ago: u64| moment(minutes_ago);
        let social = format!(
            "{{\"ts\":\"{}\",\"agent\":\"social\",\"run_id\":\"r1\",\"task\":\"replies\",\"status\":\"ok\",\"did\":[\"replied to 2 threads\"],\"msg\":\"2 replies\"}}\n\
             {{\"ts\":\"{}\",\"agent\":\"social\",\"run_id\":\"r2\",\"task\":\"replies\",\"status\":\"ok\",\"did\":[\"replied to 2 threads\",\"liked 3\"]}}\n",
            at(40),
            at(10),
        );
        let publisher = format!(
            "{{\"ts\":\"{}\",\"run_id\":\"p1\",\"task\":\"newsletter\",\"status\":\"failed\",\"failed\":[{{\"what\":\"send newsletter\",\"why\":\"HTTP 429\"}}]}}\n\
             {{\"ts\":\"{}\",\"run_id\":\"p2\",\"task\":\"newsletter\",\"status\":\"failed\",\"failed\":[{{\"what\":\"send newsletter\",\"why\":\"HTTP 429\"}}],\"skipped\":[{{\"what\":\"follow-up \\u001b[2J\",\"why\":\"already_done\"}}]}}\n",
            at(30),
            at(5),
        );
        self.file("fleet/social/heartbeat.jsonl", social)
            .file("fleet/publisher/heartbeat.jsonl", publisher)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rounds"));
        command
            .args(words(line))
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }

    /// Runs a line of arguments; `'…'` keeps words together.
    fn run(&self, line: &str) -> Ran {
        self.command(line).output().expect("it starts").into()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    #[track_caller]
    fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    #[track_caller]
    fn says(&self, text: &str) -> &Self {
        assert!(
            self.out.contains(text),
            "{text:?} is missing in\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    /// On standard error, and nothing on standard output.
    #[track_caller]
    fn complains(&self, text: &str) -> &Self {
        assert!(
            self.err.contains(text),
            "{text:?} is missing in\n{}",
            self.err
        );
        assert_eq!(self.out, "", "an error is no answer");
        self
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).expect("one JSON document")
    }
}

fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (n, part) in line.split('\'').enumerate() {
        if n % 2 == 1 {
            all.push(part.to_owned());
        } else {
            all.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    all
}

/// RFC 3339, so many minutes before now.
fn moment(minutes_ago: u64) -> String {
    let now = rounds::sys::clock::Clock::System.now();
    rounds::domain::time::Ts(now.0 - minutes_ago as i64 * 60_000).rfc3339()
}

const COMMANDS: [&str; 32] = [
    "reclaim",
    "retry",
    "skip",
    "hold",
    "release",
    "run",
    "stop",
    "approve",
    "done",
    "note",
    "handoff",
    "undo",
    "kept",
    "merge",
    "edit",
    "ledger",
    "standup",
    "check",
    "watch",
    "ack",
    "maintain",
    "why",
    "log",
    "sprint",
    "retro",
    "plan",
    "lint",
    "init",
    "doctor",
    "demo",
    "completions",
    "man",
];

fn validate(name: &str, answer: &serde_json::Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/schema")
        .join(name);
    let schema: serde_json::Value =
        serde_json::from_slice(&fs::read(path).expect("a schema")).expect("JSON");
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .expect("it compiles")
        .iter_errors(answer)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new(), "{answer:#}");
}

#[test]
fn every_command_has_help_with_examples() {
    let rounds = Rounds::new();
    let all = rounds.run("--help");
    all.ends(0).says("Examples:").says("Exit status:");
    for command in COMMANDS {
        all.says(command);
        let help = rounds.run(&format!("{command} --help"));
        help.ends(0).says("Usage:").says("--state-dir");
        assert!(
            command == "man" || help.out.contains("Examples:"),
            "{command}"
        );
        assert_eq!(help.err, "");
    }
    rounds
        .run("--version")
        .ends(0)
        .says(env!("CARGO_PKG_VERSION"));
}

#[test]
fn mistakes_in_arguments_end_with_2_and_say_what_was_meant() {
    let rounds = Rounds::new().fleet();
    rounds.run("standup --jsn").ends(2).complains("--json");
    rounds
        .run("standup --json --md")
        .ends(2)
        .complains("cannot be used with");
    rounds.run("standpu").ends(2).complains("rounds standup");
    rounds.run("handof").ends(2).complains("rounds handoff");
    rounds
        .run("standup fleet --since soonish")
        .ends(2)
        .complains("yesterday");
    rounds
        .run("standup fleet --since 2099-01-01")
        .ends(2)
        .complains("lies after");
    rounds
        .run("standup fleet --at 2099-01-01")
        .ends(2)
        .complains("future");
    rounds
        .run("log --path fleet is:nonsense")
        .ends(2)
        .complains("is: takes");
    rounds.run("demo --agents 0").ends(2).complains("0");
    rounds.run("completions tcsh").ends(2).complains("bash");
}

#[test]
fn places_that_cannot_be_looked_at_are_named() {
    let rounds = Rounds::new().fleet();
    fs::create_dir(rounds.path("empty")).expect("made");
    rounds
        .run("standup nowhere")
        .ends(2)
        .complains("there is no nowhere");
    let empty = rounds.run("standup empty");
    empty.ends(2).complains("no agents found");
    empty.complains("looked at:").complains("rounds demo");
    let made = Command::new("mkfifo").arg(rounds.path("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()));
    rounds.run("standup pipe").ends(2).complains("FIFO");
    rounds.run("lint pipe").ends(2);
}

#[test]
fn a_folder_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let rounds = Rounds::new().fleet();
    let closed = rounds.path("closed");
    fs::create_dir(&closed).expect("made");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("closed");
    // The superuser may open everything; there is nothing to see then.
    if fs::read_dir(&closed).is_err() {
        rounds.run("standup closed").ends(2).complains("permission");
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("opened");
}

#[test]
fn a_config_with_mistakes_is_refused_with_all_of_them() {
    let rounds = Rounds::new().fleet().file(
        ".config/rounds/config.toml",
        "read_onyl = true\n[fleet]\ngrace = 15\n",
    );
    let refused = rounds.run("standup fleet");
    refused
        .ends(2)
        .complains("config.toml:1:1")
        .complains("`read_only`");
    refused
        .complains("config.toml:3:9")
        .complains("\"15m\"")
        .complains("2 mistakes");
    rounds
        .run("--config none.toml standup fleet")
        .ends(2)
        .complains("no such file");
}

#[test]
fn the_standup_says_who_did_what() {
    let rounds = Rounds::new().fleet();
    let text = rounds.run("standup fleet --since 8h");
    text.ends(0)
        .says("2 agents")
        .says("send newsletter: HTTP 429 ×2")
        .says("replied to 2 threads ×2");
    assert!(!text.out.contains('\u{1b}'), "plain without a terminal");
    let publisher = text.out.find("⊘ publisher").expect("its row");
    assert!(
        publisher < text.out.find("✓ social").expect("its row"),
        "worst first"
    );
    rounds
        .run("standup fleet --md")
        .ends(0)
        .says("# Standup")
        .says("## Agents");
    rounds
        .run("standup fleet --color always")
        .ends(0)
        .says("\u{1b}[");
}

#[test]
fn a_moment_before_the_history_says_when_it_begins() {
    let refused = Rounds::new()
        .fleet()
        .run("standup fleet --at 2020-01-03T00:00:00Z");
    refused
        .ends(2)
        .complains("nothing is known as of Fri 2020-01-03 00:00; the first line is of ");
    assert!(!refused.err.contains("no agents found"), "{}", refused.err);
}

#[test]
fn the_standup_as_json_is_what_its_schema_says() {
    let rounds = Rounds::new().fleet();
    let answer = rounds.run("standup fleet --json --since 8h");
    answer.ends(0);
    let json = answer.json();
    validate("standup.json", &json);
    assert_eq!(json["totals"]["agents"], 2);
    assert_eq!(json["totals"]["did"], 3);
    assert_eq!(json["agents"][0]["failed"][0]["count"], 2);
    assert!(
        !answer.out.contains("\\u001b"),
        "agent text is made visible in JSON, too"
    );
}

#[test]
fn a_plan_is_made_dry_then_written_and_never_over_one_of_the_agents() {
    let backlog = "## social\n- [ ] article tier:mutating resource:devto est:20m after:draft\n- [ ] draft est:1h\n\
                   ## publisher\n- [ ] mail est:5m\n## nobody\n- [ ] lost\n";
    let rounds = Rounds::new().fleet().file("fleet/backlog.md", backlog);
    let dry = rounds.run("plan fleet --json");
    dry.ends(0);
    let json = dry.json();
    validate("plan.json", &json);
    assert_eq!(json["written"], false);
    assert_eq!(json["planned"].as_array().expect("a list").len(), 3);
    assert_eq!(json["left"][0]["why"], "no agent is named for it");
    let day = json["date"].as_str().expect("a day").to_owned();
    let mine = rounds.path(&format!("fleet/social/schedule/{day}.json"));
    assert!(!mine.exists(), "a dry run writes nothing");
    rounds.run("--read-only plan fleet --write").ends(2);
    assert!(!mine.exists());
    let theirs = format!("fleet/publisher/schedule/{day}.json");
    let own = format!(
        "{{\"date\":\"{day}\",\"tasks\":[{{\"id\":\"mine\",\"due\":\"{day}T10:00:00Z\"}}]}}"
    );
    let rounds = rounds.file(&theirs, &own);
    let written = rounds.run("plan fleet --write --seed 3");
    written.ends(0).says("the agent has written its own plan");
    assert_eq!(
        fs::read_to_string(rounds.path(&theirs)).expect("there"),
        own
    );
    let plan: serde_json::Value =
        serde_json::from_slice(&fs::read(&mine).expect("there")).expect("JSON");
    validate("schedule.json", &plan);
    assert_eq!(plan["tasks"].as_array().expect("a list").len(), 2);
    let again = rounds.run("plan fleet --write --seed 4");
    again.ends(0).says("~ social/schedule/");
    let ledger = fs::read_to_string(ledger_of(&rounds)).expect("a ledger");
    assert_eq!(ledger.matches("\"plan_written\"").count(), 2);
}

#[test]
fn the_sprint_in_all_its_forms() {
    let day = &moment(0)[..10];
    let plan = format!(
        "{{\"date\":\"{day}\",\"tz\":\"UTC\",\"limits\":{{\"tasks\":1}},\"tasks\":[\
         {{\"id\":\"replies\",\"due\":\"{day}T00:00:30Z\",\"est_s\":600,\"reviewer\":\"social\",\"status\":\"review\"}},\
         {{\"id\":\"late-one\",\"due\":\"{day}T00:00:00Z\"}}]}}"
    );
    let rounds = Rounds::new()
        .fleet()
        .file("fleet/social/schedule.json", plan);
    rounds
        .run("sprint fleet")
        .ends(0)
        .says("social")
        .says("tasks 2/1 over");
    rounds
        .run("sprint fleet --columns")
        .ends(0)
        .says("pending")
        .says("social/late-one");
    rounds
        .run("sprint fleet --md")
        .ends(0)
        .says("# Sprint ")
        .says("late-one");
    let json = rounds.run("sprint fleet --json");
    json.ends(0);
    validate("sprint.json", &json.json());
    assert_eq!(json.json()["date"], day);
    rounds
        .run("sprint fleet --day tomorrow")
        .ends(0)
        .says("sprint");
    rounds
        .run("sprint fleet --day someday")
        .ends(2)
        .complains("is no day");
    let storm = rounds.run("sprint fleet --storm --json");
    storm.ends(0);
    validate("storm.json", &storm.json());
    rounds.run("sprint fleet --storm").ends(0).says("storm");
}

#[test]
fn the_week_is_counted_as_the_raw_lines_are() {
    let insights = "# INSIGHTS\n## 2020-01-01\n### Didn't\n- old thing\n";
    let rounds = Rounds::new()
        .fleet()
        .file("fleet/social/INSIGHTS.md", insights);
    // The lines are of the last hour, which may have begun in the week before.
    let weeks: Vec<serde_json::Value> = ["this", "last"]
        .iter()
        .map(|week| {
            let answer = rounds.run(&format!("retro fleet --json --week {week}"));
            answer.ends(0);
            validate("retro.json", &answer.json());
            answer.json()
        })
        .collect();
    let sum = |agent: &str, key: &str| -> i64 {
        let of = weeks
            .iter()
            .flat_map(|week| week["agents"].as_array().expect("a list"));
        let mine = of.filter(|one| one["agent"] == agent);
        mine.map(|one| one[key].as_i64().expect("a number")).sum()
    };
    assert_eq!((sum("social", "runs"), sum("social", "did")), (2, 3));
    assert_eq!(
        (sum("publisher", "runs"), sum("publisher", "failed")),
        (2, 2)
    );
    rounds
        .run("retro fleet")
        .ends(0)
        .says("HTTP 429 ×2")
        .says("0 of 1 insights read");
    rounds
        .run("retro fleet --read social --note 'fewer of it'")
        .ends(0)
        .says("1 of 1 insights read")
        .says("fewer of it");
    rounds
        .run("retro fleet --md")
        .ends(0)
        .says("## Note")
        .says("\nfewer of it\n");
    rounds
        .run("retro fleet --read publisher")
        .ends(2)
        .complains("publisher has no insights");
    rounds
        .run("retro fleet --week 2026-W99")
        .ends(2)
        .complains("is no week");
}

fn ledger_of(rounds: &Rounds) -> PathBuf {
    let mut open = vec![rounds.path(".local")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.file_name() == "ledger.jsonl" {
                return entry.path();
            }
            if entry.path().is_dir() {
                open.push(entry.path());
            }
        }
    }
    panic!("no ledger");
}

#[test]
fn check_says_by_its_status_whether_somebody_is_needed() {
    let rounds = Rounds::new().fleet();
    let answer = rounds.run("check fleet --json");
    answer.ends(1);
    let json = answer.json();
    validate("check.json", &json);
    assert_eq!(json["complete"], true);
    let findings = json["findings"].as_array().expect("a list");
    let of = |kind: &str| findings.iter().find(|one| one["kind"] == kind);
    let failed = of("failed").expect("the newsletter failed");
    assert_eq!(failed["counts"], true);
    assert_eq!(failed["said"], serde_json::Value::Null);
    assert!(failed["first_shown"].is_string());
    let can = failed["operations"].as_array().expect("a list");
    assert!(can.contains(&"retry".into()), "{failed}");
    assert!(failed["refused"].as_array().is_some_and(|all| {
        all.iter()
            .any(|one| one["op"] == "reclaim" && one["why"].is_string())
    }));
    rounds
        .run("check fleet")
        .ends(1)
        .says("warning")
        .says("newsletter");
    let critical = rounds
        .run("check fleet --min critical --json")
        .ends(1)
        .json();
    let severe = critical["findings"].as_array().expect("a list");
    assert!(!severe.is_empty() && severe.len() < findings.len());
    assert!(severe.iter().all(|one| one["severity"] == "critical"));
    rounds.run("check fleet --at 20m --min critical").ends(0);
    rounds.run("check fleet --at 20m").ends(1);
    rounds.run("check fleet --at 35m").ends(0).says("all clear");
}

#[test]
fn check_tells_only_what_is_new_to_a_name() {
    let rounds = Rounds::new().fleet();
    rounds
        .run("check fleet --new mail")
        .ends(1)
        .says("newsletter");
    rounds
        .run("check fleet --new mail")
        .ends(0)
        .says("nothing new");
    rounds
        .run("check fleet --new pager")
        .ends(1)
        .says("newsletter");
    rounds
        .run("check fleet --new ../mail")
        .ends(2)
        .complains("no name for a check");
    let line = format!(
        "{{\"ts\":\"{}\",\"run_id\":\"r3\",\"task\":\"replies\",\"status\":\"failed\",\"msg\":\"HTTP 500\"}}\n",
        moment(1)
    );
    let log = rounds.path("fleet/social/heartbeat.jsonl");
    let before = fs::read_to_string(&log).expect("read");
    fs::write(&log, before + &line).expect("written");
    let new = rounds.run("check fleet --new mail --json");
    new.ends(1);
    let findings = new.json()["findings"].clone();
    assert_eq!(findings.as_array().map(Vec::len), Some(1), "{findings:#}");
    assert_eq!(findings[0]["agent"], "social");
}

#[test]
fn what_is_acknowledged_stays_visible_and_counts_no_more() {
    let rounds = Rounds::new().fleet();
    rounds.run("check fleet").ends(1);
    rounds
        .run("ack publisher --path fleet --dry-run")
        .ends(0)
        .says("would be kept: failed of publisher/newsletter acknowledged");
    rounds.run("check fleet").ends(1);
    rounds
        .run("ack publisher --path fleet --read-only")
        .ends(2)
        .complains("rounds is read-only here");
    rounds
        .run("maintain 1h publisher --path fleet --read-only")
        .ends(2)
        .complains("without --read-only");
    let said = rounds.run("ack publisher --path fleet --json");
    said.ends(0);
    validate("said.json", &said.json());
    assert_eq!(said.json()["said"], "acknowledged");
    assert_eq!(said.json()["subjects"][0]["done"], true);
    let json = rounds.run("check fleet --json").ends(0).json();
    validate("check.json", &json);
    let findings = json["findings"].as_array().expect("a list");
    assert!(!findings.is_empty());
    for finding in findings {
        assert_eq!(
            (&finding["said"], &finding["counts"]),
            (&"acknowledged".into(), &false.into())
        );
    }
    rounds
        .run("check fleet")
        .ends(0)
        .says("(acknowledged)")
        .says("all clear");
    rounds
        .run("standup fleet")
        .ends(0)
        .says("nothing needs you");
    rounds
        .run("ack publisher --path fleet --back")
        .ends(0)
        .says("counts again");
    rounds.run("check fleet").ends(1);
    rounds
        .run("ack publisher --path fleet --for 2h")
        .ends(0)
        .says("snoozed until");
    rounds.run("check fleet").ends(0).says("(snoozed until");
    rounds
        .run("ack nobody --path fleet")
        .ends(2)
        .complains("nothing is told about nobody");
}

#[test]
fn maintenance_silences_an_agent_or_the_fleet_until_it_ends() {
    let rounds = Rounds::new().fleet();
    rounds.run("maintain 2h social --path fleet").ends(0);
    rounds.run("check fleet").ends(1);
    rounds
        .run("maintain 2h publisher --path fleet --json")
        .ends(0);
    let json = rounds.run("check fleet --json").ends(0).json();
    assert_eq!(json["findings"][0]["said"], "maintenance");
    assert!(json["findings"][0]["until"].is_string());
    rounds
        .run("maintain off publisher --path fleet")
        .ends(0)
        .says("has ended");
    rounds.run("check fleet").ends(1);
    rounds.run("maintain 30m --path fleet --dry-run").ends(0);
    rounds.run("check fleet").ends(1);
    rounds
        .run("maintain 30m --path fleet")
        .ends(0)
        .says("the fleet");
    rounds.run("check fleet").ends(0);
    rounds.run("check fleet --at 20m").ends(1);
    rounds
        .run("maintain 2h nobody --path fleet")
        .ends(2)
        .says("no agent nobody");
    rounds
        .run("maintain soon --path fleet")
        .ends(2)
        .complains("no length");
}

#[test]
fn when_a_finding_was_first_shown_outlives_the_mirror() {
    let rounds = Rounds::new().fleet();
    let shown = |ran: Ran| {
        ran.json()["findings"][0]["first_shown"]
            .as_str()
            .map(str::to_owned)
    };
    let first = shown(rounds.run("check fleet --json --state-dir state"));
    assert!(first.is_some());
    let state = files_below(&rounds.path("state"));
    let mirror = state.iter().find(|path| path.ends_with("mirror.db"));
    fs::remove_file(mirror.expect("a mirror")).expect("removed");
    assert_eq!(
        shown(rounds.run("check fleet --json --state-dir state")),
        first
    );
    rounds
        .run("why publisher fleet --state-dir state")
        .says("after it began");
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("listed").flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files_below(&path),
            path => vec![path],
        })
        .collect()
}

#[test]
fn a_source_that_cannot_be_read_outranks_every_finding() {
    let rounds = Rounds::new().fleet();
    rounds.run("check fleet").ends(1);
    let log = rounds.path("fleet/social/heartbeat.jsonl");
    fs::set_permissions(&log, std::os::unix::fs::PermissionsExt::from_mode(0o000)).expect("set");
    if fs::read(&log).is_ok() {
        // Nothing is forbidden to this user.
        return;
    }
    rounds.run("check fleet").ends(2).says("no all clear");
    let json = rounds.run("check fleet --json --min critical");
    json.ends(2);
    assert_eq!(json.json()["complete"], false);
}

#[test]
fn without_a_terminal_rounds_is_the_standup() {
    let rounds = Rounds::new().fleet();
    rounds
        .run("fleet")
        .ends(0)
        .says("standup")
        .says("publisher");
    let dumb = rounds
        .command("fleet")
        .env("TERM", "dumb")
        .output()
        .expect("it starts");
    Ran::from(dumb).ends(0).says("publisher");
}

#[test]
fn only_done_moves_the_mark() {
    let rounds = Rounds::new().fleet();
    let since = |ran: Ran| ran.json()["since"].as_str().expect("a moment").to_owned();
    let before = since(rounds.run("standup fleet --json"));
    assert_eq!(since(rounds.run("standup fleet --json")), before);
    rounds.run("standup fleet --done --read-only").ends(2);
    rounds
        .run("standup fleet --done")
        .ends(0)
        .says("standup done");
    let after = rounds.run("standup fleet --json");
    assert_eq!(after.json()["totals"]["runs"], 0);
    assert!(since(after) > before);
}

#[test]
fn the_board_as_it_was() {
    let rounds = Rounds::new().fleet();
    rounds.run("standup fleet").ends(0);
    let then = rounds.run("standup fleet --at 20m --since 2h --json");
    then.ends(0);
    let json = then.json();
    validate("standup.json", &json);
    assert_eq!(
        (&json["totals"]["runs"], &json["totals"]["failed"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn why_of_an_already_done_names_run_step_and_line_of_the_doing() {
    let (done, skipped) = (moment(300), moment(10));
    let wal = format!(
        "{{\"ts\":\"{done}\",\"run_id\":\"r1\",\"task\":\"follow\",\"step\":\"s2\",\"do\":\"follow\",\"target\":\"@ann\",\"key\":\"follow:@ann\",\"status\":\"intended\"}}\n\
         {{\"ts\":\"{done}\",\"run_id\":\"r1\",\"task\":\"follow\",\"step\":\"s2\",\"do\":\"follow\",\"target\":\"@ann\",\"key\":\"follow:@ann\",\"status\":\"done\"}}\n"
    );
    let log = format!(
        "{{\"ts\":\"{done}\",\"run_id\":\"r1\",\"task\":\"follow\",\"status\":\"ok\",\"did\":1}}\n\
         {{\"ts\":\"{skipped}\",\"run_id\":\"r2\",\"task\":\"follow\",\"status\":\"skipped\",\"skipped\":[{{\"what\":\"follow @ann\",\"why\":\"already_done\",\"key\":\"follow:@ann\"}}]}}\n"
    );
    let plan = "{\"tz\":\"UTC\",\"tasks\":[{\"id\":\"follow\",\"schedule\":{\"kind\":\"cron\",\"expr\":\"59 23 * * *\"}}]}";
    let rounds = Rounds::new()
        .file("fleet/outreach/schedule.json", plan)
        .file("fleet/outreach/wal.jsonl", wal)
        .file("fleet/outreach/heartbeat.jsonl", log);
    for subject in ["outreach", "outreach/follow"] {
        rounds
            .run(&format!("why {subject} fleet"))
            .ends(0)
            .says("follow @ann: step s2 of run r1")
            .says("outreach/wal.jsonl:2");
    }
    let json = rounds.run("why outreach/follow fleet --json").json();
    validate("why.json", &json);
    let proven = &json["proven"][0];
    assert_eq!(
        (&proven["by"], &proven["run"], &proven["step"]),
        (&"step".into(), &"r1".into(), &"s2".into())
    );
    assert_eq!(proven["evidence"]["line"], 2);
}

#[test]
fn why_answers_for_the_sick_and_the_healthy() {
    let rounds = Rounds::new().fleet();
    rounds
        .run("why publisher fleet")
        .ends(0)
        .says("publisher")
        .says("429");
    rounds.run("why social fleet").ends(0).says("social");
    let json = rounds.run("why social fleet --json");
    json.ends(0);
    validate("why.json", &json.json());
    rounds
        .run("why socail fleet")
        .ends(2)
        .complains("rounds why social");
    rounds
        .run("why social/nothing fleet")
        .ends(2)
        .complains("no task");
}

#[test]
fn the_log_is_merged_and_filtered() {
    let rounds = Rounds::new().fleet();
    let all = rounds.run("log --path fleet");
    assert_eq!(all.ends(0).out.lines().count(), 4);
    let times: Vec<&str> = all.out.lines().map(|line| &line[..19]).collect();
    assert!(times.is_sorted(), "{times:?}");
    let one = rounds.run("log agent:publisher --path fleet -n 1 --json");
    one.ends(0);
    validate("log.json", &one.json());
    assert_eq!(one.json()["run"], "p2");
    assert_eq!(one.json()["file"], "publisher/heartbeat.jsonl");
    assert_eq!(
        rounds
            .run("log --path fleet --since 20m")
            .out
            .lines()
            .count(),
        2
    );
}

#[test]
fn following_goes_on_with_what_is_written() {
    use std::io::{BufRead, BufReader, Write};
    let rounds = Rounds::new().fleet();
    let mut child = rounds
        .command("log --follow -n 1 --path fleet --json")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first = lines.next().expect("a line").expect("read");
    assert!(first.contains("\"p2\""), "{first}");
    let log = fs::OpenOptions::new()
        .append(true)
        .open(rounds.path("fleet/social/heartbeat.jsonl"));
    let line = format!(
        "{{\"ts\":\"{}\",\"run_id\":\"r3\",\"task\":\"replies\",\"status\":\"ok\",\"msg\":\"new\"}}\n",
        moment(0)
    );
    log.expect("open")
        .write_all(line.as_bytes())
        .expect("appended");
    let second = lines.next().expect("a line").expect("read");
    assert!(second.contains("\"r3\""), "{second}");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn following_waits_for_a_log_that_is_not_there_yet() {
    use std::io::{BufRead, BufReader};
    let rounds = Rounds::new().fleet();
    let log = rounds.path("away/social/heartbeat.jsonl");
    fs::create_dir_all(log.parent().expect("a folder")).expect("made");
    let mut child = rounds
        .command("log --follow --path away --json")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let line = format!(
        "{{\"ts\":\"{}\",\"run_id\":\"r1\",\"task\":\"replies\",\"status\":\"ok\",\"msg\":\"back\"}}\n",
        moment(0)
    );
    fs::write(log, line).expect("written");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first = lines.next().expect("a line").expect("read");
    assert!(first.contains("\"r1\""), "{first}");
    child.kill().expect("ended");
    child.wait().expect("it ends");
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let rounds = Rounds::new().fleet();
    for line in ["standup fleet", "man", "init --print", "--help"] {
        let mut child = rounds
            .command(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let ran = Ran::from(child.wait_with_output().expect("it ends"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{line}");
    }
}

#[test]
fn lint_names_the_place_and_the_remedy() {
    let rounds = Rounds::new().fleet().file(
        "fleet/social/wal.jsonl",
        "{\"ts\":\"2026-03-28T10:15:07Z\",\"status\":\n",
    );
    let found = rounds.run("lint fleet/social/wal.jsonl");
    found
        .ends(1)
        .says("fleet/social/wal.jsonl:1:")
        .says("remedy:")
        .says("1 file checked");
    rounds
        .run("lint fleet/social/heartbeat.jsonl")
        .ends(0)
        .says("nothing to mend");
    let json = rounds.run("lint fleet --json");
    json.ends(1);
    validate("lint.json", &json.json());
    rounds.run("lint none.jsonl").ends(2);
}

#[test]
fn init_writes_once_and_what_it_writes_loads() {
    let rounds = Rounds::new().fleet();
    rounds
        .run("init fleet")
        .ends(0)
        .says("found 2 agents")
        .says("wrote ~/.config/rounds/config.toml");
    let written = fs::read_to_string(rounds.path(".config/rounds/config.toml")).expect("written");
    assert!(written.contains("\nroots = [\"~/fleet\"]\n"), "{written}");
    rounds.run("standup").ends(0).says("publisher");
    rounds
        .run("init fleet")
        .ends(2)
        .complains("not overwritten");
    assert_eq!(
        fs::read_to_string(rounds.path(".config/rounds/config.toml")).expect("there"),
        written
    );
    rounds.run("init --print").ends(0).says("#roots = ");
    fs::create_dir(rounds.path("empty")).expect("made");
    rounds
        .run("init empty --config other.toml")
        .ends(2)
        .complains("no agents found");
    assert!(!rounds.path("other.toml").exists());
}

/// A home whose `crontab -l` prints a job of the publisher's and one of nobody's.
fn with_crontab(rounds: &Rounds) -> std::ffi::OsString {
    use std::os::unix::fs::PermissionsExt;
    let bin = rounds.path("bin");
    fs::create_dir_all(&bin).expect("made");
    let script = "#!/bin/sh\nprintf '%s\\n' 'CRON_TZ=UTC' '0 7 * * * ~/fleet/publisher/run.sh' '5 4 * * * certbot renew'\n";
    fs::write(bin.join("crontab"), script).expect("written");
    fs::set_permissions(bin.join("crontab"), fs::Permissions::from_mode(0o755)).expect("set");
    format!("{}:/usr/bin:/bin", bin.display()).into()
}

#[test]
fn the_crontab_is_told_where_it_starts_an_agent() {
    let rounds = Rounds::new().fleet();
    let path = with_crontab(&rounds);
    let said = |line: &str| {
        let output = rounds.command(line).env("PATH", &path).output();
        let output = output.expect("rounds runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let record = "crontab -l | grep -e _TZ= -e fleet/publisher > ~/fleet/publisher/crontab.txt";
    let doctor = said("doctor --path fleet");
    assert!(
        doctor.contains("2 jobs; those of publisher are not read"),
        "{doctor}"
    );
    assert!(doctor.contains(record), "{doctor}");
    let init = said("init fleet");
    assert!(
        init.contains(&format!("1 job of your crontab for publisher: {record}")),
        "{init}"
    );
    let config = rounds.path(".config/rounds/config.toml");
    assert!(
        fs::read_to_string(config)
            .expect("written")
            .contains(record)
    );

    let kept = "CRON_TZ=UTC\n0 7 * * * ~/fleet/publisher/run.sh\n";
    fs::write(rounds.path("fleet/publisher/crontab.txt"), kept).expect("written");
    let doctor = said("doctor --path fleet");
    assert!(
        doctor.contains("those of publisher are kept beside them as they are"),
        "{doctor}"
    );
}

#[test]
fn a_ticker_that_fell_silent_is_told() {
    let rounds = Rounds::new();
    let cron = rounds.path("fleet/.hermes/cron");
    fs::create_dir_all(&cron).expect("made");
    fs::write(
        cron.join("jobs.json"),
        "{\"jobs\":[{\"id\":\"a\",\"schedule\":{\"kind\":\"interval\",\"minutes\":60}}]}",
    )
    .expect("written");
    let beat = fs::File::create(cron.join("ticker_heartbeat")).expect("made");
    rounds.run("doctor --path fleet").says("ticker").says("ago");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(400_000);
    beat.set_modified(old).expect("set");
    rounds
        .run("doctor --path fleet")
        .ends(1)
        .says("hermes: silent for")
        .says("none of its jobs fires");
}

#[test]
fn doctor_says_how_each_file_is_read() {
    let rounds = Rounds::new().fleet();
    rounds
        .run("doctor --path fleet")
        .ends(0)
        .says("state")
        .says("agents");
    let full = rounds.run("doctor fleet");
    full.ends(0)
        .says("heartbeat.jsonl")
        .says("json stream")
        .says("2 records");
    let json = rounds.run("doctor fleet --json").json();
    validate("doctor.json", &json);
    assert!(
        !rounds.path(".local/state/rounds").exists(),
        "the doctor changes nothing"
    );
    let broken = Rounds::new()
        .fleet()
        .file(".config/rounds/config.toml", "nonsense = 1\n");
    broken
        .run("doctor fleet")
        .ends(1)
        .says("unknown key")
        .says("heartbeat.jsonl");
}

#[test]
fn demo_writes_the_same_fleet_from_the_same_seed() {
    let rounds = Rounds::new();
    let line = |dir: &str| {
        format!("demo --write {dir} --agents 3 --days 1 --seed 5 --at '2026-03-27 07:10'")
    };
    rounds.run(&line("one")).ends(0).says("wrote 3 agents");
    rounds.run(&line("two")).ends(0);
    rounds.run(&line("one")).ends(2).complains("empty folder");
    let same = Command::new("diff")
        .arg("-r")
        .args([rounds.path("one"), rounds.path("two")])
        .status();
    assert!(same.is_ok_and(|status| status.success()));
}

#[test]
fn a_headless_demo_lives_until_it_is_interrupted() {
    use std::io::{BufRead, BufReader};
    let rounds = Rounds::new();
    let mut child = rounds
        .command("demo --headless --write live --agents 3 --days 1 --speed 3600")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("until interrupted"))));
    let size = || -> u64 {
        let listed = Command::new("du")
            .arg("-sb")
            .arg(rounds.path("live"))
            .output()
            .expect("du")
            .stdout;
        let text = String::from_utf8_lossy(&listed).into_owned();
        text.split_whitespace()
            .next()
            .and_then(|n| n.parse().ok())
            .expect("a size")
    };
    let before = size();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while size() == before && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(size() > before, "it writes");
    let ended = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(ended.is_ok_and(|status| status.success()));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    rounds.run("standup live").ends(0);
}

#[test]
fn a_single_log_is_an_agent() {
    let rounds = Rounds::new().fleet();
    rounds
        .run("standup fleet/publisher/heartbeat.jsonl --since 8h")
        .ends(0)
        .says("1 agent")
        .says("HTTP 429");
}

#[test]
fn broken_logs_are_counted_and_the_rest_is_read() {
    let rounds = Rounds::new().fleet();
    let path = rounds.path("fleet/social/heartbeat.jsonl");
    let mut text = fs::read(&path).expect("read");
    text.extend_from_slice(b"\x00\x00{\"ts\":\"2026-03-28T10:\n\xff\xfe\n");
    fs::write(&path, text).expect("written");
    rounds
        .run("standup fleet --since 8h")
        .ends(0)
        .says("damaged")
        .says("replied to 2 threads");
    rounds.run("doctor fleet").ends(1).says("damaged");
}

#[test]
fn looking_writes_nothing_into_the_fleet() {
    let rounds = Rounds::new().fleet();
    let list = || {
        Command::new("find")
            .arg(rounds.path("fleet"))
            .args(["-printf", "%p %s %T@\\n"])
            .output()
            .expect("find")
            .stdout
    };
    let before = list();
    for line in [
        "standup fleet",
        "why social fleet",
        "log --path fleet",
        "lint fleet",
        "doctor fleet",
        "standup fleet --done",
    ] {
        rounds.run(line).ends(0);
    }
    assert_eq!(list(), before);
}

#[test]
fn completions_and_man_cover_every_command() {
    let rounds = Rounds::new();
    let (bash, man) = (rounds.run("completions bash"), rounds.run("man"));
    for command in COMMANDS {
        bash.ends(0).says(command);
        man.ends(0).says(&command.to_uppercase());
    }
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        rounds
            .run(&format!("completions {shell}"))
            .ends(0)
            .says("rounds");
    }
}

#[test]
fn what_rounds_keeps_is_its_owner_s_alone() {
    let rounds = Rounds::new().fleet();
    rounds.run("standup fleet --done").ends(0);
    let listed = Command::new("find")
        .arg(rounds.path(".local/state/rounds"))
        .args(["-perm", "/077"])
        .output();
    assert_eq!(String::from_utf8_lossy(&listed.expect("find").stdout), "");
    assert!(rounds.path(".local/state/rounds").is_dir());
}

#[test]
fn a_version_that_was_overwritten_is_shown_beside_what_is_there_now() {
    let rounds = Rounds::new().fleet();
    let run = |line: &str| -> Ran {
        let mut command = rounds.command(line);
        command.current_dir(rounds.path("fleet"));
        command.output().expect("it starts").into()
    };
    let versions = [
        "[\n \"a\"\n]\n",
        "[\n \"a\",\n \"b\"\n]\n",
        "[\n \"a\",\n \"c\"\n]\n",
    ];
    for text in versions {
        fs::write(rounds.path("fleet/social/posted.json"), text).expect("written");
        run("check");
    }
    let lost = run("kept --lost");
    lost.ends(0)
        .says("social: ")
        .says("was overwritten")
        .says("- social/posted.json now\n+ the version of ")
        .says("    3 -  \"c\"\n    3 +  \"b\"\n");
    let heard = run("kept --lost --plain");
    heard
        .ends(0)
        .says("removed: only in social/posted.json now\nadded: only in the version of ")
        .says("\nline 3 removed: \"c\"\nline 3 added: \"b\"\n");
    let json = run("kept --lost --json").json();
    validate("lost.json", &json);
    let one = &json["lost"][0];
    assert_eq!(
        (&one["agent"], &one["there"]),
        (&"social".into(), &"file".into())
    );
    let lines = one["difference"].as_array().expect("lines");
    let signs: Vec<_> = lines.iter().map(|line| line["sign"].clone()).collect();
    assert_eq!(signs, ["-", "+"]);
    let version = one["version"].as_str().expect("a name");
    let state = rounds.path(".local/state/rounds");
    let found = Command::new("find")
        .arg(state)
        .args(["-name", version])
        .output()
        .expect("find");
    assert_ne!(found.stdout, b"", "{version}");
    let others = run("kept publisher --lost");
    others.ends(0).says("nothing that was overwritten is known");
    // Where the file is gone, what replaced it then is there still.
    fs::remove_file(rounds.path("fleet/social/posted.json")).expect("it was there");
    let gone = run("kept social --lost");
    gone.ends(0).says("posted.json cannot be read now");
    let gone = run("kept --lost --json").json();
    assert_eq!(gone["lost"][0]["there"], "replaced");
    let nothing = run("kept publisher --lost --json").json();
    validate("lost.json", &nothing);
    assert_eq!(nothing["lost"], serde_json::json!([]));
    // One that is kept no more is named, and takes nothing else away.
    let found = String::from_utf8(found.stdout).expect("a path");
    fs::remove_file(found.trim_end()).expect("it was kept");
    let left = run("kept --lost --json");
    left.ends(0);
    assert!(
        left.err.contains("social: social/posted.json: "),
        "{}",
        left.err
    );
    assert_eq!(left.json()["lost"], serde_json::json!([]));
}

#[test]
fn two_fleets_are_kept_apart() {
    let rounds = Rounds::new().fleet();
    fs::create_dir(rounds.path("other")).expect("made");
    fs::rename(rounds.path("fleet/social"), rounds.path("other/social")).expect("moved");
    let agents = |place: &str| {
        rounds.run(&format!("standup {place} --json")).json()["totals"]["agents"].clone()
    };
    assert_eq!(
        (agents("fleet"), agents("other"), agents("fleet")),
        (1.into(), 1.into(), 1.into())
    );
    rounds.run("standup fleet --done").ends(0);
    assert_ne!(
        rounds.run("standup other --json --since 8h").json()["totals"]["runs"],
        0
    );
}

#[test]
fn an_order_is_shown_confirmed_carried_out_and_taken_back() {
    let rounds = Rounds::new().fleet();
    let plan = rounds.path("fleet/social/schedule.json");
    let task = "later";
    let before = r#"{"agent":"social","tz":"UTC","tasks":[
  {"id":"later","schedule":{"kind":"cron","expr":"59 23 * * *","tz":"UTC"},"tier":"read-only","n":1.50}]}
"#;
    fs::write(&plan, before).expect("written");
    let order =
        |verb: &str, rest: &str| rounds.run(&format!("{verb} social/{task} --path fleet {rest}"));
    order("hold", "--reason wait --dry-run")
        .ends(0)
        .says("\n  + ")
        .says("\"held\"");
    let heard = order("hold", "--reason wait --dry-run --plain");
    heard
        .ends(0)
        .says("\n  line 2 added: ")
        .says("\n  confirm: not needed\n");
    assert!(!heard.out.contains("\n  + "), "{}", heard.out);
    rounds
        .run("ledger verify --path fleet")
        .ends(0)
        .says("no operations yet\n");
    assert_eq!(fs::read_to_string(&plan).expect("read"), before);
    order("hold", "--reason wait --yes --read-only")
        .ends(1)
        .says("read-only");
    let done = order("hold", "--reason wait --yes --json");
    done.ends(0);
    validate("operated.json", &done.json());
    assert_eq!(done.json()["subjects"][0]["landed"], "done");
    assert!(
        fs::read_to_string(&plan)
            .expect("read")
            .contains("\"held\"")
    );
    order("undo", "--yes")
        .ends(0)
        .says("undid")
        .says("verified");
    assert!(
        !fs::read_to_string(&plan)
            .expect("read")
            .contains("\"held\"")
    );
    let ledger = rounds.run("ledger --json --path fleet");
    validate("ledger.json", &ledger.json());
    assert_eq!(
        ledger.json()["operations"]
            .as_array()
            .expect("a list")
            .len(),
        2
    );
    let chain = rounds.run("ledger verify --json --path fleet");
    chain.ends(0);
    validate("chain.json", &chain.json());
    rounds
        .run("hold nobody --path fleet --yes")
        .ends(2)
        .complains("no agent");
}

#[test]
fn a_folder_given_where_an_agent_is_named_is_told_where_it_goes() {
    let rounds = Rounds::new().fleet();
    for line in ["log ./fleet", "why ./fleet", "hold ./fleet --dry-run"] {
        rounds
            .run(line)
            .ends(2)
            .complains("--path ./fleet: an agent is named here, and a folder goes there");
    }
}

#[test]
fn a_word_is_found_however_far_back_it_stands() {
    let mut log = String::from(r#"{"ts":"2026-03-01T00:00:00Z","status":"ok","message":"needle"}"#);
    for n in 0..51_000 {
        let (hour, minute, second) = (n / 3_600 % 24, n / 60 % 60, n % 60);
        let at = format!("2026-03-02T{hour:02}:{minute:02}:{second:02}Z");
        log.push('\n');
        log.push_str(&beat_of(&at, n));
    }
    log.push('\n');
    let rounds = Rounds::new().file("fleet/mill/heartbeat.jsonl", &log);
    rounds.run("log needle --path fleet").ends(0).says("needle");
}

fn beat_of(at: &str, n: u32) -> String {
    format!(r#"{{"ts":"{at}","status":"ok","message":"{n}"}}"#)
}
