//! The rules as they are written in TOML. The files in `config/` explain each key.

use serde::Deserialize;

/// All rule files together; a user's table has the same form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RuleDocument {
    pub(super) wall: Vec<WallTable>,
    pub(super) notice: Vec<WallTable>,
    pub(super) parking: ParkingTable,
    pub(super) soft404: Soft404Table,
    pub(super) login: LoginTable,
    pub(super) shell: ShellTable,
    pub(super) probe: ProbeTable,
    pub(super) captcha: CaptchaTable,
}

/// A `[[wall]]` or a `[[notice]]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WallTable {
    pub(super) name: String,
    pub(super) hosts: Vec<String>,
    pub(super) statuses: Vec<u16>,
    pub(super) header: Option<HeaderCondition>,
    pub(super) title: Vec<String>,
    pub(super) max_title: Option<usize>,
    pub(super) body: Vec<String>,
    pub(super) body_all: Vec<String>,
    pub(super) text: Vec<String>,
    pub(super) final_url: Vec<String>,
    pub(super) max_text: Option<usize>,
    pub(super) max_source: Option<usize>,
}

/// A response header field that a wall sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderCondition {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

/// `[parking]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ParkingTable {
    pub(super) markers: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) phrases: Vec<String>,
    pub(super) patterns: Vec<String>,
    pub(super) urls: Vec<String>,
    pub(super) max_text: usize,
}

/// `[captcha]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CaptchaTable {
    pub(super) widgets: Vec<String>,
    pub(super) max_text: usize,
}

/// The hosts and the notices of one site's file; its other keys are for the reader of its text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SiteNotices {
    pub(super) hosts: Vec<String>,
    pub(super) notice: Vec<WallTable>,
}

/// `[soft404]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Soft404Table {
    pub(super) titles: Vec<String>,
    pub(super) phrases: Vec<String>,
    pub(super) hints: Vec<String>,
    pub(super) paths: Vec<String>,
    pub(super) max_text: usize,
    pub(super) gates: Vec<String>,
    pub(super) gate_paths: Vec<String>,
    pub(super) troubles: Vec<String>,
    pub(super) short_text: usize,
    pub(super) similarity: f64,
    pub(super) similarity_with_title: f64,
}

impl Default for Soft404Table {
    fn default() -> Self {
        Self {
            titles: Vec::new(),
            phrases: Vec::new(),
            hints: Vec::new(),
            paths: Vec::new(),
            max_text: 0,
            gates: Vec::new(),
            gate_paths: Vec::new(),
            troubles: Vec::new(),
            short_text: 0,
            similarity: 1.0,
            similarity_with_title: 1.0,
        }
    }
}

/// `[login]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LoginTable {
    pub(super) paths: Vec<String>,
    pub(super) parameters: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) fields: Vec<String>,
    pub(super) max_text: usize,
    pub(super) phrases: Vec<String>,
    pub(super) max_phrase_text: usize,
}

/// `[shell]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ShellTable {
    pub(super) mounts: Vec<String>,
    pub(super) max_text: usize,
}

/// `[probe]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProbeTable {
    pub(super) naming_parameters: Vec<String>,
    pub(super) other_parameters: Vec<String>,
    pub(super) token_parameters: Vec<String>,
    pub(super) program_extensions: Vec<String>,
    pub(super) views: Vec<String>,
    pub(super) searches: Vec<String>,
}
