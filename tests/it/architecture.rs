//! What `docs/architecture.md` says of the source tree, held by reading it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The stages in the order of the data. Each uses itself and earlier ones only; `app` uses all.
const STAGES: [&str; 14] = [
    "model",
    "unicode",
    "markup",
    "archive",
    "citation",
    "frontier",
    "fetch",
    "store",
    "text",
    "text_diff",
    "verdict",
    "report",
    "pipeline",
    "app",
];

/// No file is longer than this: past it, a file holds two ideas.
const MOST_LINES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder of the project, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} holds no source");
    found
}

/// The code without its comments: documents may name later stages, code may not.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        // Not within a string such as "https://".
        Some(place) if line[..place].matches('"').count() % 2 == 0 => &line[..place],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The first names that a path or a group of paths begins with: `a::b`, or `{a::b, c}`.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.trim_start().strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut start, mut names) = (0_i32, 0, Vec::new());
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' if depth == 0 => {
                names.push(name(&group[start..place]));
                start = place + 1;
            }
            '}' if depth == 0 => {
                names.push(name(&group[start..place]));
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

/// The depth of a file's module: 1 for `src/text/mod.rs`, 2 for `src/text/normal.rs`.
fn depth(path: &Path) -> usize {
    let parts = path.components().count() - 1;
    if path.file_name().is_some_and(|name| name == "mod.rs") { parts - 1 } else { parts }
}

/// The stages that a file names, whether by `crate::` or by enough `super::`.
fn used_stages(path: &Path, text: &str) -> BTreeSet<String> {
    let code = code(text);
    let mut names = Vec::new();
    for (place, found) in code.match_indices("crate::") {
        // `$crate::` and `other_crate::` are other words.
        let before = code[..place].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            names.extend(first_names(&code[place + found.len()..]));
        }
    }
    for (place, _) in code.match_indices("super::") {
        let before = &code[..place];
        if before.ends_with("super::") {
            continue;
        }
        let mut rest = &code[place..];
        let mut ups = 0;
        while let Some(next) = rest.strip_prefix("super::") {
            (ups, rest) = (ups + 1, next);
        }
        if ups >= depth(path) {
            names.extend(first_names(rest));
        }
    }
    names.into_iter().filter(|name| STAGES.contains(&name.as_str())).collect()
}

/// Which of the stages that a file uses it may not.
fn forbidden(path: &Path, text: &str) -> Vec<String> {
    let own = path.components().nth(1).and_then(|part| part.as_os_str().to_str()).unwrap_or_default();
    let Some(own) = STAGES.iter().position(|stage| *stage == own) else { return Vec::new() };
    let later = |name: &String| STAGES.iter().position(|stage| stage == name) > Some(own);
    used_stages(path, text).into_iter().filter(later).collect()
}

#[test]
fn a_stage_uses_earlier_stages_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        for stage in forbidden(&path, &text) {
            wrong.push(format!("{} uses the later stage `{stage}`", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_sees_every_way_to_name_a_stage() {
    let cases = [
        ("src/text/normal.rs", "use crate::verdict::Judgement;", vec!["verdict"]),
        ("src/text/normal.rs", "use crate::{archive::Article, report::{sanitize, json}};", vec!["report"]),
        ("src/text/normal.rs", "use super::super::verdict::Judgement;", vec!["verdict"]),
        ("src/text/mod.rs", "use super::{fetch, app};", vec!["app"]),
        ("src/text/mod.rs", "fn f() -> crate::text_diff::TextSide { todo() }", vec!["text_diff"]),
        ("src/text/normal.rs", "use super::text_diff;", vec![]),
        (
            "src/text/normal.rs",
            "//! See [`crate::verdict`].\n// crate::report\nuse crate::fetch::Exchange;",
            vec![],
        ),
        ("src/text/normal.rs", "let url = \"https://a.example/\"; crate::report::f();", vec!["report"]),
        ("src/app/mod.rs", "use crate::report::sanitize;", vec![]),
        ("src/lib.rs", "pub mod report;", vec![]),
    ];
    for (path, text, expected) in cases {
        assert_eq!(forbidden(Path::new(path), text), expected, "{path}: {text}");
    }
}

#[test]
fn the_stages_are_the_folders() {
    let mut folders: Vec<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut stages = STAGES.map(str::to_owned).to_vec();
    stages.sort();
    assert_eq!(folders, stages);
}

#[test]
fn no_file_holds_two_ideas() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        let lines = text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{}: {lines} lines, {MOST_LINES} at most", path.display()));
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        for vague in ["utils", "util", "helpers", "common", "types", "misc"] {
            if name == vague || folder == vague {
                wrong.push(format!("{}: `{vague}` says nothing about what it holds", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_says_what_comes_in_and_what_goes_out() {
    for (path, text) in sources("src") {
        if path.file_name().is_some_and(|name| name == "mod.rs") {
            assert!(text.starts_with("//! "), "{} opens without a document", path.display());
        }
    }
}

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
    let settings = Path::new("src/app/settings");
    let mut fields = public_fields(&fs::read_to_string(root().join(settings).join("mod.rs")).unwrap());
    assert!(fields.len() > 30 && fields.contains(&"max_body".to_owned()), "{fields:?}");
    for (path, text) in sources("src/app") {
        if !path.starts_with(settings) && !path.starts_with("src/app/demo") {
            let code = code(&text);
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
    // What only the settings themselves read: how they are found.
    fields.retain(|field| !["environment", "set"].contains(&field.as_str()));
    assert!(fields.is_empty(), "settings that nothing reads: {fields:?}");
}

#[test]
fn the_documents_lead_somewhere_and_the_commands_are_those_that_ci_runs() {
    let mut documents = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    documents.extend(fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    let mut links = 0;
    for path in documents.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(path).unwrap();
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
