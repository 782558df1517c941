//! Reads the scheme of a destination, which may be missing, mistyped, doubled, or not for the web.

/// The scheme of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::citation) enum UrlScheme {
    /// A web URL with its scheme corrected.
    Web(String),
    /// A URL with another scheme, which is in lower case.
    Other { url: String, scheme: String },
    /// A path without a scheme.
    Local,
}

/// Schemes that are recognised without `//`.
const OTHERS: [&str; 20] = [
    "mailto",
    "tel",
    "sms",
    "javascript",
    "data",
    "blob",
    "about",
    "file",
    "magnet",
    "news",
    "urn",
    "doi",
    "ipfs",
    "ipns",
    "callto",
    "skype",
    "whatsapp",
    "weixin",
    "tg",
    "irc",
];
/// File endings that are top-level domains or look like them.
const FILE_ENDINGS: [&str; 16] = [
    "md", "markdown", "mdx", "txt", "html", "htm", "pdf", "png", "jpg", "jpeg", "gif", "svg", "zip", "mov",
    "mp4", "py",
];

/// Removes the outer scheme where a whole URL follows it: `https://https://…`.
pub(in crate::citation) fn strip_doubled_scheme(text: &str, repairs: &mut Vec<&'static str>) -> String {
    let mut text = text;
    while let Some(rest) = strip_web_scheme(text) {
        let noise = |c: char| c.is_whitespace() || matches!(c, '/' | ':' | '"' | '“' | '”' | '\'' | '-');
        let inner = rest.trim_start_matches(noise);
        let inner = ["%20", "%22", "%E2%80%9C"]
            .iter()
            .fold(inner, |inner, noise| inner.strip_prefix(noise).unwrap_or(inner));
        let lower = inner.get(..9).unwrap_or(inner).to_ascii_lowercase();
        let whole = ["http://", "https://", "http:/", "https:/", "http//", "https//", "ttps://", "ttp://"];
        if !whole.iter().any(|start| lower.starts_with(start)) {
            break;
        }
        if !repairs.contains(&"doubled-scheme") {
            repairs.push("doubled-scheme");
        }
        text = inner;
    }
    text.to_owned()
}

/// The URL without the words before it: "来源：https://…", "(https://…". A URL that contains another one in
/// its path or query stays whole.
pub(in crate::citation) fn strip_leading_text(text: &str) -> &str {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("http")).map(|at| from + at) {
        let url = text.get(at..).unwrap_or_default();
        if url.starts_with("http://") || url.starts_with("https://") {
            if at == 0 {
                return text;
            }
            let before = text.get(..at).unwrap_or_default();
            let whole = before.contains(['/', '.', '?', '#']) || other_scheme(text).is_some();
            return if whole { text } else { url };
        }
        from = at + 4;
    }
    text
}

/// The text behind `http:` or `https:`, in any case.
fn strip_web_scheme(text: &str) -> Option<&str> {
    let lower = text.get(..6).unwrap_or(text).to_ascii_lowercase();
    let length = if lower.starts_with("https:") {
        6
    } else if lower.starts_with("http:") {
        5
    } else {
        return None;
    };
    text.get(length..)
}

