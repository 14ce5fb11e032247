//! Credentials of the server: a secret per folder, in the files that AWS clients read.
//!
//! ```text
//! <root>/.aws/credentials    the key pair, created once
//! <root>/.aws/config         the region, and the endpoint of the last start
//! ```
//!
//! Loopback is not a security boundary: every page in a browser on this machine can reach it, and
//! so can every other user. So a well-known key would give access to everyone.

use std::io;
use std::path::{Path, PathBuf};

use crate::account::REGION;
use crate::disk;

/// The access key id. It is not secret, and clearly not one of AWS's.
const ACCESS_KEY_ID: &str = "local";

/// A key pair for one folder's server.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish()
    }
}

/// The settings that a client of a folder's server needs.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The server's address, current or last.
    pub endpoint: String,
    /// The region to sign for.
    pub region: String,
    /// The key pair to sign with.
    pub credentials: Credentials,
}

impl Profile {
    /// Reads the profile of a folder that is, or was, served.
    ///
    /// # Errors
    /// The folder was never served, or belongs to another user.
    pub fn read(root: &Path) -> io::Result<Self> {
        let missing = |name: &str| {
            let path = folder(root).join(name);
            io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()))
        };
        let credentials = read(root)?.ok_or_else(|| missing("credentials"))?;
        let config = std::fs::read_to_string(folder(root).join("config"))?;
        let endpoint = value(&config, "endpoint_url").ok_or_else(|| missing("config"))?;
        let region = value(&config, "region").ok_or_else(|| missing("config"))?;
        Ok(Self { endpoint, region, credentials })
    }
}

impl Credentials {
    /// The key pair of a folder, created at the first start.
    pub(crate) fn of_folder(root: &Path) -> io::Result<Self> {
        disk::create_folder(&folder(root))?;
        let credentials = match read(root) {
            Ok(Some(credentials)) => credentials,
            Ok(None) => Self::random()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::random()?,
            Err(error) => return Err(error),
        };
        // Rewritten at each start, so that its mode is right even if it was copied.
        let text = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            credentials.access_key_id, credentials.secret_access_key
        );
        disk::write(&folder(root).join("credentials"), text.as_bytes())?;
        Ok(credentials)
    }

    fn random() -> io::Result<Self> {
        Ok(Self { access_key_id: ACCESS_KEY_ID.to_owned(), secret_access_key: token()? })
    }
}

/// Forty random hexadecimal digits.
pub(crate) fn token() -> io::Result<String> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex_simd::encode_to_string(bytes, hex_simd::AsciiCase::Lower))
}

/// Writes the server's address for clients.
pub(crate) fn write_config(root: &Path, endpoint: &str) -> io::Result<()> {
    let text = format!("[default]\nregion = {REGION}\nendpoint_url = {endpoint}\n");
    disk::write(&folder(root).join("config"), text.as_bytes())
}

/// This is not a valid bucket name.
fn folder(root: &Path) -> PathBuf {
    root.join(".aws")
}

fn read(root: &Path) -> io::Result<Option<Credentials>> {
    let text = std::fs::read_to_string(folder(root).join("credentials"))?;
    let id = value(&text, "aws_access_key_id");
    let secret = value(&text, "aws_secret_access_key");
    Ok(id
        .zip(secret)
        .map(|(access_key_id, secret_access_key)| Credentials { access_key_id, secret_access_key }))
}

fn value(text: &str, name: &str) -> Option<String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let mut values = pairs.filter(|(found, _)| found.trim() == name).map(|(_, value)| value.trim());
    values.next().filter(|value| !value.is_empty()).map(str::to_owned)
}
