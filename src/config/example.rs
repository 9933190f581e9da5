//! The commented example file, made from the table of keys.

use std::fmt::Write as _;

use super::keys::{self, Absent, Key, Section};

/// Columns of the comments.
const WIDTH: usize = 98;

const INTRO: &str = "The config of rounds. It lies in $XDG_CONFIG_HOME/rounds/config.toml, or where $ROUNDS_CONFIG or \
--config say. Nothing in it is required: without it rounds looks at the folder it is started in and judges agents by what \
they declare and by the rhythm it learns. Take the # away in front of a key to set it. Lengths of time are written 45s, \
30m, 2h, 7d.";

/// The whole example. Prose lines begin with `# `, keys that can be uncommented with `#` alone.
pub fn text() -> String {
    let mut out = String::new();
    wrap(&mut out, INTRO);
    for section in Section::ALL {
        out.push('\n');
        let header = section.header();
        if !header.is_empty() {
            let header = header.replace("NAME", "social");
            // An empty table of an agent would name an agent; the other tables may stand there empty.
            let hash = if header.starts_with("agents.") {
                "#"
            } else {
                ""
            };
            let _ = writeln!(out, "{hash}[{header}]");
        }
        wrap(&mut out, section.about());
        for key in keys::of(section) {
            out.push('\n');
            key_lines(&mut out, key);
        }
    }
    out
}

fn key_lines(out: &mut String, key: &Key) {
    let absent = match key.absent {
        Absent::Value(value) => format!("Default: {value}"),
        Absent::Words(words) => format!("Without it: {words}"),
    };
    wrap(out, &format!("{} {absent}.", key.about));
    let _ = writeln!(out, "#{} = {}", name(key), key.example);
}

/// The key as it stands in the example: open tables get a name that could be meant.
pub fn name(key: &Key) -> &'static str {
    match key.section {
        Section::Zones => "EET",
        Section::UiTheme => "fail",
        Section::UiKeys => "rescan",
        Section::PreCheck | Section::AgentPreCheck if key.name == "TASK" => "morning-replies",
        Section::Top
        | Section::Fleet
        | Section::Agent
        | Section::Act
        | Section::AgentAct
        | Section::PreCheck
        | Section::AgentPreCheck
        | Section::StatusWords
        | Section::FieldWords
        | Section::Retention
        | Section::Ui => key.name,
    }
}

/// The reference of `docs/configuration.md`: one Markdown table for each table of the file.
pub fn reference() -> String {
    let mut out = String::new();
    for section in Section::ALL {
        let title = match section.header() {
            "" => "Before the first table".to_owned(),
            header => format!("`[{header}]`"),
        };
        let _ = write!(out, "\n### {title}\n\n{}\n\n", section.about());
        out.push_str("| key | value | without it | meaning |\n|---|---|---|---|\n");
        for key in keys::of(section) {
            let absent = match key.absent {
                Absent::Value(value) => format!("`{value}`"),
                Absent::Words(words) => words.to_owned(),
            };
            let (name, kind, about) = (key.name, key.kind.words(), key.about);
            let _ = writeln!(out, "| `{name}` | {kind} | {absent} | {about} |");
        }
    }
    out.push('\n');
    out
}

fn wrap(out: &mut String, prose: &str) {
    let mut line = String::from("#");
    for word in prose.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}
