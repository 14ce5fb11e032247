//! What is counted, and added up.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::time::Times;
use crate::code::Code;
use crate::text::clip;

/// Examples of differences that are kept, per environment and in all.
const EXAMPLES: usize = 10;
/// The longest description of one: it may quote what the component says.
const MAX_EXAMPLE_BYTES: usize = 1_000;

/// What happened on one route. Pictures of different routes are not compared:
/// they are different pictures, with different parameters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RouteCounts {
    /// Pictures that were the canary's.
    pub canary: Counts,
    /// Pictures that were the stable component's, from the first one on that
    /// met the canary.
    pub stable: Counts,
    /// Pictures that a candidate rendered in the shadow.
    pub shadow: Compared,
}

/// What became of pictures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Counts {
    /// All of them.
    pub pictures: u64,
    /// Those that failed through the component, by code. Of a canary: those
    /// that the stable component rendered in its place.
    pub failures: BTreeMap<String, u64>,
    /// Those that failed with the stable component as well, by code: the
    /// picture's fault, or the configuration's.
    pub excused: BTreeMap<String, u64>,
    /// Processor time of those that were rendered.
    pub cpu_ms: Times,
    /// The most memory that one took, in bytes.
    pub peak_memory_bytes: u64,
}

/// How a candidate's renditions compare with those that were stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Compared {
    /// Pictures that it rendered, or failed to render.
    pub pictures: u64,
    /// Pictures whose renditions were the same, byte for byte.
    pub identical: u64,
    /// Pictures that it did not finish in the time that was left.
    pub out_of_time: u64,
    /// Pictures that it failed on, by code.
    pub failures: BTreeMap<String, u64>,
    /// Bytes of all its renditions.
    pub bytes: u64,
    /// Bytes of those that were stored of the same pictures.
    pub stored_bytes: u64,
    /// Its processor time as a multiple of the active component's, picture by
    /// picture.
    pub slowdown: Times,
    /// The most memory that one took, in bytes.
    pub peak_memory_bytes: u64,
    /// The most memory that the active component took for one of them, in bytes.
    pub stored_peak_memory_bytes: u64,
    /// A few pictures to look at.
    pub examples: Vec<Difference>,
}

/// A picture that a candidate renders differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The picture's key.
    pub key: String,
    /// What differs, in a few words.
    pub what: String,
}

impl RouteCounts {
    /// Add what another environment has counted.
    pub fn absorb(&mut self, other: &Self) {
        self.canary.absorb(&other.canary);
        self.stable.absorb(&other.stable);
        self.shadow.absorb(&other.shadow);
    }
}

impl Counts {
    /// A picture that was rendered.
    pub fn rendered(&mut self, cpu_ms: f64, peak_memory_bytes: u64) {
        self.pictures += 1;
        self.cpu_ms.add(cpu_ms);
        self.peak_memory_bytes = self.peak_memory_bytes.max(peak_memory_bytes);
    }

    /// A picture that failed through the component.
    pub fn failed(&mut self, code: Code) {
        self.pictures += 1;
        count(&mut self.failures, code.as_str(), 1);
    }

    /// A picture that failed, and would have with the stable component.
    pub fn excused(&mut self, code: Code) {
        self.pictures += 1;
        count(&mut self.excused, code.as_str(), 1);
    }

    /// How many failed through the component.
    pub fn failures(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The share that failed through the component.
    pub fn error_rate(&self) -> f64 {
        self.failures() as f64 / self.pictures.max(1) as f64
    }

    fn absorb(&mut self, other: &Self) {
        self.pictures += other.pictures;
        other.failures.iter().for_each(|(code, times)| count(&mut self.failures, code, *times));
        other.excused.iter().for_each(|(code, times)| count(&mut self.excused, code, *times));
        self.cpu_ms.absorb(&other.cpu_ms);
        self.peak_memory_bytes = self.peak_memory_bytes.max(other.peak_memory_bytes);
    }
}

impl Compared {
    /// A picture that the candidate failed on.
    pub fn failed(&mut self, code: Code) {
        self.pictures += 1;
        count(&mut self.failures, code.as_str(), 1);
    }

    /// Keep a picture to look at, as long as there are few.
    pub fn keep(&mut self, difference: Difference) {
        if self.examples.len() < EXAMPLES {
            let Difference { key, what } = difference;
            let difference = Difference { key, what: clip(what, MAX_EXAMPLE_BYTES) };
            self.examples.push(difference);
        }
    }

    fn absorb(&mut self, other: &Self) {
        self.pictures += other.pictures;
        self.identical += other.identical;
        self.out_of_time += other.out_of_time;
        other.failures.iter().for_each(|(code, times)| count(&mut self.failures, code, *times));
        self.bytes += other.bytes;
        self.stored_bytes += other.stored_bytes;
        self.slowdown.absorb(&other.slowdown);
        self.peak_memory_bytes = self.peak_memory_bytes.max(other.peak_memory_bytes);
        let stored = other.stored_peak_memory_bytes;
        self.stored_peak_memory_bytes = self.stored_peak_memory_bytes.max(stored);
        other.examples.iter().for_each(|example| self.keep(example.clone()));
    }
}

fn count(counts: &mut BTreeMap<String, u64>, code: &str, times: u64) {
    *counts.entry(code.to_owned()).or_default() += times;
}
