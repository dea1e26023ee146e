//! A feed's id, a URL or a path → what its stages make of it.

use crate::cli::preview::raw::{Post, Raw};
use crate::cli::preview::{Preview, Seen, SiteKeys};
use crate::cli::setup;
use crate::cli::{Failure, Global, config, is_url, out, whole_file};
use crate::clock::{Clock, SystemClock};
use crate::collect::{FetchRequest, Fetched, Fetcher, files};
use crate::config::{Config, Environment};
use crate::definition::{self, Compat, Definition, PostsSource, SiteKind, Source, SourceKind, Trackers};
use crate::map::feed::Reading;
use crate::model::{Entry, Outlet, Problem, parse_web_url};
use crate::parse::feed::Hints;
use crate::update::{Answer, Posted};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) async fn read(
    preview: &Preview,
    global: &Global,
    environment: &Environment,
) -> Result<Seen, Failure> {
    let what = preview.what.as_str();
    if is_url(what) {
        if !names_a_post(what) {
            preview.site.refuse("a URL")?;
        }
        let config = config(global, environment)?;
        let request = FetchRequest::new(what, SystemClock.now());
        return url(&setup::fetcher(&config)?, request, |answer| at_url(answer, &preview.site)).await;
    }
    if !names_feed(preview, global, environment) {
        note_feed(what, global, environment);
        return at_path(&environment.current().join(what), &preview.site);
    }
    preview.site.refuse("a feed")?;
    feed(what, global, environment).await
}

/// Whether a URL is plainly that of a Markdown file.
fn names_a_post(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    matches!(path.rsplit_once('.'), Some((_, "md" | "markdown")))
}

/// Whether it is the id of a feed that is asked for: of a path with the same name only
/// where `--feeds` says where feeds are.
pub(super) fn names_feed(preview: &Preview, global: &Global, environment: &Environment) -> bool {
    let what = preview.what.as_str();
    let is_path = environment.current().join(what).exists();
    !is_url(what) && (!is_path || global.feeds.is_some() && has_feed(what, global, environment))
}

/// Whether the folder of feeds has one with this id.
fn has_feed(what: &str, global: &Global, environment: &Environment) -> bool {
    !what.contains(['/', '.'])
        && config(global, environment).is_ok_and(|config| defined(what, &config).is_ok())
}

/// Says that a path was taken where a feed has its name, too.
fn note_feed(what: &str, global: &Global, environment: &Environment) {
    if has_feed(what, global, environment) {
        out::complain(format_args!(
            "`{what}` is read as the path here; there is a feed `{what}`, too, which `--feeds DIR` or another folder shows"
        ));
    }
}

/// The definitions, where that of this feed is among them.
pub(super) fn defined(id: &str, config: &Config) -> Result<Vec<Definition>, Failure> {
    let loaded = definition::load(&config.feeds, &config.defaults);
    if loaded.definitions.iter().any(|definition| definition.outlet.id == id) {
        return Ok(loaded.definitions);
    }
    let is_of_file = |problem: &&Problem| {
        let name = problem.at.rsplit('/').next().unwrap_or_default();
        name.strip_prefix(id).is_some_and(|rest| rest.starts_with(".y"))
    };
    let of_file = loaded.problems.iter().filter(is_of_file);
    let problems: Vec<_> = of_file.cloned().collect();
    if !problems.is_empty() {
        return Err(Failure::problems(&problems));
    }
    let folder = config.feeds.display();
    Err(Failure::new(format!("`{id}` is no path that is there, and no feed in {folder}")))
}

