//! Adapts a stored response to a request: a range, 304, or only the head.

use std::ops::Range as Span;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{Either, Full, StreamBody};
use hyper::header::{
    ACCEPT_RANGES, AGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, ETAG,
    EXPIRES, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE, VARY,
};
use hyper::{Method, Response, StatusCode};

use super::answer::{Answer, Body};
use super::body::{FilePart, Sent};
use super::failure::Failure;

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// The headers of 304.
const OF_UNCHANGED: [HeaderName; 6] =
    [CACHE_CONTROL, CONTENT_LOCATION, ETAG, EXPIRES, LAST_MODIFIED, VARY];

/// The source of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    /// The cache, with this age.
    Cache(Duration),
    /// An origin.
    Origin,
}

impl Answer {
    /// The response to a request.
    pub(super) fn respond(
        &self,
        method: &Method,
        request: &HeaderMap,
        from: Served,
    ) -> Response<Sent> {
        let whole = 0..self.len();
        let portion = if self.status != StatusCode::OK {
            Portion::Whole
        } else if self.is_known(request) {
            Portion::Nothing
        } else {
            self.ranged(request)
        };
        let (mut response, status) = match &portion {
            Portion::Whole => (self.part(method, whole), self.status),
            Portion::Part(span) => (self.part(method, span.clone()), StatusCode::PARTIAL_CONTENT),
            Portion::Nothing => (empty(), StatusCode::NOT_MODIFIED),
            Portion::Outside => {
                let failure = Failure::Range(self.len()).answer();
                return failure.respond(method, &HeaderMap::new(), from);
            }
        };
        let headers = response.headers_mut();
        for (name, value) in &self.headers {
            if portion != Portion::Nothing || OF_UNCHANGED.contains(name) {
                headers.append(name, value.clone());
            }
        }
        if let Portion::Part(Span { start, end }) = &portion
            && let Ok(range) =
                HeaderValue::try_from(format!("bytes {start}-{}/{}", end - 1, self.len()))
        {
            headers.insert(CONTENT_RANGE, range);
        }
        if self.status == StatusCode::OK {
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        }
        if let Served::Cache(age) = from {
            headers.insert(AGE, age.as_secs().into());
        }
        let hit = if from == Served::Origin { "Miss" } else { "Hit" };
        headers.insert(X_CACHE, HeaderValue::from_static(hit));
        *response.status_mut() = status;
        response
    }

    fn part(&self, method: &Method, span: Span<u64>) -> Response<Sent> {
        let length = HeaderValue::from(span.end - span.start);
        let body = match &self.body {
            _ if method == Method::HEAD => Either::Left(Full::default()),
            Body::Memory(bytes) => {
                let at =
                    |position| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
                Either::Left(Full::new(bytes.slice(at(span.start)..at(span.end))))
            }
            Body::File(file, _) => {
                let part = FilePart::new(Arc::clone(file), span.start, span.end);
                Either::Right(StreamBody::new(part))
            }
        };
        let mut response = Response::new(body);
        // 204 and 304 have no length.
        if self.status != StatusCode::NO_CONTENT && self.status != StatusCode::NOT_MODIFIED {
            response.headers_mut().insert(CONTENT_LENGTH, length);
        }
        response
    }

    /// Whether the client's copy is current.
    fn is_known(&self, request: &HeaderMap) -> bool {
        let ours = self.headers.get(ETAG).map(|tag| opaque(tag.as_bytes()));
        if request.contains_key(IF_NONE_MATCH) {
            let mut tags = request.get_all(IF_NONE_MATCH).iter().flat_map(|value| {
                value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
            });
            return tags.any(|tag| tag == b"*" || Some(opaque(tag)) == ours);
        }
        let since = request.get(IF_MODIFIED_SINCE);
        since.is_some() && since == self.headers.get(LAST_MODIFIED)
    }

    fn ranged(&self, request: &HeaderMap) -> Portion {
        let Some(range) = request.get(RANGE) else { return Portion::Whole };
        if let Some(condition) = request.get(IF_RANGE) {
            let same = |name| self.headers.get(name) == Some(condition);
            let weak = condition.as_bytes().starts_with(b"W/");
            if weak || !(same(ETAG) || same(LAST_MODIFIED)) {
                return Portion::Whole;
            }
        }
        range.to_str().map_or(Portion::Whole, |range| Portion::of(range, self.len()))
    }
}

fn empty() -> Response<Sent> {
    Response::new(Either::Left(Full::default()))
}

/// An ETag for the weak comparison of `If-None-Match`.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// The part of a response to send.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Portion {
    Whole,
    Part(Span<u64>),
    /// None: the client's copy is current.
    Nothing,
    /// The range is not satisfiable.
    Outside,
}

impl Portion {
    /// Parses `Range`. Several ranges, other units and invalid ranges are ignored, as the standard
    /// allows.
    fn of(range: &str, size: u64) -> Self {
        let Some((first, last)) =
            range.trim().strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
        else {
            return Self::Whole;
        };
        let number = |text: &str| text.parse::<u64>().ok().filter(|_| !text.starts_with('+'));
        let span = match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
            (Some(first), None) if last.is_empty() => first..size,
            (None, Some(count)) if first.is_empty() => size.saturating_sub(count)..size,
            _ => return Self::Whole,
        };
        if span.start < span.end { Self::Part(span) } else { Self::Outside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        for (range, portion) in [
            ("bytes=0-3", Portion::Part(0..4)),
            ("bytes=2-", Portion::Part(2..10)),
            ("bytes=-4", Portion::Part(6..10)),
            ("bytes=-40", Portion::Part(0..10)),
            ("bytes=8-99", Portion::Part(8..10)),
            ("bytes=0-18446744073709551615", Portion::Part(0..10)),
            ("bytes=10-", Portion::Outside),
            ("bytes=-0", Portion::Outside),
            ("bytes=3-2", Portion::Whole),
            ("bytes=0-1,3-4", Portion::Whole),
            ("bytes=a-b", Portion::Whole),
            ("bytes=+1-2", Portion::Whole),
            ("lines=0-3", Portion::Whole),
            ("bytes=-", Portion::Whole),
        ] {
            assert_eq!(Portion::of(range, 10), portion, "{range}");
        }
        assert_eq!(Portion::of("bytes=0-", 0), Portion::Outside);
    }
}
