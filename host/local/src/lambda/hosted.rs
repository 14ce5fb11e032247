//! Functions of another program, which says at each invocation what is to run.
//!
//! It asks in lines of JSON on the standard input, and is answered in lines on the standard output,
//! each with the `id` of its request, in the order in which the functions are done. The end of the
//! standard input ends every function.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::error::FunctionError;
use super::event::Events;
use super::function::Function;
use super::output::LogSink;
use super::pool::Pool;

/// What is asked for: an invocation, or without an event the start of an environment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    id: u64,
    function: Description,
    #[serde(default, deserialize_with = "present")]
    event: Option<Box<RawValue>>,
}

/// An event that is `null` is one, too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// A function as it is now.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    /// Another one retires the environments of the one before.
    version: String,
    arn: String,
    program: PathBuf,
    args: Vec<String>,
    env: HashMap<String, String>,
    timeout_seconds: u64,
    init_timeout_seconds: u64,
    memory_mb: u32,
    concurrency: usize,
}

#[derive(Debug, Serialize)]
struct Answer {
    id: u64,
    failed: bool,
    payload: Value,
}

/// The functions that were asked for.
struct Hosted {
    sink: LogSink,
    pools: Mutex<HashMap<String, (String, Arc<Pool>)>>,
}

/// Answers requests until their end, and gives what functions print to `sink`.
///
/// # Errors
/// A request is none, or nothing can be read or written any more.
pub async fn serve(
    requests: impl AsyncBufRead + Unpin,
    answers: impl AsyncWrite + Unpin + Send + 'static,
    sink: LogSink,
) -> std::io::Result<()> {
    let hosted = Arc::new(Hosted { sink, pools: Mutex::default() });
    let (sender, receiver) = mpsc::channel(16);
    let writing = tokio::spawn(write(answers, receiver));
    let mut requests = requests.lines();
    while let Some(line) = requests.next_line().await? {
        let request: Request = serde_json::from_str(&line)?;
        let (hosted, sender) = (Arc::clone(&hosted), sender.clone());
        tokio::spawn(async move {
            let id = request.id;
            let answer = match hosted.run(request).await {
                Ok(payload) => Answer { id, failed: false, payload },
                Err(error) => Answer { id, failed: true, payload: error.payload },
            };
            // An error means that nobody listens any more.
            let _ = sender.send(answer).await;
        });
    }
    hosted.shutdown().await;
    writing.abort();
    Ok(())
}

async fn write(
    mut answers: impl AsyncWrite + Unpin,
    mut receiver: mpsc::Receiver<Answer>,
) -> std::io::Result<()> {
    while let Some(answer) = receiver.recv().await {
        let mut line = serde_json::to_vec(&answer)?;
        line.push(b'\n');
        answers.write_all(&line).await?;
        answers.flush().await?;
    }
    Ok(())
}

impl Hosted {
    async fn run(&self, request: Request) -> Result<Value, FunctionError> {
        let pool = self.pool(request.function);
        let Some(event) = request.event else {
            return pool.warm_up().await.map(|()| Value::Null);
        };
        let request_id = uuid::Uuid::new_v4().to_string();
        let event = Bytes::copy_from_slice(event.get().as_bytes());
        Ok(super::service::value(&pool.invoke(&request_id, event).await?))
    }

    /// The environments of a function as it is now. Those of a version before end when they are
    /// done with what they have.
    fn pool(&self, described: Description) -> Arc<Pool> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        match pools.get(&described.name) {
            Some((version, pool)) if *version == described.version => Arc::clone(pool),
            _ => {
                let (name, version) = (described.name.clone(), described.version.clone());
                let pool = Pool::new(described.into(), Events::new(), Arc::clone(&self.sink));
                let pool = Arc::new(pool);
                pools.insert(name, (version, Arc::clone(&pool)));
                pool
            }
        }
    }

    async fn shutdown(&self) {
        let pools = std::mem::take(&mut *self.pools.lock().unwrap_or_else(PoisonError::into_inner));
        futures::future::join_all(pools.values().map(|(_, pool)| pool.shutdown())).await;
    }
}

impl From<Description> for Function {
    fn from(described: Description) -> Self {
        let mut function = Self::new(described.name, described.program);
        function.arn = Some(described.arn);
        function.args = described.args;
        function.env = described.env.into_iter().collect();
        function.timeout = Duration::from_secs(described.timeout_seconds);
        function.init_timeout = Duration::from_secs(described.init_timeout_seconds);
        function.memory_mb = described.memory_mb;
        function.concurrency = described.concurrency;
        function
    }
}
