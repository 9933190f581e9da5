use std::path::Path;

use super::keys::{Absent, KEYS, Key, Section};
use super::*;
use crate::domain::id::AgentId;
use crate::domain::policy::Source;
use crate::domain::schedule::Quiet;
use crate::domain::time::{ClockTime, Span, Zone};

fn load(text: &str) -> Result<(Config, Vec<Warning>), ConfigErrors> {
    Config::parse(
        text,
        Path::new("config.toml"),
        Zone::UTC,
        Some(Path::new("/home/me")),
    )
}

fn good(text: &str) -> Config {
    load(text).expect("a good config").0
}

fn mistakes(text: &str) -> String {
    load(text).expect_err("mistakes").to_string()
}

/// The key in its table, with a value.
fn line(key: &Key, value: &str) -> String {
    let header = key.section.header().replace("NAME", "social");
    let name = example::name(key);
    if header.is_empty() {
        format!("{name} = {value}\n")
    } else {
        format!("[{header}]\n{name} = {value}\n")
    }
}

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(good(""), Config::default_for(Zone::UTC));
}

#[test]
fn the_example_as_it_is_changes_nothing() {
    assert_eq!(good(EXAMPLE), Config::default_for(Zone::UTC));
}

#[test]
fn the_example_uncommented_loads_and_holds_every_key() {
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let (config, warnings) = load(&uncommented).expect("every key loads");
    assert_eq!(warnings, []);
    let keys = uncommented
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains(" = "));
    assert_eq!(keys.count(), KEYS.len());
    assert_eq!(config.agents.len(), 1);
    assert_eq!(config.roots, [Path::new("/home/me/agents")]);
}

#[test]
fn every_ready_made_command_is_one_that_can_be_taken_over() {
    for (scheduler, lines) in example::READY {
        assert!(EXAMPLE.contains(&format!("# {scheduler}:\n")));
        let table = format!("[agents.social.act]\n{}\n", lines.join("\n"));
        let (config, warnings) = load(&table).expect("they load together");
        assert_eq!(warnings, [], "{scheduler}");
        let own = config.agents.iter().find(|a| a.id.as_str() == "social");
        assert!(own.is_some(), "{scheduler}");
        for line in *lines {
            assert!(
                load(&format!("[act]\n{line}\n")).is_ok(),
                "{scheduler}: {line}"
            );
            assert!(EXAMPLE.contains(&format!("#   {line}\n")), "{line}");
        }
    }
}

#[test]
fn every_example_value_loads_alone_and_every_stated_default_is_the_code_s() {
    for key in KEYS {
        assert!(load(&line(key, key.example)).is_ok(), "{key:?}");
        if let Absent::Value(value) = key.absent {
            assert_eq!(good(&line(key, value)), good(""), "{key:?}");
        }
    }
}

#[test]
fn no_key_accepts_a_value_of_another_kind() {
    for key in KEYS {
        let refused = load(&line(key, "1979-05-27")).expect_err(key.name);
        assert_eq!(refused.problems.len(), 1, "{key:?}");
        assert!(!refused.problems[0].remedy.is_empty(), "{key:?}");
    }
}

#[test]
fn thresholds_of_fleet_and_agent() {
    let config = good(
        "zone = \"Europe/Kyiv\"\n[fleet]\ngrace = \"15m\"\nquiet = [[\"23:00\", \"07:00\"]]\n\
         [agents.social]\ngrace = \"1h30m\"\npaused = true\nlife_signs = [\"cache/*\"]\n",
    );
    let grace = |name: &str| config.policy.pick(&AgentId::from(name), |o| o.grace);
    assert_eq!(
        grace("social").map(|g| (g.value, g.source)),
        Some((Span::mins(90), Source::Agent))
    );
    assert_eq!(
        grace("other").map(|g| (g.value, g.source)),
        Some((Span::mins(15), Source::Fleet))
    );
    let night = Quiet {
        from: ClockTime(23 * 3600),
        to: ClockTime(7 * 3600),
    };
    assert_eq!(config.policy.fleet.quiet, [night]);
    assert_eq!(config.policy.zone.source, Source::Fleet);
    assert_eq!(config.agents[0].life_signs, ["cache/*"]);
}

