//! The title of a page, without the site's name.

use std::collections::HashSet;

use super::super::{lexicon, normalize};
use super::page_markup::Marked;

/// What stands between a title and the site's name.
const MARKS: &[&str] = &[" | ", " - ", " – ", " — ", "_", " :: ", "｜", " » ", " - ", "|"];
/// A heading whose character pairs agree this much with a title (Dice coefficient) is the same story's.
const SAME_STORY: f64 = 0.4;

/// The title: the longest heading that the page's other titles contain, else the best of those without
/// the site's name. A heading that turns the stated title round stands before it: it is what is read.
pub fn title(meta: Option<String>, linked: &str, marked: &Marked, page: &str) -> String {
    let stated = meta.filter(|t| !t.is_empty()).or_else(|| Some(linked.to_owned()).filter(|t| !t.is_empty()));
    let full = stated.unwrap_or_else(|| page.to_owned());
    if full.is_empty() {
        return marked.headings.first().cloned().unwrap_or_default();
    }
    let head = without_site(&full);
    let (long, main) = (normalize::letters(&full), normalize::letters(&head));
    let first = MARKS.iter().filter_map(|mark| full.split_once(mark)).map(|(first, _)| first.len()).min();
    let first = normalize::letters(full.get(..first.unwrap_or(full.len())).unwrap_or_default());
    // A heading that stands in the site's part alone is the site's name.
    let is_title = |heading: &&String| {
        let short = normalize::letters(heading);
        (short.chars().count() >= 4 || (!short.is_empty() && short == first))
            && long.contains(&short)
            && (main.contains(&short) || short.contains(&main))
    };
    let all = marked.headings.iter().chain(&marked.subheadings);
    // Of equals the first is meant.
    let longest = all.filter(is_title).rev().max_by_key(|heading| heading.chars().count());
    let turned = || marked.headings.iter().find(|heading| turns_round(heading, &head));
    longest.or_else(turned).cloned().unwrap_or(head)
}

/// Whether a heading tells the same story as a title and says the opposite, or names other figures.
fn turns_round(heading: &str, title: &str) -> bool {
    let (of_heading, of_title) = (normalize::letters(heading), normalize::letters(title));
    let figures = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (one, other) = (figures(&of_heading), figures(&of_title));
    let words = lexicon::built_in();
    let otherwise = (!one.is_empty() && !other.is_empty() && one != other)
        || words.negations(heading) % 2 != words.negations(title) % 2;
    otherwise && agreement(&of_heading, &of_title) >= SAME_STORY
}

/// How much of the character pairs of two texts is common (Dice coefficient).
fn agreement(one: &str, other: &str) -> f64 {
    let pairs = |text: &str| text.chars().zip(text.chars().skip(1)).collect::<HashSet<_>>();
    let (one, other) = (pairs(one), pairs(other));
    2.0 * one.intersection(&other).count() as f64 / (one.len() + other.len()).max(1) as f64
}

/// Cuts ` - Site`, ` | Site` and their like off a title, where what is left is the longer part.
fn without_site(title: &str) -> String {
    for mark in MARKS {
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
        let marked =
            Marked { headings: owned(headings), subheadings: owned(subheadings), ..Marked::default() };
        title(None, "", &marked, stated)
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
    fn a_heading_that_turns_the_title_round_is_what_is_read() {
        let stated = "河岸步道完工开放 - 某某网";
        assert_eq!(read(stated, &["河岸步道没有完工"], &[]), "河岸步道没有完工");
        assert_eq!(
            read("Fire kills 3 in the harbour", &["Fire kills 5 in the harbour"], &[]),
            "Fire kills 5 in the harbour"
        );
        // A heading that is only put in other words, or that is another story's, is none.
        assert_eq!(read(stated, &["河岸步道今天完工"], &[]), "河岸步道完工开放");
        assert_eq!(read(stated, &["市长没有出席会议"], &[]), "河岸步道完工开放");
    }
}
