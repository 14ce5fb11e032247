//! Exploring all reachable states.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use super::model::{Model, State};

/// A state on the path, and the remaining next steps.
struct Place {
    what: String,
    next: Vec<(String, State)>,
}

/// The number of states, or the path to an invalid final one. States are remembered by 64 bits of
/// their digests: among a million, the probability of a collision is 1 in 37 million.
pub(crate) fn explore(model: &Model) -> Result<usize, Vec<String>> {
    let digest = BuildHasherDefault::<DefaultHasher>::default();
    let mut known: HashSet<u64> = HashSet::new();
    let first = State::first(model);
    known.insert(digest.hash_one(&first));
    let mut way = vec![Place { what: "nothing is there".to_owned(), next: first.next(model) }];
    while let Some(place) = way.last_mut() {
        let Some((what, mut state)) = place.next.pop() else {
            way.pop();
            continue;
        };
        state.make_canonical();
        if !known.insert(digest.hash_one(&state)) {
            continue;
        }
        if state.is_at_rest()
            && let Some(wrong) = state.wrong(model)
        {
            let mut steps: Vec<String> = way.into_iter().map(|place| place.what).collect();
            steps.extend([what, format!("{wrong}: {state:?}")]);
            return Err(steps);
        }
        let next = state.next(model);
        way.push(Place { what, next });
    }
    Ok(known.len())
}
