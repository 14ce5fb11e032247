//! Unsupported requests are refused with S3's errors, and never ignored.

use hyper::StatusCode;
use obscura_local::{EventPattern, Rule};

use crate::client::Client;
use crate::{builder, function};

#[tokio::test]
async fn headers_that_ask_for_more_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    for (name, value, code) in [
        ("x-amz-server-side-encryption-customer-algorithm", "AES256", "NotImplemented"),
        ("x-amz-server-side-encryption-customer-key-md5", "x", "NotImplemented"),
        ("x-amz-server-side-encryption", "aws:kms", "NotImplemented"),
        ("x-amz-object-lock-mode", "COMPLIANCE", "InvalidRequest"),
        ("x-amz-object-lock-legal-hold", "ON", "InvalidRequest"),
        ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
        ("x-amz-grant-read", "id=1", "AccessControlListNotSupported"),
        ("x-amz-website-redirect-location", "/x", "NotImplemented"),
        ("x-amz-expected-bucket-owner", "111111111111", "AccessDenied"),
        ("x-amz-storage-class", "OUTPOSTS", "InvalidStorageClass"),
    ] {
        let put = client.put_with("x", &[(name, value)], "1").await;
        assert_eq!(put.one("Code"), code, "{name}: {}", put.text());
    }
    assert_eq!(client.get("x").await.one("Code"), "NoSuchKey");
    for (name, value) in [
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-acl", "bucket-owner-full-control"),
        ("x-amz-expected-bucket-owner", "000000000000"),
    ] {
        assert_eq!(client.put_with("x", &[(name, value)], "1").await.status, StatusCode::OK);
    }
    let key = ("x-amz-server-side-encryption-customer-key", "x");
    assert_eq!(client.get_with("x", &[key]).await.status, StatusCode::NOT_IMPLEMENTED);
}

#[tokio::test]
async fn another_region_and_another_key_are_distinguished() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let mut elsewhere = Client::new(&local);
    elsewhere.region = "eu-west-1".to_owned();
    let answer = elsewhere.get("x").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.one("Code"), "AuthorizationHeaderMalformed");
    assert!(answer.one("Message").contains("expecting 'us-east-1'"), "{}", answer.text());
    let mut stranger = Client::new(&local);
    stranger.set_access_key("AKIAIOSFODNN7EXAMPLE");
    let answer = stranger.get("x").await;
    assert_eq!(answer.one("Code"), "InvalidAccessKeyId");
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_version_that_is_not_there_deletes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("x", "1").await;
    let with = async |method: &str, key: &str, id: &str| {
        client.send(method, key, &[("versionId", id)], &[], "").await.unwrap()
    };
    let possible = "KC0WuaPTHv7At3olS.BPuH.weAJqMkKJ";
    assert_eq!(with("DELETE", "x", "abc").await.one("Code"), "InvalidArgument");
    assert_eq!(with("DELETE", "x", possible).await.status, StatusCode::NO_CONTENT);
    assert_eq!(with("GET", "x", "abc").await.one("Code"), "InvalidArgument");
    assert_eq!(with("GET", "x", possible).await.one("Code"), "NoSuchVersion");
    let copied = [("x-amz-copy-source", format!("/bucket/x?versionId={possible}"))];
    let copied = copied.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(client.put_with("y", &copied, "").await.one("Code"), "NoSuchVersion");
    let body = "<Delete><Object><Key>x</Key><VersionId>abc</VersionId></Object></Delete>";
    let many = client.send("POST", "", &[("delete", "")], &[], body).await.unwrap();
    assert_eq!(many.one("Code"), "NoSuchVersion", "{}", many.text());
    assert_eq!(with("GET", "x", "null").await.text(), "1");
    assert_eq!(with("DELETE", "x", "null").await.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get("x").await.one("Code"), "NoSuchKey");
}

