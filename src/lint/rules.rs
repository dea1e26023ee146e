//! The rules: each one's name, how much it weighs, and the step that mends what breaks it.
//!
//! Their names are printed behind each finding, and stay. An error is what a
//! specification forbids; a warning is what readers are known to stumble over.

use crate::model::Severity;

macro_rules! rules {
    ($($rule:ident $name:literal $severity:ident $help:literal;)*) => {
        /// A rule of the judge.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = $help] $rule,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$rule,)*];

            /// Its name, as it is printed.
            pub fn name(self) -> &'static str {
                match self { $(Self::$rule => $name,)* }
            }

            /// How much it weighs.
            pub fn severity(self) -> Severity {
                match self { $(Self::$rule => Severity::$severity,)* }
            }

            /// The step that mends what breaks it.
            pub fn help(self) -> &'static str {
                match self { $(Self::$rule => $help,)* }
            }
        }
    };
}

rules! {
    NotWellFormed "not-well-formed" Error "XML ends at its first fault; escape text on its way out";
    BadEncoding "bad-encoding" Error "write UTF-8, and say so in the XML declaration";
    BadCharacter "bad-character" Warning "leave control characters and U+FFFD out";
    NotUtf8 "not-utf-8" Warning "write UTF-8: podcast directories take nothing else";
    NotAFeed "not-a-feed" Error "a feed begins with `<rss>`, `<feed>` or a JSON object";
    OldVersion "old-version" Warning "write RSS 2.0, Atom 1.0 or JSON Feed 1.1";
    BadVersion "bad-version" Error "the version is one that its specification names";
    ReservedPrefix "reserved-prefix" Warning "bind a well-known prefix to its own namespace only";
    AvoidPrefix "avoid-prefix" Warning "readers that look at names alone miss it: make it the default namespace";
    WrongNamespace "wrong-namespace" Error "the media namespace is `http://search.yahoo.com/mrss/`, with its last slash";
    UnknownNamespace "unknown-namespace" Warning "readers know nothing of it: leave it out, or take a registered one";
    UnknownElement "unknown-element" Error "leave it out, or put it in a namespace";
    UnexpectedAttribute "unexpected-attribute" Error "leave it out, or put it in a namespace";
    UnexpectedText "unexpected-text" Error "text belongs in an element of its own";
    MissingElement "missing-element" Error "the specification asks for it";
    MissingAttribute "missing-attribute" Error "the specification asks for it";
    DuplicateElement "duplicate-element" Error "the specification allows one";
    MisplacedMetadata "misplaced-metadata" Error "what is said of the feed stands before its first entry";
    Blank "blank" Warning "leave out what is empty";
    DuplicateId "duplicate-id" Error "an id belongs to one entry alone";
    DuplicateEntry "duplicate-entry" Warning "keep the newest of the entries with one id";
    BadId "bad-id" Error "an id is an absolute IRI; `urn:uuid:` and `tag:` have forms of their own";
    OddId "odd-id" Warning "write the address in its canonical form: lower case, with its path";
    WeakId "weak-id" Warning "a short number is not unique: use an address or a `urn:uuid:`";
    MissingGuid "missing-guid" Warning "without a guid a reader shows an edited item twice";
    BadPermalink "bad-permalink" Error "write isPermaLink=\"false\" where the guid is no address";
    BadDate "bad-date" Error "RSS writes `Sun, 01 Mar 2026 08:00:00 +0000`, Atom and JSON Feed `2026-03-01T08:00:00Z`";
    WrongWeekday "wrong-weekday" Error "make the name of the day from the date";
    OddDate "odd-date" Warning "write `Sun, 01 Mar 2026 08:00:00 +0000`: four digits, one space";
    ImplausibleDate "implausible-date" Warning "leave out a date before 1990 or after today";
    BadUrl "bad-url" Error "write an absolute address, with what isn't ASCII percent-encoded";
    RelativeUrl "relative-url" Warning "readers don't agree what it counts from: write it absolute";
    BadNumber "bad-number" Error "write a whole number, 0 where it isn't known";
    BadWord "bad-word" Error "the specification lists the words that may stand here";
    BadMediaType "bad-media-type" Error "write a media type, such as `audio/mpeg`";
    BadLanguage "bad-language" Error "write a BCP 47 tag, such as `zh-CN`";
    BadContact "bad-contact" Error "write `ann@example.org (Ann)`, or a bare name as `dc:creator`";
    NamelessContact "nameless-contact" Warning "write `ann@example.org (Ann)`: readers show the name";
    SaidTwice "said-twice" Warning "readers take one or the other: say it once, in the format's own element";
    MarkupInText "markup-in-text" Warning "it is shown as text: strip tags, decode references once";
    AmbiguousText "ambiguous-text" Warning "readers don't agree whether it is markup: write `&#x3C;` and `&#x26;`";
    BrokenHtml "broken-html" Warning "close what is open, and nothing else; use HTML's own elements";
    BadReference "bad-reference" Warning "write `&amp;` for `&`, and HTML's own names";
    ActiveHtml "active-html" Warning "readers strip what runs, frames, submits or positions: leave it out";
    MissingSelf "missing-self" Warning "add a link with rel=\"self\" and the feed's own address";
    SelfDiffers "self-differs" Warning "rel=\"self\" names the address that the feed is served at";
    BadRel "bad-rel" Warning "use a registered relation, or an address";
    DuplicateLink "duplicate-link" Error "one alternate a type and language";
    MissingAuthor "missing-author" Error "give the feed an author, or each entry";
    NoContent "no-content" Error "an entry has content, or a link to it";
    EmailInName "email-in-name" Warning "write the address in the element that is made for it";
    LinkText "link-text" Warning "a link says all in its attributes";
    Untyped "untyped" Warning "say the type of content that stands elsewhere";
    Obsolete "obsolete" Warning "leave it out: readers have given it up";
    NoText "no-text" Warning "give the entry a summary";
    ThinSource "thin-source" Warning "a copied source keeps its id, title and updated";
    BadArchive "bad-archive" Warning "an archive links to the current feed and to its neighbours (RFC 5005)";
    PagedComplete "paged-complete" Error "a complete feed has no pages (RFC 5005)";
    TextOrder "text-order" Warning "write description before content:encoded";
    SeveralEnclosures "several-enclosures" Warning "one enclosure an item; the others as media:content";
    ImageDiffers "image-differs" Warning "an image has its channel's title and link";
    ImageFormat "image-format" Warning "a channel's image is a GIF, JPEG or PNG";
    ThinPodcast "thin-podcast" Warning "directories ask for the other itunes elements too";
    OldCategory "old-category" Warning "take a category of Apple's list";
    BadExtension "bad-extension" Error "the namespace's own description says what may stand there";
    WrongType "wrong-type" Warning "serve it as what it is, with `; charset=utf-8`";
    DifferentCharset "different-charset" Warning "the header and the XML declaration name one charset";
    NotJson "not-json" Error "write it with a JSON library";
    WrongKind "wrong-kind" Error "the specification says what kind of value stands here";
    UnknownKey "unknown-key" Error "keys of one's own begin with `_`";
    MissingOutlineType "missing-outline-type" Warning "a feed's outline has type=\"rss\"; a folder has `text` alone";
    ThinOutline "thin-outline" Warning "importers ask for type, text, title and xmlUrl";
}
