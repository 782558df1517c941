//! Parses YAML into a tree whose scalars have a position.
//!
//! The tree is built from the events of the parser. An alias refers to the node of its anchor instead of
//! copying it, and all nodes are in one list, so that neither chains of aliases nor deep nesting cost more
//! than the length of the text.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::entry::{file_line, is_null};
use crate::archive::position::Position;

/// The index of a node in [`YamlTree::nodes`].
pub(super) type NodeIndex = usize;

/// A node of a YAML document.
#[derive(Debug)]
pub(super) enum YamlNode {
    /// A value that means "no value".
    Null,
    /// Any other scalar, as text.
    Scalar { text: String, position: Position },
    /// A sequence.
    List(Vec<NodeIndex>),
    /// A mapping, its pairs in the order of the text. Keys may repeat.
    Map(Vec<(NodeIndex, NodeIndex)>),
}

/// A YAML document.
#[derive(Debug)]
pub(super) struct YamlTree {
    pub nodes: Vec<YamlNode>,
    /// The outermost node; `None` for an empty document.
    pub root: Option<NodeIndex>,
}

/// The text is not a single YAML document.
#[derive(Debug)]
pub(super) struct NotYaml;

impl From<ScanError> for NotYaml {
    fn from(_: ScanError) -> Self {
        Self
    }
}

/// Parses a front matter without its fences.
pub(super) fn parse_yaml_tree(body: &str) -> Result<YamlTree, NotYaml> {
    let mut builder = TreeBuilder {
        tree: YamlTree { nodes: Vec::new(), root: None },
        open: Vec::new(),
        anchors: HashMap::new(),
    };
    let mut documents = 0;
    for event in Parser::new_from_str(body) {
        let (event, span) = event?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                return Err(NotYaml);
            }
        }
        builder.add_event(event, span)?;
    }
    Ok(builder.tree)
}

struct TreeBuilder {
    tree: YamlTree,
    /// The collections that are open, each with the key that waits for its value.
    open: Vec<(NodeIndex, Option<NodeIndex>)>,
    anchors: HashMap<usize, NodeIndex>,
}

impl TreeBuilder {
    fn add_event(&mut self, event: Event<'_>, span: Span) -> Result<(), NotYaml> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = if style == ScalarStyle::Plain && tag.is_none() && is_null(&text) {
                    YamlNode::Null
                } else {
                    let has_properties = anchor > 0 || tag.is_some();
                    let position = scalar_position(&text, style, has_properties, span);
                    YamlNode::Scalar { text: text.into_owned(), position }
                };
                let index = self.add_node(node, anchor);
                self.attach(index);
            }
            Event::SequenceStart(anchor, _) => self.open_collection(YamlNode::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.open_collection(YamlNode::Map(Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
            Event::Alias(anchor) => {
                let index = *self.anchors.get(&anchor).ok_or(NotYaml)?;
                // An alias of a scalar has the text of its anchor, but a position of its own.
                let index = match self.tree.nodes.get(index) {
                    Some(YamlNode::Scalar { text, .. }) if text.len() <= LONGEST_ALIAS => {
                        let (text, position) =
                            (text.clone(), file_position(span.start.line(), span.start.col()));
                        self.add_node(YamlNode::Scalar { text, position }, 0)
                    }
                    _ => index,
                };
                self.attach(index);
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open_collection(&mut self, node: YamlNode, anchor: usize) {
        let index = self.add_node(node, anchor);
        self.attach(index);
        self.open.push((index, None));
    }

    fn add_node(&mut self, node: YamlNode, anchor: usize) -> NodeIndex {
        self.tree.nodes.push(node);
        let index = self.tree.nodes.len() - 1;
        if anchor > 0 {
            self.anchors.insert(anchor, index);
        }
        index
    }

    /// Makes a node the root, an item, a key, or the value of the key before it.
    fn attach(&mut self, index: NodeIndex) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.tree.root = Some(index);
            return;
        };
        match self.tree.nodes.get_mut(*parent) {
            Some(YamlNode::List(items)) => items.push(index),
            Some(YamlNode::Map(pairs)) => match key.take() {
                Some(key) => pairs.push((key, index)),
                None => *key = Some(index),
            },
            _ => {}
        }
    }
}

/// The longest text, in bytes, that is copied for an alias. The alias of a longer text has the position of
/// its anchor.
const LONGEST_ALIAS: usize = 2048;

/// The position at which a scalar's text starts. The parser reports the position of an anchor or tag before
/// it, of its quotation mark, or of the first text of a block.
fn scalar_position(text: &str, style: ScalarStyle, has_properties: bool, span: Span) -> Position {
    let (start, end) = (span.start, span.end);
    let column = match style {
        ScalarStyle::Plain if has_properties && start.line() == end.line() => {
            end.col().saturating_sub(text.chars().count())
        }
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => start.col() + 1,
        ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => start.col(),
    };
    file_position(start.line(), column)
}

/// The position in the file for a position in the front matter, where the line counts from 1 and the column
/// from 0.
fn file_position(line: usize, column: usize) -> Position {
    Position {
        line: file_line(line.saturating_sub(1)),
        column: u32::try_from(column + 1).unwrap_or(u32::MAX),
    }
}
