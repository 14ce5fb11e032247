//! Checks the media types of renditions, and their bytes.
//!
//! Renditions are served to browsers. So types that a browser would execute, such as HTML or SVG,
//! can be neither planned nor emitted unless a route allows them, and the bytes of a picture must
//! be a picture.

use std::sync::Arc;

use super::untrusted::shown;
use crate::media::sniff;

/// The number of bytes that are searched for markup.
const LOOKED_AT: usize = 1024;

/// Media types other than pictures that are allowed by default: those that no browser executes.
const PASSIVE: [&str; 10] = [
    "application/json",
    "application/octet-stream",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "text/csv",
    "text/plain",
    "text/vtt",
    "video/mp4",
    "video/webm",
];

/// Picture formats that are recognised by their first bytes.
const TOLD: [&str; 9] = [
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/heic",
    "image/heif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
];

/// Tags at which browsers recognise HTML, and two for XML
/// (<https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type>).
const MARKUP: [&[u8]; 19] = [
    b"<!doctype",
    b"<html",
    b"<head",
    b"<script",
    b"<iframe",
    b"<h1",
    b"<div",
    b"<font",
    b"<table",
    b"<a",
    b"<style",
    b"<title",
    b"<b",
    b"<body",
    b"<br",
    b"<p",
    b"<!--",
    b"<?",
    b"<svg",
];

/// The media types that renditions may have.
#[derive(Debug, Clone, Default)]
pub struct AllowedTypes(Option<Arc<[String]>>);

impl AllowedTypes {
    /// These, instead of the ones that are allowed by default: pictures other than
    /// SVG, sound, video, JSON, plain text and octets.
    pub fn only(media_types: impl IntoIterator<Item = String>) -> Self {
        Self(Some(media_types.into_iter().map(|one| essence(&one)).collect()))
    }

    /// Whether this media type is among them; its parameters do not matter.
    pub(super) fn allow(&self, media_type: &str) -> bool {
        let media_type = essence(media_type);
        match &self.0 {
            Some(only) => only.contains(&media_type),
            None => is_passive_picture(&media_type) || PASSIVE.contains(&media_type.as_str()),
        }
    }
}

/// The media type without parameters, in lower case.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Any picture except in XML.
fn is_passive_picture(essence: &str) -> bool {
    essence.starts_with("image/") && !is_xml(essence)
}

fn is_xml(essence: &str) -> bool {
    essence.ends_with("+xml") || essence.ends_with("/xml")
}

/// Compare bytes with the media type that is announced.
///
/// # Errors
/// The mismatch, as the end of a sentence about the rendition.
pub(super) fn check(media_type: &str, body: &[u8]) -> Result<(), String> {
    let announced = essence(media_type);
    let wrong = |found: &str| {
        Err(format!("is announced as {}, but its bytes are {found}", shown(media_type)))
    };
    if announced == "text/html" || is_xml(&announced) {
        return Ok(());
    }
    if is_markup(body) {
        return wrong("HTML or XML");
    }
    let found = sniff(body);
    let differs = announced.starts_with("image/")
        && announced != found
        // HEIC is a kind of HEIF.
        && (announced.as_str(), found) != ("image/heif", "image/heic")
        && (TOLD.contains(&announced.as_str())
            || !matches!(found, "application/octet-stream" | "text/plain"));
    if differs { wrong(found) } else { Ok(()) }
}

/// Whether a browser would sniff it as markup: a tag, in any encoding, after only white space.
fn is_markup(body: &[u8]) -> bool {
    let head = body.get(..LOOKED_AT).unwrap_or(body);
    // Without a byte order mark, and without the zeros of UTF-16.
    let text = head.iter().filter(|byte| !matches!(byte, 0 | 0xef | 0xbb | 0xbf | 0xfe | 0xff));
    let text = text
        .map(u8::to_ascii_lowercase)
        .skip_while(|byte| byte.is_ascii_whitespace() || *byte == 0x0c);
    let text: Vec<u8> = text.collect();
    MARKUP.iter().any(|tag| {
        text.strip_prefix(*tag).is_some_and(|rest| {
            // `<a`, but not `<apples`.
            !tag.last().is_some_and(u8::is_ascii_alphanumeric)
                || rest.first().is_none_or(|byte| !byte.is_ascii_alphanumeric())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_runs_is_not_allowed_by_default() {
        let default = AllowedTypes::default();
        for good in ["image/png", "IMAGE/JPEG", "image/avif", "application/json; charset=utf-8"] {
            assert!(default.allow(good), "{good}");
        }
        for bad in [
            "text/html",
            "Text/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/javascript",
            "application/pdf",
            "application/wasm",
            "text/xml",
            "",
        ] {
            assert!(!default.allow(bad), "{bad}");
        }
        let only = AllowedTypes::only(["image/svg+xml".to_owned()]);
        assert!(only.allow("image/SVG+xml; charset=utf-8") && !only.allow("image/png"));
    }

    #[test]
    fn markup_is_not_what_it_is_said_to_be() {
        let utf16: Vec<u8> = "\u{feff}<script>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bodies: [&[u8]; 7] = [
            b"<script>alert(1)</script>",
            b"\xef\xbb\xbf \n\t<!DOCTYPE html>",
            b"\x0c<HTML>",
            b"<?xml version='1.0'?><svg/>",
            b"<svg onload=alert(1)>",
            b"<a",
            &utf16,
        ];
        for body in bodies {
            for media_type in ["image/png", "image/x-odd", "text/plain", "application/octet-stream"]
            {
                assert!(check(media_type, body).is_err(), "{media_type}: {body:?}");
            }
            // If a route allows it, it is accepted.
            assert!(check("text/html", body).is_ok());
        }
    }

    #[test]
    fn pictures_are_pictures() {
        assert!(check("image/png", b"\x89PNG\r\n\x1a\n").is_ok());
        assert!(check("image/png", b"GIF89a").is_err());
        assert!(check("image/png", b"").is_err());
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        assert!(check("image/heic", heic).is_ok() && check("image/heif", heic).is_ok());
        assert!(check("image/heic", b"\xff\xd8\xff").is_err());
        assert!(check("image/x-odd", b"\x01\x02").is_ok());
        assert!(check("image/x-odd", b"%PDF-1.7").is_err());
        assert!(check("text/plain", b"<apples and pears").is_ok());
        assert!(check("text/plain", b"a <b").is_ok());
        assert!(check("application/json", b"{\"a\": \"<script>\"}").is_ok());
    }
}
