//! `feedmill check`: reads config and all feeds, looks at every folder, and prints
//! every problem to stdout. Exit 0, or 1 where something could not be used.

use crate::cli::{Global, Output, environment_with_flags};
use crate::config::{Config, Environment};
use crate::definition::{self, Definition, SourceKind};
use crate::model::Problem;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(global: &Global, environment: &Environment) -> ExitCode {
    let environment = environment_with_flags(global, environment);
    let (problems, told) = match Config::load(global.config.as_deref(), &environment) {
        Ok(config) => look(&config),
        Err(problems) => (problems, Vec::new()),
    };
    let bad = problems.iter().any(Problem::is_error);
    match global.format {
        Output::Json => {
            let problems: Vec<_> = problems.iter().map(problem_json).collect();
            println!("{}", json!({ "ok": !bad, "problems": problems }));
        }
        Output::Text => {
            for problem in &problems {
                println!("{problem}");
            }
            for line in &told {
                println!("{line}");
            }
        }
    }
    ExitCode::from(u8::from(bad))
}

fn problem_json(problem: &Problem) -> serde_json::Value {
    let severity = if problem.is_error() { "error" } else { "warning" };
    let mut json = json!({ "at": problem.at, "severity": severity, "message": problem.message });
    if let (Some(help), Some(object)) = (&problem.help, json.as_object_mut()) {
        object.insert("help".into(), json!(help));
    }
    json
}

/// Everything wrong, and what was found in words.
fn look(config: &Config) -> (Vec<Problem>, Vec<String>) {
    let mut problems = config.warnings.clone();
    let loaded = definition::load(&config.feeds, &config.defaults);
    problems.extend(loaded.problems);
    let mut told = Vec::new();
    for definition in loaded.definitions.iter().filter(|definition| definition.enabled) {
        posts(definition, &mut problems, &mut told);
        problems.extend(subscriptions(definition, &config.base_url));
    }
    told.push(format!("{} feeds in {}", loaded.definitions.len(), config.feeds.display()));
    (problems, told)
}

/// `websub: true` where no hub can reach us.
fn subscriptions(definition: &Definition, base_url: &str) -> Option<Problem> {
    let wanted = definition.sources.iter().any(|source| source.enabled && source.websub);
    let message = format!("`websub` has no effect: no hub can reach `{base_url}`");
    let help = "set `base_url` in the config to a public https address";
    (wanted && !crate::schedule::is_reachable(base_url))
        .then(|| Problem::warning(definition.file.display().to_string(), message).with_help(help))
}

/// Each posts source: what it was recognised as, and what is wrong with its folder.
fn posts(definition: &Definition, problems: &mut Vec<Problem>, told: &mut Vec<String>) {
    for source in definition.sources.iter().filter(|source| source.enabled) {
        let SourceKind::Posts(posts) = &source.kind else { continue };
        let name = format!("{}/{}", definition.outlet.id, source.id);
        match crate::update::look(source, posts, false) {
            Ok(folder) => {
                problems.extend(folder.problems);
                let count = folder.posts.len();
                let (generator, because) = (folder.site.generator(), &folder.site.recognised_because);
                told.push(format!("{name}: {count} posts, {generator}: {because}"));
                if count == 0 {
                    let at = definition.file.display().to_string();
                    problems.push(Problem::warning(
                        at,
                        format!("`{}` has no posts that {generator} would publish", source.id),
                    ));
                }
            }
            // The definition has warned of a folder that isn't there, with its line.
            Err(problem) if problems.iter().any(|known| known.message.contains(&problem.at)) => {}
            Err(problem) => problems.push(problem),
        }
    }
}
