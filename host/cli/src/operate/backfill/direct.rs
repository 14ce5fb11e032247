//! Invokes the function for each picture from this machine, without S3 Batch Operations.

use std::collections::BTreeMap;

use anyhow::bail;
use futures_util::{StreamExt as _, stream};

use super::keys::Found;
use crate::functions::Functions;
use crate::repair::{Repaired, again};
use crate::streak::Streak;

/// Invokes the function as a job would, for several pictures at a time.
pub(super) struct Direct {
    pub(super) functions: Functions,
    pub(super) function: String,
    pub(super) bucket: String,
    pub(super) concurrency: usize,
}

impl Direct {
    /// The reasons of failures, by key. `told` is called for each picture.
    ///
    /// # Errors
    /// A service is down: none of these pictures counts as done.
    pub(super) async fn run(
        &self,
        chunk: &[Found],
        mut told: impl FnMut(),
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let mut results = stream::iter(chunk)
            .map(|(key, _)| async move {
                (key, again(&self.functions, &self.function, &self.bucket, key).await)
            })
            .buffer_unordered(self.concurrency.max(1));
        let (mut failed, mut left, mut streak) = (BTreeMap::new(), chunk.len(), Streak::default());
        while let Some((key, result)) = results.next().await {
            told();
            left -= 1;
            let down = matches!(result, Repaired::Down(_));
            if let Repaired::Failed(why) | Repaired::Down(why) = result {
                if streak.is_over(down) {
                    bail!("{why}; {}", Streak::reason(left));
                }
                failed.insert(key.clone(), why);
            } else {
                streak.is_over(false);
            }
        }
        Ok(failed)
    }
}
