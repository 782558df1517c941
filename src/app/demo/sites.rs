//! Lists the sites of the bundled web as data: a [`Site`] for each host and a [`SitePage`] for each page.
//!
//! All names are under `.example` and `.test`, which are reserved (RFC 2606), so that a mistake cannot
//! reach a server on the internet. The expected result for each page is in [`super::expect`].

use super::page::{PageCharset, PageLayout};
use super::prose::Edit;
use super::server::Conduct;

/// A host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub host: &'static str,
    pub manner: UnknownPathAnswer,
    pub rows: &'static [SitePage],
}

/// How a host answers paths that are not in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnknownPathAnswer {
    /// A home page at `/`, 404 for the rest, robots.txt included.
    Honest,
    /// 200 and the same words for everything.
    AnyPage,
    /// 302 to the home page for everything.
    SendsHome,
    /// A parking service's page for everything.
    Parked,
    /// A bot challenge for everything.
    Challenges,
    /// robots.txt forbids everything.
    RobotsDeny,
    /// robots.txt answers 503.
    RobotsDown,
    /// `/N` leads to `/N+1`.
    Counting,
}

/// A page, from a certain era on.
#[derive(Clone, Copy, Debug)]
pub(super) struct SitePage {
    pub path: &'static str,
    pub era: u32,
    pub page: PageAnswer,
}

