//! What stands in the repository for people equals what the code generates. `ROUNDS_BLESS=1 cargo test --test docs`
//! writes it anew.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../examples/session.rs"]
#[expect(dead_code, reason = "the program around it")]
mod session;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn blessing() -> bool {
    std::env::var_os("ROUNDS_BLESS").is_some()
}

/// Compares a whole file with what it should be.
fn whole(name: &str, wanted: &str) {
    if blessing() {
        fs::write(file(name), wanted).expect("written");
    }
    let found = fs::read_to_string(file(name)).unwrap_or_default();
    same(name, &found, wanted);
}

/// Names the first line that differs.
#[track_caller]
fn same(name: &str, found: &str, wanted: &str) {
    if found == wanted {
        return;
    }
    let differs = found.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    let at = differs.unwrap_or_else(|| found.lines().count().min(wanted.lines().count()));
    let line = |text: &str| text.lines().nth(at).unwrap_or("(nothing)").to_owned();
    panic!(
        "{name} is old at line {}: ROUNDS_BLESS=1 cargo test --test docs\n  there: {}\n  wanted: {}",
        at + 1,
        line(found),
        line(wanted)
    );
}

/// Compares what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
fn section(name: &str, mark: &str, wanted: &str) {
    let text = fs::read_to_string(file(name)).expect("the page is there");
    let (open, close) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let start = text.find(&open).expect("the opening mark is there") + open.len();
    let end = start
        + text[start..]
            .find(&close)
            .expect("the closing mark is there");
    if blessing() {
        let blessed = format!("{}{wanted}{}", &text[..start], &text[end..]);
        fs::write(file(name), blessed).expect("written");
        return;
    }
    same(name, &text[start..end], wanted);
}

#[test]
fn the_example_config_is_the_table_of_keys() {
    whole("config.example.toml", &rounds::config::example::text());
}

#[test]
fn the_configuration_page_lists_every_key() {
    section(
        "docs/configuration.md",
        "keys",
        &rounds::config::example::reference(),
    );
}

#[test]
fn the_schemas_are_those_of_the_code() {
    for (name, schema) in rounds::report::schema::all() {
        let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
        whole(&format!("assets/schema/{name}"), &format!("{text}\n"));
    }
}

#[test]
fn the_command_line_page_is_the_help() {
    whole("docs/cli.md", &rounds::cli::reference::markdown());
}

#[test]
fn the_key_table_of_the_readme_is_the_registry() {
    let table = format!("\n{}\n", rounds::ui::command::key_table_markdown());
    section("README.md", "keys", &table);
}

#[test]
fn the_picture_of_the_readme_is_a_frame_of_the_demo() {
    whole(
        "assets/standup.svg",
        &session::picture::svg().expect("drawn"),
    );
}

/// Every key of the recorded session still works, and the same words come out again.
#[test]
fn the_recorded_session_is_played_again() {
    let name = "assets/morning.cast";
    let again = session::cast().expect("it is played");
    if blessing() {
        fs::write(file(name), &again).expect("written");
    }
    let recorded = fs::read_to_string(file(name)).expect("recorded");
    assert!(recorded.len() < 300_000, "{} bytes", recorded.len());
    let (recorded, again) = (session::screens(&recorded), session::screens(&again));
    assert_eq!(
        recorded.len(),
        again.len(),
        "{name}: another number of keys"
    );
    for (at, (there, wanted)) in recorded.iter().zip(&again).enumerate() {
        assert_eq!(there.0, wanted.0, "key {at}");
        same(
            &format!("{name}, key {at} ({})", there.0),
            &there.1,
            &wanted.1,
        );
    }
}

