//! Reads which file of `src/` uses which: `use` declarations and paths are resolved to the file that
//! defines the name, through every re-export, so that a circle cannot hide behind a `mod.rs`.
//!
//! The reader works on the text and needs no compiler. It knows the layout that `cargo fmt` gives, and it
//! leaves out comments, strings and the tests inside a file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A module's path below the crate: `["text", "html", "tokens"]`; empty for the crate itself.
pub type ModulePath = Vec<String>;

/// A source file: its path below the project, and its text.
pub type Source = (String, String);

/// The files that each file uses, by path.
pub type Uses = BTreeMap<String, BTreeSet<String>>;

/// The module that a file holds.
pub fn module_path(file: &str) -> ModulePath {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: ModulePath = inner.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

/// Whether a file holds tests only: tests may look at everything.
fn is_test_file(file: &str) -> bool {
    file.ends_with("tests.rs") || file.split('/').any(|part| part == "tests")
}

/// The code without its comments: documents may name later stages, code may not.
pub fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        code.push_str(match line.find("//") {
            // Not within a string such as "https://".
            Some(place) if line[..place].matches('"').count() % 2 == 0 => &line[..place],
            _ => line,
        });
        code.push('\n');
    }
    code
}

/// The code without its string literals, as far as each is on one line.
fn without_strings(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    for line in code.lines() {
        for (index, piece) in line.split('"').enumerate() {
            out.push_str(if index % 2 == 0 { piece } else { " " });
        }
        out.push('\n');
    }
    out
}

/// The code without its inline test modules, which begin with `#[cfg(test)]` at the margin.
fn without_inline_tests(code: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(code.len()), code);
    while let Some(start) = rest.find("#[cfg(test)]\nmod ").or_else(|| rest.find("#[cfg(all(test")) {
        let module = &rest[start..];
        let opens = module.lines().take(4).any(|line| line.starts_with("mod ") && line.ends_with('{'));
        let end = if opens {
            module.find("\n}\n").map(|end| end + 3)
        } else {
            module.find(";\n").map(|end| end + 2)
        };
        out.push_str(&rest[..start]);
        rest = &module[end.unwrap_or(module.len())..];
    }
    out.push_str(rest);
    out
}

/// One name that a `use` declaration brings in.
struct Import {
    path: Vec<String>,
    name: String,
    is_reexport: bool,
}

/// The text with its `use` declarations taken out, and what they bring in.
fn split_imports(code: &str) -> (String, Vec<Import>) {
    let (mut out, mut imports, mut rest) = (String::new(), Vec::new(), code);
    while let Some(line_end) = rest.find('\n').map(|end| end + 1) {
        let line = rest[..line_end].trim_start();
        let (is_reexport, declaration) = match line.strip_prefix("pub") {
            Some(after) => {
                let after = after
                    .strip_prefix('(')
                    .and_then(|inner| inner.split_once(')'))
                    .map_or(after, |(_, after)| after);
                (true, after.trim_start())
            }
            None => (false, line),
        };
        if let (true, Some(end)) = (declaration.starts_with("use "), rest.find(';')) {
            let declaration = &rest[..end];
            let start = declaration.find("use ").map_or(0, |place| place + 4);
            flatten(&[], &declaration[start..], is_reexport, &mut imports);
            rest = &rest[end + 1..];
        } else {
            out.push_str(&rest[..line_end]);
            rest = &rest[line_end..];
        }
    }
    out.push_str(rest);
    (out, imports)
}

/// Takes a `use` tree apart into single names.
fn flatten(prefix: &[String], tree: &str, is_reexport: bool, imports: &mut Vec<Import>) {
    let tree = tree.trim();
    let segments = |text: &str| -> Vec<String> {
        text.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    if let Some((start, group)) = tree.split_once('{') {
        let prefix = [prefix, &segments(start)].concat();
        for part in split_group(group) {
            flatten(&prefix, part, is_reexport, imports);
        }
        return;
    }
    let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias)));
    let mut path = [prefix, &segments(path)].concat();
    if path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    if let Some(last) = path.last().cloned() {
        let name = alias.map_or(last, |alias| alias.trim().to_owned());
        imports.push(Import { path, name, is_reexport });
    }
}

/// The parts of a group's inside, which ends at its closing brace.
fn split_group(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..place]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// One file, read.
struct FileRead {
    file: String,
    code: String,
    imports: Vec<Import>,
}

/// The tree of modules with what each file names.
pub struct ModuleTree {
    files: HashMap<ModulePath, FileRead>,
}

impl ModuleTree {
    /// Reads the sources below `src/`.
    pub fn read(sources: &[Source]) -> Self {
        let mut files = HashMap::new();
        for (file, text) in sources.iter().filter(|(file, _)| file != "src/main.rs") {
            let code = without_inline_tests(&without_comments(text));
            let (code, imports) = split_imports(&code);
            files.insert(
                module_path(file),
                FileRead { file: file.clone(), code: without_strings(&code), imports },
            );
        }
        Self { files }
    }

