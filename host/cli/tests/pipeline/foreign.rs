//! `obscura serve --s3` as a process, with the S3 server of the test as the external store: with
//! notifications, with polling, and across restarts.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use obscura::digest::Digest;
use obscura::publish::Outcome;
use obscura_local::{Fault, Local, Matcher};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::publish::report_of;
use crate::stage::pictures::{jpeg, png};
use crate::stage::{
    COMPONENTS, DESTINATION, SOURCE, bootstrap, publish_into, publisher, store_of, tuned,
};

const TOKEN: &str = "a token that nobody guesses";

/// An S3 server without functions.
struct Foreign {
    local: Local,
    store: obscura::store::Store,
    /// The folder of the queues of `obscura serve`.
    queues: tempfile::TempDir,
    _folder: tempfile::TempDir,
}

/// `obscura serve` as a process. Dropped, it is killed.
struct Server {
    child: Child,
    said: Arc<Mutex<String>>,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Foreign {
    /// Every picture goes through `echo`; `resize` is published already, which saves its gate.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let buckets = [SOURCE, DESTINATION, COMPONENTS];
        let builder = buckets
            .iter()
            .fold(Local::builder(folder.path()).port(0), |one, bucket| one.bucket(*bucket));
        let local = builder.start().await.unwrap();
        let store = store_of(&local).await;
        for package in ["resize", "fixture-echo"] {
            publish_into(&store, package).await;
        }
        let foreign = Self { local, store, queues: tempfile::tempdir().unwrap(), _folder: folder };
        let route = json!({ "name": "all", "steps": [{ "transform": "echo" }] });
        let document = json!({ "version": 2, "routes": [route] }).to_string();
        foreign.put(COMPONENTS, "pipeline.json", document.into_bytes()).await;
        foreign
    }

    async fn put(&self, bucket: &str, key: &str, body: Vec<u8>) -> String {
        use obscura::store::{Condition, Put, Written};
        let put = Put { body: body.into(), content_type: "x/y", ..Put::default() };
        match self.store.put(bucket, key, put, Condition::Always).await.unwrap() {
            Written::Etag(etag) => etag,
            Written::Conflict => panic!("{key}"),
        }
    }

    async fn remove(&self, key: &str) {
        self.store.delete(SOURCE, &[key.to_owned()]).await.unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_obscura"));
        let credentials = self.local.credentials();
        command.env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_ACCESS_KEY_ID", &credentials.access_key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key);
        command.env("OBSCURA_EVENTS_TOKEN", TOKEN);
        command.args(["serve", "--s3", &self.local.endpoint()]);
        command.args(["--source", SOURCE, "--destination", DESTINATION]);
        command.args(["--components", COMPONENTS]);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.arg("--dir").arg(self.queues.path());
        command.arg("--bootstrap").arg(bootstrap()).arg("--publisher").arg(publisher());
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Starts it, and waits until it is ready.
    async fn serve(&self, arguments: &[&str]) -> Server {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || Server::start(&mut command)).await.unwrap()
    }

    /// Runs a command that must fail; returns its message.
    async fn refused(&self, mut command: Command) -> String {
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert_eq!(self.store.list(DESTINATION, ".obscura").await.unwrap(), Vec::<String>::new());
        said
    }

    async fn record(&self, key: &str) -> Option<Value> {
        let key = format!("{key}/manifest.json");
        self.store.read_record(DESTINATION, &key, 1 << 20).await.unwrap().value
    }

