//! A source and its site's config → one resolved [`Site`].

use super::address::Home;
use super::basis::{Basis, basis, read};
use super::meta::{people, person};
use super::recognise::recognise;
use super::{Generator, Site, SiteFiles, eleventy, hexo, hugo, jekyll, pelican, zola};
use crate::definition::{Compat, PostsSource, SiteKind};
use crate::model::{Channel, Person, Problem};
use crate::yaml::Node;
use chrono_tz::Tz;
use std::collections::BTreeMap;

pub(super) fn resolve(source: &PostsSource, found: &SiteFiles, problems: &mut Vec<Problem>) -> Site {
    let at = found
        .config
        .as_ref()
        .map_or_else(|| found.root.display().to_string(), |(path, _)| path.display().to_string());
    let config = found.config.as_ref().and_then(|(_, text)| read(&at, text, problems));
    let (kind, recognised_because) = recognise(source.site, config.as_ref(), found);
    let config = common(kind, config, found, problems);
    let basis = basis(source, config.as_ref(), at, problems);
    let zone = zone(&basis, problems);
    let people = known_people(found, problems);
    let authors = site_authors(&basis, &people);
    let (mut generator, folder) = generator(kind, &basis, found, problems);
    let prefix = prefix(kind, found, &folder);
    let paths = found.paths.iter().map(|path| format!("{prefix}{path}"));
    match &mut generator {
        Generator::Jekyll(settings) => {
            settings.know(paths);
            settings.take_includes(found);
        }
        Generator::Hexo(settings) => settings.know(paths),
        Generator::Hugo(settings) => settings.know(paths),
        _ => {}
    }
    let base = generator.base().to_owned();
    Site {
        recognised_because,
        strict: Site::is_strict(source.compat),
        is_bare: source.site == SiteKind::Auto
            && source.compat == Compat::Plain
            && found.config.is_none()
            && !Site::has_folder(found),
        named: named(source, found),
        zone,
        prefix,
        is_without_texts: false,
        fields: BTreeMap::new(),
        channel: channel(&basis, &base, &authors),
        home: Home {
            base: base.trim_end_matches('/').to_owned(),
            is_rooted: matches!(generator, Generator::Jekyll(_)),
        },
        former: former(kind, &basis, found, &generator),
        people,
        authors,
        generator,
    }
}

/// The config with the keys that all rules ask for.
fn common(
    kind: SiteKind,
    config: Option<Node>,
    found: &SiteFiles,
    problems: &mut Vec<Problem>,
) -> Option<Node> {
    match kind {
        SiteKind::Auto | SiteKind::Jekyll | SiteKind::Hexo => config,
        SiteKind::Hugo => Some(hugo::config(config.as_ref(), found, problems)),
        SiteKind::Zola => Some(zola::config(config.as_ref())),
        SiteKind::Pelican => Some(pelican::config(config.as_ref())),
        SiteKind::Eleventy => Some(eleventy::config(found, problems)),
    }
}

/// The generator with its settings, and the folder that its posts are in where nothing else says so.
fn generator(
    kind: SiteKind,
    basis: &Basis<'_>,
    found: &SiteFiles,
    problems: &mut Vec<Problem>,
) -> (Generator, String) {
    match kind {
        SiteKind::Hexo => {
            let settings = hexo::Settings::new(basis, problems);
            let folder = settings.folder.clone();
            (Generator::Hexo(Box::new(settings)), folder)
        }
        SiteKind::Jekyll | SiteKind::Auto => {
            let settings = jekyll::Settings::new(basis, problems);
            let folder = settings.folder.clone();
            (Generator::Jekyll(Box::new(settings)), folder)
        }
        SiteKind::Hugo => {
            let settings = hugo::Settings::new(basis, found, problems);
            let folder = settings.folder.clone();
            (Generator::Hugo(Box::new(settings)), folder)
        }
        SiteKind::Zola => {
            let settings = zola::Settings::new(basis, problems);
            (Generator::Zola(Box::new(settings)), zola::FOLDER.to_owned())
        }
        SiteKind::Pelican => {
            let settings = pelican::Settings::new(basis, found, problems);
            let folder = settings.folder.clone();
            (Generator::Pelican(Box::new(settings)), folder)
        }
        SiteKind::Eleventy => {
            let settings = eleventy::Settings::new(basis, found, problems);
            let folder = settings.folder.clone();
            (Generator::Eleventy(Box::new(settings)), folder)
        }
    }
}

impl Generator {
    /// The address that the site's own begin with; empty when unknown.
    fn base(&self) -> &str {
        match self {
            Self::Jekyll(settings) => &settings.base,
            Self::Hexo(settings) => &settings.base,
            Self::Hugo(settings) => &settings.base,
            Self::Zola(settings) => &settings.base,
            Self::Pelican(settings) => &settings.base,
            Self::Eleventy(settings) => &settings.base,
        }
    }

