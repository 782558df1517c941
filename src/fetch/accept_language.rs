//! The `Accept-Language` of a request, so that a page with several languages comes in that of the article that
//! cites it.

/// What a request prefers whose article shows no language.
pub(super) const ANY_LANGUAGE: &str = "en, *;q=0.5";

/// The value that prefers a language, then English, then any other one. `tag` is a BCP 47 tag such as `zh-Hant`
/// or `fr`. Of Chinese, many servers know the regions only and not the scripts.
pub(super) fn prefer_language(tag: &str) -> String {
    match tag {
        "en" => ANY_LANGUAGE.to_owned(),
        "zh" | "zh-Hans" => "zh-CN, zh;q=0.9, en;q=0.7, *;q=0.5".to_owned(),
        "zh-Hant" => "zh-TW, zh;q=0.9, en;q=0.7, *;q=0.5".to_owned(),
        tag => format!("{tag}, en;q=0.7, *;q=0.5"),
    }
}
