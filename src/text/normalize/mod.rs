//! Makes the normal forms in which texts are compared, so that differences that do not count disappear.
//!
//! Each form is a step that can be switched off, so that a report can say which of them it rests on.
//! Numbers keep their meaning: a decimal point, a thousands mark, a per cent sign, a minus, the mark of a
//! score, a fraction or a range, a comparison and a currency stay, since `3.5` and `35`, `-5` and `5`,
//! `3:2` and `32` are different figures.

mod addresses;
mod digit_groups;
mod normal_forms;
mod number_context;
mod sink;
#[cfg(test)]
mod tests;
mod texts;
mod writer;

pub use crate::unicode::character_classes::is_invisible;
pub use crate::unicode::character_classes::is_unwritten;
pub use addresses::address_length;
pub use digit_groups::{grouped_length, is_decimal, is_group_mark_alone};
pub use normal_forms::NormalForms;
pub use sink::{NormalChar, NormalFormSink};
pub use texts::{
    begins_with_base_char, full_normal_form, normal_form, text_fingerprint, titled_fingerprint,
    without_spacing,
};
pub use writer::{for_each_normal_char, write_normal_form};
