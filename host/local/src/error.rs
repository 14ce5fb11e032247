//! Errors at the start of the local server.

use std::io;
use std::net::SocketAddr;
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
    /// The address is in use, or not one of this machine.
    #[error("cannot listen on {address} ({source}); choose another address")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Other machines can reach the address, and there is no token.
    #[error(
        "{address} can be reached from other machines, so a token is needed; set one, or listen \
         on 127.0.0.1"
    )]
    Token {
        /// The address.
        address: SocketAddr,
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
