//! A token as it is kept: as a hash, so that neither memory, logs nor timing tell it.
//!
//! In: what a file or a request shows. Out: whether it is the one. Never gives it back.

use std::fmt;

/// A token, known by its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(blake3::Hash);

impl Secret {
    /// The secret of this text; white space around it (a file's last line break) is not part of it.
    pub fn new(token: &str) -> Self {
        Self(blake3::hash(token.trim().as_bytes()))
    }

    /// Whether this is the token; takes the same time whatever is wrong with it.
    pub fn is(&self, token: &[u8]) -> bool {
        // Hashes of blake3 compare in constant time.
        self.0 == blake3::hash(token)
    }

    /// What our own page's forms carry: nobody can make it who does not know the token,
    /// and it does not tell the token.
    pub(crate) fn mark(&self) -> String {
        let mark = blake3::derive_key("feedmill 2026-11-22 forms of the status page", self.0.as_bytes());
        blake3::Hash::from(mark).to_hex().to_string()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_its_token_and_tells_nothing() {
        let secret = Secret::new("s3cret\n");
        assert!(secret.is(b"s3cret"));
        assert!(!secret.is(b"s3cret\n") && !secret.is(b"") && !secret.is(b"S3cret"));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
