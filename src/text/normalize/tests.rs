use super::writer::ideograph_run;
use super::*;

#[test]
fn differences_that_do_not_count_are_folded() {
    assert_eq!(full_normal_form("「轉載」，自 ＧＮｅｗｓ！"), full_normal_form("\"转载\",自GNews!"));
    assert_eq!(full_normal_form("e\u{301}tude ﬁn"), full_normal_form("étude fin"));
    assert_eq!(full_normal_form("ﾃﾞｰﾀ"), full_normal_form("データ"));
    assert_eq!(full_normal_form("零\u{200b}宽"), "零宽");
    assert_eq!(text_fingerprint("臺灣 ，好。"), text_fingerprint("台湾,好"));
}

#[test]
fn numbers_are_left_alone() {
    assert_ne!(full_normal_form("涨了3.5%"), full_normal_form("涨了35%"));
    assert_ne!(full_normal_form("占5%"), full_normal_form("占5"));
    assert_eq!(full_normal_form("占５％。"), full_normal_form("占5%"));
    assert_eq!(full_normal_form("2019.他"), "2019他");
    assert_eq!(full_normal_form("1,000人"), "1000人");
    assert_eq!(full_normal_form("2022，3月"), full_normal_form("2022, 3月"));
    assert_eq!(full_normal_form("15\u{200b}.\u{feff}8万"), full_normal_form("15.8万"));
    assert_ne!(full_normal_form("他不去"), full_normal_form("他去"));
}

#[test]
fn marks_that_carry_the_meaning_of_a_figure_stay() {
    for (a, b) in [
        ("气温为-5度", "气温为5度"),
        ("It was −5 there.", "It was 5 there."),
        ("增长+3.5%", "增长-3.5%"),
        ("罚款$500", "罚款€500"),
        ("costs £5", "costs 5"),
        ("比分是3:2", "比分是32"),
        ("比分是3-2", "比分是32"),
        ("约2/3的人", "约23的人"),
        ("身高≥180", "身高≤180"),
        ("p < 0.05", "p > 0.05"),
        ("3×4", "34"),
        ("3+4", "34"),
        ("占5%", "占5"),
    ] {
        assert_ne!(full_normal_form(a), full_normal_form(b), "{a} {b}");
    }
}

#[test]
fn the_same_figure_in_other_marks_is_equal() {
    for (a, b) in [
        ("占5 %", "占5%"),
        ("5\u{202f}% des voix", "5% des voix"),
        ("3-2", "3–2"),
        ("3-2", "3—2"),
        ("3～2", "3-2"),
        ("3 - 2", "3-2"),
        ("１：３", "1:3"),
        ("½", "1/2"),
        ("2021-03-04", "2021/03/04"),
        ("2019年-2021年", "2019年—2021年"),
        ("2019年-2021年", "2019年～2021年"),
        ("5度-10度", "5度~10度"),
        ("COVID-19", "COVID 19"),
        ("他说——5个人", "他说，5个人"),
        ("- 5个人", "5个人"),
        ("首页 > 新闻", "首页 | 新闻"),
        ("2020 +15%", "2020 15%"),
        ("5--他", "5他"),
        ("THE END", "The end"),
    ] {
        assert_eq!(full_normal_form(a), full_normal_form(b), "{a} {b}");
    }
}

#[test]
fn arabic_is_the_same_with_and_without_what_may_be_left_out() {
    for (a, b) in [
        ("عام ١٩٨٨", "عام 1988"),
        ("العبّـــارة", "العبارة"),
        ("كِتَابٌ", "كتاب"),
        ("علی کتاب", "على كتاب"),
        ("نسبة ٣٫٥٪، أي", "نسبة 3.5%, أي"),
    ] {
        assert_eq!(full_normal_form(a), full_normal_form(b), "{a} {b}");
    }
    assert_ne!(full_normal_form("١٩٨٨"), full_normal_form("1989"));
    let forms = NormalForms { script: false, ..NormalForms::default() };
    assert_ne!(normal_form("١٩٨٨", &forms), normal_form("1988", &forms));
}

#[test]
fn steps_can_be_switched_off() {
    let forms = NormalForms { script: false, ..NormalForms::default() };
    assert_ne!(normal_form("台灣", &forms), normal_form("台湾", &forms));
    let forms = NormalForms { punctuation: false, ..NormalForms::default() };
    assert_eq!(normal_form("好，。", &forms), normal_form("好 ,.", &forms));
    assert_ne!(normal_form("好！", &forms), normal_form("好？", &forms));
    assert_eq!(normal_form("a  *b*", &NormalForms::all_off()), "a  *b*");
    assert_eq!(NormalForms::default().enabled_names().len(), 9);
    let forms = NormalForms { letter_case: false, ..NormalForms::default() };
    assert_ne!(normal_form("The", &forms), normal_form("THE", &forms));
}

proptest::proptest! {
    /// However a text is cut into runs, its form is that of its characters one by one.
    #[test]
    fn runs_hold_what_their_characters_do(text in "([一-十万轉载灣が。，０-９Ａ-Ｃ～ 0-9a-c.,:%+\\x{3099}\\x{301}\\x{200b}-]|\\PC)*") {
        for forms in [
            NormalForms::default(),
            NormalForms { script: false, ..NormalForms::default() },
            NormalForms::all_off(),
        ] {
            let mut units = Vec::new();
            for_each_normal_char(&text, &forms, |unit| units.push(unit));
            let by_units: String = units.iter().map(|unit| unit.c).collect();
            assert_eq!(normal_form(&text, &forms), by_units);
            assert!(units.is_sorted_by_key(|unit| unit.at));
            // One by one: a letter's neighbours change it only where they are marks or figures.
            let alone = |unit: &NormalChar| text[unit.at..].chars().next().map(|c| c.to_string());
            for unit in &units {
                let Some(raw) = alone(unit).filter(|raw| !ideograph_run(raw, 0).is_empty()) else {
                    continue;
                };
                assert_eq!(normal_form(&raw, &forms), unit.c.to_string());
            }
        }
    }
}

#[test]
fn runs_hold_ideographs_alone() {
    for c in '\0'..=char::MAX {
        let held = ('\u{4e00}'..='\u{9fff}').contains(&c);
        assert_eq!(ideograph_run(&format!("{c}a"), 0).len(), if held { 3 } else { 0 }, "{c:?}");
    }
    assert_eq!(ideograph_run("甲乙丙\u{301}", 0), "甲乙");
    assert_eq!(ideograph_run("甲", 0), "甲");
}

#[test]
fn units_know_where_they_come_from() {
    let text = "「ＡＢ」 灣";
    let mut units = Vec::new();
    for_each_normal_char(text, &NormalForms::default(), |unit| units.push(unit));
    let found: Vec<char> = units.iter().filter_map(|unit| text[unit.at..].chars().next()).collect();
    assert_eq!(found, ['Ａ', 'Ｂ', '灣']);
}
