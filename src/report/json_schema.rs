//! Holds the JSON Schema that ships, and the test that checks it against the types.

/// The JSON Schema of `--format json` and `--format jsonl`.
pub const SCHEMA: &str = include_str!("../../docs/schema/driftline-1.schema.json");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Role;
    use crate::report::{LinkChange, json as writer, samples};
    use crate::text_diff::MovedSide;
    use crate::text_diff::{DriftClass, TextSide};
    use crate::verdict::{Cause, LinkState, Verdict};

    fn schema() -> Value {
        serde_json::from_str(SCHEMA).unwrap()
    }

    /// Checks a value against the keywords that the schema uses. An unknown keyword fails the test, so
    /// no part of the schema goes unchecked.
    fn violations(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().unwrap() {
            let mut wrong = |what: &str| found.push(format!("{at}: {what}: {value}"));
            match keyword.as_str() {
                "$ref" => {
                    let target = rule.as_str().unwrap().strip_prefix('#').unwrap();
                    violations(root, root.pointer(target).expect(target), value, at, found);
                }
                "anyOf" => {
                    let fits = |schema: &Value| {
                        let mut inner = Vec::new();
                        violations(root, schema, value, at, &mut inner);
                        inner.is_empty()
                    };
                    if !rule.as_array().unwrap().iter().any(fits) {
                        wrong("fits none");
                    }
                }
                "type" => {
                    let kinds = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                    let fits = |kind: &Value| match kind.as_str().unwrap() {
                        "null" => value.is_null(),
                        "boolean" => value.is_boolean(),
                        "integer" => value.is_i64() || value.is_u64(),
                        "number" => value.is_number(),
                        "string" => value.is_string(),
                        "array" => value.is_array(),
                        "object" => value.is_object(),
                        other => panic!("unknown type {other}"),
                    };
                    if !kinds.iter().any(fits) {
                        wrong("wrong type");
                    }
                }
                "const" if value != rule => wrong("not the constant"),
                "enum" if !rule.as_array().unwrap().contains(value) => wrong("not in the list"),
                "minimum" if value.as_f64() < rule.as_f64() => wrong("too small"),
                "maximum" if value.as_f64() > rule.as_f64() => wrong("too large"),
                "format" => {
                    assert_eq!(rule, "date-time");
                    if value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_err()) {
                        wrong("not a time");
                    }
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        violations(root, rule, item, &format!("{at}[{index}]"), found);
                    }
                }
                "properties" => {
                    let Some(object) = value.as_object() else { continue };
                    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
                        if !object.contains_key(name.as_str().unwrap()) {
                            found.push(format!("{at}: {name} is missing"));
                        }
                    }
                    for (name, inner) in object {
                        if let Some(rule) = rule.get(name) {
                            violations(root, rule, inner, &format!("{at}.{name}"), found);
                        }
                    }
                }
                "additionalProperties" => {
                    let known = schema.get("properties").and_then(Value::as_object);
                    for (name, inner) in value.as_object().into_iter().flatten() {
                        if known.is_some_and(|known| known.contains_key(name)) {
                            continue;
                        }
                        match rule {
                            Value::Bool(false) => found.push(format!("{at}: {name} is not in the schema")),
                            rule => violations(root, rule, inner, &format!("{at}.{name}"), found),
                        }
                    }
                }
                // Keywords that hold, descriptions, and what `properties` reads.
                "const" | "enum" | "minimum" | "maximum" | "required" | "$schema" | "$id" | "$defs"
                | "title" | "description" => {}
                other => panic!("{at}: the schema uses `{other}`, which this test does not know"),
            }
        }
    }

    fn check(definition: &str, value: &Value) -> Vec<String> {
        let root = schema();
        let mut found = Vec::new();
        let pointer = format!("/$defs/{definition}");
        violations(&root, root.pointer(&pointer).unwrap(), value, definition, &mut found);
        found
    }

    fn written(links: Vec<crate::report::LinkReport>) -> Value {
        let mut out = Vec::new();
        let mut run = samples::run();
        (run.interrupted, run.interrupted_by) = (true, Some("no room".to_owned()));
        run.summary.limits = vec!["max_pages".to_owned()];
        writer::write_report(&run, &mut links.into_iter(), &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn what_is_written_fits_the_schema() {
        let report = written(vec![samples::full_link(), samples::bare_link()]);
        assert_eq!(check("report", &report), [""; 0]);
        assert_eq!(check("link", &report["links"][0]), [""; 0]);
        let root = schema();
        let mut found = Vec::new();
        violations(&root, &root, &report["run"], "line", &mut found);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn what_does_not_fit_is_seen() {
        let report = written(vec![samples::full_link()]);
        for (path, wrong) in [
            ("/verdict", json!("undead")),
            ("/line", json!(-1)),
            ("/cause", json!("http-999")),
            ("/drift/missing_from", json!("middle")),
            ("/drift/local_in_original", json!(1.5)),
            ("/fetched_at", json!("yesterday")),
            ("/redirects", json!([{"status": 301}])),
        ] {
            let mut link = report["links"][0].clone();
            *link.pointer_mut(path).unwrap() = wrong;
            assert!(!check("link", &link).is_empty(), "{path}");
        }
        let mut link = report["links"][0].clone();
        link["surprise"] = json!(1);
        assert!(!check("link", &link).is_empty());
        link.as_object_mut().unwrap().retain(|name, _| name != "surprise" && name != "url");
        assert!(!check("link", &link).is_empty());
    }

    #[test]
    fn the_schema_has_no_field_that_is_never_written() {
        let report = written(vec![samples::full_link()]);
        let same = |definition: &str, value: &Value| {
            let properties = schema()["$defs"][definition]["properties"].clone();
            let known: BTreeSet<String> = properties.as_object().unwrap().keys().cloned().collect();
            let found: BTreeSet<String> = value.as_object().unwrap().keys().cloned().collect();
            assert_eq!(known, found, "{definition}");
        };
        same("run", &report["run"]);
        same("summary", &report["run"]["summary"]);
        let link = &report["links"][0];
        same("link", link);
        same("drift", &link["drift"]);
        same("archived", &link["archived"]);
        same("redirect", &link["redirects"][0]);
        same("foundPage", &link["found"][0]);
        same("tellingChange", &link["drift"]["telling"][0]);
    }

    /// The variant names of a type: serde lists them in its error about an unknown one.
    fn names<T: DeserializeOwned + std::fmt::Debug>() -> BTreeSet<String> {
        let refusal = serde_json::from_str::<T>("\"?\"").unwrap_err().to_string();
        let (_, list) = refusal.split_once("expected").unwrap();
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_name_of_the_types_is_in_the_schema_and_none_more() {
        let listed = |pointer: &str| -> BTreeSet<String> {
            let schema = schema();
            let list = schema.pointer(pointer).expect(pointer).as_array().unwrap();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        assert_eq!(listed("/$defs/cause/enum"), names::<Cause>());
        assert_eq!(listed("/$defs/link/properties/verdict/enum"), names::<Verdict>());
        assert_eq!(listed("/$defs/link/properties/role/enum"), names::<Role>());
        assert_eq!(listed("/$defs/link/properties/state/enum"), names::<LinkState>());
        assert_eq!(listed("/$defs/foundPage/properties/state/enum"), names::<LinkState>());
        assert_eq!(listed("/$defs/link/properties/change/enum"), names::<LinkChange>());
        assert_eq!(listed("/$defs/drift/properties/class/enum"), names::<DriftClass>());
        assert_eq!(listed("/$defs/drift/properties/moved_side/enum"), names::<MovedSide>());
        assert_eq!(listed("/$defs/drift/properties/missing_from/enum"), names::<TextSide>());
        assert!(names::<Cause>().len() > 30);
    }
}
