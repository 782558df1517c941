//! Reads WARC and ARC records one after the other, from any file that claims to hold some.
//!
//! The file may be plain, or compressed with gzip or zstd, by record or as a whole. At a damaged record the
//! reader stops with an error; [`super::scan`] finds where reading can go on.

use std::io::{self, BufRead};

use super::member::{Dictionary, Member, is_compressed, skip_frames};
use super::push_back::PushBackReader;
use super::record::WarcRecord;
use super::record_syntax::{ReadRules, read_record};

/// What the reader is in the middle of.
enum ReadState<R: BufRead> {
    /// A file that is not compressed.
    Plain(PushBackReader<R>),
    /// Between two compressed members.
    BetweenMembers(PushBackReader<R>),
    /// Inside the member that begins at the offset.
    InMember(Box<PushBackReader<Member<R>>>, u64),
    /// At the end of the file, or stopped by damage, at the offset.
    Ended(u64),
}

/// Reads the records of a file in order.
pub(in crate::store) struct WarcReader<R: BufRead> {
    state: ReadState<R>,
    rules: ReadRules,
    dictionary: Dictionary,
}

impl<R: BufRead> WarcReader<R> {
    /// Reads from `input`, which is positioned at `offset` in its file. Blocks of more than `max_block`
    /// bytes are skipped.
    pub(in crate::store) fn new(input: R, offset: u64, max_block: u64) -> io::Result<Self> {
        Self::with_rules(input, offset, ReadRules { max_block, is_lenient: false }, None)
    }

    /// Reads by other rules, with a dictionary that stood earlier in the file.
    pub(in crate::store) fn with_rules(
        input: R,
        offset: u64,
        rules: ReadRules,
        dictionary: Dictionary,
    ) -> io::Result<Self> {
        let mut input = PushBackReader::new(input, offset);
        let state = if is_compressed(&input.peek(4)?) {
            ReadState::BetweenMembers(input)
        } else {
            ReadState::Plain(input)
        };
        Ok(Self { state, rules, dictionary })
    }

    /// The dictionary of the zstd frames that follow.
    pub(in crate::store) fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// How far the file has been read: between two calls, the end of the last whole record. Inside a gzip
    /// member that holds several records, its beginning.
    pub(in crate::store) fn offset(&self) -> u64 {
        match &self.state {
            ReadState::Plain(input) | ReadState::BetweenMembers(input) => input.offset(),
            ReadState::InMember(_, start) => *start,
            ReadState::Ended(at) => *at,
        }
    }

    /// The next record; `None` at the end. After an error, [`Self::offset`] is the start of the record that
    /// could not be read, and the reader has ended.
    pub(in crate::store) fn next_record(&mut self) -> io::Result<Option<WarcRecord>> {
        let start = self.offset();
        let result = self.read_next();
        if !matches!(result, Ok(Some(_))) {
            let at = if result.is_err() { start } else { self.offset() };
            self.state = ReadState::Ended(at);
        }
        result
    }

    fn read_next(&mut self) -> io::Result<Option<WarcRecord>> {
        loop {
            let at = self.offset();
            match std::mem::replace(&mut self.state, ReadState::Ended(at)) {
                ReadState::Ended(at) => {
                    self.state = ReadState::Ended(at);
                    return Ok(None);
                }
                ReadState::Plain(mut input) => {
                    let at = input.offset();
                    let record = read_record(&mut input, self.rules)?;
                    self.state = ReadState::Plain(input);
                    return Ok(record.map(|record| WarcRecord { offset: at + record.passed_over, ..record }));
                }
                ReadState::BetweenMembers(mut input) => {
                    skip_frames(&mut input, &mut self.dictionary)?;
                    let at = input.offset();
                    if input.fill_buf()?.is_empty() {
                        self.state = ReadState::Ended(at);
                        return Ok(None);
                    }
                    let member = PushBackReader::new(Member::begin(input, &self.dictionary)?, 0);
                    self.state = ReadState::InMember(Box::new(member), at);
                }
                ReadState::InMember(mut member, at) => {
                    let record = read_record(&mut member, self.rules)?;
                    let Some(record) = record else {
                        self.state = ReadState::BetweenMembers(member.into_inner().into_rest());
                        continue;
                    };
                    // Reading to the member's end checks its CRC before the record is handed out.
                    if member.fill_buf()?.is_empty() {
                        self.state = ReadState::BetweenMembers(member.into_inner().into_rest());
                    } else {
                        self.state = ReadState::InMember(member, at);
                    }
                    return Ok(Some(WarcRecord { offset: at, ..record }));
                }
            }
        }
    }
}