/// Reads the scheme, and corrects it if it is mistyped or missing.
pub(in crate::citation) fn read_scheme(text: &str, repairs: &mut Vec<&'static str>) -> UrlScheme {
    let text =
        text.trim_start_matches(|c: char| matches!(c, '"' | '“' | '”' | '\'' | '　') || c.is_whitespace());
    if text.contains("{{") || text.contains("{%") {
        // Only the site generator knows where its template leads.
        return UrlScheme::Other { url: text.to_owned(), scheme: "template".into() };
    }
    if let Some(rest) = strip_web_scheme(text) {
        let host = rest.trim_start_matches(['/', '\\']);
        if rest.len() - host.len() == 2 && rest.starts_with("//") {
            return UrlScheme::Web(text.to_owned());
        }
        repairs.push("scheme");
        let scheme = text.get(..text.len() - rest.len()).unwrap_or("https:");
        return UrlScheme::Web(format!("{scheme}//{host}"));
    }
    // What has a name and password before its host is no path, whatever the host looks like.
    let is_web = |rest: &&str| has_userinfo(rest) || looks_like_host(host_part(rest));
    if let Some(rest) = text.strip_prefix("//").filter(is_web) {
        repairs.push("missing-scheme");
        return UrlScheme::Web(format!("https://{rest}"));
    }
    if let Some(url) = correct_mistyped_scheme(text) {
        repairs.push("scheme");
        return UrlScheme::Web(url);
    }
    if let Some(scheme) = other_scheme(text) {
        return UrlScheme::Other { url: text.to_owned(), scheme };
    }
    let host = host_part(text);
    if host.contains('@')
        && !host.contains('/')
        && looks_like_host(host.rsplit('@').next().unwrap_or_default())
    {
        repairs.push("missing-scheme");
        return UrlScheme::Other { url: format!("mailto:{text}"), scheme: "mailto".into() };
    }
    let behind = text.get(host.len()..).unwrap_or_default();
    let file = (behind.is_empty() || behind.starts_with(['?', '#']))
        && host
            .rsplit_once('.')
            .is_some_and(|(_, end)| FILE_ENDINGS.contains(&end.to_ascii_lowercase().as_str()));
    let www = host.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www."));
    if looks_like_host(host) && !file && (www || has_public_suffix(host)) {
        repairs.push("missing-scheme");
        return UrlScheme::Web(format!("https://{text}"));
    }
    UrlScheme::Local
}

/// Corrects `ttps://`, `htttp://`, `https;//`, `https：//`, `http//`, which differ from a scheme by one
/// typing error.
fn correct_mistyped_scheme(text: &str) -> Option<String> {
    let end = text.find('/')?;
    let head = text.get(..end)?;
    let rest = text.get(end..)?.trim_start_matches('/');
    let slashes = text.len() - end - rest.len();
    let letters = head.trim_end_matches([':', ';', '：', '；', '.', ' ']).to_ascii_lowercase();
    let marked = letters.len() < head.len();
    if rest.is_empty()
        || slashes == 0
        || !(marked || slashes == 2)
        || !letters.bytes().all(|b| b.is_ascii_lowercase())
    {
        return None;
    }
    let near = |scheme: &str| strsim::levenshtein(&letters, scheme) <= 1;
    let scheme = if letters.ends_with('s') && near("https") {
        "https"
    } else if near("http") || near("https") {
        "http"
    } else {
        return None;
    };
    looks_like_host(host_part(rest)).then(|| format!("{scheme}://{rest}"))
}

fn other_scheme(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let scheme = scheme.to_ascii_lowercase();
    (named && (rest.starts_with("//") || OTHERS.contains(&scheme.as_str()))).then_some(scheme)
}

/// Whether a text that begins with an authority has a name, and perhaps a password, in it.
fn has_userinfo(text: &str) -> bool {
    let authority = text.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

fn host_part(text: &str) -> &str {
    text.split(['/', '?', '#', ':', '\\']).next().unwrap_or_default()
}

/// Whether a text has the form of a host name with at least two labels.
pub(in crate::citation) fn looks_like_host(host: &str) -> bool {
    let mut labels = 0;
    let well_formed = host.trim_end_matches('.').split('.').all(|label| {
        labels += 1;
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '@'))
    });
    well_formed && labels >= 2 && !host.ends_with(|c: char| c.is_ascii_digit())
}

/// Whether a host is below a suffix of the public suffix list, so that it can exist.
pub(in crate::citation) fn has_public_suffix(host: &str) -> bool {
    host.is_ascii()
        && psl::domain(host.to_ascii_lowercase().as_bytes()).is_some_and(|domain| domain.suffix().is_known())
}
