//! Defines bytes that came from outside and have not been sanitised.

/// Bytes from outside. Only a stage that sanitises them may pass them on to a terminal, a page or a file
/// name; such a stage takes them by this type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Untrusted(bytes::Bytes);

impl Untrusted {
    /// Marks bytes as untrusted.
    pub fn new(bytes: impl Into<bytes::Bytes>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, for a stage that treats them as hostile.
    pub fn expose(&self) -> &bytes::Bytes {
        &self.0
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
