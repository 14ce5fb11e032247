//! The imports that a component may have, and errors about others.

use std::fmt;

use super::contract;

/// The system interfaces that may be imported. The last two return the same fixed numbers as
/// `wasi:random/random`.
pub(super) const SYSTEM: [&str; 20] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/random",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
];

/// The newest allowed version; the oldest is 0.2.0. A later version only adds functions, which are
/// linked and trap when called, so this number may follow the newest release.
pub const NEWEST_WASI: (u64, u64, u64) = (0, 2, 12);

/// The maximum number of refused imports in a message.
const SHOWN: usize = 10;
/// The maximum length of a name in a message.
const SHOWN_CHARACTERS: usize = 120;

/// The kind of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Import {
    /// A part of the contract.
    Contract,
    /// This system interface.
    System(&'static str),
    /// An interface that may be imported, but not in this version.
    OtherVersion,
    /// Anything else.
    Refused,
}

/// Classify an import by its complete name.
pub(super) fn import(name: &str) -> Import {
    if contract::IMPORTS.contains(&name) {
        return Import::Contract;
    }
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    let of_contract = |known: &&str| known.split('@').next() == Some(interface);
    match SYSTEM.into_iter().find(|known| *known == interface) {
        Some(system) if is_known(version) => Import::System(system),
        Some(_) => Import::OtherVersion,
        None if contract::IMPORTS.iter().any(of_contract) => Import::OtherVersion,
        None => Import::Refused,
    }
}

fn is_known(version: &str) -> bool {
    let (major, minor, newest) = NEWEST_WASI;
    let Ok(version) = semver::Version::parse(version) else { return false };
    version.pre.is_empty()
        && version.build.is_empty()
        && (version.major, version.minor) == (major, minor)
        && version.patch <= newest
}

/// Imports that no transform may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedImports {
    /// Interfaces that no version of this host has.
    refused: Vec<String>,
    /// Interfaces that this host has in other versions.
    versions: Vec<String>,
}

impl RefusedImports {
    /// Check all imports of a component.
    ///
    /// # Errors
    /// All imports that are not allowed.
    pub fn check<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<(), Self> {
        let mut all = Self { refused: Vec::new(), versions: Vec::new() };
        for name in names {
            match import(name) {
                Import::Contract | Import::System(_) => {}
                Import::OtherVersion => all.versions.push(name.to_owned()),
                Import::Refused => all.refused.push(name.to_owned()),
            }
        }
        if all.refused.is_empty() && all.versions.is_empty() { Ok(()) } else { Err(all) }
    }

    /// The remedy.
    pub fn remedy(&self) -> String {
        if !self.refused.is_empty() {
            return "Remove the dependencies that need them; a transform has no network, no files and no processes."
                .to_owned();
        }
        let mut remedies = Vec::new();
        if self.versions.iter().any(|name| name.starts_with(contract::PACKAGE)) {
            remedies.push(format!(
                "Build it against {}@{}, which this host supports.",
                contract::PACKAGE,
                contract::VERSION
            ));
        }
        if self.versions.iter().any(|name| !name.starts_with(contract::PACKAGE)) {
            let (major, minor, patch) = NEWEST_WASI;
            remedies.push(format!(
                "Build it with tools that use WASI {major}.{minor}.0 to {major}.{minor}.{patch}, \
                 or upgrade Obscura."
            ));
        }
        remedies.join(" ")
    }
}

impl fmt::Display for RefusedImports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if !self.refused.is_empty() {
            write!(f, "the component imports {}, which no transform may", List(&self.refused))?;
            separator = "; ";
        }
        if !self.versions.is_empty() {
            write!(f, "{separator}this host has {} in other versions only", List(&self.versions))?;
        }
        Ok(())
    }
}

/// The first few names.
struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in self.0.iter().take(SHOWN).enumerate() {
            let shown: String = name.chars().take(SHOWN_CHARACTERS).collect();
            write!(f, "{}`{shown}`", if number == 0 { "" } else { ", " })?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
