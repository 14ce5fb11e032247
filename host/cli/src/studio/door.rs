//! Who may come in. Loopback is no boundary: every page in a browser reaches it, and so does every
//! other user of the machine.
//!
//! - Another `Host` than this machine's, and pages of other sites, are refused whatever they ask for.
//! - The page's own files are no secret. Everything else needs the token of the printed address, in
//!   the header `Authorization`. No cookie stands for it, so no request of another page carries it.
//! - What a browser fetches by itself, pictures and the stream of events, cannot have that header. It
//!   takes a key in the query, which is made from the token, tells nothing of it, and opens `GET` of
//!   those alone.

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, StatusCode};
use obscura::digest::Digest;
use obscura_local::Guard;

use super::problem::Problem;
use super::wire::{Request, Response};

/// What the page may do: nothing that is not in files of this program.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// What opens the studio.
#[derive(Debug)]
pub(super) struct Door {
    guard: Guard,
    token: String,
    view_key: String,
}

impl Door {
    pub(super) fn new(port: u16, token: String) -> Self {
        let view_key = Digest::of(format!("obscura studio view {token}").as_bytes()).to_string();
        let view_key = view_key.chars().take(32).collect();
        Self { guard: Guard::new(port, &[]), token, view_key }
    }

    /// Opens pictures and events.
    pub(super) fn view_key(&self) -> &str {
        &self.view_key
    }

    /// Whether a request may come in.
    pub(super) fn admit(&self, request: &Request) -> Result<(), Problem> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        if let Err(refusal) = self.guard.admit(method, uri, headers) {
            let remedy = "Open the address that `obscura serve` prints, and nothing else.";
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "foreign-page",
                &refusal.to_string(),
                remedy,
            ));
        }
        let path = uri.path();
        let viewed =
            *method == Method::GET && (path.starts_with("/files/") || path == "/api/events");
        let open = !path.starts_with("/api/") && !path.starts_with("/files/");
        if open || self.has_token(headers) || (viewed && self.has_view_key(uri.query())) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "token-missing",
            "the token is missing, or it is that of another folder",
            "Open the address that `obscura serve` prints: the token is in it.",
        ))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        given
            .and_then(|text| text.strip_prefix("Bearer "))
            .is_some_and(|one| same(one, &self.token))
    }

    fn has_view_key(&self, query: Option<&str>) -> bool {
        let mut pairs = query.unwrap_or_default().split('&');
        let given = pairs.find_map(|pair| pair.strip_prefix("k="));
        given.is_some_and(|one| same(one, &self.view_key))
    }
}

/// Compares digests, so that the time tells nothing of the texts.
fn same(given: &str, wanted: &str) -> bool {
    Digest::of(given.as_bytes()) == Digest::of(wanted.as_bytes())
}

/// What every answer says to the browser, unless it says something else itself.
pub(super) fn harden(answer: &mut Response) {
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(CACHE_CONTROL, "no-store");
}
