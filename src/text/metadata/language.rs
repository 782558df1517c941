//! The language of a page: what it declares, where its script agrees, else what the script says.
//!
//! Templates declare `en` over Chinese text, and `zh-CN` over traditional text; a text cannot lie
//! about its script.

use super::super::normalize;

/// How many characters of a text are looked at.
const SAMPLE: usize = 1500;
/// Fewer letters than this say nothing.
const MIN_LETTERS: usize = 8;
/// Common characters whose two forms differ, simplified and traditional in the same order.
const SIMPLIFIED: &str =
    "这国说为们个会发时对还与从东车长见书无关万产业务动员实现经济报导问题办让没议声听门马鱼鸟龙";
const TRADITIONAL: &str =
    "這國說為們個會發時對還與從東車長見書無關萬產業務動員實現經濟報導問題辦讓沒議聲聽門馬魚鳥龍";

/// Words that stand in any text of some length, by language.
const FUNCTION_WORDS: &[(&str, &[&str])] = &[
    ("en", &["the", "and", "of", "to", "that", "was", "with", "for"]),
    ("de", &["der", "die", "und", "das", "nicht", "ist", "mit", "ein"]),
    ("fr", &["le", "les", "des", "une", "est", "dans", "que", "pour"]),
    ("es", &["el", "los", "las", "una", "que", "por", "con", "del"]),
    ("pt", &["os", "uma", "não", "que", "com", "dos", "para", "mais"]),
    ("it", &["il", "gli", "della", "che", "non", "con", "una", "per"]),
    ("nl", &["het", "een", "van", "niet", "dat", "zijn", "voor", "met"]),
];

#[derive(Default)]
struct Script {
    han: usize,
    kana: usize,
    hangul: usize,
    latin: usize,
    cyrillic: usize,
    other: usize,
    simplified: usize,
    traditional: usize,
}

impl Script {
    fn of(text: &str) -> Self {
        let mut found = Self::default();
        for c in text.chars().take(SAMPLE).filter(|c| c.is_alphabetic() && !normalize::is_invisible(*c)) {
            match u32::from(c) {
                0x41..=0x24F | 0x1E00..=0x1EFF | 0xFF21..=0xFF5A => found.latin += 1,
                0x400..=0x52F => found.cyrillic += 1,
                0x3041..=0x30FF | 0xFF66..=0xFF9D => found.kana += 1,
                0x1100..=0x11FF | 0xAC00..=0xD7AF => found.hangul += 1,
                0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF => {
                    found.han += 1;
                    found.simplified += usize::from(SIMPLIFIED.contains(c));
                    found.traditional += usize::from(TRADITIONAL.contains(c));
                }
                _ => found.other += 1,
            }
        }
        found
    }

    fn letters(&self) -> usize {
        self.han + self.kana + self.hangul + self.latin + self.cyrillic + self.other
    }

    /// A Chinese character says as much as a few letters.
    fn is_latin(&self) -> bool {
        self.latin > (self.han + self.kana + self.hangul) * 3 && self.latin > self.cyrillic
    }

    /// Simplified or traditional, where one of them clearly is.
    fn chinese(&self) -> Option<&'static str> {
        match () {
            () if self.simplified >= 2 && self.simplified > self.traditional * 3 => Some("zh-Hans"),
            () if self.traditional >= 2 && self.traditional > self.simplified * 3 => Some("zh-Hant"),
            () => None,
        }
    }
}

/// The language of a text as a BCP 47 tag (`zh-Hans`, `zh-Hant`, `ja`, `en` …), given what its page
/// declares; empty where neither says anything.
pub fn language(declared: &str, text: &str) -> String {
    let declared =
        declared.split([',', ';']).next().unwrap_or_default().trim().replace('_', "-").to_lowercase();
    let mut parts = declared.split('-');
    let primary = parts.next().unwrap_or_default().to_owned();
    let parts: Vec<&str> = parts.collect();
    let script = Script::of(text);
    if script.letters() < MIN_LETTERS {
        return tag(&primary, &parts, None);
    }
    let asian = script.han + script.kana;
    match () {
        () if script.is_latin() => {
            let latin =
                !matches!(primary.as_str(), "" | "zh" | "ja" | "ko" | "ru" | "uk" | "ar" | "he" | "th");
            guess(text).map_or_else(
                || if latin { tag(&primary, &parts, None) } else { String::new() },
                str::to_owned,
            )
        }
        () if script.kana >= 3 && script.kana * 10 > asian => "ja".to_owned(),
        () if script.hangul > asian => "ko".to_owned(),
        // A Japanese headline may be all Chinese characters.
        () if asian > 0 && primary == "ja" && script.simplified == 0 && asian < 40 => "ja".to_owned(),
        () if asian > script.cyrillic + script.other => tag("zh", &parts, script.chinese()),
        () if script.cyrillic > script.other => {
            if matches!(primary.as_str(), "" | "en" | "zh" | "ja") {
                "ru".to_owned()
            } else {
                tag(&primary, &parts, None)
            }
        }
        () => tag(&primary, &parts, None),
    }
}

/// A declared tag in the usual form; for Chinese the script, which regions imply.
fn tag(primary: &str, parts: &[&str], script: Option<&str>) -> String {
    if primary != "zh" {
        let known = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_lowercase());
        return if known { primary.to_owned() } else { String::new() };
    }
    let has = |names: &[&str]| parts.iter().any(|part| names.contains(part));
    match script {
        Some(script) => script.to_owned(),
        None if has(&["hant", "tw", "hk", "mo"]) => "zh-Hant".to_owned(),
        None if has(&["hans", "cn", "sg", "my"]) => "zh-Hans".to_owned(),
        None => "zh".to_owned(),
    }
}

/// The language of a text in Latin letters, by its most common words.
fn guess(text: &str) -> Option<&'static str> {
    let sample: String = text.chars().take(SAMPLE).collect::<String>().to_lowercase();
    let words: Vec<&str> =
        sample.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let count = |known: &[&str]| words.iter().filter(|word| known.contains(word)).count();
    let best = FUNCTION_WORDS.iter().map(|(tag, known)| (count(known), *tag)).max_by_key(|(n, _)| *n)?;
    (best.0 >= 3 && best.0 * 25 >= words.len()).then_some(best.1)
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
            assert_eq!(language(declared, text), wanted, "{declared} {text}");
        }
    }
}
