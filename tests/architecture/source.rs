//! The sources as a test reads them: comments and strings blanked, tests left out, every line at its number.

use std::fs;
use std::path::{Path, PathBuf};

/// One file below `src`.
pub struct Source {
    /// Relative to `src`, with `/`.
    pub path: String,
    /// Lines of the file outside test modules.
    pub lines: usize,
    /// The file's text with everything blanked that is no code of the program.
    pub code: String,
}

/// A function and the lines from its `fn` to its closing brace.
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// Every source file of the program, without those that only tests have.
pub fn all() -> Vec<Source> {
    let texts = texts("src");
    let only_tests: Vec<String> = texts
        .iter()
        .flat_map(|(path, text)| test_modules(path, text))
        .collect();
    texts
        .into_iter()
        .filter(|(path, _)| !only_tests.iter().any(|test| path.starts_with(test)))
        .map(|(path, text)| Source::read(path, &text))
        .collect()
}

/// Path and text of every Rust file below a folder of the repository.
pub fn texts(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let read = |path: &PathBuf| {
        let relative = path.strip_prefix(&root).expect("below the folder");
        let name = relative.to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(path).expect("a source is text"))
    };
    paths.iter().map(read).collect()
}

fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The beginnings of the paths of modules that are declared `#[cfg(test)] mod name;`.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let folder = match path.rsplit_once('/') {
        Some((folder, "mod.rs")) => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].split_once("mod ")?.1.strip_suffix(';'))
        .flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/")])
        .collect()
}

impl Source {
    fn read(path: String, text: &str) -> Self {
        let mut code = blanked(text).into_bytes();
        let mut lines = text.lines().count();
        while let Some(at) = find(&code, b"#[cfg(test)]") {
            let end = end_of_item(&code, at);
            lines -= count_lines(&code[at..end]);
            blank(&mut code[at..end]);
        }
        let code = String::from_utf8(code).expect("only whole characters are blanked");
        Self { path, lines, code }
    }

    /// The module directly below the crate. What carries out operations is a module of its own: the rest of `ops` is pure.
    pub fn module(&self) -> &str {
        if self.path.starts_with("ops/apply") {
            return "apply";
        }
        let first = self.path.split('/').next().unwrap_or(&self.path);
        first.trim_end_matches(".rs")
    }

    /// Each line of code with its number.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(n, line)| (n + 1, line))
    }

    /// The modules of this crate that are named, each with its line: `crate::x` and `crate::{x, y::z}`.
    pub fn names(&self) -> Vec<(usize, String)> {
        let mut names = Vec::new();
        for (at, _) in self.code.match_indices("crate::") {
            let line = self.code[..at].matches('\n').count() + 1;
            let rest = &self.code[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => {
                    let inner = &group[..group.find(';').unwrap_or(group.len())];
                    names.extend(top_level(inner).map(|name| (line, name)));
                }
                None => names.push((line, word(rest))),
            }
        }
        names
    }

    pub fn functions(&self) -> Vec<Function> {
        let code = self.code.as_bytes();
        self.code
            .match_indices("fn ")
            .filter(|(at, _)| *at == 0 || !is_word(code[at - 1]))
            .filter_map(|(at, _)| {
                let name = word(&self.code[at + 3..]);
                let open = at + self.code[at..].find(['{', ';'])?;
                if name.is_empty() || code[open] == b';' {
                    return None;
                }
                let end = end_of_item(code, at);
                Some(Function {
                    name,
                    line: self.code[..at].matches('\n').count() + 1,
                    lines: count_lines(&code[at..end]) + 1,
                })
            })
            .collect()
    }
}

fn top_level(group: &str) -> impl Iterator<Item = String> {
    let mut depth = 0;
    let mut part = String::new();
    let mut parts = Vec::new();
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ if depth == 0 => part.push(c),
            _ => {}
        }
    }
    parts.push(part);
    parts
        .into_iter()
        .map(|part| word(part.trim()))
        .filter(|name| !name.is_empty())
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|at| at == wanted)
}

fn count_lines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

/// Behind the `;` or the closing brace that ends the item starting here.
fn end_of_item(code: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut square = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(start) {
        match byte {
            b'[' | b'(' => square += 1,
            b']' | b')' => square = square.saturating_sub(1),
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            b';' if depth == 0 && square == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// Comments, strings and character literals become blanks of the same length.
fn blanked(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + length(text.as_bytes(), at);
        if end > at + 1 {
            blank(&mut bytes[at..end]);
        }
        at = end;
    }
    // Bytes beyond ASCII remain only in code, where they stand unchanged.
    String::from_utf8(bytes).expect("whole literals are blanked")
}

/// How many bytes the comment or literal that begins here has; 1 where none begins.
fn length(text: &[u8], at: usize) -> usize {
    let rest = &text[at..];
    let before = at.checked_sub(1).map_or(b' ', |before| text[before]);
    match rest {
        [b'/', b'/', ..] => rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => find(rest, b"*/").map_or(rest.len(), |end| end + 2),
        [b'r', b'"' | b'#', ..] if !is_word(before) || before == b'b' => raw(rest),
        [b'"', ..] => quoted(rest),
        [b'\'', b'\\', ..] => 3 + rest[3..].iter().position(|b| *b == b'\'').unwrap_or(0) + 1,
        [b'\'', ..] => character(rest),
        _ => 1,
    }
}

fn raw(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|b| **b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return 1;
    }
    let close: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    let inner = 2 + hashes;
    find(&rest[inner..], &close).map_or(rest.len(), |end| inner + end + close.len())
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A character literal, or 1 for the tick of a lifetime.
fn character(rest: &[u8]) -> usize {
    let wide = match rest.get(1) {
        Some(first) if *first >= 0xF0 => 4,
        Some(first) if *first >= 0xE0 => 3,
        Some(first) if *first >= 0xC0 => 2,
        _ => 1,
    };
    match rest.get(1 + wide) {
        Some(b'\'') => wide + 2,
        _ => 1,
    }
}

#[test]
fn code_is_told_from_comments_and_texts() {
    let text = "let a = \"fn x() { crate::no }\"; // crate::no\nlet b: &'a str = r#\"crate::\"no\"#; let c = '\"'; '\\'';\ncrate::yes";
    let code = blanked(text);
    assert_eq!(code.len(), text.len());
    assert!(!code.contains("no"), "{code}");
    assert!(
        code.contains("&'a str") && code.contains("crate::yes"),
        "{code}"
    );
}

#[test]
fn tests_are_left_out_and_lines_keep_their_numbers() {
    let text = "fn a() {\n    let x = [1; 2];\n}\n#[cfg(test)]\nmod tests {\n    fn b() { { } }\n}\nfn c() {}\n";
    let source = Source::read("x/y.rs".to_owned(), text);
    let functions = source.functions();
    let found: Vec<(&str, usize, usize)> = functions
        .iter()
        .map(|f| (f.name.as_str(), f.line, f.lines))
        .collect();
    assert_eq!(found, [("a", 1, 3), ("c", 8, 1)]);
    assert_eq!((source.module(), source.lines), ("x", 5));
}

#[test]
fn grouped_imports_name_every_module() {
    let source = Source::read(
        "x.rs".to_owned(),
        "use crate::{a::{b, c}, d, e::f};\nuse crate::g::h;",
    );
    let names: Vec<String> = source.names().into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["a", "d", "e", "g"]);
}
