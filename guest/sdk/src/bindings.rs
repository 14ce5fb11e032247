//! What `wit-bindgen` makes from `wit/transform.wit`.

wit_bindgen::generate!({
    path: "../../wit",
    world: "transform",
    pub_export_macro: true,
    export_macro_name: "export_bindings",
    default_bindings_module: "obscura_sdk::bindings",
});
