//! Decides the language of a page: what it declares, where its text agrees, else what the text says.
//!
//! Templates declare `en` over Chinese text, and `zh-CN` over traditional text, while a text shows its
//! script. Chinese, Japanese and Korean are recognised by their characters here, since whatlang does not
//! distinguish simplified from traditional; whatlang recognises the languages of other scripts.

use whatlang::{Detector, Lang};

use crate::text::normalize;

/// How many characters of a text are examined for its script.
const SAMPLE: usize = 1500;
/// How many characters of it whatlang gets, whose time grows with them: 0.05 ms for these.
const WORD_SAMPLE: usize = 600;
/// A text with fewer letters does not show its language.
const MIN_LETTERS: usize = 8;
/// A detected language with a lower confidence counts for nothing.
const MIN_CONFIDENCE: f64 = 0.5;
/// A text with fewer letters does not contradict its declaration where the detection is unsure.
const MIN_PAIR_LETTERS: usize = 40;
/// Common characters whose two forms differ, simplified and traditional in the same order.
const SIMPLIFIED: &str =
    "这国说为们个会发时对还与从东车长见书无关万产业务动员实现经济报导问题办让没议声听门马鱼鸟龙";
const TRADITIONAL: &str =
    "這國說為們個會發時對還與從東車長見書無關萬產業務動員實現經濟報導問題辦讓沒議聲聽門馬魚鳥龍";

/// Languages that whatlang finds in short texts of other languages, and which hardly any page is in.
const UNLIKELY: [Lang; 7] = [Lang::Epo, Lang::Lat, Lang::Jav, Lang::Aka, Lang::Sna, Lang::Zul, Lang::Tuk];

/// Languages so close to each other that a declaration knows better than a detection.
const CLOSE_LANGUAGES: [&[&str]; 6] = [
    &["nb", "nn", "no", "da", "sv"],
    &["hr", "sr", "bs", "sl", "me"],
    &["id", "ms", "jv", "su"],
    &["cs", "sk"],
    &["ru", "uk", "be", "bg", "mk", "sr"],
    &["es", "ca", "gl", "pt"],
];

/// Languages that are not written in Latin letters.
const NOT_LATIN: [&str; 30] = [
    "zh", "ja", "ko", "ru", "uk", "be", "bg", "mk", "kk", "ky", "tg", "mn", "el", "ar", "fa", "ur", "he",
    "yi", "th", "hi", "bn", "ta", "te", "ka", "hy", "am", "ne", "mr", "my", "km",
];
/// Languages that are written in Cyrillic letters.
const CYRILLIC: [&str; 11] = ["ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "tt"];

/// The two-letter codes of whatlang's languages (ISO 639-1).
const CODES: [(Lang, &str); 53] = [
    (Lang::Afr, "af"),
    (Lang::Amh, "am"),
    (Lang::Ara, "ar"),
    (Lang::Aze, "az"),
    (Lang::Bel, "be"),
    (Lang::Ben, "bn"),
    (Lang::Bul, "bg"),
    (Lang::Cat, "ca"),
    (Lang::Ces, "cs"),
    (Lang::Cym, "cy"),
    (Lang::Dan, "da"),
    (Lang::Deu, "de"),
    (Lang::Ell, "el"),
    (Lang::Eng, "en"),
    (Lang::Est, "et"),
    (Lang::Fin, "fi"),
    (Lang::Fra, "fr"),
    (Lang::Guj, "gu"),
    (Lang::Heb, "he"),
    (Lang::Hin, "hi"),
    (Lang::Hrv, "hr"),
    (Lang::Hun, "hu"),
    (Lang::Hye, "hy"),
    (Lang::Ind, "id"),
    (Lang::Ita, "it"),
    (Lang::Kan, "kn"),
    (Lang::Kat, "ka"),
    (Lang::Khm, "km"),
    (Lang::Lav, "lv"),
    (Lang::Lit, "lt"),
    (Lang::Mal, "ml"),
    (Lang::Mar, "mr"),
    (Lang::Mkd, "mk"),
    (Lang::Mya, "my"),
    (Lang::Nep, "ne"),
    (Lang::Nld, "nl"),
    (Lang::Nob, "nb"),
    (Lang::Pan, "pa"),
    (Lang::Pes, "fa"),
    (Lang::Pol, "pl"),
    (Lang::Por, "pt"),
    (Lang::Ron, "ro"),
    (Lang::Rus, "ru"),
    (Lang::Slk, "sk"),
    (Lang::Slv, "sl"),
    (Lang::Spa, "es"),
    (Lang::Srp, "sr"),
    (Lang::Swe, "sv"),
    (Lang::Tam, "ta"),
    (Lang::Tha, "th"),
    (Lang::Tur, "tr"),
    (Lang::Ukr, "uk"),
    (Lang::Vie, "vi"),
];

/// How many letters of each script a text has.
#[derive(Default)]
struct ScriptCounts {
    han: usize,
    kana: usize,
    hangul: usize,
    latin: usize,
    cyrillic: usize,
    other: usize,
    simplified: usize,
    traditional: usize,
}

impl ScriptCounts {
    fn from_text(text: &str) -> Self {
        let mut counts = Self::default();
        for c in text.chars().take(SAMPLE).filter(|c| c.is_alphabetic() && !normalize::is_invisible(*c)) {
            match u32::from(c) {
                0x41..=0x24F | 0x1E00..=0x1EFF | 0xFF21..=0xFF5A => counts.latin += 1,
                0x400..=0x52F => counts.cyrillic += 1,
                0x3041..=0x30FF | 0xFF66..=0xFF9D => counts.kana += 1,
                0x1100..=0x11FF | 0xAC00..=0xD7AF => counts.hangul += 1,
                0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF => {
                    counts.han += 1;
                    counts.simplified += usize::from(SIMPLIFIED.contains(c));
                    counts.traditional += usize::from(TRADITIONAL.contains(c));
                }
                _ => counts.other += 1,
            }
        }
        counts
    }

    fn count_letters(&self) -> usize {
        self.han + self.kana + self.hangul + self.latin + self.cyrillic + self.other
    }

    /// Whether most of the text is in Latin letters, of which a few say as much as one Chinese character.
    fn is_latin(&self) -> bool {
        self.latin > (self.han + self.kana + self.hangul) * 3 && self.latin > self.cyrillic + self.other
    }

    /// The script of a Chinese text, where it clearly is one of the two.
    fn chinese_script(&self) -> Option<&'static str> {
        match () {
            () if self.simplified >= 2 && self.simplified > self.traditional * 3 => Some("zh-Hans"),
            () if self.traditional >= 2 && self.traditional > self.simplified * 3 => Some("zh-Hant"),
            () => None,
        }
    }
}

