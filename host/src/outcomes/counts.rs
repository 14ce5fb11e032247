//! Counts of outcomes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::time::Times;
use crate::code::Code;
use crate::text::clip;

/// The maximum number of examples, per environment and in total.
const EXAMPLES: usize = 10;
/// The maximum length of an example: it may quote the component.
const MAX_EXAMPLE_BYTES: usize = 1_000;

/// Counts of one route. Routes are not compared with each other, as their pictures and parameters
/// differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RouteCounts {
    /// Pictures of the canary.
    pub canary: Counts,
    /// Pictures of the stable component, since the first picture of the canary.
    pub stable: Counts,
    /// Shadow renders of a candidate.
    pub shadow: Compared,
}

/// Results of pictures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Counts {
    /// The total.
    pub pictures: u64,
    /// Failures caused by the component, by code. For a canary: those where the stable component
    /// succeeded.
    pub failures: BTreeMap<String, u64>,
    /// Failures that the stable component also had, by code: caused by the picture or the
    /// configuration.
    pub excused: BTreeMap<String, u64>,
    /// Processor time of successful renders.
    pub cpu_ms: Times,
    /// The most memory that one took, in bytes.
    pub peak_memory_bytes: u64,
}

/// Comparison of a candidate's renditions with the stored ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Compared {
    /// Pictures that it rendered or failed on.
    pub pictures: u64,
    /// Pictures with byte-identical renditions.
    pub identical: u64,
    /// Pictures that it did not finish in the remaining time.
    pub out_of_time: u64,
    /// Pictures that it failed on, by code.
    pub failures: BTreeMap<String, u64>,
    /// Bytes of all its renditions.
    pub bytes: u64,
    /// Bytes of the stored renditions of the same pictures.
    pub stored_bytes: u64,
    /// Its processor time as a multiple of the active component's, picture by
    /// picture.
    pub slowdown: Times,
    /// The most memory that one took, in bytes.
    pub peak_memory_bytes: u64,
    /// The most memory that the active component took for one of them, in bytes.
    pub stored_peak_memory_bytes: u64,
    /// A few examples.
    pub examples: Vec<Difference>,
}

/// A picture that a candidate renders differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The picture's key.
    pub key: String,
    /// The difference, in a few words.
    pub what: String,
}

impl RouteCounts {
    /// Add the counts of another environment.
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

    /// A picture that also fails with the stable component.
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

    /// Keep an example, up to the maximum.
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
