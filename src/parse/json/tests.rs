use super::*;

fn read(text: &str) -> (Outcome, Tape) {
    let mut tape = Tape::default();
    (tape.read(text.as_bytes(), 0), tape)
}

fn render(node: Node<'_>) -> String {
    match node.kind() {
        Kind::Null => "null".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number => String::from_utf8_lossy(node.raw()).into_owned(),
        Kind::Text { .. } => format!("{:?}", node.text().unwrap()),
        Kind::Array => format!(
            "[{}]",
            node.items().map(render).collect::<Vec<_>>().join(",")
        ),
        Kind::Object => {
            let fields = node
                .fields()
                .map(|(k, v)| format!("{}:{}", k.text().unwrap(), render(v)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
    }
}

fn whole(text: &str) -> String {
    let (outcome, tape) = read(text);
    assert_eq!(
        outcome,
        Outcome::Value {
            end: text.trim_end().len()
        }
    );
    let source = Source::new(text.as_bytes());
    render(tape.root(&source))
}

#[test]
fn values_of_every_kind() {
    assert_eq!(
        whole(r#" {"a" : [1, -2.5e3,true,null, {"b":[]}], "c":"d\n\u0041\ud83d\ude00"} "#),
        "{a:[1,-2.5e3,true,null,{b:[]}],c:\"d\\nA😀\"}"
    );
    assert_eq!(whole(r#"{"n":NaN,"s":"a	b"}"#), "{n:null,s:\"a\\tb\"}");
}

#[test]
fn places_of_values_are_known() {
    let text = r#"{"a":{"b":"c"},"d":12}"#;
    let (_, tape) = read(text);
    let source = Source::new(text.as_bytes());
    let root = tape.root(&source);
    let spans: Vec<&str> = root
        .fields()
        .map(|(_, v)| {
            let (from, to) = v.span();
            &text[from..to]
        })
        .collect();
    assert_eq!(spans, [r#"{"b":"c"}"#, "12"]);
    assert_eq!(root.get("d").and_then(|n| n.count()), Some(12));
}

#[test]
fn a_cut_value_is_cut_wherever_it_is_cut() {
    let text = r#"{"a":[1,"x\n",true,null],"b":{"c":-1.5}}"#;
    for end in 0..text.len() {
        assert_eq!(read(&text[..end]).0, Outcome::Cut, "{}", &text[..end]);
    }
}

#[test]
fn damage_is_broken_where_it_stands() {
    for (text, at, fault) in [
        (r#"{"a": ,"b":1}"#, 6, Fault::Syntax),
        ("{\"a\":\"x\n", 7, Fault::OpenString),
        ("{\"a\":\"x\\\n", 8, Fault::OpenString),
        (r#"{"a":1]"#, 6, Fault::Syntax),
        (r#"{"a":1x}"#, 6, Fault::Syntax),
        ("nope ", 0, Fault::Syntax),
    ] {
        assert_eq!(read(text).0, Outcome::Broken { at, fault }, "{text}");
    }
    let deep = "[".repeat(MOST_DEPTH + 1);
    assert_eq!(
        read(&deep).0,
        Outcome::Broken {
            at: MOST_DEPTH,
            fault: Fault::Deep
        }
    );
}

#[test]
fn what_is_left_behind_a_value_is_not_read() {
    assert_eq!(read(r#"{"a":1}},"b":2}"#).0, Outcome::Value { end: 7 });
}

#[test]
fn escapes_that_are_none_stay_as_written() {
    assert_eq!(
        scan::unescape(r"\x41 \ud800 \u12 a\0b"),
        r"\x41 \ud800 \u12 a\0b"
    );
    assert_eq!(scan::unescape("a\0b"), "ab");
}

#[test]
fn long_texts_are_cut_and_say_so() {
    let text = format!("{{\"a\":\"{}\"}}", "é".repeat(MOST_TEXT));
    let (_, tape) = read(&text);
    let source = Source::new(text.as_bytes());
    let shown = tape.root(&source).get("a").and_then(|n| n.text()).unwrap();
    assert!(shown.len() < MOST_TEXT + 40);
    assert!(shown.ends_with(&format!("… ({} bytes)", 2 * MOST_TEXT)));
}

#[test]
fn numbers_as_strings_count() {
    let text = r#"["12"," 7 ","-3","x",true,1.0,"1e3"]"#;
    let (_, tape) = read(text);
    let source = Source::new(text.as_bytes());
    let counts: Vec<_> = tape.root(&source).items().map(|n| n.count()).collect();
    assert_eq!(
        counts,
        [Some(12), Some(7), None, None, None, Some(1), Some(1_000)]
    );
}

proptest::proptest! {
    #[test]
    fn valid_json_reads_as_serde_reads_it(text in "[\\PC\n\t\"\\\\]{0,30}", number in -1e9..1e9_f64) {
        let value = serde_json::json!({"k": [text.clone(), number, null, {"": text}], "e": {}});
        let written = serde_json::to_string_pretty(&value).unwrap();
        let (outcome, tape) = read(&written);
        proptest::prop_assert_eq!(outcome, Outcome::Value { end: written.len() });
        let source = Source::new(written.as_bytes());
        let list: Vec<_> = tape.root(&source).get("k").unwrap().items().collect();
        proptest::prop_assert_eq!(list[0].text().unwrap().into_owned(), value["k"][0].as_str().unwrap());
        proptest::prop_assert_eq!(list[1].number(), value["k"][1].as_f64());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80), at in 0_usize..4) {
        let mut tape = Tape::default();
        let outcome = tape.read(&bytes, at.min(bytes.len()));
        let source = Source::new(&bytes);
        let root = tape.root(&source);
        if outcome == (Outcome::Value { end: bytes.len() }) {
            let _ = render(root);
        }
        let _ = (root.text(), root.number(), root.verbatim(), root.fields().count());
    }
}
