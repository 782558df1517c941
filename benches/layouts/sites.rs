//! More page layouts: busy ones, with boilerplate among the paragraphs, in four languages and several
//! character sets.

use fastrand::Rng;

use crate::boilerplate::{among, comments, cookie_banner};
use crate::model::{Lang, Story, escape, links, other, paragraphs};

/// A block with the inline markup that editors leave behind: none of it is text.
fn inline(block: &str, rng: &mut Rng) -> String {
    let chars: Vec<char> = block.chars().collect();
    if chars.len() < 12 {
        return escape(block);
    }
    // Cut at places where a word of English is not cut in two.
    let cut = |at: usize| {
        (at..chars.len() - 1)
            .find(|i| !chars[*i].is_ascii_alphanumeric() || !chars[*i - 1].is_ascii_alphanumeric())
    };
    let (Some(a), Some(b)) = (cut(chars.len() / 3), cut(chars.len() * 2 / 3)) else { return escape(block) };
    let part = |range: &[char]| escape(&range.iter().collect::<String>());
    let (x, y, z) = (part(&chars[..a]), part(&chars[a..b]), part(&chars[b..]));
    match rng.usize(..8) {
        0 => format!("{x}<a href=\"/tag/x\" target=_blank>{y}</a>{z}"),
        1 => format!("{x}<strong>{y}</strong>{z}"),
        2 => format!("<span style=\"font-family:x\">{x}</span><span>{y}{z}</span>"),
        3 => format!("{x}\u{200b}{y}\u{feff}{z}"),
        4 => format!("<font color=#333>{x}{y}<font size=2>{z}</font></font>"),
        5 => format!("{x}<!-- ad -->{y}<wbr>{z}"),
        6 if y.chars().count() > 4 => format!("{x}{y}<span style=\"display:none\">qx7 jammer 88</span>{z}"),
        _ => format!("{x}{y}{z}"),
    }
}

fn inline_paragraphs(s: &Story<'_>, rng: &mut Rng) -> Vec<String> {
    s.blocks.iter().map(|block| format!("<p>{}</p>", inline(block, rng))).collect()
}

fn menu(lang: Lang) -> String {
    let words = lang.pick([
        ["首页", "新闻", "视频", "登录", "关于我们"],
        ["首頁", "新聞", "影音", "登入", "關於我們"],
        ["ホーム", "ニュース", "動画", "ログイン", "会社概要"],
        ["Home", "News", "Video", "Log in", "About us"],
    ]);
    words.iter().map(|w| format!("<li><a href=/m>{w}</a></li>")).collect()
}

fn date(lang: Lang) -> &'static str {
    lang.pick(["2022年5月6日 07:08", "2022-05-06 07:08", "2022年5月6日 7時8分", "May 6, 2022 7:08 am"])
}

fn rights(lang: Lang) -> &'static str {
    lang.pick([
        "版权所有，未经授权禁止转载。",
        "版權所有，未經授權禁止轉載。",
        "無断転載を禁じます。",
        "All rights reserved.",
    ])
}

/// A news site with everything between the paragraphs.
pub fn busy_news(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let blocks = inline_paragraphs(s, rng);
    let pieces = 2 + rng.usize(..4);
    format!(
        "<!doctype html><html lang={lang}><head><meta charset=utf-8><title>{t} - {site}</title><meta property=\"og:title\" content=\"{t}\">\
         <meta property=\"og:site_name\" content=\"{site}\"></head><body>{cookie}<header><ul class=menu>{menu}</ul></header><main>\
         <article><h1>{t}</h1><div class=\"article-meta\"><span class=author>{a}</span> <time>{d}</time></div>\
         <div class=\"article-body\">{body}</div></article>{comments}</main><aside class=sidebar><ul>{l}</ul></aside>\
         <footer><p>© 2024 {site} {r}</p></footer></body></html>",
        lang = s.lang.tag(),
        site = s.lang.pick(["某某日报", "某某日報", "某某新聞", "The Some Daily"]),
        t = escape(s.title),
        a = escape(s.author),
        d = date(s.lang),
        r = rights(s.lang),
        cookie = cookie_banner(s.lang),
        menu = menu(s.lang),
        body = among(&blocks, pieces, s, rng),
        comments = comments(s, rng, 4),
        l = links(s, rng, 6)
    )
    .into_bytes()
}