/// Who of the simulated fleet shows what, and when.
fn demo_table() -> String {
    use rounds::demo::{self, Event, Incident, Spec};
    use rounds::domain::time::{Span, Ts, Zone};
    let spec = Spec::new(Ts(1_774_595_400_000), Zone::UTC);
    let tmp = tempfile::tempdir().expect("a folder");
    let summary = demo::write(tmp.path(), &spec, |_| {}).expect("written");
    let soon = spec.until + Span::hours(2);
    let live = demo::events(&spec).skip_while(|(at, ..)| *at <= spec.until);
    let live = live.take_while(|(at, ..)| *at <= soon);
    let live = live.filter_map(|(.., event)| match event {
        Event::Incident(incident) => Some(incident),
        _ => None,
    });
    let when = |one: &Incident| {
        let away = one.since - spec.until;
        match away.0 {
            _ if one.open => "now".to_owned(),
            1.. => format!("after {} min", away.0 / 60_000),
            _ => match (-away.0 + 43_200_000) / 86_400_000 {
                0 | 1 => "a day ago".to_owned(),
                days => format!("{days} days ago"),
            },
        }
    };
    let all: Vec<Incident> = summary.incidents.into_iter().chain(live).collect();
    let mut table = "\n| agent | finding | when | what |\n|---|---|---|---|\n".to_owned();
    for agent in &summary.agents {
        for one in all.iter().filter(|one| one.agent == *agent) {
            let line = format!(
                "| {agent} | `{}` | {} | {} |\n",
                one.kind,
                when(one),
                one.note
            );
            if !table.contains(&line) {
                table.push_str(&line);
            }
        }
    }
    table + "\n"
}

#[test]
fn the_operators_page_says_who_of_the_demo_shows_what() {
    section("docs/operator.md", "demo", &demo_table());
}

/// Every link of a page into the repository leads somewhere.
#[test]
fn links_between_the_pages_lead_somewhere() {
    let pages = [
        "README.md",
        "CHANGELOG.md",
        "docs/ARCHITECTURE.md",
        "docs/configuration.md",
        "docs/days-and-weeks.md",
        "docs/contract.md",
        "docs/json.md",
        "docs/rules.md",
        "docs/security.md",
        "docs/ssh-and-terminals.md",
    ];
    for page in pages {
        let text = fs::read_to_string(file(page)).expect(page);
        let folder = file(page).parent().expect("a folder").to_owned();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(folder.join(target).exists(), "{page}: {target}");
            }
        }
    }
}

#[test]
fn the_manual_page_names_every_command_and_every_exit_status() {
    let page = rounds::cli::man::page().expect("a page");
    for name in [
        "STANDUP",
        "CHECK",
        "WATCH",
        "ACK",
        "MAINTAIN",
        "WHY",
        "LOG",
        "LINT",
        "INIT",
        "DOCTOR",
        "DEMO",
        "COMPLETIONS",
        "MAN",
    ] {
        assert!(page.contains(&format!("ROUNDS {name}")), "{name}");
    }
    for spec in rounds::ui::command::COMMANDS {
        assert!(
            page.contains(&format!("\\fB{}", spec.name.replace('-', "\\-"))),
            "{}",
            spec.name
        );
    }
    for part in ["Exit status", "ROUNDS_STATE_DIR", "FILES"] {
        assert!(page.contains(part), "{part}");
    }
}

/// What the simulated fleet writes is the contract, but for what it breaks on purpose.
#[test]
fn the_contract_schemas_hold_for_the_simulated_fleet() {
    use rounds::demo::{Length, Spec, Trouble};
    use rounds::domain::time::{Ts, Zone};
    let tmp = tempfile::tempdir().expect("a folder");
    let spec = Spec {
        length: Length::Days(2),
        trouble: Trouble::None,
        ..Spec::new(Ts(1_774_588_200_000), Zone::UTC)
    };
    rounds::demo::write(tmp.path(), &spec, |_| {}).expect("written");
    let schema = |name: &str| {
        let all = rounds::report::schema::all();
        let (_, schema) = all
            .into_iter()
            .find(|(file, _)| *file == name)
            .expect("a schema");
        jsonschema::validator_for(&schema).expect("it compiles")
    };
    let (beat, plan, step) = (
        schema("heartbeat.json"),
        schema("schedule.json"),
        schema("wal.json"),
    );
    let mut seen = [0; 3];
    for path in files_below(tmp.path()) {
        let name = path.to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("read");
        let is_log = path.extension().is_some_and(|end| end == "jsonl");
        let (n, schema, documents): (usize, _, Vec<&str>) = if path.ends_with("wal.jsonl") {
            (0, &step, text.lines().collect())
        } else if is_log && name.contains("heartbeat") {
            (1, &beat, text.lines().collect())
        } else if name.contains("schedule") {
            (2, &plan, vec![&text])
        } else {
            continue;
        };
        for document in documents {
            let Ok(value) = serde_json::from_str(document) else {
                continue;
            };
            let errors: Vec<String> = schema
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{name}: {document}");
            seen[n] += 1;
        }
    }
    assert!(seen.iter().all(|n| *n > 10), "{seen:?}");
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("listed");
    entries
        .flat_map(|entry| {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
