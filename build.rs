//! Packs the addresses that the loader puts in at each start: two megabytes of the program that
//! are read and then only lie there become sixty kilobytes. glibc can unpack them since 2.36.

use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by variables")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = variable("TARGET");
    // What runs elsewhere is not known here.
    if target == variable("HOST") && target.ends_with("-linux-gnu") && glibc() >= Some((2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this machine's glibc.
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = told.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
