//! Resources of an instance, with nested components counted for each instantiation: forty lines can
//! create millions of instances, if each component instantiates the previous one twice.

use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentTypeRef, Encoding, Instance, Payload,
};

/// Resources of an instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// Instances of core modules.
    pub(super) instances: u64,
    /// Memories.
    pub(super) memories: u64,
    /// Their initial size in bytes.
    pub(super) memory_bytes: u64,
    /// Tables.
    pub(super) tables: u64,
}

impl Parts {
    fn combine(self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            instances: with(self.instances, other.instances),
            memories: with(self.memories, other.memories),
            memory_bytes: with(self.memory_bytes, other.memory_bytes),
            tables: with(self.tables, other.tables),
        }
    }

    fn add(&mut self, other: Self) {
        *self = self.combine(other, u64::saturating_add);
    }
}

/// A module or a component while its sections are read.
#[derive(Debug, Default)]
struct Frame {
    /// Resources of one instance of it.
    parts: Parts,
    /// Resources of an instance of each core module in scope; `None` if it is imported.
    modules: Vec<Option<Parts>>,
    /// The same for each component.
    components: Vec<Option<Parts>>,
    is_module: bool,
}

/// Counts resources, section by section.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    frames: Vec<Frame>,
    /// The maximum over all modules and components, which is assumed for imported ones.
    most: Parts,
    /// The total.
    pub(super) whole: Parts,
    /// The nesting depth; 1 without nested modules or components.
    pub(super) depth: usize,
}

impl Nesting {
    /// Process the next section.
    pub(super) fn read(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::Version { encoding, .. } => {
                let is_module = *encoding == Encoding::Module;
                self.frames.push(Frame { is_module, ..Frame::default() });
                self.depth = self.depth.max(self.frames.len());
            }
            Payload::End(_) => self.end(),
            _ => self.section(payload)?,
        }
        Ok(())
    }

    /// The depth of the next section.
    pub(super) fn level(&self) -> usize {
        self.frames.len()
    }

    fn end(&mut self) {
        let Some(Frame { parts, is_module, .. }) = self.frames.pop() else { return };
        self.most = self.most.combine(parts, u64::max);
        match self.frames.last_mut() {
            Some(outer) if is_module => outer.modules.push(Some(parts)),
            Some(outer) => outer.components.push(Some(parts)),
            None => self.whole = parts,
        }
    }

    fn section(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        let most = self.most;
        let outer = |frames: &[Frame], count: u32| {
            let at = frames.len().checked_sub(count as usize + 1)?;
            Some(at)
        };
        match payload {
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    match alias? {
                        ComponentAlias::InstanceExport { kind, .. } => self.name(kind, None),
                        ComponentAlias::Outer { kind, count, index } => {
                            let frame = outer(&self.frames, count).map(|at| &self.frames[at]);
                            match kind {
                                ComponentOuterAliasKind::CoreModule => {
                                    let parts = frame.and_then(|f| known(&f.modules, index));
                                    self.name(ComponentExternalKind::Module, parts);
                                }
                                ComponentOuterAliasKind::Component => {
                                    let parts = frame.and_then(|f| known(&f.components, index));
                                    self.name(ComponentExternalKind::Component, parts);
                                }
                                _ => {}
                            }
                        }
                        ComponentAlias::CoreInstanceExport { .. } => {}
                    }
                }
                return Ok(());
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    match import?.ty {
                        ComponentTypeRef::Module(_) => {
                            self.name(ComponentExternalKind::Module, None);
                        }
                        ComponentTypeRef::Component(_) => {
                            self.name(ComponentExternalKind::Component, None);
                        }
                        _ => {}
                    }
                }
                return Ok(());
            }
            // An export creates a new index.
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    let frame = self.frames.last();
                    let parts = match export.kind {
                        ComponentExternalKind::Module => {
                            frame.and_then(|f| known(&f.modules, export.index))
                        }
                        ComponentExternalKind::Component => {
                            frame.and_then(|f| known(&f.components, export.index))
                        }
                        _ => None,
                    };
                    self.name(export.kind, parts);
                }
                return Ok(());
            }
            _ => {}
        }
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        match payload {
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    if let Instance::Instantiate { module_index, .. } = instance? {
                        let parts = known(&frame.modules, module_index).unwrap_or(most);
                        frame.parts.add(Parts { instances: 1, ..parts });
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    if let ComponentInstance::Instantiate { component_index, .. } = instance? {
                        let parts = known(&frame.components, component_index).unwrap_or(most);
                        frame.parts.add(parts);
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let memory = memory?;
                    let page = 1_u64 << memory.page_size_log2.unwrap_or(16).min(32);
                    let memory_bytes = memory.initial.saturating_mul(page);
                    frame.parts.add(Parts { memories: 1, memory_bytes, ..Parts::default() });
                }
            }
            Payload::TableSection(section) => {
                let tables = u64::from(section.count());
                frame.parts.add(Parts { tables, ..Parts::default() });
            }
            _ => {}
        }
        Ok(())
    }

    /// Add one to the index space.
    fn name(&mut self, kind: ComponentExternalKind, parts: Option<Parts>) {
        let Some(frame) = self.frames.last_mut() else { return };
        match kind {
            ComponentExternalKind::Module => frame.modules.push(parts),
            ComponentExternalKind::Component => frame.components.push(parts),
            _ => {}
        }
    }
}

fn known(parts: &[Option<Parts>], index: u32) -> Option<Parts> {
    parts.get(index as usize).copied().flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn whole(text: &str) -> Parts {
        let mut nesting = Nesting::default();
        let bytes = wat::parse_str(text).unwrap();
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            nesting.read(&payload.unwrap()).unwrap();
        }
        nesting.whole
    }

    #[test]
    fn what_is_not_instantiated_takes_nothing() {
        assert_eq!(
            whole("(component (core module (memory 1) (table 1 funcref)))"),
            Parts::default()
        );
    }

    #[test]
    fn each_instance_of_an_instance_counts() {
        let parts = whole(
            "(component
              (core module $m (memory 2) (table 1 funcref))
              (component $one (alias outer 1 $m (core module $m))
                (core instance (instantiate $m)) (core instance (instantiate $m)))
              (component $two (alias outer 1 $one (component $one))
                (instance (instantiate $one)) (instance (instantiate $one))
                (instance (instantiate $one)))
              (instance (instantiate $two)))",
        );
        let expected = Parts { instances: 6, memories: 6, memory_bytes: 12 << 16, tables: 6 };
        assert_eq!(parts, expected);
    }

    #[test]
    fn one_from_elsewhere_counts_as_the_largest() {
        let parts = whole(
            "(component
              (component $large (core module $m (memory 1)) (core instance (instantiate $m))
                (core instance (instantiate $m)))
              (component $taker (import \"it\" (component $it)) (instance (instantiate $it)))
              (instance (instantiate $taker (with \"it\" (component $large)))))",
        );
        assert_eq!((parts.instances, parts.memories), (2, 2));
    }
}
