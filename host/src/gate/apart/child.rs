//! The child process.

use std::io::{self, BufReader, BufWriter, Write};

use rustix::process::{Signal, set_parent_process_death_signal};

use super::confinement::Confinement;
use super::wire::{Answer, Task, read_task, write_line};
use crate::code::Code;
use crate::gate::{Proof, Step, Watcher, judge, prove};
use crate::sandbox::{Artifact, Sandbox};

/// Run as the child: read a task from standard input, and write the result to standard output.
///
/// # Errors
/// If the parent has ended.
pub fn child() -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let confinement = Confinement::begin();
    let (task, memory) = read_task(&mut BufReader::new(io::stdin().lock()))?;
    let mut answers = Answers { to: BufWriter::new(io::stdout().lock()), lost: None };
    let sandbox = Sandbox::new();
    let confinement = confinement.finish(memory);
    let answer = match sandbox {
        Err(failure) => Answer::Failed(failure.to_string()),
        Ok(sandbox) => {
            let done = match &task {
                Task::Component(candidate) => prove(&sandbox, candidate, &mut answers)
                    .map(|proof| Answer::Proved(Box::new(Proof { confinement, ..proof }))),
                Task::Document(candidate) => judge(&sandbox, candidate, &mut answers)
                    .map(|judgement| Answer::Judged(Box::new(judgement))),
            };
            // A failing engine is not the component's fault.
            done.unwrap_or_else(|refusal| match refusal.code {
                Code::SandboxFailed => Answer::Failed(refusal.message),
                _ => Answer::Refused(refusal),
            })
        }
    };
    answers.lost.map_or(Ok(()), Err)?;
    write_line(&mut answers.to, &answer)
}

/// Sends messages to the parent.
struct Answers<W> {
    to: W,
    lost: Option<io::Error>,
}

impl<W: Write> Answers<W> {
    fn tell(&mut self, answer: &Answer, bytes: &[u8]) {
        let told = write_line(&mut self.to, answer)
            .and_then(|()| self.to.write_all(bytes))
            .and_then(|()| self.to.flush());
        if let Err(error) = told {
            self.lost.get_or_insert(error);
        }
    }
}

impl<W: Write> Watcher for Answers<W> {
    fn step(&mut self, step: Step) {
        self.tell(&Answer::Step(step), &[]);
    }

    fn compiled(&mut self, artifact: &Artifact) {
        self.tell(&Answer::Artifact(artifact.bytes().len()), artifact.bytes());
    }
}
