use super::*;
use crate::ops::edit::Cut;

mod random;

fn id(name: &str) -> TaskId {
    TaskId::from(name)
}

fn pending() -> TaskEdit {
    TaskEdit::default().set(Member::Status, &"pending")
}

fn reclaim() -> TaskEdit {
    pending().set(Member::Claim, &serde_json::json!({"by": null, "epoch": 4}))
}

#[track_caller]
fn becomes(before: &str, edit: &TaskEdit, after: &str) -> Spliced {
    let spliced = splice(before.as_bytes(), &id("a"), edit).unwrap();
    assert_eq!(String::from_utf8(spliced.bytes.clone()).unwrap(), after);
    spliced
}

/// What undoing writes: every member back as it was.
fn back(spliced: &Spliced) -> TaskEdit {
    TaskEdit::back(&spliced.touched)
}

#[test]
fn only_what_is_named_changes() {
    becomes(
        r#"{ "tasks" :[ {"n":1.0E+2,"id":"a","status" : "claimed","claim":{"by":"x","epoch":3},"zz":[1, 2]} ,{"id":"b"}]}  "#,
        &reclaim(),
        r#"{ "tasks" :[ {"n":1.0E+2,"id":"a","status" : "pending","claim":{"by":null,"epoch":4},"zz":[1, 2]} ,{"id":"b"}]}  "#,
    );
}

#[test]
fn what_is_put_in_looks_like_its_surroundings() {
    becomes(
        "{\r\n\t\"tasks\": [\r\n\t\t{\r\n\t\t\t\"id\": \"a\",\r\n\t\t\t\"tier\": \"read-only\"\r\n\t\t}\r\n\t]\r\n}\r\n",
        &reclaim(),
        "{\r\n\t\"tasks\": [\r\n\t\t{\r\n\t\t\t\"id\": \"a\",\r\n\t\t\t\"tier\": \"read-only\",\r\n\t\t\t\"status\": \"pending\",\r\n\t\t\t\"claim\": {\r\n\t\t\t\t\"by\": null,\r\n\t\t\t\t\"epoch\": 4\r\n\t\t\t}\r\n\t\t}\r\n\t]\r\n}\r\n",
    );
    becomes(
        r#"{"tasks":[{"id":"a"}]}"#,
        &reclaim(),
        r#"{"tasks":[{"id":"a","status":"pending","claim":{"by":null,"epoch":4}}]}"#,
    );
    becomes(
        "{\"tasks\": [\n  {\"id\": \"a\", \"due\": \"2026-03-28T10:10:00Z\",\n   \"est_s\": 600, \"priority\": 1}]}",
        &reclaim(),
        "{\"tasks\": [\n  {\"id\": \"a\", \"due\": \"2026-03-28T10:10:00Z\",\n   \"est_s\": 600, \"priority\": 1, \"status\": \"pending\", \"claim\": {\"by\": null, \"epoch\": 4}}]}",
    );
}

#[test]
fn of_equal_keys_the_last_one_is_written() {
    becomes(
        r#"{"tasks":[{"id":"a","status":"done","status":"failed"}]}"#,
        &pending(),
        r#"{"tasks":[{"id":"a","status":"done","status":"pending"}]}"#,
    );
    becomes(
        r#"{"tasks":[{"id":"a","status":"done","status":null}]}"#,
        &pending(),
        r#"{"tasks":[{"id":"a","status":"done","status":"pending"}]}"#,
    );
}

#[test]
fn a_status_of_another_name_or_kind_is_found() {
    becomes(
        r#"{"stories":[{"id":"a","passes":true}]}"#,
        &pending(),
        r#"{"stories":[{"id":"a","passes":false}]}"#,
    );
    becomes(
        r#"{"items":[{"id":"a","state":"failed"}]}"#,
        &pending(),
        r#"{"items":[{"id":"a","state":"pending"}]}"#,
    );
    becomes(
        r#"{"stories":[{"id":"a","passes":true}]}"#,
        &TaskEdit::default().set(Member::Status, &"skipped"),
        r#"{"stories":[{"id":"a","passes":true,"status":"skipped"}]}"#,
    );
}

#[test]
fn every_shape_of_a_plan_can_be_changed() {
    for (before, after) in [
        (
            r#"{"posts":{"a":{"status":"failed"}}}"#,
            r#"{"posts":{"a":{"status":"pending"}}}"#,
        ),
        (
            r#"[{"id":"b","status":"done"},{"name":"a","status":"failed"}]"#,
            r#"[{"id":"b","status":"done"},{"name":"a","status":"pending"}]"#,
        ),
        (
            "{\"id\":\"b\",\"status\":\"done\"}\n{\"id\":\"a\",\"status\":\"failed\"}\n",
            "{\"id\":\"b\",\"status\":\"done\"}\n{\"id\":\"a\",\"status\":\"pending\"}\n",
        ),
        (
            "\u{feff}{\"jobs\":[{\"id\":\"a\",\"status\":\"failed\"}]}",
            "\u{feff}{\"jobs\":[{\"id\":\"a\",\"status\":\"pending\"}]}",
        ),
    ] {
        becomes(before, &pending(), after);
    }
}

