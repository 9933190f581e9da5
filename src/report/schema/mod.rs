//! JSON Schema 2020-12 of every answer rounds gives and of every contract file it reads. `assets/schema` holds them as
//! files; a test compares, and another validates real answers.

mod answers;
mod contract;
mod day;
mod diagnosis;
mod orders;
mod parts;
mod week;

use serde_json::{Map, Value, json};

/// Name of the file under `assets/schema` and its schema.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("standup.json", answers::standup()),
        ("check.json", answers::check()),
        ("said.json", answers::said()),
        ("operated.json", orders::operated()),
        ("ledger.json", orders::ledger()),
        ("chain.json", orders::chain()),
        ("kept.json", orders::kept()),
        ("lost.json", orders::lost()),
        ("alert.json", answers::alert()),
        ("why.json", answers::why()),
        ("log.json", answers::log()),
        ("plan.json", day::plan()),
        ("sprint.json", day::sprint()),
        ("storm.json", day::storm()),
        ("retro.json", week::retro()),
        ("doctor.json", diagnosis::doctor()),
        ("lint.json", diagnosis::lint()),
        ("heartbeat.json", contract::heartbeat()),
        ("schedule.json", contract::schedule()),
        ("wal.json", contract::wal()),
        ("lock.json", contract::lock()),
    ]
}

/// A property of an object: its name, whether it must be there, its schema.
type Property = (&'static str, Need, Value);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
}

use Need::{May, Must};

/// An object that may hold more than is described: readers ignore what they do not know.
fn object(properties: Vec<Property>) -> Value {
    let required: Vec<&str> = properties
        .iter()
        .filter(|(_, need, _)| *need == Must)
        .map(|(name, _, _)| *name)
        .collect();
    let described: Map<String, Value> = properties
        .into_iter()
        .map(|(name, _, schema)| (name.to_owned(), schema))
        .collect();
    json!({
        "type": "object",
        "properties": described,
        "required": required,
        "additionalProperties": true,
    })
}

/// The outermost object of a file.
fn document(title: &str, about: &str, body: Value) -> Value {
    let mut root = Map::new();
    root.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    root.insert("title".to_owned(), json!(title));
    root.insert("description".to_owned(), json!(about));
    if let Value::Object(body) = body {
        root.extend(body);
    }
    Value::Object(root)
}

/// Adds a sentence.
fn about(sentence: &str, mut schema: Value) -> Value {
    if let Value::Object(map) = &mut schema {
        map.insert("description".to_owned(), json!(sentence));
    }
    schema
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_a_schema() {
        for (name, schema) in all() {
            assert!(jsonschema::meta::is_valid(&schema), "{name}");
        }
    }
}
