//! The recipes of docs/legible-agent.md are programs: each is run, and what it wrote is linted and judged.

mod fleet;

use std::fs;
use std::process::{Command, ExitStatus, Stdio};

use fleet::Place;
use serde_json::{Value, json};

const PAGE: &str = include_str!("../docs/legible-agent.md");

/// Fence word and interpreter.
const RECIPES: &[(&str, &str)] = &[("sh", "sh"), ("python", "python3"), ("js", "node")];

fn recipe(fence: &str) -> String {
    let open = format!("```{fence}\n");
    let start = PAGE.find(&open).expect("the recipe is there") + open.len();
    let end = PAGE[start..].find("\n```").expect("and ends") + start;
    PAGE[start..=end].to_owned()
}

/// Runs a program as the agent `social`; nothing where its interpreter is not installed.
fn run(place: &Place, interpreter: &str, program: &str) -> Option<ExitStatus> {
    let file = place.dir.path().join("agent");
    fs::write(&file, program).expect("written");
    Command::new(interpreter)
        .arg(&file)
        .env("AGENT_DIR", place.agent())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()
}

fn standup(place: &Place) -> Value {
    let output = place.command(&["standup", "--json"]).output();
    serde_json::from_slice(&output.expect("rounds runs").stdout).expect("the standup is JSON")
}

#[test]
fn every_recipe_writes_what_is_understood_completely() {
    for &(fence, interpreter) in RECIPES {
        let place = Place::new();
        let Some(ended) = run(&place, interpreter, &recipe(fence)) else {
            println!("{interpreter} is not installed: its recipe was not run");
            continue;
        };
        assert!(ended.success(), "{fence}");

        let lint = place.command(&["lint"]).output().expect("rounds runs");
        let said = String::from_utf8_lossy(&lint.stdout).into_owned();
        assert!(lint.status.success(), "{fence}: {said}");

        let answer = standup(&place);
        let agent = &answer["agents"][0];
        assert_eq!(agent["runs"]["ok"], 1, "{fence}: {answer:#}");
        assert_eq!(agent["runs"]["unfinished"], 0, "{fence}: {answer:#}");
        assert_eq!(agent["counts"]["did"], 1, "{fence}: {answer:#}");
        assert_eq!(answer["findings"], json!([]), "{fence}");
    }
}

#[test]
fn an_agent_that_dies_on_the_way_says_so() {
    for (fence, interpreter, work, dies, why) in [
        ("sh", "sh", "# … the work", "exit 7 #", "exit 7"),
        (
            "python",
            "python3",
            "sent = 4",
            "raise OSError('no disk') #",
            "no disk",
        ),
        (
            "js",
            "node",
            "// … the work …",
            "throw new Error('no disk');",
            "Error: no disk",
        ),
    ] {
        let place = Place::new();
        let Some(ended) = run(&place, interpreter, &recipe(fence).replace(work, dies)) else {
            continue;
        };
        assert!(!ended.success(), "{fence}");
        let answer = standup(&place);
        assert_eq!(
            answer["agents"][0]["failed"][0]["why"], why,
            "{fence}: {answer:#}"
        );
        assert_eq!(
            answer["findings"][0]["kind"], "failed",
            "{fence}: {answer:#}"
        );
    }
}
