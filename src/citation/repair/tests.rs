//! Tests broken destinations that people can still follow, and unusual ones that are correct.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::citation::repair::destination::Destination;
use crate::citation::repair::repair_link::{repair_autolink, repair_destination};

fn one(destination: &str) -> (String, Vec<&'static str>) {
    labelled(destination, "文")
}

fn labelled(destination: &str, label: &str) -> (String, Vec<&'static str>) {
    let mut all = repair_destination(destination, label);
    assert_eq!(all.len(), 1, "{destination}: {all:?}");
    let first = all.remove(0);
    let outcome = match first.destination {
        Destination::Web { url, .. } => url,
        Destination::Local(path) => format!("local {path}"),
        Destination::Other { scheme, .. } => format!("other {scheme}"),
        Destination::Nowhere(_) | Destination::Words(_) => "nowhere".into(),
    };
    (outcome, first.repairs)
}

#[test]
fn every_class_of_broken_destination_is_repaired_and_recorded() {
    for (written, url, names) in [
        ("https://a.example/?p=1&amp;q=2", "https://a.example/?p=1&q=2", "entity"),
        ("https://a.example/?p=1&amp;amp;q=2", "https://a.example/?p=1&q=2", "entity"),
        ("https://a.example/x&quot;", "https://a.example/x", "entity trailing-punctuation"),
        ("https://a.example/a\\_b\\_c", "https://a.example/a_b_c", "escape"),
        ("https://a.example/a%5C_b", "https://a.example/a_b", "escape"),
        ("https://a.example/v\\", "https://a.example/v", "escape"),
        ("https://a.example/x%22", "https://a.example/x", "trailing-punctuation"),
        ("https://a.example/x）", "https://a.example/x", "trailing-punctuation"),
        ("https://a.example/x，", "https://a.example/x", "trailing-punctuation"),
        ("https://a.example/x%EF%BC%8C", "https://a.example/x", "trailing-punctuation"),
        ("https://a.example/x%E2%80%9D%20", "https://a.example/x", "trailing-punctuation"),
        ("https://a.example/x\u{200b}", "https://a.example/x", "invisible"),
        ("https://https://a.example/x", "https://a.example/x", "doubled-scheme"),
        ("http://https://a.example/x", "https://a.example/x", "doubled-scheme"),
        ("https://%20https://a.example/x", "https://a.example/x", "doubled-scheme"),
        ("//a.example.com/x", "https://a.example.com/x", "missing-scheme"),
        ("//u:p@a.example/x", "https://u:p@a.example/x", "missing-scheme"),
        ("www.a.example/x", "https://www.a.example/x", "missing-scheme"),
        ("gnews.org/articles/1", "https://gnews.org/articles/1", "missing-scheme"),
        ("ttps://a.example/x", "https://a.example/x", "scheme"),
        ("htttp://a.example/x", "http://a.example/x", "scheme"),
        ("https//a.example/x", "https://a.example/x", "scheme"),
        ("https：//a.example/x", "https://a.example/x", "scheme"),
        ("https:///a.example/x", "https://a.example/x", "scheme"),
        ("http:/a.example/x", "http://a.example/x", "scheme"),
        ("https://a.example/long\n/tail", "https://a.example/long/tail", "joined-lines"),
        ("https://a.example/long\u{2028}/tail", "https://a.example/long/tail", "joined-lines"),
        ("https://a.example/[[zh:某]]文", "https://a.example/某文", "wikilink"),
        ("https://a.example/news.html后面的话", "https://a.example/news.html", "trailing-text"),
        ("https://a.example/p/123456%E7%BF%BB%E8%AF%91", "https://a.example/p/123456", "trailing-text"),
        ("https://a.example/x，另外还有", "https://a.example/x", "trailing-text"),
        ("https://gnews.org的文章", "https://gnews.org", "trailing-text"),
        ("[https://a.example/u](https://a.example/u", "https://a.example/u", "nested-link"),
        ("来源：https://a.example/x", "https://a.example/x", "leading-text"),
        ("标题 https://a.example/x", "https://a.example/x", "leading-text"),
        ("%20https://a.example/x", "https://a.example/x", "leading-text"),
        ("（https://a.example/x）", "https://a.example/x", "leading-text trailing-punctuation"),
        ("(https://a.example/x)", "https://a.example/x", "leading-text trailing-punctuation"),
        ("《https://a.example/x》", "https://a.example/x", "leading-text trailing-punctuation"),
        ("%22https://a.example/x%22", "https://a.example/x", "leading-text trailing-punctuation"),
        (
            "https://a.example/x&quot; target=&quot;_blank&quot;",
            "https://a.example/x",
            "entity trailing-text",
        ),
        ("https://a.example/x</a>", "https://a.example/x", "trailing-text"),
        ("https://a.example/x<br>", "https://a.example/x", "trailing-text"),
        ("https://a.example/x%3Cbr%3E", "https://a.example/x", "trailing-text"),
        ("https://a.example/[[zh:双[[zh:百]]]]方针", "https://a.example/双百方针", "wikilink"),
        ("https://a.example/[[zh:甲|乙]]", "https://a.example/乙", "wikilink"),
        ("https://a.example/a\u{200c}b", "https://a.example/ab", "invisible"),
        ("https://a.example/می\u{200c}خواهم\u{200c}", "https://a.example/می\u{200c}خواهم", "invisible"),
        ("https://www。gnews．org/a", "https://www.gnews.org/a", "host-dot"),
        ("http://例え。テスト/", "http://例え.テスト/", "host-dot"),
        ("https://gnews.org。", "https://gnews.org", "trailing-text"),
        ("https://a.example/two words.pdf", "https://a.example/two%20words.pdf", "space"),
    ] {
        assert_eq!(one(written), (url.to_owned(), names.split(' ').collect()), "{written}");
    }
}