/// A feed of the config's folder, all of its sources.
async fn feed(id: &str, global: &Global, environment: &Environment) -> Result<Seen, Failure> {
    let config = config(global, environment)?;
    let definitions = defined(id, &config)?;
    let found = definitions.iter().find(|definition| definition.outlet.id == id);
    let Some(Definition { outlet, sources, .. }) = found else {
        return Ok(Seen::default());
    };
    let fetcher = setup::fetcher(&config)?;
    let mut whole = Seen::default();
    let mut failures = Vec::new();
    for (source, above) in leaves(&definitions, sources) {
        let seen = match &source.kind {
            SourceKind::From(_) => continue,
            SourceKind::Posts(posts) => folder(source, posts),
            SourceKind::Feed(feed) => {
                let request = FetchRequest {
                    headers: feed.headers.clone(),
                    auth: feed.auth.clone(),
                    timeout: source.timeout,
                    ..FetchRequest::new(feed.url.clone(), SystemClock.now())
                };
                url(&fetcher, request, |answer| match &feed.post {
                    Some(post) => posted(source, post, Answer { address: &feed.url, ..answer }),
                    None => document(answer, Reading::of(source)),
                })
                .await
            }
        };
        match seen {
            Ok(seen) => join(&mut whole, seen, source, &above),
            Err(failure) => failures.push((source, failure)),
        }
    }
    if whole.raw.is_empty() && !failures.is_empty() {
        let told = failures.into_iter().flat_map(|(_, failure)| failure.told).collect();
        return Err(Failure { code: 1, told });
    }
    whole.failed = failures
        .into_iter()
        .map(|(source, failure)| Problem::error(format!("{id}/{}", source.id), failure.told.join("; ")))
        .collect();
    describe(&mut whole, outlet);
    Ok(whole)
}

/// The sources that collect something, each with those that bring it on, the nearest
/// first: a source that is made of feeds stands for theirs.
fn leaves<'a>(
    definitions: &'a [Definition],
    sources: &'a [Arc<Source>],
) -> Vec<(&'a Source, Vec<&'a Source>)> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.enabled) {
        let source = &**source;
        let SourceKind::From(feeds) = &source.kind else {
            found.push((source, Vec::new()));
            continue;
        };
        // What feeds are made of was looked at for circles.
        let theirs = definitions.iter().filter(|definition| feeds.contains(&definition.outlet.id));
        for (leaf, mut above) in theirs.flat_map(|definition| leaves(definitions, &definition.sources)) {
            above.push(source);
            found.push((leaf, above));
        }
    }
    found
}

/// Adds what one source gave, filed as its definition says.
fn join(whole: &mut Seen, seen: Seen, source: &Source, above: &[&Source]) {
    if !whole.format.is_empty() {
        whole.format.push_str(", ");
    }
    whole.format.push_str(&seen.format);
    if whole.channel.title.is_empty() {
        whole.channel = seen.channel;
    }
    whole.hints = if whole.raw.is_empty() { seen.hints } else { Hints::default() };
    whole.entries.extend(seen.entries.into_iter().map(|mut entry| {
        for source in std::iter::once(source).chain(above.iter().copied()) {
            (entry.categories, entry.tags) =
                crate::map::category::file(&entry.categories, &entry.tags, &source.filing);
        }
        entry
    }));
    whole.problems.extend(seen.problems);
    whole.raw.extend(seen.raw);
}

/// What the feed's file says of it goes before what its sources say.
fn describe(whole: &mut Seen, outlet: &Outlet) {
    let channel = &mut whole.channel;
    if outlet.title != outlet.id || channel.title.is_empty() {
        channel.title.clone_from(&outlet.title);
    }
    channel.description = outlet.description.clone().or(channel.description.take());
    channel.link = outlet.link.clone().or(channel.link.take());
    channel.language = outlet.language.clone().or(channel.language.take());
    if let Some(author) = &outlet.author {
        channel.authors = vec![author.clone()];
    }
}

