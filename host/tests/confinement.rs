//! Operations that the gate's child can no longer perform. One test, because this process itself is
//! confined.
#![cfg(all(feature = "compiler", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;

use obscura::gate::apart::Confinement;

#[test]
fn a_confined_process_has_no_files_no_network_and_no_other_processes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    let parent = std::os::unix::process::parent_id();
    let environment = format!("/proc/{parent}/environ");
    assert!(!fs::read(&environment).unwrap().is_empty(), "it can be read before");

    let begun = Confinement::begin();
    let in_force = begun.finish(1 << 30);
    println!("in force: {in_force:?}");
    for expected in ["no-new-privileges", "resource-limits"] {
        assert!(in_force.iter().any(|one| one == expected), "{expected}: {in_force:?}");
    }
    // A kernel may be built without the other two.
    if in_force.iter().any(|one| one == "landlock") {
        fs::read(&environment).unwrap_err();
        fs::read("/etc/hostname").unwrap_err();
    }
    if !in_force.iter().any(|one| one == "seccomp") {
        println!("the rest is not tried: there is no seccomp here");
        return;
    }
    for path in [environment.as_str(), "/etc/passwd", "/proc/self/mem", "."] {
        File::open(path).unwrap_err();
    }
    File::create("escaped").unwrap_err();
    TcpStream::connect(server).unwrap_err();
    UdpSocket::bind("127.0.0.1:0").unwrap_err();
    Command::new("/bin/true").spawn().unwrap_err();
    let parent = rustix::process::Pid::from_raw(i32::try_from(parent).unwrap()).unwrap();
    rustix::process::kill_process(parent, rustix::process::Signal::URG).unwrap_err();

    // Operations for compiling and running are still allowed.
    let sum = std::thread::scope(|scope| {
        let threads = [1_u64, 2, 3].map(|n| scope.spawn(move || vec![n; 1 << 20].len() as u64 * n));
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>()
    });
    assert_eq!(sum, 6 << 20);
}
