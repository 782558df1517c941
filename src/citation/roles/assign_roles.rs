//! Gives every link of an article its role.

use super::labelled_link::LabelledLink;
use super::role_reader::{LinkSection, RoleReader};
use crate::archive::{Article, LinkForm};
use crate::citation::repeated_links::footer_links;
use crate::citation::rules::CitationRules;
use crate::citation::rules::label::LabelKind;
use crate::model::Role;

fn read_rows(article: &Article, rules: &CitationRules) -> (Vec<LabelledLink>, Vec<bool>) {
    let mut reader = RoleReader {
        links: &article.links,
        rules,
        found: vec![LabelledLink::default(); article.links.len()],
        section: LinkSection::None,
        listed: false,
    };
    let rows = article.rows.iter().zip(&article.row_roles);
    let listed = rows.map(|(row, role)| reader.read_row(row, *role)).collect();
    (reader.found, listed)
}

/// Says of each row of an article whether it belongs to a list of sources or of related reading, which its
/// keeper may have added.
pub fn find_source_rows(article: &Article, rules: &CitationRules) -> Vec<bool> {
    read_rows(article, rules).1
}

/// Returns the role of each of the article's links, in their order.
pub(in crate::citation) fn assign_roles(article: &Article, rules: &CitationRules) -> Vec<LabelledLink> {
    let (mut found, _) = read_rows(article, rules);
    if !rules.repeated_links.is_empty() {
        for (index, marks) in footer_links::fingerprint_footer_links(article, rules, &found) {
            let common = marks.iter().any(|mark| rules.repeated_links.contains(mark));
            if let Some(found) = found.get_mut(index).filter(|_| common) {
                found.role = Some(Role::Navigation);
            }
        }
    }
    // A list of links below a label for sources belongs to the article, even if the article says little
    // else.
    let cites = |found: &LabelledLink| {
        let label = found.label.as_deref().and_then(|label| rules.classify_label(label, false));
        found.role == Some(Role::Source) && label == Some(LabelKind::Source { weak: false })
    };
    let is_index = article.is_index && !found.iter().any(cites);
    for (index, (found, link)) in found.iter_mut().zip(&article.links).enumerate() {
        if link.image {
            found.role = Some(Role::Image);
        } else if article.repost == Some(index) {
            found.role = Some(Role::Repost);
        } else if link.form == LinkForm::FrontMatter {
            found.role = Some(Role::Source);
        } else if is_index {
            found.role = Some(Role::Navigation);
        }
    }
    found
}
