//! Any text is an article: reading it must not panic, and places must lie inside it.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use driftline::archive::{parse_article, ReadRules};
use driftline::model::ArticleId;
use driftline::citation::{CitationRules, LocalFiles, cite_article};
use libfuzzer_sys::fuzz_target;

static READ: LazyLock<ReadRules> = LazyLock::new(|| ReadRules::embedded().expect("the embedded rules are valid"));
static CITE: LazyLock<CitationRules> = LazyLock::new(|| CitationRules::embedded().expect("the embedded rules are valid"));

fuzz_target!(|text: &str| {
    let id = ArticleId::new("a.md");
    let article = parse_article(id, PathBuf::from("/nonexistent/a.md"), text, &READ);
    let lines = text.matches(['\n', '\r']).count() + 1;
    for link in &article.links {
        assert!(link.position.line as usize <= lines, "line {} of {lines}", link.position.line);
        assert!(link.position.column as usize <= text.chars().count() + 1);
    }
    for row in &article.rows {
        for index in row.link_indexes() {
            assert!(index < article.links.len());
        }
    }
    cite_article(&article, &CITE, &LocalFiles::below("/nonexistent"));
});
