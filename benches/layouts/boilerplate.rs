//! Boilerplate among the paragraphs of an article, as real pages have it, in four languages: related
//! stories, captions, share buttons, advertisements.

use fastrand::Rng;

use crate::model::{Lang, Story, escape, other};

type Piece = fn(&Story<'_>, &mut Rng) -> String;

/// All kinds of boilerplate that appear inside an article's text.
pub const INSIDE: &[(&str, Piece)] = &[
    ("related box", related),
    ("related prose", related_prose),
    ("share buttons", share),
    ("read more", read_more),
    ("pull quote", pull_quote),
    ("ad label", ad),
    ("figure", figure),
    ("caption paragraph", caption),
    ("newsletter", newsletter),
    ("tags", tags),
    ("video", video),
    ("app", app),
    ("support", support),
    ("contents", contents),
    ("hidden", hidden),
    ("author box", author_box),
    ("comment count", comment_count),
    ("embedded post", embedded_post),
];

fn titles(story: &Story<'_>, rng: &mut Rng, count: usize) -> String {
    (0..count)
        .map(|n| format!("<li><a href=\"/story/{n}\">{}</a></li>", escape(&other(story, rng).0)))
        .collect()
}

fn teaser(story: &Story<'_>, rng: &mut Rng) -> String {
    let (_, blocks) = other(story, rng);
    escape(&blocks.first().map(|b| b.chars().take(80).collect::<String>()).unwrap_or_default())
}

fn related(s: &Story<'_>, rng: &mut Rng) -> String {
    let head = s.lang.pick([
        ["相关阅读", "延伸阅读", "更多新闻", "热门文章"],
        ["相關新聞", "延伸閱讀", "更多報導", "熱門文章"],
        ["関連記事", "あわせて読みたい", "おすすめ記事", "人気の記事"],
        ["Related stories", "Read more", "More from us", "Most popular"],
    ])[rng.usize(..4)];
    let list = titles(s, rng, 3);
    match rng.usize(..4) {
        0 => format!("<div class=\"related-posts\"><h3>{head}</h3><ul>{list}</ul></div>"),
        1 => format!("<aside><h4>{head}</h4><ul>{list}</ul></aside>"),
        2 => format!("<section data-component=\"links-block\"><p>{head}</p><ul>{list}</ul></section>"),
        _ => {
            format!("<div class=\"box-r2\"><strong>{head}：</strong><br>{}</div>", list.replace("li>", "p>"))
        }
    }
}

fn related_prose(s: &Story<'_>, rng: &mut Rng) -> String {
    let head = s.lang.pick(["推荐阅读", "推薦閱讀", "こちらもおすすめ", "You might also like"]);
    let (title, teaser) = (escape(&other(s, rng).0), teaser(s, rng));
    match rng.usize(..3) {
        0 => format!(
            "<div class=\"recommend-card\"><h5>{head}</h5><a href=/x><b>{title}</b></a><p>{teaser}……</p></div>"
        ),
        1 => format!(
            "<aside class=\"inset\"><p>{head}</p><p><a href=/x>{title}</a></p><p>{teaser}</p></aside>"
        ),
        _ => format!("<div class=\"widget related\"><a href=/x><h4>{title}</h4><p>{teaser}</p></a></div>"),
    }
}

fn share(s: &Story<'_>, rng: &mut Rng) -> String {
    let words = s.lang.pick([
        ["分享到：", "微信", "微博", "收藏"],
        ["分享到：", "臉書", "推特", "列印"],
        ["シェアする", "ツイート", "はてブ", "送る"],
        ["Share this article", "Facebook", "Twitter", "Email"],
    ]);
    let links: String = words[1..].iter().map(|w| format!("<a href=#>{w}</a> ")).collect();
    match rng.usize(..3) {
        0 => format!("<div class=\"social-share\"><span>{}</span>{links}</div>", words[0]),
        1 => format!(
            "<ul class=sns>{}</ul>",
            words.iter().map(|w| format!("<li><button>{w}</button></li>")).collect::<String>()
        ),
        _ => format!("<p>{} {links}</p>", words[0]),
    }
}

fn read_more(s: &Story<'_>, rng: &mut Rng) -> String {
    let head = s.lang.pick([
        ["延伸阅读", "相关报道", "另见"],
        ["延伸閱讀", "相關報導", "看更多"],
        ["関連記事", "あわせて読みたい", "次のページ"],
        ["Read more", "See also", "Related"],
    ])[rng.usize(..3)];
    let title = escape(&other(s, rng).0);
    match rng.usize(..4) {
        0 => format!("<p><strong>{head}：</strong><a href=/y>{title}</a></p>"),
        1 => format!("<p>【{head}】<a href=/y>{title}</a></p>"),
        2 => format!("<p class=\"more\"><a href=/y>{head} &gt;&gt; {title}</a></p>"),
        _ => format!("<p><em>{head}: <a href=/y>{title}</a></em></p>"),
    }
}

fn pull_quote(s: &Story<'_>, rng: &mut Rng) -> String {
    let block = &s.blocks[rng.usize(..s.blocks.len())];
    let sentences: Vec<&str> = driftline::text::sentence::sentence_ranges(block)
        .filter_map(|range| block.get(range))
        .filter(|sentence| sentence.chars().count() >= 12)
        .collect();
    let Some(sentence) = (!sentences.is_empty()).then(|| sentences[rng.usize(..sentences.len())]) else {
        return String::new();
    };
    let quote = escape(sentence.trim_end_matches(['。', '.']));
    match rng.usize(..3) {
        0 => format!("<blockquote class=\"pullquote\"><p>“{quote}”</p></blockquote>"),
        1 => format!("<aside class=\"quote\">{quote}</aside>"),
        _ => format!("<div class=\"pq\"><span>{quote}</span></div>"),
    }
}

fn ad(s: &Story<'_>, rng: &mut Rng) -> String {
    let label = s.lang.pick([
        ["广告", "赞助内容", "广告 · 请继续往下阅读"],
        ["廣告", "贊助內容", "請繼續往下閱讀"],
        ["広告", "スポンサーリンク", "記事は広告の後に続きます"],
        ["Advertisement", "Sponsored", "Article continues after advertisement"],
    ])[rng.usize(..3)];
    match rng.usize(..3) {
        0 => format!("<div class=\"ad-slot\"><span>{label}</span><ins class=adsbygoogle></ins></div>"),
        1 => format!("<p>{label}</p>"),
        _ => format!(
            "<div style=\"text-align:center\"><small>- {label} -</small><br><iframe src=/ad></iframe></div>"
        ),
    }
}

fn figure(s: &Story<'_>, rng: &mut Rng) -> String {
    let text = s.lang.pick([
        "图为事发当天下午的现场，人们站在街道的两旁等候消息。",
        "圖為事發當天下午的現場，人們站在街道兩旁等候消息。",
        "写真は当日の午後の現場。人々は通りの両側で知らせを待っていた。",
        "People wait for news on both sides of the street on the afternoon of the event.",
    ]);
    let credit = s.lang.pick([
        "图片来源：某图片社",
        "圖片來源：某圖片社",
        "写真：某通信社",
        "Photo: Some Agency / J. Doe",
    ]);
    match rng.usize(..3) {
        0 => format!(
            "<figure><img src=/p.jpg alt=\"{text}\"><figcaption>{text}<span class=credit>{credit}</span></figcaption></figure>"
        ),
        1 => format!(
            "<div class=\"wp-caption\"><img src=/p.jpg><p class=\"wp-caption-text\">{text} {credit}</p></div>"
        ),
        _ => format!(
            "<table class=image><tr><td><img src=/p.jpg></td></tr><tr><td>{text}（{credit}）</td></tr></table>"
        ),
    }
}

fn caption(s: &Story<'_>, rng: &mut Rng) -> String {
    let text = s.lang.pick([
        [
            "▲事发地点的航拍画面。（图源：网络）",
            "图：网络",
            "事发地点附近的道路已经封闭。某报记者 王某 摄",
            "（视频截图）",
        ],
        [
            "▲事發地點的空拍畫面。（圖／某社）",
            "圖：網路",
            "事發地點附近的道路已經封閉。（記者王某攝）",
            "（翻攝自網路）",
        ],
        [
            "▲現場の空撮。（写真＝某社）",
            "写真：某社",
            "現場近くの道路は通行止めになった＝某社撮影",
            "（画像：某社）",
        ],
        [
            "An aerial view of the site. (Photo by J. Doe/Some Images)",
            "Photo: J. Doe",
            "Roads near the site are closed. Photograph: J. Doe/Agency",
            "Screenshot via video",
        ],
    ])[rng.usize(..4)];
    match rng.usize(..2) {
        0 => format!(
            "<p style=\"text-align:center\"><img src=/q.jpg></p><p style=\"text-align:center\">{text}</p>"
        ),
        _ => format!("<p><img src=/q.jpg><br>{text}</p>"),
    }
}

fn newsletter(s: &Story<'_>, rng: &mut Rng) -> String {
    let text = s.lang.pick([
        "订阅我们的电子报，每天早上把最重要的新闻送到您的信箱。",
        "訂閱我們的電子報，每天早上把最重要的新聞送到您的信箱。",
        "メールマガジンに登録すると、毎朝大切なニュースをお届けします。",
        "Sign up for our newsletter. We send the stories that matter to your inbox every morning.",
    ]);
    let button = s.lang.pick(["订阅", "訂閱", "登録する", "Subscribe"]);
    match rng.usize(..3) {
        0 => {
            format!("<form class=\"signup\"><p>{text}</p><input type=email><button>{button}</button></form>")
        }
        1 => format!("<div class=\"newsletter-box\"><h4>{button}</h4><p>{text}</p></div>"),
        _ => format!(
            "<div class=\"c-block\"><p>{text}</p><input type=email name=e><a href=/s>{button}</a></div>"
        ),
    }
}

fn tags(s: &Story<'_>, rng: &mut Rng) -> String {
    let words = s.lang.pick([
        ["标签：", "国际", "经济", "社会"],
        ["標籤：", "國際", "經濟", "社會"],
        ["タグ：", "国際", "経済", "社会"],
        ["Tags:", "World", "Economy", "Society"],
    ]);
    let links: String = words[1..].iter().map(|w| format!("<a rel=tag href=/t>{w}</a>、")).collect();
    match rng.usize(..2) {
        0 => format!("<div class=\"tag-list\">{}{links}</div>", words[0]),
        _ => format!("<p>{}{}</p>", words[0], words[1..].join(" ")),
    }
}

fn video(s: &Story<'_>, _: &mut Rng) -> String {
    let text = s.lang.pick([
        "您的浏览器不支持播放该视频。",
        "您的瀏覽器不支援播放此影片。",
        "お使いのブラウザは動画の再生に対応していません。",
        "Your browser does not support the video tag.",
    ]);
    format!("<div class=\"player\"><video src=/v.mp4>{text}</video><p>{text}</p></div>")
}

fn app(s: &Story<'_>, rng: &mut Rng) -> String {
    let text = s.lang.pick([
        ["点击查看大图", "打开APP阅读全文", "扫描二维码关注公众号"],
        ["點擊看大圖", "下載APP看更多", "加入LINE好友"],
        ["画像を拡大する", "アプリで読む", "公式アカウントをフォロー"],
        ["Click to enlarge", "Open in app", "Follow us on Twitter"],
    ])[rng.usize(..3)];
    match rng.usize(..2) {
        0 => format!("<div class=\"open-app\"><a href=/app>{text}</a></div>"),
        _ => format!("<p>{text}</p>"),
    }
}

fn support(s: &Story<'_>, rng: &mut Rng) -> String {
    let text = s.lang.pick([
        "您的支持让我们能够继续独立报道。请考虑捐款。",
        "您的支持讓我們能夠繼續獨立報導。請考慮捐款。",
        "皆さまのご支援が独立した報道を支えています。",
        "Your support keeps our journalism independent. Please consider a donation today.",
    ]);
    match rng.usize(..2) {
        0 => format!("<div class=\"donate-banner\"><p>{text}</p><a class=button href=/d>♥</a></div>"),
        _ => format!("<aside class=\"promo\"><p>{text}</p></aside>"),
    }
}

fn contents(s: &Story<'_>, _: &mut Rng) -> String {
    let head = s.lang.pick(["目录", "目錄", "目次", "Contents"]);
    format!(
        "<div id=toc class=toc><h2>{head}</h2><ol><li><a href=#s1>{head} 1</a></li><li><a href=#s2>{head} 2</a></li></ol></div>"
    )
}

fn hidden(s: &Story<'_>, rng: &mut Rng) -> String {
    let text = teaser(s, rng);
    match rng.usize(..3) {
        0 => format!("<div style=\"display:none\">{text}。</div>"),
        1 => format!("<div hidden><p>{text}。</p></div>"),
        _ => format!("<template><p>{text}</p></template><noscript><p>{text}</p></noscript>"),
    }
}

fn author_box(s: &Story<'_>, _: &mut Rng) -> String {
    let text = s.lang.pick([
        "某甲是本报的资深记者，长期关注地方新闻。",
        "某甲是本報的資深記者，長期關注地方新聞。",
        "某甲は本紙の記者で、地域のニュースを担当している。",
        "A. Body is a senior reporter who has covered local news for many years.",
    ]);
    format!("<div class=\"author-bio\"><img src=/a.jpg><p>{text}</p></div>")
}

fn comment_count(s: &Story<'_>, rng: &mut Rng) -> String {
    let n = rng.u32(2..900);
    let text = s.lang.pick(["条评论", "則留言", "件のコメント", " comments"]);
    format!("<div class=\"meta\"><span>{n}{text}</span> <span>{}</span></div>", n * 17)
}

fn embedded_post(s: &Story<'_>, rng: &mut Rng) -> String {
    let text = teaser(s, rng);
    format!(
        "<blockquote class=\"twitter-tweet\"><p lang=zh>{text}</p>&mdash; A (@a) <a href=\"https://twitter.com/a/1\">May 1</a></blockquote>"
    )
}

/// A banner that asks for consent.
pub fn cookie_banner(lang: Lang) -> String {
    let text = lang.pick([
        "本网站使用Cookie来改善您的体验。继续浏览即表示您同意我们的隐私政策。",
        "本網站使用Cookie來改善您的體驗。繼續瀏覽即表示您同意我們的隱私權政策。",
        "当サイトではクッキーを使用しています。閲覧を続けると同意したものとみなされます。",
        "We use cookies to improve your experience. By continuing you agree to our privacy policy.",
    ]);
    let button = lang.pick(["同意", "同意", "同意する", "Accept all"]);
    format!("<div id=\"cookie-consent\" role=dialog><p>{text}</p><button>{button}</button></div>")
}

/// Comments below an article; one of them quotes it.
pub fn comments(s: &Story<'_>, rng: &mut Rng, count: usize) -> String {
    let head = s.lang.pick(["评论", "留言", "コメント", "Comments"]);
    let who = s.lang.pick(["读者", "讀者", "読者", "Reader "]);
    let list: String = (0..count)
        .map(|n| {
            let text = if n == 1 {
                let block = &s.blocks[rng.usize(..s.blocks.len())];
                format!(
                    "<blockquote>{}</blockquote><p>+1</p>",
                    escape(&block.chars().take(60).collect::<String>())
                )
            } else {
                format!("<p>{}</p>", teaser(s, rng))
            };
            format!("<li class=\"comment\"><b>{who}{n}</b>{text}<a href=#>↩</a></li>")
        })
        .collect();
    format!("<section id=comments><h3>{head}（{count}）</h3><ol>{list}</ol></section>")
}

/// The article's blocks as HTML, with some pieces of boilerplate between them, never before the first.
pub fn among(blocks: &[String], pieces: usize, s: &Story<'_>, rng: &mut Rng) -> String {
    let mut gaps: Vec<String> = vec![String::new(); blocks.len().max(1)];
    for _ in 0..pieces {
        let (_, piece) = INSIDE[rng.usize(..INSIDE.len())];
        let at = rng.usize(..gaps.len());
        gaps[at] += &piece(s, rng);
        gaps[at].push('\n');
    }
    blocks.iter().zip(&gaps).map(|(block, gap)| format!("{block}\n{gap}")).collect()
}