    /// A path as it is written in a module, from the crate's root; none where it leads to another crate.
    fn absolute(&self, path: &[String], module: &ModulePath) -> Option<Vec<String>> {
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([module.as_slice(), &path[1..]].concat()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let above = module.len().checked_sub(ups)?;
                Some([&module[..above], &path[ups..]].concat())
            }
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                self.files.contains_key(&child).then(|| [module.as_slice(), path].concat())
            }
        }
    }

    /// The file that defines what an absolute path names.
    fn defining_file(&self, path: &[String], depth: usize) -> Option<&str> {
        let modules = (0..=path.len()).rev().find(|&length| self.files.contains_key(&path[..length]))?;
        let (module, rest) = (path[..modules].to_vec(), &path[modules..]);
        let file = &self.files[&module];
        let Some(name) = rest.first().filter(|_| depth < 9) else { return Some(&file.file) };
        if defines(&file.code, name) {
            return Some(&file.file);
        }
        for import in &file.imports {
            let Some(target) = self.absolute(&import.path, &module) else { continue };
            if import.name == *name {
                let target = [target.as_slice(), &rest[1..]].concat();
                if target != path {
                    return self.defining_file(&target, depth + 1);
                }
            } else if import.name == "*" {
                let target = [&target[..target.len() - 1], rest].concat();
                let found = self.defining_file(&target, depth + 1);
                if let Some(found) = found.filter(|found| defines(self.code_of(found), name)) {
                    return Some(found);
                }
            }
        }
        Some(&file.file)
    }

    fn code_of(&self, file: &str) -> &str {
        self.files.get(&module_path(file)).map_or("", |read| &read.code)
    }

    /// Which files each file uses, tests left out. A re-export is no use: it only passes a name on.
    pub fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (module, read) in self.files.iter().filter(|(_, read)| !is_test_file(&read.file)) {
            let mut named: Vec<Vec<String>> = Vec::new();
            let mut imported_modules: HashMap<&str, Vec<String>> = HashMap::new();
            for import in &read.imports {
                let Some(target) = self.absolute(&import.path, module) else { continue };
                if self.files.contains_key(&target) {
                    imported_modules.insert(&import.name, target);
                } else if import.name == "*" {
                    named.push(target[..target.len() - 1].to_vec());
                } else if !import.is_reexport || has_word(&read.code, &import.name) {
                    named.push(target);
                }
            }
            for path in written_paths(&read.code) {
                let imported = imported_modules.get(path[0].as_str());
                match imported {
                    Some(target) => named.push([target.as_slice(), &path[1..]].concat()),
                    None => named.extend(self.absolute(&path, module)),
                }
            }
            let files = named.iter().filter_map(|path| self.defining_file(path, 0));
            let others = files.filter(|file| *file != read.file).map(str::to_owned);
            uses.insert(read.file.clone(), others.collect());
        }
        uses
    }
}

/// Whether a file's code defines an item of this name.
fn defines(code: &str, name: &str) -> bool {
    ["struct ", "enum ", "trait ", "type ", "fn ", "const ", "static "].iter().any(|keyword| {
        let item = format!("{keyword}{name}");
        code.match_indices(&item).any(|(place, _)| !code[place + item.len()..].starts_with(is_word))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(place, _)| {
        !code[..place].ends_with(is_word) && !code[place + word.len()..].starts_with(is_word)
    })
}

/// The paths of two or more segments that code holds, visibilities left out.
fn written_paths(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut end_of_last = 0;
    for (place, _) in code.match_indices("::") {
        if place < end_of_last {
            continue;
        }
        let start = code[..place]
            .rfind(|c| !is_word(c))
            .map_or(0, |before| before + code[before..].chars().next().map_or(1, char::len_utf8));
        let length = code[start..].find(|c| !is_word(c) && c != ':').unwrap_or(code.len() - start);
        let text = code[start..start + length].trim_end_matches(':');
        end_of_last = start + length.max(2);
        if start == place || code[..start].ends_with("(in ") || code[..start].ends_with([':', '$']) {
            continue;
        }
        paths.push(text.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect());
    }
    paths.retain(|path: &Vec<String>| path.len() > 1);
    paths
}

/// Groups of files each of which uses the others in a circle, by the files that reach each other.
pub fn circles(uses: &Uses) -> Vec<Vec<String>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|file| (file.as_str(), reachable(uses, file))).collect();
    let mut circles: Vec<Vec<String>> = Vec::new();
    for (file, reached) in &reach {
        if !reached.contains(file) || circles.iter().flatten().any(|known| known == file) {
            continue;
        }
        let back = reached.iter().filter(|other| reach.get(*other).is_some_and(|from| from.contains(file)));
        circles.push(back.map(|other| (*other).to_owned()).collect());
    }
    circles
}

fn reachable<'a>(uses: &'a Uses, file: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![file];
    while let Some(next) = open.pop() {
        for used in uses.get(next).into_iter().flatten() {
            if reached.insert(used.as_str()) {
                open.push(used);
            }
        }
    }
    reached
}
