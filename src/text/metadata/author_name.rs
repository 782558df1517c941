//! Takes the names out of what a page gives as its author: pages add dates, roles, addresses and what a forum
//! counts of its members.

use crate::text::Lexicon;

use super::byline::without_byline_word;

/// What separates an author from the rest of a line.
const SEPARATORS: [&str; 9] = [" » ", " | ", " • ", " · ", " / ", " — ", " – ", "\n", "\t"];
/// A name has at most this many words; more are a sentence.
const MAX_WORDS: usize = 24;

/// The names in what a page states as its author; empty where it states no name.
pub fn clean_author(stated: &str, words: &Lexicon) -> String {
    let mut name = without_byline_word(stated);
    if let Some(end) = SEPARATORS.iter().filter_map(|mark| name.find(mark)).min() {
        name.truncate(end);
    }
    let tokens: Vec<&str> = name.split_whitespace().collect();
    // A handle alone is the name.
    let has_name = tokens.iter().any(|token| !token.starts_with('@'));
    let kept: Vec<&str> = tokens.into_iter().filter(|token| !(has_name && token.starts_with('@'))).collect();
    finish(&kept, words)
}

fn finish(tokens: &[&str], words: &Lexicon) -> String {
    let is_mail = |token: &&str| token.char_indices().any(|(at, c)| c == '@' && at > 0);
    let tokens: Vec<&str> = tokens.iter().filter(|token| !is_mail(token)).copied().take(MAX_WORDS).collect();
    let end = find_end(&tokens, words);
    let name = tokens.get(..end).unwrap_or_default().join(" ");
    without_roles(&name, words)
        .trim_matches([' ', ',', ';', '(', '-', '–', '—', '|', ':', '，', '、'])
        .to_owned()
}

/// Where the name ends: before the first number or the date that it is a part of, and before the words that say
/// what a member of a forum is.
fn find_end(tokens: &[&str], words: &Lexicon) -> usize {
    let mut end = tokens.len();
    if let Some(number) =
        tokens.iter().skip(1).position(|token| token.starts_with(|c: char| c.is_ascii_digit()))
    {
        end = number + 1;
    }
    let word = |at: usize| {
        tokens.get(at).map(|token| token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
    };
    let is_time = |at: usize| {
        word(at).is_some_and(|word| {
            word == "on"
                || word == "at"
                || words.date_words.contains(&word)
                || words.time_words.contains(&word)
        })
    };
    // "Jane Roe on Tuesday, May" before the 5th, but not "May Roe".
    while end > 1 && end < tokens.len() && is_time(end - 1) {
        end -= 1;
    }
    let is_role = |at: usize| word(at).is_some_and(|word| words.author_roles.contains(&word));
    // A forum sets the role behind the name without a comma, and dates or counts behind the role.
    if end < tokens.len()
        && let Some(role) = (1..end).find(|at| is_role(*at))
    {
        end = role;
    }
    end
}

/// The parts between commas that are names: "Jane Roe, Senior Editor" is one, "Jane Roe, John Doe" are two.
fn without_roles(name: &str, words: &Lexicon) -> String {
    let is_role = |part: &&str| {
        let words_of = part.split(|c: char| !c.is_alphanumeric() && c != '\'').map(str::to_lowercase);
        words_of.into_iter().any(|word| words.author_roles.contains(&word))
    };
    let mut parts = name.split(", ");
    let first = parts.next().unwrap_or_default();
    let kept: Vec<&str> = std::iter::once(first).chain(parts.take_while(|part| !is_role(part))).collect();
    kept.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextRules;

    fn clean(stated: &str) -> String {
        clean_author(stated, TextRules::built_in().lexicon())
    }

    #[test]
    fn dates_roles_and_counts_are_no_name() {
        for (stated, name) in [
            ("Jane Roe", "Jane Roe"),
            ("By Jane Roe and John Doe", "Jane Roe and John Doe"),
            ("Jane Roe, John Doe", "Jane Roe, John Doe"),
            ("Jane Roe, Ph.D.", "Jane Roe, Ph.D."),
            ("Jane Roe, Harbour and Ferry Correspondent", "Jane Roe"),
            ("Jane Roe on March 5, 2021", "Jane Roe"),
            ("Jane Roe | The Gazette", "Jane Roe"),
            ("Jane Roe @janeroe", "Jane Roe"),
            ("@janeroe", "@janeroe"),
            ("Jane Roe jane@paper.example", "Jane Roe"),
            ("Post by janeroe » Sat Feb 24, 2024 12:41 pm", "janeroe"),
            ("Roe 3,48366 gold badges1414 silver badges", "Roe"),
            ("Roe18 Titan Moderator Oct 11, 2014 41,210", "Roe18 Titan"),
            ("J. Roe Member Joined Nov 6, 2020 Messages 5,665", "J. Roe"),
            ("Posted by", ""),
            ("张三 2021年3月4日", "张三"),
            ("May June", "May June"),
            ("Editor", "Editor"),
        ] {
            assert_eq!(clean(stated), name, "{stated}");
        }
    }
}
