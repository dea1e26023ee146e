//! A URL or a file → a feed in our terms.

use crate::cli::Failure;
use crate::cli::init::Surroundings;
use crate::cli::is_url;
use crate::cli::whole_file;
use crate::collect::FetchRequest;
use crate::collect::Fetched;
use crate::map::feed::{MappedFeed, Reading};
use crate::parse::feed::NotAFeed;
use crate::parse::feed::NotAFeedKind;
use std::path::Path;
use url::Url;

/// A feed that was read.
pub(super) struct Read {
    /// Where it is: a path, or the URL after redirects.
    pub(super) at: String,
    /// The URL to remember it by: the new one where it moved for good.
    pub(super) url: Option<String>,
    pub(super) feed: MappedFeed,
    /// The address that it calls its own.
    pub(super) self_url: Option<String>,
    /// The page that announced it, and everything that page announces.
    pub(super) announced: Option<(String, Vec<String>)>,
}

/// Reads a feed in a file.
pub(super) fn file(path: &Path, shown: &str) -> Result<Read, Failure> {
    let bytes = whole_file::read(path, shown)?;
    let address = Url::from_file_path(path).map(String::from).unwrap_or_default();
    read(&bytes, None, &address)
        .map(|(feed, self_url)| Read { at: shown.to_owned(), url: None, feed, self_url, announced: None })
        .map_err(|not_a_feed| Failure::new(format!("{shown}: {}", not_a_feed.message)))
}

/// Fetches a feed; of a page that announces some, the first that is one and isn't of comments.
pub(super) async fn fetch(url: &str, with: &Surroundings<'_>) -> Result<Read, Failure> {
    match get(url, with).await? {
        Ok(read) => Ok(read),
        Err((page, NotAFeed { kind: NotAFeedKind::Html { announces }, message })) => {
            let mut candidates: Vec<&String> = announces.iter().filter(|address| is_url(address)).collect();
            candidates.sort_by_key(|address| address.to_ascii_lowercase().contains("comment"));
            for address in candidates {
                // One that can't be had may stand beside one that can.
                if let Ok(Ok(read)) = get(address, with).await {
                    return Ok(Read { announced: Some((page, announces.clone())), ..read });
                }
            }
            let help = "give the address of a feed to `--from`";
            Err(Failure::new(format!("{page}: {message}\n  help: {help}")))
        }
        Err((at, not_a_feed)) => Err(Failure::new(format!("{at}: {}", not_a_feed.message))),
    }
}

type Answer = Result<Read, (String, NotAFeed)>;

async fn get(url: &str, with: &Surroundings<'_>) -> Result<Answer, Failure> {
    let request = FetchRequest::new(url, with.now);
    let Fetched::Body { body, content_type, facts } = with.fetcher.fetch(&request).await? else {
        return Err(Failure::new(format!("{url}: answered 304 to a first request")));
    };
    let moved = facts.permanent_url.clone();
    Ok(match read(&body, content_type.as_deref(), &facts.final_url) {
        Ok((feed, self_url)) => Ok(Read {
            at: facts.final_url,
            url: Some(moved.unwrap_or_else(|| url.to_owned())),
            feed,
            self_url,
            announced: None,
        }),
        Err(not_a_feed) => Err((facts.final_url, not_a_feed)),
    })
}

fn read(body: &[u8], content_type: Option<&str>, at: &str) -> Result<(MappedFeed, Option<String>), NotAFeed> {
    let document = crate::parse::feed::parse(body, content_type, at)?;
    let self_url = document.hints.self_url.clone();
    Ok((crate::map::feed::map(&document, at, Reading::default()), self_url))
}
