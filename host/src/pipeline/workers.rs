//! Limits the number of concurrent components.

use tokio::sync::{Semaphore, SemaphorePermit};

/// Lambda sets it, in MiB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const FUNCTION_MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
/// Memory reserved for the host, in MiB. Terraform's memory check uses the same value.
const HOST_MEMORY_MIB: u32 = 96;
/// The default without a limit, in MiB.
const UNLIMITED_MIB: u32 = 1 << 20;

/// Allows twice as many components as there are processors, as long as their memory limits fit.
#[derive(Debug)]
pub(super) struct Workers {
    processors: Semaphore,
    memory: Semaphore,
    memory_mib: u32,
}

/// A permit for one component, until it is dropped.
pub(super) struct Place<'a> {
    _processor: Option<SemaphorePermit<'a>>,
    _memory: Option<SemaphorePermit<'a>>,
}

impl Workers {
    /// For this process.
    pub(super) fn of_process() -> Self {
        // A component that waits for its input leaves a processor idle, hence twice as
        // many.
        let processors = std::thread::available_parallelism().map_or(1, usize::from) * 2;
        let memory = std::env::var(FUNCTION_MEMORY).ok().and_then(|text| text.parse::<u32>().ok());
        let memory = memory.map_or(UNLIMITED_MIB, |mib| mib.saturating_sub(HOST_MEMORY_MIB).max(1));
        Self::new(processors, memory)
    }

    fn new(processors: usize, memory_mib: u32) -> Self {
        Self {
            processors: Semaphore::new(processors),
            memory: Semaphore::new(memory_mib as usize),
            memory_mib,
        }
    }

    /// Wait for a permit. A component whose limit exceeds the memory runs alone.
    pub(super) async fn place(&self, memory_mib: u64) -> Place<'_> {
        let memory = u32::try_from(memory_mib).unwrap_or(u32::MAX).min(self.memory_mib);
        // Memory first: while waiting for it, no processor permit is held. Neither semaphore is
        // ever closed.
        let memory = self.memory.acquire_many(memory).await.ok();
        Place { _memory: memory, _processor: self.processors.acquire().await.ok() }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn is_full(workers: &Workers, mib: u64) -> bool {
        workers.place(mib).now_or_never().is_none()
    }

    #[tokio::test]
    async fn as_many_run_as_processors_and_memory_allow() {
        let workers = Workers::new(2, 1024);
        let first = workers.place(512).await;
        let second = workers.place(512).await;
        assert!(is_full(&workers, 1), "all memory is taken");
        drop(first);
        let _third = workers.place(100).await;
        assert!(is_full(&workers, 1), "both processors are taken");
        drop(second);
        assert!(!is_full(&workers, 1));
        let alone = Workers::new(2, 256);
        let _large = alone.place(2048).await;
        assert!(is_full(&alone, 1), "one that takes all memory runs alone");
    }
}