#[test]
fn an_autolink_ends_where_its_writer_says() {
    let url = |written: &str| match &repair_autolink(written)[0].destination {
        Destination::Web { url, .. } => url.clone(),
        other => panic!("{other:?}"),
    };
    for written in [
        "https://a.example/?q=**",
        "https://a.example/?q=\\*",
        "https://a.example/x;",
        "https://a.example/x)",
    ] {
        assert_eq!(url(written), written);
    }
    assert_eq!(url("https://a.example/x）"), "https://a.example/x");
    assert_eq!(url("https://a.example/a\\_b"), "https://a.example/a_b");
    assert_eq!(url("https://a.example/?p=1&amp;q=2"), "https://a.example/?p=1&q=2");
    assert_eq!(url("https://https://a.example/x"), "https://a.example/x");
}

#[test]
fn the_label_helps_where_the_destination_says_nothing() {
    let label = "https://real.example/post/1?a=b";
    assert_eq!(labelled("https://gnews.org", label), (label.into(), vec!["label-url"]));
    assert_eq!(labelled("", label), (label.into(), vec!["empty-destination"]));
    assert_eq!(labelled("", "文").0, "nowhere");
    let url = "https://real.example/x";
    for (destination, label) in [
        ("https://gnews.org", "原文：https://real.example/x"),
        ("https://gnews.org", "https://real.example/x （英文）"),
        ("", "原文：https://real.example/x"),
        ("url", "https://real.example/x"),
        ("http://", "https://real.example/x"),
    ] {
        assert_eq!(labelled(destination, label).0, url, "{destination} {label}");
    }
    assert_eq!(labelled("", "www.real.example/x").0, "https://www.real.example/x");
    assert_eq!(labelled("http://", "https://").0, "nowhere");
    // The destination stays if the label names a home page or is cut short.
    for label in ["https://real.example/", "https://real.example/po…", "https://real.example/po...", "real"]
    {
        assert_eq!(labelled("https://gnews.org/", label), ("https://gnews.org/".into(), vec![]), "{label}");
    }
    assert_eq!(labelled("https://gnews.org/1", "https://other.example/2").1, Vec::<&str>::new());
}