    /// What ids begin with.
    fn id_base(&self) -> String {
        match self {
            Self::Pelican(settings) => settings.tag_authority(),
            _ => self.base().trim_end_matches('/').to_owned(),
        }
    }
}

/// What ids begin with, and what they began with at `ids_from`.
fn former(
    kind: SiteKind,
    basis: &Basis<'_>,
    found: &SiteFiles,
    generator: &Generator,
) -> Option<(String, String)> {
    let url = basis.source.ids_from.clone()?;
    let (source, config, at) = (basis.source, basis.config, basis.at.clone());
    let before = Basis { source, config, url, url_is_configs: false, at };
    let (before, _) = self::generator(kind, &before, found, &mut Vec::new());
    Some((generator.id_base(), before.id_base()))
}

/// From the site's root to what `posts` names. A folder that holds posts without
/// being called `_posts` stands for the generator's own folder of posts.
fn prefix(kind: SiteKind, found: &SiteFiles, folder: &str) -> String {
    let whole = format!("{}/", found.posts_prefix.trim_matches('/'));
    if !matches!(kind, SiteKind::Auto | SiteKind::Jekyll | SiteKind::Hexo) {
        let whole = whole.trim_start_matches('/');
        let base = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let is_within = whole.starts_with(&base)
            || found.paths.iter().any(|path| format!("{whole}{path}").starts_with(&base));
        return if is_within { whole.to_owned() } else { base };
    }
    let is_posts = |path: &str| path.starts_with("_posts/") || path.contains("/_posts/");
    // A new site, which has no post yet.
    let is_site =
        |path: &String| ["scaffolds/", "themes/", "source/"].iter().any(|own| path.starts_with(own));
    if kind == SiteKind::Hexo && whole == "/" && found.config.is_some() && found.paths.iter().any(is_site) {
        return String::new();
    }
    if is_posts(&whole) || found.paths.iter().any(|path| is_posts(path)) || found.paths.is_empty() {
        return if whole == "/" { String::new() } else { whole };
    }
    format!("{folder}/")
}

/// The files that `posts` names one by one.
fn named(source: &PostsSource, found: &SiteFiles) -> Vec<String> {
    let names = source.paths.iter().filter_map(|path| path.file_name()?.to_str());
    names.filter(|name| found.paths.iter().any(|path| path == name)).map(str::to_owned).collect()
}

fn zone(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> Tz {
    if let Some(zone) = basis.source.timezone {
        return zone;
    }
    let fallback = basis.source.fallback_timezone;
    let message = match basis.text("timezone") {
        Some(name) => match name.parse() {
            Ok(zone) => return zone,
            Err(_) => format!("`{name}` is no time zone, so dates without one are read in {fallback}"),
        },
        // The feed or the daemon's config says it.
        None if !basis.source.timezone_assumed => return fallback,
        None => format!(
            "neither the source nor the site says a time zone, so dates without one are read in {fallback}"
        ),
    };
    problems.push(Problem::warning(&basis.at, message).with_help("add `timezone:` to the source"));
    fallback
}

fn known_people(found: &SiteFiles, problems: &mut Vec<Problem>) -> BTreeMap<String, Person> {
    let node = found
        .authors
        .as_ref()
        .and_then(|text| read(&found.root.join("_data/authors.yml").display().to_string(), text, problems));
    let pairs = node.as_ref().and_then(Node::map).unwrap_or_default();
    pairs
        .iter()
        .map(|(key, node)| {
            let mut person = person(node).unwrap_or_default();
            person.name.get_or_insert_with(|| key.text.clone());
            (key.text.clone(), person)
        })
        .collect()
}

fn site_authors(basis: &Basis<'_>, known: &BTreeMap<String, Person>) -> Vec<Person> {
    let mut found = basis.node("author").map(|node| people(node, known)).unwrap_or_default();
    if let ([only], Some(email)) = (found.as_mut_slice(), basis.text("email"))
        && only.email.is_none()
    {
        only.email = Some(email.to_owned());
    }
    found
}

fn channel(basis: &Basis<'_>, base: &str, authors: &[Person]) -> Channel {
    let text = |keys: &[&str]| keys.iter().find_map(|key| basis.text(key)).map(str::to_owned);
    let language = ["lang", "language", "locale"].iter().find_map(|key| {
        let node = basis.node(key)?;
        let language = node.text().or_else(|| node.list()?.first()?.text())?.trim();
        (!matches!(language, "" | "default")).then(|| language.replace('_', "-"))
    });
    Channel {
        title: text(&["title", "name"]).unwrap_or_default(),
        description: text(&["description", "subtitle", "tagline"]),
        link: base.contains("://").then(|| format!("{}/", base.trim_end_matches('/'))),
        language,
        authors: authors.to_vec(),
        ..Channel::default()
    }
}
