//! What stands in the repository for people equals what the code generates. `ROUNDS_BLESS=1 cargo test --test docs`
//! writes it anew.

use std::fs;
use std::path::{Path, PathBuf};

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
    assert_eq!(
        found, wanted,
        "{name} is old: ROUNDS_BLESS=1 cargo test --test docs"
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
    assert_eq!(
        &text[start..end],
        wanted,
        "{name} is old: ROUNDS_BLESS=1 cargo test --test docs"
    );
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
    let readme = fs::read_to_string(file("README.md")).unwrap_or_default();
    if readme.is_empty() {
        return;
    }
    section("README.md", "keys", &table);
}

#[test]
fn the_manual_page_names_every_command_and_every_exit_status() {
    let page = rounds::cli::man::page().expect("a page");
    for name in [
        "STANDUP",
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
    for part in ["Exit status", "ROUNDS_STATE_DIR", "FILES"] {
        assert!(page.contains(part), "{part}");
    }
}
