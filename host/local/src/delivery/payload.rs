//! Payloads of Lambda's function URLs, version 2.0.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>

use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::failure::Failure;
use super::key::CacheKey;
use crate::clock;

/// Headers of a connection or a client, which are not part of a response.
const DROPPED: [HeaderName; 7] =
    [CONNECTION, CONTENT_LENGTH, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

const DOMAIN: &str = "local.lambda-url.us-east-1.on.aws";

/// The event of a request. It contains only the parts in the cache key.
pub(super) fn event(key: &CacheKey) -> Value {
    let path = key.key.path();
    let mut headers = Map::new();
    let mut set = |name: &str, value: &str| headers.insert(name.to_owned(), json!(value));
    set("host", DOMAIN);
    set("accept", key.taste.header());
    for (name, value) in &key.hints {
        set(name, value);
    }
    let now = clock::now_ms();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": DOMAIN,
            "domainPrefix": "local",
            "http": {
                "method": Method::GET.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "obscura-local",
            },
            "requestId": uuid::Uuid::new_v4().to_string(),
            "routeKey": "$default",
            "stage": "$default",
            "time": clock::common_log(now),
            "timeEpoch": now,
        },
        "isBase64Encoded": false,
    })
}

/// Parses a function's response.
pub(super) fn answer(payload: Value) -> Result<Answer, Failure> {
    let Some(status) = payload.get("statusCode") else {
        // A plain return value is the body.
        let mut answer = Answer::in_memory(StatusCode::OK, payload.to_string());
        let json = HeaderValue::from_static("application/json");
        answer.headers.insert(CONTENT_TYPE, json);
        return Ok(answer);
    };
    let status = status.as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    // 1xx is not a valid response.
    let status = status.filter(|status| status.as_u16() >= 200);
    let status = status.ok_or(Failure::Unreadable("its statusCode is invalid"))?;
    let body = match payload.get("body") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) if payload.get("isBase64Encoded") == Some(&json!(true)) => {
            let decoded = base64_simd::STANDARD.decode_to_vec(text.as_bytes());
            decoded.map_err(|_| Failure::Unreadable("its body is not Base64"))?
        }
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(_) => return Err(Failure::Unreadable("its body is not text")),
    };
    let mut answer = Answer::in_memory(status, body);
    answer.headers = headers(payload.get("headers"))?;
    Ok(answer)
}

fn headers(given: Option<&Value>) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    let given = match given {
        None | Some(Value::Null) => return Ok(headers),
        Some(Value::Object(given)) => given,
        Some(_) => return Err(Failure::Unreadable("its headers are not an object")),
    };
    for (name, value) in given {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return Err(Failure::Unreadable("a header is not text")),
        };
        let name = HeaderName::try_from(name.as_str());
        let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(text)) else {
            return Err(Failure::Unreadable("a header cannot be sent"));
        };
        if !DROPPED.contains(&name) {
            headers.append(name, value);
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::path::Key;
    use super::*;

    #[test]
    fn the_event_is_what_a_function_url_sends() {
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("image/webp,*/*"));
        headers.insert("dpr", HeaderValue::from_static("2"));
        headers.insert("cookie", HeaderValue::from_static("a=b"));
        let key = CacheKey::new(Key::parse("/a b/ü/card").unwrap(), &headers);
        let event = event(&key);
        let at = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap();
        assert_eq!(at("/version"), "2.0");
        assert_eq!(at("/rawPath"), "/a%20b/%C3%BC/card");
        assert_eq!(at("/rawQueryString"), "");
        assert_eq!(at("/requestContext/http/method"), "GET");
        assert_eq!(event["headers"], json!({ "host": DOMAIN, "accept": "image/webp", "dpr": "2" }));
    }

    #[test]
    fn answers_are_decoded() {
        let found = answer(json!({
            "statusCode": 404,
            "headers": { "Content-Type": "image/webp", "x-a": 1, "Set-Cookie": "a=b" },
            "body": "AAEC",
            "isBase64Encoded": true,
        }))
        .unwrap();
        assert_eq!(found.status, 404);
        assert_eq!(found.headers.get("content-type").unwrap(), "image/webp");
        assert_eq!(found.headers.get("x-a").unwrap(), "1");
        assert!(!found.headers.contains_key("set-cookie"));
        assert_eq!(found.bytes().unwrap().as_ref(), [0, 1, 2]);
        let plain = answer(json!({ "hello": 1 })).unwrap();
        assert_eq!(plain.bytes().unwrap().as_ref(), br#"{"hello":1}"#);
        assert_eq!(answer(json!({ "statusCode": 304 })).unwrap().bytes().unwrap().len(), 0);
    }

    #[test]
    fn what_is_not_http_is_a_failure() {
        for odd in [
            json!({ "statusCode": "x" }),
            json!({ "statusCode": 99 }),
            json!({ "statusCode": 100 }),
            json!({ "statusCode": 1000 }),
            json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }),
            json!({ "statusCode": 200, "body": {} }),
            json!({ "statusCode": 200, "headers": [] }),
            json!({ "statusCode": 200, "headers": { "a": "b\r\nc: d" } }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "headers": { "a": ["b"] } }),
        ] {
            assert!(matches!(answer(odd.clone()), Err(Failure::Unreadable(_))), "{odd}");
        }
    }
}
