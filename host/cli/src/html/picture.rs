//! The attributes of a `<picture>`'s elements, and its HTML.

use std::fmt;

use anyhow::Context as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::members::{Member, Renditions};
use super::placeholder::Placeholder;

/// The characters that `encodeURIComponent` does not escape.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The page's options.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Options {
    pub(super) base: String,
    pub(super) alt: String,
    pub(super) sizes: String,
    pub(super) loading: String,
    /// The source's width.
    pub(super) width: Option<u64>,
    pub(super) placeholder: Option<Placeholder>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base: String::new(),
            alt: String::new(),
            sizes: "100vw".to_owned(),
            loading: "lazy".to_owned(),
            width: None,
            placeholder: None,
        }
    }
}

/// The attributes.
#[derive(Debug, Serialize)]
pub(super) struct Picture {
    sources: Vec<Source>,
    img: Img,
}

/// The better formats, best first.
#[derive(Debug, Serialize)]
struct Source {
    r#type: String,
    #[serde(flatten)]
    candidates: Candidates,
}

#[derive(Debug, Clone, Serialize)]
struct Candidates {
    srcset: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sizes: Option<String>,
}

#[derive(Debug, Serialize)]
struct Img {
    src: String,
    #[serde(flatten)]
    candidates: Option<Candidates>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<String>,
    alt: String,
    loading: String,
    decoding: &'static str,
}

impl Picture {
    /// For the renditions that are called `family`, optionally with a width, a format or both.
    pub(super) fn of(found: &Renditions, family: &str, options: &Options) -> anyhow::Result<Self> {
        let placeholder = options.placeholder.as_ref();
        let limit = options.width.or(placeholder.map(|facts| facts.width)).unwrap_or(u64::MAX);
        let lists = found.members(family, limit);
        // Every browser supports the third format and those after it.
        let other = |one: &Member<'_>| !matches!(one.media_type, "image/avif" | "image/webp");
        let plain = lists.iter().position(|list| list.iter().any(other));
        let last = plain.unwrap_or(lists.len().saturating_sub(1));
        let (widest, list) = lists
            .get(last)
            .and_then(|list| Some((list.last()?, list)))
            .with_context(|| format!("no rendition {family} that a page can show"))?;

        let made = lists.iter().flatten().max_by_key(|one| one.height);
        let shape = made.filter(|one| one.height > 0).map(|one| (one.width, one.height));
        let (width, height) =
            shape.or(placeholder.map(|facts| (facts.width, facts.height))).unwrap_or_default();
        let wide = if widest.width > 0 { widest.width } else { width };
        let high = ((wide as f64 * height as f64 / width as f64).round() as u64).max(1);
        let known = height > 0 && width > 0;
        Ok(Self {
            sources: lists.iter().take(last).filter_map(|list| source(list, options)).collect(),
            img: Img {
                src: url(&options.base, widest.key),
                candidates: (list.len() > 1).then(|| candidates(list, options)),
                width: known.then_some(wide),
                height: known.then_some(high),
                style: placeholder.and_then(Placeholder::background),
                alt: options.alt.clone(),
                loading: options.loading.clone(),
                decoding: "async",
            },
        })
    }
}

fn source(list: &[Member<'_>], options: &Options) -> Option<Source> {
    let r#type = list.first()?.media_type.to_owned();
    Some(Source { r#type, candidates: candidates(list, options) })
}

/// A single candidate needs no `srcset`.
fn candidates(list: &[Member<'_>], options: &Options) -> Candidates {
    let choice = list.len() > 1;
    let one = |one: &Member<'_>| {
        let url = url(&options.base, one.key);
        if choice { format!("{url} {}w", one.width) } else { url }
    };
    Candidates {
        srcset: list.iter().map(one).collect::<Vec<_>>().join(", "),
        sizes: choice.then(|| options.sizes.clone()),
    }
}

/// The URL of a key with any characters.
fn url(base: &str, key: &str) -> String {
    let segments = key.split('/').map(|part| utf8_percent_encode(part, SEGMENT).to_string());
    format!("{}/{}", base.trim_end_matches('/'), segments.collect::<Vec<_>>().join("/"))
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<picture>")?;
        for Source { r#type, candidates } in &self.sources {
            let Candidates { srcset, sizes } = candidates;
            let list =
                [("type", Some(r#type)), ("srcset", Some(srcset)), ("sizes", sizes.as_ref())];
            tag(f, "source", &list)?;
        }
        let img = &self.img;
        let (width, height) = (img.width.map(|n| n.to_string()), img.height.map(|n| n.to_string()));
        let decoding = img.decoding.to_owned();
        let candidates = img.candidates.as_ref();
        let list = [
            ("src", Some(&img.src)),
            ("srcset", candidates.map(|list| &list.srcset)),
            ("sizes", candidates.and_then(|list| list.sizes.as_ref())),
            ("width", width.as_ref()),
            ("height", height.as_ref()),
            ("style", img.style.as_ref()),
            ("alt", Some(&img.alt)),
            ("loading", Some(&img.loading)),
            ("decoding", Some(&decoding)),
        ];
        tag(f, "img", &list)?;
        write!(f, "</picture>")
    }
}

fn tag(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    attributes: &[(&str, Option<&String>)],
) -> fmt::Result {
    write!(f, "<{name}")?;
    for (key, value) in attributes {
        let Some(value) = value else { continue };
        write!(f, " {key}=\"")?;
        for c in value.chars() {
            match c {
                '&' | '<' | '>' | '"' | '\'' => write!(f, "&#{};", u32::from(c))?,
                _ => write!(f, "{c}")?,
            }
        }
        write!(f, "\"")?;
    }
    write!(f, ">")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::{Options, Picture};
    use crate::html::members::Renditions;

    #[derive(Deserialize)]
    struct Case {
        name: String,
        manifest: Renditions,
        family: String,
        options: Options,
        html: Option<String>,
        error: Option<String>,
    }

    #[test]
    fn it_writes_what_the_npm_package_writes() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../../page/tests/cases.json")).unwrap();
        assert!(cases.len() > 20);
        for case in cases {
            let found = Picture::of(&case.manifest, &case.family, &case.options);
            let text = found.as_ref().map(ToString::to_string).map_err(ToString::to_string);
            assert_eq!(text, case.html.ok_or(case.error.unwrap_or_default()), "{}", case.name);
        }
    }
}
