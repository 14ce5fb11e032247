//! The components, built on demand, and their input formats.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use obscura::sandbox::{
    Artifact, Interruption, Job, Limits, Rendition, RenditionSink, Run, Sandbox, SourceInfo,
    Transform,
};

/// A transform under test.
pub(crate) struct Guest {
    pub(crate) name: &'static str,
    /// The media types that it reads.
    pub(crate) reads: &'static [&'static str],
    pub(crate) transform: Transform,
}

const ALL: &[&str] = &["image/jpeg", "image/png", "image/webp", "image/gif"];

const MORE: &[&str] =
    &["image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp"];

/// Those in Rust, and their input formats.
const RUST: [(&str, &[&str]); 4] =
    [("resize", MORE), ("placeholder", MORE), ("watermark", MORE), ("negative", &["image/png"])];

/// The root of the repository.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All of them, compiled once per process. The one in Python is missing if there is no Python,
/// unless `REQUIRE_PYTHON` is set.
pub(crate) fn all() -> &'static [Guest] {
    static GUESTS: OnceLock<Vec<Guest>> = OnceLock::new();
    GUESTS.get_or_init(|| {
        let sandbox = Sandbox::new().unwrap();
        let load = |name, reads, path: &Path| {
            let component = std::fs::read(path).unwrap();
            assert!(component.len() <= 64 << 20, "{name} is larger than a component may be");
            let started = Instant::now();
            let artifact = Artifact::compile(&sandbox, &component).unwrap();
            let compiled = started.elapsed().as_secs_f64();
            let transform = Transform::load(&sandbox, &artifact).unwrap();
            let (from, to) = (component.len() >> 10, artifact.bytes().len() >> 10);
            println!("{name}: {from} KiB, compiled in {compiled:.1} s to {to} KiB");
            Guest { name, reads, transform }
        };
        let mut guests: Vec<Guest> =
            RUST.iter().map(|(name, reads)| load(name, reads, &rust(name))).collect();
        guests.extend(python("inspect").map(|path| load("inspect", ALL, &path)));
        guests
    })
}

/// The target directory of the workspace.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

/// A component in Rust, built as `just transforms` builds it.
pub(crate) fn rust(package: &str) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace())
        .args(["build", "--quiet", "--locked", "--profile", "guest", "--target", "wasm32-wasip2"])
        .args(["--package", package, "--target-dir"])
        .arg(target());
    // The tests' build settings must not affect the guests.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
    {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{package} cannot be built:\n{errors}");
    target().join("wasm32-wasip2/guest").join(package).with_extension("wasm")
}

/// A component in Python, built by its own script, if Python is available.
fn python(name: &str) -> Option<PathBuf> {
    let workspace = workspace();
    let script = workspace.join("examples").join(name).join("build.sh");
    let output = Command::new(script).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} cannot be built:\n{errors}");
    let path = workspace.join("target/components").join(name).with_extension("wasm");
    if path.is_file() {
        return Some(path);
    }
    assert!(std::env::var_os("REQUIRE_PYTHON").is_none(), "{name} was not built: {errors}");
    println!("skipped: {name}, for there is no Python here");
    None
}

/// Collects the renditions.
#[derive(Clone, Default)]
struct Basket(Arc<Mutex<Vec<Rendition>>>);

impl RenditionSink for Basket {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        self.0.lock().unwrap().push(rendition);
        Ok(())
    }
}

impl Guest {
    /// Its own parameters.
    pub(crate) fn defaults(&self) -> String {
        self.transform.describe().unwrap().default_parameters
    }

    /// Render a file in a fresh instance.
    pub(crate) fn render(&self, file: &[u8], limits: Limits) -> (Run, Vec<Rendition>) {
        let basket = Basket::default();
        let run = self.transform.render(Job {
            info: SourceInfo {
                key: "a picture".into(),
                size: file.len() as u64,
                content_type: None,
            },
            stream: Box::new(Bytes::copy_from_slice(file)),
            sink: Box::new(basket.clone()),
            parameters: self.defaults(),
            limits,
            deadline: None,
        });
        let renditions = std::mem::take(&mut *basket.0.lock().unwrap());
        (run, renditions)
    }

    /// The code of this file's failure. Nothing is emitted.
    pub(crate) fn refuses(&self, file: &[u8]) -> &'static str {
        let (run, renditions) = self.render(file, Limits::default());
        let failure = run.outcome.expect_err(self.name);
        assert!(renditions.is_empty(), "{}: {failure}", self.name);
        failure.code().as_str()
    }
}