#[test]
fn a_member_that_is_taken_out_comes_back_to_its_place() {
    let release = TaskEdit::default().with(Member::Held, Write::Remove);
    for before in [
        "{\"tasks\":[{\"held\": {\"why\":\"x\"} , \"id\":\"a\", \"z\":1}]}",
        "{\"tasks\":[{\"id\":\"a\",\n  \"held\": {\"why\":\"x\"},\n \"z\":1}]}",
        "{\"tasks\":[{\"id\":\"a\" ,\"held\" :true }]}",
    ] {
        let spliced = splice(before.as_bytes(), &id("a"), &release).unwrap();
        assert!(!String::from_utf8_lossy(&spliced.bytes).contains("held"));
        let again = splice(&spliced.bytes, &id("a"), &back(&spliced)).unwrap();
        assert_eq!(String::from_utf8_lossy(&again.bytes), before);
    }
}

#[test]
fn what_cannot_be_read_or_named_is_refused() {
    let edit = pending();
    for (text, why) in [
        (r#"{"tasks":[{"id":"a"}"#, NotSpliceable::Damaged),
        (r#"{"tasks":[{"id":"a"}]}}"#, NotSpliceable::Damaged),
        (
            "{\"tasks\":[\n// the first\n{\"id\":\"a\"}]}",
            NotSpliceable::Comments(2),
        ),
        (
            r#"{"tasks":[{"id":"a"/* b */}]}"#,
            NotSpliceable::Comments(1),
        ),
        (r#"{"tasks":[{"id":"b"}]}"#, NotSpliceable::Missing),
        (
            r#"{"tasks":[{"id":"a"},{"id":"a"}]}"#,
            NotSpliceable::Ambiguous,
        ),
        (r#"{"a":"2026-10-06T12:00:00Z"}"#, NotSpliceable::NoObject),
        (
            r#"{"tasks":[{"id":"a","status":{"is":1}}]}"#,
            NotSpliceable::Foreign(Member::Status),
        ),
    ] {
        assert_eq!(splice(text.as_bytes(), &id("a"), &edit), Err(why), "{text}");
    }
    let nameless = splice(br#"{"tasks":[{"x":1}]}"#, &id("#1"), &edit);
    assert_eq!(nameless, Err(NotSpliceable::Nameless));
    let claim = splice(
        br#"{"tasks":[{"id":"a","claim":"me"}]}"#,
        &id("a"),
        &reclaim(),
    );
    assert_eq!(claim, Err(NotSpliceable::Foreign(Member::Claim)));
    let twice = br#"{"tasks":[{"id":"a","held":true,"held":true}]}"#;
    let removed = splice(
        twice,
        &id("a"),
        &TaskEdit::default().with(Member::Held, Write::Remove),
    );
    assert_eq!(removed, Err(NotSpliceable::Twice(Member::Held)));
}

#[test]
fn the_difference_is_exact_and_fit_to_be_shown() {
    let before = "{\"tasks\":[\n{\"id\":\"a\",\n \"status\":\"claimed\u{202e}\"}]}";
    let spliced = splice(before.as_bytes(), &id("a"), &reclaim()).unwrap();
    let shown: Vec<String> = spliced
        .diff
        .iter()
        .map(|line| format!("{:?} {} {}", line.sign, line.line, line.text))
        .collect();
    assert_eq!(
        shown,
        [
            "Removed 3 \"status\":\"claimed<U+202E>\"",
            "Added 3 \"status\":\"pending\"",
            "Added 4 \"claim\":{\"by\":null,\"epoch\":4}",
        ]
    );
}

#[test]
fn a_cut_that_finds_no_neighbour_goes_to_the_end() {
    let cut = Cut {
        bytes: ",\"held\":true".to_owned(),
        value: Raw::read("true").unwrap(),
        after: Some("gone".to_owned()),
        nth: 0,
    };
    becomes(
        r#"{"tasks":[{"id":"a"}]}"#,
        &TaskEdit::default().with(Member::Held, Write::PutBack(cut)),
        r#"{"tasks":[{"id":"a","held":true}]}"#,
    );
}

#[test]
fn only_whole_values_are_raw() {
    assert!(Raw::read("{\"a\":1}").is_some());
    for text in ["", "{", "1,2", "tru"] {
        assert_eq!(Raw::read(text), None);
    }
    let spaced = Raw::read("{ \"a\" : 1 }").unwrap();
    assert!(spaced.same(&Raw::read("{\"a\":1}").unwrap()));
}
