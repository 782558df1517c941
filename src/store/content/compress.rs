//! Compresses and decompresses with zstd. Contexts are kept for each thread, because creating one costs more
//! than compressing a small record.

use std::cell::RefCell;
use std::io::Read;

use zstd::bulk::Compressor;
use zstd::zstd_safe::DCtx;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECODER: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// Compresses bytes; `None` if that does not make them shorter.
pub(in crate::store) fn compress(bytes: &[u8], level: i32) -> Option<Vec<u8>> {
    let packed = COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new(level).ok()?),
        };
        compressor.set_compression_level(level).ok()?;
        compressor.compress(bytes).ok()
    });
    packed.filter(|packed| packed.len() < bytes.len())
}

/// Decompresses at most `limit` bytes. No length that the data states is trusted.
pub(in crate::store) fn decompress(
    bytes: &[u8],
    dictionary: Option<&[u8]>,
    limit: u64,
) -> Result<Vec<u8>, String> {
    DECODER.with_borrow_mut(|kept| {
        let context = match kept {
            Some(context) => context,
            None => kept.insert(DCtx::try_create().ok_or("it cannot be decompressed: no memory for it")?),
        };
        let set_up = match dictionary {
            None => context.init(),
            Some(dictionary) => context.init().and_then(|_| context.load_dictionary(dictionary)),
        };
        set_up.map_err(|code| {
            format!("it cannot be decompressed: {}", zstd::zstd_safe::get_error_name(code))
        })?;
        let mut out = Vec::new();
        let mut decoder =
            zstd::stream::read::Decoder::with_context(bytes, context).take(limit.saturating_add(1));
        decoder.read_to_end(&mut out).map_err(|error| format!("it cannot be decompressed: {error}"))?;
        if out.len() as u64 > limit {
            return Err(format!("it is longer than the stated {limit} bytes"));
        }
        Ok(out)
    })
}
