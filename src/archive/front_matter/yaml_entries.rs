//! Reads the entries of a front matter in YAML.

use super::entry::{FrontMatterEntry, WRAPPERS};
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
    match tree {
        Some(tree) => collect_entries(&tree),
        None => parse_lenient_yaml(body),
    }
}

/// Returns the entries of a document whose root is a mapping.
pub(super) fn collect_entries(tree: &YamlTree) -> Option<Vec<FrontMatterEntry>> {
    let Some(YamlNode::Map(pairs)) = tree.nodes.get(tree.root?) else { return None };
    let mut collector = EntryCollector { tree, entries: Vec::new(), budget: MOST_BYTES };
    collector.collect_pairs(pairs, "", 0);
    Some(collector.entries)
}

struct EntryCollector<'t> {
    tree: &'t YamlTree,
    entries: Vec<FrontMatterEntry>,
    /// The rest of [`MOST_BYTES`].
    budget: usize,
}

impl<'t> EntryCollector<'t> {
    /// Adds the pairs of the root, of a wrapper, or of a map that is merged into another (`<<`).
    fn collect_pairs(&mut self, pairs: &'t [(NodeIndex, NodeIndex)], wrapper: &str, depth: usize) {
        for (key, value) in pairs {
            if !self.spend(0) {
                return;
            }
            let Some(YamlNode::Scalar { text: key, .. }) = self.tree.nodes.get(*key) else { continue };
            match self.tree.nodes.get(*value) {
                Some(YamlNode::Map(inner))
                    if depth < DEEPEST
                        && (key == "<<" || (wrapper.is_empty() && WRAPPERS.contains(&key.as_str()))) =>
                {
                    let wrapper = if key == "<<" { wrapper } else { key };
                    self.collect_pairs(inner, wrapper, depth + 1);
                }
                Some(node) => self.collect_values(node, key, "", 0),
                None => {}
            }
        }
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
            // Front matter states links in maps, not in maps inside maps.
            YamlNode::Map(pairs) if part.is_empty() => {
                for (name, value) in pairs {
                    let (Some(YamlNode::Scalar { text: name, .. }), Some(value)) =
                        (self.tree.nodes.get(*name), self.tree.nodes.get(*value))
                    else {
                        continue;
                    };
                    self.collect_values(value, key, name, depth + 1);
                }
            }
            YamlNode::Map(_) | YamlNode::Null => {}
        }
    }

    /// Takes the cost of a node from the budget. Returns false when the budget is spent.
    fn spend(&mut self, text_length: usize) -> bool {
        let left = self.budget.checked_sub(NODE_COST + text_length);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }
}
