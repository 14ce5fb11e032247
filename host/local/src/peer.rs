//! Identifies the peer of a connection on loopback.
//!
//! The environment variable with a runtime's API can only contain an address: runtimes accept no
//! path and no credentials there. So the kernel is asked for the owner of the socket. Otherwise,
//! any program could take a function's events, and answer for it.

use std::net::SocketAddr;

/// Whether a connection comes from a process group.
///
/// Only Linux supports this; elsewhere every connection that the guard allows counts.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_of_group(_peer: SocketAddr, _local: SocketAddr, _group: u32) -> bool {
    true
}

/// Whether a connection comes from a process group.
#[cfg(target_os = "linux")]
pub(crate) fn is_of_group(peer: SocketAddr, local: SocketAddr, group: u32) -> bool {
    let Some(socket) = linux::socket(peer, local) else { return false };
    // Usually it is the group leader, which needs no search.
    linux::has_open(group, &socket)
        || linux::processes().any(|process| {
            process != group
                && linux::group(process) == Some(group)
                && linux::has_open(process, &socket)
        })
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::net::SocketAddr;

    /// The peer's socket in `/proc`, `socket:[<inode>]`.
    pub(super) fn socket(peer: SocketAddr, local: SocketAddr) -> Option<String> {
        let (peer, local) = (written(peer)?, written(local)?);
        // A dual-stack socket is in the second table, its address mapped into IPv6.
        ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
            let table = fs::read_to_string(table).ok()?;
            let mut rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
            let row = rows.find(|row| {
                let ends = |column: usize, end: &str| {
                    row.get(column).is_some_and(|field| field.ends_with(end))
                };
                ends(1, &peer) && ends(2, &local)
            })?;
            Some(format!("socket:[{}]", row.get(9)?))
        })
    }

    /// The kernel's format of an address: an integer's bytes in native order.
    fn written(address: SocketAddr) -> Option<String> {
        match address {
            SocketAddr::V4(address) => {
                let ip = u32::from_ne_bytes(address.ip().octets());
                Some(format!("{ip:08X}:{:04X}", address.port()))
            }
            SocketAddr::V6(_) => None,
        }
    }

    pub(super) fn processes() -> impl Iterator<Item = u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
    }

    pub(super) fn group(process: u32) -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name before it may contain anything, including spaces and parentheses.
        stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
    }

    pub(super) fn has_open(process: u32, socket: &str) -> bool {
        let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        let mut targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
        targets.any(|target| target.as_os_str() == socket)
    }
}
