//! The algorithm of both versions of `ListObjects`.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::meta::Meta;

/// S3's maximum page size.
const MOST: usize = 1000;

/// The query.
#[derive(Debug, Default)]
pub(crate) struct Query<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) delimiter: &'a str,
    /// Only keys after this.
    pub(crate) after: &'a str,
    pub(crate) max: usize,
}

/// One page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) objects: Vec<Arc<Meta>>,
    pub(crate) prefixes: Vec<String>,
    /// The start of the next page, if there is one.
    pub(crate) next: Option<String>,
}

impl Query<'_> {
    /// Keys in UTF-8 order; those with a common prefix up to the delimiter count as one.
    pub(crate) fn run(&self, objects: &BTreeMap<String, Arc<Meta>>) -> Page {
        let max = self.max.min(MOST);
        let mut page = Page::default();
        let mut last = String::new();
        let start = if self.after >= self.prefix {
            Bound::Excluded(self.after)
        } else {
            Bound::Included(self.prefix)
        };
        if max == 0 {
            return page;
        }
        for (key, meta) in objects.range::<str, _>((start, Bound::Unbounded)) {
            if !key.starts_with(self.prefix) {
                break;
            }
            let rolled = self.rolled_up(key);
            // A page that ended with this prefix included everything under it.
            if rolled.is_some_and(|prefix| prefix == self.after || prefix == last) {
                continue;
            }
            if page.objects.len() + page.prefixes.len() == max {
                page.next = Some(last);
                break;
            }
            match rolled {
                Some(prefix) => page.prefixes.push(prefix.to_owned()),
                None => page.objects.push(Arc::clone(meta)),
            }
            last = rolled.unwrap_or(key).to_owned();
        }
        page
    }

    fn rolled_up<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let rest = key.get(self.prefix.len()..)?;
        let end = rest.find(self.delimiter)? + self.delimiter.len();
        key.get(..self.prefix.len() + end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::meta::{Attributes, Checksums};

    fn objects(keys: &[&str]) -> BTreeMap<String, Arc<Meta>> {
        let meta = |key: &str| Meta {
            key: key.to_owned(),
            blob: String::new(),
            size: 0,
            etag: String::new(),
            modified_ms: 0,
            sequencer: 0,
            attributes: Attributes::default(),
            checksums: Checksums::default(),
            restored_until_ms: None,
            parts: Vec::new(),
        };
        keys.iter().map(|key| ((*key).to_owned(), Arc::new(meta(key)))).collect()
    }

    /// Every page of a listing: its keys and its prefixes.
    fn pages(keys: &[&str], prefix: &str, delimiter: &str, max: usize) -> Vec<Vec<String>> {
        let objects = objects(keys);
        let mut after = String::new();
        let mut pages = Vec::new();
        loop {
            let page = Query { prefix, delimiter, after: &after, max }.run(&objects);
            let mut entries: Vec<_> = page.objects.iter().map(|meta| meta.key.clone()).collect();
            entries.extend(page.prefixes);
            entries.sort();
            pages.push(entries);
            match page.next {
                Some(next) => after = next,
                None => return pages,
            }
        }
    }

    #[test]
    fn a_delimiter_rolls_keys_up() {
        let keys = ["a", "a/b", "a/c/d", "b/x", "c"];
        assert_eq!(pages(&keys, "", "/", 10), [vec!["a", "a/", "b/", "c"]]);
        assert_eq!(pages(&keys, "a/", "/", 10), [vec!["a/b", "a/c/"]]);
        assert_eq!(pages(&keys, "a", "", 10), [vec!["a", "a/b", "a/c/d"]]);
    }

    #[test]
    fn pages_neither_repeat_nor_skip() {
        let keys = ["a", "a/b", "a/c/d", "a0", "b/x", "b/y", "c"];
        for max in 1..8 {
            assert_eq!(pages(&keys, "", "/", max).concat(), ["a", "a/", "a0", "b/", "c"]);
            assert_eq!(pages(&keys, "", "", max).concat(), keys);
        }
    }

    #[test]
    fn a_prefix_may_end_inside_a_character_of_a_key_before_it() {
        assert_eq!(pages(&["ä", "ö"], "ö", "/", 10), [vec!["ö"]]);
        assert_eq!(pages(&["x"], "", "", 0), [Vec::<String>::new()]);
    }
}
