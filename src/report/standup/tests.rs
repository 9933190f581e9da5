use super::*;
use crate::domain::fleet::Counts;
use crate::domain::id::TaskId;
use crate::domain::text::Untrusted;
use crate::domain::time::Span;
use crate::report::{Board, Form, Look, Paint, Signs, schema, why};
use crate::view::fixture;

fn item(class: ItemClass, what: &str, why: Option<&str>, count: u32) -> FoldedItem {
    FoldedItem {
        class,
        what: Untrusted::from(what),
        why: why.map(Untrusted::from),
        task: Some(TaskId::from("newsletter")),
        at: fixture::at(5, 31),
        count,
    }
}

/// Items of the publisher; everybody else only counted.
fn items(fleet: &Fleet) -> Vec<Items> {
    let of = |name: &str| {
        if name != "publisher" {
            return Items::default();
        }
        let list = vec![
            item(ItemClass::Did, "drafted \"Why agents drift\"", None, 1),
            item(ItemClass::Did, "3 links checked", None, 213),
            item(ItemClass::Failed, "send <newsletter>", Some("SMTP 451"), 3),
            item(ItemClass::Skipped, "follow @x", Some("already_done"), 1),
            item(
                ItemClass::Failed,
                "evil \u{1b}[2J\u{202e}",
                Some("token ghp_0123456789abcdefghijklmnopqrstuvwxyz"),
                1,
            ),
        ];
        let different = Counts {
            did: 2,
            skipped: 1,
            failed: 2,
        };
        Items { list, different }
    };
    fleet
        .agents
        .iter()
        .map(|agent| of(agent.id.as_str()))
        .collect()
}

fn with_board<T>(run: impl FnOnce(&Board<'_>) -> T) -> T {
    let fleet = fixture::fleet();
    let items = items(&fleet);
    run(&Board {
        fleet: &fleet,
        items: &items,
    })
}

/// Every key of an answer is described: the published schemas allow more, this one does not.
fn strict(mut schema: serde_json::Value) -> serde_json::Value {
    fn close(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(map) => {
                if map.contains_key("properties") {
                    map.insert("additionalProperties".to_owned(), false.into());
                }
                map.values_mut().for_each(close);
            }
            serde_json::Value::Array(all) => all.iter_mut().for_each(close),
            _ => {}
        }
    }
    close(&mut schema);
    schema
}

fn validate(name: &str, answer: &str) {
    let (_, schema) = schema::all()
        .into_iter()
        .find(|(file, _)| *file == name)
        .expect("a schema");
    let validator = jsonschema::validator_for(&strict(schema)).expect("it compiles");
    let answer: serde_json::Value = serde_json::from_str(answer).expect("JSON");
    let errors: Vec<String> = validator
        .iter_errors(&answer)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn text_is_aligned_worst_first_and_folded() {
    insta::assert_snapshot!(with_board(|board| text(board, Look::PLAIN)));
}

#[test]
fn text_fits_the_terminal_and_its_signs() {
    let look = Look {
        form: Form::Columns,
        paint: Paint::Plain,
        signs: Signs::Ascii,
        width: Some(80),
    };
    let page = with_board(|board| text(board, look));
    let table = page
        .lines()
        .skip_while(|line| !line.starts_with("  agent"))
        .skip(1);
    for line in table.filter(|line| !line.starts_with("    ")) {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    assert!(page.is_ascii(), "{page}");
}

#[test]
fn plain_text_has_no_escapes_and_coloured_text_only_styles() {
    let coloured = Look {
        paint: Paint::Colour,
        ..Look::PLAIN
    };
    let (plain, coloured) = with_board(|board| (text(board, Look::PLAIN), text(board, coloured)));
    assert!(!plain.contains('\u{1b}'));
    assert_ne!(plain, coloured);
    assert_eq!(crate::domain::text::strip_styles(&coloured), plain);
}

#[test]
fn markdown_shows_words_of_agents_as_words() {
    let page = with_board(markdown);
    assert!(page.contains(r"send \<newsletter\>"), "{page}");
    insta::assert_snapshot!(page);
}

#[test]
fn json_is_what_its_schema_says() {
    validate("standup.json", &with_board(json));
}

#[test]
fn an_empty_fleet_is_still_an_answer() {
    let fleet = Fleet::default();
    let board = Board {
        fleet: &fleet,
        items: &[],
    };
    validate("standup.json", &json(&board));
    assert!(text(&board, Look::PLAIN).contains("no agents"));
    assert!(markdown(&board).starts_with("# Standup"));
}

#[test]
fn why_is_what_its_schema_says_for_agents_and_tasks() {
    let fleet = fixture::fleet();
    for agent in &fleet.agents {
        let whole = why::Subject { agent, task: None };
        validate("why.json", &why::json(&fleet, whole));
        for task in &agent.tasks {
            let one = why::Subject {
                agent,
                task: Some(&task.id),
            };
            validate("why.json", &why::json(&fleet, one));
            assert!(why::text(&fleet, one, Look::PLAIN).contains(task.state.word()));
        }
    }
}

#[test]
fn why_gives_the_reasons_of_the_sick_and_of_the_healthy() {
    let fleet = fixture::fleet();
    let answers: Vec<String> = ["publisher", "social"]
        .iter()
        .map(|name| {
            let agent = fleet.agent(&(*name).into()).expect("there");
            why::text(&fleet, why::Subject { agent, task: None }, Look::PLAIN)
        })
        .collect();
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn log_lines_are_what_their_schema_says() {
    let fleet = fixture::fleet();
    let files = crate::report::log::Files::of(&fleet);
    for row in fixture::log(50) {
        let mut line = String::new();
        crate::report::log::json(&mut line, &row, &files);
        assert_eq!(line.lines().count(), 1);
        validate("log.json", &line);
    }
}

#[test]
fn nothing_hostile_leaves_in_any_form() {
    let forms = with_board(|board| [text(board, Look::PLAIN), markdown(board), json(board)]);
    for form in forms {
        assert!(!form.contains(['\u{1b}', '\u{202e}']), "{form}");
        assert!(
            !form.contains("\\u001b") && !form.contains("\\u202e"),
            "{form}"
        );
        assert!(!form.contains("ghp_0123456789"), "{form}");
        assert!(form.contains("U+202E"));
    }
}

#[test]
fn incomplete_sight_is_never_complete() {
    let mut fleet = fixture::fleet();
    assert!(is_complete(&fleet));
    fleet.health.blind_since = Some(fleet.at - Span::MINUTE);
    assert!(!is_complete(&fleet));
    fleet.health.blind_since = None;
    fleet.health.blind.push("social/heartbeat.jsonl".to_owned());
    assert!(!is_complete(&fleet));
}

#[test]
fn to_be_heard_every_agent_is_a_line_with_its_state_as_a_word() {
    let look = Look {
        form: Form::Lines,
        paint: Paint::Colour,
        ..Look::PLAIN
    };
    let page = with_board(|board| text(board, look));
    for line in page.lines() {
        assert!(
            !line.trim_start().contains("  "),
            "aligned by blanks: {line}"
        );
    }
    assert!(!page.contains('\u{1b}') && !page.contains('✗'), "{page}");
    for agent in &fixture::fleet().agents {
        let said = format!("\n{}: {}", agent.id, crate::view::spoken::state(agent.row));
        assert!(page.contains(&said), "{said} in {page}");
    }
}
