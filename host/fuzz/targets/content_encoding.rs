//! An object with a `Content-Encoding`: it is decoded as by another decoder, up to the limit, or
//! stays unchanged.
#![no_main]

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use libfuzzer_sys::fuzz_target;
use obscura::store::{Fetched, Undecoded};
use obscura_host_fuzz::{Canned, run};

/// The most bytes of a decoded object.
const MOST: usize = 32 << 20;

fuzz_target!(|input: (u8, &[u8])| {
    let (which, body) = input;
    let encodings =
        ["gzip", "deflate", "x-gzip, identity", "aws-chunked,gzip", "br", "gzip, gzip", ""];
    let encoding = encodings[usize::from(which) % encodings.len()];
    let headers = [
        ("content-encoding", encoding),
        ("content-length", &body.len().to_string()),
        ("etag", "\"e\""),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let store = Canned { status: 200, headers, body: body.to_vec() }.store();
    run(async {
        let Ok(Fetched::Object(object)) = store.get("bucket", "key", None).await else { return };
        let (object, undecoded) = object.decoded().await.expect("the body is there");
        let size = object.body.size();
        let read = object.body.collect(64 << 20).await;
        if let Some(why) = undecoded {
            assert!(why.to_string().len() < 400);
            assert!(!matches!(why, Undecoded::TooLarge(_)) || body.len() > 1000);
            return;
        }
        let read = read.expect("the body is there");
        assert_eq!(size, read.len() as u64);
        assert!(read.len() <= MOST);
        if read == body {
            return;
        }
        let mut other = Vec::new();
        let reader: &mut dyn Read = if encoding == "deflate" {
            &mut ZlibDecoder::new(body)
        } else {
            &mut MultiGzDecoder::new(body)
        };
        if reader.take(MOST as u64 + 1).read_to_end(&mut other).is_ok() {
            assert!(read == other, "{} bytes and {}", read.len(), other.len());
        }
    });
});
