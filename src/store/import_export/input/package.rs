//! Reads zip files that hold WARC files: WACZ files, collections of them, and plain zip files.
//!
//! Nothing is unpacked under the name that the zip file states. An uncompressed member is read in its place;
//! a compressed one is unpacked into a file without a name, up to a limit that no real file reaches. The
//! list of members is read as a stream, since it may be as long as the file.

use std::collections::HashSet;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, RangeReader, ZipArchive, ZipArchiveEntryWayfinder, ZipLocator};

use super::data_package::{DataPackage, parse_package_digest};
use super::file_part::FilePart;
use super::format::{InputFormat, detect_format};

/// The most members that are looked at, and the most bytes of their names together.
const MAX_MEMBERS: usize = 100_000;
const MAX_NAMES: usize = 32 << 20;
/// The longest `datapackage.json`, in bytes.
const MAX_PACKAGE_JSON: u64 = 16 << 20;
/// How far a compressed member may be unpacked: to this many bytes, or to this many times its length.
/// WARC files of repetitive pages reach about 50 times.
const MAX_UNPACKED: u64 = 1 << 30;
const MAX_RATIO: u64 = 200;

/// A zip file.
pub(in crate::store) struct Package {
    archive: ZipArchive<FilePart>,
    part: FilePart,
    /// The members, in the order of the directory.
    pub members: Vec<PackageMember>,
    stated: DataPackage,
    /// What is wrong with the package.
    pub faults: Vec<String>,
}

/// A member of a zip file.
#[derive(Clone)]
pub(in crate::store) struct PackageMember {
    /// Its name, for messages only.
    pub name: String,
    wayfinder: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    is_encrypted: bool,
}

impl PackageMember {
    /// Whether its name is that of a capture file.
    pub(in crate::store) fn has_capture_name(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let name = name.rsplit('/').next().unwrap_or_default();
        [".warc", ".arc", ".wacz"].iter().any(|end| name.ends_with(end) || name.contains(&format!("{end}.")))
    }
}