/// What stands at a URL: a feed, or a post.
async fn url(
    fetcher: &Fetcher,
    request: FetchRequest,
    read: impl FnOnce(Answer<'_>) -> Result<Seen, Failure>,
) -> Result<Seen, Failure> {
    match fetcher.fetch(&request).await? {
        Fetched::Body { body, content_type, facts } => {
            let content_type = content_type.as_deref();
            read(Answer { body: &body, content_type, address: &facts.final_url })
        }
        Fetched::NotModified(_) => {
            Err(Failure::new(format!("{}: answered 304 to a first request", request.url)))
        }
    }
}

/// A feed or a post, which its content tells.
fn at_url(answer: Answer<'_>, keys: &SiteKeys) -> Result<Seen, Failure> {
    let read = document(answer, Reading::default());
    if read.is_err() && (names_a_post(answer.address) || begins_like_a_post(answer.body)) {
        let posts = posts_source(Path::new(""), keys)?;
        return posted(&plain_source(posts.clone()), &posts, answer);
    }
    keys.refuse("a feed")?;
    read
}

/// The bytes of a post.
fn posted(source: &Source, posts: &PostsSource, answer: Answer<'_>) -> Result<Seen, Failure> {
    let Posted { mapped, site } = crate::update::post(source, posts, answer, SystemClock.now())
        .map_err(|problem| Failure::problems(&[problem]))?;
    let text = String::from_utf8_lossy(answer.body).trim_start_matches('\u{feff}').to_owned();
    let at = answer.address.to_owned();
    let file = Post { at: at.clone(), bytes: answer.body.len() as u64, text: Some(text) };
    let (generator, because) = (site.generator(), site.recognised_because);
    let entries = mapped.entries.into_iter();
    let base = mapped.channel.link.clone().unwrap_or_else(|| at.clone());
    Ok(Seen {
        format: mapped.format,
        channel: mapped.channel,
        entries: entries.map(|entry| cleaned(entry, &base, source.trackers)).collect(),
        problems: mapped.problems,
        raw: vec![Raw::Posts { at, generator, because, files: vec![file] }],
        ..Seen::default()
    })
}

/// The bytes of a feed.
fn document(answer: Answer<'_>, terms: Reading) -> Result<Seen, Failure> {
    let Answer { body, content_type, address } = answer;
    let document = crate::parse::feed::parse(body, content_type, address)
        .map_err(|not_a_feed| Failure::new(format!("{address}: {}", not_a_feed.message)))?;
    let mapped = crate::map::feed::map(&document, address, terms);
    Ok(Seen {
        format: mapped.format,
        channel: mapped.channel,
        hints: mapped.hints,
        entries: mapped.entries.into_iter().map(|entry| cleaned(entry, address, terms.trackers)).collect(),
        problems: mapped.problems,
        raw: vec![Raw::Feed {
            at: address.to_owned(),
            bytes: body.len(),
            media_type: content_type.map(str::to_owned),
            document: Box::new(document),
        }],
        failed: Vec::new(),
    })
}

fn cleaned(entry: Entry, base: &str, trackers: Trackers) -> Entry {
    crate::map::clean(crate::map::without_trackers(entry, trackers), base)
}

/// A folder of posts, a feed in a file, or one post.
fn at_path(path: &Path, keys: &SiteKeys) -> Result<Seen, Failure> {
    if path.is_file() {
        let bytes = whole_file::read(path, &path.display().to_string())?;
        let address = url::Url::from_file_path(path).map(String::from).unwrap_or_default();
        let looks_like_post =
            path.extension().is_some_and(|extension| extension == "md" || extension == "markdown");
        let answer = Answer { body: &bytes, content_type: None, address: &address };
        let read = document(answer, Reading::default());
        if !looks_like_post && (read.is_ok() || keys.site.is_none() && !begins_like_a_post(&bytes)) {
            keys.refuse("a feed")?;
            return read;
        }
    }
    let posts = posts_source(path, keys)?;
    let source = plain_source(posts.clone());
    folder(&source, &posts)
}

fn begins_like_a_post(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes.get(..64).unwrap_or(bytes));
    let start = text.trim_start_matches('\u{feff}').trim_start();
    ["---", ";;;", "+++"].iter().any(|fence| start.starts_with(fence))
}

