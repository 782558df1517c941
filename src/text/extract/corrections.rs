//! Finds corrections beside the article: some sites set them in a box of their own, above or below it.

use ego_tree::NodeRef;
use scraper::node::Node;

use crate::text::extract::blocks::{self, Block, name_of};
use crate::text::extract::guide::Guide;
use crate::text::extract::inline_boxes::InlineBoxes;
use crate::text::{TextRules, normalize};

/// At most this many blocks above the article are examined, and as many below it.
const MAX_BLOCKS: usize = 20;

/// The corrections above an article's element, and those below it. One in a box (a comment, another
/// story) is about something else, and a title that reads like a correction is not a note.
pub fn corrections_beside(
    article: NodeRef<'_, Node>,
    guide: &Guide,
    rules: &TextRules,
) -> (Vec<String>, Vec<String>) {
    let Some(root) = article.ancestors().last() else { return (Vec::new(), Vec::new()) };
    let title = root.descendants().find(|node| name_of(node) == "title").map(normal_text).unwrap_or_default();
    let boxes = InlineBoxes::new(root, std::iter::once(article.id()), rules);
    let is_note = |block: &Block| {
        let node = || block.element.and_then(|element| root.tree().get(element));
        rules.lexicon().is_correction(&block.text)
            && !block.is_mostly_links()
            && !guide.holds_most_of(&block.text)
            && !title.contains(&normalize::full_normal_form(&block.text))
            && node().is_none_or(|node| name_of(&node) != "h1" && !boxes.is_in_box(node.id()))
    };
    let notes = |blocks: Vec<Block>| -> Vec<String> {
        blocks.into_iter().take(MAX_BLOCKS).filter(is_note).map(|block| block.text).collect()
    };
    let around = || std::iter::once(article).chain(article.ancestors());
    let mut above = notes(nearest_blocks(around().flat_map(|node| node.prev_siblings()), true, rules));
    above.reverse();
    let below = notes(nearest_blocks(around().flat_map(|node| node.next_siblings()), false, rules));
    (above, below)
}

/// The first blocks of some nodes; those of each node from its end where `backwards` says so.
fn nearest_blocks<'a>(
    nodes: impl Iterator<Item = NodeRef<'a, Node>>,
    backwards: bool,
    rules: &TextRules,
) -> Vec<Block> {
    let mut found = Vec::new();
    for node in nodes {
        if found.len() >= MAX_BLOCKS {
            break;
        }
        if !blocks::is_hidden(&node, rules) {
            let mut more = blocks::collect_blocks(node, |inside| blocks::is_hidden(&inside, rules));
            if backwards {
                more.reverse();
            }
            found.extend(more);
        }
    }
    found
}

/// The normal form of an element's text.
fn normal_text(node: NodeRef<'_, Node>) -> String {
    let texts = node.descendants().filter_map(|inside| inside.value().as_text());
    normalize::full_normal_form(&texts.map(|text| text.text.to_string()).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::extract::guided::{Reach, extract_guided};
    use crate::text::page_text::PageBlock;

    const ARTICLE: &str = "第一段讲的是一件很重要的事情。\n第二段接着讲这件很重要的事情，又多说了几句。\n最后一段作了总结，文章到此结束。";
    const NOTE: &str = "更正：第二段的说法有误。";

    fn read(body: &str) -> Vec<String> {
        let page = format!("<html><head><title>题</title></head><body>{body}</body></html>");
        let blocks = extract_guided(&page, &Guide::new(ARTICLE), Reach::Article, TextRules::built_in())
            .unwrap_or_default();
        blocks.blocks.into_iter().filter(PageBlock::is_article).map(|block| block.text).collect()
    }

    fn body() -> String {
        let paragraphs: String = ARTICLE.lines().flat_map(|line| ["<p>", line, "</p>"]).collect();
        format!("<div class=body>{paragraphs}</div>")
    }

    #[test]
    fn a_correction_beside_the_article_belongs_to_it() {
        let (body, note) = (body(), format!("<div class=correction><p>{NOTE}</p></div>"));
        let below = read(&format!("<main>{body}</main>{note}<footer>© 2024</footer>"));
        assert_eq!(below.join("\n"), format!("{ARTICLE}\n{NOTE}"));
        let above = read(&format!("<nav>首页</nav>{note}<main>{body}</main>"));
        assert_eq!(above.join("\n"), format!("{NOTE}\n{ARTICLE}"));
    }

    #[test]
    fn a_correction_of_something_else_does_not() {
        let body = body();
        for other in [
            format!("<div class=comments><p>{NOTE}</p></div>"),
            format!("<ul><li><a href=/1>{NOTE}</a></li></ul>"),
            format!("<div hidden>{NOTE}</div>"),
            format!("<h1>{NOTE}</h1>"),
        ] {
            assert_eq!(read(&format!("{other}{body}{other}")).join("\n"), ARTICLE, "{other}");
        }
    }
}
