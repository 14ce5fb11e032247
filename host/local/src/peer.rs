//! Who is at the other end of a connection on loopback.
//!
//! The variable that tells a runtime where its API is has room for an address and nothing else:
//! runtimes take no path and no user name there. So the kernel is asked whose socket it is. Without
//! that, any program could take a function's events, and answer for it.

use std::net::SocketAddr;

/// Whether a connection comes from a process group.
///
/// Only Linux says so; elsewhere every connection that the guard lets in counts.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_of_group(_peer: SocketAddr, _local: SocketAddr, _group: u32) -> bool {
    true
}

/// Whether a connection comes from a process group.
#[cfg(target_os = "linux")]
pub(crate) fn is_of_group(peer: SocketAddr, local: SocketAddr, group: u32) -> bool {
    let Some(socket) = linux::socket(peer, local) else { return false };
    // Most often it is the leader, whom there is no need to look for.
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

    /// What `/proc` calls the socket at the other end, `socket:[<inode>]`.
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

    /// As the kernel writes an address: the bytes of an integer in its own order.
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
        // The name before may hold anything, spaces and brackets included.
        stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
    }

    pub(super) fn has_open(process: u32, socket: &str) -> bool {
        let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        let mut targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
        targets.any(|target| target.as_os_str() == socket)
    }
}
