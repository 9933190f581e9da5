//! The commented example file, made from the table of keys.

use std::fmt::Write as _;

use super::keys::{self, Absent, Key, Section};

/// Columns of the comments.
const WIDTH: usize = 98;

const INTRO: &str = "The config of rounds. It lies in $XDG_CONFIG_HOME/rounds/config.toml, or where $ROUNDS_CONFIG or \
--config say. Nothing in it is required: without it rounds looks at the folder it is started in and judges agents by what \
they declare and by the rhythm it learns. Take the # away in front of a key to set it. Lengths of time are written 45s, \
30m, 2h, 7d.";

/// Commands for schedulers in wide use, by scheduler.
pub const READY: &[(&str, &[&str])] = &[
    (
        "OpenClaw",
        &[
            r#"run = ["openclaw", "cron", "run", "{job}"]"#,
            r#"hold = ["openclaw", "cron", "disable", "{job}"]"#,
            r#"release = ["openclaw", "cron", "enable", "{job}"]"#,
        ],
    ),
    (
        "Hermes",
        &[
            r#"run = ["hermes", "cron", "run", "{job}"]"#,
            r#"hold = ["hermes", "cron", "pause", "{job}"]"#,
            r#"release = ["hermes", "cron", "resume", "{job}"]"#,
        ],
    ),
    (
        "Claude Code, where each task is a command of the project's .claude/commands",
        &[
            r#"run = ["/usr/bin/env", "-C", "/home/op/agents/{agent}", "claude", "--print", "/{task}"]"#,
            r#"stop = ["kill", "{pid}"]"#,
        ],
    ),
    (
        "cron, whose jobs are started by their own scripts",
        &[
            r#"run = ["/usr/bin/env", "-C", "/home/op/agents/{agent}", "./{job}.sh"]"#,
            r#"stop = ["kill", "{pid}"]"#,
        ],
    ),
    (
        "systemd",
        &[
            r#"run = ["systemctl", "--user", "start", "{job}.service"]"#,
            r#"stop = ["systemctl", "--user", "stop", "{job}.service"]"#,
            r#"hold = ["systemctl", "--user", "stop", "{job}.timer"]"#,
            r#"release = ["systemctl", "--user", "start", "{job}.timer"]"#,
        ],
    ),
    (
        "launchd, with your own user id for 501",
        &[
            r#"run = ["launchctl", "kickstart", "gui/501/{job}"]"#,
            r#"stop = ["launchctl", "kill", "TERM", "gui/501/{job}"]"#,
            r#"hold = ["launchctl", "disable", "gui/501/{job}"]"#,
            r#"release = ["launchctl", "enable", "gui/501/{job}"]"#,
        ],
    ),
];

/// The ready-made commands as prose: each can be taken over by itself.
fn ready(out: &mut String) {
    out.push('\n');
    wrap(
        out,
        "Ready-made, to be taken over above or into the table of one agent. The job is the task's name in its scheduler.",
    );
    for (scheduler, lines) in READY {
        let _ = writeln!(out, "#\n# {scheduler}:");
        for line in *lines {
            let _ = writeln!(out, "#   {line}");
        }
    }
}

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
        if section == Section::AgentAct {
            ready(&mut out);
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
        | Section::Watch
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
