//! Stops work on many pictures when a service is down.

/// The number of consecutive failures not caused by pictures that ends the work: the store, the
/// network or the function is down, and the next picture would fail, too.
const MOST: u32 = 5;

/// Consecutive failures not caused by pictures.
#[derive(Debug, Default)]
pub(crate) struct Streak(u32);

impl Streak {
    /// Count the result of a picture; returns whether to stop.
    pub(crate) fn is_over(&mut self, down: bool) -> bool {
        self.0 = if down { self.0 + 1 } else { 0 };
        self.0 >= MOST
    }

    /// Why the rest was not tried.
    pub(crate) fn reason(left: usize) -> String {
        format!(
            "stopped after {MOST} consecutive failures that pictures did not cause: {left} were \
             not tried; run it again when the cause is fixed"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Streak};

    #[test]
    fn only_failures_in_a_row_count() {
        let mut streak = Streak::default();
        for _ in 1..MOST {
            assert!(!streak.is_over(true));
        }
        assert!(!streak.is_over(false));
        let over: Vec<bool> = (0..MOST).map(|_| streak.is_over(true)).collect();
        assert_eq!(over.iter().position(|over| *over), Some(MOST as usize - 1));
    }
}
