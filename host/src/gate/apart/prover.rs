//! The parent process.

use std::io::{self, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::ARGUMENT;
use super::wire::{Answer, Task, read_bytes, read_line, write_task};
use crate::component::TransformName;
use crate::error::{Code, Fault};
use crate::gate::{Candidate, DocumentCandidate, Judgement, Proof, Refusal, Step};
use crate::sandbox::{Artifact, check_description};

/// The interval of checks of the child's memory.
const LOOK: Duration = Duration::from_millis(20);

/// Limits on time and memory for a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// For compiling. CPython with its libraries takes about 30 s on two processors.
    pub compile: Duration,
    /// For each of the other steps: two runs of 30 pictures with a few parameters.
    pub step: Duration,
    /// Resident memory of the child, in bytes.
    pub memory: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { compile: Duration::from_secs(120), step: Duration::from_secs(120), memory: 2 << 30 }
    }
}

/// Proves components in a child process.
#[derive(Debug, Clone)]
pub struct Prover {
    program: PathBuf,
    bounds: Bounds,
    stop: Arc<AtomicBool>,
}

/// A component that passed, and its compiled form.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The proof.
    pub proof: Proof,
    /// The compiled form.
    pub artifact: Artifact,
}

/// Why a component was not proved.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProveError {
    /// It did not pass.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be tried.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Prover {
    /// Prove with this program, which must call [`child`](super::child) when it is started with
    /// [`ARGUMENT`].
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), bounds: Bounds::default(), stop: Arc::default() }
    }

    /// With these limits.
    #[must_use]
    pub fn within(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Give up as soon as this is set.
    #[must_use]
    pub fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = stop;
        self
    }

    /// Prove a candidate before `deadline`. It blocks the thread.
    ///
    /// # Errors
    /// [`ProveError`]; `out-of-time` if the deadline came before the bounds.
    pub fn prove(
        &self,
        candidate: &Candidate,
        deadline: Option<Instant>,
        on_step: impl FnMut(Step),
    ) -> Result<Proved, ProveError> {
        let expected = candidate.transform.clone();
        match self.answer(&Task::Component(Box::new(candidate.clone())), deadline, on_step)? {
            (Answer::Proved(proof), Some(artifact))
                if artifact.digest() == proof.artifact_sha256 =>
            {
                credible(Proved { proof: *proof, artifact }, expected.as_ref())
            }
            _ => Err(Fault::new(Code::SandboxFailed, "the compiled code is missing").into()),
        }
    }

    /// Check a document before `deadline`. It blocks the thread.
    ///
    /// # Errors
    /// [`ProveError`]; `out-of-time` if the deadline came before the bounds.
    pub fn judge(
        &self,
        candidate: &DocumentCandidate,
        deadline: Option<Instant>,
        on_step: impl FnMut(Step),
    ) -> Result<Judgement, ProveError> {
        match self.answer(&Task::Document(candidate.clone()), deadline, on_step)? {
            (Answer::Judged(judgement), _) => Ok(*judgement),
            _ => Err(incredible(Step::Golden, "it answered something else").into()),
        }
    }

    /// The child's last message, and the artifact that preceded it.
    fn answer(
        &self,
        task: &Task,
        deadline: Option<Instant>,
        mut on_step: impl FnMut(Step),
    ) -> Result<(Answer, Option<Artifact>), ProveError> {
        let mut child = Guarded(self.start().map_err(|error| self.unusable(&error))?);
        let (stdin, stdout) = (child.0.stdin.take(), child.0.stdout.take());
        let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(self.unusable(&io::Error::other("it has no pipes")).into());
        };
        std::thread::scope(|scope| {
            // If the child dies, its output ends.
            let memory = self.bounds.memory;
            scope.spawn(move || write_task(&mut stdin, task, memory));
            let (send, answers) = sync_channel(16);
            scope.spawn(move || {
                let mut stdout = BufReader::new(stdout);
                while let Some(event) = read(&mut stdout)
                    && send.send(event).is_ok()
                {}
            });
            let answer = self.watch(&mut child.0, &answers, deadline, &mut on_step);
            // Both threads end when the child has.
            child.kill();
            answer
        })
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .arg(ARGUMENT)
            // The child gets no credentials. `confinement` has the other protections.
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
    }

    fn unusable(&self, error: &io::Error) -> Fault {
        let program = self.program.display();
        Fault::new(Code::SandboxFailed, format!("{program} {ARGUMENT} cannot be run: {error}"))
    }

    fn watch(
        &self,
        child: &mut Child,
        answers: &Receiver<Event>,
        deadline: Option<Instant>,
        on_step: &mut dyn FnMut(Step),
    ) -> Result<(Answer, Option<Artifact>), ProveError> {
        let (mut step, mut since) = (Step::File, Instant::now());
        let mut artifact = None;
        loop {
            match answers.recv_timeout(LOOK) {
                // Steps must arrive in order, so that none can get more time.
                Ok(Event::Answer(Answer::Step(next))) if next > step || step == Step::File => {
                    (step, since) = (next, Instant::now());
                    on_step(step);
                }
                // The component has not run before the next step; later messages may be forged by
                // it.
                Ok(Event::Compiled(bytes)) if artifact.is_none() && step == Step::Compile => {
                    artifact = Some(Artifact::from_compiler(bytes));
                }
                Ok(Event::Answer(Answer::Step(_)) | Event::Compiled(_)) => {
                    return Err(incredible(step, "it sent an unexpected message").into());
                }
                Ok(Event::Answer(last @ (Answer::Proved(_) | Answer::Judged(_)))) => {
                    return Ok((last, artifact));
                }
                Ok(Event::Answer(Answer::Refused(refusal))) => return Err(refusal.into()),
                Ok(Event::Answer(Answer::Failed(message))) => {
                    return Err(Fault::new(Code::SandboxFailed, message).into());
                }
                Ok(Event::Answer(Answer::Artifact(_))) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(crashed(step, child.wait().ok()).into());
                }
            }
            let bound = if step == Step::Compile { self.bounds.compile } else { self.bounds.step };
            if since.elapsed() > bound {
                return Err(slow(step, bound).into());
            }
            if resident(child.id()).is_some_and(|bytes| bytes > self.bounds.memory) {
                return Err(large(step, self.bounds.memory).into());
            }
            if self.stop.load(Ordering::Relaxed) {
                return Err(Fault::new(Code::OutOfTime, "it was stopped").into());
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let message = format!("the time left for this event was too short to {step} it");
                return Err(Fault::new(Code::OutOfTime, message).into());
            }
        }
    }
}

