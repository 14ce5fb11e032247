//! Outcomes of a trial: a canary or shadow candidate, compared with the stable component.
//!
//! There is no database. Every execution environment writes its own object in the components
//! bucket, with counts that only grow; readers add them up.
//!
//! - `counts`: the counts
//! - `time`: statistics of processor times
//! - `shard`: the object of one environment
//! - `recorder`: counts outcomes, and writes the shard
//! - `bounds`: checks a canary against its bounds
//! - `ledger`: reads the shards of a trial
//! - `review`: withdraws a canary that exceeds them

mod bounds;
mod counts;
mod ledger;
mod recorder;
mod review;
mod shard;
mod time;

pub use bounds::Exceeded;
pub use counts::{Compared, Counts, Difference, RouteCounts};
pub use ledger::{Ledger, Totals};
pub use recorder::Recorder;
pub use review::{Review, TakenBack};
pub use shard::Shard;
pub use time::{Slowdown, Times};
