//! Access control. Loopback is not a security boundary: every page in a browser can reach it, and
//! so can every other user of the machine.
//!
//! - Requests with a foreign `Host`, and requests from pages of other sites, are always refused.
//! - The page's own files are public. Everything else needs the token of the printed address, in
//!   the header `Authorization`. There is no cookie, so no request of another page carries the
//!   token.
//! - Pictures and the event stream are fetched by the browser itself, which cannot set that header.
//!   They take a key in the query. It is derived from the token, does not reveal it, and is valid
//!   only for their `GET`.

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, StatusCode};
use obscura::digest::Digest;
use obscura_local::Guard;

use super::problem::Problem;
use super::wire::{Request, Response};

/// The page's content security policy: only files of this program.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// The credentials of the studio.
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

    /// Grants access to pictures and events.
    pub(super) fn view_key(&self) -> &str {
        &self.view_key
    }

    /// Whether a request is allowed.
    pub(super) fn admit(&self, request: &Request) -> Result<(), Problem> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        if let Err(refusal) = self.guard.admit(method, uri, headers) {
            let remedy = "Open the address that `obscura serve` prints.";
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
            "the token is missing, or belongs to another folder",
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

/// Compare digests, so that the time reveals nothing about the texts.
fn same(given: &str, wanted: &str) -> bool {
    Digest::of(given.as_bytes()) == Digest::of(wanted.as_bytes())
}

/// Default headers of every response.
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
