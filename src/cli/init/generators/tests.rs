use super::*;

fn told(generator: &str, config: &str, has_plugin: bool) -> String {
    let node = crate::yaml::read(config).unwrap();
    let clues = Clues { has_plugin, ..Clues::default() };
    let own = own_feed(generator, node.as_ref(), &clues);
    let limit = own.limit.map_or("-".into(), |(limit, _)| limit.to_string());
    let addresses: Vec<String> =
        own.addresses.iter().map(|alias| format!("{}={}", alias.path, alias.format.extension())).collect();
    let summary = if own.summary.is_some() { " summary" } else { "" };
    let id = own.id_below.map_or("-".into(), |id| format!("{{url}}/{id}"));
    format!("{limit}{summary} {} {id} {}", addresses.join(","), own.outputs.join(","))
}

#[test]
fn hugos_keys_are_one_in_upper_and_lower_case() {
    assert_eq!(
        told("hugo", "outputFormats: {RSS: {baseName: atom}}", false),
        "10000 summary /atom.xml=rss,/categories/:slug/atom.xml=rss,/tags/:slug/atom.xml=rss - public"
    );
}

#[test]
fn a_sites_own_feed_by_its_config() {
    for (generator, config, has_plugin, wanted) in [
        ("jekyll", "title: x", false, "-  - _site"),
        ("jekyll", "title: x", true, "10 /feed.xml=atom {url}/feed.xml _site"),
        (
            "jekyll",
            "plugins: [jekyll-feed]\nfeed: {path: /blog/atom.xml, posts_limit: 3, excerpt_only: true}\ndestination: ./out/",
            false,
            "3 summary /blog/atom.xml=atom {url}/blog/atom.xml out",
        ),
        (
            "jekyll",
            "feed: {categories: [news], tags: true}",
            false,
            "10 /feed.xml=atom,/feed/:slug.xml=atom,/feed/by_tag/:slug.xml=atom {url}/feed.xml _site",
        ),
        (
            "jekyll",
            "feed: {tags: {path: t/}, collections: {posts: {path: p.xml}}}",
            false,
            "10 /p.xml=atom,/t/:slug.xml=atom {url}/p.xml _site",
        ),
        ("hexo", "title: x", false, "-  - public"),
        ("hexo", "title: x", true, "20 /atom.xml=atom {url}/ public"),
        (
            "hexo",
            "feed: {type: [atom, rss2], path: [a, b.xml], limit: 0}",
            false,
            "10000 /a.xml=atom,/b.xml=rss {url}/ public",
        ),
        (
            "hexo",
            "feed: {type: [atom, rss2], path: a.xml, limit: 5}",
            false,
            "5 /atom.xml=atom,/rss2.xml=rss {url}/ public",
        ),
        (
            "hexo",
            "feed: {type: rss2, limit: false, content: false}\npublic_dir: dist",
            false,
            "10000 summary /rss2.xml=rss - dist",
        ),
        (
            "hugo",
            "title: x",
            false,
            "10000 summary /index.xml=rss,/categories/:slug/index.xml=rss,/tags/:slug/index.xml=rss - public",
        ),
        (
            "hugo",
            "services: {rss: {limit: 15}}\ndisableKinds: [term]\noutputFormats: {rss: {baseName: feed}}",
            false,
            "15 summary /feed.xml=rss - public",
        ),
    ] {
        assert_eq!(told(generator, config, has_plugin), wanted, "{config}");
    }
}

/// The same from a config as it is written, with what the folder tells beside it.
fn of_text(generator: &str, config: &str, format: crate::parse::data::Format, clues: &Clues) -> String {
    let node = crate::parse::data::read(config, format).unwrap();
    let own = own_feed(generator, node.as_ref(), clues);
    let addresses: Vec<String> =
        own.addresses.iter().map(|alias| format!("{}={}", alias.path, alias.format.extension())).collect();
    let limit = own.limit.map_or("-".into(), |(limit, _)| limit.to_string());
    let summary = if own.summary.is_some() { " summary" } else { "" };
    let id = own.id_below.unwrap_or_else(|| "-".into());
    format!(
        "{limit}{summary} {} [{id}] {}; {}",
        addresses.join(","),
        own.outputs.join(","),
        own.left_out.join(",")
    )
}

