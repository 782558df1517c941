//! Corrections that stand beside the article rather than in it: some sites set them in a box of their
//! own, above the text or below it.

use ego_tree::NodeRef;
use scraper::node::Node;

use crate::text::extract::blocks;
use crate::text::extract::blocks::{Block, name_of};
use crate::text::extract::guided;
use crate::text::extract::guided::Guide;
use crate::text::extract::inline_boxes::Island;
use crate::text::{lexicon, normalize};

/// So many blocks above and below the article are looked at.
const NEAR: usize = 20;

/// The corrections above an article's element, and those below it. One in a box of furniture (a comment,
/// another story) is about something else, and a title that is a correction is no note.
pub fn beside(article: NodeRef<'_, Node>, guide: &Guide) -> (Vec<String>, Vec<String>) {
    let Some(root) = article.ancestors().last() else { return (Vec::new(), Vec::new()) };
    let title = root.descendants().find(|node| name_of(node) == "title").map(letters).unwrap_or_default();
    let island = Island::new(root, std::iter::once(article.id()));
    let note = |block: &Block| {
        let place = || block.element.and_then(|element| root.tree().get(element));
        lexicon::built_in().is_correction(&block.text)
            && !guided::is_linked(block)
            && !guide.knows(&block.text)
            && !title.contains(&normalize::letters(&block.text))
            && place().is_none_or(|place| name_of(&place) != "h1" && !island.is_furniture(place.id()))
    };
    let notes = |blocks: Vec<Block>| -> Vec<String> {
        blocks.into_iter().take(NEAR).filter(note).map(|block| block.text).collect()
    };
    let around = || std::iter::once(article).chain(article.ancestors());
    let above = nearest(around().flat_map(|node| node.prev_siblings()), |mut blocks| {
        blocks.reverse();
        blocks
    });
    let below = nearest(around().flat_map(|node| node.next_siblings()), |blocks| blocks);
    let mut above = notes(above);
    above.reverse();
    (above, notes(below))
}

/// The first blocks of some nodes.
fn nearest<'a>(
    nodes: impl Iterator<Item = NodeRef<'a, Node>>,
    ordered: impl Fn(Vec<Block>) -> Vec<Block>,
) -> Vec<Block> {
    let hidden = |node: NodeRef<'_, Node>| node.value().as_element().is_some_and(blocks::is_hidden);
    let mut found = Vec::new();
    for node in nodes {
        if found.len() >= NEAR {
            break;
        }
        if !hidden(node) {
            found.extend(ordered(blocks::blocks(node, hidden)));
        }
    }
    found
}

/// The normal form of an element's text.
fn letters(node: NodeRef<'_, Node>) -> String {
    let texts = node.descendants().filter_map(|inside| inside.value().as_text());
    normalize::letters(&texts.map(|text| text.text.to_string()).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = "第一段讲的是一件很重要的事情。\n第二段接着讲这件很重要的事情，又多说了几句。\n最后一段作了总结，文章到此结束。";
    const NOTE: &str = "更正：第二段的说法有误。";

    fn read(body: &str) -> Vec<String> {
        let page = format!("<html><head><title>题</title></head><body>{body}</body></html>");
        guided::extract(&page, &Guide::new(ARTICLE)).unwrap_or_default()
    }

    fn body() -> String {
        let paragraphs: String = ARTICLE.lines().flat_map(|line| ["<p>", line, "</p>"]).collect();
        format!("<div class=body>{paragraphs}</div>")
    }

    #[test]
    fn a_correction_beside_the_article_is_one_of_it() {
        let (body, note) = (body(), format!("<div class=correction><p>{NOTE}</p></div>"));
        let below = read(&format!("<main>{body}</main>{note}<footer>© 2024</footer>"));
        assert_eq!(below.join("\n"), format!("{ARTICLE}\n{NOTE}"));
        let above = read(&format!("<nav>首页</nav>{note}<main>{body}</main>"));
        assert_eq!(above.join("\n"), format!("{NOTE}\n{ARTICLE}"));
    }

    #[test]
    fn one_that_is_about_something_else_is_not() {
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
