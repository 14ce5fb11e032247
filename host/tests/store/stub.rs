//! A loopback server that sends each response as set by a test, so that every S3 response can occur
//! at any time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use obscura::store::Store;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as they were sent.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// The length of the body to send before the connection is closed.
    sent: Option<usize>,
    /// Whether the body ends with the connection, without a stated length.
    unstated: bool,
}

/// The server; it ends with the test's process.
pub(crate) struct Stub {
    endpoint: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

type Script = dyn FnMut(&Request) -> Answer + Send;

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    /// An error in S3's format.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}\
             </Message><RequestId>R</RequestId><HostId>H</HostId></Error>"
        );
        Self::new(status, body).with("content-type", "application/xml")
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without_length(mut self) -> Self {
        self.unstated = true;
        self
    }

    pub(crate) fn broken_after(mut self, bytes: usize) -> Self {
        self.sent = Some(bytes);
        self
    }
}

impl Stub {
    pub(crate) fn start(script: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Mutex<Box<Script>>> = Arc::new(Mutex::new(Box::new(script)));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                // A client that disconnects does not concern the test.
                std::thread::spawn(move || drop(serve(stream, &script, &log)));
            }
        });
        Self { endpoint, seen }
    }

    pub(crate) async fn store(&self) -> Store {
        Store::at(&self.endpoint, "eu-central-1", "key", "secret").await
    }

    /// Method and path of each request, in order.
    pub(crate) fn seen(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    }
}

fn serve(
    stream: TcpStream,
    script: &Mutex<Box<Script>>,
    log: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(()) };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let request = Request { method, target, headers, body };
    let answer = (script.lock().unwrap())(&request);
    let bare = request.method == "HEAD" || answer.status == 304;
    log.lock().unwrap().push(request);
    let mut stream = stream;
    let mut head = format!("HTTP/1.1 {} S3\r\nconnection: close\r\n", answer.status);
    if answer.status != 304 && !answer.unstated {
        head += &format!("content-length: {}\r\n", answer.body.len());
    }
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all((head + "\r\n").as_bytes())?;
    if !bare {
        let sent = answer.sent.unwrap_or(answer.body.len()).min(answer.body.len());
        stream.write_all(&answer.body[..sent])?;
    }
    stream.flush()
}
