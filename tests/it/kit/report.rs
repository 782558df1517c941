//! Parses a report in JSON lines: the head, the links, and each line as plain JSON.

use driftline::report::{LinkReport, RunReport};
use serde_json::Value;

/// A parsed report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The head.
    pub run: RunReport,
    /// The links in the order in which they were reported.
    pub links: Vec<LinkReport>,
    /// Every line as it came, for tests of the form itself.
    pub raw: Vec<Value>,
}

impl Report {
    /// Parses `--format jsonl`; says what is wrong with which line.
    pub fn parse(jsonl: &str) -> Result<Self, String> {
        let mut run = None;
        let mut links = Vec::new();
        let mut raw = Vec::new();
        for (number, line) in jsonl.lines().enumerate() {
            let number = number + 1;
            let value: Value = serde_json::from_str(line).map_err(|why| format!("line {number}: {why}"))?;
            match value.get("type").and_then(Value::as_str) {
                Some("run") if number == 1 => {
                    run = Some(parsed(&value).map_err(|why| format!("line {number}: {why}"))?);
                }
                Some("link") if number > 1 => {
                    links.push(parsed(&value).map_err(|why| format!("line {number}: {why}"))?);
                }
                other => return Err(format!("line {number}: type {other:?} does not belong here")),
            }
            raw.push(value);
        }
        let run = run.ok_or("there is no run line")?;
        Ok(Self { run, links, raw })
    }

    /// The one link of this article to this URL.
    #[track_caller]
    pub fn link(&self, article: &str, url: &str) -> &LinkReport {
        let found: Vec<_> = self
            .links
            .iter()
            .filter(|link| link.article == article && link.url.as_deref() == Some(url))
            .collect();
        match found[..] {
            [link] => link,
            _ => panic!("{} links from {article} to {url} in {:#?}", found.len(), self.links),
        }
    }

    /// The links of an article.
    pub fn of(&self, article: &str) -> Vec<&LinkReport> {
        self.links.iter().filter(|link| link.article == article).collect()
    }
}

/// A line without its `type`, which tells lines apart and belongs to no record.
fn parsed<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("type");
    }
    serde_json::from_value(value)
}
