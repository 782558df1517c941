//! Classifies and folds characters: white space, script variants, and the classes that the normal forms need.

pub mod character_classes;
pub mod cjk;
pub mod decimal_digits;
pub mod script_folding;
pub mod whitespace;
