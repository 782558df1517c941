//! The `datapackage.json` of a WACZ file, which states the digest and the length of each file in it
//! (WACZ 1.1.1, section 5.2; Frictionless Data Package).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::store::warc::digest::StatedDigest;

/// What a data package states of its files, by path.
#[derive(Debug, Default)]
pub(super) struct DataPackage {
    resources: BTreeMap<String, StatedResource>,
}

/// What is stated of one file.
#[derive(Debug)]
pub(super) struct StatedResource {
    pub digest: Option<StatedDigest>,
    pub bytes: Option<u64>,
}

#[derive(Deserialize)]
struct PackageJson {
    #[serde(default)]
    resources: Vec<ResourceJson>,
}

#[derive(Deserialize)]
struct ResourceJson {
    path: String,
    #[serde(default)]
    hash: Option<String>,
    #[serde(default)]
    bytes: Option<u64>,
}

#[derive(Deserialize)]
struct DigestJson {
    #[serde(default)]
    hash: Option<String>,
}

impl DataPackage {
    /// Parses `datapackage.json`, whose paths are relative to the folder `base` of the package.
    pub(super) fn parse(base: &str, json: &[u8]) -> Result<Self, serde_json::Error> {
        let package: PackageJson = serde_json::from_slice(json)?;
        let resource = |resource: ResourceJson| {
            let stated =
                StatedResource { digest: resource.hash.as_deref().map(parse_hash), bytes: resource.bytes };
            (format!("{base}{}", resource.path.trim_start_matches("./")), stated)
        };
        Ok(Self { resources: package.resources.into_iter().map(resource).collect() })
    }

    /// What is stated of a file.
    pub(super) fn resource(&self, path: &str) -> Option<&StatedResource> {
        self.resources.get(path)
    }

    /// The paths of all files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.resources.keys().map(String::as_str)
    }

    /// Adds what another data package of the same zip file states.
    pub(super) fn extend(&mut self, other: Self) {
        self.resources.extend(other.resources);
    }
}

/// The digest of `datapackage.json` that `datapackage-digest.json` states.
pub(super) fn parse_package_digest(json: &[u8]) -> Option<StatedDigest> {
    serde_json::from_slice::<DigestJson>(json).ok()?.hash.as_deref().map(parse_hash)
}

/// A hash without an algorithm is MD5 (Data Package, `hash`).
fn parse_hash(text: &str) -> StatedDigest {
    if text.contains(':') { StatedDigest::parse(text) } else { StatedDigest::parse(&format!("md5:{text}")) }
}
