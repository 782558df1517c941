//! Compares the links that the reader finds with those of the `CommonMark` standard.
//!
//! `pulldown-cmark` is the oracle. The texts are the project's own, several for each section of the
//! standard; its examples are licensed differently (CC-BY-SA) and are not copied. A difference that is
//! wanted stands in [`DEVIATIONS`] with its reason.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::commonmark_deviations::DEVIATIONS;
use super::commonmark_texts::TEXTS;
use crate::archive::markdown::{entities, scan_markdown};
use crate::archive::raw_link::LinkForm;

/// A link as "destination | label", an image with "!" before it.
fn shown(is_image: bool, destination: &str, label: &str) -> String {
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}{destination} | {label}", if is_image { "!" } else { "" })
}

/// The links of the standard, in the order in which they begin.
fn standard_links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                open.push(links.len());
                links.push((false, dest_url.to_string(), String::new()));
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                open.push(links.len());
                links.push((true, dest_url.to_string(), String::new()));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                open.pop();
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(link) = open.last().and_then(|link| links.get_mut(*link)) {
                    link.2.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(link) = open.last().and_then(|link| links.get_mut(*link)) {
                    link.2.push(' ');
                }
            }
            _ => {}
        }
    }
    links.iter().map(|(is_image, destination, label)| shown(*is_image, destination, label)).collect()
}

/// The reader's links of the forms that the standard has, destinations without escapes and entities.
fn found_links(text: &str) -> Vec<String> {
    let found = scan_markdown(text, 0).links;
    let standard = found.iter().filter(|link| !matches!(link.form, LinkForm::Bare | LinkForm::Html));
    standard
        .map(|link| {
            let destination = match link.form {
                LinkForm::Autolink => link.destination.clone(),
                _ => without_markup(&link.destination),
            };
            shown(link.image, &destination, &link.label)
        })
        .collect()
}

fn without_markup(destination: &str) -> String {
    let mut out = String::new();
    let mut rest = destination;
    while let Some(c) = rest.chars().next() {
        let escaped = rest.strip_prefix('\\').and_then(|next| next.chars().next());
        if let Some(next) = escaped.filter(char::is_ascii_punctuation) {
            out.push(next);
            rest = &rest[2..];
        } else if let Some((text, length)) = entities::decode_entity(rest) {
            out.push_str(&text);
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[test]
fn links_are_those_of_the_standard_but_for_wanted_deviations() {
    let mut wrong = Vec::new();
    let mut texts = 0;
    let mut known: Vec<&str> = Vec::new();
    for (section, text) in
        TEXTS.iter().flat_map(|(section, texts)| texts.iter().map(move |text| (section, *text)))
    {
        texts += 1;
        let (standard, found) = (standard_links(text), found_links(text));
        match DEVIATIONS.iter().find(|deviation| deviation.text == text) {
            Some(deviation) => {
                known.push(deviation.text);
                if found != deviation.links || found == standard {
                    wrong.push(format!("{section}: {text:?}: {found:?}, not {:?}", deviation.links));
                }
            }
            None if found != standard => {
                wrong.push(format!("{section}: {text:?}: {found:?}, not {standard:?}"));
            }
            None => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {texts} texts:\n{}", wrong.len(), wrong.join("\n"));
    assert!(texts >= 150, "only {texts} texts");
    for deviation in DEVIATIONS {
        assert!(known.contains(&deviation.text), "{:?} is not among the texts", deviation.text);
        assert!(!deviation.reason.is_empty());
    }
}
