//! When to stop asking for one picture after the other.

/// So many failures in a row that are not a picture's end the work: the store, the
/// network or the function is down, and the next picture would only say so again.
const MOST: u32 = 5;

/// Failures in a row that are not a picture's.
#[derive(Debug, Default)]
pub(crate) struct Streak(u32);

impl Streak {
    /// Count what became of a picture; whether it is time to stop.
    pub(crate) fn is_over(&mut self, down: bool) -> bool {
        self.0 = if down { self.0 + 1 } else { 0 };
        self.0 >= MOST
    }

    /// Why the rest was not tried.
    pub(crate) fn reason(left: usize) -> String {
        format!(
            "stopped after {MOST} failures in a row that are not the pictures': {left} were not \
             tried; run it again when the cause is mended"
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
