//! Reads addresses from attributes, and the address that they are relative to.

use std::borrow::Cow;

use url::Url;

use super::attribute_value;

/// The value of the first attribute of this name, with its character references decoded; empty for a name
/// without `=`.
pub fn decoded_attribute<'a>(attributes: &'a str, name: &str) -> Option<Cow<'a, str>> {
    attribute_value(attributes, name).map(htmlize::unescape_attribute)
}

/// The addresses of a page, which the first `<base href>` makes relative to another one than the page's own
/// (WHATWG HTML, section 4.2.3).
#[derive(Clone, Debug)]
pub struct BaseUrl {
    url: Url,
    is_stated: bool,
}

impl BaseUrl {
    /// The base of a page that has stated none yet.
    pub fn of_page(url: &Url) -> Self {
        Self { url: url.clone(), is_stated: false }
    }

    /// Reads a start tag. Tags other than the first `<base>` with an `href` change nothing.
    pub fn read_tag(&mut self, name: &str, attributes: &str) {
        if self.is_stated || !name.eq_ignore_ascii_case("base") {
            return;
        }
        let Some(href) = decoded_attribute(attributes, "href") else { return };
        self.is_stated = true;
        if let Some(stated) = self.url.join(&href).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
        {
            self.url = stated;
        }
    }

    /// The address that relative ones start from.
    pub fn as_url(&self) -> &Url {
        &self.url
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_base_with_an_address_counts() {
        let page = Url::parse("https://a.example/d/page").unwrap();
        for (tags, base) in [
            (
                vec![("base", " target=_blank>"), ("BASE", " href='/n&#101;w/'>"), ("base", " href=/x/>")],
                "https://a.example/new/",
            ),
            (vec![("base", " href=//b.example/y>")], "https://b.example/y"),
            (vec![("base", " href='data:text/html,x'>"), ("base", " href=/x/>")], "https://a.example/d/page"),
            (vec![("a", " href=/x/>")], "https://a.example/d/page"),
        ] {
            let mut found = BaseUrl::of_page(&page);
            for (name, attributes) in &tags {
                found.read_tag(name, attributes);
            }
            assert_eq!(found.as_url().as_str(), base, "{tags:?}");
        }
    }
}
