//! Normal forms and fingerprints of whole texts.

use super::normal_forms::NormalForms;
use super::writer::{is_combining_at, write_normal_form};
use crate::model::ContentHash;
use crate::unicode::character_classes::is_invisible;
use crate::unicode::whitespace;

/// The normal form of a text.
pub fn normal_form(text: &str, forms: &NormalForms) -> String {
    let mut out = String::with_capacity(text.len());
    write_normal_form(text, forms, &mut out);
    out
}

/// The normal form with all steps on.
pub fn full_normal_form(text: &str) -> String {
    normal_form(text, &NormalForms::default())
}

/// A text without white space and invisible marks, which pages set as they like, and otherwise as it is
/// written.
pub fn without_spacing(text: &str) -> String {
    whitespace::remove_gaps(text, |c| c.is_whitespace() || is_invisible(c))
}

/// Whether a text begins with a base character, and not with a combining mark for the character before it.
pub fn begins_with_base_char(text: &str) -> bool {
    !is_combining_at(text, 0)
}

/// The hash of the normal form with all steps on. It is equal for texts without a difference that counts.
pub fn text_fingerprint(text: &str) -> ContentHash {
    ContentHash::of(full_normal_form(text).as_bytes())
}

/// The fingerprint of a title and a body, both in normal form.
pub fn titled_fingerprint(title: &str, body: &str) -> ContentHash {
    ContentHash::of(format!("{title}\0{body}").as_bytes())
}