    /// Waits for a picture's record with this ETag.
    async fn shows(&self, server: &Server, key: &str, etag: &str) -> Value {
        for _ in 0..3_000 {
            match self.record(key).await {
                Some(record) if record["source"]["etag"] == etag => return record,
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        panic!("{key} is not rendered\n{}", server.text());
    }

    /// Waits until a picture has no renditions and no record.
    async fn lacks(&self, server: &Server, key: &str) {
        for _ in 0..3_000 {
            if self.store.list(DESTINATION, &format!("{key}/")).await.unwrap().is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{key} has renditions\n{}", server.text());
    }

    /// Waits for two more polls.
    async fn looked_at(&self, server: &Server) {
        let looks = || self.local.faults().count("ListObjectsV2", SOURCE);
        let before = looks();
        for _ in 0..3_000 {
            if looks() >= before + 2 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("nobody looks\n{}", server.text());
    }
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (said, mut address) = (Arc::<Mutex<String>>::default(), None);
        // The queues are named last.
        for line in lines.by_ref() {
            let line = line.unwrap();
            said.lock().unwrap().push_str(&format!("{line}\n"));
            if let Some((_, rest)) = line.split_once("http://")
                && line.trim_start().starts_with("events")
            {
                address = rest.split('/').next().map(str::to_owned);
            }
            if line.trim_start().starts_with("queues") {
                break;
            }
        }
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let address = address.unwrap_or_else(|| panic!("{}", said.lock().unwrap()));
        Self { child, said, address }
    }

    fn text(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Sends a signal, and waits for the exit; returns the exit code.
    fn end(&mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// Sends a request; returns the status and the body.
    async fn send(&self, method: &str, path: &str, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: obscura:9558\r\ncontent-length: {length}\r\n\
             connection: close\r\n{head}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        // The server may answer before it has read everything.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer}"));
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (status.parse().unwrap(), body.to_owned())
    }

    /// Sends a notification as MinIO does.
    async fn tell(&self, name: &str, bucket: &str, key: &str, etag: &str) {
        let record = json!({
            "eventVersion": "2.0",
            "eventSource": "minio:s3",
            "awsRegion": "",
            "eventTime": "2026-01-01T00:00:00.123Z",
            "eventName": name,
            "userIdentity": { "principalId": "minio" },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "Config",
                "bucket": { "name": bucket, "ownerIdentity": { "principalId": "minio" } },
                "object": {
                    "key": obscura_local::key::encode(key), "size": 3, "eTag": etag,
                    "sequencer": "1791E5D1C5C2B8AB",
                },
            },
        });
        let event = json!({
            "EventName": name, "Key": format!("{bucket}/{key}"), "Records": [record],
        });
        let head = format!("authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n");
        let event = event.to_string();
        let (status, body) = self.send("POST", "/events", &head, event.as_bytes()).await;
        assert_eq!(status, 200, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_create_and_remove_renditions() {
    const KEY: &str = "a b/1+ü.jpg";
    let foreign = Foreign::new().await;
    let mut server = foreign.serve(&["--poll", "0"]).await;
    let etag = foreign.put(SOURCE, KEY, jpeg("1")).await;
    server.tell("s3:ObjectCreated:Put", SOURCE, KEY, &etag).await;
    let record = foreign.shows(&server, KEY, &etag).await;
    assert_eq!(record["renditions"][0]["name"], "original", "{record}");
    let etag = foreign.put(SOURCE, KEY, png("2")).await;
    server.tell("s3:ObjectCreated:CompleteMultipartUpload", SOURCE, KEY, &etag).await;
    foreign.shows(&server, KEY, &etag).await;
    foreign.remove(KEY).await;
    server.tell("s3:ObjectRemoved:Delete", SOURCE, KEY, "").await;
    foreign.lacks(&server, KEY).await;
    // Uploading a component publishes it.
    let wasm = tuned("well", "hostile", "1.0.0");
    let digest = Digest::of(&wasm);
    let upload = "incoming/hostile/well.wasm";
    let etag = foreign.put(COMPONENTS, upload, wasm).await;
    server.tell("s3:ObjectCreated:Put", COMPONENTS, upload, &etag).await;
    let report = report_of(&foreign.store, upload, &etag).await;
    assert_eq!((report.outcome, report.active), (Outcome::Active, Some(digest)), "{report:?}");
    assert_eq!(report.upload.by, "minio");
    assert_eq!(server.end("-TERM"), Some(0), "{}", server.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_need_the_token() {
    let foreign = Foreign::new().await;
    let server = foreign.serve(&["--poll", "0"]).await;
    let event = json!({ "Records": [] }).to_string();
    let good = format!("authorization: Bearer {TOKEN}\r\n");
    for head in [
        "",
        "authorization: Bearer \r\n",
        "authorization: Bearer another token\r\n",
        &format!("authorization: {TOKEN}\r\n"),
        &format!("authorization: Basic {TOKEN}\r\n"),
        &format!("x-token: {TOKEN}\r\n"),
    ] {
        let (status, body) = server.send("POST", "/events", head, event.as_bytes()).await;
        assert_eq!(status, 401, "{head} {body}");
        assert!(body.contains("Authorization: Bearer"), "{body}");
    }
    assert_eq!(server.send("POST", "/events", &good, event.as_bytes()).await.0, 200);
    // Requests from web pages are refused even with the token.
    let page = format!("{good}origin: https://evil.example\r\n");
    assert_eq!(server.send("POST", "/events", &page, event.as_bytes()).await.0, 403);
    for (method, path, body, status) in [
        ("GET", "/health", &b""[..], 200),
        ("HEAD", "/events", b"", 200),
        ("GET", "/events", b"", 405),
        ("POST", "/", b"", 404),
        ("POST", "/events", b"{", 400),
        ("POST", "/events", b"[]", 400),
        ("POST", "/events", br#"{"Records":{}}"#, 400),
        ("POST", "/events", br#"{"Event":"s3:TestEvent"}"#, 200),
        ("POST", "/events", &vec![b' '; 2 << 20], 413),
    ] {
        assert_eq!(server.send(method, path, &good, body).await.0, status, "{method} {path}");
    }
    // Other events are ignored, and unreadable records do not affect others.
    let odd = json!({ "Records": [1, { "eventName": "s3:ObjectAccessed:Get" }, {
        "eventName": "s3:ObjectCreated:Put",
        "s3": { "bucket": { "name": "elsewhere" }, "object": { "key": "a" } },
    }] });
    let (_, body) = server.send("POST", "/events", &good, odd.to_string().as_bytes()).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({ "accepted": 0, "ignored": 2, "unreadable": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_finds_uploads_overwrites_and_deletions() {
    let foreign = Foreign::new().await;
    let before = foreign.put(SOURCE, "before+ü.jpg", jpeg("1")).await;
    foreign.put(SOURCE, "folder/", Vec::new()).await;
    // Not a record of this pipeline.
    foreign.put(DESTINATION, "theirs/manifest.json", b"{}".to_vec()).await;
    let mut server = foreign.serve(&["--poll", "1"]).await;
    foreign.shows(&server, "before+ü.jpg", &before).await;
    let new = foreign.put(SOURCE, "new.jpg", jpeg("1")).await;
    foreign.shows(&server, "new.jpg", &new).await;
    let overwritten = foreign.put(SOURCE, "new.jpg", png("2")).await;
    foreign.shows(&server, "new.jpg", &overwritten).await;
    foreign.remove("before+ü.jpg").await;
    foreign.lacks(&server, "before+ü.jpg").await;
    let wasm = tuned("well", "hostile", "1.0.0");
    let etag = foreign.put(COMPONENTS, "incoming/hostile/well.wasm", wasm).await;
    let report = report_of(&foreign.store, "incoming/hostile/well.wasm", &etag).await;
    assert_eq!(report.outcome, Outcome::Active, "{report:?}");

    // Without changes, a poll lists the buckets and reads no pictures or records.
    foreign.looked_at(&server).await;
    foreign.local.faults().reset_counts();
    foreign.looked_at(&server).await;
    let counts = foreign.local.faults().counts();
    let only = |operation: &str, bucket: &str| match operation {
        "ListObjectsV2" => bucket != DESTINATION,
        "HeadObject" => bucket == COMPONENTS,
        _ => false,
    };
    let others = counts.keys().filter(|(operation, bucket)| !only(operation, bucket));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&(String, String)>::new());

    assert_eq!(server.end("-TERM"), Some(0), "{}", server.text());
    let changed = foreign.put(SOURCE, "new.jpg", png("3")).await;
    let late = foreign.put(SOURCE, "late.jpg", jpeg("4")).await;
    let server = foreign.serve(&["--poll", "1"]).await;
    foreign.shows(&server, "new.jpg", &changed).await;
    foreign.shows(&server, "late.jpg", &late).await;
    drop(server);
    foreign.remove("late.jpg").await;
    let server = foreign.serve(&["--poll", "1"]).await;
    foreign.lacks(&server, "late.jpg").await;
    assert!(foreign.store.head(DESTINATION, "theirs/manifest.json").await.unwrap().is_some());
    assert!(!server.text().contains("failed for good"), "{}", server.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_finishes_after_a_restart() {
    const PICTURES: usize = 12;
    let foreign = Foreign::new().await;
    let mut server = foreign.serve(&["--poll", "0", "--environments", "1"]).await;
    let mut etags = Vec::new();
    for number in 0..PICTURES {
        let key = format!("{number}.jpg");
        etags.push((key.clone(), foreign.put(SOURCE, &key, jpeg(&key)).await));
    }
    // All of them are accepted, and none is finished.
    let writing = Matcher::any().operation("PutObject").bucket(DESTINATION);
    foreign.local.faults().fail_next(u32::MAX, writing, Fault::HaltBefore);
    for (key, etag) in &etags {
        server.tell("s3:ObjectCreated:Put", SOURCE, key, etag).await;
    }
    while foreign.local.faults().halted() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.end("-KILL"), None);
    foreign.local.faults().clear();
    // There are no further notifications and no polling: the accepted events are on disk.
    let server = foreign.serve(&["--poll", "0"]).await;
    for (key, etag) in &etags {
        foreign.shows(&server, key, etag).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_conditional_writes_is_refused() {
    let foreign = Foreign::new().await;
    let writes = |bucket: &str| Matcher::any().operation("PutObject").bucket(bucket);
    for bucket in [DESTINATION, COMPONENTS] {
        let ignored = Fault::IgnoreConditions;
        foreign.local.faults().fail_next(u32::MAX, writes(bucket), ignored);
        let said = foreign.refused(foreign.command(&[])).await;
        foreign.local.faults().clear();
        for part in ["in spite of If-None-Match", "conditional writes", "Update the store", bucket]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    let unknown = Fault::Error("NotImplemented", 501);
    foreign.local.faults().fail_next(u32::MAX, writes(DESTINATION), unknown);
    let said = foreign.refused(foreign.command(&[])).await;
    foreign.local.faults().clear();
    assert!(said.contains("If-None-Match") && said.contains("does not implement"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_name_the_flag_or_the_variable() {
    let foreign = Foreign::new().await;
    let with = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = foreign.command(arguments);
        command.envs(variables.iter().copied());
        command
    };
    let serve = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_obscura"));
        command.args(["serve", "--s3", &foreign.local.endpoint()]).args(arguments);
        command.env_clear().stderr(Stdio::piped());
        command
    };
    let of = |source: &str, destination: &str, components: &str| {
        serve(&["--source", source, "--destination", destination, "--components", components])
    };
    let mut elsewhere = of("nothing-there", DESTINATION, COMPONENTS);
    let credentials = foreign.local.credentials();
    elsewhere.env("AWS_ACCESS_KEY_ID", &credentials.access_key_id);
    elsewhere.env("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key);
    for (mut command, parts) in [
        (elsewhere, &["s3://nothing-there", "no such bucket", "--source"][..]),
        (with(&[], &[("AWS_SECRET_ACCESS_KEY", "x")]), &["AWS_SECRET_ACCESS_KEY"]),
        (with(&[], &[("OBSCURA_EVENTS_TOKEN", "short")]), &["5 characters", "openssl rand"]),
        (
            with(&["--listen", "0.0.0.0:0"], &[("OBSCURA_EVENTS_TOKEN", "")]),
            &["OBSCURA_EVENTS_TOKEN", "127.0.0.1"],
        ),
        (of(SOURCE, SOURCE, COMPONENTS), &["--source-prefix", "--destination-prefix"]),
        (of(SOURCE, DESTINATION, SOURCE), &["--components", "bucket of its own"]),
        (serve(&["--source", SOURCE]), &["--components", "--destination"]),
        (of(SOURCE, DESTINATION, COMPONENTS), &["credentials"]),
    ] {
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        let said = foreign.refused(command).await;
        for part in parts {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_tags_keeps_replaced_renditions() {
    let foreign = Foreign::new().await;
    let untagged = Fault::Error("NotImplemented", 501);
    let copies = Matcher::any().operation("CopyObject");
    foreign.local.faults().fail_next(u32::MAX, copies, untagged);
    let route = json!({
        "name": "all",
        "steps": [{ "transform": "echo" }],
        "key_template": "{key}/{version}/{rendition}.{extension}",
    });
    let document = json!({ "version": 2, "routes": [route] }).to_string();
    foreign.put(COMPONENTS, "pipeline.json", document.into_bytes()).await;
    let server = foreign.serve(&["--poll", "1"]).await;
    let first = foreign.put(SOURCE, "a.jpg", jpeg("1")).await;
    let before = foreign.shows(&server, "a.jpg", &first).await;
    let second = foreign.put(SOURCE, "a.jpg", jpeg("2")).await;
    let after = foreign.shows(&server, "a.jpg", &second).await;
    assert!(server.text().contains("keeps no tags"), "{}", server.text());
    let key = before["renditions"][0]["key"].as_str().unwrap();
    assert_eq!(after["retired"][0]["renditions"][0]["key"], key, "{after}");
    assert!(foreign.store.head(DESTINATION, key).await.unwrap().is_some());
}
