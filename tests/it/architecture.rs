//! The house rules that a machine can hold: which stage may use which, how long a file may be, what
//! each folder says of itself.

use std::path::{Path, PathBuf};

/// The stages in the order of the data. Each may use itself and those before it; `app` sees all.
const STAGES: [&str; 9] =
    ["article", "citation", "crawl", "fetch", "snapshot", "text", "text_diff", "verdict", "view"];

/// The hard limit on a source file, in lines.
const MAX_LINES: usize = 500;

fn sources(below: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(below)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The names that stand after `crate::` in a source, the lists of a `use crate::{…}` included.
fn crate_paths(source: &str) -> Vec<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => names.push(first_name(rest)),
            Some(list) => {
                let (mut depth, mut start) = (1, 0);
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 || (depth == 1 && c == ',') {
                        names.push(first_name(list[start..at].trim_start()));
                        start = at + 1;
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn first_name(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// What breaks the order in the source of this stage (or of the crate's own files).
fn wrong_uses(stage: &str, source: &str) -> Vec<String> {
    let Some(own) = STAGES.iter().position(|name| *name == stage) else { return Vec::new() };
    let allowed = &STAGES[..=own];
    crate_paths(source).into_iter().filter(|name| !allowed.contains(&name.as_str())).collect()
}

#[test]
fn a_stage_uses_earlier_stages_only() {
    let mut wrong = Vec::new();
    for stage in STAGES {
        let files = sources(&format!("src/{stage}"));
        assert!(!files.is_empty(), "src/{stage} has no sources");
        for file in files {
            for name in wrong_uses(stage, &std::fs::read_to_string(&file).unwrap()) {
                wrong.push(format!("{}: a file of {stage} may not use crate::{name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_order_is_seen_in_every_form_of_use() {
    let source = "use crate::article::Article;\nuse crate::{fetch::{self, A}, view, text::B};\n// crate::app::x\n\
                  fn f() { crate::verdict::judge(); }\n";
    assert_eq!(crate_paths(source), ["article", "fetch", "view", "text", "verdict"]);
    assert_eq!(wrong_uses("fetch", source), ["view", "text", "verdict"]);
    assert_eq!(wrong_uses("view", source), Vec::<String>::new());
    assert_eq!(wrong_uses("article", "use crate::app::demo;"), ["app"]);
}

#[test]
fn files_are_short_and_folders_say_what_they_are() {
    let mut wrong = Vec::new();
    for file in sources("src").into_iter().chain(sources("tests")) {
        let source = std::fs::read_to_string(&file).unwrap();
        let lines = source.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!(
                "{}: {lines} lines, {MAX_LINES} is the limit: split it by idea",
                file.display()
            ));
        }
        if file.file_name().is_some_and(|name| name == "mod.rs") && !source.starts_with("//!") {
            wrong.push(format!("{}: does not open with what comes in and what goes out", file.display()));
        }
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        if ["utils", "util", "helpers", "common", "types", "misc"].contains(&stem.as_str()) {
            wrong.push(format!("{}: a name that says nothing", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
