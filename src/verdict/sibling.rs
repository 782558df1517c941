//! Makes the sibling of a page: an address that reaches the same part of the server and names no page.
//!
//! Only the part of the address that names the page is replaced. Where a server heeds the number in the
//! middle of a path and not the words after it (`/n/647000/harbour-notes`), other words at the end would
//! show the same page again, so codes anywhere in the path are replaced together with the last name. What only
//! says how a page is shown (`/amp`, `/page/2`) stays. A query counts where the path names a program and
//! not a page. A number replaces a number, since routes distinguish numbers from words.

use url::Url;

use super::address::{extension, file_stem, path_segments, without_fragment};
use super::probe_key::ProbeKey;
use super::signatures::ProbeRules;

/// The length of a name that no page has, in characters.
const NAME: usize = 25;
/// The least number of digits of a number that no page has, and that a server can still parse.
const NUMBER: usize = 9;
/// From this length on, letters and digits mixed in one word are a code.
const CODE: usize = 8;

/// A page's address, and the parts of it that name the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiblingPattern {
    url: Url,
    named_by: NamedBy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum NamedBy {
    /// The value of this query parameter.
    Parameter(String),
    /// These segments of the path, counted from its first.
    Segments(Vec<usize>),
}

impl SiblingPattern {
    /// Finds the parts of an address that name the page.
    pub(super) fn new(url: &Url, rules: &ProbeRules) -> Self {
        let named_by = match identifying_parameter(url, rules) {
            Some(parameter) => NamedBy::Parameter(parameter.to_owned()),
            None => NamedBy::Segments(naming_segments(url, rules)),
        };
        Self { url: without_fragment(url), named_by }
    }

    /// The address that this pattern was made of, without its fragment.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether this segment of another path is one of the segments that name the page.
    pub(super) fn is_name(&self, other: &str) -> bool {
        let NamedBy::Segments(naming) = &self.named_by else { return false };
        let (segments, _) = path_segments(&self.url);
        naming.iter().filter_map(|&at| segments.get(at)).any(|segment| file_stem(segment) == file_stem(other))
    }

    /// Whether the query says which page is meant. Then a random value that changes nothing may also mean
    /// that the query is ignored.
    pub(super) fn is_named_by_query(&self) -> bool {
        matches!(self.named_by, NamedBy::Parameter(_))
    }

    /// The sibling with this random name. The query is dropped, unless it says which page is meant; then
    /// only the query is changed.
    pub(super) fn sibling_url(&self, random: &str) -> Url {
        let mut sibling = self.url.clone();
        match &self.named_by {
            NamedBy::Parameter(parameter) => {
                // The other pairs stay as written, since they may be in another charset.
                let pairs = self.url.query().unwrap_or_default().split('&');
                let pairs = pairs.map(|pair| match pair.split_once('=') {
                    Some((name, value)) if name == parameter => {
                        format!("{name}={}", random_like(value, random))
                    }
                    _ => pair.to_owned(),
                });
                sibling.set_query(Some(&pairs.collect::<Vec<_>>().join("&")));
            }
            NamedBy::Segments(_) => {
                sibling.set_path(&self.replace_segments(|name| random_like(name, random)));
                sibling.set_query(None);
            }
        }
        sibling
    }

    /// The key of the pages that share the sibling's answer.
    pub(super) fn probe_key(&self) -> ProbeKey {
        let origin = self.url.origin().ascii_serialization();
        let pattern = match &self.named_by {
            NamedBy::Parameter(parameter) => format!("{}?{parameter}=", self.url.path()),
            // A number and a name may be answered by different parts of the server.
            NamedBy::Segments(_) => {
                self.replace_segments(|name| if is_number(name) { "0" } else { "*" }.to_owned())
            }
        };
        ProbeKey { origin, pattern }
    }

