//! Recognises the start of a wikilink with a language prefix.

/// The length of `[[xx:`, the start of a wikilink with a language prefix, at the start of a text.
pub fn wikilink_opening_length(text: &str) -> Option<usize> {
    let rest = text.as_bytes().strip_prefix(b"[[")?;
    let letters = rest.iter().take(4).take_while(|b| b.is_ascii_lowercase()).count();
    ((2..=3).contains(&letters) && rest.get(letters) == Some(&b':')).then_some(letters + 3)
}
