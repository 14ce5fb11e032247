//! The page's API.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::stage::{Page, Reader, Stage};

/// `obscura studio` for the pipeline of a test. It ends when dropped.
struct Studio {
    reader: Reader,
    host: String,
    token: String,
    _process: Child,
}

impl Studio {
    async fn of(stage: &Stage) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_obscura"))
            .args(["studio", "--studio-port", "0", "--allow-changes", "--dir"])
            .arg(stage.local.root())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        loop {
            let line = lines.next_line().await.unwrap().expect("it prints its address");
            let Some((_, address)) = line.split_once("http://") else { continue };
            let (host, token) = address.trim().split_once("/#token=").unwrap();
            let (host, token) = (host.to_owned(), token.to_owned());
            let reader = Reader::of(host.parse().unwrap());
            return Self { reader, host, token, _process: process };
        }
    }

    async fn ask(&self, method: &str, path: &str) -> Page {
        let Self { host, token, .. } = self;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             content-length: 0\r\nconnection: close\r\n\r\n"
        );
        self.reader.send(request.as_bytes()).await
    }
}

fn code(page: &Page) -> String {
    let said: Value = serde_json::from_slice(&page.body).unwrap();
    for field in ["message", "remedy"] {
        assert!(said[field].as_str().is_some_and(|text| !text.is_empty()), "{said}");
    }
    said["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_method_that_an_address_does_not_have_is_named_as_the_mistake() {
    let stage = Stage::echo().await;
    let studio = Studio::of(&stage).await;
    for (method, path, allowed) in [
        ("POST", "/api/picture", "GET, PUT"),
        ("DELETE", "/api/session", "GET"),
        ("GET", "/api/promote", "POST"),
        ("POST", "/api/openapi.json", "GET"),
        ("POST", "/api/events", "GET"),
    ] {
        let page = studio.ask(method, path).await;
        assert_eq!((page.status, page.header("allow")), (405, allowed), "{method} {path}");
        assert_eq!(code(&page), "method-not-allowed");
    }
    let page = studio.ask("POST", "/api/nothing").await;
    assert_eq!((page.status, code(&page).as_str()), (404, "not-found"));
}

#[tokio::test]
async fn a_key_that_no_object_can_have_is_the_requests_mistake() {
    let stage = Stage::echo().await;
    let studio = Studio::of(&stage).await;
    let long = "k".repeat(1025);
    for path in ["/api/picture/facts?key=", "/files/source?key="] {
        for key in ["", &long] {
            let page = studio.ask("GET", &format!("{path}{key}")).await;
            assert_eq!((page.status, code(&page).as_str()), (400, "bad-request"), "{path}{key}");
        }
    }
    let page = studio.ask("GET", "/api/picture/facts?key=nothing.jpg").await;
    assert_eq!((page.status, code(&page).as_str()), (404, "not-found"));
}