/// The child ran the component, which could have escaped and forged the report, so the parts that
/// keys are made from are checked again.
fn credible(proved: Proved, expected: Option<&TransformName>) -> Result<Proved, ProveError> {
    let description = &proved.proof.description;
    let named = expected.is_none_or(|name| name.as_str() == description.name);
    match check_description(description) {
        Ok(()) if named => Ok(proved),
        _ => Err(incredible(Step::Describe, "it reported another component").into()),
    }
}

/// A message from the child.
enum Event {
    Answer(Answer),
    Compiled(Bytes),
}

fn read(stdout: &mut BufReader<ChildStdout>) -> Option<Event> {
    match read_line(stdout).ok()?? {
        Answer::Artifact(length) => Some(Event::Compiled(read_bytes(stdout, length).ok()?)),
        answer => Some(Event::Answer(answer)),
    }
}

/// Kills the child on drop.
struct Guarded(Child);

impl Guarded {
    fn kill(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The resident memory of a process, in bytes.
fn resident(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

fn slow(step: Step, bound: Duration) -> Refusal {
    let seconds = bound.as_secs_f64();
    if step == Step::Compile {
        return Refusal::new(
            Code::CompileTimeExceeded,
            step,
            format!("the compiler did not finish within {seconds:.0} s"),
            "Use fewer and smaller functions: very large ones take longest to compile.",
        );
    }
    Refusal::new(
        Code::TimeExceeded,
        step,
        format!("this step did not finish within {seconds:.0} s"),
        "Make the transform faster, or give it fewer golden pictures and simpler schemas.",
    )
}

fn large(step: Step, bound: u64) -> Refusal {
    if step == Step::Compile {
        return Refusal::new(
            Code::CompileMemoryExceeded,
            step,
            format!("the compiler needed more than {bound} bytes of memory"),
            "Use fewer and smaller functions: very large ones need most memory to compile.",
        );
    }
    Refusal::new(
        Code::MemoryExceeded,
        step,
        format!("this step needed more than {bound} bytes of memory"),
        "Emit less, and give it smaller golden pictures and simpler schemas.",
    )
}

fn incredible(step: Step, what: &str) -> Refusal {
    Refusal::new(
        Code::GateCrashed,
        step,
        format!("the process that checked it gave an implausible answer: {what}"),
        "If it was built with common tools, please report it, with the component.",
    )
}

fn crashed(step: Step, status: Option<ExitStatus>) -> Refusal {
    let how = status.map_or_else(|| "ended".to_owned(), |status| format!("ended with {status}"));
    Refusal::new(
        Code::GateCrashed,
        step,
        format!("the process that checked it {how}"),
        "If it was built with common tools, please report it, with the component.",
    )
}
