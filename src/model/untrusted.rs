//! Bytes that came from outside and have not been cleaned.

/// Bytes from outside. They reach a terminal, a page or a file name only through the stage that
/// cleans them, which asks for them by this name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Untrusted(bytes::Bytes);

impl Untrusted {
    /// Marks bytes as coming from outside.
    pub fn new(bytes: impl Into<bytes::Bytes>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, for a stage that treats them as hostile.
    pub fn expose(&self) -> &bytes::Bytes {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