/// A magazine: a lead above the text, a drop cap, sections, the author below.
pub fn magazine(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let mut blocks = inline_paragraphs(s, rng);
    if let Some(first) = s.blocks.first().and_then(|b| b.chars().next()).filter(|c| c.is_alphanumeric()) {
        let rest: String = s.blocks[0].chars().skip(1).collect();
        blocks[0] = format!("<p><span class=dropcap>{first}</span>{}</p>", escape(&rest));
    }
    let lead = s.lang.pick([
        "编者说：这是一篇值得慢慢读的文章。",
        "編者說：這是一篇值得慢慢讀的文章。",
        "じっくり読みたい一本です。",
        "A story that is worth your time.",
    ]);
    format!(
        "<!doctype html><html lang={lang}><head><meta charset=utf-8><title>{t}</title></head><body><div class=topbar><ul>{menu}</ul></div>\
         <div class=hero><h1>{t}</h1><p class=standfirst>{lead}</p><p class=byline>{a} | {d}</p></div><section class=story>{body}</section>\
         <section class=more><h2>{m}</h2>{cards}</section></body></html>",
        lang = s.lang.tag(),
        t = escape(s.title),
        menu = menu(s.lang),
        a = escape(s.author),
        d = date(s.lang),
        body = among(&blocks, 2, s, rng),
        m = s.lang.pick(["更多", "更多", "もっと見る", "More"]),
        cards = (0..4)
            .map(|_| {
                let (title, blocks) = other(s, rng);
                format!("<div><h3>{}</h3><p>{}</p></div>", escape(title), escape(blocks.first().map_or("", |b| b)))
            })
            .collect::<String>()
    )
    .into_bytes()
}

/// A forum thread: the article is the first post, the answers follow.
pub fn forum(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let body = s.blocks.iter().map(|b| inline(b, rng)).collect::<Vec<_>>().join("<br />\n<br />\n");
    let jammer = "<font class=\"jammer\" style=\"font-size:0px;display:none\">k3 q9 z</font>";
    let answers: String = (2..6)
        .map(|n| {
            let (_, blocks) = other(s, rng);
            format!(
                "<div id=post_{n}><div class=authi>user{n}</div><td class=t_f>{}</td><div class=sign>…</div></div>",
                escape(blocks.first().map_or("", |b| b))
            )
        })
        .collect();
    format!(
        "<html><head><meta charset=utf-8><title>{t} - BBS - Powered by X!</title></head><body><div id=nv>{menu}</div><div id=postlist>\
         <h1 class=ts><span id=thread_subject>{t}</span></h1><div id=post_1><div class=authi>{a} | {d}</div><table><tr><td class=t_f>{body}{jammer}\
         </td></tr></table><div class=pct>{tools}</div></div>{answers}</div></body></html>",
        t = escape(s.title),
        menu = menu(s.lang),
        a = escape(s.author),
        d = date(s.lang),
        tools = s.lang.pick(["收藏 分享 举报", "收藏 分享 檢舉", "返信 引用", "Reply Quote Report"]),
    )
    .into_bytes()
}

/// Tables in tables, fonts, hard blanks, no heading.
pub fn old_table(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let body: String = s
        .blocks
        .iter()
        .map(|b| format!("<P ALIGN=justify>&nbsp;&nbsp;&nbsp; <FONT SIZE=3>{}</FONT>\n", inline(b, rng)))
        .collect();
    format!(
        "<HTML><HEAD><META HTTP-EQUIV=Content-Type CONTENT=\"text/html; charset=utf-8\"><TITLE>{t}</TITLE></HEAD><BODY><TABLE><TR><TD><UL>{menu}</UL></TD>\
         <TD><TABLE><TR><TD><B><FONT SIZE=5>{t}</FONT></B></TD></TR><TR><TD>{d}<HR>{body}\
         <TABLE ALIGN=right><TR><TD>{ad}</TD></TR></TABLE></TD></TR><TR><TD><A HREF=#>Top</A></TD></TR></TABLE></TD></TR></TABLE></BODY></HTML>",
        t = escape(s.title),
        menu = menu(s.lang),
        d = date(s.lang),
        ad = s.lang.pick(["广告", "廣告", "広告", "Advertisement"]),
    )
    .into_bytes()
}

