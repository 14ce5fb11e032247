//! A minimal browser, which sends its requests byte for byte as given.

use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Send a request to delivery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader {
    address: SocketAddr,
}

/// The response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Bytes,
}

impl Reader {
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self { address }
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        self.send(format!("{request}connection: close\r\n\r\n").as_bytes()).await
    }

    /// Whatever the bytes are.
    pub(crate) async fn send(&self, request: &[u8]) -> Page {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let body = Bytes::from(answer.split_off(end + 4));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let page = Page { status, head, body };
        // HTTP states the length, except for a 304.
        let length = page.header("content-length").parse().ok();
        assert_eq!(length, Some(page.body.len()).filter(|_| status != 304), "{}", page.head);
        page
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// Its status, and for a failure its code.
    pub(crate) fn is(&self) -> (u16, &str) {
        (self.status, self.header("x-obscura-code"))
    }
}
