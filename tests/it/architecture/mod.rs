//! Holds what `docs/architecture.md` says of the source tree by reading the sources: the order of the
//! stages, no circles of imports, the length and the names of files.

mod documents;
mod imports;

use std::fs;
use std::path::Path;

use imports::{ModuleTree, Source, Uses, circles};

/// The stages in the order of the data. Each uses itself and earlier ones only.
const STAGES: [&str; 15] = [
    "model",
    "unicode",
    "markup",
    "files",
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

/// No file may have more lines than this: a longer one holds two ideas.
const MOST_LINES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder of the project, with their text.
fn read_sources(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push((path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(), text));
            }
        }
    }
    sources.sort();
    assert!(!sources.is_empty(), "{folder} holds no source");
    sources
}

/// The stage to which a file belongs, as its index in [`STAGES`].
fn stage_of(file: &str) -> Option<usize> {
    let folder = file.split('/').nth(1)?;
    STAGES.iter().position(|stage| *stage == folder)
}

/// Each use of a later stage by an earlier one.
fn uses_of_later_stages(uses: &Uses) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, used) in uses {
        for other in used {
            if let (Some(own), Some(stage)) = (stage_of(file), stage_of(other))
                && stage > own
            {
                wrong.push(format!("{file} uses {other} of the later stage `{}`", STAGES[stage]));
            }
        }
    }
    wrong
}

#[test]
fn a_stage_uses_earlier_stages_only() {
    let wrong = uses_of_later_stages(&ModuleTree::read(&read_sources("src")).uses());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = circles(&ModuleTree::read(&read_sources("src")).uses());
    let lines: Vec<String> = circles.iter().map(|circle| circle.join(" <-> ")).collect();
    assert!(lines.is_empty(), "files that import each other:\n{}", lines.join("\n"));
}

/// What the reader of imports says of a small tree.
fn uses_in(sources: &[(&str, &str)]) -> Uses {
    let sources: Vec<Source> =
        sources.iter().map(|(file, text)| ((*file).to_owned(), format!("{text}\n"))).collect();
    ModuleTree::read(&sources).uses()
}

#[test]
fn the_check_sees_every_way_to_name_another_file() {
    let later = [
        ("src/verdict/mod.rs", "mod judge;\npub use judge::Judgement;"),
        ("src/verdict/judge.rs", "pub struct Judgement;"),
    ];
    for code in [
        "use crate::verdict::Judgement;",
        "use crate::{archive::Article, verdict::{judge, Judgement}};\nfn f(_: judge::Judgement) {}",
        "use super::super::verdict::Judgement;",
        "use crate::verdict;\nfn f() -> verdict::Judgement { make() }",
        "fn f() -> crate::verdict::judge::Judgement { make() }",
        "let url = \"https://a.example/\"; crate::verdict::Judgement;",
    ] {
        let mut sources = later.to_vec();
        sources.push(("src/text/normalize.rs", code));
        let uses = uses_in(&sources);
        assert!(uses["src/text/normalize.rs"].contains("src/verdict/judge.rs"), "{code}: {uses:?}");
        assert_eq!(uses_of_later_stages(&uses).len(), 1, "{code}");
    }
    for code in [
        "//! See [`crate::verdict`].\n// crate::verdict::Judgement\nuse crate::text::Other;",
        "const NAME: &str = \"crate::verdict::Judgement\";",
        "#[cfg(test)]\nmod tests {\n    use crate::verdict::Judgement;\n}",
        "pub(in crate::verdict) fn f() {}",
        "use verdict::Judgement;",
    ] {
        let mut sources = later.to_vec();
        sources.push(("src/text/normalize.rs", code));
        assert!(uses_in(&sources)["src/text/normalize.rs"].is_empty(), "{code}");
    }
}

#[test]
fn the_check_sees_circles_through_reexports() {
    let uses = uses_in(&[
        ("src/text/mod.rs", "mod page;\nmod words;\npub use page::Page;\npub use words::*;"),
        ("src/text/page.rs", "use super::Words;\npub struct Page(Words);"),
        ("src/text/words.rs", "pub struct Words;\nfn f() -> super::Page { make() }"),
        ("src/text/alone.rs", "use super::{Page, Words};"),
    ]);
    assert_eq!(circles(&uses), [["src/text/page.rs", "src/text/words.rs"]], "{uses:?}");
    let own = uses_in(&[
        ("src/text/mod.rs", "mod page;\nfn f() { page::g() }\nfn h() {}"),
        ("src/text/page.rs", "pub fn g() { super::h() }"),
    ]);
    assert_eq!(circles(&own).len(), 1, "{own:?}");
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
    for (file, text) in read_sources("src").into_iter().chain(read_sources("tests")) {
        let path = Path::new(&file);
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
fn every_file_says_what_it_is_for() {
    for (file, text) in read_sources("src") {
        assert!(
            text.starts_with("//! ") || file.contains("tests"),
            "{file} does not begin with a //! that says what it is for"
        );
    }
}