/// The language of a text that declares none, as a BCP 47 tag; empty where the text does not show it.
pub fn detect_language(text: &str) -> String {
    page_language("", text)
}

/// The language of a text as a BCP 47 tag (`zh-Hans`, `zh-Hant`, `ja`, `en` …), given what its page
/// declares; empty where neither shows it.
pub fn page_language(declared: &str, text: &str) -> String {
    let declared =
        declared.split([',', ';']).next().unwrap_or_default().trim().replace('_', "-").to_lowercase();
    let mut parts = declared.split('-');
    let primary = parts.next().unwrap_or_default();
    let subtags: Vec<&str> = parts.collect();
    let script = ScriptCounts::from_text(text);
    if script.count_letters() < MIN_LETTERS {
        return language_tag(primary, &subtags, None);
    }
    let asian = script.han + script.kana;
    match () {
        () if script.is_latin() => detect_by_words(text, primary, |tag| !NOT_LATIN.contains(&tag)),
        () if script.kana >= 3 && script.kana * 10 > asian => "ja".to_owned(),
        () if script.hangul > asian => "ko".to_owned(),
        // A Japanese headline may be all Chinese characters.
        () if asian > 0 && primary == "ja" && script.simplified == 0 && asian < 40 => "ja".to_owned(),
        () if asian > script.cyrillic + script.other => language_tag("zh", &subtags, script.chinese_script()),
        () if script.cyrillic > script.other => detect_by_words(text, primary, |tag| CYRILLIC.contains(&tag)),
        () => detect_by_words(text, primary, |tag| {
            NOT_LATIN.contains(&tag) && !CYRILLIC.contains(&tag) && !["zh", "ja", "ko"].contains(&tag)
        }),
    }
}

/// The language of a text by whatlang, or the declared one where that is unsure. `may_be` says whether a
/// language is written in the text's script.
fn detect_by_words(text: &str, declared: &str, may_be: impl Fn(&str) -> bool) -> String {
    let sample: String = text.chars().take(WORD_SAMPLE).collect();
    let found = Detector::with_denylist(UNLIKELY.to_vec()).detect(&sample);
    let detected = found.as_ref().and_then(|info| Some((two_letter_code(info.lang())?, info)));
    let declared = language_tag(declared, &[], None);
    let is_plausible = !declared.is_empty() && may_be(&declared);
    let Some((code, info)) = detected else {
        return if is_plausible { declared } else { String::new() };
    };
    if !is_plausible {
        let is_sure = info.is_reliable() || info.confidence() >= MIN_CONFIDENCE;
        return if is_sure { code.to_owned() } else { String::new() };
    }
    let is_close = CLOSE_LANGUAGES.iter().any(|group| group.contains(&code) && group.contains(&&*declared));
    let known = CODES.iter().find(|(_, code)| *code == declared);
    let Some((declared_lang, _)) = known.filter(|_| !is_close) else {
        // whatlang does not know the declared language, or hardly distinguishes it from the detected one.
        return declared;
    };
    // The detection may be unsure among close languages and still rule out the declared one.
    let rules_out_declared = || {
        let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
        let pair = Detector::with_allowlist(vec![*declared_lang, info.lang()]).detect(&sample);
        letters >= MIN_PAIR_LETTERS
            && pair.is_some_and(|pair| pair.is_reliable() && pair.lang() == info.lang())
    };
    if info.is_reliable() || rules_out_declared() { code.to_owned() } else { declared }
}

