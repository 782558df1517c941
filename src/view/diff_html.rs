//! placeholder
use super::diff_text::Labels;
use crate::text_diff::{Alignment, Comparison};
use std::io::{self, Write};
/// x
pub fn render(_a: &Alignment, _c: &Comparison, _l: &Labels, _out: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
