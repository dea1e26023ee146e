//! The body of a good answer: whole, decoded, and within its limits.
//!
//! In: an answer whose head was judged. Out: its bytes as they were meant, and how
//! many they were on the wire. Never keeps a part: a body that ends early, is too
//! large or too slow is an error, so that its validators are not stored.

use super::coding::{Undecodable, coding, decode};
use super::error::{FetchError, FetchErrorKind};
use super::failure::{no_body, silent, size, span, too_large};
use super::settings::FetchSettings;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use tokio::time::{sleep, timeout};
use url::Url;

/// What is decoded at once: a millisecond as feeds are, ten for a bomb of that size.
/// More takes a thread of its own, so that nobody waits for it.
const SMALL: usize = 64 << 10;

/// The decoded body, and how many bytes it was on the wire.
pub(super) async fn whole(
    settings: &FetchSettings,
    hop: &Url,
    response: Response,
) -> Result<(Vec<u8>, u64), FetchError> {
    let fail = |kind, message: String| FetchError::new(hop.as_str(), kind, message);
    let headers = response.headers();
    if headers.contains_key(CONTENT_LENGTH) && headers.contains_key(TRANSFER_ENCODING) {
        return Err(fail(
            FetchErrorKind::Malformed,
            "the answer is not HTTP: both `Content-Length` and `Transfer-Encoding`".to_owned(),
        ));
    }
    let named = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    let coding = coding(named).map_err(|message| fail(FetchErrorKind::BadCoding, message))?;
    let cap = settings.max_body;
    let wire = wire(settings, hop, response).await?;
    let wire_bytes = wire.len() as u64;
    let decoded = if wire.len() <= SMALL {
        Ok(decode(coding, wire, cap))
    } else {
        tokio::task::spawn_blocking(move || decode(coding, wire, cap)).await
    };
    let undecodable = match decoded {
        Ok(Ok(body)) => return Ok((body, wire_bytes)),
        Ok(Err(undecodable)) => undecodable,
        Err(_) => Undecodable::Broken("the decoder gave up".to_owned()),
    };
    Err(match undecodable {
        Undecodable::TooLarge => too_large(hop.as_str(), cap),
        Undecodable::CutShort => fail(FetchErrorKind::CutShort, "the body was cut short".to_owned()),
        Undecodable::Broken(why) => {
            fail(FetchErrorKind::BadCoding, format!("the body can't be decoded: {why}"))
        }
    })
}

/// The bytes of the body as they came.
async fn wire(settings: &FetchSettings, hop: &Url, mut response: Response) -> Result<Vec<u8>, FetchError> {
    let (cap, over) = (settings.max_body, settings.min_rate_over);
    if response.content_length().is_some_and(|length| length > cap) {
        return Err(too_large(hop.as_str(), cap));
    }
    let milliseconds = u64::try_from(over.as_millis()).unwrap_or(u64::MAX);
    let least = settings.min_rate.saturating_mul(milliseconds) / 1000;
    let mut body = Vec::new();
    let mut judged = 0_u64;
    let mut window = std::pin::pin!(sleep(over));
    loop {
        let piece = tokio::select! {
            piece = timeout(settings.idle_timeout, response.chunk()) => piece,
            () = &mut window => {
                let received = body.len() as u64;
                if received - judged < least {
                    let message = format!("too slow: less than {} a second over {}", size(settings.min_rate), span(over));
                    return Err(FetchError::new(hop.as_str(), FetchErrorKind::TimedOut, message));
                }
                judged = received;
                window.set(sleep(over));
                continue;
            }
        };
        match piece {
            Err(_) => return Err(silent(hop.as_str(), settings.idle_timeout)),
            Ok(Err(error)) => return Err(no_body(hop.as_str(), &error)),
            Ok(Ok(None)) => return Ok(body),
            Ok(Ok(Some(piece))) if (body.len() + piece.len()) as u64 > cap => {
                return Err(too_large(hop.as_str(), cap));
            }
            Ok(Ok(Some(piece))) => body.extend_from_slice(&piece),
        }
    }
}