#[test]
fn several_urls_in_one_destination_are_cut_apart() {
    for joint in ["、", "，", " ", "%E3%80%81", "；", ""] {
        let written = format!("https://a.example/1{joint}http://b.example/2");
        let all = repair_destination(&written, "文");
        let urls: Vec<_> = all
            .iter()
            .map(|part| match &part.destination {
                Destination::Web { url, .. } => url.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(urls, ["https://a.example/1", "http://b.example/2"], "{written}");
        assert!(all.iter().all(|part| part.repairs.contains(&"split")), "{written}");
    }
}

#[test]
fn odd_urls_that_are_right_are_never_touched() {
    for url in [
        "https://www.thelancet.example/journals/article/PIIS1473-3099(22)00320-6/fulltext",
        "https://web.archive.org/web/20220101000000/https://a.example/x?y=http://z.example/",
        "https://web.archive.org/web/2022id_/http:/a.example/x",
        "https://a.example/r?url=https://b.example/x&next=http%3A%2F%2Fc.example",
        "https://a.example/r/?https://b.example/x",
        "https://a.example/2022/05/20/[特別]某某】の話/",
        "https://zh.wikipedia.example/wiki/香港（電影）",
        "https://zh.wikipedia.example/wiki/某人：传记、上",
        "https://zh.wikipedia.example/wiki/%E8%8B%8F%E8%81%94%E8%A7%A3%E4%BD%93",
        "https://en.wikipedia.example/wiki/Who's_Afraid_of...%3F_(film)",
        "https://en.wikipedia.example/wiki/Acme_Inc.",
        "https://en.wikipedia.example/wiki/C*-algebra",
        "https://a.example/?q=%22two+words%22",
        "https://a.example/~user/a;b=c/@me:1/x!y$z&copy=1&reg=2",
        "https://a.example/a__b_/c--d/.../e",
        "https://a.example/path/中文-标题/",
        "https://a.example/tag/中文",
        "https://例え.テスト例.example/パス",
        "https://xn--fiqs8s.example/x",
        "https://a.example:8443/x?#",
        "https://user:pass@a.example/x",
        "https://192.0.2.7/x",
        "http://[2001:db8::1]:8080/x",
        "https://a.example/#:~:text=foo%20bar,-baz",
        "https://a.example/#:~:text=%E5%BC%80%E5%A7%8B%E3%80%82",
        "https://a.example/intent/tweet?text=Title%20https://b.example/x",
        "https://a.example/s?wd=2022，新闻",
        "https://zh.wikipedia.example/wiki/12345年",
        "https://ja.wikipedia.example/wiki/モーニング娘。",
        "https://a.example/?q=%3Cbr+tag%3E",
        "https://a.example/?q=a%3Cb",
        "https://a.example/page?next=%22a%22",
        "https://a.example/x(1)/y[2]/z",
        "https://a.example/x#标题（一）",
        "https://http.cat/404",
        "https://a.example/http-status",
        "https://a.example/100%25",
        "https://a.example/a%20b",
        "https://t.co/AbC123",
        "https://fa.a.example/wiki/می\u{200c}خواهم",
        "https://hi.a.example/wiki/क्\u{200d}ष",
        "HTTPS://A.EXAMPLE/Case",
    ] {
        assert_eq!(one(url), (url.to_owned(), vec![]), "{url}");
    }
}

#[test]
fn destinations_that_are_not_web_urls_are_classified() {
    for words in [
        "http://2022-05-06",
        "这是一句话，不是链接",
        "http://",
        "https://某句 话里的",
        "http://20220101 某报：某文 https://a.example/x 等",
        "https://...",
        "https://a..example/x",
    ] {
        assert_eq!(one(words).0, "nowhere", "{words}");
    }
    for (written, expected) in [
        ("mailto:a@b.example", "other mailto"),
        ("someone@mail.example.com", "other mailto"),
        ("tel:+1-555-0100", "other tel"),
        ("javascript:void(0)", "other javascript"),
        ("ftp://a.example/x", "other ftp"),
        ("ipfs://QmHash?.png", "other ipfs"),
        ("{{< ref \"post.md\" >}}", "other template"),
        ("https://a.example/{{ page.id }}", "other template"),
        ("two.md#section", "local two.md#section"),
        ("a.py?raw#L1", "local a.py?raw#L1"),
        ("?url=https://a.example/x", "local ?url=https://a.example/x"),
        ("README.md", "local README.md"),
        ("../a/b.html#c", "local ../a/b.html#c"),
        ("中文.md", "local 中文.md"),
        ("#标题", "local #标题"),
        ("/rooted/path", "local /rooted/path"),
        ("folder/sub/", "local folder/sub/"),
        ("pic.png", "local pic.png"),
    ] {
        assert_eq!(one(written).0, expected, "{written}");
    }
}

#[test]
fn long_and_hostile_destinations_take_little_time() {
    const LONG: usize = 16_000;
    for unit in ["，", "http", "https://", "%E3%80%81", ")", "&amp;", "[[zh:", "](", "\\_", "后", "a b "] {
        let written = format!("https://a.example/{}", unit.repeat(LONG / unit.len()));
        let start = std::time::Instant::now();
        repair_destination(&written, &written);
        assert!(start.elapsed().as_secs() < 10, "{unit}: {:?}", start.elapsed());
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(written in "(https?:|/|%[0-9A-F]{2}|[a-z0-9.&;?=#()\\[\\]\\\\\"' -]|中|，|）|\u{200b}){0,40}", label in "\\PC{0,20}") {
        for part in repair_destination(&written, &label) {
            if let Destination::Web { url, .. } = part.destination {
                proptest::prop_assert!(url::Url::parse(&url).is_ok());
            }
        }
    }
}
