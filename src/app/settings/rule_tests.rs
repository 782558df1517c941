//! Tests of the rule tables: what is said of mistakes, and that every key is explained.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;

use super::tests::{mistake, settings};
use super::*;

#[test]
fn a_wrong_rule_names_file_line_and_the_nearest_key() {
    let cases = [
        (
            "[rules.citation.source]\n\nhaeds = [\"x\"]\n",
            "3: unknown key `rules.citation.source.haeds` | did you mean `rules.citation.source.heads`?",
        ),
        (
            "[[rules.verdict.wall]]\nname = \"a\"\ntitle = [\"a\"]\n[[rules.verdict.wall]]\nname = \"b\"\nstatusses = [1]\n",
            "6: unknown key `rules.verdict.wall[1].statusses` | did you mean `rules.verdict.wall[1].statuses`?",
        ),
        (
            "[rules.article.credits]\nlongest = \"x\"\n",
            "2: `rules.article.credits.longest`: must be a whole number of 0 or more, not the string \"x\"",
        ),
        ("[rules.verdict.login]\npaths = [\n  \"a\",\n  \"(\",\n]\n", "4: `rules.verdict.login.paths[1]`: "),
        ("[rules.article.credits]\nwords = [\n\"x\",\n\"：\"]\n", "4: `rules.article.credits.words[1]`: "),
    ];
    for (file, expected) in cases {
        let text = mistake(file, &[], &[]);
        assert!(text.starts_with(&format!("{CONFIG_NAME}:{expected}")), "{text}");
    }
    let text = mistake("", &[], &["rules.citation.source={haeds=[]}"]);
    assert!(
        text.starts_with("--set rules.citation.source={haeds=[]}: unknown key `rules.citation.source.haeds`"),
        "{text}"
    );
}

/// The keys of a table, dotted; list entries count as one.
fn collect_keys(table: &toml::Table, parent: &str, keys: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = if parent.is_empty() { key.clone() } else { format!("{parent}.{key}") };
        match value {
            toml::Value::Table(inner) => collect_keys(inner, &path, keys),
            toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
                list.iter()
                    .filter_map(toml::Value::as_table)
                    .for_each(|inner| collect_keys(inner, &path, keys));
            }
            _ => {
                keys.insert(path);
            }
        }
    }
}

/// The keys of the built-in rules, below the name of their table. The rule of a site has any name.
fn keys_of_built_in_rules() -> BTreeSet<String> {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut keys = BTreeSet::new();
    for table in RULE_TABLES {
        for file in table.files {
            let mut rules: toml::Table = std::fs::read_to_string(config.join(file)).unwrap().parse().unwrap();
            if table.name == "sites" {
                // A user's notice of any site is in `[[rules.verdict.notice]]`.
                rules.remove("notice");
            }
            let parent = if table.name == "sites" { "sites.mine" } else { table.name };
            collect_keys(&rules, parent, &mut keys);
        }
    }
    keys
}

fn keys_below_rules(text: &str) -> BTreeSet<String> {
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut keys = BTreeSet::new();
    if let Some(toml::Value::Table(rules)) = table.get("rules") {
        collect_keys(rules, "", &mut keys);
    }
    keys
}

#[test]
fn every_rule_key_has_an_example_in_the_documentation() {
    let document = include_str!("../../../docs/configuration.md");
    let samples = document.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut explained = BTreeSet::new();
    for sample in samples {
        // Each sample is valid by itself.
        let _ = settings(sample, &[], &[]);
        explained.extend(keys_below_rules(sample));
    }
    let missing: Vec<_> = keys_of_built_in_rules().difference(&explained).cloned().collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_setting_is_explained_in_the_documentation() {
    let document = include_str!("../../../docs/configuration.md");
    for (section, keys) in super::load::default_table().unwrap() {
        if section == "rules" {
            continue;
        }
        for key in keys.as_table().unwrap().keys() {
            assert!(document.contains(&format!("| `{section}.{key}` |")), "{section}.{key}");
        }
    }
}

#[test]
fn the_commented_rules_of_a_new_file_are_valid_and_complete() {
    let written = new_config(None);
    let (_, rules) = written.split_once("# Rules of your own").unwrap();
    let uncommented: Vec<&str> =
        rules.lines().skip(2).map(|line| line.strip_prefix("#").map_or(line, str::trim_start)).collect();
    let text = uncommented.join("\n");
    let _ = settings(&text, &[], &[]);
    let missing: Vec<_> = keys_of_built_in_rules().difference(&keys_below_rules(&text)).cloned().collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