fn posts_source(path: &Path, keys: &SiteKeys) -> Result<PostsSource, Failure> {
    let unknown = |what: &str, value: &str, known: &str| {
        Failure::new(format!("`{value}` is not a {what}; it is one of {known}"))
    };
    let word = keys.site.as_deref().unwrap_or("auto");
    let Some((_, site)) = SiteKind::WORDS.into_iter().find(|(known, _)| *known == word) else {
        let known = SiteKind::WORDS.map(|(known, _)| known).join(", ");
        return Err(unknown("site", word, &known));
    };
    let compat = match keys.compat.as_deref().unwrap_or("plain") {
        "plain" => Compat::Plain,
        "strict" => Compat::Strict,
        other => return Err(unknown("compat", other, "plain, strict")),
    };
    let timezone = keys.timezone.as_deref().map(|zone| {
        zone.parse::<chrono_tz::Tz>()
            .map_err(|_| unknown("time zone", zone, "the IANA names, such as Asia/Shanghai"))
    });
    let url = keys.url.as_deref().map(|url| {
        let url = parse_web_url(url).map_err(|error| Failure::new(format!("`--url`: {error}")))?;
        Ok::<_, Failure>(url.to_string())
    });
    Ok(PostsSource {
        paths: vec![PathBuf::from(path)],
        written: Vec::new(),
        site,
        compat,
        url: url.transpose()?.and(keys.url.clone()),
        permalink: keys.permalink.clone(),
        permalink_timezone: None,
        timezone: timezone.transpose()?,
        fallback_timezone: chrono_tz::UTC,
        timezone_assumed: true,
        fallback_url: None,
        generator_config: definition::GeneratorConfig::Found,
        ids_from: None,
    })
}

/// The posts at a path, with nothing said of their site.
pub(in crate::cli) fn posts_at(path: &Path) -> Result<PostsSource, Failure> {
    posts_source(path, &SiteKeys::default())
}

/// A source with nothing but its posts.
pub(in crate::cli) fn plain_source(posts: PostsSource) -> Source {
    Source {
        id: "preview".into(),
        key: "preview".into(),
        kind: SourceKind::Posts(posts),
        enabled: true,
        timetable: definition::Timetable::Auto,
        timezone: chrono_tz::UTC,
        timeout: None,
        map: BTreeMap::new(),
        filing: definition::Filing::default(),
        take: None,
        since: definition::Since::All,
        on_delete: definition::OnDelete::Remove,
        trackers: Trackers::Keep,
        websub: false,
        collect_hash: [0; 32],
    }
}

fn folder(source: &Source, posts: &PostsSource) -> Result<Seen, Failure> {
    let folder =
        crate::update::look(source, posts, false).map_err(|problem| Failure::problems(&[problem]))?;
    let now = SystemClock.now();
    let others = folder.others(whole_file::LARGEST);
    let mut seen = Seen { problems: folder.problems.clone(), ..Seen::default() };
    seen.channel = folder.site.channel();
    seen.format = folder.site.generator().into();
    let base = seen.channel.link.clone().unwrap_or_default();
    let mut files = Vec::new();
    for stamp in &folder.posts {
        let text = match files::read(stamp, whole_file::LARGEST) {
            Ok(bytes) => {
                let mapped = folder.site.map(&stamp.path, &bytes, &others, now);
                seen.problems.extend(mapped.problems);
                seen.entries.extend(mapped.entry.map(|entry| cleaned(entry, &base, source.trackers)));
                Some(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
            }
            Err(error) => {
                seen.problems.push(error.at(stamp));
                None
            }
        };
        files.push(Post { at: stamp.path.clone(), bytes: stamp.size, text });
    }
    seen.raw.push(Raw::Posts {
        at: posts.paths.first().map(|path| path.display().to_string()).unwrap_or_default(),
        generator: folder.site.generator(),
        because: folder.site.recognised_because.clone(),
        files,
    });
    Ok(seen)
}