#[tokio::test]
async fn keys_that_xml_cannot_hold_are_listed_and_not_half_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let odd = "a\u{1}+b";
    assert_eq!(client.put(odd, "1").await.status, StatusCode::OK);
    client.put("plain", "1").await;
    assert_eq!(client.list(&[("list-type", "2")]).await.all("Key"), ["a&#x1;+b", "plain"]);
    let query =
        [("encoding-type", "url"), ("marker", "a\u{1}"), ("delimiter", "+"), ("max-keys", "1")];
    let listed = client.list(&query).await;
    assert_eq!(listed.one("Marker"), "a%01");
    assert_eq!(listed.one("Delimiter"), "%2B");
    assert_eq!(listed.one("NextMarker"), "a%01%2B");
    assert_eq!(listed.all("Prefix"), ["", "a%01%2B"]);
    let query = [("list-type", "2"), ("encoding-type", "url"), ("start-after", "a\u{1}")];
    let listed = client.list(&query).await;
    assert_eq!((listed.one("StartAfter"), listed.one("Key")), ("a%01", "a%01%2Bb"));
    for key in ["a\u{1}+b", "a&#x1;+b", "a&#1;+b"] {
        let body = format!(
            "<Delete><Object><Key>plain</Key></Object><Object><Key>{key}</Key></Object></Delete>"
        );
        let refused = client.send("POST", "", &[("delete", "")], &[], body).await.unwrap();
        assert_eq!(refused.one("Code"), "MalformedXML", "{}", refused.text());
    }
    assert_eq!(client.get("plain").await.text(), "1");
    assert_eq!(client.delete(odd).await.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get(odd).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_copy_source_is_form_encoded() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("a+b", "plus").await;
    let copy = async |source: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("x-amz-copy-source", source)];
        all.extend(headers);
        client.put_with("copy", &all, "").await
    };
    assert_eq!(copy("/bucket/a+b", &[]).await.one("Code"), "NoSuchKey");
    assert_eq!(copy("/bucket/a%2Bb", &[]).await.status, StatusCode::OK);
    assert_eq!(client.get("copy").await.text(), "plus");
    client.put("a b", "space").await;
    assert_eq!(copy("/bucket/a+b", &[]).await.status, StatusCode::OK);
    assert_eq!(client.get("copy").await.text(), "space");
    client.put("100%", "percent").await;
    assert_eq!(copy("bucket/100%25", &[]).await.status, StatusCode::OK);
    assert_eq!(client.get("copy").await.text(), "percent");
    let refused = copy("bucket/a%2Bb", &[("if-none-match", "*")]).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn archived_objects_are_read_once_they_are_restored() {
    let folder = tempfile::tempdir().unwrap();
    let rule = Rule::new("bucket", "f").events([EventPattern::Restored]);
    let builder = builder(folder.path()).function(function("fail")).notify(rule);
    let local = builder.start().await.unwrap();
    let client = Client::new(&local);
    let class = |class| [("x-amz-storage-class", class)];
    client.put_with("cool", &class("STANDARD_IA"), "1").await;
    assert_eq!(client.get("cool").await.header("x-amz-storage-class"), "STANDARD_IA");
    client.put_with("x", &class("GLACIER"), "1").await;
    assert_eq!(client.list(&[]).await.all("StorageClass"), ["STANDARD_IA", "GLACIER"]);
    let refused = client.get("x").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.one("Code"), "InvalidObjectState");
    let copied = client.put_with("y", &[("x-amz-copy-source", "bucket/x")], "").await;
    assert_eq!(copied.one("Code"), "InvalidObjectState");
    let head = client.send("HEAD", "x", &[], &[], "").await.unwrap();
    assert_eq!((head.status, head.header("x-amz-storage-class")), (StatusCode::OK, "GLACIER"));
    let days = "<RestoreRequest><Days>2</Days></RestoreRequest>";
    let restore =
        async |key| client.send("POST", key, &[("restore", "")], &[], days).await.unwrap();
    assert_eq!(restore("cool").await.one("Code"), "InvalidObjectState");
    assert_eq!(restore("x").await.status, StatusCode::ACCEPTED);
    local.idle().await;
    let letters = local.lambda().dead_letters().unwrap();
    let event = letters.first().unwrap().record.pointer("/requestPayload/Records/0").unwrap();
    assert_eq!(event["eventName"], "ObjectRestore:Completed");
    assert_eq!(event["s3"]["object"]["key"], "x");
    let got = client.get("x").await;
    assert_eq!(got.text(), "1");
    assert!(got.header("x-amz-restore").starts_with("ongoing-request=\"false\", expiry-date="));
    assert_eq!(restore("x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_name_of_a_forms_file_is_not_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let answer = Client::new(&local).form("${filename}").await;
    assert_eq!(answer.one("Code"), "NotImplemented", "{}", answer.text());
    assert_eq!(Client::new(&local).form("whole").await.status, StatusCode::NO_CONTENT);
    assert_eq!(Client::new(&local).get("whole").await.text(), "bytes");
}
