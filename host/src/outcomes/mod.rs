//! Outcomes of a trial: a canary or a candidate in the shadow, beside what is
//! stable.
//!
//! There is no database. Every execution environment keeps an object of its own
//! in the components bucket, with counts that only grow, and whoever wants to
//! know sums them up.
//!
//! - `counts`: what is counted, and added up
//! - `time`: processor times, and whether one kind takes longer than another
//! - `shard`: the object of one environment
//! - `recorder`: counts what happens, and writes the shard when it is worth it
//! - `bounds`: whether a canary keeps to its bounds
//! - `ledger`: reads the shards of a trial
//! - `review`: takes a canary back that does not

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
