//! The text of a new `driftline.toml`, as `driftline init` writes it.

use super::contact::Contact;
use super::load::DEFAULTS;

/// The key of the contact, commented out.
const CONTACT_LINE: &str = "#contact = \"\"";

/// The defaults with every key commented out, so that a later version may change a default for those
/// who did not choose a value. `# ` begins a remark, `#` alone a key. A contact is written as set.
pub fn new_config(contact: Option<&Contact>) -> String {
    let mut text = String::with_capacity(DEFAULTS.len() + 64);
    for line in DEFAULTS.lines() {
        let is_key = line.starts_with(|c: char| c.is_ascii_lowercase());
        if is_key {
            text.push('#');
        }
        text.push_str(line);
        text.push('\n');
    }
    match contact {
        Some(contact) => text.replacen(CONTACT_LINE, &format!("contact = \"{contact}\""), 1),
        None => text,
    }
}
