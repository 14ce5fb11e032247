//! Checks that a component is a transform.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker};

use super::artifact::{Artifact, LoadError};
use super::content::AllowedTypes;
use super::failure::Failure;
use super::imports::{Import, RefusedImports, import};
use super::state::State;
use super::{Sandbox, calls, contract, untrusted, wasi};

/// A loaded component with valid imports and exports. Only this type can be run.
#[derive(Clone)]
pub struct Transform {
    pub(super) sandbox: Sandbox,
    pub(super) pre: contract::BindingsPre<State>,
    pub(super) allowed: AllowedTypes,
}

impl std::fmt::Debug for Transform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transform").finish_non_exhaustive()
    }
}

impl Transform {
    /// Load a compiled component, and check its world.
    ///
    /// # Errors
    /// [`Failure::ImportNotAllowed`] and [`Failure::WorldMismatch`] if it is not
    /// a transform; [`Failure::Host`] if it does not fit this engine.
    pub fn load(sandbox: &Sandbox, artifact: &Artifact) -> Result<Self, Failure> {
        let component = artifact.load(sandbox).map_err(|error| match error {
            LoadError::Digest { .. } | LoadError::Engine(_) => Failure::Host(error.to_string()),
        })?;
        check_exports(sandbox, &component)?;
        let linker = link(sandbox, &component)?;
        let pre = linker
            .instantiate_pre(&component)
            .and_then(contract::BindingsPre::new)
            .map_err(|error| Failure::WorldMismatch(format!("{error:#}")))?;
        Ok(Self { sandbox: sandbox.clone(), pre, allowed: AllowedTypes::default() })
    }

    /// The same transform, whose renditions may have these media types.
    #[must_use]
    pub fn allowing(mut self, media_types: AllowedTypes) -> Self {
        self.allowed = media_types;
        self
    }
}

fn check_exports(sandbox: &Sandbox, component: &Component) -> Result<(), Failure> {
    let kind = component.component_type();
    let exports: Vec<&str> = kind.exports(sandbox.engine()).map(|(name, _)| name).collect();
    if exports.contains(&contract::EXPORT) {
        return Ok(());
    }
    let found = match exports.len() {
        0 => "nothing".to_owned(),
        _ => untrusted::shown_list(&exports),
    };
    Err(Failure::WorldMismatch(format!(
        "the component exports {found}; a transform exports {} (this host supports {}@{})",
        contract::EXPORT,
        contract::PACKAGE,
        contract::VERSION
    )))
}

/// Link each import by its exact name: the contract's, or a stub of a system interface. Other
/// functions of an allowed interface trap when called.
fn link(sandbox: &Sandbox, component: &Component) -> Result<Linker<State>, Failure> {
    let engine = sandbox.engine();
    let failed = |error: wasmtime::Error| Failure::WorldMismatch(format!("{error:#}"));
    let mut linker = Linker::new(engine);
    calls::add_to_linker(&mut linker).map_err(failed)?;
    let kind = component.component_type();
    RefusedImports::check(kind.imports(engine).map(|(name, _)| name))
        .map_err(Failure::ImportNotAllowed)?;
    for (name, item) in kind.imports(engine) {
        // The contract's imports are linked already; there are no others.
        let Import::System(interface) = import(name) else { continue };
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            return Err(Failure::WorldMismatch(format!(
                "`{name}` is imported, but is not an interface"
            )));
        };
        let mut namespace = linker.instance(name).map_err(failed)?;
        let defined = wasi::define(interface, &mut namespace).map_err(failed)?;
        for (item_name, item) in instance.exports(engine) {
            if defined.contains(&item_name) {
                continue;
            }
            match item.ty {
                ComponentItem::ComponentFunc(_) => {
                    let full_name = format!("{interface}#{item_name}");
                    namespace
                        .func_new(item_name, move |mut store, _, _, _| {
                            let state: &mut State = store.data_mut();
                            state.ask(&full_name);
                            Err(wasmtime::Error::msg(format!("{full_name} is not granted")))
                        })
                        .map_err(failed)?;
                }
                ComponentItem::Resource(_) => {
                    let kind = wasi::resource_type(item_name);
                    namespace.resource(item_name, kind, |_, _| Ok(())).map_err(failed)?;
                }
                _ => {}
            }
        }
    }
    Ok(linker)
}
