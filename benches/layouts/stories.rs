//! Made-up articles in four languages: sentences put together by chance, with figures, dates, names.

use driftline::text::PageText;
use fastrand::Rng;

use crate::model::Lang;

struct Words {
    who: &'static [&'static str],
    says: &'static [&'static str],
    about: &'static [&'static str],
    then: &'static [&'static str],
    glue: &'static str,
}

const SIMPLIFIED: Words = Words {
    who: &[
        "市政府发言人",
        "王建国先生",
        "当地居民李梅",
        "研究人员",
        "记者陈志明",
        "工会代表",
        "医院院长",
        "船长赵大海",
        "气象部门",
    ],
    says: &["表示", "宣布", "认为", "证实", "告诉本报", "要求", "担心"],
    about: &[
        "今年的预算",
        "河上的旧桥",
        "新的课程",
        "医院的扩建",
        "港口的罢工",
        "夏天的旱情",
        "图书馆的藏书",
        "铁路的票价",
        "“渔船归港”的计划",
    ],
    then: &[
        "将会在下个月完成",
        "比去年增加了许多",
        "会影响到附近的家庭",
        "还没有最后的结论",
        "已经拖延了很久",
        "会在年底之前解决",
    ],
    glue: "，",
};

const TRADITIONAL: Words = Words {
    who: &[
        "市政府發言人",
        "王建國先生",
        "當地居民李梅",
        "研究人員",
        "記者陳志明",
        "工會代表",
        "醫院院長",
        "船長趙大海",
        "氣象部門",
    ],
    says: &["表示", "宣布", "認為", "證實", "告訴本報", "要求", "擔心"],
    about: &[
        "今年的預算",
        "河上的舊橋",
        "新的課程",
        "醫院的擴建",
        "港口的罷工",
        "夏天的旱情",
        "圖書館的藏書",
        "鐵路的票價",
        "「漁船歸港」的計畫",
    ],
    then: &[
        "將會在下個月完成",
        "比去年增加了許多",
        "會影響到附近的家庭",
        "還沒有最後的結論",
        "已經拖延了很久",
        "會在年底之前解決",
    ],
    glue: "，",
};

const JAPANESE: Words = Words {
    who: &[
        "市の広報担当者は",
        "田中一郎さんは",
        "近くに住む山本さんは",
        "研究チームは",
        "佐藤記者の取材に対し店主は",
        "組合の代表は",
        "病院の院長は",
        "船長は",
        "気象台は",
    ],
    says: &["発表で", "会見で", "取材に対して", "声明の中で", "会議の席で", "昨日"],
    about: &[
        "今年の予算が",
        "川に架かる古い橋が",
        "新しい授業が",
        "病院の増築が",
        "港のストライキが",
        "夏の水不足が",
        "図書館の蔵書が",
        "鉄道の運賃が",
    ],
    then: &[
        "来月までに決まります",
        "去年より増えたと述べました",
        "近くの家庭に影響します",
        "年末までに解決すると述べました",
        "長い間遅れていると話します",
    ],
    glue: "、",
};

const ENGLISH: Words = Words {
    who: &[
        "A spokesman for the city",
        "Mr. Peter Brown",
        "Jane Miller, who lives nearby,",
        "The research team",
        "The union",
        "The head of the hospital",
        "Captain Harris",
        "The weather office",
    ],
    says: &["said", "announced", "told this paper", "confirmed", "argued", "wrote in a statement"],
    about: &[
        "that the budget of this year",
        "that the old bridge over the river",
        "that the new course",
        "that the wing of the hospital",
        "that the strike in the harbour",
        "that the drought of the summer",
        "that the “open library” plan",
    ],
    then: &[
        "will be settled within a month",
        "has grown since last year",
        "will touch many families",
        "was delayed for a long time",
        "will be solved before winter",
    ],
    glue: " ",
};

fn sentence(lang: Lang, rng: &mut Rng) -> String {
    let words = [&SIMPLIFIED, &TRADITIONAL, &JAPANESE, &ENGLISH][lang as usize];
    let pick = |list: &[&'static str], rng: &mut Rng| list[rng.usize(..list.len())];
    let (who, says, about, then) =
        (pick(words.who, rng), pick(words.says, rng), pick(words.about, rng), pick(words.then, rng));
    let (number, day, month) = (rng.u32(12..90_000), rng.u32(1..29), rng.u32(1..13));
    match lang {
        Lang::Simplified | Lang::Traditional => {
            format!("{who}{says}{}{about}{then}，涉及{number}人，日期是{month}月{day}日。", words.glue)
        }
        Lang::Japanese => {
            format!("{who}{says}{}{month}月{day}日に{number}人が関わる{about}{then}。", words.glue)
        }
        Lang::English => {
            let months = ["January", "March", "May", "July", "August", "October"];
            format!("{who} {says} on {} {day} {about} of {number} people {then}.", months[month as usize % 6])
        }
    }
}

/// An article.
pub fn made_up(lang: Lang, n: u64) -> PageText {
    let mut rng = Rng::with_seed(n * 4 + lang as u64);
    let glue = if lang == Lang::English { " " } else { "" };
    let blocks = (0..rng.usize(5..14))
        .map(|_| (0..rng.usize(2..5)).map(|_| sentence(lang, &mut rng)).collect::<Vec<_>>().join(glue).into())
        .collect();
    let place = |rng: &mut Rng| rng.u32(2..999);
    let title = match lang {
        Lang::Simplified => format!("第{}区的居民等待关于旧桥的决定", place(&mut rng)),
        Lang::Traditional => format!("第{}區的居民等待關於舊橋的決定", place(&mut rng)),
        Lang::Japanese => format!("第{}地区の住民、橋の決定を待つ", place(&mut rng)),
        Lang::English => {
            format!("Residents of district {} wait for a decision on the bridge", place(&mut rng))
        }
    };
    PageText { title, blocks, ..PageText::default() }
}

/// The language of a text that people wrote, by the characters that only one of them has.
pub fn language(text: &str) -> Lang {
    let count = |of: fn(char) -> bool| text.chars().filter(|c| of(*c)).count();
    let kana = count(|c| matches!(c, '\u{3041}'..='\u{30fa}'));
    let han = count(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
    let traditional = count(|c| "這國說為們個會發後來時過對還沒與從".contains(c));
    let simplified = count(|c| "这国说为们个会发后来时过对还没与从".contains(c) && !"后来没".contains(c));
    match () {
        () if kana * 5 > han && kana > 20 => Lang::Japanese,
        () if han * 4 < text.chars().filter(|c| c.is_alphabetic()).count() => Lang::English,
        () if traditional > simplified => Lang::Traditional,
        () => Lang::Simplified,
    }
}
