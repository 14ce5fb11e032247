//! The renditions of a family.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use serde::Deserialize;

/// The formats of a family, in the order in which browsers are offered them.
const FORMATS: [&str; 5] = ["avif", "webp", "jpeg", "png", "gif"];

/// The part of a manifest that is needed.
#[derive(Debug, Deserialize)]
pub(super) struct Renditions {
    /// Those that are stored.
    renditions: Vec<Rendition>,
    /// Those that are made when they are first asked for.
    #[serde(default)]
    requested: Vec<Rendition>,
}

#[derive(Debug, Deserialize)]
struct Rendition {
    name: String,
    key: String,
    media_type: String,
    width: Option<u64>,
    #[serde(default)]
    height: u64,
    failed: Option<u64>,
}

/// A rendition that a page can name.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    pub(super) key: &'a str,
    pub(super) media_type: &'a str,
    /// In pixels; 0 if that is not known.
    pub(super) width: u64,
    /// In pixels; 0 if it has not been made.
    pub(super) height: u64,
}

impl Rendition {
    fn is_picture(&self) -> bool {
        self.media_type
            .strip_prefix("image/")
            .is_some_and(|format| FORMATS.contains(&format) && self.failed.is_none())
    }

    /// Its name without a trailing width and format, and the width.
    fn family(&self) -> (&str, Option<u64>) {
        let name = self.name.as_str();
        let bare = match name.rsplit_once('-') {
            Some((before, format)) if FORMATS.contains(&format) => before,
            _ => name,
        };
        match bare.rsplit_once('-').map(|(before, width)| (before, digits(width))) {
            Some((before, Some(width))) => (before, Some(width)),
            _ => (bare, None),
        }
    }

    /// If it is called `family`, optionally with a width, a format or both: the width in its name,
    /// 0 if there is none.
    fn told(&self, family: &str) -> Option<u64> {
        let mut rest = self.name.strip_prefix(family)?;
        if let Some((before, format)) = rest.rsplit_once('-')
            && FORMATS.contains(&format)
        {
            rest = before;
        }
        if rest.is_empty() { Some(0) } else { digits(rest.strip_prefix('-')?) }
    }
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Renditions {
    fn all(&self) -> impl Iterator<Item = &Rendition> {
        self.renditions.iter().chain(&self.requested)
    }

    /// The key of the output of the transform `placeholder`.
    pub(super) fn placeholder(&self) -> Option<&str> {
        let mut all = self.renditions.iter();
        let found =
            all.find(|one| one.name.contains("placeholder") && one.media_type.contains("json"))?;
        Some(&found.key)
    }

    /// The names of all families.
    fn names(&self) -> BTreeSet<&str> {
        self.all().filter(|one| one.is_picture()).map(|one| one.family().0).collect()
    }

    /// The names of all families, for people.
    pub(super) fn families(&self) -> String {
        let names: Vec<&str> = self.names().into_iter().collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    /// The only family, not counting the preview of a placeholder.
    pub(super) fn only_family(&self) -> anyhow::Result<String> {
        let mut names = self.names();
        if self.placeholder().is_some() {
            names.remove("preview");
        }
        match (names.pop_first(), names.is_empty()) {
            (Some(name), true) => Ok(name.to_owned()),
            (None, _) => bail!("no rendition can be shown in a page"),
            (Some(_), false) => bail!("name the family: {}", self.families()),
        }
    }

    /// A list for each format, best first, of ascending widths. No width is above `limit`, the
    /// source's.
    pub(super) fn members(&self, family: &str, mut limit: u64) -> Vec<Vec<Member<'_>>> {
        let mut found = Vec::new();
        for one in self.all() {
            let Some(told) = one.told(family).filter(|_| one.failed.is_none()) else { continue };
            let width = one.width.unwrap_or(told);
            // Pictures are not enlarged: if one is narrower than its name says, its width is the
            // source's.
            if width > 0 && width < told {
                limit = limit.min(width);
            }
            let (key, media_type, height) = (&one.key, &one.media_type, one.height);
            found.push(Member { key, media_type, width, height });
        }
        let of_format = |format: &&str| {
            let mut widths = BTreeMap::<u64, Member<'_>>::new();
            for one in &found {
                if one.media_type.strip_prefix("image/") != Some(format) {
                    continue;
                }
                let width = if one.height > 0 { one.width } else { one.width.min(limit) };
                // Of several with the same width, prefer a stored one, which needs no rendering.
                if widths.get(&width).is_none_or(|other| other.height < one.height) {
                    widths.insert(width, Member { width, ..one.clone() });
                }
            }
            // One of unknown width cannot be combined with others.
            if widths.len() > 1 {
                widths.remove(&0);
            }
            widths.into_values().collect::<Vec<_>>()
        };
        FORMATS.iter().map(of_format).filter(|list| !list.is_empty()).collect()
    }
}
