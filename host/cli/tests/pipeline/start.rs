//! Invalid configurations, and code that the program must not contain.

use std::process::{Command, Output};

use crate::stage::{bootstrap, component};

const GOOD: [(&str, &str); 3] = [
    ("OBSCURA_SOURCE_BUCKET", "in"),
    ("OBSCURA_DESTINATION_BUCKET", "out"),
    ("OBSCURA_COMPONENTS_BUCKET", "components"),
];

fn start(variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(bootstrap());
    command.env_clear().envs(GOOD).envs(variables.iter().copied());
    for (name, _) in variables.iter().filter(|(_, value)| value.is_empty()) {
        command.env_remove(name);
    }
    command.output().unwrap()
}

#[test]
fn a_slip_in_the_configuration_stops_it_and_is_named() {
    for (variables, said) in [
        (vec![("OBSCURA_SOURCE_BUCKET", "")], "OBSCURA_SOURCE_BUCKET is not set"),
        (vec![("OBSCURA_DESTINATION_BUCKET", "")], "OBSCURA_DESTINATION_BUCKET is not set"),
        (vec![("OBSCURA_COMPONENTS_BUCKET", "")], "OBSCURA_COMPONENTS_BUCKET is not set"),
        (vec![("OBSCURA_SOURCE_BUKET", "x")], "OBSCURA_SOURCE_BUKET is not one that"),
        (vec![("OBSCURA_LOG", "obscura=loud")], "OBSCURA_LOG"),
        (vec![("OBSCURA_DESTINATION_BUCKET", "in")], "start the pipeline again"),
        (
            vec![
                ("OBSCURA_DESTINATION_BUCKET", "in"),
                ("OBSCURA_SOURCE_PREFIX", "a/"),
                ("OBSCURA_DESTINATION_PREFIX", "a/b/"),
            ],
            "neither may begin with the other",
        ),
    ] {
        let output = start(&variables);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{variables:?}: {text}");
        assert!(text.contains(said), "{variables:?}: {text}");
    }
}

/// Whether a program contains Cranelift: its file names are in panic messages, and symbols are not
/// stripped in this profile.
fn holds_a_compiler(program: &[u8]) -> bool {
    program.windows(9).any(|bytes| bytes.eq_ignore_ascii_case(b"cranelift"))
        && program.windows(17).any(|bytes| bytes == b"cranelift_codegen")
}

#[test]
fn the_transform_function_holds_no_compiler() {
    assert!(!holds_a_compiler(&std::fs::read(bootstrap()).unwrap()));
    // The tests themselves do, which shows that the check works.
    let tests = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(holds_a_compiler(&tests));
    assert!(component("resize").starts_with(b"\0asm"));
}
