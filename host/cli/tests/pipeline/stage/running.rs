//! S3, Lambda and the bootstrap of one test.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{RestoreRequest, StorageClass};
use bytes::Bytes;
use obscura::digest::Digest;
use obscura::store::Store;
use obscura_local::{
    Delivery, Event, EventPattern, Function, FunctionError, Local, OnSuccess, Rule,
};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use super::object::{Answered, Stored};
use super::programs::{bootstrap, publisher};
use super::published;
use super::reader::Reader;

pub(crate) const SOURCE: &str = "source";
pub(crate) const DESTINATION: &str = "destination";
pub(crate) const COMPONENTS: &str = "components";
pub(crate) const FUNCTION: &str = "transform";
pub(crate) const PUBLISH: &str = "publish";
pub(crate) const DELIVER: &str = "deliver";
pub(crate) const ANNOUNCE: &str = "announce";

/// The settings of a stage.
pub(crate) struct Setup {
    pub(crate) function: Function,
    pub(crate) batched: bool,
    /// Nothing is announced.
    pub(crate) silent: bool,
    /// Uploads below incoming/ are published, with this concurrency.
    publishers: usize,
    /// Documents are proved before they become active.
    gated: bool,
    /// Requests for renditions are served, with this concurrency.
    deliverers: usize,
    /// The receiver of announcements.
    announce_to: Option<OnSuccess>,
    pub(crate) destination: &'static str,
    document: Value,
    packages: Vec<&'static str>,
}

/// A running pipeline.
pub(crate) struct Stage {
    pub(crate) local: Local,
    pub(crate) store: Store,
    client: Client,
    lines: Arc<Mutex<Vec<String>>>,
    events: Mutex<Receiver<Event>>,
    destination: &'static str,
    folder: tempfile::TempDir,
}

/// A client of a local server.
pub(crate) async fn store(local: &Local) -> Store {
    let credentials = local.credentials();
    let (id, secret) = (&credentials.access_key_id, &credentials.secret_access_key);
    Store::at(&local.endpoint(), local.region(), id, secret).await
}

