//! A reader that counts what is consumed, and takes back what was read too far.

use std::io::{self, BufRead, Read};

/// Counts the bytes that are consumed, and gives bytes that were pushed back once more.
pub(super) struct PushBackReader<R> {
    inner: R,
    /// The offset of the next byte.
    offset: u64,
    /// Bytes that come before those of `inner`, from `position` on.
    pushed: Vec<u8>,
    position: usize,
}

impl<R: BufRead> PushBackReader<R> {
    /// Reads from `inner`, whose next byte is at `offset`.
    pub(super) fn new(inner: R, offset: u64) -> Self {
        Self { inner, offset, pushed: Vec::new(), position: 0 }
    }

    /// The offset of the next byte.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes back bytes that were read last.
    pub(super) fn push_back(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let rest = self.pushed.get(self.position..).unwrap_or_default();
        self.pushed = [bytes, rest].concat();
        self.position = 0;
        self.offset = self.offset.saturating_sub(bytes.len() as u64);
    }

    /// Reads up to `length` bytes without consuming them; fewer only at the end.
    pub(super) fn peek(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let available = self.fill_buf()?;
        if available.len() >= length {
            return Ok(available.get(..length).unwrap_or_default().to_vec());
        }
        let mut bytes = Vec::with_capacity(length);
        self.by_ref().take(length as u64).read_to_end(&mut bytes)?;
        self.push_back(&bytes);
        Ok(bytes)
    }

    pub(super) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: BufRead> Read for PushBackReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.pushed.len() {
            let count = self.inner.read(buffer)?;
            self.offset += count as u64;
            return Ok(count);
        }
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for PushBackReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.pushed.get(self.position..) {
            Some(rest) if !rest.is_empty() => Ok(rest),
            _ => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        self.offset += count as u64;
        if self.position < self.pushed.len() {
            self.position += count;
            if self.position >= self.pushed.len() {
                (self.pushed, self.position) = (Vec::new(), 0);
            }
        } else {
            self.inner.consume(count);
        }
    }
}
