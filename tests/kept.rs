//! What an order replaced, for a day: listed, compared and merged from the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rounds::domain::time::Span;
use rounds::sys::clock::Clock;
use tempfile::TempDir;

/// A fleet of one agent with a plan of today, and nothing of the machine's config or state.
struct Fleet(TempDir);

/// What a run gave.
struct Ran {
    code: i32,
    said: String,
}

impl Fleet {
    fn new() -> Self {
        let fleet = Self(tempfile::tempdir().expect("a folder"));
        let now = Clock::System.now();
        let stamp = now.rfc3339();
        fs::create_dir_all(fleet.agent()).expect("made");
        let plan = format!(
            "{{\"agent\": \"drafter\", \"date\": \"{}\", \"tz\": \"UTC\", \"generated\": \"{stamp}\",\n \"tasks\": [\n  \
             {{\"id\": \"digest\", \"tier\": \"read-only\", \"due\": \"{}\", \"status\": \"pending\", \"note\": \"first\"}},\n  \
             {{\"id\": \"links\", \"tier\": \"read-only\", \"due\": \"{}\", \"status\": \"pending\", \"note\": \"first\"}}\n ]}}\n",
            &stamp[..10],
            (now + Span::HOUR).rfc3339(),
            (now + Span::hours(2)).rfc3339(),
        );
        fs::write(fleet.plan(), plan).expect("written");
        let beat = format!("{{\"ts\":\"{stamp}\",\"agent\":\"drafter\",\"status\":\"ok\"}}\n");
        fs::write(fleet.agent().join("heartbeat.jsonl"), beat).expect("written");
        fleet
    }

    fn agent(&self) -> PathBuf {
        self.0.path().join("fleet/drafter")
    }

