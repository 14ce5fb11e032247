//! Resource use of a process, from `/proc`.

use serde::Serialize;

/// A process at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Usage {
    /// User and system time since the start.
    pub(super) cpu_s: f64,
    pub(super) rss_bytes: u64,
    pub(super) open_files: usize,
}

impl Usage {
    /// Of a process; `None` once it is gone.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let folder = format!("/proc/{pid}");
        let stat = std::fs::read_to_string(format!("{folder}/stat")).ok()?;
        // The name, in parentheses, may hold anything. After it: proc_pid_stat(5), from field 3 on.
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let ticks = (field(14)? + field(15)?) as f64;
        let pages = field(24)?;
        Some(Self {
            cpu_s: ticks / rustix::param::clock_ticks_per_second() as f64,
            rss_bytes: pages * rustix::param::page_size() as u64,
            open_files: std::fs::read_dir(format!("{folder}/fd")).ok()?.count(),
        })
    }

    /// Of several together.
    pub(super) fn sum(pids: impl IntoIterator<Item = u32>) -> Self {
        let all = pids.into_iter().filter_map(Self::of);
        all.fold(Self::default(), |sum, one| Self {
            cpu_s: sum.cpu_s + one.cpu_s,
            rss_bytes: sum.rss_bytes + one.rss_bytes,
            open_files: sum.open_files + one.open_files,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Usage;

    #[test]
    fn this_process_uses_something() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.rss_bytes > 1 << 20, "{usage:?}");
        assert!(usage.open_files > 2, "{usage:?}");
        assert_eq!(Usage::of(u32::MAX), None);
    }
}
