//! Output folders of renditions.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Assigns each picture a separate directory.
pub(super) struct Destination<'a> {
    out: &'a Path,
    /// In lower case, because some file systems are case-insensitive.
    taken: HashSet<String>,
}

impl<'a> Destination<'a> {
    pub(super) fn new(out: &'a Path) -> Self {
        Self { out, taken: HashSet::new() }
    }

    /// `out/<file name>`, or `out/<file name>~2` and so on if another picture of this run uses it.
    pub(super) fn directory(&mut self, source: &Path) -> PathBuf {
        let name = source.file_name().unwrap_or(source.as_os_str());
        let mut candidate = name.to_owned();
        let mut number = 2_usize;
        while !self.taken.insert(candidate.to_string_lossy().to_lowercase()) {
            candidate = OsString::from(name);
            candidate.push(format!("~{number}"));
            number += 1;
        }
        self.out.join(candidate)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Destination;

    #[test]
    fn no_two_pictures_share_a_directory() {
        let mut destination = Destination::new(Path::new("out"));
        let mut of = |source: &str| destination.directory(Path::new(source));
        assert_eq!(of("a/x.jpg"), Path::new("out/x.jpg"));
        assert_eq!(of("b/x.jpg"), Path::new("out/x.jpg~2"));
        assert_eq!(of("c/X.JPG"), Path::new("out/X.JPG~3"));
        assert_eq!(of("x.jpg~2"), Path::new("out/x.jpg~2~2"));
        assert_eq!(of("y.jpg"), Path::new("out/y.jpg"));
    }
}
