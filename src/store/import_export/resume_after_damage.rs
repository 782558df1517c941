//! Decides where the import goes on after a place in a foreign WARC file that holds no record.
//!
//! No library is used, because the import must go on after damage and tell padding from it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::store::warc::scan::{Resumption, resume_at_next_member};

/// Looks at `offset`, where no record could be read. Zeros are padding, which some writers add; after
/// damage in a gzip file, reading goes on at the next member.
pub(super) fn resume_in_foreign_file(file: &mut File, offset: u64) -> io::Result<Resumption> {
    file.seek(SeekFrom::Start(offset))?;
    let mut zeros = 0;
    for byte in BufReader::new(&*file).bytes() {
        match byte? {
            0 => zeros += 1,
            _ if zeros > 0 => return Ok(Resumption::AfterPadding(Some(offset + zeros))),
            0x1f => return resume_at_next_member(file, offset),
            // In an uncompressed file a page's text may look like a record, so no search is made.
            _ => return Ok(Resumption::AfterDamage(None)),
        }
    }
    Ok(Resumption::AfterPadding(None))
}
