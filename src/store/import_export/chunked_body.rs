//! Decodes chunked bodies in the WARC files of other tools.
//!
//! No library is used, because a body that is cut short, or is not chunked in spite of its header, is not
//! an error here: it must give the bytes that there are.

/// The result of decoding a body that may be chunked.
pub(super) enum Dechunked {
    /// The body is not chunked.
    NotChunked,
    Whole(Vec<u8>),
    /// The body ends before its last chunk, or stops being chunked in the middle.
    Cut(Vec<u8>),
}

/// Decodes a chunked body (RFC 9112, section 7.1).
pub(super) fn decode_chunks(body: &[u8]) -> Dechunked {
    let mut out = Vec::new();
    let mut rest = body;
    let mut is_first = true;
    loop {
        let Some((size, after)) = read_chunk_size(rest) else {
            return if is_first { Dechunked::NotChunked } else { Dechunked::Cut(out) };
        };
        if size == 0 {
            return Dechunked::Whole(out);
        }
        let Some((data, tail)) = after.split_at_checked(size) else {
            out.extend_from_slice(after);
            return Dechunked::Cut(out);
        };
        match tail.strip_prefix(b"\r\n").or_else(|| tail.strip_prefix(b"\n")) {
            Some(next) => rest = next,
            None if is_first && !matches!(tail, b"" | b"\r") => return Dechunked::NotChunked,
            None => {
                out.extend_from_slice(data);
                return Dechunked::Cut(out);
            }
        }
        out.extend_from_slice(data);
        is_first = false;
    }
}

/// The size in a chunk's first line, and what follows that line.
fn read_chunk_size(rest: &[u8]) -> Option<(usize, &[u8])> {
    let end = memchr::memchr(b'\n', rest)?;
    let line = std::str::from_utf8(rest.get(..end)?).ok()?;
    let digits = line.split(';').next()?.trim();
    // `from_str_radix` accepts a sign, which is no digit here.
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = usize::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal)?;
    Some((size, rest.get(end + 1..)?))
}
