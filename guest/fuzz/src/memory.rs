//! Peak memory.
#![allow(unsafe_code, reason = "an allocator is no other way")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::limits::{LIMITS, SLACK};

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static COUNTING: Counting = Counting;

/// The system's allocator, counting allocated bytes.
#[derive(Debug)]
pub struct Counting;

impl Counting {
    fn add(bytes: usize) {
        let held = HELD.fetch_add(bytes, Relaxed).wrapping_add(bytes);
        PEAK.fetch_max(held, Relaxed);
    }
}

// SAFETY: every call is passed to the system's allocator; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::add(layout.size());
        // SAFETY: the caller upholds the contract, which is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::add(layout.size());
        // SAFETY: the caller upholds the contract, which is the system allocator's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller upholds the contract, which is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs a function whose peak memory must be within [`LIMITS`].
///
/// # Panics
/// If it uses more.
pub fn within<T>(work: impl FnOnce() -> T) -> T {
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let made = work();
    let taken = PEAK.load(Relaxed).saturating_sub(before);
    let allowed = usize::try_from(LIMITS.max_memory).unwrap_or(usize::MAX) + SLACK;
    assert!(taken <= allowed, "{} KiB were held, {} KiB are allowed", taken >> 10, allowed >> 10);
    made
}