#[test]
fn pelicans_feeds() {
    for (config, wanted) in [
        ("SITENAME = 'x'", "100 /feeds/all.atom.xml=atom,/feeds/:slug.atom.xml=atom [] output; "),
        (
            "FEED_ALL_ATOM = None\nCATEGORY_FEED_ATOM = None\nFEED_ALL_RSS = 'rss.xml'\nFEED_MAX_ITEMS = 15\n\
             TAG_FEED_RSS = 'feeds/tag/{slug}.rss.xml'\nOUTPUT_PATH = 'out/'",
            "15 summary /rss.xml=rss,/feeds/tag/:slug.rss.xml=rss [-] out; ",
        ),
        (
            // `publishconf.py` behind it: the last one holds.
            "FEED_ALL_ATOM = None\nRSS_FEED_SUMMARY_ONLY = False\nFEED_MAX_ITEMS = None\nFEED_ALL_ATOM = 'feeds/all.atom.xml'\n\
             CATEGORY_FEED_ATOM = 'feeds/%s.atom.xml'\nAUTHOR_FEED_ATOM = 'a/{slug}.atom.xml'",
            "10000 /feeds/all.atom.xml=atom,/feeds/:slug.atom.xml=atom [] output; `AUTHOR_FEED_ATOM` (`a/{slug}.atom.xml`) \
             has no alias: an author's feed is at `/<id>/author/<name>.atom`",
        ),
    ] {
        let told = of_text("pelican", config, crate::parse::data::Format::Python, &Clues::default());
        assert_eq!(told, wanted, "{config}");
    }
}

#[test]
fn zolas_feeds() {
    let with = |sections: &[&str]| Clues {
        sections: sections.iter().map(|name| (*name).to_owned()).collect(),
        ..Clues::default()
    };
    for (config, sections, wanted) in [
        ("title = 'x'", vec![], "-  [-] public; "),
        ("generate_feed = true", vec![], "10000 /atom.xml=atom [atom.xml] public; "),
        (
            "generate_feeds = true\nfeed_filenames = ['rss.xml', 'atom.xml']\nfeed_limit = 20\noutput_dir = 'docs'\n\
             taxonomies = [{name = 'tags', feed = true}, {name = 'categories'}, {name = 'authors', feed = true}]",
            vec!["blog"],
            "20 /rss.xml=rss,/atom.xml=atom,/tags/:slug/rss.xml=rss,/tags/:slug/atom.xml=atom [-] docs; \
             the feed of the section `blog` has no alias: make a feed file for its folder",
        ),
        ("feed_filename = 'rss.xml'", vec!["blog"], "10000 /blog/rss.xml=rss [-] public; "),
    ] {
        let told = of_text("zola", config, crate::parse::data::Format::Toml, &with(&sections));
        assert_eq!(told, wanted, "{config}");
    }
}

#[test]
fn eleventys_feed_plugin() {
    let script = "export default function (c) {\n  c.addPlugin(other);\n  c.addPlugin(feedPlugin, {\n    type: \"rss\",\n    \
                  outputPath: \"/blog/feed.xml\",\n    collection: { name: \"posts\", limit: 10 },\n  });\n  \
                  return { dir: { input: \"src\", output: \"./dist\" } };\n}";
    for (script, wanted) in [
        (script, "10 /blog/feed.xml=rss [-] dist; "),
        ("module.exports = c => { c.addPlugin(x) }", "-  [-] _site; "),
    ] {
        let clues = Clues { script: script.to_owned(), ..Clues::default() };
        assert_eq!(of_text("eleventy", "", crate::parse::data::Format::Script, &clues), wanted);
    }
}
