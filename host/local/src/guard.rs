//! Refuses all requests that a browser sends on behalf of a page.
//!
//! - A `Host` other than this machine's name is a foreign domain that resolves to this machine (DNS
//!   rebinding).
//! - A foreign `Origin` or `Sec-Fetch-Site` marks a page's request. Forms and `text/plain` need no
//!   preflight, and a link or an image may carry a presigned URL, so no method is exempt.
//!
//! Programs send neither header. Pages can forge neither.

use std::net::SocketAddr;

use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERER};
use hyper::{Method, Uri};

use crate::peer;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request names a host that is not this machine.
    #[error("requests to the host {0:?} are not answered, only those to this machine by name")]
    Host(String),
    /// A page of another site sent it.
    #[error(
        "a page of {0} may not use this server; `obscura serve --allow-origin` lets one read \
         renditions"
    )]
    Page(String),
}

impl Refusal {
    /// Its name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Host(_) => "host-refused",
            Self::Page(_) => "page-refused",
        }
    }
}

/// In a request's extensions: an allowed page asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromPage(pub(crate) String);

/// Checks every request to one port.
#[derive(Debug, Clone)]
pub struct Guard {
    port: u16,
    /// Origins whose pages may read.
    readers: Vec<String>,
    /// Whether pages on this machine may also read.
    local_pages: bool,
    /// If set, only this process group may connect.
    group: Option<u32>,
    /// Whether any host name is accepted.
    any_host: bool,
}

impl Guard {
    /// A guard for this port; pages of the origins in `readers` may read.
    pub fn new(port: u16, readers: &[String]) -> Self {
        Self { port, readers: readers.to_vec(), local_pages: false, group: None, any_host: false }
    }

    /// Allows only one process group.
    pub(crate) fn for_group(self, group: u32) -> Self {
        Self { group: Some(group), ..self }
    }

    /// Accepts any host name, as used by other machines on a network.
    pub(crate) fn for_any_host(self) -> Self {
        Self { any_host: true, ..self }
    }

    /// Allows pages on this machine to read, on any port: a program that can serve them could also
    /// read without a browser.
    pub(crate) fn for_local_pages(self) -> Self {
        Self { local_pages: true, ..self }
    }

    /// Whether to accept a connection.
    pub(crate) fn knows(&self, peer: SocketAddr, local: SocketAddr) -> bool {
        self.group.is_none_or(|group| peer::is_of_group(peer, local, group))
    }

    /// Checks a request; returns the allowed page that sent it.
    ///
    /// # Errors
    /// [`Refusal`], if it is not allowed.
    pub fn admit(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<FromPage>, Refusal> {
        let host = self.host(uri, headers)?;
        let page = match text(headers, &ORIGIN) {
            Some(origin) if origin == format!("http://{host}") => return Ok(None),
            Some(origin) => origin.to_owned(),
            None => match text(headers, &HeaderName::from_static("sec-fetch-site")) {
                // The address bar, or a link from this server.
                None | Some("none" | "same-origin") => return Ok(None),
                // Requests for images have no `Origin`. A page can omit the referrer, but not forge
                // it.
                Some(_) => text(headers, &REFERER).and_then(origin_of).unwrap_or_default(),
            },
        };
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let known = self.readers.contains(&page) || self.local_pages && is_local(&page);
        if reads && known {
            return Ok(Some(FromPage(page)));
        }
        let unknown = page.is_empty().then(|| "another site".to_owned());
        Err(Refusal::Page(unknown.unwrap_or(page)))
    }

    /// The host of a request, which must be this machine.
    fn host<'a>(&self, uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, Refusal> {
        let mut hosts = headers.get_all(HOST).iter().map(HeaderValue::to_str);
        let host = match (hosts.next(), hosts.next()) {
            (Some(Ok(host)), None) => host,
            _ => return Err(Refusal::Host(String::new())),
        };
        let authority = uri.authority().map(hyper::http::uri::Authority::as_str);
        let named = authority.is_none_or(|authority| authority == host);
        if named && (self.any_host || self.is_ours(host)) {
            Ok(host)
        } else {
            Err(Refusal::Host(host.to_owned()))
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        port.parse() == Ok(self.port) && is_this_machine(name)
    }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]") || host.ends_with(".localhost")
}

