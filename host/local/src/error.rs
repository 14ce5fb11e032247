//! Errors at the start of the local server.

use std::io;
use std::path::PathBuf;

/// Errors at the start of the local server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process serves the folder.
    #[error(
        "{} is already being served by process {pid}; stop that one or choose another folder",
        root.display()
    )]
    InUse {
        /// The folder.
        root: PathBuf,
        /// The process that serves it, if known.
        pid: String,
    },
    /// The port is in use.
    #[error("port {port} on 127.0.0.1 cannot be used ({source}); choose another one, or 0 for any")]
    Port {
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// A rule names an unknown bucket or function.
    #[error("a notification rule names the {kind} {name:?}, which is not configured")]
    Rule {
        /// `bucket` or `function`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Delivery names an unknown bucket or function.
    #[error("delivery names the {kind} {name:?}, which is not configured")]
    Delivery {
        /// `bucket` or `function`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The folder cannot be used.
    #[error("{} cannot be used: {source}", root.display())]
    Folder {
        /// The folder.
        root: PathBuf,
        /// Why.
        source: io::Error,
    },
}
