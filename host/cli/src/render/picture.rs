//! Reads, renders and writes one picture.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use bytes::Bytes;
use obscura::key::extension;
use obscura::sandbox::{Basket, Job, Limits, Rendition, Run, SourceInfo, Transform};

use super::report::{Fault, Report, Written};

/// Renders pictures with one transform and one set of parameters.
pub(super) struct Renderer {
    pub(super) transform: Transform,
    pub(super) parameters: String,
    pub(super) limits: Limits,
    pub(super) repeat: NonZeroU32,
}

impl Renderer {
    /// Render a file into a directory. Nothing is written unless every
    /// rendition was made.
    pub(super) fn render(&self, path: &Path, directory: &Path) -> Report {
        let mut report = Report::of(path);
        let outcome = self.try_render(path, directory, &mut report);
        match outcome {
            Ok(renditions) => report.renditions = Some(renditions),
            Err(fault) => report.error = Some(fault),
        }
        report
    }

    fn try_render(
        &self,
        path: &Path,
        directory: &Path,
        report: &mut Report,
    ) -> Result<Vec<Written>, Fault> {
        let picture = read(path).map_err(|error| Fault::unreadable(path, &error))?;
        let mut renditions = Vec::new();
        for _ in 0..self.repeat.get() {
            let (run, emitted) = self.once(path, picture.clone());
            report.guest_cpu_ms.push(milliseconds(run.measured.cpu));
            report.wall_ms.push(milliseconds(run.measured.wall));
            let peak = report.peak_memory_bytes.unwrap_or(0).max(run.measured.peak_memory);
            report.peak_memory_bytes = Some(peak);
            report.log = run.log;
            run.outcome?;
            renditions = emitted;
        }
        let write = |rendition| {
            write(directory, rendition).map_err(|error| Fault::unwritable(directory, &error))
        };
        renditions.into_iter().map(write).collect()
    }

    /// One run in a fresh instance.
    fn once(&self, path: &Path, picture: Bytes) -> (Run, Vec<Rendition>) {
        let basket = Basket::default();
        let key = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let run = self.transform.render(Job {
            info: SourceInfo { key, size: picture.len() as u64, content_type: None },
            stream: Box::new(picture),
            sink: Box::new(basket.clone()),
            parameters: self.parameters.clone(),
            limits: self.limits,
            deadline: None,
        });
        (run, basket.take())
    }
}

/// The file's bytes.
pub(super) fn read(path: &Path) -> io::Result<Bytes> {
    // A device or a pipe might never end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    fs::read(path).map(Bytes::from)
}

/// The plan was checked, so a name is a plain file name.
pub(super) fn write(directory: &Path, rendition: Rendition) -> io::Result<Written> {
    fs::create_dir_all(directory)?;
    let file = format!("{}.{}", rendition.name, extension(&rendition.media_type));
    let path = directory.join(file);
    fs::write(&path, &rendition.body)?;
    Ok(Written {
        name: rendition.name,
        path: path.to_string_lossy().into_owned(),
        width: rendition.width,
        height: rendition.height,
        bytes: rendition.body.len() as u64,
        content_type: rendition.media_type,
    })
}

/// Rounded to thousandths of a millisecond, the precision of the clock.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}