    /// The path with the stems of the naming segments replaced. Extensions stay, since they decide which
    /// part of a server answers.
    fn replace_segments(&self, replace: impl Fn(&str) -> String) -> String {
        let NamedBy::Segments(naming) = &self.named_by else { return self.url.path().to_owned() };
        let (segments, slash) = path_segments(&self.url);
        let mut path = String::new();
        for (at, segment) in segments.iter().enumerate() {
            path.push('/');
            if naming.contains(&at) {
                path.push_str(&replace(file_stem(segment)));
                if let Some(extension) = extension(segment) {
                    path.push('.');
                    path.push_str(extension);
                }
            } else {
                path.push_str(segment);
            }
        }
        if segments.is_empty() {
            path.push('/');
            path.push_str(&replace(""));
        }
        path.push_str(slash);
        path
    }
}

/// The segments that name the page: the last one that does not only say how the page is shown, and every
/// code before it.
fn naming_segments(url: &Url, rules: &ProbeRules) -> Vec<usize> {
    let (segments, _) = path_segments(url);
    let mut path = format!("/{}", segments.join("/"));
    while let Some(start) = rules.views.iter().find_map(|view| Some(view.find(&path)?.start()))
        && start > 0
    {
        path.truncate(start);
    }
    let last = path.matches('/').count().saturating_sub(1);
    let is_naming =
        |(at, segment): (usize, &&str)| (at == last || (at < last && is_code(segment))).then_some(at);
    segments.iter().enumerate().filter_map(is_naming).collect()
}

/// The parameter that says which page is meant, where the path names a program and not a page: `id` before
/// all others, else the last one, since categories come before what is in them.
fn identifying_parameter<'a>(url: &'a Url, rules: &ProbeRules) -> Option<&'a str> {
    let (segments, _) = path_segments(url);
    let name = segments.last().copied().unwrap_or_default();
    let is_program = extension(name)
        .is_some_and(|found| rules.program_extensions.iter().any(|known| known.eq_ignore_ascii_case(found)));
    let stem = file_stem(name);
    if stem.bytes().any(|byte| byte.is_ascii_digit()) || (!is_program && stem.contains(['-', '_', '%'])) {
        return None;
    }
    let pairs = url.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let naming = pairs.filter(|(name, value)| !value.is_empty() && rules.names_page(name));
    let naming: Vec<&str> = naming.map(|(name, _)| name).collect();
    naming.iter().find(|name| name.eq_ignore_ascii_case("id")).or(naming.last()).copied()
}

/// Whether a segment in the middle of a path is the code of a page: a number of three digits or more that is no
/// date, or a word of letters and digits.
fn is_code(segment: &str) -> bool {
    let stem = file_stem(segment);
    let digits = stem.bytes().filter(u8::is_ascii_digit).count();
    if digits == stem.len() {
        return digits >= 3 && !is_date(stem);
    }
    let is_word = stem.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_uuid = stem.len() == 36 && stem.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_uuid || (is_word && stem.len() >= CODE && digits >= 2)
}

/// Whether digits are a year, a year and a month, or a day, from 1900 to 2099.
fn is_date(digits: &str) -> bool {
    matches!(digits.len(), 4 | 6 | 8)
        && (digits.starts_with("19") || digits.starts_with("20"))
        && digits.get(4..6).is_none_or(|month| ("01"..="12").contains(&month))
}

/// A random value of the same kind as this one.
fn random_like(value: &str, random: &str) -> String {
    if !is_number(value) {
        return random.to_owned();
    }
    let digits = random.bytes().cycle().map(|byte| char::from(b'0' + byte % 10));
    std::iter::once('9').chain(digits).take(value.len().max(NUMBER)).collect()
}

