//! Decides where the import goes on after a place in a foreign WARC file that holds no record.
//!
//! No library is used, because the import must go on after damage and tell padding from it.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::store::warc::member::{Dictionary, is_compressed};
use crate::store::warc::scan::{Resumption, resume_at_next_member, resume_at_next_record};

/// Looks at `offset`, where no record could be read. Zeros are padding, which some writers add; after
/// damage in a compressed file, reading goes on at the next member, in another file at the next record.
pub(super) fn resume_in_foreign_file<F: Read + Seek>(
    file: &mut F,
    offset: u64,
    dictionary: &Dictionary,
) -> io::Result<Resumption> {
    let mut start = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(4).read_to_end(&mut start)?;
    if !is_compressed(&start) {
        return resume_at_next_record(file, offset);
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut zeros = 0;
    for byte in BufReader::with_capacity(1 << 13, &mut *file).bytes() {
        match byte? {
            0 => zeros += 1,
            _ if zeros > 0 => return Ok(Resumption::AfterPadding(Some(offset + zeros))),
            _ => return resume_at_next_member(file, offset, dictionary),
        }
    }
    Ok(Resumption::AfterPadding(None))
}
