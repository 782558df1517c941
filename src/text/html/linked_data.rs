//! Reads JSON-LD: the text of an article, its title, author, date and language (schema.org `Article`).

use std::collections::HashMap;

use serde_json::Value;

use crate::text::TextRules;
use crate::text::html::embedded_text::{EmbeddedData, EmbeddedText, total_chars};
use crate::text::html::text_line;

/// At most this many values of one script are read.
const MAX_VALUES: usize = 200_000;

/// Names by their `@id`, to which other parts of the data refer.
type PeopleById = HashMap<String, String>;

struct Reader<'a> {
    people: PeopleById,
    data: &'a mut EmbeddedData,
    rules: &'a TextRules,
    /// How many values may still be read.
    left: usize,
}

/// Adds to a page's data what one JSON-LD script says.
pub fn read_linked_data(value: &Value, data: &mut EmbeddedData, rules: &TextRules) {
    let mut people = PeopleById::new();
    let mut left = MAX_VALUES;
    collect_people(value, &mut people, &mut left);
    Reader { people, data, rules, left: MAX_VALUES }.visit(value);
}

impl Reader<'_> {
    fn visit(&mut self, value: &Value) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let data = &mut *self.data;
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.visit(item)),
            Value::Object(fields) => {
                let kind = fields.get("@type").map(type_names).unwrap_or_default();
                let article = kind.contains("Article") || kind.contains("Posting") || kind.contains("Report");
                if article {
                    fill_field(
                        &mut data.title,
                        fields.get("headline").or_else(|| fields.get("name")).and_then(Value::as_str),
                    );
                    fill_field(&mut data.language, fields.get("inLanguage").and_then(Value::as_str));
                    fill_field(&mut data.date, fields.get("datePublished").and_then(read_date).as_deref());
                    let author = fields.get("author");
                    fill_field(
                        &mut data.author,
                        author.map(|author| person_name(author, &self.people)).as_deref(),
                    );
                }
                for key in ["articleBody", "text"] {
                    let body = fields.get(key).and_then(Value::as_str).unwrap_or_default();
                    if (key == "articleBody" || article) && !body.is_empty() {
                        let text = EmbeddedText::from_strings(&[body], self.rules);
                        if total_chars(&text.blocks) > total_chars(&data.blocks) {
                            data.blocks.clone_from(&text.blocks);
                        }
                        data.texts.push(text);
                    }
                }
                for field in fields.values().filter(|field| field.is_object() || field.is_array()) {
                    self.visit(field);
                }
            }
            _ => {}
        }
    }
}

fn type_names(value: &Value) -> String {
    match value {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// A date, also one that is given as seconds or milliseconds since 1970.
fn read_date(value: &Value) -> Option<String> {
    match value {
        Value::String(date) => Some(date.clone()),
        Value::Number(number) => {
            let number = number.as_i64()?;
            // Milliseconds, unless they give a day before March 1973.
            let seconds = if number < 100_000_000_000 { number } else { number / 1000 };
            let time = jiff::Timestamp::from_second(seconds).ok()?;
            // A small number is not a date.
            (seconds > 100_000_000).then(|| time.to_string())
        }
        _ => None,
    }
}

fn collect_people(value: &Value, people: &mut PeopleById, left: &mut usize) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_people(item, people, left)),
        Value::Object(fields) => {
            let text = |key: &str| fields.get(key).and_then(Value::as_str);
            if let (Some(id), Some(name)) = (text("@id"), text("name")) {
                people.entry(id.to_owned()).or_insert_with(|| name.to_owned());
            }
            fields.values().for_each(|field| collect_people(field, people, left));
        }
        _ => {}
    }
}

/// A person's name, or the names of several.
fn person_name(value: &Value, people: &PeopleById) -> String {
    match value {
        Value::String(name) => name.clone(),
        Value::Array(all) => {
            let names = all.iter().map(|one| person_name(one, people)).filter(|name| !name.is_empty());
            names.collect::<Vec<String>>().join(", ")
        }
        Value::Object(fields) => match (fields.get("name"), fields.get("@id").and_then(Value::as_str)) {
            (Some(name), _) => person_name(name, people),
            (None, Some(id)) => people.get(id).cloned().unwrap_or_default(),
            (None, None) => String::new(),
        },
        _ => String::new(),
    }
}

fn fill_field(field: &mut String, value: Option<&str>) {
    let value = value.unwrap_or_default().trim();
    if field.is_empty() && !value.is_empty() {
        text_line::push_text(field, &htmlize::unescape_attribute(value));
    }
}