const MANY_MISTAKES: &str = r#"
roots = "~/agents"
read_onyl = true
zone = "Europe/Kiew"
grace = "5m"

[fleet]
grace = 15
cadence = "30"
quiet = [["23:00"], ["25:00", "07:00"]]
paused = "yes"

[agents.social]
cadense = "1h"
logs = ["../other/*.log", 7]
folder = "~nobody/x"

[words.status]
ok = ["shipped"]
failed = ["Shipped"]
good = ["fine"]

[ui]
glyphs = "asci"
synchronized_updates = 1
"#;

#[test]
fn all_mistakes_at_once_with_place_and_remedy() {
    insta::assert_snapshot!(mistakes(MANY_MISTAKES));
}

const BROKEN: &str = "roots = [\"a\"]\nzone = Europe/Kyiv\n[fleet\ngrace == \"5m\"\n";

#[test]
fn every_syntax_error_has_its_line() {
    insta::assert_snapshot!(mistakes(BROKEN));
}

#[test]
fn what_loads_but_is_hardly_meant_is_a_warning() {
    let (_, warnings) = load("[fleet]\ncadence = \"5s\"\ngrace = \"1h\"\n").expect("loads");
    let lines: Vec<u32> = warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn control_characters_of_the_file_are_made_visible() {
    let shown = mistakes("\"\\u001b[2Jx\" = 1\n");
    assert!(shown.contains('␛') && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let tmp = tempfile::tempdir().expect("a folder");
    let refused = |path: &Path| {
        Config::load(path, Zone::UTC, None)
            .expect_err("refused")
            .problems[0]
            .clone()
    };
    assert!(
        refused(&tmp.path().join("none.toml"))
            .found
            .contains("no such file")
    );
    assert!(refused(tmp.path()).found.contains("not a file"));
    let binary = tmp.path().join("binary.toml");
    std::fs::write(&binary, b"roots = [\"\xff\"]").expect("written");
    assert!(refused(&binary).found.contains("UTF-8 at byte 10"));
}

#[test]
fn a_file_others_may_write_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let tmp = tempfile::tempdir().expect("a folder");
    let file = tmp.path().join("config.toml");
    std::fs::write(&file, "read_only = true\n").expect("written");
    let warnings = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        let (config, warnings) = Config::load(&file, Zone::UTC, None).expect("loads");
        assert_eq!(config.file.as_deref(), Some(file.as_path()));
        warnings.len()
    };
    assert_eq!(
        (warnings(0o600), warnings(0o644), warnings(0o666)),
        (0, 0, 1)
    );
}

#[test]
fn open_tables_are_the_only_ones_with_free_names() {
    for section in Section::ALL {
        let header = section.header().replace("NAME", "social");
        let text = if header.is_empty() {
            "qqqqqqqq = 1\n".to_owned()
        } else {
            let command = matches!(section, Section::PreCheck | Section::AgentPreCheck);
            let value = if command { "[\"UTC\"]" } else { "\"UTC\"" };
            format!("[{header}]\nqqqqqqqq = {value}\n")
        };
        assert_eq!(load(&text).is_ok(), section.is_open(), "{section:?}");
    }
}

#[test]
fn words_and_zones_reach_the_vocabulary() {
    use crate::parse::vocabulary::{Class, Place};
    let config = good("[words.status]\nfailed = [\"kaput\"]\n[zones]\nEET = \"Europe/Kyiv\"\n");
    assert_eq!(
        config.vocabulary.class("Kaput!", Place::Status),
        Some(Class::Failed)
    );
    assert_eq!(config.vocabulary.zone("eet"), Zone::parse("Europe/Kyiv"));
}

