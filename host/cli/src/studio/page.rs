//! The page's files, embedded from `page/`.

use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};

use super::problem::Problem;
use super::wire::{Response, answer, whole};

/// The page itself, for any view.
const INDEX: &str = include_str!("page/index.html");

/// The files that it refers to, by path.
macro_rules! files {
    ($($path:literal)*) => { &[$(($path, include_str!(concat!("page/", $path)))),*] };
}

const FILES: &[(&str, &str)] = files! {
    "style.css"
    "icon.svg"
    "main.js"
    "address.js"
    "api.js"
    "dom.js"
    "format.js"
    "live.js"
    "parts/completion.js"
    "parts/drop.js"
    "parts/editor.js"
    "parts/form.js"
    "parts/grid.js"
    "parts/job.js"
    "parts/json-text.js"
    "parts/plot.js"
    "parts/slider.js"
    "parts/uploads.js"
    "views/api.js"
    "views/compare.js"
    "views/operate.js"
    "views/picture.js"
    "views/pictures.js"
    "views/pipeline.js"
    "views/transforms.js"
    "views/try.js"
};

/// A view: the page gets it from its URL.
pub(super) fn index() -> Response {
    respond("text/html; charset=utf-8", INDEX)
}

/// A file of the page.
pub(super) fn file(path: &str) -> Result<Response, Problem> {
    let found = FILES.iter().find(|(name, _)| *name == path);
    let (_, text) = found.ok_or_else(|| {
        Problem::missing("the page has no such file", "Load the page again, past the cache.")
    })?;
    Ok(respond(kind(path), text))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "image/svg+xml",
    }
}

fn respond(kind: &'static str, text: &'static str) -> Response {
    let mut answer = answer(StatusCode::OK, kind, whole(text));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}
