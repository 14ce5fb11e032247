//! Checks and creates Signature Version 4 headers, for the Lambda API.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use hmac::{Hmac, KeyInit, Mac};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::PrimitiveDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

use crate::account::REGION;
use crate::credentials::Credentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &[FormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
/// The maximum clock skew.
const SKEW: time::Duration = time::Duration::minutes(15);
/// A path is encoded again, except slashes.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// Why a request is refused, with AWS's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsigned {
    #[error("The request is not signed")]
    Missing,
    #[error("The Authorization header is incomplete or malformed")]
    Incomplete,
    #[error("The access key id is not that of this folder")]
    UnknownKey,
    #[error("The signature is not that of this folder's secret, or the clock is wrong")]
    Wrong,
}

impl Unsigned {
    /// The value of `x-amzn-errortype`.
    pub(crate) fn error_type(self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::Wrong => "InvalidSignatureException",
        }
    }
}

/// Checks that a request to a service is signed with the credentials.
pub(crate) fn check(
    service: &str,
    request: &Parts,
    body: &[u8],
    credentials: &Credentials,
) -> Result<(), Unsigned> {
    let header = text(&request.headers, AUTHORIZATION.as_str()).ok_or(Unsigned::Missing)?;
    let claim = Claim::parse(header).ok_or(Unsigned::Incomplete)?;
    if claim.key != credentials.access_key_id {
        return Err(Unsigned::UnknownKey);
    }
    let date = text(&request.headers, "x-amz-date").ok_or(Unsigned::Incomplete)?;
    let time = PrimitiveDateTime::parse(date, DATE).map_err(|_| Unsigned::Incomplete)?;
    let near = (OffsetDateTime::now_utc() - time.assume_utc()).abs() <= SKEW;
    let scope = [claim.day, REGION, service, "aws4_request"];
    let signs_host = claim.headers.contains(&"host");
    if !near || claim.scope != scope || !date.starts_with(claim.day) || !signs_host {
        return Err(Unsigned::Wrong);
    }
    let canonical = canonical(request, body, &claim.headers).ok_or(Unsigned::Incomplete)?;
    let given = hex_simd::decode_to_vec(claim.signature).map_err(|_| Unsigned::Incomplete)?;
    let signed = seal(&canonical, date, scope, credentials);
    // In constant time.
    let right = signed.is_some_and(|mac| mac.verify_slice(&given).is_ok());
    if right { Ok(()) } else { Err(Unsigned::Wrong) }
}

/// Signs a request that has a `Host`: adds the date and the `Authorization`.
///
/// # Errors
/// One of its headers is not text.
pub(crate) fn sign(
    service: &str,
    request: &mut Parts,
    body: &[u8],
    credentials: &Credentials,
) -> Result<(), Unsigned> {
    let date = OffsetDateTime::now_utc().format(DATE).map_err(|_| Unsigned::Incomplete)?;
    let value = HeaderValue::from_str(&date).map_err(|_| Unsigned::Incomplete)?;
    request.headers.insert("x-amz-date", value);
    let signed = ["host", "x-amz-date"];
    let canonical = canonical(request, body, &signed).ok_or(Unsigned::Incomplete)?;
    let day = date.get(..8).unwrap_or_default();
    let scope = [day, REGION, service, "aws4_request"];
    let mac = seal(&canonical, &date, scope, credentials).ok_or(Unsigned::Wrong)?;
    let authorization = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={}",
        credentials.access_key_id,
        scope.join("/"),
        signed.join(";"),
        hex(&mac.finalize().into_bytes()),
    );
    let value = HeaderValue::from_str(&authorization).map_err(|_| Unsigned::Incomplete)?;
    request.headers.insert(AUTHORIZATION, value);
    Ok(())
}

/// The signature of a request's canonical form.
fn seal(
    canonical: &str,
    date: &str,
    scope: [&str; 4],
    credentials: &Credentials,
) -> Option<Hmac<Sha256>> {
    let hash = hex(&Sha256::digest(canonical));
    let mut key = format!("AWS4{}", credentials.secret_access_key).into_bytes();
    for part in scope {
        key = mac(&key, part)?.finalize().into_bytes().to_vec();
    }
    mac(&key, &format!("{ALGORITHM}\n{date}\n{}\n{hash}", scope.join("/")))
}

/// The parsed header.
struct Claim<'a> {
    key: &'a str,
    day: &'a str,
    scope: [&'a str; 4],
    headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Claim<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let fields = header.strip_prefix(ALGORITHM)?.split(',');
        let fields: Vec<(&str, &str)> =
            fields.map(|field| field.trim().split_once('=')).collect::<Option<_>>()?;
        let field = |name| fields.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
        let mut credential = field("Credential")?.split('/');
        let key = credential.next()?;
        let scope: [&str; 4] = credential.collect::<Vec<_>>().try_into().ok()?;
        let [day, ..] = scope;
        let headers = field("SignedHeaders")?.split(';').collect();
        Some(Self { key, day, scope, headers, signature: field("Signature")? })
    }
}

fn canonical(request: &Parts, body: &[u8], signed: &[&str]) -> Option<String> {
    let path = utf8_percent_encode(request.uri.path(), PATH);
    let query = request.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let mut query: Vec<String> = query
        .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
        .collect();
    query.sort();
    let mut headers = String::new();
    for name in signed {
        let values: Option<Vec<&str>> = request
            .headers
            .get_all(*name)
            .iter()
            .map(|value| value.to_str().ok().map(str::trim))
            .collect();
        headers.push_str(&format!("{name}:{}\n", values?.join(",")));
    }
    Some(format!(
        "{}\n{path}\n{}\n{headers}\n{}\n{}",
        request.method,
        query.join("&"),
        signed.join(";"),
        hex(&Sha256::digest(body)),
    ))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn mac(key: &[u8], text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

fn hex(bytes: &[u8]) -> String {
    hex_simd::encode_to_string(bytes, hex_simd::AsciiCase::Lower)
}