/// A page for telephones: each sentence or two a paragraph of its own.
pub fn mobile(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let mut blocks = Vec::new();
    for block in s.blocks {
        let ranges: Vec<_> = driftline::text::sentence::sentence_ranges(block).collect();
        for pair in ranges.chunks(1 + rng.usize(..2)) {
            if let (Some(first), Some(last)) = (pair.first(), pair.last()) {
                blocks.push(format!(
                    "<p class=txt>{}</p>",
                    escape(block.get(first.start..last.end).unwrap_or(""))
                ));
            }
        }
    }
    format!(
        "<!doctype html><html lang={lang}><head><meta charset=utf-8><meta name=viewport content=x><title>{t}</title></head><body>\
         <div class=top-app>{app}</div><h1 class=title>{t}</h1><div class=info>{a} {d}</div><div class=cnt>{body}</div>\
         <div class=btn>{all}</div></body></html>",
        lang = s.lang.tag(),
        app = s.lang.pick(["打开App", "開啟App", "アプリで開く", "Open the app"]),
        t = escape(s.title),
        a = escape(s.author),
        d = date(s.lang),
        body = among(&blocks, 2, s, rng),
        all = s.lang.pick(["展开全文", "展開全文", "続きを読む", "Show more"]),
    )
    .into_bytes()
}

