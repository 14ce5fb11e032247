//! `obscura new`: starts a transform in a new folder.

mod template;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use obscura::component::TransformName;

use crate::{DONE, built, style};
use template::{Dependencies, File};

/// Start a transform of your own
///
/// Creates a folder with everything that a small transform needs: its source, its build files, and
/// a pipeline document that uses it. The built component passes `obscura check` without changes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The transform's name: a-z, 0-9 and -
    name: TransformName,

    /// The programming language
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    language: Language,

    /// The folder to create. Default: the transform's name, in the current directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// A language with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
    Python,
    Javascript,
    C,
}

const EXAMPLES: &str = "\
Examples:
  obscura new grey
      A transform in Rust that makes pictures grey.
  obscura new size --language python
      One in Python that reports the size of a picture.
Exit codes: 0 written, 2 nothing was written.";

/// Write it.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let name = arguments.name.as_str();
    let dependencies = Dependencies::of(built::repository().as_deref());
    let files = match arguments.language {
        Language::Rust if name.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            bail!("`{name}` cannot be a Rust package's name; begin it with a letter")
        }
        Language::Rust => template::rust(name, &dependencies),
        Language::Python => template::python(name),
        Language::Javascript => template::javascript(name),
        Language::C => template::c(name),
    };
    let dir = arguments.dir.clone().unwrap_or_else(|| PathBuf::from(name));
    let occupied = fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied || dir.is_file() {
        bail!("{} already exists; name another folder with --dir", dir.display());
    }
    for file in &files {
        write(&dir, file)?;
    }
    let heading = style::heading(format!("{} holds the transform `{name}`:", dir.display()));
    style::complain(&heading);
    for file in &files {
        style::complain(&format!("  {}", file.path));
    }
    style::complain(&format!("Next: cd {}, and follow README.md", dir.display()));
    Ok(DONE)
}

fn write(dir: &Path, file: &File) -> anyhow::Result<()> {
    let path = dir.join(file.path);
    let cannot = || format!("cannot write {}", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(cannot)?;
    }
    fs::write(&path, &file.text).with_context(cannot)?;
    #[cfg(unix)]
    if file.text.starts_with("#!") {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).with_context(cannot)?;
    }
    Ok(())
}
