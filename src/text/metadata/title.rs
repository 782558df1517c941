//! Chooses the title of a page, without the site's name.

use std::collections::HashSet;

use super::page_markup::PageMarkup;
use crate::text::{Lexicon, normalize};

/// What separates a title from the site's name.
const SEPARATORS: &[&str] = &[" | ", " - ", " – ", " — ", "_", " :: ", "｜", " » ", " - ", "|"];
/// A heading with at least this similarity to a title (Dice coefficient of the character pairs) belongs to
/// the same story.
const SAME_STORY: f64 = 0.4;

/// The title: the longest heading that the page's other titles contain, else the best of those without
/// the site's name. A heading that contradicts the stated title is preferred, since it is what readers see.
///
/// `meta` is the title of the meta tags, `linked` that of the JSON-LD, `page` the content of `<title>`.
pub fn choose_title(
    meta: Option<String>,
    linked: &str,
    marked: &PageMarkup,
    page: &str,
    lexicon: &Lexicon,
) -> String {
    let stated = meta.filter(|t| !t.is_empty()).or_else(|| Some(linked.to_owned()).filter(|t| !t.is_empty()));
    let full = stated.unwrap_or_else(|| page.to_owned());
    if full.is_empty() {
        return marked.headings.first().cloned().unwrap_or_default();
    }
    let head = without_site_name(&full);
    let (long, main) = (normalize::full_normal_form(&full), normalize::full_normal_form(&head));
    let first =
        SEPARATORS.iter().filter_map(|mark| full.split_once(mark)).map(|(first, _)| first.len()).min();
    let first = normalize::full_normal_form(full.get(..first.unwrap_or(full.len())).unwrap_or_default());
    // A heading that is only in the site's part is the site's name.
    let is_title = |heading: &&String| {
        let short = normalize::full_normal_form(heading);
        (short.chars().count() >= 4 || (!short.is_empty() && short == first))
            && long.contains(&short)
            && (main.contains(&short) || short.contains(&main))
    };
    let all = marked.headings.iter().chain(&marked.subheadings);
    // The first of equal headings is the title.
    let longest = all.filter(is_title).rev().max_by_key(|heading| heading.chars().count());
    let contradicting = || marked.headings.iter().find(|heading| contradicts(heading, &head, lexicon));
    longest.or_else(contradicting).cloned().unwrap_or(head)
}

/// Whether a heading is of the same story as a title and says the opposite, or gives other figures.
fn contradicts(heading: &str, title: &str, lexicon: &Lexicon) -> bool {
    let (of_heading, of_title) = (normalize::full_normal_form(heading), normalize::full_normal_form(title));
    let figures = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (one, other) = (figures(&of_heading), figures(&of_title));
    let otherwise = (!one.is_empty() && !other.is_empty() && one != other)
        || lexicon.count_negations(heading) % 2 != lexicon.count_negations(title) % 2;
    otherwise && pair_similarity(&of_heading, &of_title) >= SAME_STORY
}

/// The share of common character pairs of two texts (Dice coefficient).
fn pair_similarity(one: &str, other: &str) -> f64 {
    let pairs = |text: &str| text.chars().zip(text.chars().skip(1)).collect::<HashSet<_>>();
    let (one, other) = (pairs(one), pairs(other));
    2.0 * one.intersection(&other).count() as f64 / (one.len() + other.len()).max(1) as f64
}

/// Cuts ` - Site`, ` | Site` and the like off a title, where the rest is the longer part.
fn without_site_name(title: &str) -> String {
    for mark in SEPARATORS {
        if let Some((head, tail)) = title.rsplit_once(mark)
            && head.chars().count() > tail.chars().count()
        {
            return head.trim().to_owned();
        }
    }
    title.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stated: &str, headings: &[&str], subheadings: &[&str]) -> String {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let marked = PageMarkup {
            headings: owned(headings),
            subheadings: owned(subheadings),
            ..PageMarkup::default()
        };
        choose_title(None, "", &marked, stated, &Lexicon::built_in())
    }

    #[test]
    fn the_heading_that_is_the_title_is_taken() {
        let stated = "Riverside path opens to walkers | Daily Post";
        let path = "Riverside path opens to walkers";
        assert_eq!(read(stated, &["Daily Post"], &["Other news", path]), path);
        assert_eq!(read(stated, &["Daily Post"], &[]), path);
        assert_eq!(read(stated, &[path, "Daily Post"], &[]), path);
        assert_eq!(read("短题 - 某某新闻网络传媒集团官方网站", &["短题"], &[]), "短题");
        assert_eq!(read("", &["河岸步道完工"], &[]), "河岸步道完工");
    }

    #[test]
    fn a_heading_that_contradicts_the_title_is_preferred() {
        let stated = "河岸步道完工开放 - 某某网";
        assert_eq!(read(stated, &["河岸步道没有完工"], &[]), "河岸步道没有完工");
        assert_eq!(
            read("Fire kills 3 in the harbour", &["Fire kills 5 in the harbour"], &[]),
            "Fire kills 5 in the harbour"
        );
        // A heading in other words, or of another story, is not preferred.
        assert_eq!(read(stated, &["河岸步道今天完工"], &[]), "河岸步道完工开放");
        assert_eq!(read(stated, &["市长没有出席会议"], &[]), "河岸步道完工开放");
    }
}
