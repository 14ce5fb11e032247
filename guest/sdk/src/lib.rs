//! Obscura transforms in Rust: implement one trait, and read the picture through [`std::io::Read`].
//!
//! ```
//! use obscura_sdk::{Description, Error, Output, Rendition, RenditionSpec, Source, Transform};
//! use std::io::Read;
//!
//! /// Stores the upload as it is.
//! struct Copy;
//!
//! #[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
//! #[serde(default, deny_unknown_fields)]
//! struct Parameters {}
//!
//! impl Transform for Copy {
//!     type Parameters = Parameters;
//!
//!     fn describe() -> Description {
//!         Description {
//!             name: "copy".into(),
//!             version: "1.0.0".into(),
//!             summary: "Stores the upload as it is.".into(),
//!             accepts: vec!["image/jpeg".into()],
//!         }
//!     }
//!
//!     fn plan(_: &Parameters) -> Result<Vec<RenditionSpec>, Error> {
//!         Ok(vec![RenditionSpec::new("original", ["image/jpeg"])])
//!     }
//!
//!     fn transform(source: &mut Source<'_>, _: &Parameters, output: &mut Output) -> Result<(), Error> {
//!         let mut body = Vec::new();
//!         source.read_to_end(&mut body)?;
//!         output.emit(Rendition::new("original", "image/jpeg", body));
//!         Ok(())
//!     }
//! }
//!
//! obscura_sdk::export!(Copy);
//! # fn main() {}
//! ```
//!
//! Build it with `cargo build --release --target wasm32-wasip2`, as a library of
//! crate type `cdylib`.
//!
//! - [`Transform`]: the trait to implement
//! - [`Source`]: the picture, and its [`Limits`]
//! - [`Output`], [`Rendition`]: the output
//! - [`Error`]: why a picture was not rendered
//! - [`testing`]: run a transform without a sandbox

mod adapter;
mod error;
mod output;
mod source;
pub mod testing;
mod transform;

pub use error::Error;
pub use output::{Output, Rendition};
pub use source::{Limits, Source};
pub use transform::{Description, RenditionSpec, Transform};

/// The bindings that `wit-bindgen` makes from `wit/transform.wit`.
#[doc(hidden)]
#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]
pub mod bindings;

#[doc(hidden)]
pub use adapter::Adapter;

/// Export a type that implements [`Transform`] as a component.
#[macro_export]
macro_rules! export {
    ($transform:ty) => {
        /// The component's exports. A native linker, as for tests, rejects their names.
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code)]
        mod obscura_exports {
            use super::*;
            type Exported = $crate::Adapter<$transform>;
            $crate::bindings::export_bindings!(Exported with_types_in $crate::bindings);
        }
    };
}
