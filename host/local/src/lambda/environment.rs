//! One process of a function, and the socket on which it asks for work.
//!
//! It dies with us: dropped, it is killed with everything that it started; and if we are killed
//! ourselves its Runtime API is gone, upon which a runtime ends.

use std::future::pending;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::error::{FunctionError, FunctionErrorKind};
use super::function::Function;
use super::output::{LogSink, forward};
use super::runtime_api::{self, Call, Invocation};
use crate::clock;
use crate::http::HttpServer;

/// How long a process may take to end after SIGTERM. Lambda gives 500 ms too.
const GRACE: Duration = Duration::from_millis(500);

/// A process that has asked for its first event.
pub(crate) struct Environment {
    child: Child,
    group: ProcessGroup,
    calls: mpsc::Receiver<Call>,
    /// The question for an event that is not answered yet.
    asking: Option<oneshot::Sender<Invocation>>,
    output: Vec<JoinHandle<()>>,
    /// Dropped last: its socket closes when the process is dead already.
    _runtime_api: HttpServer,
}

impl Environment {
    /// Starts the program and waits until it asks for an event.
    pub(crate) async fn start(function: &Function, sink: &LogSink) -> Result<Self, FunctionError> {
        let mut environment = Self::spawn(function, sink).await.map_err(|error| {
            init_error(format!("{} cannot be started: {error}", function.program.display()))
        })?;
        match timeout(function.init_timeout, environment.first_question()).await {
            Ok(Ok(())) => Ok(environment),
            Ok(Err(error)) => {
                environment.kill().await;
                Err(error)
            }
            Err(_) => {
                environment.kill().await;
                Err(init_error(format!(
                    "No event was asked for within {:.2} seconds",
                    function.init_timeout.as_secs_f64()
                )))
            }
        }
    }

    async fn spawn(function: &Function, sink: &LogSink) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut command = Command::new(&function.program);
        command
            .args(&function.args)
            .env_clear()
            .envs(function.environment(&address.to_string()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its own group: Ctrl-C in a terminal is for us to act upon, and what it starts in
            // its turn can be killed with it.
            .process_group(0)
            .kill_on_drop(true);
        if let Some(root) = function.task_root() {
            command.current_dir(root);
        }
        let mut child = command.spawn()?;
        let group = ProcessGroup(child.id().unwrap_or_default());
        // Until now whoever connects waits.
        let (runtime_api, calls) = runtime_api::start(listener, group.0)?;
        let mut output = Vec::new();
        if let Some(pipe) = child.stdout.take() {
            output.push(tokio::spawn(forward(function.name.clone(), pipe, sink.clone())));
        }
        if let Some(pipe) = child.stderr.take() {
            output.push(tokio::spawn(forward(function.name.clone(), pipe, sink.clone())));
        }
        Ok(Self { group, child, calls, asking: None, output, _runtime_api: runtime_api })
    }

    async fn first_question(&mut self) -> Result<(), FunctionError> {
        loop {
            tokio::select! {
                biased;
                call = self.calls.recv() => match call {
                    Some(Call::Next(sender)) => {
                        self.asking = Some(sender);
                        return Ok(());
                    }
                    Some(Call::InitError(body)) => {
                        return Err(FunctionError::posted(FunctionErrorKind::Init, &body));
                    }
                    Some(Call::Done { reply, .. }) => drop(reply.send(false)),
                    None => pending().await,
                },
                status = self.child.wait() => {
                    return Err(init_error(format!(
                        "Runtime exited during initialisation: {}",
                        describe(status)
                    )));
                }
            }
        }
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.group.0
    }

    /// Whether it can still be given work.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Has an event worked on. After a failure of any kind but the handler's own the process is
    /// dead.
    pub(crate) async fn invoke(
        &mut self,
        function: &Function,
        request_id: &str,
        payload: Bytes,
    ) -> Result<Bytes, FunctionError> {
        let started = Instant::now();
        let mut invocation = Some(Invocation {
            request_id: request_id.to_owned(),
            payload,
            arn: function.arn(),
            deadline_ms: 0,
        });
        let overrun = sleep(function.timeout);
        tokio::pin!(overrun);
        loop {
            if let Some(mut waiting) = invocation.take() {
                if let Some(sender) = self.asking.take() {
                    let left = function.timeout.saturating_sub(started.elapsed());
                    let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
                    waiting.deadline_ms = clock::now_ms().saturating_add(left);
                    // It comes back if whoever asked has gone; perhaps to ask again.
                    invocation = sender.send(waiting).err();
                } else {
                    invocation = Some(waiting);
                }
            }
            tokio::select! {
                biased;
                call = self.calls.recv() => match call {
                    Some(Call::Next(sender)) => self.asking = Some(sender),
                    Some(Call::Done { request_id: id, outcome, reply }) => {
                        let ours = invocation.is_none() && id == request_id;
                        let _ = reply.send(ours);
                        if ours {
                            return outcome.map_err(|body| {
                                FunctionError::posted(FunctionErrorKind::Handler, &body)
                            });
                        }
                    }
                    Some(Call::InitError(_)) => {}
                    None => pending().await,
                },
                status = self.child.wait() => {
                    return Err(FunctionError::new(
                        FunctionErrorKind::Exit,
                        "Runtime.ExitError",
                        format!("RequestId: {request_id} Error: Runtime exited: {}", describe(status)),
                    ));
                }
                () = &mut overrun => {
                    self.kill().await;
                    return Err(FunctionError::new(
                        FunctionErrorKind::Timeout,
                        "Sandbox.Timedout",
                        format!(
                            "RequestId: {request_id} Error: Task timed out after {:.2} seconds",
                            function.timeout.as_secs_f64()
                        ),
                    ));
                }
            }
        }
    }

    /// Asks it to end, and sees to it that it does.
    pub(crate) async fn stop(mut self) {
        self.group.signal(Signal::TERM);
        if timeout(GRACE, self.child.wait()).await.is_err() {
            self.kill().await;
        }
        // Its last words. What it started may hold the pipes open for longer.
        self.group.signal(Signal::KILL);
        for output in self.output.drain(..) {
            let _ = timeout(GRACE, output).await;
        }
    }

    async fn kill(&mut self) {
        self.group.signal(Signal::KILL);
        let _ = self.child.wait().await;
    }
}

/// The process and everything that it started, killed when dropped.
struct ProcessGroup(u32);

impl ProcessGroup {
    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.0).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // An error means that nobody of it is left.
            let _ = kill_process_group(pid, signal);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn init_error(message: String) -> FunctionError {
    FunctionError::new(FunctionErrorKind::Init, "Runtime.InitError", message)
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}