/// Every paragraph in boxes of its own, names that say nothing.
pub fn components(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let blocks: Vec<String> = s
        .blocks
        .iter()
        .map(|b| {
            format!(
                "<div data-component=\"text-block\" class=\"ssrcss-uf6wea\"><div class=\"css-{}\"><p class=\"css-1f\"><b></b>{}</p></div></div>",
                rng.u32(100..999),
                inline(b, rng)
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang={lang}><head><meta charset=utf-8><title>{t} | X</title></head><body><div id=app><div class=\"css-9\"><ul>{menu}</ul></div>\
         <div role=main><div class=\"css-1\"><h1 class=\"css-2\">{t}</h1></div>{body}</div><div class=css-8><ul>{l}</ul></div></div></body></html>",
        lang = s.lang.tag(),
        t = escape(s.title),
        menu = menu(s.lang),
        body = among(&blocks, 3, s, rng),
        l = links(s, rng, 6),
    )
    .into_bytes()
}

/// A generated blog: contents above, footnote marks, earlier and later posts below.
pub fn static_blog(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let mut blocks = inline_paragraphs(s, rng);
    for (n, block) in blocks.iter_mut().enumerate().skip(1).step_by(3) {
        *block = block.replace("</p>", &format!("<sup id=r{n}><a href=#f{n}>[{n}]</a></sup></p>"));
    }
    let head = s.lang.pick(["目录", "目錄", "目次", "Table of contents"]);
    format!(
        "<!doctype html><html lang={lang}><head><meta charset=utf-8><title>{t} · {a}</title></head><body><div class=post><h1>{t}</h1>\
         <p class=meta>{d} · 5 min</p><div class=post-content><nav id=TableOfContents>{head}<ul><li><a href=#a>1</a></li></ul></nav>{body}</div>\
         <div class=pagination><a href=/p>« {o}</a></div></div><div id=disqus_thread></div></body></html>",
        lang = s.lang.tag(),
        t = escape(s.title),
        a = escape(s.author),
        d = date(s.lang),
        o = escape(&other(s, rng).0),
        body = among(&blocks, 1, s, rng),
    )
    .into_bytes()
}

/// One box, lines that end in single breaks, full-width blanks before them.
pub fn lines(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let body: String = s.blocks.iter().map(|b| format!("\u{3000}\u{3000}{}<br>\n", inline(b, rng))).collect();
    format!(
        "<!doctype html><html><head><meta charset=utf-8><title>{t}_{site}</title></head><body><div class=location><a href=/>{home}</a> &gt; {t}</div>\
         <div class=show_title>{t} {d}</div><div class=show_text>{body}<br>【{share}】</div><div class=page>{l}</div></body></html>",
        t = escape(s.title),
        site = s.lang.pick(["某某网", "某某網", "某ニュース", "Some Site"]),
        home = s.lang.pick(["首页", "首頁", "ホーム", "Home"]),
        d = date(s.lang),
        share = s.lang.pick(["关闭窗口", "關閉視窗", "閉じる", "Close"]),
        l = links(s, rng, 3),
    )
    .into_bytes()
}

/// Text and line breaks in the body itself.
pub fn no_markup(s: &Story<'_>, _: &mut Rng) -> Vec<u8> {
    let body = s.blocks.iter().map(|b| escape(b)).collect::<Vec<_>>().join("\n\n");
    format!(
        "<html><head><title>{t}</title></head><body><pre>\n{t}\n\n{body}\n</pre></body></html>",
        t = escape(s.title)
    )
    .into_bytes()
}

/// AMP: custom elements, a summary in JSON-LD that is not the text.
pub fn amp(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let summary: String = s.blocks.concat().chars().take(120).collect();
    let data = serde_json::json!({"@context": "https://schema.org", "@type": "NewsArticle", "headline": s.title,
        "description": summary, "articleBody": summary, "author": [{"name": s.author}], "datePublished": "2022-05-06T07:08:00+08:00"});
    let blocks = inline_paragraphs(s, rng);
    format!(
        "<!doctype html><html amp lang={lang}><head><meta charset=utf-8><title>{t}</title><script type=\"application/ld+json\">{data}</script></head>\
         <body><amp-sidebar><ul>{menu}</ul></amp-sidebar><amp-consent id=c><div><p>{c}</p></div></amp-consent><article><h1>{t}</h1>{body}\
         <amp-list><ul>{l}</ul></amp-list></article></body></html>",
        lang = s.lang.tag(),
        t = escape(s.title),
        data = data.to_string().replace("</", "<\\/"),
        menu = menu(s.lang),
        c = cookie_banner(s.lang),
        body = among(&blocks, 2, s, rng),
        l = links(s, rng, 4),
    )
    .into_bytes()
}

/// A page that scripts fill, paragraphs one by one in its state, boilerplate among them.
pub fn nuxt(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let mut parts = Vec::new();
    for (n, block) in s.blocks.iter().enumerate() {
        parts.push(serde_json::json!({"type": "paragraph", "text": block}));
        if n == 1 {
            let (title, blocks) = other(s, rng);
            let teaser: String = blocks.first().map(|b| b.chars().take(70).collect()).unwrap_or_default();
            parts
                .push(serde_json::json!({"type": "related", "items": [{"title": title, "summary": teaser}]}));
        }
    }
    let data = serde_json::json!({"state": {"article": {"headline": s.title, "body": parts, "author": s.author}, "menu": ["a", "b"]}});
    format!(
        "<!doctype html><html lang={lang}><head><meta charset=utf-8><title>{t}</title></head><body><div id=__nuxt></div>\
         <script>window.__NUXT__={data};</script></body></html>",
        lang = s.lang.tag(),
        t = escape(s.title),
        data = data.to_string().replace("</", "<\\/")
    )
    .into_bytes()
}

/// The page in the character set of its language and time, undeclared.
pub fn legacy_charset(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let html = format!(
        "<html><head><title>{t}</title></head><body><div><a href=/>{home}</a></div><h2>{t}</h2><div class=main>{p}</div><ul>{l}</ul></body></html>",
        t = escape(s.title),
        home = s.lang.pick(["首页", "首頁", "ホーム", "Home"]),
        p = paragraphs(s.blocks),
        l = links(s, rng, 3),
    );
    // What a character set cannot hold becomes a numeric reference, as in a browser's form.
    let set =
        s.lang.pick([encoding_rs::GBK, encoding_rs::BIG5, encoding_rs::SHIFT_JIS, encoding_rs::WINDOWS_1252]);
    set.encode(&html).0.into_owned()
}
