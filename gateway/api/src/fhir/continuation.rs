//! The next page (`dutch-fhir.md` section 4.4, paging; section 6, case 69).
//!
//! A link to it is one opaque value: the parameters of the first page and where to go on, encrypted under a key of the
//! store, so that no identifier stands in a URL and any node can read it. It is good for an hour, for the client and
//! organisation it was given to, on the path it was given for.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use gateway_core::{Caller, Issue, IssueCode, Problem};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::wish::Wish;
use crate::App;
use crate::problem::{Refused, malformed};

/// The parameter that carries it.
pub(super) const PAGE: &str = "_page";

/// How long a link to the next page is good.
const GOOD_FOR: time::Duration = time::Duration::hours(1);

/// Whose page of what.
pub(super) struct Reader<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    /// The path below the base, for instance `Patient` or `Patient/1/_history`.
    pub(super) path: &'a str,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Onward {
    /// What the store said at the end of the page before.
    pub(super) after: Option<String>,
    /// How many there are, as the first page said it: counted once, and the same on every page.
    pub(super) total: Option<u64>,
}

/// Where a reader goes on.
pub(super) struct Resumed {
    pub(super) onward: Onward,
    /// The value as it came, for `self`.
    pub(super) page: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    tenant: String,
    client: String,
    path: String,
    parameters: Vec<(String, String)>,
    onward: Onward,
    until: i64,
}

impl Reader<'_> {
    /// The value of a link that goes on with `parameters` from there.
    pub(super) fn seal(&self, parameters: &[(String, String)], onward: Onward) -> String {
        let sealed = Sealed {
            tenant: self.caller.tenant.to_string(),
            client: self.caller.origin.to_string(),
            path: self.path.to_owned(),
            parameters: parameters.to_vec(),
            onward,
            until: (self.now() + GOOD_FOR).unix_timestamp(),
        };
        let mut bytes = serde_json::to_vec(&sealed).expect("strings and numbers make JSON");
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).expect("the system gives random bytes");
        self.key()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut bytes)
            .expect("a page link is short enough to be encrypted");
        BASE64_URL_SAFE_NO_PAD.encode([&nonce[..], &bytes[..]].concat())
    }

    /// Takes the page parameter out of a wish and puts the parameters of the first page in its place.
    ///
    /// # Errors
    /// 400 for a value that is not ours or stands beside other parameters, 403 for another client's, 404 for an expired
    /// one.
    pub(super) fn resume(&self, wish: &mut Wish) -> Result<Option<Resumed>, Refused> {
        let Some(page) = wish.take(PAGE) else { return Ok(None) };
        if !wish.parameters.is_empty() {
            return Err(malformed(
                IssueCode::Invalid,
                "_page stands alone: it has the other parameters in it.",
            ));
        }
        let sealed = self.open(&page).filter(|sealed| sealed.path == self.path).ok_or_else(|| {
            malformed(IssueCode::Invalid, "_page is not a value this server gave for this path.")
        })?;
        if sealed.tenant != self.caller.tenant.as_str() || sealed.client != self.caller.origin.to_string() {
            let text = "This page was given to another client or organisation.";
            return Err(Refused(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text))));
        }
        if sealed.until < self.now().unix_timestamp() {
            return Err(Refused(Problem::NotFound));
        }
        wish.parameters = sealed.parameters;
        Ok(Some(Resumed { onward: sealed.onward, page }))
    }

    fn open(&self, page: &str) -> Option<Sealed> {
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(page).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.key().open_in_place(nonce, Aad::empty(), sealed).ok()?;
        serde_json::from_slice(plain).ok()
    }

    /// Derived from the store's master key: the same on every node, and after a restart.
    fn key(&self) -> LessSafeKey {
        let hex = self.app.engine.parts().store.keyed_hash("page", "key");
        let key = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, hex.as_bytes());
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("32 bytes are a key");
        LessSafeKey::new(key)
    }

    fn now(&self) -> OffsetDateTime {
        self.app.engine.parts().clock.now()
    }
}
