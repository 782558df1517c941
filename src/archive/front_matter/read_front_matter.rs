//! Finds the front matter and reads title, date, author and links from its values.

use super::entry::FrontMatterEntry;
use super::{toml_entries, yaml};
use crate::archive::raw_link::{LinkForm, RawLink};
use crate::archive::read_rules::ReadRules;
use crate::archive::rule_phrase;

/// What the front matter says.
#[derive(Debug, Default)]
pub(in crate::archive) struct FrontMatter {
    /// Where the text after it starts, in bytes.
    pub end: usize,
    pub title: String,
    pub date: String,
    pub author: String,
    /// The links, each with its key for a label.
    pub links: Vec<RawLink>,
    /// The one of them that names the original.
    pub repost: Option<usize>,
}

/// Reads the front matter at the start of the text; none where there is none.
pub(in crate::archive) fn read_front_matter(text: &str, rules: &ReadRules) -> Option<FrontMatter> {
    let fence = ["---", "+++"].into_iter().find(|fence| {
        text.strip_prefix(fence)
            .is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']))
    })?;
    let mut offset = 0;
    let mut lines = Vec::new();
    let mut end = None;
    for (index, raw) in text.split_inclusive('\n').enumerate() {
        offset += raw.len();
        let line = raw.trim_end();
        if index > 0 && (line == fence || (fence == "---" && line == "...")) {
            end = Some(offset);
            break;
        }
        if index > 0 {
            lines.push(line);
        }
    }
    let end = end?;
    let entries = if fence == "---" {
        yaml::parse_yaml_entries(&lines)?
    } else {
        toml_entries::parse_toml_entries(&lines)?
    };
    Some(interpret_entries(entries, end, rules))
}

fn interpret_entries(entries: Vec<FrontMatterEntry>, end: usize, rules: &ReadRules) -> FrontMatter {
    let mut out = FrontMatter { end, ..FrontMatter::default() };
    let mut best = usize::MAX;
    for entry in entries {
        let key = rule_phrase::phrase_key(&entry.key);
        let named = |keys: &[String]| keys.contains(&key);
        let link = web_url_in(&entry.value);
        // Of a map only its name and its links speak for the key.
        let whole = entry.part.is_empty() || matches!(entry.part.as_str(), "name" | "title");
        if named(&rules.front_title) && whole {
            out.title = entry.value;
        } else if named(&rules.front_date) && out.date.is_empty() {
            out.date = entry.value;
        } else if named(&rules.front_author) && link.is_none() && whole {
            if !out.author.is_empty() {
                out.author.push_str(", ");
            }
            out.author.push_str(&entry.value);
        } else if let Some(link) = link {
            let rank = rules.front_repost.iter().position(|known| *known == key);
            if rank.is_none() && !named(&rules.front_sources) {
                continue;
            }
            if let Some(rank) = rank.filter(|rank| *rank < best) {
                best = rank;
                out.repost = Some(out.links.len());
            }
            out.links.push(RawLink {
                position: entry.position,
                label: entry.key,
                destination: link.to_owned(),
                image: false,
                form: LinkForm::FrontMatter,
            });
        }
    }
    out
}

/// The URL that a value is: as it stands, in angle brackets, or as a link of markdown.
fn web_url_in(value: &str) -> Option<&str> {
    let value = value.trim();
    let inner = value.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(value);
    let linked = || inner.strip_prefix('[')?.split_once("](")?.1.strip_suffix(')');
    let url = linked().unwrap_or(inner);
    let starts =
        |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    (starts("http://") || starts("https://")).then_some(url)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::archive::position::Position;

    #[test]
    fn yaml_names_the_original() {
        let rules = ReadRules::embedded().unwrap();
        let text = "---\ntitle: \"A: b\"\nauthors:\n  - Ann\n  - Bo\ndate: 2024-05-06\nurl: /own/path/\n\
                    source: https://paper.example/a#top # seen\ncanonical_url: 'https://paper.example/b'\n---\nText\n";
        let front = read_front_matter(text, &rules).unwrap();
        assert_eq!(&text[front.end..], "Text\n");
        assert_eq!(
            (front.title.as_str(), front.author.as_str(), front.date.as_str()),
            ("A: b", "Ann, Bo", "2024-05-06")
        );
        let links: Vec<_> = front.links.iter().map(|link| link.destination.as_str()).collect();
        assert_eq!(links, ["https://paper.example/a#top", "https://paper.example/b"]);
        assert_eq!(front.repost, Some(1));
        assert_eq!(front.links[0].position, Position { line: 8, column: 9 });
    }

    #[test]
    fn toml_does_too_and_breaks_are_no_front_matter() {
        let rules = ReadRules::embedded().unwrap();
        let text =
            "+++\ntitle = 'T'\ndate = 2024-05-06T07:08:09Z\noriginal_url = \"https://a.example/x\"\n+++\n";
        let front = read_front_matter(text, &rules).unwrap();
        assert_eq!(front.links[0].destination, "https://a.example/x");
        assert_eq!(front.date, "2024-05-06T07:08:09Z");
        assert_eq!(front.links[0].position.line, 4);
        assert!(read_front_matter("---\n\nJust prose, no keys.\n\n---\n", &rules).is_none());
        assert!(read_front_matter("---\nkey: never closed\n", &rules).is_none());
    }
    #[test]
    fn links_are_found_as_people_nest_and_write_them() {
        let rules = ReadRules::embedded().unwrap();
        let links = |text: &str| {
            let front = read_front_matter(text, &rules).unwrap();
            front.links.into_iter().map(|link| link.destination).collect::<Vec<_>>()
        };
        for text in [
            "---\nsources:\n  - name: A\n    url: https://a.example/x\n---\n",
            "---\nsource:\n  url: https://a.example/x\n---\n",
            "---\nsource: {name: A, url: https://a.example/x}\n---\n",
            "---\nsource: >-\n  https://a.example/x\n---\n",
            "---\nparams:\n  source: https://a.example/x\n---\n",
            "---\nsource: \"[Name](https://a.example/x)\"\n---\n",
            "---\nsource: <https://a.example/x>\n---\n",
            "---\n来源: https://a.example/x\n---\n",
            "---\n原文链接: https://a.example/x\n---\n",
            "---\noriginal: https://a.example/x\n---\n",
            "---\nOriginal-URL: https://a.example/x\n---\n",
            "+++\n[params]\nsource = \"https://a.example/x\"\n+++\n",
            "+++\n[[sources]]\nname = \"A\"\nurl = \"https://a.example/x\"\n+++\n",
        ] {
            assert_eq!(links(text), ["https://a.example/x"], "{text}");
        }
        assert_eq!(links("---\nsource: HTTPS://a.example/x\n---\n"), ["HTTPS://a.example/x"]);
        assert_eq!(
            links("---\nsources: [https://a.example/x, \"https://b.example/y,z\"]\n---\n"),
            ["https://a.example/x", "https://b.example/y,z"]
        );
        let nested =
            "---\ntitle: T\nauthor:\n  name: Ann\n  url: https://ann.example/me\nsource:\n  title: U\n---\n";
        let front = read_front_matter(nested, &rules).unwrap();
        assert_eq!((front.title.as_str(), front.author.as_str(), front.links.len()), ("T", "Ann", 0));
    }
}
