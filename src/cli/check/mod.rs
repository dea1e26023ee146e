//! `feedmill check`: reads config and all feeds, looks at every folder, and prints
//! every problem to stdout, and where the sites' generators would read posts otherwise.
//! Exit 0, or 1 where something could not be used.

mod strictly;

use crate::cli::out::say;
use crate::cli::{Global, Output, environment_with_flags};
use crate::config::{Config, Environment};
use crate::definition::{self, Definition, SourceKind};
use crate::model::Problem;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(global: &Global, environment: &Environment) -> ExitCode {
    let environment = environment_with_flags(global, environment);
    let Seen { problems, told, sites } = match Config::load(global.config.as_deref(), &environment) {
        Ok(config) => look(&config),
        Err(problems) => Seen { problems, ..Seen::default() },
    };
    let bad = problems.iter().any(Problem::is_error);
    match global.format {
        Output::Json => {
            let problems: Vec<_> = problems.iter().map(problem_json).collect();
            say!("{}", json!({ "ok": !bad, "problems": problems, "sites": sites }));
        }
        Output::Text => {
            for problem in &problems {
                say!("{problem}");
            }
            for line in &told {
                say!("{line}");
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

/// Everything wrong, and what was found, in words and for programs.
#[derive(Default)]
struct Seen {
    problems: Vec<Problem>,
    told: Vec<String>,
    sites: Vec<serde_json::Value>,
}

fn look(config: &Config) -> Seen {
    let mut seen = Seen { problems: config.warnings.clone(), ..Seen::default() };
    let loaded = definition::load(&config.feeds, &config.defaults);
    seen.problems.extend(loaded.problems);
    for definition in loaded.definitions.iter().filter(|definition| definition.enabled) {
        posts(definition, &mut seen);
        seen.problems.extend(subscriptions(definition, &config.base_url));
    }
    seen.told.push(format!("{} feeds in {}", loaded.definitions.len(), config.feeds.display()));
    seen
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
fn posts(definition: &Definition, seen: &mut Seen) {
    for source in definition.sources.iter().filter(|source| source.enabled) {
        let SourceKind::Posts(posts) = &source.kind else { continue };
        let name = format!("{}/{}", definition.outlet.id, source.id);
        match crate::update::look(source, posts, false) {
            Ok(folder) => {
                let readings = strictly::read(source, posts, &folder);
                let count = readings.published;
                let (generator, because) = (folder.site.generator(), &folder.site.recognised_because);
                seen.told.push(format!("{name}: {count} posts, {generator}: {because}"));
                seen.told.extend(readings.told(generator));
                seen.sites.push(readings.json(&name, generator));
                seen.problems.extend(folder.problems);
                if count == 0 {
                    let at = definition.file.display().to_string();
                    seen.problems.push(Problem::warning(
                        at,
                        format!("`{}` has no posts that {generator} would publish", source.id),
                    ));
                }
            }
            // The definition has warned of a folder that isn't there, with its line.
            Err(problem) if seen.problems.iter().any(|known| known.message.contains(&problem.at)) => {}
            Err(problem) => seen.problems.push(problem),
        }
    }
}
