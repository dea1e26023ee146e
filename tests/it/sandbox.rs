//! The whole program inside what its shipped unit allows: the same system calls, read-only
//! paths, no capabilities, a user namespace of its own.

use crate::app::{App, Daemon};
use crate::origin::{Origin, ok};
use seccompiler::{BpfMap, compile_from_json};
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

/// Every value that a directive of a shipped unit has.
fn values(unit: &str, name: &str) -> Vec<String> {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(unit);
    let (text, start) = (fs::read_to_string(unit).unwrap(), format!("{name}="));
    text.lines().filter_map(|line| line.strip_prefix(&start).map(str::to_owned)).collect()
}

/// The calls in a set of systemd's, those of the sets in it too.
fn calls(set: &str) -> Option<BTreeSet<String>> {
    let output = Command::new("systemd-analyze").args(["syscall-filter", set]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let names = text.lines().skip(1).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut found = BTreeSet::new();
    for name in names {
        if name.starts_with('@') {
            found.extend(calls(name)?);
        } else {
            found.insert(name.to_owned());
        }
    }
    Some(found)
}

/// The unit's `SystemCallFilter`, line by line as systemd reads it.
fn allowed(unit: &str) -> Option<BTreeSet<String>> {
    let mut allowed = BTreeSet::new();
    for line in values(unit, "SystemCallFilter") {
        let (taken_away, sets) = line.strip_prefix('~').map_or((false, line.as_str()), |rest| (true, rest));
        for set in sets.split(' ') {
            for call in calls(set)? {
                if taken_away {
                    allowed.remove(&call);
                } else {
                    allowed.insert(call);
                }
            }
        }
    }
    Some(allowed)
}

/// The unit's `RestrictAddressFamilies`, as the kernel numbers them.
fn families(unit: &str) -> Vec<u64> {
    let lines = values(unit, "RestrictAddressFamilies").join(" ");
    let number = |name: &str| match name {
        "AF_UNIX" => 1,
        "AF_INET" => 2,
        "AF_INET6" => 10,
        other => panic!("{other} is new here"),
    };
    lines.split(' ').map(number).collect()
}

/// One call with what the unit allows of it.
fn rules(call: &str, families: &[u64]) -> String {
    let is = |index: u8, value: u64| {
        format!(
            "{{\"syscall\": \"{call}\", \"args\": [{{\"index\": {index}, \"type\": \"dword\", \"op\": \"eq\", \"val\": {value}}}]}}"
        )
    };
    let without = |index: u8, mask: u64| {
        format!(
            "{{\"syscall\": \"{call}\", \"args\": [{{\"index\": {index}, \"type\": \"dword\", \"op\": {{\"masked_eq\": {mask}}}, \"val\": 0}}]}}"
        )
    };
    match call {
        "socket" => families.iter().map(|family| is(0, *family)).collect::<Vec<_>>().join(","),
        // MemoryDenyWriteExecute=yes: mapped for writing, or for executing, not both; never made executable.
        "mmap" => [without(2, 2), without(2, 4)].join(","),
        "mprotect" | "pkey_mprotect" => without(2, 4),
        // LockPersonality=yes
        "personality" => is(0, 0),
        _ => format!("{{\"syscall\": \"{call}\"}}"),
    }
}

/// The filter as the kernel reads it; calls that are unknown here are refused too.
fn filter(unit: &str, allowed: &BTreeSet<String>) -> Option<Vec<u8>> {
    let families = families(unit);
    let architecture = std::env::consts::ARCH.try_into().ok()?;
    let json = |rules: &str| {
        format!(
            "{{\"unit\": {{\"mismatch_action\": {{\"errno\": 1}}, \"match_action\": \"allow\", \"filter\": [{rules}]}}}}"
        )
    };
    let compile = |rules: &str| compile_from_json(json(rules).as_bytes(), architecture);
    let known = allowed.iter().map(|call| rules(call, &families)).filter(|rules| compile(rules).is_ok());
    let programs: BpfMap = compile(&known.collect::<Vec<_>>().join(",")).ok()?;
    let instructions = programs["unit"].iter();
    let bytes = instructions.flat_map(|instruction| {
        let [low, high] = instruction.code.to_ne_bytes();
        let [a, b, c, d] = instruction.k.to_ne_bytes();
        [low, high, instruction.jt, instruction.jf, a, b, c, d]
    });
    Some(bytes.collect())
}

/// What becomes the daemon inside a unit, with its arguments; says so where there is none.
fn sandbox(app: &App, unit: &str, trace: &Path) -> Option<String> {
    if !Command::new("bwrap")
        .args(["--ro-bind", "/", "/", "true"])
        .output()
        .is_ok_and(|tried| tried.status.success())
    {
        eprintln!("skipped: bwrap is not installed or may not make namespaces here");
        return None;
    }
    let Some(allowed) = allowed(unit) else {
        eprintln!("skipped: systemd-analyze is not installed, which knows the sets of system calls");
        return None;
    };
    fs::write(app.path("filter"), filter(unit, &allowed).expect("the filter compiles")).unwrap();
    let (folder, state) = (app.folder.path().display(), app.path("state").display().to_string());
    fs::create_dir_all(&state).unwrap();
    let binary = env!("CARGO_BIN_EXE_feedmill");
    let hidden = "--tmpfs /tmp --tmpfs /home --tmpfs /root --dev /dev --proc /proc";
    let seen = format!("--ro-bind {binary} {binary} --ro-bind {folder} {folder} --bind {state} {state}");
    let mut alone =
        "--unshare-user --unshare-ipc --unshare-uts --unshare-cgroup-try --cap-drop ALL --die-with-parent"
            .to_owned();
    if values(unit, "PrivateNetwork") == ["yes"] {
        alone += " --unshare-net";
    }
    let strace = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let watch = match strace {
        Ok(tried) if tried.status.success() => format!("strace -f -qq -e signal=none -o {}", trace.display()),
        _ => String::new(),
    };
    Some(format!(
        "exec 9<{folder}/filter; exec {watch} bwrap --ro-bind / / {hidden} {seen} {alone} --chdir {folder} --seccomp 9 -- \"$@\""
    ))
}

#[test]
fn the_whole_program_runs_inside_its_shipped_unit() {
    let origin = Origin::start();
    let feed =
        "<rss version=\"2.0\"><channel><title>R</title><item><title>Remote</title></item></channel></rss>";
    origin.answer_from_now("/feed", ok("Content-Type: application/rss+xml\r\n", feed.as_bytes()));
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/remote.yaml", &format!("sources:\n  - feed: {}\n", origin.url("/feed")));
    app.write("feeds/news.yaml", "sources:\n  - posts: ../site\n    schedule: every 1h\n");
    app.write("site/_config.yml", "url: https://news.example.org\ntimezone: UTC\n");
    app.post(1, "Local");
    // Not in a folder that is watched: every call that is noted there would be noticed.
    let trace = tempfile::NamedTempFile::new().unwrap();
    let Some(script) = sandbox(&app, "feedmill.service", trace.path()) else { return };
    let mut daemon =
        app.spawn_under(&["sh", "-c", &script, "sh"]).ready().unwrap_or_else(|log| panic!("{log}"));
    let refreshed = app.run(&["refresh", "--wait"]);
    assert!(refreshed.status.success(), "{}", String::from_utf8_lossy(&refreshed.stderr));
    for (path, title) in
        [("/remote.atom", "Remote"), ("/news.rss", "Local"), ("/news", "Local"), ("/all.json", "Remote")]
    {
        assert!(daemon.get(path).body.contains(title), "{path}");
    }
    app.post(2, "Noticed by watching");
    daemon.wait_for("new=1").unwrap_or_else(|log| panic!("{log}"));
    app.write("feeds/news.yaml", "title: Renamed\nsources:\n  - posts: ../site\n    schedule: every 1h\n");
    daemon.wait_for("feed files read").unwrap();
    assert!(app.run(&["store", "backup", "copy.db"]).status.success());
    // Nothing but the state directory can be written: the program is what holds the lock.
    let pid = fs::read_to_string(app.path("state/feedmill.lock")).unwrap();
    let privileges = fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap();
    for line in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
        assert!(privileges.contains(line), "{line}: {privileges}");
    }
    assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
    assert_eq!(daemon.end(std::time::Duration::from_secs(10)), Some(0));
    let log: Vec<String> = daemon.log.try_iter().collect();
    assert!(!log.iter().any(|line| line.contains("not permitted")), "{log:?}");
    let refused = refused(trace.path());
    assert!(refused.is_empty(), "{refused:#?}");
}

