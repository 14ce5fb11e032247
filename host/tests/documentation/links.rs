//! Links have existing targets.

use std::path::{Component, Path, PathBuf};

use super::page::{Page, root};

#[test]
fn every_link_leads_to_a_file_and_to_a_heading_of_it() {
    let pages = Page::all();
    assert!(pages.len() > 20, "only {} pages were found", pages.len());
    let mut dead = Vec::new();
    let mut checked = 0;
    for page in &pages {
        for link in page.links() {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            checked += 1;
            if let Err(reason) = follow(page, &link, &pages) {
                dead.push(format!("{}: {link}: {reason}", page.name()));
            }
        }
    }
    assert!(checked > 100, "only {checked} links were found");
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn every_page_is_in_the_books_summary() {
    let summary = Page::read("host/docs/SUMMARY.md");
    let listed: Vec<PathBuf> =
        summary.links().iter().map(|link| resolve(&summary.path, link)).collect();
    for page in Page::all().iter().filter(|page| page.path.starts_with(root().join("host/docs"))) {
        let is_listed = listed.contains(&page.path) || page.path == summary.path;
        assert!(is_listed, "{} is not in SUMMARY.md", page.name());
    }
}

/// Find the target of a link.
fn follow(page: &Page, link: &str, pages: &[Page]) -> Result<(), &'static str> {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(a, b)| (a, Some(b)));
    let target = if path.is_empty() { page.path.clone() } else { resolve(&page.path, path) };
    if !target.exists() {
        return Err("there is no such file");
    }
    let Some(anchor) = anchor else { return Ok(()) };
    let found = pages.iter().find(|one| one.path == target).ok_or("it is no page")?;
    let known = found.anchors().iter().any(|one| one == anchor);
    if known { Ok(()) } else { Err("there is no such heading") }
}

/// A path that a page names, without `..`.
fn resolve(page: &Path, link: &str) -> PathBuf {
    let mut path = page.parent().unwrap().to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    path
}
