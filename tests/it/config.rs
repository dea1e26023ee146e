//! The config file: every problem told, every key read, variables and flags on top.

use feedmill::config::{Config, Environment, Listen, UnixSocket};
use feedmill::model::Allow;
use feedmill::model::Timetable;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Each folder of `tests/config` holds a `feedmill.yaml`, maybe `variables.txt`, and
/// `outcome.txt`: the problems as `check` prints them, or the settings.
#[test]
fn cases() {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root().join("tests/config")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 5);
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let variables = std::fs::read_to_string(folder.join("variables.txt")).unwrap_or_default();
        let pairs = variables.lines().filter_map(|line| line.split_once('='));
        let environment = Environment::made_up(&folder, pairs.chain([("TZ", "Asia/Shanghai")]));
        let outcome = match Config::load(Some(Path::new("feedmill.yaml")), &environment) {
            Ok(config) => format!("{config:#?}\n"),
            Err(problems) => problems.iter().fold(String::new(), |told, problem| {
                told + &problem.to_string()
                    + "
"
            }),
        };
        let outcome = outcome.replace(&*folder.to_string_lossy(), "ROOT");
        crate::cases::same(&format!("tests/config/{name}/outcome.txt"), &outcome);
    }
}

#[test]
fn the_file_is_found_in_order() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, entries: u32| {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("state: s\ndefaults: {{limit: {entries}}}\n")).unwrap();
    };
    let limit = |explicit: Option<&str>, variable: Option<&'static str>| {
        let environment = Environment::made_up(home.path(), variable.map(|value| ("FEEDMILL_CONFIG", value)));
        Config::load(explicit.map(Path::new), &environment).map(|config| config.defaults.limit)
    };
    file("config/feedmill.yaml", 3);
    file("b.yaml", 2);
    file("a.yaml", 1);
    assert_eq!(limit(Some("a.yaml"), Some("b.yaml")), Ok(1));
    assert_eq!(limit(None, Some("b.yaml")), Ok(2));
    assert_eq!(limit(None, None), Ok(3));
    let gone = limit(Some("c.yaml"), None).unwrap_err();
    assert_eq!(
        gone[0].to_string(),
        "c.yaml: error: the config file cannot be read: No such file or directory (os error 2)\n  \
         help: name another with `--config FILE` or `$FEEDMILL_CONFIG`"
    );
}

#[test]
fn paths_count_from_where_they_are_written() {
    let home = tempfile::tempdir().unwrap();
    let base = home.path().canonicalize().unwrap();
    std::fs::create_dir_all(base.join("config")).unwrap();
    std::fs::create_dir_all(base.join("feeds")).unwrap();
    std::fs::write(base.join("config/feedmill.yaml"), "state: ../kept\napi: {token_file: token}\n").unwrap();
    let environment = Environment::made_up(&base, [("FEEDMILL_API__METRICS_TOKEN_FILE", "metrics")]);
    let config = Config::load(None, &environment).unwrap();
    assert_eq!(config.feeds, base.join("feeds"), "none beside the file, so the one above");
    assert_eq!(config.state, base.join("kept"));
    assert_eq!(config.api.token_file, base.join("config/token"));
    assert!(!config.api.make_token);
    assert_eq!(config.api.metrics_token_file, Some(base.join("metrics")));
    std::fs::create_dir_all(base.join("config/feeds")).unwrap();
    assert_eq!(Config::load(None, &environment).unwrap().feeds, base.join("config/feeds"));
    let flagged = environment.with_flag("--feeds", "feeds", "mine").with_flag("--state", "state", "/var/s");
    let config = Config::load(None, &flagged).unwrap();
    assert_eq!((config.feeds, config.state), (base.join("mine"), PathBuf::from("/var/s")));
}