/// The half that collects and the half that serves, each inside its unit: the latter with a socket
/// that it was handed and no network.
#[test]
fn the_serving_half_has_no_way_out() {
    let origin = Origin::start();
    let feed =
        "<rss version=\"2.0\"><channel><title>R</title><item><title>Remote</title></item></channel></rss>";
    origin.answer_from_now("/feed", ok("Content-Type: application/rss+xml\r\n", feed.as_bytes()));
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/remote.yaml", &format!("sources:\n  - feed: {}\n", origin.url("/feed")));
    app.write("feeds/news.yaml", "sources:\n  - posts: ../site\n    schedule: every 1h\n");
    app.write("site/_config.yml", "url: https://news.example.org\ntimezone: UTC\n");
    app.post(1, "Local");
    let (trace, polled) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let Some(script) = sandbox(&app, "feedmill-poll.service", polled.path()) else { return };
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_feedmill"), "run", "--role", "poll"]);
    command.current_dir(app.folder.path()).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut poll = Daemon::spawn(command).ready().unwrap_or_else(|log| panic!("{log}"));
    let Some(script) = sandbox(&app, "feedmill-serve.service", trace.path()) else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut command = Command::new("sh");
    let script = format!("exec 3<&0 </dev/null; export LISTEN_FDS=1; {script}");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_feedmill"), "run", "--role", "serve"]);
    command.current_dir(app.folder.path()).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(std::os::fd::OwnedFd::from(listener)).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut serve = Daemon::spawn(command).ready().unwrap_or_else(|log| panic!("{log}"));
    assert_eq!(serve.address, address);
    assert!(app.run(&["refresh", "--wait"]).status.success());
    assert!(serve.get("/news.atom").body.contains("Local"));
    assert!(serve.get("/remote.json").body.contains("Remote"));
    assert_eq!(serve.get("/api/status").status, 401);
    let pid = fs::read_to_string(app.path("state/serve.lock")).unwrap();
    let polling = fs::read_to_string(app.path("state/feedmill.lock")).unwrap();
    let outside = fs::read_link(format!("/proc/{}/ns/net", polling.trim())).unwrap();
    assert_ne!(fs::read_link(format!("/proc/{}/ns/net", pid.trim())).unwrap(), outside);
    assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
    assert_eq!(serve.end(std::time::Duration::from_secs(10)), Some(0));
    assert!(Command::new("kill").arg(polling.trim()).status().unwrap().success());
    assert_eq!(poll.end(std::time::Duration::from_secs(10)), Some(0));
    for trace in [trace.path(), polled.path()] {
        let refused = refused(trace);
        assert!(refused.is_empty(), "{refused:#?}");
    }
}