fn two_letter_code(lang: Lang) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == lang).map(|(_, code)| *code)
}

/// A declared tag in the usual form; for Chinese the script, which regions imply.
fn language_tag(primary: &str, subtags: &[&str], script: Option<&str>) -> String {
    if primary != "zh" {
        let is_code = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_lowercase());
        return if is_code { primary.to_owned() } else { String::new() };
    }
    let has = |names: &[&str]| subtags.iter().any(|tag| names.contains(tag));
    match script {
        Some(script) => script.to_owned(),
        None if has(&["hant", "tw", "hk", "mo"]) => "zh-Hant".to_owned(),
        None if has(&["hans", "cn", "sg", "my"]) => "zh-Hans".to_owned(),
        None => "zh".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_decides_where_it_contradicts() {
        let simplified = "这是一个发生在中国的故事，他们说还会有更多的问题。";
        let traditional = "這是一個發生在中國的故事，他們說還會有更多的問題。";
        let ja = "これは中国で起きた話で、彼らはもっと問題があると言った。";
        let en = "This is the story of a town that was saved by the river and its people.";
        for (declared, text, wanted) in [
            ("", simplified, "zh-Hans"),
            ("en-US", simplified, "zh-Hans"),
            ("zh-CN", traditional, "zh-Hant"),
            ("zh_TW", "山水之間", "zh-Hant"),
            ("zh-CN", "山水之間有人家在，一江春水向海流", "zh-Hans"),
            ("zh", "山水有人家，一江春水向海流", "zh"),
            ("", ja, "ja"),
            ("zh-CN", ja, "ja"),
            ("zh-CN", en, "en"),
            ("de", "Der Fluss und die Stadt: das ist nicht mehr wie früher, sagt er.", "de"),
            ("", "이것은 강과 도시에 관한 이야기입니다", "ko"),
            ("uk", "Це історія про місто та річку", "uk"),
            ("fr-FR", "Bonjour", "fr"),
            ("", "Bonjour", ""),
            ("x-none; drop", "12 345", ""),
        ] {
            assert_eq!(page_language(declared, text), wanted, "{declared} {text}");
        }
    }

    #[test]
    fn languages_of_one_script_are_distinguished() {
        for (text, wanted) in [
            ("Міська рада вирішила у вівторок відбудувати стіну гавані. Її ще не почали.", "uk"),
            ("Городской совет решил во вторник восстановить стену гавани, которая стояла долго.", "ru"),
            ("Градският съвет реши във вторник да възстанови стената на пристанището.", "bg"),
            ("Rada miasta postanowiła we wtorek odbudować mur portu, który stał długo.", "pl"),
            (
                "Stadsfullmäktige beslutade på tisdagen att bygga om hamnmuren som hade stått i åttio år.",
                "sv",
            ),
            ("Yeni liman duvarını salı günü yeniden inşa etmeye karar verdi.", "tr"),
            ("Hội đồng thành phố đã quyết định hôm thứ Ba xây dựng lại bức tường cảng.", "vi"),
            ("Το δημοτικό συμβούλιο αποφάσισε την Τρίτη να ξαναχτίσει τον τοίχο.", "el"),
            (
                "قرر مجلس المدينة يوم الثلاثاء إعادة بناء جدار الميناء الذي ظل قائما ثمانين عاما. وقال المهندسون إن العمل سيستغرق صيفين.",
                "ar",
            ),
            ("Le conseil municipal a décidé mardi de reconstruire le mur du port.", "fr"),
        ] {
            assert_eq!(detect_language(text), wanted, "{text}");
            // A template declares its own language over any text.
            assert_eq!(page_language("en", text), wanted, "{text}");
            assert_eq!(page_language("zh-CN", text), wanted, "{text}");
        }
    }

    #[test]
    fn a_declared_language_decides_where_the_text_does_not() {
        for (declared, text, wanted) in [
            ("nn-NO", "Bystyret vedtok tysdag å byggje opp att hamnemuren som hadde stått lenge.", "nn"),
            ("no", "Byrådet vedtok tirsdag å bygge opp igjen havnemuren som hadde stått i åtti år.", "no"),
            ("kk", "Қалалық кеңес сейсенбі күні айлақ қабырғасын қайта салуға шешім қабылдады.", "kk"),
            ("ru", "Новая гавань", "ru"),
            ("en", "Новая гавань", ""),
            ("ja", "Harbour wall", ""),
        ] {
            assert_eq!(page_language(declared, text), wanted, "{declared} {text}");
        }
    }
}
