//! A progress bar, on a terminal, for many pictures.

use std::io::IsTerminal;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

const TEMPLATE: &str = "{bar:30} {pos}/{len}  {wide_msg} {eta}";

/// The progress of a command over several pictures.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar on the standard error output, if that is a terminal and there is
    /// more than one picture.
    pub(crate) fn over(pictures: usize) -> Self {
        if pictures < 2 || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(pictures as u64);
        let style = ProgressStyle::with_template(TEMPLATE);
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// A picture has started.
    pub(crate) fn at(&self, path: &Path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.0.set_message(crate::style::plain(&name));
    }

    /// A picture is done.
    pub(crate) fn next(&self) {
        self.0.inc(1);
    }

    /// Print something while the bar is hidden.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// Remove the bar.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
