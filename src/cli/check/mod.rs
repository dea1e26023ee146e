//! `feedmill check`: reads config and all feeds, looks at every folder, and prints
//! every problem to stdout, and where the sites' generators would read posts otherwise.
//! Exit 0, or 1 where something could not be used.

mod startup;
mod strictly;

use crate::cli::out::say;
use crate::cli::{Global, Output, environment_with_flags};
use crate::collect::is_own;
use crate::config::{Config, Environment};
use crate::definition::{self, Definition, PostsSource, Source, SourceKind};
use crate::model::{Access, Problem, show_path};
use crate::yaml::Node;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// A source's problems with posts that are told one by one.
const MOST_TOLD: usize = 100;

pub(super) fn run(global: &Global, environment: &Environment) -> ExitCode {
    let environment = environment_with_flags(global, environment);
    let (config, problems) = Config::look(global.config.as_deref(), &environment);
    let Seen { problems, told, sites } = look(&config, problems, global.format);
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

fn look(config: &Config, problems: Vec<Problem>, format: Output) -> Seen {
    let sound = !problems.iter().any(Problem::is_error);
    let mut seen = Seen { problems, ..Seen::default() };
    // Where it lies may be what the config got wrong.
    if !sound && !config.feeds.is_dir() {
        return seen;
    }
    seen.problems.extend(startup::problems(config));
    let loaded = definition::load(&config.feeds, &config.defaults);
    seen.problems.extend(loaded.problems);
    for definition in loaded.definitions.iter().filter(|definition| definition.enabled) {
        posts(definition, format, &mut seen);
        if sound {
            seen.problems.extend(own_addresses(definition, &config.base_url));
            seen.problems.extend(subscriptions(definition, &config.base_url));
            seen.problems.extend(named_as_base(definition, &config.base_url));
        }
    }
    let count = loaded.definitions.len();
    let feeds = if count == 1 { "feed" } else { "feeds" };
    seen.told.push(format!("{count} {feeds} in {}", config.feeds.display()));
    seen
}

/// A feed whose name is the path of `base_url`: without that path its page's address is the
/// index's.
fn named_as_base(definition: &Definition, base_url: &str) -> Option<Problem> {
    let id = &definition.outlet.id;
    let path = url::Url::parse(base_url).ok()?.path().trim_matches('/').to_owned();
    let message = format!(
        "`/{id}` is the path of `base_url`, so that the index is there: the page of this feed is at `/{id}/{id}` alone"
    );
    let help = "give the feed another name, or pass paths on as they come";
    let at = || format!("{}:1:1", show_path(&definition.file, &std::env::current_dir().unwrap_or_default()));
    (path == *id && definition.outlet.access == Access::Public)
        .then(|| Problem::warning(at(), message).with_help(help))
}

/// `websub: true` where no hub can reach us.
fn subscriptions(definition: &Definition, base_url: &str) -> Option<Problem> {
    let wanted = definition.sources.iter().any(|source| source.enabled && source.websub);
    let message = format!("`websub` has no effect: no hub can reach `{base_url}`");
    let help = "set `base_url` in the config to a public https address";
    let at = || format!("{}:1:1", show_path(&definition.file, &std::env::current_dir().unwrap_or_default()));
    (wanted && !crate::schedule::is_reachable(base_url))
        .then(|| Problem::warning(at(), message).with_help(help))
}

/// Sources that name what we publish ourselves: they are never fetched.
fn own_addresses(definition: &Definition, base_url: &str) -> Vec<Problem> {
    let refused = |(number, source): (usize, &Arc<Source>)| match &source.kind {
        SourceKind::Feed(feed) if source.enabled && is_own(&feed.url, base_url) => {
            let message = format!("`{}` is our own address, which is never fetched", feed.url);
            let help = "name our feed by its id: `from: [id]`";
            Some(Problem::error(place(definition, number, "feed"), message).with_help(help))
        }
        _ => None,
    };
    definition.sources.iter().enumerate().filter_map(refused).collect()
}

/// Each posts source: what it was recognised as, and what is wrong with its folder.
fn posts(definition: &Definition, format: Output, seen: &mut Seen) {
    let enabled = definition.sources.iter().enumerate().filter(|(_, source)| source.enabled);
    for (number, source) in enabled {
        let SourceKind::Posts(posts) = &source.kind else { continue };
        let name = format!("{}/{}", definition.outlet.id, source.id);
        let in_file = |problem| at_its_key(problem, posts);
        match crate::update::look(source, posts, false) {
            Ok(folder) => {
                let readings = strictly::read(posts, &folder);
                let count = readings.published;
                let (generator, because) = (folder.site.generator(), &folder.site.recognised_because);
                seen.told.push(format!("{name}: {count} posts, {generator}: {because}"));
                seen.told.extend(readings.told(generator));
                seen.sites.push(readings.json(&name, generator));
                seen.problems.extend(folder.problems.into_iter().map(in_file));
                seen.problems.extend(match format {
                    Output::Text => first(readings.problems, &name),
                    Output::Json => readings.problems,
                });
                if count == 0 {
                    let at = place(definition, number, "posts");
                    seen.problems.push(Problem::warning(
                        at,
                        format!("`{}` has no posts that {generator} would publish", source.id),
                    ));
                }
            }
            // The definition has warned of a folder that isn't there, with its line.
            Err(problem) if seen.problems.iter().any(|known| known.at == problem.at) => {}
            Err(problem) => seen.problems.push(in_file(problem)),
        }
    }
}

/// What is told of a folder stands where the feed's file names that folder.
fn at_its_key(problem: Problem, posts: &PostsSource) -> Problem {
    let named = posts.paths.iter().position(|path| path.as_os_str() == problem.at.as_str());
    let place = posts.written.get(named.unwrap_or_default());
    match place.filter(|_| named.is_some() || Path::new(&problem.at).is_dir()) {
        Some(place) => Problem { at: place.clone(), ..problem },
        None => problem,
    }
}

/// Where a source has this key, in the feed's file.
fn place(definition: &Definition, number: usize, key: &str) -> String {
    let found = |tree: &Node| Some(at(tree.get("sources")?.list()?.get(number)?.get(key)?));
    in_file(&definition.file, found)
}

fn at(node: &Node) -> (usize, usize) {
    (node.line, node.column)
}

/// A place in a file, by what is found in it now; one that was changed meanwhile is told of whole.
fn in_file(file: &Path, find: impl Fn(&Node) -> Option<(usize, usize)>) -> String {
    let shown = show_path(file, &std::env::current_dir().unwrap_or_default());
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let tree = crate::yaml::read(text.trim_start_matches('\u{feff}')).ok().flatten();
    match tree.as_ref().and_then(find) {
        Some((line, column)) => format!("{shown}:{line}:{column}"),
        None => shown,
    }
}

/// What people read of a source's problems: the errors before the warnings where not all
/// are told, and how many more there are.
fn first(mut problems: Vec<Problem>, source: &str) -> Vec<Problem> {
    let more = problems.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        problems.sort_by_key(|problem| !problem.is_error());
        let errors = problems.iter().skip(MOST_TOLD).filter(|problem| problem.is_error()).count();
        problems.truncate(MOST_TOLD);
        let errors = if errors > 0 { format!(", {errors} of them errors") } else { String::new() };
        let message = format!("{more} more problems with posts{errors}");
        problems.push(Problem::warning(source, message).with_help("`--format json` tells all"));
    }
    problems
}
