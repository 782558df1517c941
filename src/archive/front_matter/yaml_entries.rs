//! Reads the entries of a front matter in YAML.

use std::collections::HashSet;

use super::entry::{FrontMatterEntry, WRAPPERS, position_in_line};
use super::lenient_yaml::parse_lenient_yaml;
use super::plain_yaml::parse_plain_yaml;
use super::yaml_tree::{NodeIndex, YamlNode, YamlTree, parse_yaml_tree};

/// A longer front matter, in bytes, is only read line by line.
const LONGEST_YAML: usize = 64 * 1024;
/// The upper limit for the size of all entries of a front matter, in bytes. Aliases to lists of aliases
/// could repeat a value without end; without aliases, no front matter of [`LONGEST_YAML`] reaches the
/// limit.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// The cost of visiting a node, which counts against [`MOST_BYTES`] together with its text.
const NODE_COST: usize = 16;
/// The deepest nesting of collections below a key; deeper ones are ignored.
const DEEPEST: usize = 5;

/// Returns the entries between the fences, or `None` where the text is not a mapping. The fences are
/// thematic breaks then.
pub(super) fn parse_yaml_entries(body: &str) -> Option<Vec<FrontMatterEntry>> {
    if let Some(entries) = parse_plain_yaml(body) {
        return Some(entries);
    }
    let tree = if body.len() <= LONGEST_YAML { parse_yaml_tree(body).ok() } else { None };
    let Some(tree) = tree else { return parse_lenient_yaml(body) };
    let mut entries = collect_entries(&tree)?;
    add_unquoted_marks(body, &mut entries);
    Some(entries)
}

/// Adds the values that YAML reads as a comment or a tag and a person wrote as text: `title: #1 fan`,
/// `title: !important`. A comment has a space behind its `#`.
fn add_unquoted_marks(body: &str, entries: &mut Vec<FrontMatterEntry>) {
    for (index, line) in body.lines().enumerate() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let mark = value.strip_prefix(['#', '!']);
        let is_text = mark.is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
        // A tag without a value gives an empty one.
        let has_value = entries.iter().any(|entry| entry.key == key && !entry.value.is_empty());
        if !is_text || !is_plain_key(key) || has_value {
            continue;
        }
        entries.retain(|entry| entry.key != key);
        entries.push(FrontMatterEntry {
            key: key.to_owned(),
            part: String::new(),
            value: value.to_owned(),
            position: position_in_line(index, line, value),
        });
    }
}

fn is_plain_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// Returns the entries of a document whose root is a mapping.
pub(super) fn collect_entries(tree: &YamlTree) -> Option<Vec<FrontMatterEntry>> {
    let Some(YamlNode::Map(pairs)) = tree.nodes.get(tree.root?) else { return None };
    let mut collector = EntryCollector { tree, entries: Vec::new(), budget: MOST_BYTES };
    collector.collect_pairs(pairs, 0, &HashSet::new());
    Some(collector.entries)
}

struct EntryCollector<'t> {
    tree: &'t YamlTree,
    entries: Vec<FrontMatterEntry>,
    /// The rest of [`MOST_BYTES`].
    budget: usize,
}

impl<'t> EntryCollector<'t> {
    /// Adds the pairs of the root, of a wrapper, or of a map that is merged into another. Keys in
    /// `overridden` are left out.
    ///
    /// A merge key (`<<`) has a map or a list of maps as its value. A map's own keys override merged ones,
    /// and earlier maps override later ones (YAML 1.1, merge key language-independent type).
    fn collect_pairs(
        &mut self,
        pairs: &'t [(NodeIndex, NodeIndex)],
        depth: usize,
        overridden: &HashSet<&'t str>,
    ) {
        let mut merged: Vec<&'t YamlNode> = Vec::new();
        for (key, value) in pairs {
            if !self.spend(0) {
                return;
            }
            let Some(YamlNode::Scalar { text: key, .. }) = self.tree.nodes.get(*key) else { continue };
            if overridden.contains(key.as_str()) {
                continue;
            }
            match self.tree.nodes.get(*value) {
                Some(node) if key == "<<" => merged.push(node),
                Some(YamlNode::Map(inner)) if depth < DEEPEST && WRAPPERS.contains(&key.as_str()) => {
                    self.collect_pairs(inner, depth + 1, &HashSet::new());
                }
                Some(node) => self.collect_values(node, key, "", 0),
                None => {}
            }
        }
        if merged.is_empty() || depth >= DEEPEST {
            return;
        }
        let mut overridden = overridden.clone();
        overridden.extend(self.keys(pairs));
        for node in merged {
            let maps: &[NodeIndex] = if let YamlNode::List(items) = node { items } else { &[] };
            let listed = maps.iter().filter_map(|item| self.tree.nodes.get(*item));
            for map in std::iter::once(node).chain(listed) {
                let YamlNode::Map(inner) = map else { continue };
                if !self.spend(0) {
                    return;
                }
                self.collect_pairs(inner, depth + 1, &overridden);
                overridden.extend(self.keys(inner));
            }
        }
    }

    /// The keys of a map that are scalars.
    fn keys(&self, pairs: &'t [(NodeIndex, NodeIndex)]) -> impl Iterator<Item = &'t str> {
        let tree = self.tree;
        pairs.iter().filter_map(move |(key, _)| match tree.nodes.get(*key) {
            Some(YamlNode::Scalar { text, .. }) if text != "<<" => Some(text.as_str()),
            _ => None,
        })
    }

    /// Adds a value, or the items of a list and the pairs of a map.
    fn collect_values(&mut self, node: &'t YamlNode, key: &str, part: &str, depth: usize) {
        let length = if let YamlNode::Scalar { text, .. } = node { text.len() } else { 0 };
        if depth > DEEPEST || !self.spend(length) {
            return;
        }
        match node {
            YamlNode::Scalar { text, position } => self.entries.push(FrontMatterEntry {
                key: key.to_owned(),
                part: part.to_owned(),
                value: text.clone(),
                position: *position,
            }),
            YamlNode::List(items) => {
                for item in items.iter().filter_map(|item| self.tree.nodes.get(*item)) {
                    self.collect_values(item, key, part, depth + 1);
                }
            }
            // The innermost key says what a value is: `source: {paper: {url: …}}`.
            YamlNode::Map(pairs) => {
                for (name, value) in pairs {
                    let (Some(YamlNode::Scalar { text: name, .. }), Some(value)) =
                        (self.tree.nodes.get(*name), self.tree.nodes.get(*value))
                    else {
                        continue;
                    };
                    self.collect_values(value, key, name, depth + 1);
                }
            }
            YamlNode::Null => {}
        }
    }

    /// Takes the cost of a node from the budget. Returns false when the budget is spent.
    fn spend(&mut self, text_length: usize) -> bool {
        let left = self.budget.checked_sub(NODE_COST + text_length);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }
}
