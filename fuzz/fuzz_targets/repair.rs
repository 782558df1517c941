//! Any destination with any label: repairing must not panic, and a URL for the web must be one.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use driftline::archive::{parse_article, LinkForm, Position, RawLink, ReadRules};
use driftline::model::ArticleId;
use driftline::model::CanonicalUrl;
use driftline::citation::{cite_article, CitationRules, LocalFiles, LinkTarget};
use libfuzzer_sys::fuzz_target;

static READ: LazyLock<ReadRules> = LazyLock::new(|| ReadRules::embedded().expect("the embedded rules are valid"));
static CITE: LazyLock<CitationRules> = LazyLock::new(|| CitationRules::embedded().expect("the embedded rules are valid"));

fuzz_target!(|input: (&str, &str)| {
    let (destination, label) = input;
    let id = ArticleId::new("a.md");
    let mut article = parse_article(id, PathBuf::from("/nonexistent/a.md"), "", &READ);
    article.links.push(RawLink {
        position: Position { line: 1, column: 1 },
        label: label.to_owned(),
        destination: destination.to_owned(),
        image: false,
        form: LinkForm::Inline,
    });
    for citation in cite_article(&article, &CITE, &LocalFiles::below("/nonexistent")) {
        if let LinkTarget::Web { url, canonical } = &citation.target {
            assert_eq!(CanonicalUrl::parse(url).as_ref(), Some(canonical));
        }
        assert_eq!(citation.written.is_some(), !citation.repairs.is_empty());
    }
});
