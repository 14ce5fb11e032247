//! Requests by web pages, other programs and other users are refused.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hyper::StatusCode;
use obscura_local::{CallError, Caller, Local, Profile, Sharing};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::Client;
use crate::{builder, function};

const PAGE: (&str, &str) = ("origin", "http://localhost:3000");

async fn shared(folder: &Path, public_read: bool) -> Local {
    let origins = vec![PAGE.1.to_owned()];
    let sharing = Sharing { bucket: "bucket".to_owned(), public_read, origins };
    builder(folder).bucket("other").share(sharing).start().await.unwrap()
}

#[tokio::test]
async fn the_secret_is_the_folders_own_and_for_its_user_alone() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let root = one.path().join("inside");
    let local = builder(&root).start().await.unwrap();
    let other = builder(two.path()).start().await.unwrap();
    let secret = local.credentials().secret_access_key.clone();
    assert!(secret.len() >= 40);
    assert_ne!(secret, other.credentials().secret_access_key);
    let profile = Profile::read(&root).unwrap();
    assert_eq!(&profile.credentials, local.credentials());
    assert_eq!(profile.endpoint, local.endpoint());
    Client::new(&local).put("a/b", "private").await;
    local.shutdown().await;
    let mut folders = vec![root.clone()];
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
    let again = builder(&root).start().await.unwrap();
    assert_eq!(again.credentials().secret_access_key, secret);
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing_even_with_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).function(function("echo")).start().await.unwrap();
    let client = Client::new(&local);
    client.put("x", "kept").await;
    for header in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        PAGE,
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        assert_eq!(client.get_with("x", &[header]).await.status, StatusCode::FORBIDDEN);
        let put = client.put_with("x", &[header], "lost").await;
        assert_eq!(put.status, StatusCode::FORBIDDEN);
        let deleted = client.send("DELETE", "x", &[], &[header], "").await.unwrap();
        assert_eq!(deleted.status, StatusCode::FORBIDDEN);
        for kind in ["text/plain", "multipart/form-data; boundary=x"] {
            for path in ["/bucket", "/2015-03-31/functions/f/invocations"] {
                let headers = [header, ("content-type", kind)];
                let posted = client.plain("POST", path, &headers, "{}").await;
                assert_eq!(posted.status, StatusCode::FORBIDDEN, "{kind} {path}");
                assert!(posted.header("access-control-allow-origin").is_empty());
            }
        }
    }
    // A domain rebound to this address.
    let port = local.s3().address().port();
    let host = format!("evil.example:{port}");
    let host = [("host", host.as_str())];
    let rebound = client.plain("GET", "/bucket/x", &host, "");
    assert_eq!(rebound.await.status, StatusCode::FORBIDDEN);
    assert_eq!(client.get("x").await.text(), "kept");
}

#[tokio::test]
async fn a_browser_runs_nothing_that_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put_with("x", &[("content-type", "text/html")], "<script>alert(1)</script>").await;
    for answer in [client.get("x").await, client.get("none").await, client.list(&[]).await] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.ends_with("sandbox"), "{policy}");
    }
}

#[tokio::test]
async fn a_bucket_is_private_unless_it_is_shared() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("x", "1").await;
    assert_eq!(client.plain("GET", "/bucket/x", &[], "").await.one("Code"), "AccessDenied");
    let asked = [("origin", "http://127.0.0.1"), ("access-control-request-method", "GET")];
    assert_eq!(
        client.plain("OPTIONS", "/bucket/x", &asked, "").await.status,
        StatusCode::FORBIDDEN
    );
    let address = local.endpoint();
    let asked = [("origin", address.as_str()), ("access-control-request-method", "GET")];
    let answer = client.plain("OPTIONS", "/bucket/x", &asked, "").await;
    assert_eq!(answer.one("Code"), "AccessForbidden");
    assert!(answer.one("Message").contains("CORS is not enabled"));
}

