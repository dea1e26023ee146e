//! Lists of feeds to subscribe to: all that are listed, and a feed's categories.
//!
//! In: the shelf, the store's categories. Out: OPML bytes. Without HTTP, so that
//! `build` writes them too.

use crate::model::{Facet, Format};
use crate::publish::opml::{Outline, opml};
use crate::serve::address::{Address, written};
use crate::serve::render::facet_title;
use crate::serve::scope;
use crate::serve::shelf::{ALL, Shelf, Shelved};
use crate::serve::spelling::moved;
use crate::store::{FacetKind, ServeStore, StoreError};

/// The listed feeds, a folder of `feeds/` an outline; `all` comes first where it is published.
pub fn render_opml(shelf: &Shelf, base_url: &str, title: &str, format: Format) -> Vec<u8> {
    let mut outlines = Vec::new();
    if let Some(all) = shelf.get(ALL) {
        outlines.push(whole(all, base_url, format));
    }
    for shelved in shelf.listed() {
        place_in(&mut outlines, &shelved.outlet.group, whole(shelved, base_url, format));
    }
    opml(title, &outlines)
}

/// The categories of one feed, each as a feed of its own; `None` for a feed that is not on the shelf.
pub fn render_categories_opml(
    store: &dyn ServeStore,
    shelf: &Shelf,
    base_url: &str,
    address: &Address,
    format: Format,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(shelved) = shelf.of(address) else {
        return Ok(None);
    };
    // What is filed elsewhere now leads there by itself.
    let stays = |facet: &Facet| match facet {
        Facet::Category(path) => moved(&shelved.outlet, path).is_none(),
        _ => true,
    };
    let outlines: Vec<Outline> = scope::facets(store, shelved, FacetKind::Category)?
        .into_iter()
        .filter(|count| stays(&count.facet))
        .map(|count| {
            let category = match &count.facet {
                // A `/` parts the names of a path here, and nothing escapes it.
                Facet::Category(path) => {
                    Some(path.names().iter().map(|name| written(name)).collect::<Vec<_>>().join("/"))
                }
                _ => None,
            };
            let title = facet_title(shelved, &count.facet).unwrap_or_default();
            let address = Address::new(&shelved.outlet, count.facet);
            Outline::Feed {
                title,
                xml_url: format!("{base_url}{}", address.url_path(format)),
                html_url: Some(format!("{base_url}{}", address.page_path())),
                description: None,
                category,
            }
        })
        .collect();
    Ok(Some(opml(&shelved.outlet.title, &outlines)))
}

fn whole(shelved: &Shelved, base_url: &str, format: Format) -> Outline {
    let outlet = &shelved.outlet;
    let address = Address::new(outlet, Facet::Whole);
    Outline::Feed {
        title: outlet.title.clone(),
        xml_url: format!("{base_url}{}", address.url_path(format)),
        html_url: Some(outlet.link.clone().unwrap_or_else(|| format!("{base_url}{}", address.page_path()))),
        description: outlet.description.clone(),
        category: None,
    }
}

/// Puts a feed into its folder, made where it is not there yet.
fn place_in(outlines: &mut Vec<Outline>, group: &[String], feed: Outline) {
    let Some((first, rest)) = group.split_first() else {
        outlines.push(feed);
        return;
    };
    for outline in outlines.iter_mut() {
        if let Outline::Group { name, children } = outline
            && name == first
        {
            place_in(children, rest, feed);
            return;
        }
    }
    let mut children = Vec::new();
    place_in(&mut children, rest, feed);
    outlines.push(Outline::Group { name: first.clone(), children });
}
