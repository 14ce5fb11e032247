//! The rights that the child gives up before it reads a component, to limit the effect of an escape
//! from the sandbox: no files, no network, no other processes.
//!
//! Each measure is applied if the kernel supports it. The proof records which ones were.

use std::fs::File;
use std::io::{self, Read};

use rustix::process::{Resource, Rlimit, setrlimit};

/// The limit of open files; it needs the three pipes, and one for each module whose memory is
/// mapped.
const FILES: u64 = 256;
/// Address space that threads and their heaps reserve.
const SPARE: u64 = 8 << 30;

/// The measures so far.
pub struct Confinement {
    in_force: Vec<String>,
    /// Reports the address space in use; opened in advance, as files cannot be opened later.
    size: Option<File>,
}

impl Confinement {
    /// Give up rights that are never needed. Must be called before there are other threads.
    #[must_use]
    pub fn begin() -> Self {
        let size = File::open("/proc/self/statm").ok();
        let mut this = Self { in_force: Vec::new(), size };
        this.note("no-new-privileges", rustix::thread::set_no_new_privs(true).is_ok());
        this.note("landlock", linux::landlock());
        this
    }

    /// Give up the rest, once all needed files are open: after this, memory may grow by this many
    /// bytes. Returns the active measures.
    #[must_use]
    pub fn finish(mut self, memory: u64) -> Vec<String> {
        let limited = self.limit(memory).is_ok();
        self.note("resource-limits", limited);
        self.note("seccomp", linux::seccomp());
        self.in_force
    }

    fn note(&mut self, measure: &str, in_force: bool) {
        if in_force {
            self.in_force.push(measure.to_owned());
        }
    }

    /// The parent stops a child that uses too much memory. These limits catch fast growth between
    /// two checks, so they are twice as high.
    fn limit(&mut self, memory: u64) -> io::Result<()> {
        let set = |resource, most| {
            setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
        };
        set(Resource::Core, 0)?;
        set(Resource::Nofile, FILES)?;
        set(Resource::Data, memory.saturating_mul(2).saturating_add(SPARE))?;
        let mut text = String::new();
        let size = self.size.take().ok_or(io::ErrorKind::NotFound)?.read_to_string(&mut text);
        size?;
        let pages: u64 = text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        // Most of it is reserved by the pool, which uses no memory.
        let mapped = pages.saturating_mul(rustix::param::page_size() as u64);
        let most = mapped.saturating_add(memory.saturating_mul(2)).saturating_add(SPARE);
        Ok(set(Resource::As, most)?)
    }
}

#[cfg(all(target_os = "linux", target_endian = "little"))]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope,
    };
    use seccompiler::{
        BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
        SeccompFilter, SeccompRule, apply_filter_all_threads,
    };

    /// Forbid the file system, TCP, and signals to other processes, as far as the kernel supports
    /// it.
    pub(super) fn landlock() -> bool {
        let restrict = || -> Result<_, RulesetError> {
            Ruleset::default()
                .handle_access(AccessFs::from_all(ABI::V6))?
                .handle_access(AccessNet::from_all(ABI::V6))?
                .scope(Scope::from_all(ABI::V6))?
                .create()?
                .restrict_self()
        };
        restrict().is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
    }

    /// The system calls that compiling and running need: memory, threads, time, and open files.
    const ALLOWED: [i64; 40] = [
        libc::SYS_brk,
        libc::SYS_clock_getres,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        // ENOSYS below makes the C library fall back to `clone`.
        libc::SYS_clone3,
        libc::SYS_close,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_fcntl,
        libc::SYS_fstat,
        libc::SYS_ftruncate,
        libc::SYS_futex,
        libc::SYS_getpid,
        libc::SYS_getrandom,
        libc::SYS_gettid,
        libc::SYS_lseek,
        libc::SYS_madvise,
        libc::SYS_membarrier,
        libc::SYS_memfd_create,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_nanosleep,
        libc::SYS_pread64,
        libc::SYS_pwrite64,
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_restart_syscall,
        libc::SYS_rseq,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_sigaltstack,
        libc::SYS_uname,
        libc::SYS_write,
        libc::SYS_writev,
    ];

    /// Everything else fails with EPERM, on every thread.
    pub(super) fn seccomp() -> bool {
        let apply = || -> Result<(), Error> {
            let allowed = filter(
                rules()?,
                SeccompAction::Errno(libc::EPERM.unsigned_abs()),
                SeccompAction::Allow,
            )?;
            let absent = filter(
                BTreeMap::from([(libc::SYS_clone3, Vec::new())]),
                SeccompAction::Allow,
                SeccompAction::Errno(libc::ENOSYS.unsigned_abs()),
            )?;
            // The order matters: the other filter forbids adding filters.
            apply_filter_all_threads(&absent)?;
            apply_filter_all_threads(&allowed)
        };
        apply().is_ok()
    }

    fn filter(
        rules: BTreeMap<i64, Vec<SeccompRule>>,
        otherwise: SeccompAction,
        matched: SeccompAction,
    ) -> Result<BpfProgram, Error> {
        let filter =
            SeccompFilter::new(rules, otherwise, matched, std::env::consts::ARCH.try_into()?)?;
        Ok(filter.try_into()?)
    }

    fn rules() -> Result<BTreeMap<i64, Vec<SeccompRule>>, Error> {
        let mut rules: BTreeMap<_, _> = ALLOWED.map(|call| (call, Vec::new())).into();
        let argument = |number, op, value| -> Result<SeccompRule, Error> {
            let condition = SeccompCondition::new(number, SeccompCmpArgLen::Qword, op, value)?;
            Ok(SeccompRule::new(vec![condition])?)
        };
        // Threads, but no processes.
        let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
        rules.insert(libc::SYS_clone, vec![argument(0, SeccompCmpOp::MaskedEq(thread), thread)?]);
        // For abort; no signals to other processes.
        let own = u64::from(std::process::id());
        rules.insert(libc::SYS_tgkill, vec![argument(0, SeccompCmpOp::Eq, own)?]);
        // Names of threads and of memory.
        let names = [libc::PR_SET_NAME, libc::PR_SET_VMA]
            .map(|what| argument(0, SeccompCmpOp::Eq, u64::from(what.unsigned_abs())));
        rules.insert(libc::SYS_prctl, names.into_iter().collect::<Result<_, _>>()?);
        Ok(rules)
    }
}

#[cfg(not(all(target_os = "linux", target_endian = "little")))]
mod linux {
    pub(super) fn landlock() -> bool {
        false
    }

    pub(super) fn seccomp() -> bool {
        false
    }
}

/// Protect this process's environment, including credentials, and its memory from other processes
/// of the same user. This does not protect against root.
///
/// # Errors
/// If the kernel refuses.
pub fn protect() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