/// Whether a page of this origin is served on this machine.
fn is_local(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else { return false };
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    web && uri.host().is_some_and(is_this_machine)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // A header that is not text counts as foreign.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// `scheme://host:port` of a URL.
fn origin_of(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn admit(method: Method, headers: &[(&str, &str)]) -> Result<Option<FromPage>, Refusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let guard = Guard::new(9555, &["http://localhost:3000".to_owned()]);
        guard.admit(&method, &Uri::from_static("/source/a"), &map)
    }

    const LOCAL: (&str, &str) = ("host", "127.0.0.1:9555");

    #[test]
    fn only_names_of_this_machine_are_hosts() {
        for host in ["127.0.0.1:9555", "localhost:9555", "[::1]:9555", "source.localhost:9555"] {
            assert_eq!(admit(Method::GET, &[("host", host)]), Ok(None), "{host}");
        }
        for host in [
            "evil.example:9555",
            "localhost.evil.example:9555",
            "127.0.0.1.evil.example:9555",
            "notlocalhost:9555",
            "127.0.0.1",
            "127.0.0.1:80",
            "0.0.0.0:9555",
            "",
        ] {
            assert!(admit(Method::GET, &[("host", host)]).is_err(), "{host}");
        }
        assert!(admit(Method::GET, &[]).is_err());
        assert!(admit(Method::GET, &[LOCAL, ("host", "evil.example")]).is_err());
    }

    #[test]
    fn pages_of_other_sites_are_refused_whatever_the_method() {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::OPTIONS] {
            for header in [
                ("origin", "https://evil.example"),
                ("origin", "null"),
                ("origin", "http://localhost:9999"),
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
            ] {
                assert!(admit(method.clone(), &[LOCAL, header]).is_err(), "{method} {header:?}");
            }
        }
        assert_eq!(admit(Method::GET, &[LOCAL, ("sec-fetch-site", "none")]), Ok(None));
        assert_eq!(admit(Method::POST, &[LOCAL, ("origin", "http://127.0.0.1:9555")]), Ok(None));
    }

    #[test]
    fn pages_of_this_machine_may_read_where_they_are_let() {
        let guard = Guard::new(9556, &[]).for_local_pages();
        let admit = |method: Method, origin: &'static str| {
            let mut map = HeaderMap::new();
            map.append(HOST, HeaderValue::from_static("127.0.0.1:9556"));
            map.append(ORIGIN, HeaderValue::from_static(origin));
            guard.admit(&method, &Uri::from_static("/a"), &map)
        };
        for origin in ["http://localhost:3000", "http://127.0.0.1:8080", "https://app.localhost"] {
            let page = Ok(Some(FromPage(origin.to_owned())));
            assert_eq!(admit(Method::GET, origin), page);
            assert!(admit(Method::POST, origin).is_err());
        }
        for origin in ["https://evil.example", "null", "http://localhost.evil.example", "file://"] {
            assert!(admit(Method::GET, origin).is_err(), "{origin}");
        }
    }

    #[test]
    fn a_chosen_page_may_read() {
        let page = Ok(Some(FromPage("http://localhost:3000".to_owned())));
        let origin = ("origin", "http://localhost:3000");
        assert_eq!(admit(Method::GET, &[LOCAL, origin]), page);
        assert_eq!(admit(Method::OPTIONS, &[LOCAL, origin]), page);
        assert!(admit(Method::PUT, &[LOCAL, origin]).is_err());
        assert!(admit(Method::POST, &[LOCAL, origin]).is_err());
        let image = ("sec-fetch-site", "cross-site");
        let referrer = ("referer", "http://localhost:3000/gallery");
        assert_eq!(admit(Method::GET, &[LOCAL, image, referrer]), page);
        let other = ("referer", "http://localhost:3001/?http://localhost:3000");
        assert!(admit(Method::GET, &[LOCAL, image, other]).is_err());
    }
}