#[test]
fn every_class_and_every_field_has_its_key() {
    use crate::parse::vocabulary::{Class, Field};
    let names = |section| -> Vec<&str> { keys::of(section).map(|key| key.name).collect() };
    assert_eq!(names(Section::StatusWords).len(), Class::ALL.len());
    assert!(
        names(Section::StatusWords)
            .into_iter()
            .all(|name| Class::named(name).is_some())
    );
    assert_eq!(names(Section::FieldWords), Field::ALL.map(Field::word));
}

#[test]
fn the_example_of_theme_and_keys_is_understood_by_the_room() {
    use crate::ui::{
        caps::{Depth, Ground},
        keymap::Keymap,
        theme::Theme,
    };
    let text = "[ui.theme]\nfail = \"166 reversed\"\n[ui.keys]\nrescan = [\"ctrl-r\", \"f5\"]\n";
    let ui = good(text).ui;
    let keys: Vec<(String, Vec<String>)> = ui.keys.into_iter().collect();
    assert!(Keymap::with(&keys).is_ok());
    let styles = ui
        .theme
        .iter()
        .map(|(part, style)| (part.as_str(), style.as_str()));
    assert!(Theme::with(Depth::Palette, Ground::Unknown, styles).is_ok());
}

#[test]
fn commands_are_argument_vectors() {
    use crate::domain::act::{ActKind, CheckFor};
    use crate::domain::action::Tier;
    use crate::domain::id::TaskId;
    let config = good(
        "[act]\nrun = [\"openclaw\", \"cron\", \"run\", \"{job}\"]\n[precheck]\n\"tier:mutating\" = [\"~/bin/ask\", \"{key}\"]\n\
         [agents.social.act]\nrun = [\"start\"]\ntimeout = \"5s\"\n[agents.social.precheck]\ndigest = [\"sent\"]\n",
    );
    let (social, other) = (AgentId::from("social"), AgentId::from("other"));
    let run = |agent| config.acts.command(agent, ActKind::Run).unwrap();
    assert_eq!(
        (run(&social).argv.as_slice(), run(&social).timeout),
        (&["start".to_owned()][..], Span::secs(5))
    );
    assert_eq!(
        (run(&other).argv[0].as_str(), run(&other).timeout),
        ("openclaw", Span::secs(30))
    );
    assert_eq!(config.acts.command(&other, ActKind::Stop), None);
    let check = |agent, task, tier| {
        config
            .acts
            .check(agent, &TaskId::from(task), tier)
            .map(|check| check.argv[0].clone())
    };
    assert_eq!(
        check(&social, "digest", Tier::Mutating).as_deref(),
        Some("sent")
    );
    assert_eq!(
        check(&social, "links", Tier::Mutating).as_deref(),
        Some("/home/me/bin/ask")
    );
    assert_eq!(check(&social, "links", Tier::ReadOnly), None);
    assert!(
        config
            .acts
            .fleet_checks
            .contains_key(&CheckFor::Tier(Tier::Mutating))
    );
}

#[test]
fn mistakes_in_commands_are_told_with_their_remedy() {
    insta::assert_snapshot!(mistakes(
        "[act]\nrun = \"launchctl kickstart x\"\nstop = []\nhold = [\"x\", \"{tsk}\"]\nretry = [\"{task}\"]\nrelease = [\"./x\"]\nruns = [\"x\"]\ntimeout = \"2h\"\n\
         [precheck]\n\"tier:mutate\" = [\"x\"]\na = [\"x\", \"{pid}\"]\n[agents.social]\nact = 3\n"
    ));
}

#[test]
fn commands_are_taken_from_a_config_that_only_its_owner_writes() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, "[act]\nrun = [\"x\"]\n").unwrap();
    for (mode, loads) in [(0o600, true), (0o644, true), (0o664, false), (0o602, false)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(
            Config::load(&path, Zone::UTC, None).is_ok(),
            loads,
            "{mode:o}"
        );
    }
}
