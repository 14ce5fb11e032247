//! The crates that a component declares, in the custom section that `cargo auditable` and
//! `wasm-tools metadata` use.
//!
//! <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>

use std::collections::BTreeSet;
use std::io::Read as _;

use flate2::read::ZlibDecoder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of the section: JSON, compressed by zlib.
pub const SECTION: &str = ".dep-v0";
/// The maximum size of a section; a list of 300 crates has 6 KiB.
const MAX_SECTION_BYTES: usize = 256 << 10;
/// The maximum size of the uncompressed list.
const MAX_JSON_BYTES: u64 = 1 << 20;
/// The maximum number of sections, each of which may take as long as the largest list. A composed
/// component has one for each part.
const MAX_SECTIONS: usize = 64;
/// The maximum number of crates in a component.
const MAX_PACKAGES: usize = 2_000;
/// The maximum length of a name or version.
const MAX_NAME_BYTES: usize = 64;

/// The crates that a component declares. This is not verified: it helps against an author's
/// mistakes, not against malice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dependencies {
    /// The crates, without duplicates; empty if the component has no list.
    pub packages: BTreeSet<Package>,
    /// Why an existing list could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The stored list. Other fields are not needed.
#[derive(Deserialize)]
struct Stored {
    packages: Vec<StoredPackage>,
}

#[derive(Deserialize)]
struct StoredPackage {
    name: String,
    version: String,
    /// `build` if it only took part in the build.
    #[serde(default)]
    kind: String,
}

impl Dependencies {
    /// Collects the sections of a component.
    pub fn of<'a>(sections: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut all = Self::default();
        let mut sections = sections.into_iter();
        sections.by_ref().take(MAX_SECTIONS).for_each(|section| all.add(section));
        if sections.next().is_some() {
            all.problem = Some(format!("it has more than {MAX_SECTIONS} lists of crates"));
        }
        all
    }

    /// Add a section. An unreadable or too large one is noted, and adds nothing: it is no reason to
    /// refuse a component.
    fn add(&mut self, section: &[u8]) {
        match parse(section) {
            Ok(packages) if self.packages.len() + packages.len() > MAX_PACKAGES => {
                self.problem = Some(format!("it names more than {MAX_PACKAGES} crates"));
            }
            Ok(packages) => self.packages.extend(packages),
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// The versions of a crate.
    pub fn versions<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.packages.iter().filter(move |package| package.name == name);
        named.map(|package| package.version.as_str())
    }
}

fn parse(section: &[u8]) -> Result<Vec<Package>, String> {
    if section.len() > MAX_SECTION_BYTES {
        let most = MAX_SECTION_BYTES >> 10;
        return Err(format!(
            "the section has {} bytes; at most {most} KiB are read",
            section.len()
        ));
    }
    let mut json = Vec::new();
    let mut decoder = ZlibDecoder::new(section).take(MAX_JSON_BYTES + 1);
    decoder
        .read_to_end(&mut json)
        .map_err(|_| "the section is not compressed by zlib".to_owned())?;
    if json.len() as u64 > MAX_JSON_BYTES {
        return Err(format!("the list has more than {} KiB", MAX_JSON_BYTES >> 10));
    }
    let stored: Stored = serde_json::from_slice(&json)
        .map_err(|error| format!("the list is not JSON of crates, at line {}", error.line()))?;
    if stored.packages.len() > MAX_PACKAGES {
        return Err(format!("it names more than {MAX_PACKAGES} crates"));
    }
    let linked = stored.packages.into_iter().filter(|package| package.kind != "build");
    linked
        .map(|StoredPackage { name, version, .. }| {
            if !is_name(&name) || semver::Version::parse(&version).is_err() {
                return Err("it contains an invalid crate name".to_owned());
            }
            match version.len() <= MAX_NAME_BYTES {
                true => Ok(Package { name, version }),
                false => Err("it contains a version that is too long".to_owned()),
            }
        })
        .collect()
}

/// Whether it is a valid crate name.
pub fn is_name(name: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(section: &[u8]) -> Dependencies {
        Dependencies::of([section])
    }

    #[test]
    fn crates_are_listed_each_once_without_those_of_the_build() {
        let list = br#"{"packages":[
            {"name":"png","version":"0.18.1","source":"crates.io","dependencies":[1]},
            {"name":"miniz_oxide","version":"0.8.9","source":"crates.io"},
            {"name":"png","version":"0.18.1","source":"crates.io"},
            {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"},
            {"name":"png","version":"0.17.0","source":"git","root":true}],"format":1}"#;
        let read = read(&zlib(list));
        assert_eq!(read.problem, None);
        assert_eq!(read.versions("png").collect::<Vec<_>>(), ["0.17.0", "0.18.1"]);
        assert_eq!(read.versions("cc").count(), 0);
        assert_eq!(read.packages.len(), 3);
    }

    #[test]
    fn a_hostile_list_is_bounded_and_noted() {
        let package = |name: &str, version: &str| {
            format!(r#"{{"packages":[{{"name":"{name}","version":"{version}"}}]}}"#)
        };
        let one = r#"{"name":"a","version":"1.0.0"}"#;
        let many = format!(r#"{{"packages":[{}{one}]}}"#, format!("{one},").repeat(2_000));
        for (what, section) in [
            ("a bomb", zlib(&vec![b' '; 64 << 20])),
            ("10 MB", vec![7; 10 << 20]),
            ("no zlib", b"{}".to_vec()),
            ("cut short", zlib(package("a", "1.0.0").as_bytes())[..8].to_vec()),
            ("no JSON", zlib(b"packages")),
            ("other JSON", zlib(b"[1]")),
            ("deep JSON", zlib("[".repeat(500_000).as_bytes())),
            ("many crates", zlib(many.as_bytes())),
            ("a line in a name", zlib(package("a\\n", "1.0.0").as_bytes())),
            ("a long name", zlib(package(&"a".repeat(65), "1.0.0").as_bytes())),
            ("no name", zlib(package("", "1.0.0").as_bytes())),
            ("no version", zlib(package("a", "latest").as_bytes())),
            ("a long version", zlib(package("a", &format!("1.0.0-{}", "a".repeat(99))).as_bytes())),
        ] {
            let read = read(&section);
            assert!(read.packages.is_empty(), "{what}");
            assert!(read.problem.is_some_and(|problem| problem.len() < 200), "{what}");
        }
        // One bad list hides no good one.
        let good = zlib(package("a", "1.0.0").as_bytes());
        let both = Dependencies::of([&good[..], b"nonsense"]);
        assert_eq!((both.packages.len(), both.problem.is_some()), (1, true));
        // Many small bombs are no small bomb.
        let lists: Vec<_> =
            (0..65).map(|n| zlib(package(&format!("c{n}"), "1.0.0").as_bytes())).collect();
        let all = Dependencies::of(lists.iter().map(Vec::as_slice));
        assert_eq!((all.packages.len(), all.problem.is_some()), (64, true));
        let all = Dependencies::of(lists.iter().take(64).map(Vec::as_slice));
        assert_eq!((all.packages.len(), all.problem), (64, None));
    }
}
