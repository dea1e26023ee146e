use crate::config::Config;
use crate::config::Environment;
use crate::model::Problem;
use crate::yaml::Faults;
use std::path::Path;
use std::path::PathBuf;

fn shipped() -> (PathBuf, String) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/feedmill.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    (file, text)
}

#[test]
fn the_shipped_file_is_the_defaults_in_code() {
    let (file, text) = shipped();
    let environment =
        Environment::made_up(Path::new("/srv"), [("HOME", "/home/miller"), ("TZ", "Asia/Shanghai")]);
    let read = |text: &str| {
        let (config, problems) = Config::build(text, Some(file.clone()), &environment);
        assert!(!problems.iter().any(Problem::is_error), "{problems:?}");
        config
    };
    assert_eq!(read(&text), read(""));
}

#[test]
fn the_shipped_file_has_every_key() {
    let (file, text) = shipped();
    let environment = Environment::made_up(Path::new("/srv"), [("HOME", "/home/miller")]);
    let mut faults = Faults::default();
    let _ = Config::build_noting(&text, Some(file), &environment, &mut faults);
    assert_eq!(faults.absent, Vec::<String>::new());
}

#[test]
fn another_reader_of_yaml_sees_the_same_in_the_shipped_file() {
    let (_, text) = shipped();
    let theirs: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    let ours = crate::yaml::read(&text).unwrap().unwrap();
    let their_keys: Vec<&String> = theirs.as_object().unwrap().keys().collect();
    let our_keys: Vec<&String> = ours.map().unwrap().iter().map(|(key, _)| &key.text).collect();
    assert_eq!(our_keys, their_keys);
    assert_eq!(
        theirs["fetch"]["max_body"],
        ours.get("fetch").unwrap().get("max_body").unwrap().text().unwrap()
    );
}