/// The answer at a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum PageAnswer {
    /// A text.
    Story(StoryText),
    /// A text, after this number of milliseconds.
    Slow(StoryText, u64),
    /// 503 the first time, then a text.
    SecondTime(StoryText),
    /// A redirect with this status.
    Redirect(u16, &'static str),
    /// An instant meta refresh.
    Refresh(&'static str),
    /// An error status.
    Status(u16),
    /// 429 with a Retry-After of this number of seconds.
    Busy(u32),
    /// 403 and a content delivery network's challenge.
    Challenge,
    /// 404 and a bot detection service's challenge.
    Captcha,
    /// A login form.
    Login,
    /// A teaser, and a note that the text is for subscribers.
    Paywall(&'static str),
    /// A shell for scripts, with this title.
    Shell(&'static str),
    /// Bytes that are not HTTP.
    Garbage,
    /// A `Content-Encoding` that the body does not have.
    BadCoding,
    /// A text, sent in a way that HTTP does not allow.
    Faulty(StoryText, Conduct),
}

/// A text and its presentation.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoryText {
    /// The name in [`super::library`].
    pub name: &'static str,
    pub edits: &'static [Edit],
    pub dress: PageLayout,
    pub charset: PageCharset,
    /// Whether it has an `ETag` and answers conditional requests.
    pub tagged: bool,
}

const fn plain_text(name: &'static str) -> StoryText {
    StoryText { name, edits: &[], dress: PageLayout::Plain, charset: PageCharset::Utf8, tagged: false }
}

const fn tagged_text(name: &'static str) -> StoryText {
    StoryText { tagged: true, ..plain_text(name) }
}

const fn edited_text(name: &'static str, edits: &'static [Edit]) -> StoryText {
    StoryText { edits, ..plain_text(name) }
}

const fn page_at(path: &'static str, page: PageAnswer) -> SitePage {
    SitePage { path, era: 0, page }
}

const fn page_from_era(path: &'static str, page: PageAnswer) -> SitePage {
    SitePage { path, era: 1, page }
}

const fn honest_site(host: &'static str, rows: &'static [SitePage]) -> Site {
    Site { host, manner: UnknownPathAnswer::Honest, rows }
}

const fn odd_site(host: &'static str, manner: UnknownPathAnswer, rows: &'static [SitePage]) -> Site {
    Site { host, manner, rows }
}

use PageAnswer::{
    BadCoding, Busy, Captcha, Challenge, Faulty, Garbage, Login, Paywall, Redirect, Refresh, SecondTime,
    Shell, Slow, Status, Story,
};

/// Every host that answers.
pub(super) const SITES: &[Site] = &[
    // The originals of the articles.
    honest_site(
        "harbor-daily.example",
        &[
            page_at("/articles/1001", Story(tagged_text("gnews/1001.md"))),
            page_from_era(
                "/articles/1001",
                Story(StoryText { edits: HARBOR_LATER, ..tagged_text("gnews/1001.md") }),
            ),
            page_at("/articles/1014", Story(tagged_text("gnews/harbor-chart.md"))),
        ],
    ),
    honest_site(
        "riverside-post.example",
        &[page_at("/zh-hans/1002/", Story(edited_text("gnews/1002.md", LIBRARY_FIGURE)))],
    ),
    honest_site(
        "mountain-news.example",
        &[page_at("/articles/1003", Story(edited_text("gnews/1003.md", TEA_SENTENCE)))],
    ),
    honest_site(
        "tram-times.example",
        &[page_at("/articles/1004", Story(edited_text("gnews/1004.md", TRAM_MAJOR)))],
    ),
    honest_site(
        "salt-lake-herald.example",
        &[page_at("/articles/1005", Story(edited_text("gnews/1005.md", BIRDS_CUT)))],
    ),
    honest_site(
        "village-voice.example",
        &[page_at("/articles/1006", Story(plain_text("power-station-rewritten")))],
    ),
    honest_site(
        "coast-reporter.example",
        &[page_at("/articles/1007", Story(plain_text("coast-replacement")))],
    ),
    honest_site(
        "stage-review.example",
        &[page_at("/articles/1008", Story(plain_text("theatre-simplified")))],
    ),
    honest_site(
        "weather-county.test",
        &[page_at(
            "/news/1009.html",
            Story(StoryText { charset: PageCharset::GbkUndeclared, ..plain_text("gnews/1009.md") }),
        )],
    ),
    honest_site(
        "island-post.test",
        &[page_at(
            "/story/1010.html",
            Story(StoryText { charset: PageCharset::Big5Meta, ..plain_text("gnews/1010.md") }),
        )],
    ),
    honest_site(
        "street-corner.example",
        &[page_at(
            "/articles/1011",
            Story(StoryText { dress: PageLayout::Crowded, ..plain_text("gnews/1011.md") }),
        )],
    ),
    honest_site(
        "balloon-log.example",
        &[
            page_at("/articles/1012", Status(404)),
            page_from_era("/articles/1012", Story(plain_text("gnews/1012.md"))),
        ],
    ),
    odd_site("old-well.example", UnknownPathAnswer::AnyPage, &[]),
    honest_site("short-posts.example", &[page_at("/post/p1demo01", Shell("@seaside"))]),
    honest_site(
        "radio-scripts.example",
        &[page_at("/2024/old-street", Refresh("https://scripts-hall.example/2024/old-street"))],
    ),
    honest_site(
        "scripts-hall.example",
        &[page_at("/2024/old-street", Story(plain_text("transcript/20240311-2001.md")))],
    ),
    honest_site(
        "quay-paper.test",
        &[page_at("/2024/lighthouse", Redirect(301, "https://the-quay.example/articles/lighthouse"))],
    ),
    honest_site(
        "the-quay.example",
        &[page_at("/articles/lighthouse", Story(plain_text("english/lighthouse.md")))],
    ),
    honest_site(
        "library-notes.example",
        &[page_at("/404-page-not-found", Story(tagged_text("english/not-found.md")))],
    ),
    honest_site(
        "sakura-shimbun.example",
        &[
            page_at("/articles/310", Story(tagged_text("japanese/tram.md"))),
            page_from_era("/articles/310", Status(410)),
        ],
    ),
    // Cited pages that answer with their content.
    honest_site(
        "shipping-weekly.example",
        &[page_at("/issue/12/harbor", Slow(plain_text("shipping-weekly"), 400))],
    ),
    honest_site(
        "maritime-notice.example",
        &[page_at("/2023/17", Redirect(308, "https://notices-archive.example/maritime/17"))],
    ),
    honest_site(
        "notices-archive.example",
        &[
            page_at("/maritime/17", Redirect(301, "/maritime/2023/17")),
            page_at("/maritime/2023/17", Story(plain_text("maritime-notice"))),
        ],
    ),
    honest_site(
        "signal-tower.example",
        &[
            page_at("/roster", Story(tagged_text("signal-tower"))),
            page_from_era("/roster", Story(StoryText { edits: ROSTER_LATER, ..tagged_text("signal-tower") })),
        ],
    ),
    honest_site("tyre-trade.example", &[page_at("/reuse", SecondTime(plain_text("tyre-trade")))]),
    honest_site(
        "house-rules.example",
        &[
            page_at("/terms-of-use/", Story(tagged_text("terms"))),
            page_at("/privacy-policy/", Story(tagged_text("privacy"))),
        ],
    ),
    honest_site(
        "lane-notes.example",
        &[
            page_at("/stone-tower", Story(plain_text("lane-tower"))),
            page_at("/exhibition", Story(plain_text("lane-exhibition"))),
        ],
    ),
    honest_site("harbour-log.example", &[page_at("/entries/9041", Story(tagged_text("harbour-log")))]),
    honest_site("owl-trust.example", &[page_at("/farrow", Story(plain_text("owl-trust")))]),
    honest_site("survey-tables.example", &[page_at("/libraries/80", Story(plain_text("survey-tables")))]),
    honest_site(
        "newspaper-index.example",
        &[page_at("/moves", Redirect(302, "https://papers-today.example/index/moves"))],
    ),
    honest_site("papers-today.example", &[page_at("/index/moves", Story(plain_text("newspaper-index")))]),
    honest_site("green-ledger.example", &[page_at("/sakura", Story(tagged_text("green-ledger")))]),
    honest_site("tram-museum.example", &[page_at("/line/3", Story(plain_text("tram-museum")))]),
    // Hosts that refuse.
    odd_site("council-minutes.example", UnknownPathAnswer::Challenges, &[page_at("/2023/05", Challenge)]),
    honest_site("letters-desk.example", &[page_at("/p/88", Captcha)]),
    honest_site("gazetteer.example", &[page_at("/tea/fair", Status(401))]),
    honest_site("tea-prices.example", &[page_at("/spring", Status(402))]),
    honest_site("city-gazette.example", &[page_at("/tram/plan", Status(403))]),
    honest_site("court-files.example", &[page_at("/tram/tender", Status(451))]),
    honest_site("bird-annual.example", &[page_at("/report/28", Paywall("bird-annual"))]),
    honest_site(
        "members-letter.example",
        &[page_at("/issue/5", Redirect(302, "/login?return=%2Fissue%2F5")), page_at("/login", Login)],
    ),
    odd_site(
        "grid-data.example",
        UnknownPathAnswer::RobotsDeny,
        &[page_at("/stations/dongling", Story(plain_text("home")))],
    ),
    odd_site(
        "hydro-files.example",
        UnknownPathAnswer::RobotsDown,
        &[page_at("/creek/12", Story(plain_text("home")))],
    ),
    // Pages that are gone.
    odd_site("orchard-forum.test", UnknownPathAnswer::Parked, &[]),
    odd_site("radar-maker.test", UnknownPathAnswer::SendsHome, &[]),
    honest_site("relics-brief.example", &[page_at("/2024/04", Status(410))]),
    // Pages that cannot be judged in this run.
    honest_site("fishery-bulletin.example", &[page_at("/kelp", Busy(7200))]),
    honest_site("stats-digest.example", &[page_at("/table/9", Status(500))]),
    honest_site("pottery-atlas.example", &[page_at("/jar/400", Status(400))]),
    honest_site("expired.yearbook-library.example", &[]),
    honest_site("wrong-host.ticket-log.example", &[]),
    honest_site("self-signed.local-history.example", &[]),
    honest_site(
        "island-radio.test",
        &[
            page_at("/audio/35", Redirect(302, "/audio/036")),
            page_at("/audio/036", Redirect(302, "/audio/35")),
        ],
    ),
    odd_site("ferry-times.test", UnknownPathAnswer::Counting, &[]),
    honest_site("postal-history.test", &[page_at("/carriers", Redirect(302, "http://"))]),
    honest_site(
        "evening-readers.example",
        &[page_at("/letters/204", Faulty(plain_text("home"), Conduct::Close))],
    ),
    honest_site("charity-list.example", &[page_at("/wu", Faulty(plain_text("home"), Conduct::Reset))]),
    honest_site("alumni-hall.example", &[page_at("/1999", Garbage)]),
    honest_site(
        "street-files.example",
        &[page_at("/shoe", Faulty(plain_text("home"), Conduct::Short(5000)))],
    ),
    honest_site("flight-stream.example", &[page_at("/raw", Faulty(plain_text("home"), Conduct::Endless))]),
    honest_site("local-papers.example", &[page_at("/well", BadCoding)]),
];

/// One figure.
const LIBRARY_FIGURE: &[Edit] = &[Edit::Replace("专款一百八十万元", "专款八百一十万元")];

/// One sentence, from the middle.
const TEA_SENTENCE: &[Edit] = &[Edit::Replace("茶市原本是当地延续了上百年的习俗，每年清明前后举行。", "")];

/// Several sentences throughout the text; the first and the last paragraph remain.
const TRAM_MAJOR: &[Edit] = &[
    Edit::Replace(
        "施工期间这一段的电车停驶，由临时公共汽车接送乘客，票价不变。",
        "电车白天照常行驶，工人只在午夜到凌晨四点之间换轨。",
    ),
    Edit::Replace(
        "设计单位建议先加固桥墩再铺设新轨，这样虽然会多花十个月，但可以避免日后反复维修。",
        "市长主张把它们拆掉重建，因为检查发现桥墩里的钢筋已经锈蚀过半。",
    ),
    Edit::Replace(
        "市政府答应每一段围挡不超过六个星期，并给受影响的店铺减免当季的垃圾处理费。",
        "商会要求按照去年的营业额发放现金补偿，双方下个月再谈。",
    ),
];

/// The second half.
const BIRDS_CUT: &[Edit] = &[Edit::CutFrom("专家认为")];

/// Two figures, in era 1.
const HARBOR_LATER: &[Edit] = &[Edit::Replace("首批将有六艘集装箱船靠泊", "首批将有九艘集装箱船靠泊")];

/// One sentence, in era 1.
const ROSTER_LATER: &[Edit] = &[Edit::Replace("晚班由两位实习员轮流值守", "晚班由老周和一位实习员轮流值守")];
