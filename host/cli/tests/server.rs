//! `examples/server`: everything named in its files exists, and the files agree. No container
//! engine is needed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn server(name: &str) -> String {
    read(&format!("examples/server/{name}"))
}

/// Flags as they stand in a text.
fn flags(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
    let flags = words.filter(|word| word.starts_with("--") && word.len() > 2);
    flags.map(str::to_owned).collect()
}

/// The rest of every line that begins so.
fn lines<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.trim().strip_prefix(start))
}

/// The words that follow each place where a text has this.
fn after<'a>(text: &'a str, what: &'a str) -> BTreeSet<&'a str> {
    let end = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
    text.split(what).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn what_the_image_is_made_of_is_there() {
    let file = server("Containerfile");
    let mut copied = 0;
    for line in lines(&file, "COPY ").filter(|line| !line.contains("--from")) {
        let words: Vec<&str> = line.split(' ').collect();
        for path in words.split_last().unwrap().1 {
            assert!(root().join(path).exists(), "{path} is not there");
            copied += 1;
        }
    }
    assert!(copied > 5, "{copied}");
    let members = read("Cargo.toml");
    let members = members.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    for member in members.split('"').skip(1).step_by(2) {
        let folder = member.split('/').next().unwrap();
        let copied = lines(&file, "COPY ").any(|line| line.starts_with(&format!("{folder} ")));
        assert!(copied, "the workspace's {member} is not copied");
    }
    for package in after(&file, " -p ") {
        let manifests = ["host", "host/cli", "guest/resize"];
        let found = manifests.iter().any(|folder| {
            read(&format!("{folder}/Cargo.toml")).contains(&format!("name = \"{package}\""))
        });
        assert!(found, "there is no package {package}");
    }
    for program in ["bootstrap", "publisher", "obscura"] {
        assert!(file.contains(&format!("--bin {program}")), "{program} is not built");
        assert!(file.contains(&format!("target/release/{program}")), "{program} is not copied");
    }
    assert!(file.contains("\nUSER 10001:10001\n"));
    let toolchain = read("rust-toolchain.toml");
    let version = toolchain.split('"').nth(1).unwrap();
    assert!(file.contains(&format!("/rust:{version}-")), "the image has not Rust {version}");
    assert!(server("compose.yaml").contains(&format!("/rust:{version}-")));
}

#[test]
fn every_flag_that_is_named_is_one_of_the_command() {
    let help = Command::new(env!("CARGO_BIN_EXE_obscura")).args(["serve", "--help"]).output();
    let known = flags(&String::from_utf8(help.unwrap().stdout).unwrap());
    let file = server("Containerfile");
    let entry = lines(&file, "ENTRYPOINT ").next().unwrap();
    let compose = server("compose.yaml");
    let command = compose.split("    command:\n").nth(1).unwrap();
    let command = command.split("depends_on").next().unwrap();
    let page = read("host/docs/servers.md");
    let shell = page.replace("\\\n", " ");
    let shell: Vec<&str> = shell.lines().filter(|line| line.contains("serve --s3")).collect();
    assert!(shell.len() >= 3, "{shell:?}");
    for (text, least) in [(entry, 2), (command, 4), (&*shell.join("\n"), 5)] {
        let named = flags(text);
        let unknown: Vec<&String> = named.difference(&known).collect();
        assert!(unknown.is_empty() && named.len() >= least, "{unknown:?} of {named:?}");
    }
}

#[test]
fn the_files_of_the_example_agree() {
    let (compose, setup) = (server("compose.yaml"), server("setup.sh"));
    let example = server(".env.example");
    let set: BTreeSet<&str> =
        example.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    let needed: BTreeSet<&str> = compose
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once(":?"))
        .map(|(name, _)| name)
        .filter(|name| !name.contains('}'))
        .collect();
    assert_eq!(set, needed);
    for file in ["setup.sh", "policy.json"] {
        assert!(compose.contains(&format!("./{file}:/{file}:ro")), "{file} is not mounted");
    }
    let script = root().join("examples/server/setup.sh");
    assert!(Command::new("sh").arg("-n").arg(script).status().unwrap().success());
    // The target of notifications, by one name everywhere.
    let page = read("host/docs/servers.md");
    for text in [&setup, &page] {
        assert!(text.contains("arn:minio:sqs::OBSCURA:webhook"));
    }
    for variable in ["ENABLE", "ENDPOINT", "AUTH_TOKEN", "QUEUE_DIR"] {
        let variable = format!("MINIO_NOTIFY_WEBHOOK_{variable}_OBSCURA");
        assert!(compose.contains(&variable) && page.contains(&variable), "{variable}");
    }
    // The buckets, and who may do what with them.
    let policy: serde_json::Value = serde_json::from_str(&server("policy.json")).unwrap();
    let policy = policy.to_string();
    for bucket in ["pictures", "renditions", "components"] {
        assert!(setup.contains(&format!("store/{bucket}")), "{bucket}");
        assert!(policy.contains(&format!("arn:aws:s3:::{bucket}/*")), "{bucket}");
        assert!(compose.contains(&format!("={bucket}\n")), "{bucket}");
    }
    let file = server("Containerfile");
    for port in ["EXPOSE 9558", "0.0.0.0:9558", "/dev/tcp/127.0.0.1/9558"] {
        assert!(file.contains(port), "{port}");
    }
    assert!(compose.contains("http://obscura:9558/events"));
}

#[test]
fn the_health_check_tells_a_server_that_runs_from_one_that_does_not() {
    let file = server("Containerfile");
    let check = lines(&file, "CMD [\"bash\"").next().unwrap();
    let words: Vec<String> = serde_json::from_str(&format!("[\"bash\"{check}")).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let serving = std::thread::spawn(move || {
        for status in ["200 OK", "503 Service Unavailable"] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = String::new();
            while !asked.ends_with("\r\n\r\n") {
                let mut bytes = [0; 1024];
                let length = stream.read(&mut bytes).unwrap();
                asked.push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
            assert!(asked.starts_with("GET /health HTTP/1.0\r\nHost: 127.0.0.1:"), "{asked}");
            write!(stream, "HTTP/1.0 {status}\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    let checked = || {
        let words = words.iter().map(|word| word.replace("9558", &port)).collect::<Vec<_>>();
        Command::new(&words[0]).args(&words[1..]).output().unwrap().status.success()
    };
    assert!(checked());
    assert!(!checked());
    serving.join().unwrap();
    // Nobody listens any more.
    assert!(!checked());
}