impl Package {
    /// Reads the directory of a zip file, and what its `datapackage.json` states.
    ///
    /// # Errors
    /// There is no directory that can be read; the text says why.
    pub(in crate::store) fn open(part: &FilePart) -> Result<Self, String> {
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let archive = ZipLocator::new().locate_in_reader(part.clone(), &mut buffer, part.len()).map_err(
            |(_, error)| {
                format!("the directory of the zip file cannot be read, as if it were cut short ({error})")
            },
        )?;
        let (mut members, mut faults, mut names) = (Vec::new(), Vec::new(), 0);
        let mut entries = archive.entries(&mut buffer);
        loop {
            let entry = match entries.next_entry() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => {
                    faults.push(format!("the directory of the zip file is damaged: {error}"));
                    break;
                }
            };
            if entry.is_dir() {
                continue;
            }
            let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
            names += name.len();
            if members.len() >= MAX_MEMBERS || names > MAX_NAMES {
                faults.push(format!("only the first {} members of the zip file were read", members.len()));
                break;
            }
            members.push(PackageMember {
                name,
                wayfinder: entry.wayfinder(),
                method: entry.compression_method(),
                is_encrypted: entry.flags().is_encrypted() || entry.flags().has_strong_encryption(),
            });
        }
        let mut package =
            Self { archive, part: part.clone(), members, stated: DataPackage::default(), faults };
        package.read_data_packages();
        Ok(package)
    }

    /// Reads each `datapackage.json`, and holds it against the `datapackage-digest.json` beside it.
    fn read_data_packages(&mut self) {
        let members = std::mem::take(&mut self.members);
        for member in &members {
            let Some(base) = member.name.strip_suffix("datapackage.json") else { continue };
            let json = match self.read_short(member) {
                Ok(json) => json,
                Err(reason) => {
                    self.faults.push(format!("{}: {reason}", member.name));
                    continue;
                }
            };
            match DataPackage::parse(base, &json) {
                Ok(stated) => self.stated.extend(stated),
                Err(error) => self.faults.push(format!("{}: {error}", member.name)),
            }
            let digest_name = format!("{base}datapackage-digest.json");
            let digest = members.iter().find(|member| member.name == digest_name);
            let digest = digest.and_then(|member| self.read_short(member).ok());
            if digest.and_then(|digest| parse_package_digest(&digest)?.matches(&json)) == Some(false) {
                let reason = "it is not what datapackage-digest.json says";
                self.faults.push(format!("{}: {reason}", member.name));
            }
        }
        let names: HashSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
        for path in self.stated.paths().filter(|path| !names.contains(path)) {
            self.faults.push(format!("{path}: datapackage.json names it, but the zip file does not hold it"));
        }
        self.members = members;
    }

    fn read_short(&self, member: &PackageMember) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let count = self.unpacked(member)?.take(MAX_PACKAGE_JSON + 1).read_to_end(&mut bytes);
        let count = count.map_err(|error| error.to_string())?;
        if count as u64 > MAX_PACKAGE_JSON { Err("it is longer than 16 MiB".to_owned()) } else { Ok(bytes) }
    }

    /// The place of a member's data in the zip file, and how many bytes it has there.
    fn place_of(&self, member: &PackageMember) -> Result<FilePart, String> {
        if member.is_encrypted {
            return Err("it is encrypted; unpack it first".to_owned());
        }
        let entry = self.archive.get_entry(member.wayfinder).map_err(|error| error.to_string())?;
        let (start, end) = entry.compressed_data_range();
        self.part.range(start, end).ok_or_else(|| "it reaches beyond the end of the zip file".to_owned())
    }

    /// A stream of a member's data, without a check.
    fn unpacked(&self, member: &PackageMember) -> Result<Box<dyn Read>, String> {
        let part = self.place_of(member)?;
        let len = part.len();
        let input = BufReader::with_capacity(1 << 16, RangeReader::new(part, 0..len));
        match member.method {
            CompressionMethod::STORE => Ok(Box::new(input)),
            CompressionMethod::DEFLATE => Ok(Box::new(DeflateDecoder::new(input))),
            other => Err(format!("its compression {other} is not supported; unpack it first")),
        }
    }

    /// Tells what a member holds by its first bytes.
    pub(in crate::store) fn format_of(&self, member: &PackageMember) -> Result<InputFormat, String> {
        let mut start = Vec::new();
        // Damage in a member is reported when it is read.
        let _ = self.unpacked(member)?.take(4096).read_to_end(&mut start);
        detect_format(&mut Cursor::new(start)).map_err(|error| error.to_string())
    }

    /// The length of a member as it lies in the zip file.
    pub(in crate::store) fn packed_len(&self, member: &PackageMember) -> u64 {
        self.place_of(member).map_or(0, |part| part.len())
    }

    /// A member as a file: in its place, or unpacked into a file without a name in `dir`. What is wrong
    /// with it is returned beside it, where it can be read all the same.
    ///
    /// # Errors
    /// It cannot be read, or unpacks to more than any real file; the text says so.
    pub(in crate::store) fn open_member(
        &self,
        member: &PackageMember,
        dir: &Path,
    ) -> Result<(FilePart, Option<String>), String> {
        let place = self.place_of(member)?;
        let (mut part, mut fault) = (place, None);
        if member.method != CompressionMethod::STORE {
            let most = MAX_UNPACKED.max(part.len().saturating_mul(MAX_RATIO));
            let mut file = tempfile::tempfile_in(dir).map_err(|error| error.to_string())?;
            let mut data = self.verified(member)?.take(most + 1);
            match io::copy(&mut data, &mut file) {
                Ok(count) if count > most => {
                    return Err(format!("it unpacks to more than {most} bytes, as only a zip bomb does"));
                }
                Ok(_) => {}
                Err(error) => fault = Some(format!("its compressed data is damaged: {error}")),
            }
            file.flush().map_err(|error| error.to_string())?;
            part = FilePart::whole(file).map_err(|error| error.to_string())?;
        } else if let Err(error) = io::copy(&mut self.verified(member)?, &mut io::sink()) {
            fault = Some(format!("its data is not what the zip file says: {error}"));
        }
        let stated = self.stated.resource(&member.name);
        if let Some(bytes) = stated.and_then(|stated| stated.bytes).filter(|bytes| *bytes != part.len()) {
            fault = Some(format!("it has {} bytes; datapackage.json says {bytes}", part.len()));
        } else if let Some(digest) = stated.and_then(|stated| stated.digest.as_ref()) {
            let matches = digest.matches_stream(&mut part).map_err(|error| error.to_string())?;
            if matches == Some(false) {
                fault = Some("it is not what its digest in datapackage.json says".to_owned());
            }
            part.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
        }
        Ok((part, fault))
    }

    /// A stream of a member's data that fails at its end if the checksum or the length is wrong.
    fn verified(&self, member: &PackageMember) -> Result<impl Read + '_, String> {
        let entry = self.archive.get_entry(member.wayfinder).map_err(|error| error.to_string())?;
        Ok(entry.verifying_reader(self.unpacked(member)?))
    }
}
