//! Modules have no dependency cycles, direct or indirect. Guests follow a stricter rule: a parent
//! uses its submodules, so these use nothing of the parent's own file, and code shared by several
//! submodules is a separate submodule.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::page::root;

/// The path of a module from its crate's root, which has an empty one.
type Module = Vec<String>;

/// The dependencies of each module of a crate.
#[derive(Default)]
struct Uses(BTreeMap<Module, BTreeSet<Module>>);

impl Uses {
    /// For the crate with its sources in this folder.
    fn of(folder: &Path) -> Self {
        let mut texts = BTreeMap::new();
        collect(folder, &Vec::new(), &mut texts);
        Self::among(&texts)
    }

    fn among(texts: &BTreeMap<Module, String>) -> Self {
        let mut uses = Self::default();
        for (module, text) in texts {
            let found = paths(text).into_iter().filter_map(|path| resolve(module, &path, texts));
            let mut used: BTreeSet<Module> = found.filter(|other| other != module).collect();
            let is_part = |other: &&Module| other.split_last().is_some_and(|(_, of)| of == module);
            used.extend(texts.keys().filter(is_part).cloned());
            uses.0.insert(module.clone(), used);
        }
        uses
    }

    /// Only between the submodules of one module: uses of the modules above are omitted, and uses
    /// by nested submodules count as theirs.
    fn between_parts(&self) -> Self {
        let mut parts = Self::default();
        for (module, used) in &self.0 {
            for other in used {
                let common = module.iter().zip(other).take_while(|(a, b)| a == b).count();
                if common < module.len() && common < other.len() {
                    let uses = parts.0.entry(module[..=common].to_vec()).or_default();
                    uses.insert(other[..=common].to_vec());
                }
            }
        }
        parts
    }

    /// A path from a module to itself.
    fn circle(&self) -> Option<Vec<Module>> {
        let mut done = BTreeSet::new();
        self.0.keys().find_map(|module| self.circle_from(module, &mut Vec::new(), &mut done))
    }

    fn circle_from(
        &self,
        module: &Module,
        way: &mut Vec<Module>,
        done: &mut BTreeSet<Module>,
    ) -> Option<Vec<Module>> {
        if let Some(start) = way.iter().position(|one| one == module) {
            return Some(way[start..].to_vec());
        }
        if done.contains(module) {
            return None;
        }
        let used = self.0.get(module)?;
        way.push(module.clone());
        let found = used.iter().find_map(|other| self.circle_from(other, way, done));
        way.pop();
        done.insert(module.clone());
        found
    }
}

