//! A page of an S3 listing, with any bytes; and keys of all kinds must be returned unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_host_fuzz::{Canned, run};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

fn page(contents: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><EncodingType>url\
         </EncodingType><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
    )
    .into_bytes()
}

fn listed(body: Vec<u8>) -> Option<Vec<(String, u64)>> {
    let store = Canned { status: 200, headers: Vec::new(), body }.store();
    let objects = run(store.list_objects("bucket", "")).ok()?;
    Some(objects.into_iter().map(|one| (one.key, one.size)).collect())
}

fuzz_target!(|input: Result<Vec<(String, u32)>, Vec<u8>>| match input {
    Ok(keys) => {
        let contents: String = keys
            .iter()
            .map(|(key, size)| {
                let key =
                    utf8_percent_encode(key, NON_ALPHANUMERIC).to_string().replace("%20", "+");
                format!(
                    "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>\"e\"</ETag></Contents>"
                )
            })
            .collect();
        let expected: Vec<_> = keys.into_iter().map(|(key, size)| (key, u64::from(size))).collect();
        assert_eq!(listed(page(&contents)), Some(expected));
    }
    Err(bytes) => {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        listed(page(&text));
        listed(bytes);
    }
});