#[tokio::test]
async fn an_allowed_page_reads_only_shared_objects() {
    let folder = tempfile::tempdir().unwrap();
    let local = shared(folder.path(), false).await;
    let client = Client::new(&local);
    client.put("x", "1").await;
    let signed = client.get_with("x", &[PAGE]).await;
    assert_eq!((signed.status, signed.text()), (StatusCode::OK, "1"));
    assert_eq!(signed.header("access-control-allow-origin"), PAGE.1);
    let unsigned = client.plain("GET", "/bucket/x", &[PAGE], "").await;
    assert_eq!(unsigned.one("Code"), "AccessDenied");
    let preflight = [PAGE, ("access-control-request-method", "GET")];
    let granted = client.plain("OPTIONS", "/bucket/x", &preflight, "").await;
    assert_eq!(granted.status, StatusCode::OK);
    assert_eq!(granted.header("access-control-allow-origin"), PAGE.1);
    let writing = [PAGE, ("access-control-request-method", "PUT")];
    let refused = client.plain("OPTIONS", "/bucket/x", &writing, "").await;
    assert_eq!(refused.one("Code"), "AccessForbidden");
    assert_eq!(client.put_with("x", &[PAGE], "2").await.status, StatusCode::FORBIDDEN);
    local.shutdown().await;

    let local = shared(folder.path(), true).await;
    let client = Client::new(&local);
    for headers in [&[PAGE][..], &[], &[("sec-fetch-site", "cross-site"), ("referer", PAGE.1)]] {
        assert_eq!(client.plain("GET", "/bucket/x", headers, "").await.text(), "1");
    }
    assert_eq!(client.plain("GET", "/other/x", &[PAGE], "").await.one("Code"), "AccessDenied");
    assert_eq!(client.plain("GET", "/bucket", &[], "").await.one("Code"), "AccessDenied");
    assert_eq!(client.plain("PUT", "/bucket/x", &[], "2").await.one("Code"), "AccessDenied");
    assert_eq!(
        client.plain("GET", "/bucket/x", &[("sec-fetch-site", "cross-site")], "").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn invocations_are_signed_with_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).function(function("echo")).start().await.unwrap();
    let mut client = Client::new(&local);
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    for name in ["f", arn] {
        assert_eq!(client.invoke(name, "lambda", "{\"a\":1}").await.text(), "{\"a\":1}");
    }
    let caller = Caller::new(Profile::read(folder.path()).unwrap());
    let payload = serde_json::json!({ "a": 1 });
    for name in ["f", arn] {
        assert_eq!(caller.invoke(name, &payload).await.unwrap(), payload);
    }
    let unknown = caller.invoke("other", &payload).await;
    assert!(matches!(unknown, Err(CallError::Refused { status: 404, .. })), "{unknown:?}");
    let error = |answer: &crate::client::Answer| answer.header("x-amzn-errortype").to_owned();
    assert_eq!(error(&client.invoke("f", "s3", "{}").await), "InvalidSignatureException");
    let bare = ("authorization", "AWS4-HMAC-SHA256 Credential=local/x");
    let bare = client.plain("POST", "/2015-03-31/functions/f/invocations", &[bare], "{}").await;
    assert_eq!(error(&bare), "IncompleteSignatureException");
    let none = client.plain("POST", "/2015-03-31/functions/f/invocations", &[], "{}").await;
    assert_eq!(error(&none), "MissingAuthenticationTokenException");
    client.set_secret("guess");
    assert_eq!(error(&client.invoke("f", "lambda", "{}").await), "InvalidSignatureException");
    client.set_access_key("guess");
    assert_eq!(error(&client.invoke("f", "lambda", "{}").await), "UnrecognizedClientException");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn only_the_function_itself_gets_its_events() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).function(function("env")).start().await.unwrap();
    let variables = local.lambda().invoke("f", &Value::Null).await.unwrap();
    let api = variables["AWS_LAMBDA_RUNTIME_API"].as_str().unwrap();
    let mut stream = tokio::net::TcpStream::connect(api).await.unwrap();
    let ask = format!("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: {api}\r\n\r\n");
    let _ = stream.write_all(ask.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    // The function has lost nothing.
    let echoed = local.lambda().invoke("f", &json!({ "do": "echo" })).await.unwrap();
    assert_eq!(echoed, json!({ "do": "echo" }));
}
