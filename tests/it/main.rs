//! The integration tests: one binary, since it links once.
