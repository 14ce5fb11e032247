//! Delivery under attack: paths, methods, headers, and slow clients.

use std::time::Duration;

use obscura_local::Local;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Client;
use crate::{builder, delivery, function, invocations};

async fn serve(folder: &tempfile::TempDir) -> (Local, Client) {
    let mut delivery = delivery();
    delivery.connections = 8;
    delivery.head_timeout = Duration::from_millis(500);
    delivery.stall_timeout = Duration::from_millis(500);
    let builder = builder(folder.path()).function(function("http")).deliver(delivery);
    let local = builder.start().await.unwrap();
    let reader = Client::of_delivery(&local);
    (local, reader)
}

/// The response to these exact bytes.
async fn raw(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn hostile_paths_reach_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (local, reader) = serve(&folder).await;
    let mut events = local.events();
    let long = format!("/{}", "a".repeat(2000));
    for path in [
        "/",
        "//a",
        "/a//b",
        "/a/",
        "/../a",
        "/a/../../.store/buckets",
        "/%2e%2e/a",
        "/a/%2E%2e%2Fb",
        "/a%2fb",
        "/a%5cb",
        "/a%00.webp",
        "/a%0d%0aset-cookie:%20b",
        "/a%0Ab",
        "/a%7F",
        "/a%",
        "/a%g0",
        "/a%FF",
        "/a%C0%AE",
        &long,
    ] {
        let answer = reader.fetch(path, &[]).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.header("x-obscura-code"), "path-refused", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
    assert_eq!(invocations(&mut events), 0);
    assert!(local.faults().counts().is_empty());
}

#[tokio::test]
async fn lengths_and_methods_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let (local, reader) = serve(&folder).await;
    let mut events = local.events();
    let long = format!("/a?{}", "q".repeat(9000));
    let answer = reader.fetch(&long, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-obscura-code")), (414, "url-too-long"));
    let cookie = "c".repeat(21_000);
    let answer = reader.fetch("/a", &[("cookie", &cookie)]).await;
    let told = (answer.status.as_u16(), answer.header("x-obscura-code"));
    assert_eq!(told, (431, "headers-too-long"));
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let answer = reader.plain(method, "/a/card", &[], "").await;
        let told = (answer.status.as_u16(), answer.header("x-obscura-code"));
        assert_eq!(told, (405, "method-not-allowed"), "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
    // Above the read limit, the connection is closed with a status.
    let enormous = format!("GET /a HTTP/1.1\r\nhost: {}\r\nx: ", reader.address);
    let answer =
        raw(&reader.address, format!("{enormous}{}", "x".repeat(200_000)).as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let many: String = (0..500).map(|n| format!("x-{n}: 1\r\n")).collect();
    let many = format!("GET /a HTTP/1.1\r\nhost: {}\r\n{many}\r\n", reader.address);
    assert!(raw(&reader.address, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    assert!(raw(&reader.address, b"nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    let smuggled = format!(
        "GET /a HTTP/1.1\r\nhost: {}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\
         connection: close\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n",
        reader.address
    );
    assert_eq!(raw(&reader.address, smuggled.as_bytes()).await.matches("HTTP/1.1").count(), 1);
    let asked = invocations(&mut events);
    assert!(asked <= 1, "{asked}");
}

#[tokio::test]
async fn headers_and_queries_poison_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (local, reader) = serve(&folder).await;
    let mut events = local.events();
    let clean = "/a/card image/webp";
    for (number, header) in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-original-url", "/a/fail"),
        ("x-rewrite-url", "/a/fail"),
        ("x-http-method-override", "DELETE"),
        ("forwarded", "host=evil.example"),
        ("cookie", "session=1"),
        ("authorization", "Bearer x"),
        ("range", "bytes=0-0"),
        ("if-none-match", "*"),
        ("dpr", "<script>"),
        ("accept", "text/html"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/a/card?attempt={number}&path=/a/fail");
        reader.fetch(&path, &[header, ("accept", "image/webp")]).await;
        let answer = reader.fetch("/a/card", &[("accept", "image/webp")]).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, clean), "{header:?}");
        assert_eq!(answer.header("x-cache"), "Hit");
    }
    assert_eq!(invocations(&mut events), 1);
    let rebound = reader.fetch("/a/card", &[("host", "evil.example")]).await;
    assert_eq!((rebound.status.as_u16(), rebound.header("x-obscura-code")), (403, "host-refused"));
}

#[tokio::test]
async fn slow_clients_lose_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let (local, reader) = serve(&folder).await;
    // More than the number of slots: each sends half of the headers and waits.
    let mut slow = Vec::new();
    for _ in 0..12 {
        let mut stream = TcpStream::connect(&reader.address).await.unwrap();
        stream.write_all(b"GET /a HTTP/1.1\r\nhost: ").await.unwrap();
        slow.push(stream);
    }
    assert_eq!(reader.fetch("/a/card", &[]).await.status, 200);
    drop(slow);
    // Others request much, and read none of it.
    let large = vec![7_u8; 64 << 20];
    Client::new(&local).put("large.webp", large).await;
    let mut greedy = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(&reader.address).await.unwrap();
        let request = format!("GET /large.webp HTTP/1.1\r\nhost: {}\r\n\r\n", reader.address);
        stream.write_all(request.as_bytes()).await.unwrap();
        greedy.push(stream);
    }
    assert_eq!(reader.fetch("/a/card", &[]).await.status, 200);
    drop(greedy);
}
