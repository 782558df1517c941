//! Two versions of a page: what came, went or changed in the article is told, and what surrounds it is not.

use driftline::model::ContentHash;
use driftline::pipeline::page::FetchedPage;
use driftline::pipeline::page::snapshot_pair::read_snapshots;
use driftline::text::TextRules;
use driftline::text_diff::{CompareRules, Comparison, compare};
use url::Url;

const TEXT: [&str; 5] = [
    "The lighthouse keepers counted the birds on the cliff for the first time since the storm of last autumn.",
    "They found about 4,200 nests between the old steps and the harbour, which is more than anyone had hoped.",
    "Two of the paths along the edge stay closed until the council has put up new railings, the warden said.",
    "Boats may come no closer than fifty yards while the young are in the nest, and the rule is kept by all.",
    "The next count is planned for the end of August, when the last of the young birds should have flown.",
];

fn read(html: &str) -> FetchedPage {
    let url = Url::parse("http://news.example/a").unwrap();
    let media = Some("text/html; charset=utf-8");
    let hash = ContentHash::of(html.as_bytes());
    FetchedPage::from_bytes(html.as_bytes(), media, &url, hash, TextRules::built_in())
}

fn compared(before: &str, after: &str) -> Comparison {
    let (then, now) = read_snapshots(&read(before), &read(after), None).unwrap();
    compare(&now, &then, &CompareRules::default())
}

/// A page: its standfirst, its paragraphs, and what is below them.
fn page(standfirst: &str, paragraphs: &[&str], below: &str) -> String {
    let paragraphs: String = paragraphs.iter().flat_map(|text| ["<p>", text, "</p>"]).collect();
    format!(
        "<html lang=en><head><title>Birds on the cliff</title></head><body><nav><a href=/>Home</a> <a href=/w>World</a></nav>\
         <main><header><h1>Birds on the cliff</h1><p class=standfirst>{standfirst}</p><button>Share</button></header>\
         <div class=text>{paragraphs}</div>{below}</main><footer><p>Every day the news of the coast.</p></footer></body></html>"
    )
}

const STANDFIRST: &str = "More nests than in any year since the counting began, but two paths stay closed.";

#[test]
fn a_paragraph_that_went_or_came_is_told_wherever_it_stands() {
    let whole = page(STANDFIRST, &TEXT, "");
    for gone in 0..TEXT.len() {
        let mut rest = TEXT.to_vec();
        rest.remove(gone);
        let less = page(STANDFIRST, &rest, "");
        assert!(compared(&whole, &less).class.is_drift(), "paragraph {gone} went");
        assert!(compared(&less, &whole).class.is_drift(), "paragraph {gone} came");
    }
    let other =
        page("Fewer nests than in any year since the counting began, and all paths stay open.", &TEXT, "");
    assert!(compared(&whole, &other).class.is_drift(), "the standfirst");
    assert!(!compared(&whole, &whole).class.is_drift());
}

#[test]
fn a_paragraph_that_is_one_link_is_told() {
    let with = |text: &str| {
        let link = format!("<a href=/report>{text}</a>");
        page(STANDFIRST, &[TEXT[0], TEXT[1], &link, TEXT[2], TEXT[3]], "")
    };
    let before = with("The report of the wardens says that no rats were found on the island.");
    let after = with("The report of the wardens says that many rats were found on the island.");
    assert!(compared(&before, &after).class.is_drift());
}

#[test]
fn what_surrounds_the_article_is_no_change() {
    let before = page(STANDFIRST, &TEXT, "");
    let teasers = |story: &str| {
        format!(
            "<aside><h3>Most read</h3><ul><li><a href=/1>{story} at the fair</a></li><li><a href=/2>{story} in the rain</a></li></ul></aside>\
             <div class=related><h4><a href=/3>{story} comes home</a></h4><p>{story} had been away for a year when the boat came.</p></div>\
             <div role=dialog><p>We use cookies to make {story} better. You can change your choice at any time.</p></div>"
        )
    };
    for after in [
        page(STANDFIRST, &TEXT, &teasers("A dog")),
        before.replace("Every day the news of the coast.", "Now also the news of the hills, every day."),
        before.replace(">World<", ">Elsewhere<"),
    ] {
        let found = compared(&before, &after);
        assert!(!found.class.is_drift(), "{found:?}");
        assert!(!compared(&after, &before).class.is_drift());
    }
    let (dogs, cats) =
        (page(STANDFIRST, &TEXT, &teasers("A dog")), page(STANDFIRST, &TEXT, &teasers("A cat")));
    assert!(!compared(&dogs, &cats).class.is_drift());
}

#[test]
fn every_post_of_a_thread_counts() {
    let thread = |third: &str| {
        let post = |text: &str| {
            format!(
                "<div class=post><div class=body><p>{text}</p></div><button>Like</button><button>Reply</button></div>"
            )
        };
        let posts = [&*TEXT.join(" "), TEXT[1], third, TEXT[3]].map(post).concat();
        format!(
            "<html><head><title>Birds</title></head><body><h1>Birds</h1><div id=thread>{posts}</div></body></html>"
        )
    };
    let before = thread("I was there on Monday and saw the warden mend the railings with his own hands.");
    let after = thread("I was there on Monday and saw nobody mend the railings, whatever the paper says.");
    assert!(compared(&before, &after).class.is_drift());
    assert!(!compared(&before, &before).class.is_drift());
}

#[test]
fn data_in_a_script_does_not_vouch_for_text_that_is_gone() {
    let data = format!(
        r#"<script type="application/ld+json">{{"@type":"NewsArticle","headline":"Birds on the cliff","articleBody":"{}"}}</script>"#,
        TEXT.join(" ")
    );
    let with_data = |page: String| page.replace("</head>", &format!("{data}</head>"));
    let before = with_data(page(STANDFIRST, &TEXT, ""));
    let after = with_data(page(STANDFIRST, &[TEXT[0], TEXT[1], TEXT[3], TEXT[4]], ""));
    assert!(compared(&before, &after).class.is_drift());
}
