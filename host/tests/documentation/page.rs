//! A page of the documentation: its text, headings, links and snippets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of the repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A Markdown file.
pub(super) struct Page {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A fenced code block.
pub(super) struct Snippet<'a> {
    pub(super) language: &'a str,
    pub(super) text: String,
}

impl Page {
    pub(super) fn read(path: impl AsRef<Path>) -> Self {
        let path = root().join(path);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// All Markdown of the repository.
    pub(super) fn all() -> Vec<Self> {
        let mut pages = Vec::new();
        let mut folders = vec![root()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name().to_string_lossy().into_owned();
                let built = ["target", "node_modules", "dist"].contains(&name.as_str());
                if entry.file_type().unwrap().is_dir() {
                    if !built && (!name.starts_with('.') || name == ".github") {
                        folders.push(entry.path());
                    }
                } else if name.ends_with(".md") {
                    pages.push(Self::read(entry.path()));
                }
            }
        }
        pages
    }

    /// Its path in the repository.
    pub(super) fn name(&self) -> String {
        self.path.strip_prefix(root()).unwrap().display().to_string()
    }

    /// Its lines outside of fenced code.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let mut fenced = false;
        self.text.lines().filter(move |line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
    }

    /// Its fenced code.
    pub(super) fn snippets(&self) -> Vec<Snippet<'_>> {
        let mut snippets = Vec::new();
        let mut open: Option<Snippet<'_>> = None;
        for line in self.text.lines() {
            match (line.trim_start().strip_prefix("```"), open.as_mut()) {
                (Some(language), None) => {
                    open = Some(Snippet { language: language.trim(), text: String::new() });
                }
                (Some(_), Some(_)) => snippets.extend(open.take()),
                (None, Some(snippet)) => {
                    snippet.text.push_str(line);
                    snippet.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a fence is not closed", self.name());
        snippets
    }

    /// The anchors of its headings.
    pub(super) fn anchors(&self) -> Vec<String> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let headings = self.prose().filter_map(|line| {
            let text = line.trim_start_matches('#');
            let level = line.len() - text.len();
            (1..=6).contains(&level).then(|| text.strip_prefix(' ')).flatten()
        });
        let anchor = |heading: &str| {
            let anchor = slug(heading);
            let times = seen.entry(anchor.clone()).or_default();
            *times += 1;
            if *times == 1 { anchor } else { format!("{anchor}-{}", *times - 1) }
        };
        headings.map(anchor).collect()
    }

    /// The targets of its links and pictures.
    pub(super) fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for line in self.prose() {
            let line = without_code(line);
            for rest in line.split("](").skip(1) {
                links.extend(rest.split([')', ' ']).next().map(str::to_owned));
            }
            for rest in line.split("=\"").skip(1) {
                let is_link = rest.starts_with("http") || rest.contains(".md\"");
                links.extend(rest.split('"').next().filter(|_| is_link).map(str::to_owned));
            }
            let reference = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
            links.extend(reference.map(|(_, target)| target.trim().to_owned()));
        }
        links
    }
}

/// A heading's anchor in GitHub and mdBook.
fn slug(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
    let plain = heading.trim().to_lowercase();
    plain.chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A line without code between backquotes; a link's brackets stay.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}