fn client(local: &Local) -> Client {
    use aws_sdk_s3::config::{BehaviorVersion, Builder, Credentials, Region};
    use aws_smithy_http_client::tls;
    let own = local.credentials();
    let credentials =
        Credentials::new(&own.access_key_id, &own.secret_access_key, None, None, "test");
    // Its retries would hide faults.
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .http_client(
            aws_smithy_http_client::Builder::new()
                .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
                .build_https(),
        )
        .endpoint_url(local.endpoint())
        .region(Region::new(local.region()))
        .credentials_provider(credentials)
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

impl Setup {
    /// One environment; every picture goes through `echo`.
    pub(crate) fn echo() -> Self {
        Self::new(&["fixture-echo"], json!({ "name": "all", "transform": "echo" }))
    }

    /// These packages are published; this is the only route.
    pub(crate) fn new(packages: &[&'static str], route: Value) -> Self {
        let mut function = Function::new(FUNCTION, bootstrap());
        function.concurrency = 1;
        function.retry_backoff = Duration::from_millis(50);
        function.env = [
            ("OBSCURA_SOURCE_BUCKET", SOURCE),
            ("OBSCURA_DESTINATION_BUCKET", DESTINATION),
            ("OBSCURA_COMPONENTS_BUCKET", COMPONENTS),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        Self {
            function,
            batched: false,
            silent: false,
            publishers: 0,
            gated: false,
            deliverers: 0,
            announce_to: None,
            destination: DESTINATION,
            document: json!({ "version": 1, "routes": [route] }),
            packages: packages.to_vec(),
        }
    }

    pub(crate) fn environments(mut self, number: usize) -> Self {
        self.function.concurrency = number;
        self
    }

    pub(crate) fn publishers(mut self, number: usize) -> Self {
        self.publishers = number;
        self
    }

    /// Requests for renditions are served, with this concurrency.
    pub(crate) fn deliverers(mut self, number: usize) -> Self {
        self.deliverers = number;
        self
    }

    /// Results of pictures are announced.
    pub(crate) fn announcing(mut self, to: OnSuccess) -> Self {
        self.announce_to = Some(to);
        self
    }

    /// Documents are proved before they become active.
    pub(crate) fn gated(self) -> Self {
        let setup = self.publishers(1).variable("OBSCURA_PROVED_DOCUMENTS", "1");
        Self { gated: true, ..setup }
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.function.env.retain(|(known, _)| known != name);
        self.function.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) async fn start(self) -> Stage {
        let packages = self.packages.clone();
        let document = self.document.to_string();
        let stage = self.start_in(tempfile::tempdir().unwrap()).await;
        for package in packages {
            stage.publish(package).await;
        }
        stage.put(COMPONENTS, "pipeline.json", document).await;
        stage
    }

    /// With the data of a previous one.
    pub(crate) async fn start_in(self, folder: tempfile::TempDir) -> Stage {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = Arc::clone(&lines);
        let rule = Rule::new(SOURCE, FUNCTION);
        let mut deliver = self.function.clone();
        DELIVER.clone_into(&mut deliver.name);
        deliver.concurrency = self.deliverers;
        deliver.env.push(("OBSCURA_FUNCTION".to_owned(), "deliver".to_owned()));
        let mut delivery = Delivery::new(self.destination);
        delivery.port = 0;
        delivery.function = Some(DELIVER.to_owned());
        let mut announce = self.function.clone();
        ANNOUNCE.clone_into(&mut announce.name);
        announce.env.push(("OBSCURA_FUNCTION".to_owned(), "announce".to_owned()));
        let builder = Local::builder(folder.path())
            .port(0)
            .bucket(SOURCE)
            .bucket(DESTINATION)
            .bucket(COMPONENTS)
            .function(self.function)
            .logs(move |_, line| sink.lock().unwrap().push(line.to_owned()));
        let builder = match (self.silent, self.batched) {
            (true, _) => builder,
            (_, true) => builder.notify(rule.batched()),
            (_, false) => builder.notify(rule),
        };
        let builder = match self.deliverers {
            0 => builder,
            _ => builder.function(deliver).deliver(delivery),
        };
        let builder = match self.announce_to {
            None => builder,
            to => {
                announce.on_success = to;
                let records = Rule::new(self.destination, ANNOUNCE).suffix("/manifest.json");
                let kinds = [EventPattern::Created, EventPattern::Removed];
                builder.function(announce).notify(records.in_order().events(kinds))
            }
        };
        let builder = match self.publishers {
            0 => builder,
            number => {
                let mut publish = Function::new(PUBLISH, publisher());
                publish.concurrency = number;
                publish.retry_backoff = Duration::from_millis(50);
                publish.env = vec![("OBSCURA_COMPONENTS_BUCKET".into(), COMPONENTS.into())];
                if self.gated {
                    publish.env.push(("OBSCURA_PROVED_DOCUMENTS".into(), "1".into()));
                }
                let document = Rule::new(COMPONENTS, PUBLISH).prefix("pipeline.json");
                let rule = Rule::new(COMPONENTS, PUBLISH).events([EventPattern::Created]);
                builder
                    .function(publish)
                    .notify(document.events([EventPattern::Created, EventPattern::Removed]))
                    .notify(rule.clone().prefix("incoming/"))
                    .notify(rule.prefix("outcomes/"))
            }
        };
        let local = builder.start().await.unwrap();
        Stage {
            client: client(&local),
            store: store(&local).await,
            lines,
            events: Mutex::new(local.events()),
            destination: self.destination,
            local,
            folder,
        }
    }
}

impl Stage {
    /// Stops like a killed process. Returns its data.
    pub(crate) fn crash(self) -> tempfile::TempDir {
        drop(self.local);
        self.folder
    }

    /// A reader of delivered renditions.
    pub(crate) fn reader(&self) -> Reader {
        Reader::of(self.local.delivery().unwrap().address())
    }

    pub(crate) async fn echo() -> Self {
        Setup::echo().start().await
    }

    /// Publish a guest package. Returns its digest.
    pub(crate) async fn publish(&self, package: &'static str) -> Digest {
        published::publish(&self.store, package).await.pointer.release.digest
    }

    /// Make a guest package the canary. Returns its digest.
    pub(crate) async fn canary(&self, package: &'static str) -> Digest {
        published::try_out(&self.store, package).await.release.digest
    }

    /// Replace the pipeline document, and wait until every process has read it.
    pub(crate) async fn routes(&self, routes: Value) {
        self.document(&json!({ "version": 1, "routes": routes }).to_string()).await;
    }

    pub(crate) async fn document(&self, text: &str) {
        self.put(COMPONENTS, "pipeline.json", text.to_owned()).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }

    /// Write an object. Returns its ETag.
    pub(crate) async fn put(&self, bucket: &str, key: &str, body: impl Into<Bytes>) -> String {
        let body = ByteStream::from(body.into());
        let put = self.client.put_object().bucket(bucket).key(key).body(body).send().await;
        put.unwrap().e_tag().unwrap().trim_matches('"').to_owned()
    }

    /// Upload a picture, and wait until the pipeline is idle.
    pub(crate) async fn upload(&self, key: &str, body: impl Into<Bytes>) -> String {
        let etag = self.put(SOURCE, key, body).await;
        self.local.idle().await;
        etag
    }

    /// Upload a picture with a `Content-Encoding`, and wait until the pipeline is idle.
    pub(crate) async fn upload_encoded(&self, key: &str, encoding: &str, body: Vec<u8>) -> String {
        let put = self.client.put_object().bucket(SOURCE).key(key).body(ByteStream::from(body));
        let put = put.content_encoding(encoding).send().await.unwrap();
        self.local.idle().await;
        put.e_tag().unwrap().trim_matches('"').to_owned()
    }

    /// Upload a picture to the archive, and wait until the pipeline is idle.
    pub(crate) async fn archive(&self, key: &str, body: Vec<u8>) -> String {
        let put = self.client.put_object().bucket(SOURCE).key(key).body(ByteStream::from(body));
        let put = put.content_type("image/jpeg").storage_class(StorageClass::Glacier);
        let put = put.send().await.unwrap();
        self.local.idle().await;
        put.e_tag().unwrap().trim_matches('"').to_owned()
    }

    /// Restore an archived picture, and wait until the pipeline is idle.
    pub(crate) async fn restore(&self, key: &str) {
        let days = RestoreRequest::builder().days(1).build();
        let request = self.client.restore_object().bucket(SOURCE).key(key).restore_request(days);
        request.send().await.unwrap();
        self.local.idle().await;
    }

    pub(crate) async fn delete(&self, bucket: &str, key: &str) {
        self.client.delete_object().bucket(bucket).key(key).send().await.unwrap();
    }

    pub(crate) async fn delete_bucket(&self, bucket: &str) {
        self.client.delete_bucket().bucket(bucket).send().await.unwrap();
    }

    /// Delete a picture, and wait until the pipeline is idle.
    pub(crate) async fn remove(&self, key: &str) {
        self.delete(SOURCE, key).await;
        self.local.idle().await;
    }

    /// The content of the destination bucket.
    pub(crate) async fn keys(&self) -> BTreeSet<String> {
        self.store.list(self.destination, "").await.unwrap().into_iter().collect()
    }

    pub(crate) async fn object(&self, key: &str) -> Option<Stored> {
        let got = self.client.get_object().bucket(self.destination).key(key).send().await;
        let got = got.ok()?;
        Some(Stored {
            etag: got.e_tag().unwrap().trim_matches('"').to_owned(),
            content_type: got.content_type().unwrap_or_default().to_owned(),
            cache_control: got.cache_control().map(str::to_owned),
            metadata: got.metadata().cloned().unwrap_or_default(),
            body: got.body.collect().await.unwrap().into_bytes(),
        })
    }

    pub(crate) async fn manifest(&self, key: &str) -> Value {
        let manifest = self.object(&format!("{key}/manifest.json")).await;
        manifest.unwrap_or_else(|| panic!("{key} has no manifest")).json()
    }

    /// The code of a picture's failure.
    pub(crate) async fn error_code(&self, key: &str) -> Option<String> {
        Some(self.error(key).await?["code"].as_str().unwrap().to_owned())
    }

    /// The failure in a picture's record, if any.
    pub(crate) async fn error(&self, key: &str) -> Option<Value> {
        let manifest = self.object(&format!("{key}/manifest.json")).await?.json();
        let steps = manifest["steps"].as_array().unwrap();
        let failed = steps.iter().find(|step| !step["error"].is_null());
        (manifest["status"] == "failed").then(|| failed.unwrap()["error"].clone())
    }

    /// An event as S3 sends it.
    pub(crate) fn event(key: &str, etag: Option<&str>) -> Value {
        json!({ "Records": [{
            "eventSource": "aws:s3",
            "eventName": if etag.is_some() { "ObjectCreated:Put" } else { "ObjectRemoved:Delete" },
            "s3": {
                "bucket": { "name": SOURCE },
                "object": { "key": obscura_local::key::encode(key), "eTag": etag },
            },
        }]})
    }

    /// Deliver an event as S3 does, and wait until the pipeline is idle.
    pub(crate) async fn deliver(&self, event: Value) {
        self.local.lambda().accept(FUNCTION, event).unwrap().release();
        self.local.idle().await;
    }

    /// Invoke the function and wait only for its response. There are no retries.
    pub(crate) async fn invoke(&self, event: &Value) -> Result<Value, FunctionError> {
        self.local.lambda().invoke(FUNCTION, event).await
    }

    /// Request a path from the deliver function.
    pub(crate) async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answered {
        self.request("GET", path, headers).await
    }

    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answered {
        let headers: serde_json::Map<String, Value> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let event = json!({
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": headers,
            "requestContext": { "http": { "method": method, "path": path } },
            "isBase64Encoded": false,
        });
        Answered::of(&self.local.lambda().invoke(DELIVER, &event).await.unwrap())
    }

    pub(crate) fn dead_letters(&self) -> usize {
        self.local.lambda().dead_letters().unwrap().len()
    }

    /// The events since the last call.
    pub(crate) fn happened(&self) -> Vec<Event> {
        let mut events = self.events.lock().unwrap();
        std::iter::from_fn(|| events.try_recv().ok()).collect()
    }

    /// The transform function's processes that were started since the last call.
    pub(crate) fn started(&self) -> Vec<u32> {
        let pid = |event: Event| match event {
            Event::EnvironmentStarted { pid, function, .. } if function == FUNCTION => Some(pid),
            _ => None,
        };
        self.happened().into_iter().filter_map(pid).collect()
    }

    /// The function's output lines that are JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.lines.lock().unwrap();
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The function's output.
    pub(crate) fn text(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// The outcomes that the function has logged for a key.
    pub(crate) fn outcomes(&self, key: &str) -> Vec<String> {
        let lines = self.lines();
        let of_key = lines.iter().filter(|line| line["key"] == key);
        of_key.filter_map(|line| line["outcome"].as_str().map(str::to_owned)).collect()
    }
}