/// What the program was refused inside, where that was traced.
fn refused(trace: &Path) -> BTreeSet<String> {
    let calls = fs::read_to_string(trace).unwrap_or_default();
    let start = format!("execve(\"{}\"", env!("CARGO_BIN_EXE_feedmill"));
    let inside = calls.split_once(&start).map_or("", |(_, inside)| inside);
    assert!(calls.is_empty() || !inside.is_empty(), "the start of the program is not in the trace");
    inside
        .lines()
        .filter(|line| line.contains(" EPERM ") || line.contains(" EAFNOSUPPORT "))
        .filter_map(|line| line.split_once(' ').map(|(_, call)| call.trim()))
        // SQLite gives its log the owner of its database, where it runs as root: as the
        // tests may, and the service never does.
        .filter(|call| !call.contains("fchown"))
        .map(str::to_owned)
        .collect()
}

/// The unit for deploy hooks runs as the daemon does, without any capability: that is who may
/// speak to its socket.
#[test]
fn the_unit_for_deploy_hooks_may_speak_to_the_daemon() {
    const DAEMONS: &str = "54321";
    let unit = "feedmill-refresh@.service";
    let app = App::new("");
    app.write("feeds/news.yaml", "sources:\n  - posts: ../site\n    schedule: every 1h\n");
    app.write("site/_config.yml", "url: https://news.example.org\ntimezone: UTC\n");
    app.post(1, "Local");
    // A folder that others may enter, as `/run/feedmill` is, and a daemon that shares nothing.
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    open(app.folder.path());
    let none = "--bounding-set=-all --inh-caps=-all --no-new-privs";
    for folder in ["run", "state"] {
        fs::create_dir_all(app.path(folder)).unwrap();
        open(&app.path(folder));
        let id = DAEMONS.parse().ok();
        if std::os::unix::fs::chown(app.path(folder), id, id).is_err() {
            eprintln!("skipped: only root may be another");
            return;
        }
    }
    let program = env!("CARGO_BIN_EXE_feedmill");
    let as_user = |id: &str, arguments: &str| {
        let script = format!(
            "umask 0077; exec setpriv --reuid {id} --regid {id} --clear-groups {none} {program} {arguments}"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(app.folder.path()).env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("RUNTIME_DIRECTORY", app.path("run"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let reached = as_user(DAEMONS, "--version").output().unwrap();
    if !reached.status.success() {
        eprintln!("skipped: another user does not reach the program: {reached:?}");
        return;
    }
    let daemon = Daemon::spawn(as_user(DAEMONS, "run")).ready().unwrap_or_else(|log| panic!("{log}"));
    assert_eq!(values("feedmill.service", "DynamicUser"), ["yes"], "its user is named as the unit is");
    let hook = match values(unit, "User").concat().as_str() {
        "feedmill" => DAEMONS,
        "root" => "0",
        other => panic!("{other} is new here"),
    };
    assert_eq!(values(unit, "CapabilityBoundingSet"), [""]);
    let refreshed = as_user(hook, "refresh news --wait").output().unwrap();
    assert!(refreshed.status.success(), "{}", String::from_utf8_lossy(&refreshed.stderr));
    assert!(daemon.get("/news.atom").body.contains("Local"));
}
