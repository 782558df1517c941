//! Front matter in the forms that writers and their tools leave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use super::plain_yaml::parse_plain_yaml;
use super::read_front_matter;
use super::yaml_entries::collect_entries;
use super::yaml_tree::parse_yaml_tree;
use crate::archive::position::Position;
use crate::archive::raw_link::RawLink;
use crate::archive::read_rules::ReadRules;

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
fn toml_names_the_original_and_thematic_breaks_are_not_front_matter() {
    let rules = ReadRules::embedded().unwrap();
    let text = "+++\ntitle = 'T'\ndate = 2024-05-06T07:08:09Z\noriginal_url = \"https://a.example/x\"\n+++\n";
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

/// Title, and each link with its position, as "url line:column".
fn read_links(text: &str) -> (String, Vec<String>) {
    let front = read_front_matter(text, &ReadRules::embedded().unwrap()).unwrap();
    let place =
        |link: &RawLink| format!("{} {}:{}", link.destination, link.position.line, link.position.column);
    (front.title, front.links.iter().map(place).collect())
}

#[test]
fn titles_are_unquoted_as_yaml_says() {
    for (written, title) in [
        (r#""The \"quiet\" ferry: a plan""#, "The \"quiet\" ferry: a plan"),
        ("'Whose ferry? It''s ours'", "Whose ferry? It's ours"),
        (r#""a\tb \u6e2f \x41 \\""#, "a\tb 港 A \\"),
        (">-\n  A ferry\n  for all", "A ferry for all"),
        ("|\n  A ferry\n  for all\n", "A ferry for all"),
        ("A ferry\n  for all", "A ferry for all"),
        ("\"A ferry\n  for all\"", "A ferry for all"),
        ("&t A ferry", "A ferry"),
        ("!!str 2024", "2024"),
        ("A ferry # not yet", "A ferry"),
        ("A#ferry", "A#ferry"),
        ("~", ""),
        ("null", ""),
        ("\"null\"", "null"),
        ("1:30", "1:30"),
        // No valid YAML, and read all the same.
        ("Harbour: the plan", "Harbour: the plan"),
        ("'The council's plan'", "The council's plan"),
        ("\"An open quote", "An open quote"),
        ("@ferry: a name", "@ferry: a name"),
        ("`code` of conduct", "`code` of conduct"),
        ("50% off", "50% off"),
    ] {
        let text = format!("---\ntitle: {written}\nsource: https://a.example/x\n---\n");
        let (found, links) = read_links(&text);
        assert_eq!(found, title, "{written}");
        assert_eq!(links.len(), 1, "{written}");
    }
}

#[test]
fn links_deep_in_maps_count_for_the_outer_key() {
    for yaml in [
        "title: A\nsource:\n  paper:\n    url: https://x.example/1\n",
        "title: A\nsource: {paper: {url: \"https://x.example/1\"}}\n",
        "title: A\nextra:\n  params:\n    source: https://x.example/1\n",
        "title: A\nsource:\n  paper:\n    name: The Paper\n    date: 2024-01-01\n    url: https://x.example/1\n",
    ] {
        let links = read_links(&format!("---\n{yaml}---\n")).1;
        assert!(links.len() == 1 && links[0].starts_with("https://x.example/1 "), "{yaml}: {links:?}");
    }
}

#[test]
fn own_keys_override_merged_ones_and_merges_may_be_lists() {
    let rules = ReadRules::embedded().unwrap();
    let text = "---\nbase: &b\n  title: merged\n  author: M\n  date: 2020-01-01\n<<: *b\ntitle: own\n\
                author: O\ndate: 2024-01-01\n---\n";
    let front = read_front_matter(text, &rules).unwrap();
    assert_eq!(
        (front.title.as_str(), front.author.as_str(), front.date.as_str()),
        ("own", "O", "2024-01-01")
    );
    let text = "---\none: &b\n  title: first\ntwo: &c\n  title: second\n  author: C\n<<: [*b, *c]\n---\n";
    let front = read_front_matter(text, &rules).unwrap();
    assert_eq!((front.title.as_str(), front.author.as_str()), ("first", "C"));
}

#[test]
fn titles_that_yaml_takes_for_comments_or_tags_are_kept() {
    for (yaml, title) in [
        ("title: #1 fan\nauthor: A", "#1 fan"),
        ("title: !important\nauthor: A", "!important"),
        ("title: # none yet\nauthor: A", ""),
    ] {
        assert_eq!(read_links(&format!("---\n{yaml}\n---\n")).0, title, "{yaml}");
    }
}

#[test]
fn links_keep_line_and_column_in_every_form() {
    for (body, links) in [
        ("source: https://a.example/x", vec!["https://a.example/x 2:9"]),
        ("source:   'https://a.example/x'", vec!["https://a.example/x 2:12"]),
        ("title: T\nsource: >-\n\n    https://a.example/x", vec!["https://a.example/x 5:5"]),
        ("source: |\n  https://a.example/x\ntitle: T", vec!["https://a.example/x 3:3"]),
        ("source:\n  https://a.example/x", vec!["https://a.example/x 3:3"]),
        ("source: \"https:\\/\\/a.example/x\"", vec!["https://a.example/x 2:10"]),
        ("source: \"https://a.example/\\\n  x\"", vec!["https://a.example/x 2:10"]),
        ("  source: https://a.example/x", vec!["https://a.example/x 2:11"]),
        ("? source\n: https://a.example/x", vec!["https://a.example/x 3:3"]),
        ("home: &h https://a.example/x\nsource: *h", vec!["https://a.example/x 3:9"]),
        ("source: !!str https://a.example/x", vec!["https://a.example/x 2:15"]),
        ("source: &h https://a.example/x", vec!["https://a.example/x 2:12"]),
        (
            "sources: [https://a.example/x, 'https://b.example/y']",
            vec!["https://a.example/x 2:11", "https://b.example/y 2:33"],
        ),
        (
            "sources:\n- https://a.example/x\n# none\n- name: B\n  url: https://b.example/y",
            vec!["https://a.example/x 3:3", "https://b.example/y 6:8"],
        ),
        ("base: &b\n  source: https://a.example/x\n<<: *b", vec!["https://a.example/x 3:11"]),
        ("params:\r\n  source: https://a.example/x\r", vec!["https://a.example/x 3:11"]),
        ("来源: https://a.example/x", vec!["https://a.example/x 2:5"]),
        ("title: a: b\nsource: https://a.example/x # c", vec!["https://a.example/x 3:9"]),
        ("meta:\n  origin:\n    source: https://a.example/x", vec![]),
    ] {
        assert_eq!(read_links(&format!("---\n{body}\n---\nText\n")).1, links, "{body}");
    }
    let toml =
        "+++\ntitle = 'T'\nsource = \"\"\"\nhttps://a.example/x\"\"\"\nvia = ['https://b.example/y']\n+++\n";
    assert_eq!(read_links(toml).1, ["https://a.example/x 4:1", "https://b.example/y 5:9"]);
}

#[test]
fn repeated_keys_and_other_documents_lose_no_link() {
    let twice = "---\ntitle: A\nsource: https://a.example/x\ntitle: B\nsource: https://b.example/y\n---\n";
    assert_eq!(
        read_links(twice),
        ("B".into(), vec!["https://a.example/x 3:9".into(), "https://b.example/y 5:9".into(),])
    );
    let rules = ReadRules::embedded().unwrap();
    for text in
        ["---\n---\n", "---\n- a\n- b\n---\n", "---\n\nA line of prose.\n\n---\n", "---\n[a](b)\n---\n"]
    {
        assert!(read_front_matter(text, &rules).is_none(), "{text}");
    }
}

#[test]
fn hostile_front_matter_takes_bounded_time_and_memory() {
    let mut bomb = String::from("a0: &a0 [https://a.example/x]\n");
    for n in 1..60 {
        let before = format!("*a{}, ", n - 1).repeat(9);
        let _ = writeln!(bomb, "a{n}: &a{n} [{before}]");
    }
    bomb.push_str("source: *a59\n");
    let merge = (1..200).fold("m0: &m0 {source: x}\n".to_owned(), |text, n| {
        format!("{text}m{n}: &m{n}\n  <<: *m{}\n  <<: *m{}\n", n - 1, n - 1)
    });
    let long = format!("a: &a {}\nsource: [{}]\n", "x".repeat(30_000), "*a, ".repeat(8_000));
    for body in [
        bomb,
        format!("{merge}<<: *m199\n"),
        long,
        "source: &a [*a, *a]\n".to_owned(),
        format!("source: {}\n", "[".repeat(60_000)),
        format!("source: {}\n", "- ".repeat(30_000)),
        format!("source:\n {}x\n", "- ".repeat(30_000)),
        format!("source: {}\n", "{a: ".repeat(15_000)),
        format!("{}\n", "? ".repeat(30_000)),
        "k: v\n".repeat(200_000),
        format!("sources: [{}]\n", "https://a.example/x, ".repeat(100_000)),
        format!("title: \"{}\n", "\\\"".repeat(5_000_000)),
        "&a ".repeat(20_000),
        "a: |\n".repeat(12_000),
        "a: *b\n".repeat(10_000),
    ] {
        let start = std::time::Instant::now();
        let text = format!("---\n{body}---\nText\n");
        let front = read_front_matter(&text, &ReadRules::embedded().unwrap());
        let links = front.map_or(0, |front| front.links.len());
        let head: String = body.chars().take(40).collect();
        assert!(start.elapsed().as_secs() < 10, "{head}: {:?}", start.elapsed());
        assert!(links <= 600_000, "{head}: {links}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]

    /// Lines of the forms that the plain reader takes, and of forms that only look like them.
    #[test]
    fn the_plain_reader_agrees_with_yaml(lines in proptest::collection::vec(
        "(title|source|tags|a-b|来源|2024|~|null| x|k k|- |  - |    - |#|\"q\"|\\?)?(: ?| : |:|: {2})?\
         (\"|'|\\[|\\[\"|&a |\\*a|!!str |\\||>|@|%|- |\\? |# )?\
         (https://a\\.example/x\\?y=1#z|plain words|é港|2024-05-06|null|~|a: b|a :b|a #b|a#b|it's|\\\\|a, b|\\]|\\}|:|,|\\.\\.\\.|---|<<|=)?\
         (\"|'|\\]|\"\\]|, 'b'\\]| # c| {1,3})?\r?", 0..8,
    )) {
        let body = format!("{}\n", lines.join("\n"));
        if let Some(plain) = parse_plain_yaml(&body) {
            let tree = parse_yaml_tree(&body).unwrap();
            proptest::prop_assert_eq!(Some(plain), collect_entries(&tree));
        }
    }

    #[test]
    fn no_front_matter_makes_the_reader_panic(body in "([a-z港:#&*!|>'\"%@`,\\[\\]{}?~\\\\<=. \t\r\n-]|: |- |\n  |---|\\.\\.\\.|\u{feff}|\u{85}|\u{2028}|\u{0}|http://a){0,60}") {
        let rules = ReadRules::embedded().unwrap();
        for fence in ["---", "+++"] {
            let text = format!("{fence}\n{body}\n{fence}\nText\n");
            if let Some(front) = read_front_matter(&text, &rules) {
                proptest::prop_assert!(text.get(front.end..).is_some());
            }
        }
    }
}
