//! `driftline diff A B`: shows what differs between two files, each markdown or HTML, without a store or
//! the network.

use std::path::Path;

use super::input_rules::InputRules;
use super::read_file_error::ReadFileError;
use super::read_input::{FileText, InputFile};
use crate::app::cli::DiffFormat;
use crate::app::commands::diff_output::write_comparison;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::stage_settings;
use crate::pipeline::page::snapshot_pair::read_versions;
use crate::report::diff::labels::{DiffLabels, SideLabel};
use crate::text::PageText;
use crate::text_diff::{self, Alignment, CompareRules, Comparison, DriftClass, TextSide};

/// Which of the two files takes the role of the page on the web: the first, unless the second is HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PageFile {
    First,
    Second,
}

/// Runs the command.
pub fn run_command(
    context: &Context,
    original: &Path,
    local: &Path,
    format: DiffFormat,
) -> Result<ExitStatus, AppError> {
    let rules = InputRules::from_settings(&context.settings)?;
    let compare_rules = stage_settings::compare_rules(&context.settings)?;
    let (comparison, alignment, page) = compare_files(original, local, &rules, &compare_rules)?;
    let first = SideLabel::new("the first file", original.display().to_string());
    let second = SideLabel::new("the second file", local.display().to_string());
    let (original, local, before) = match page {
        PageFile::First => (first, second, TextSide::Original),
        PageFile::Second => (second, first, TextSide::Local),
    };
    let labels = DiffLabels { original, local, before, against_snapshot: false, forms: compare_rules.forms };
    let mut out = context.open_output()?;
    let color = out.has_colors();
    let written = write_comparison(&comparison, &alignment, &labels, format, color, &mut out);
    written.map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

/// Compares two files. Where one is HTML, the other guides its extraction. Where both are, they are two
/// versions of a page, the older one first.
fn compare_files(
    first: &Path,
    second: &Path,
    rules: &InputRules,
    compare_rules: &CompareRules,
) -> Result<(Comparison, Alignment, PageFile), AppError> {
    let (first, second) = (InputFile::open(first, rules)?, InputFile::open(second, rules)?);
    if first.is_page() && second.is_page() {
        let (comparison, alignment) = compare_pages(first, second, rules, compare_rules);
        return Ok((comparison, alignment, PageFile::Second));
    }
    let has_page = first.is_page() || second.is_page();
    let page = if second.is_page() { PageFile::Second } else { PageFile::First };
    let (first, second) = read_with_guide(&first, &second, rules)?;
    let (Some(first), Some(second)) = (first, second) else {
        let (comparison, alignment) = nothing_to_compare(compare_rules);
        return Ok((comparison, alignment, PageFile::First));
    };
    let shown = SeenBesideText::of_files(&first, &second);
    let (first, second) = (first.into_page(), second.into_page());
    let (original, local) = if page == PageFile::First { (first, second) } else { (second, first) };
    let (mut comparison, alignment) = text_diff::compare_aligned(&original, &local, compare_rules);
    if !has_page {
        shown.lower_class(&mut comparison);
    }
    Ok((comparison, alignment, page))
}

/// A file that cannot be read is no evidence of a loss.
fn nothing_to_compare(compare_rules: &CompareRules) -> (Comparison, Alignment) {
    let nothing = PageText::default();
    let (comparison, alignment) = text_diff::compare_aligned(&nothing, &nothing, compare_rules);
    (Comparison { class: DriftClass::Unverifiable, ..comparison }, alignment)
}

/// Compares two versions of a page, as a run compares two snapshots.
fn compare_pages(
    then: InputFile,
    now: InputFile,
    rules: &InputRules,
    compare_rules: &CompareRules,
) -> (Comparison, Alignment) {
    let (shown_then, shown_now) = (then.visible_text(rules), now.visible_text(rules));
    let versions = then
        .as_page_version(&shown_then, rules)
        .and_then(|older| read_versions(older, now.as_page_version(&shown_now, rules)?, None));
    match versions {
        Ok((older, newer)) => {
            // What was decoded is of no more use.
            drop((then, now, shown_then, shown_now));
            text_diff::compare_aligned(&newer, &older, compare_rules)
        }
        Err(error) => {
            tracing::warn!("{} and {}: {error}", then.path().display(), now.path().display());
            nothing_to_compare(compare_rules)
        }
    }
}

/// A file's text; `None` where a page has none.
type ReadText = Option<FileText>;

/// Reads two files of which at most one is HTML. The other guides its extraction.
fn read_with_guide(
    first: &InputFile,
    second: &InputFile,
    rules: &InputRules,
) -> Result<(ReadText, ReadText), AppError> {
    let (page, copy) = if second.is_page() { (second, first) } else { (first, second) };
    let copy = read_or_warn(copy.read(None, rules))?;
    let guide = copy.as_ref().map(|copy| copy.page.text());
    let page = read_or_warn(page.read(guide.as_deref(), rules))?;
    Ok(if second.is_page() { (copy, page) } else { (page, copy) })
}

/// Unwraps a file's text. A page in which no text is found gives a warning and `None`.
fn read_or_warn(read: Result<FileText, ReadFileError>) -> Result<Option<FileText>, AppError> {
    match read {
        Err(error @ ReadFileError::Text { .. }) => {
            tracing::warn!("{error}");
            Ok(None)
        }
        read => Ok(Some(read?)),
    }
}

/// Whether a reader of two files sees the same besides the compared text: credits, bylines and bare
/// addresses. It is known before the comparison, so that what it needs is not kept until its end.
struct SeenBesideText {
    same_text: bool,
    same_links: bool,
}

impl SeenBesideText {
    fn of_files(first: &FileText, second: &FileText) -> Self {
        Self {
            same_text: first.visible.split_whitespace().eq(second.visible.split_whitespace()),
            same_links: first.bare_links == second.bare_links,
        }
    }

    /// Lowers the class from identical where the two files differ in it.
    fn lower_class(&self, comparison: &mut Comparison) {
        if comparison.class == DriftClass::Identical && !self.same_text {
            comparison.class = DriftClass::Cosmetic;
        }
        let unchanged = matches!(comparison.class, DriftClass::Identical | DriftClass::Cosmetic);
        if unchanged && !self.same_links {
            comparison.class = DriftClass::MinorEdit;
            comparison.changed_sentences = comparison.changed_sentences.max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::archive::ReadRules;
    use crate::citation::CitationRules;
    use crate::text::TextRules;

    #[test]
    fn a_page_too_large_for_a_tree_is_compared_on_either_side() {
        let folder = tempfile::tempdir().unwrap();
        let (page, copy) = (folder.path().join("a.html"), folder.path().join("b.md"));
        let sentences = |from: u32| -> Vec<String> {
            (from..from + 30_000).map(|n| format!("第{n}次通航的记录说水位正好，船工按时开船。")).collect()
        };
        let paragraphs: Vec<String> = sentences(1).chunks(20).map(<[String]>::concat).collect();
        std::fs::write(&copy, format!("# 渡口\n\n{}\n", paragraphs.join("\n\n"))).unwrap();
        let html =
            format!("<html><body><article><p>{}</p></article></body></html>", paragraphs.join("</p><p>"));
        std::fs::write(&page, html).unwrap();
        let rules = InputRules {
            articles: ReadRules::embedded().unwrap(),
            citations: CitationRules::embedded().unwrap(),
            pages: TextRules::default(),
        };
        for (first, second) in [(&page, &copy), (&copy, &page)] {
            let (comparison, ..) = compare_files(first, second, &rules, &CompareRules::default()).unwrap();
            assert_eq!(comparison.class, DriftClass::Identical);
        }
    }

    #[test]
    fn a_page_without_text_is_unverifiable_on_either_side() {
        let folder = tempfile::tempdir().unwrap();
        let (page, copy) = (folder.path().join("a.html"), folder.path().join("b.md"));
        std::fs::write(&page, "<html><body><div id=root></div><script>start()</script></body></html>")
            .unwrap();
        std::fs::write(&copy, "# 渡口\n\n渡口今天通航，船工说水位正好。\n").unwrap();
        let rules = InputRules {
            articles: ReadRules::embedded().unwrap(),
            citations: CitationRules::embedded().unwrap(),
            pages: TextRules::default(),
        };
        for (original, local) in [(&page, &copy), (&copy, &page), (&page, &page)] {
            let (comparison, alignment, _) =
                compare_files(original, local, &rules, &CompareRules::default()).unwrap();
            assert_eq!(comparison.class, DriftClass::Unverifiable);
            assert!(comparison.missing_from.is_none() && alignment.rows.is_empty());
        }
    }

    #[test]
    fn a_list_of_sources_that_only_the_copy_has_is_its_keepers() {
        let folder = tempfile::tempdir().unwrap();
        let text = "渡口今天通航，船工说水位正好，票价也和以前一样。";
        let more = "码头上的灯会在夜里一直亮着，居民们都来看新船下水。";
        let page = folder.path().join("a.html");
        std::fs::write(
            &page,
            format!("<html><body><h1>渡口</h1><div><p>{text}</p><p>{more}</p></div></body></html>"),
        )
        .unwrap();
        let rules = InputRules {
            articles: ReadRules::embedded().unwrap(),
            citations: CitationRules::embedded().unwrap(),
            pages: TextRules::default(),
        };
        let compared = |name: &str, below: &str| {
            let copy = folder.path().join(name);
            std::fs::write(&copy, format!("# 渡口\n\n{text}\n\n{more}\n\n{below}\n")).unwrap();
            compare_files(&page, &copy, &rules, &CompareRules::default()).unwrap().0.class
        };
        let listed = "参考资料：\n\n- [某报](https://a.example/1)\n- [某社的消息](https://a.example/2)";
        assert!(compared("sources.md", listed).is_equal());
        assert!(compared("text.md", "县里的代表感谢了所有出过力的人，会议到五点结束。").is_drift());
    }

    #[test]
    fn either_side_may_be_the_page() {
        let folder = tempfile::tempdir().unwrap();
        let text = [
            "渡口今天通航，船工说水位正好，票价也和以前一样。",
            "码头上的灯会在夜里一直亮着，居民们都来看新船下水。",
            "县里的代表感谢了所有出过力的人，会议到五点结束。",
        ];
        let paragraphs = text.map(|text| format!("<p>{text}</p>")).concat();
        let page = |more: &str| {
            format!("<html><body><h1>渡口</h1><div><div>{paragraphs}</div>{more}</div></body></html>")
        };
        let promotion = "<p>欢迎关注我们的频道，每天为你带来最新的本地新闻报道和天气信息，不要错过。</p>";
        let file = |name: &str, content: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let copy = file("a.md", format!("# 渡口\n\n{}\n", text.join("\n\n")));
        let (plain, more) = (file("b.html", page("")), file("c.html", page(promotion)));
        let rules = InputRules {
            articles: ReadRules::embedded().unwrap(),
            citations: CitationRules::embedded().unwrap(),
            pages: TextRules::default(),
        };
        for (first, second) in [(&copy, &more), (&more, &copy), (&plain, &more)] {
            let (found, _, _) = compare_files(first, second, &rules, &CompareRules::default()).unwrap();
            assert_eq!(found.class, DriftClass::Identical, "{first:?} {second:?}");
        }
        let changed = file("d.html", page("").replace("五点", "六点"));
        let (found, alignment, page) =
            compare_files(&copy, &changed, &rules, &CompareRules::default()).unwrap();
        assert_eq!((found.class, page), (DriftClass::MinorEdit, PageFile::Second));
        assert_eq!(
            (found.key_changes[0].local.as_str(), found.key_changes[0].original.as_str()),
            ("五点", "六点")
        );
        assert!(alignment.rows.iter().any(|row| row.changed > 0));
    }
}