    fn plan(&self) -> PathBuf {
        self.agent().join("schedule.json")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.plan()).expect("read")
    }

    fn run(&self, args: &[&str]) -> Ran {
        let out = Command::new(env!("CARGO_BIN_EXE_rounds"))
            .args(args)
            .args(["--path", "fleet"])
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path())
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .output()
            .expect("it starts");
        Ran {
            code: out.status.code().unwrap_or(-1),
            said: String::from_utf8_lossy(&out.stdout).into_owned()
                + &String::from_utf8_lossy(&out.stderr),
        }
    }

    fn copy(&self) -> PathBuf {
        let own = fs::read_dir(self.agent().join(".rounds")).expect("listed");
        let mut files: Vec<PathBuf> = own.map(|entry| entry.expect("listed").path()).collect();
        files.sort();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

fn name_of(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("a name")
}

#[test]
fn a_late_write_is_listed_compared_and_merged_by_the_same_rules_as_any_order() {
    let fleet = Fleet::new();
    assert!(fleet.run(&["kept"]).said.contains("nothing is kept"));
    let held = fleet.run(&["hold", "drafter/digest", "--reason", "wait", "--yes"]);
    assert_eq!(held.code, 0, "{}", held.said);
    let copy = fleet.copy();
    let listed = fleet.run(&["kept", "drafter"]);
    assert!(
        listed.said.contains("as it was before the order"),
        "{}",
        listed.said
    );
    assert!(listed.said.contains(name_of(&copy)), "{}", listed.said);
    let heard = fleet.run(&["kept", "drafter", "--plain"]);
    assert!(
        heard.said.contains("drafter, schedule.json, "),
        "{}",
        heard.said
    );
    let heard = fleet.run(&["kept", "drafter", name_of(&copy), "--plain"]);
    assert!(
        heard
            .said
            .starts_with("removed: only in schedule.json now\nadded: only in ")
            && heard.said.contains(" removed: ")
            && heard.said.lines().all(|line| !line.contains("  ")),
        "{}",
        heard.said
    );
    let json = fleet.run(&["kept", "drafter", name_of(&copy), "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.said).expect("JSON");
    assert_eq!(json["schema"], "rounds.kept/1");
    assert_eq!(json["copies"][0]["kind"], "displaced");
    let difference = json["copies"][0]["difference"].as_array().expect("lines");
    assert!(
        difference
            .iter()
            .any(|line| line["sign"] == "-" && line["text"].to_string().contains("held")),
        "{difference:?}"
    );
    let nothing = fleet.run(&["merge", "drafter", "--copy", name_of(&copy), "--yes"]);
    assert_eq!(nothing.code, 1);
    assert!(
        nothing.said.contains("there is nothing to merge"),
        "{}",
        nothing.said
    );

    // An agent that had the file open all the time.
    let old = fs::read_to_string(&copy).expect("read");
    let late = old.replacen(
        "\"links\", \"tier\": \"read-only\"",
        "\"links\", \"tier\": \"append-only\"",
        1,
    );
    assert_ne!(late, old);
    fs::write(&copy, late).expect("written");
    let listed = fleet.run(&["kept"]);
    assert!(
        listed.said.contains("wrote into it after it was replaced"),
        "{}",
        listed.said
    );
    let compared = fleet.run(&["kept", "drafter", name_of(&copy)]);
    assert!(
        compared
            .said
            .contains("+ \"id\": \"links\" … \"tier\": \"append-only\","),
        "{}",
        compared.said
    );

    let before = fleet.text();
    let shown = fleet.run(&["merge", "drafter", "--dry-run"]);
    assert_eq!(
        (shown.code, fleet.text()),
        (0, before.clone()),
        "{}",
        shown.said
    );
    assert!(shown.said.contains("append-only"), "{}", shown.said);
    let unsaid = fleet.run(&["merge", "drafter"]);
    assert_eq!(
        (unsaid.code, fleet.text()),
        (1, before.clone()),
        "{}",
        unsaid.said
    );
    let merged = fleet.run(&["merge", "drafter", "--yes"]);
    assert_eq!(merged.code, 0, "{}", merged.said);
    let expected = before.replacen(
        "\"links\", \"tier\": \"read-only\"",
        "\"links\", \"tier\": \"append-only\"",
        1,
    );
    assert_eq!(
        fleet.text(),
        expected,
        "the hold stands, and so does what the agent wrote"
    );
    assert!(fleet.text().contains("\"held\""));
    let again = fleet.run(&["merge", "drafter", "--yes"]);
    assert_eq!(again.code, 1, "{}", again.said);
    assert!(
        again.said.contains("stands there already") || again.said.contains("the same bytes"),
        "{}",
        again.said
    );
    let ledger = fleet.run(&["ledger"]);
    assert!(ledger.said.contains("merge"), "{}", ledger.said);
    assert_eq!(fleet.run(&["ledger", "verify"]).code, 0);
    let undo = fleet.run(&["undo", "drafter", "--dry-run"]);
    assert!(
        undo.said.contains("hold") || undo.said.contains("whole file"),
        "{}",
        undo.said
    );
}

#[test]
fn what_clashes_is_refused_with_its_line() {
    let fleet = Fleet::new();
    assert_eq!(
        fleet
            .run(&["hold", "drafter/digest", "--reason", "wait", "--yes"])
            .code,
        0
    );
    let copy = fleet.copy();
    let old = fs::read_to_string(&copy).expect("read");
    fs::write(&copy, old.replacen("pending", "claimed", 1)).expect("written");
    fs::write(fleet.plan(), fleet.text().replacen("pending", "done", 1)).expect("written");
    let before = fleet.text();
    let refused = fleet.run(&["merge", "drafter", "--yes"]);
    assert_eq!(
        (refused.code, fleet.text()),
        (1, before),
        "{}",
        refused.said
    );
    assert!(
        refused.said.contains("both changed line 3"),
        "{}",
        refused.said
    );
    assert!(
        refused.said.contains("rounds kept drafter"),
        "{}",
        refused.said
    );
}
