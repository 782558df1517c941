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

const fn text(name: &'static str) -> StoryText {
    StoryText { name, edits: &[], dress: PageLayout::Plain, charset: PageCharset::Utf8, tagged: false }
}

const fn tagged(name: &'static str) -> StoryText {
    StoryText { tagged: true, ..text(name) }
}

const fn edited(name: &'static str, edits: &'static [Edit]) -> StoryText {
    StoryText { edits, ..text(name) }
}

const fn row(path: &'static str, page: PageAnswer) -> SitePage {
    SitePage { path, era: 0, page }
}

const fn later(path: &'static str, page: PageAnswer) -> SitePage {
    SitePage { path, era: 1, page }
}

const fn site(host: &'static str, rows: &'static [SitePage]) -> Site {
    Site { host, manner: UnknownPathAnswer::Honest, rows }
}

const fn odd(host: &'static str, manner: UnknownPathAnswer, rows: &'static [SitePage]) -> Site {
    Site { host, manner, rows }
}

use PageAnswer::{
    BadCoding, Busy, Captcha, Challenge, Faulty, Garbage, Login, Paywall, Redirect, Refresh, SecondTime,
    Shell, Slow, Status, Story,
};

/// Every host that answers.
pub(super) const SITES: &[Site] = &[
    // The originals of the articles.
    site(
        "harbor-daily.example",
        &[
            row("/articles/1001", Story(tagged("gnews/1001.md"))),
            later("/articles/1001", Story(StoryText { edits: HARBOR_LATER, ..tagged("gnews/1001.md") })),
            row("/articles/1014", Story(tagged("gnews/harbor-chart.md"))),
        ],
    ),
    site("riverside-post.example", &[row("/zh-hans/1002/", Story(edited("gnews/1002.md", LIBRARY_FIGURE)))]),
    site("mountain-news.example", &[row("/articles/1003", Story(edited("gnews/1003.md", TEA_SENTENCE)))]),
    site("tram-times.example", &[row("/articles/1004", Story(edited("gnews/1004.md", TRAM_MAJOR)))]),
    site("salt-lake-herald.example", &[row("/articles/1005", Story(edited("gnews/1005.md", BIRDS_CUT)))]),
    site("village-voice.example", &[row("/articles/1006", Story(text("power-station-rewritten")))]),
    site("coast-reporter.example", &[row("/articles/1007", Story(text("coast-replacement")))]),
    site("stage-review.example", &[row("/articles/1008", Story(text("theatre-simplified")))]),
    site(
        "weather-county.test",
        &[row(
            "/news/1009.html",
            Story(StoryText { charset: PageCharset::GbkUndeclared, ..text("gnews/1009.md") }),
        )],
    ),
    site(
        "island-post.test",
        &[row(
            "/story/1010.html",
            Story(StoryText { charset: PageCharset::Big5Meta, ..text("gnews/1010.md") }),
        )],
    ),
    site(
        "street-corner.example",
        &[row("/articles/1011", Story(StoryText { dress: PageLayout::Crowded, ..text("gnews/1011.md") }))],
    ),
    site(
        "balloon-log.example",
        &[row("/articles/1012", Status(404)), later("/articles/1012", Story(text("gnews/1012.md")))],
    ),
    odd("old-well.example", UnknownPathAnswer::AnyPage, &[]),
    site("short-posts.example", &[row("/post/p1demo01", Shell("@seaside"))]),
    site(
        "radio-scripts.example",
        &[row("/2024/old-street", Refresh("https://scripts-hall.example/2024/old-street"))],
    ),
    site("scripts-hall.example", &[row("/2024/old-street", Story(text("transcript/20240311-2001.md")))]),
    site(
        "quay-paper.test",
        &[row("/2024/lighthouse", Redirect(301, "https://the-quay.example/articles/lighthouse"))],
    ),
    site("the-quay.example", &[row("/articles/lighthouse", Story(text("english/lighthouse.md")))]),
    site("library-notes.example", &[row("/404-page-not-found", Story(tagged("english/not-found.md")))]),
    site(
        "sakura-shimbun.example",
        &[row("/articles/310", Story(tagged("japanese/tram.md"))), later("/articles/310", Status(410))],
    ),
    // Cited pages that answer with their content.
    site("shipping-weekly.example", &[row("/issue/12/harbor", Slow(text("shipping-weekly"), 400))]),
    site(
        "maritime-notice.example",
        &[row("/2023/17", Redirect(308, "https://notices-archive.example/maritime/17"))],
    ),
    site(
        "notices-archive.example",
        &[
            row("/maritime/17", Redirect(301, "/maritime/2023/17")),
            row("/maritime/2023/17", Story(text("maritime-notice"))),
        ],
    ),
    site(
        "signal-tower.example",
        &[
            row("/roster", Story(tagged("signal-tower"))),
            later("/roster", Story(StoryText { edits: ROSTER_LATER, ..tagged("signal-tower") })),
        ],
    ),
    site("tyre-trade.example", &[row("/reuse", SecondTime(text("tyre-trade")))]),
    site(
        "house-rules.example",
        &[row("/terms-of-use/", Story(tagged("terms"))), row("/privacy-policy/", Story(tagged("privacy")))],
    ),
    site(
        "lane-notes.example",
        &[row("/stone-tower", Story(text("lane-tower"))), row("/exhibition", Story(text("lane-exhibition")))],
    ),
    site("harbour-log.example", &[row("/entries/9041", Story(tagged("harbour-log")))]),
    site("owl-trust.example", &[row("/farrow", Story(text("owl-trust")))]),
    site("survey-tables.example", &[row("/libraries/80", Story(text("survey-tables")))]),
    site(
        "newspaper-index.example",
        &[row("/moves", Redirect(302, "https://papers-today.example/index/moves"))],
    ),
    site("papers-today.example", &[row("/index/moves", Story(text("newspaper-index")))]),
    site("green-ledger.example", &[row("/sakura", Story(tagged("green-ledger")))]),
    site("tram-museum.example", &[row("/line/3", Story(text("tram-museum")))]),
    // Hosts that refuse.
    odd("council-minutes.example", UnknownPathAnswer::Challenges, &[row("/2023/05", Challenge)]),
    site("letters-desk.example", &[row("/p/88", Captcha)]),
    site("gazetteer.example", &[row("/tea/fair", Status(401))]),
    site("tea-prices.example", &[row("/spring", Status(402))]),
    site("city-gazette.example", &[row("/tram/plan", Status(403))]),
    site("court-files.example", &[row("/tram/tender", Status(451))]),
    site("bird-annual.example", &[row("/report/28", Paywall("bird-annual"))]),
    site(
        "members-letter.example",
        &[row("/issue/5", Redirect(302, "/login?return=%2Fissue%2F5")), row("/login", Login)],
    ),
    odd(
        "grid-data.example",
        UnknownPathAnswer::RobotsDeny,
        &[row("/stations/dongling", Story(text("home")))],
    ),
    odd("hydro-files.example", UnknownPathAnswer::RobotsDown, &[row("/creek/12", Story(text("home")))]),
    // Pages that are gone.
    odd("orchard-forum.test", UnknownPathAnswer::Parked, &[]),
    odd("radar-maker.test", UnknownPathAnswer::SendsHome, &[]),
    site("relics-brief.example", &[row("/2024/04", Status(410))]),
    // Pages that cannot be judged in this run.
    site("fishery-bulletin.example", &[row("/kelp", Busy(7200))]),
    site("stats-digest.example", &[row("/table/9", Status(500))]),
    site("pottery-atlas.example", &[row("/jar/400", Status(400))]),
    site("expired.yearbook-library.example", &[]),
    site("wrong-host.ticket-log.example", &[]),
    site("self-signed.local-history.example", &[]),
    site(
        "island-radio.test",
        &[row("/audio/35", Redirect(302, "/audio/036")), row("/audio/036", Redirect(302, "/audio/35"))],
    ),
    odd("ferry-times.test", UnknownPathAnswer::Counting, &[]),
    site("postal-history.test", &[row("/carriers", Redirect(302, "http://"))]),
    site("evening-readers.example", &[row("/letters/204", Faulty(text("home"), Conduct::Close))]),
    site("charity-list.example", &[row("/wu", Faulty(text("home"), Conduct::Reset))]),
    site("alumni-hall.example", &[row("/1999", Garbage)]),
    site("street-files.example", &[row("/shoe", Faulty(text("home"), Conduct::Short(5000)))]),
    site("flight-stream.example", &[row("/raw", Faulty(text("home"), Conduct::Endless))]),
    site("local-papers.example", &[row("/well", BadCoding)]),
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
