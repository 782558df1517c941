//! TODO folder

pub mod character_classes;
pub mod script_folding;
pub mod whitespace;