/// The texts of all modules below a folder, without comments and tests.
fn collect(folder: &Path, of: &Module, texts: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut module = of.clone();
        if path.is_dir() {
            module.push(name);
            collect(&path, &module, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" {
            if !["lib", "main", "mod"].contains(&name.as_str()) {
                module.push(name);
            }
            texts.insert(module, code(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A file without comments and without the tests at its end.
fn code(text: &str) -> String {
    let tests = |at: &usize| text[*at..].lines().nth(1).is_some_and(|l| l.ends_with("mod tests {"));
    let end = text.match_indices("#[cfg(test)]").map(|(at, _)| at).find(tests);
    let end = end.unwrap_or(text.len());
    let lines = text[..end].lines();
    let code =
        lines.map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    // Visibility within a module is not a use of it.
    code.replace("(in crate::", "(in ").replace("(in super::", "(in ")
}

/// All paths that begin with `crate`, `self` or `super`, with braces expanded.
fn paths(code: &str) -> Vec<Vec<String>> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for root in ["crate::", "self::", "super::"] {
        for (at, _) in code.match_indices(root) {
            // Not part of a name or of a longer path.
            if !code[..at].ends_with(|c: char| is_name(c) || c == ':' || c == '$') {
                tree(&code[at..], &mut Vec::new(), &mut found);
            }
        }
    }
    found
}

/// Reads a path, or a tree of them, to its end. Returns the rest.
fn tree<'a>(mut rest: &'a str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let depth = before.len();
    loop {
        rest = rest.trim_start();
        if let Some(mut inner) = rest.strip_prefix('{') {
            loop {
                inner = inner.trim_start();
                if inner.is_empty() || inner.starts_with('}') {
                    before.truncate(depth);
                    return inner.strip_prefix('}').unwrap_or(inner);
                }
                inner = tree(inner, before, found);
                // Its new name is irrelevant.
                inner = &inner[inner.find([',', '}']).unwrap_or(inner.len())..];
                inner = inner.strip_prefix(',').unwrap_or(inner);
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        before.push(rest[..end].to_owned());
        match rest[end..].strip_prefix("::") {
            Some(next) => rest = next,
            None => {
                found.push(before.clone());
                before.truncate(depth);
                return &rest[end..];
            }
        }
    }
}

/// The module of a path, or of its item, relative to `module`.
fn resolve(module: &Module, path: &[String], all: &BTreeMap<Module, String>) -> Option<Module> {
    let (mut found, mut rest) = (module.clone(), path);
    if path.first()? == "crate" {
        found.clear();
        rest = &path[1..];
    }
    while let Some((first, others)) = rest.split_first() {
        match first.as_str() {
            "super" => {
                found.pop()?;
            }
            "self" => {}
            name => {
                found.push(name.to_owned());
                if !all.contains_key(&found) {
                    found.pop();
                    break;
                }
            }
        }
        rest = others;
    }
    Some(found)
}

fn shown(circle: &[Module]) -> String {
    let name = |module: &Module| format!("`{}`", module.join("/"));
    circle.iter().chain(circle.first()).map(name).collect::<Vec<_>>().join(" → ")
}

/// The cycle in each crate that has one.
fn circles(crates: &[PathBuf], of: impl Fn(&Path) -> Uses) -> String {
    let found = crates.iter().filter_map(|folder| {
        Some(format!("{}: {}", folder.display(), shown(&of(folder).circle()?)))
    });
    found.collect::<Vec<_>>().join("\n")
}

#[test]
fn no_module_of_a_guest_uses_what_uses_it() {
    let mut crates: Vec<_> = ["guest", "guest/fixtures"]
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path().join("src"))
        .filter(|folder| folder.join("lib.rs").exists())
        .collect();
    crates.sort();
    assert!(crates.len() >= 10, "{crates:?}");
    assert_eq!(circles(&crates, Uses::of), "");
}

#[test]
fn no_part_of_a_host_module_uses_what_uses_it() {
    let crates = ["host/src", "host/local/src", "host/cli/src"].map(|folder| root().join(folder));
    for folder in &crates {
        assert!(Uses::of(folder).0.len() >= 50, "{folder:?}");
    }
    assert_eq!(circles(&crates, |folder| Uses::of(folder).between_parts()), "");
}

#[test]
fn circles_are_found() {
    let circle = |files: &[(&str, &str)]| {
        let folder = std::env::temp_dir().join(format!("obscura-modules-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("b")).unwrap();
        files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
        let found = Uses::of(&folder).circle().map(|circle| shown(&circle));
        fs::remove_dir_all(&folder).unwrap();
        found
    };
    let root = ("lib.rs", "mod a;\nmod b;\npub use a::A;\n");
    assert_eq!(circle(&[root, ("a.rs", "use crate::b::B;"), ("b/mod.rs", "mod c;")]), None);
    for files in [
        // Each other; a submodule; the root, which re-exports a submodule's name; its own parent.
        [
            root,
            ("a.rs", "use crate::{b::B};"),
            ("b/mod.rs", "fn f() { super::a::f() }"),
            ("b/c.rs", ""),
        ],
        [
            root,
            ("a.rs", "use crate::b::{self, c::C};"),
            ("b/mod.rs", ""),
            ("b/c.rs", "use super::super::a;"),
        ],
        [root, ("a.rs", ""), ("b/mod.rs", "use crate::A;"), ("b/c.rs", "")],
        [root, ("a.rs", ""), ("b/mod.rs", ""), ("b/c.rs", "use super::{B, D};")],
    ] {
        assert!(circle(&files).is_some(), "{files:?}");
    }
    // Submodules may use their parent's own items, but not each other.
    let parts = |a: &str, b: &str| {
        let names = ["b", "c"].map(|name| vec!["a".to_owned(), name.to_owned()]);
        let all = [vec!["a".to_owned()], names[0].clone(), names[1].clone()];
        let texts: BTreeMap<_, _> =
            all.into_iter().zip(["mod b;\nmod c;", a, b].map(str::to_owned)).collect();
        Uses::among(&texts).between_parts().circle().is_some()
    };
    assert!(!parts("use super::A;", "use super::b::B;"));
    assert!(parts("use super::c::C;", "use super::b::B;"));
    // Neither comments nor tests count.
    let tests = "// crate::b\nfn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::b;\n}\n";
    assert_eq!(circle(&[root, ("a.rs", tests), ("b/mod.rs", "use crate::a;")]), None);
}