/// Whether a name is a number that a server may parse.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A random name of 25 characters.
pub fn random_page_name() -> String {
    std::iter::repeat_with(fastrand::lowercase).take(NAME).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::verdict::Signatures;

    fn pattern(text: &str) -> SiblingPattern {
        SiblingPattern::new(&Url::parse(text).unwrap(), &Signatures::embedded().probe)
    }

    #[test]
    fn the_sibling_is_in_the_same_part_of_the_site() {
        for (page, sibling) in [
            ("http://a.example/news/a.html?x=1#y", "http://a.example/news/RND.html"),
            ("http://a.example/news/a/", "http://a.example/news/RND/"),
            ("http://a.example/a", "http://a.example/RND"),
            ("http://a.example/", "http://a.example/RND"),
            ("http://a.example:81/a/v1.2-notes", "http://a.example:81/a/RND"),
            ("http://a.example/news/t5.html?id=7", "http://a.example/news/RND.html"),
            ("http://a.example/news/a.html?from=timeline", "http://a.example/news/RND.html"),
            // A number replaces a number.
            ("http://a.example/news/5.html", "http://a.example/news/928828828.html"),
            ("http://a.example/zh-hans/1234567890/", "http://a.example/zh-hans/9288288288/"),
            // Codes in the middle are replaced as well, dates are not.
            ("http://a.example/n/647000/notes", "http://a.example/n/928828828/RND"),
            ("http://a.example/2022/05/notes", "http://a.example/2022/05/RND"),
            ("http://a.example/20220503/notes", "http://a.example/20220503/RND"),
            ("http://a.example/book/dp/B00ABCDEF0/ref=x", "http://a.example/book/dp/RND/RND"),
            // What only says how the page is shown stays.
            ("http://a.example/n/notes-of-may/amp/", "http://a.example/n/RND/amp/"),
            ("http://a.example/n/647000/page/2", "http://a.example/n/928828828/page/2"),
            (
                "http://a.example/2022/05/notes/comment-page-2/",
                "http://a.example/2022/05/RND/comment-page-2/",
            ),
            ("http://a.example/amp", "http://a.example/RND"),
        ] {
            assert_eq!(pattern(page).sibling_url("RND").as_str(), sibling, "{page}");
        }
    }

    #[test]
    fn the_query_is_changed_where_it_names_the_page() {
        for (page, sibling) in [
            ("http://a.example/?p=5", "http://a.example/?p=928828828"),
            ("http://a.example/show.php?lang=zh&ID=5#x", "http://a.example/show.php?lang=zh&ID=928828828"),
            ("http://a.example/watch?v=abc&t=5", "http://a.example/watch?v=RND&t=5"),
            ("http://a.example/show.asp?title=%D0%C2&id=x", "http://a.example/show.asp?title=%D0%C2&id=RND"),
            // `id` is the page, and a category is not.
            ("http://a.example/show.php?id=5&catid=7", "http://a.example/show.php?id=928828828&catid=7"),
            (
                "http://a.example/show.php?catid=7&newsid=5",
                "http://a.example/show.php?catid=7&newsid=928828828",
            ),
            ("http://a.example/show-news.php?id=x", "http://a.example/show-news.php?id=RND"),
            // Tracking and sessions never are.
            ("http://a.example/news/quay?fbclid=Iw", "http://a.example/news/RND"),
            ("http://a.example/news/quay?utm_id=7&share_id=9", "http://a.example/news/RND"),
            ("http://a.example/show.php?id=x&PHPSESSID=ab", "http://a.example/show.php?id=RND&PHPSESSID=ab"),
            // A path that names the page needs no query.
            ("http://a.example/news/the-quay?eid=7", "http://a.example/news/RND"),
            ("http://a.example/%E6%96%B0?xid=7", "http://a.example/RND"),
        ] {
            assert_eq!(pattern(page).sibling_url("RND").as_str(), sibling, "{page}");
        }
    }

    #[test]
    fn pages_of_one_pattern_share_a_sibling() {
        let key = |path: &str| pattern(&format!("http://a.example/{path}")).probe_key();
        for (one, other) in
            [("n/5/?q", "n/6/"), ("n?id=5", "n?id=6"), ("n/647000/a", "n/647001/b"), ("a.html", "b.html")]
        {
            assert_eq!(key(one), key(other), "{one}, {other}");
        }
        for (one, other) in [("n/5", "m/5"), ("n/5", "n/a"), ("n?id=5", "n"), ("n?id=5", "m?id=5")] {
            assert_ne!(key(one), key(other), "{one}, {other}");
        }
        assert_eq!(random_page_name().len(), 25);
        assert_ne!(random_page_name(), random_page_name());
    }
}
