//! Replaces names and passwords in URLs by `***`, before they are stored or shown.
//!
//! Credentials in a link are never sent, so a URL without them names the same page.

use std::borrow::Cow;

use url::Url;

/// What is shown in place of a name, a password or a token.
pub const MASK: &str = "***";

/// Masks the name and the password of a URL.
pub fn mask_userinfo(url: &mut Url) {
    if has_userinfo(url) {
        // Neither fails for a URL that has a name or a password.
        let _ = url.set_username(MASK);
        let _ = url.set_password(None);
    }
}

/// Whether a URL has a name or a password, masked or not.
pub fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Masks the name and the password of every URL in a text: what is between `//` and an `@`, as far as it is
/// printable ASCII without marks that end a URL in prose. The slashes follow a scheme, or begin a URL that has
/// the scheme of its page (`//user:password@host`). A URL within another one is masked too.
pub fn mask_credentials(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices('@') {
        let before = text.get(copied..at).unwrap_or_default();
        let userinfo = before.len() - before.bytes().rev().take_while(|&byte| is_userinfo(byte)).count();
        let (head, hidden) = before.split_at_checked(userinfo).unwrap_or((before, ""));
        // A name with an "@" in it: its first part is masked already.
        let goes_on = head.is_empty() && masked.ends_with(MASK) && copied > 0;
        if goes_on || (!hidden.is_empty() && (ends_with_scheme(head) || begins_a_url(head))) {
            masked.push_str(head);
            if !goes_on {
                masked.push_str(MASK);
            }
            copied = at;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(masked)
}

/// Masks the name and the password of a link's destination that is known to have them, however broken its
/// scheme is written.
pub fn mask_destination(destination: &str) -> String {
    let is_slash = |c: char| matches!(c, '/' | '\\' | '／');
    let slashes = destination.find(is_slash).unwrap_or(0);
    let (head, authority) = destination.split_at_checked(slashes).unwrap_or((destination, ""));
    // Without slashes behind the scheme, or without a scheme, the name begins at once.
    let start = if head.contains('@') { 0 } else { slashes + authority.find(|c| !is_slash(c)).unwrap_or(0) };
    let rest = destination.get(start..).unwrap_or_default();
    let end = rest.find(|c| is_slash(c) || matches!(c, '?' | '#')).unwrap_or(rest.len());
    match rest.get(..end).and_then(|authority| authority.rfind('@')) {
        Some(at) => format!(
            "{}{MASK}{}",
            destination.get(..start).unwrap_or_default(),
            rest.get(at..).unwrap_or_default()
        ),
        None => destination.to_owned(),
    }
}

fn is_userinfo(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"/\\?#<>\"`[]{}|".contains(&byte)
}

/// Whether a text ends with a scheme and slashes, also with those of the common slips `https:/` and `https//`.
fn ends_with_scheme(text: &str) -> bool {
    let scheme = text.trim_end_matches(['/', '\\']);
    let ends_with_ignoring_case = |end: &str| {
        scheme
            .len()
            .checked_sub(end.len())
            .and_then(|from| scheme.get(from..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    scheme.len() < text.len()
        && (scheme.ends_with([':', '：']) || ["http", "https"].into_iter().any(ends_with_ignoring_case))
}

/// Whether a text ends with the slashes of a URL without a scheme: they do not stand in a path.
fn begins_a_url(text: &str) -> bool {
    let before = text.trim_end_matches(['/', '\\']);
    let slashes = text.get(before.len()..).unwrap_or_default();
    let is_in_path = |c: char| c.is_ascii_alphanumeric() || "._-~%:".contains(c);
    slashes.starts_with('/') && slashes.len() >= 2 && !before.ends_with(is_in_path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_passwords_in_texts_are_masked() {
        for (text, masked) in [
            ("http://user:secret@a.example/x", "http://***@a.example/x"),
            ("see ftp://token@a.example, or", "see ftp://***@a.example, or"),
            ("https://a%40b:c@d:e@f.example", "https://***@f.example"),
            ("https:/u:p@a.example https//u:p@b.example", "https:/***@a.example https//***@b.example"),
            ("http://u:p@a.example http://v:q@b.example", "http://***@a.example http://***@b.example"),
            ("(https://:p@a.example)", "(https://***@a.example)"),
            ("//u:p@a.example/x", "//***@a.example/x"),
            ("to \"//u:p@h\", \"/\\u@h\"", "to \"//***@h\", \"/\\***@h\""),
            ("https://a.example/?u=https://u:p@b.example/", "https://a.example/?u=https://***@b.example/"),
            ("https://a.example/?u=//u:p@b.example/", "https://a.example/?u=//***@b.example/"),
        ] {
            assert_eq!(mask_credentials(text), masked);
            assert_eq!(mask_credentials(masked), masked, "twice is once");
        }
    }

    #[test]
    fn what_only_looks_alike_stays() {
        for text in [
            "https://medium.example/@name/story",
            "mail a@b.example or https://a.example/?to=a@b.example",
            "[https://a.example]@somebody",
            "来源https://a.example，邮箱admin@a.example",
            "a/b//c@d.md",
            "https://a.example//c@d",
            "// c@d",
            "@ // @",
        ] {
            assert!(matches!(mask_credentials(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_destination_is_masked_however_it_is_written() {
        for (written, masked) in [
            ("https：//u:p)w@a.example/x@y", "https：//***@a.example/x@y"),
            ("http:\\\\u:p@a.example", "http:\\\\***@a.example"),
            ("u:p@a.example/x", "***@a.example/x"),
            ("https://a.example/x@y", "https://a.example/x@y"),
        ] {
            assert_eq!(mask_destination(written), masked);
        }
    }

    proptest! {
        #[test]
        fn no_secret_of_a_url_is_left(name in "[!-~]{0,8}", password in "[!-~]{1,8}") {
            let mut url = Url::parse("https://a.example/path").unwrap();
            url.set_username(&name).unwrap();
            url.set_password(Some(&password)).unwrap();
            let shown = mask_credentials(url.as_str()).into_owned();
            prop_assert_eq!(&shown, "https://***@a.example/path");
            mask_userinfo(&mut url);
            prop_assert_eq!(shown, url.as_str());
        }
    }
}