#[test]
fn without_any_file_the_defaults_hold() {
    let empty = tempfile::tempdir().unwrap();
    if Path::new("/etc/feedmill/feedmill.yaml").exists() {
        return;
    }
    let environment = Environment::made_up(
        empty.path(),
        [
            ("RUNTIME_DIRECTORY", "/run/mill"),
            ("STATE_DIRECTORY", "/var/lib/mill"),
            ("CREDENTIALS_DIRECTORY", "/none"),
        ],
    );
    let config = Config::load(None, &environment).unwrap();
    assert_eq!(config.file, None);
    assert_eq!(config.feeds, empty.path().join("feeds"));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8787");
    assert_eq!(config.api.token_file, Path::new("/var/lib/mill/api-token"));
    assert!(config.api.make_token);
    assert_eq!(config.control.socket, Path::new("/run/mill/control.sock"));
    assert_eq!(
        config.control.places,
        ["/run/mill/control.sock", "/run/feedmill/control.sock", "/var/lib/mill/control.sock"]
            .map(PathBuf::from)
    );
    let nowhere = Environment::made_up(empty.path(), []);
    let problems = Config::load(None, &nowhere).unwrap_err();
    assert!(problems.iter().any(|problem| problem.to_string()
        == "defaults:1:1: error: `state` has no default here: none of `$STATE_DIRECTORY`, `$XDG_STATE_HOME` and `$HOME` is set\n  help: set `state`, or pass `--state DIR`"));
}

#[test]
fn readers_are_sent_where_it_listens_unless_another_address_is_named() {
    let home = tempfile::tempdir().unwrap();
    for (listen, base_url, warned) in [
        ("127.0.0.1:9000", "http://127.0.0.1:9000", true),
        ("0.0.0.0:80", "http://127.0.0.1", true),
        ("[::]:9000", "http://127.0.0.1:9000", true),
        ("[::1]:9000", "http://[::1]:9000", true),
        ("10.0.0.5:9000", "http://10.0.0.5:9000", false),
        ("127.0.0.1:0", "http://127.0.0.1:8787", true),
        ("unix:mill.sock", "http://127.0.0.1:8787", true),
    ] {
        std::fs::write(home.path().join("c.yaml"), format!("state: s\nlisten: \"{listen}\"\n")).unwrap();
        let config = Config::load(Some(Path::new("c.yaml")), &Environment::made_up(home.path(), [])).unwrap();
        assert_eq!(config.base_url, base_url, "{listen}");
        assert_eq!(config.warnings.iter().any(|warning| warning.message.contains("base_url")), warned);
        assert!(config.fetch.user_agent.contains(base_url), "{listen}");
    }
}

#[test]
fn a_variable_for_any_key() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("c.yaml"), "state: s\nfetch: {per_host: 3, timeout: 5s}\n").unwrap();
    let environment = Environment::made_up(
        home.path(),
        [
            ("FEEDMILL_LISTEN", "unix:run/mill.sock"),
            ("FEEDMILL_FETCH__PER_HOST", "2"),
            ("FEEDMILL_FETCH__ALLOW", "[\"127.0.0.0/8\", rss-bridge:80]"),
            ("FEEDMILL_FETCH__HOSTS", "{\"RSS-Bridge:80\": {per_host: 8, host_interval: 0s}}"),
            ("FEEDMILL_DEFAULTS__SCHEDULE", "*/5 * * * *"),
            ("FEEDMILL_ALL__TITLE", "News: all of it"),
            ("FEEDMILL_BASE_URL", ""),
        ],
    );
    let config = Config::load(Some(Path::new("c.yaml")), &environment).unwrap();
    let socket = UnixSocket { path: home.path().join("run/mill.sock"), mode: None, group: None };
    assert_eq!(config.listen, Listen::Unix(socket));
    assert_eq!((config.fetch.per_host, config.fetch.timeout), (2, Duration::from_secs(5)));
    assert_eq!(
        config.fetch.allow,
        ["127.0.0.0/8", "rss-bridge:80"].map(|text| text.parse::<Allow>().unwrap())
    );
    assert_eq!(config.fetch.limits("rss-bridge", 80).per_host, Some(8));
    assert_eq!(config.fetch.limits("rss-bridge", 81).per_host, None);
    assert_eq!(config.defaults.schedule, Timetable::Cron("*/5 * * * *".into()));
    assert_eq!(config.all.title, "News: all of it");
    assert_eq!(config.base_url, "http://127.0.0.1:8787");
}

#[test]
fn the_production_example_is_sound() {
    let environment = Environment::made_up(Path::new("/srv"), [("STATE_DIRECTORY", "/var/lib/feedmill")]);
    let config = Config::load(Some(&root().join("config/production.yaml")), &environment).unwrap();
    assert_eq!(config.warnings, []);
    assert!(!config.defaults.timezone_assumed);
}
