//! Documents, settings and source agree: what one names, the others have.

use std::fs;

use super::imports::without_comments;
use super::{read_sources, root};

#[test]
fn documents_and_code_name_the_same_settings() {
    let document = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let defaults: toml::Table =
        fs::read_to_string(root().join("config/default.toml")).unwrap().parse().unwrap();
    for (section, keys) in &defaults {
        for (key, value) in keys.as_table().unwrap() {
            let name = if value.is_table() && section == "rules" {
                format!("[rules.{key}]")
            } else {
                format!("`{section}.{key}`")
            };
            assert!(document.contains(&name), "docs/configuration.md does not name {name}");
        }
    }
    for name in document.split('`').skip(1).step_by(2) {
        let Some((section, key)) = name.split_once('.') else { continue };
        let Some(table) = defaults.get(section).and_then(toml::Value::as_table) else { continue };
        let plain = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(
            !plain || section == "rules" || table.contains_key(key),
            "docs/configuration.md: no key {name}"
        );
    }
}

/// The names of the fields that a source declares as `pub name: …`.
fn public_fields(source: &str) -> Vec<String> {
    let fields = source.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "));
    fields.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(' ')).collect()
}

#[test]
fn no_setting_is_without_effect() {
    let sections = fs::read_to_string(root().join("src/app/settings/sections.rs")).unwrap();
    let mut fields = public_fields(&sections);
    assert!(fields.len() > 30 && fields.contains(&"max_body".to_owned()), "{fields:?}");
    for (path, text) in read_sources("src/app") {
        if !path.starts_with("src/app/settings") && !path.starts_with("src/app/demo") {
            let code = without_comments(&text);
            let used = |field: &String| {
                let dotted = format!(".{field}");
                code.match_indices(&dotted).any(|(place, _)| {
                    let next = code[place + dotted.len()..].chars().next();
                    !next.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '(')
                })
            };
            fields.retain(|field| !used(field) && field != "config" && field != "search_from");
        }
    }
    // What only the settings themselves read: how they are found, and what the contact replaces.
    fields.retain(|field| !["environment", "set", "user_agent"].contains(&field.as_str()));
    assert!(fields.is_empty(), "settings that nothing reads: {fields:?}");
}

#[test]
fn the_documents_lead_somewhere_and_the_commands_are_those_that_ci_runs() {
    let mut documents = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    for folder in ["docs", "docs/design"] {
        documents.extend(fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    let mut links = 0;
    for path in documents.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        // Code spans and code blocks show links that lead nowhere.
        let text: String = fs::read_to_string(path).unwrap().split('`').step_by(2).collect();
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.contains("://") && !target.contains('`') {
                assert!(path.with_file_name(target).exists(), "{}: {target} is not there", path.display());
                links += 1;
            }
        }
    }
    assert!(links > 5, "only {links} links were seen");

    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(readme.contains("\n```\ncargo run --release -- demo\n```\n"), "the README's first command");
    assert!(readme.contains("\n```\ncargo test\n```\n"), "the README's second command");
    assert!(ci.lines().any(|line| line == "cargo test"), ".ci/run does not run the README's tests");
}
