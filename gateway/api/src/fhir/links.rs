//! The links of a page (`dutch-fhir.md` section 4.4): `self` as understood; `first` and `next` where there are more pages.
//!
//! `self` of the first page shows the parameters, unless one of them is a BSN; all else travels sealed. There is no
//! `previous` and no `last`: pages are cut by where the one before ended.

use super::address;
use super::continuation::{Onward, PAGE, Reader, Resumed};

/// What the links are made of.
pub(super) struct Linked<'a> {
    /// The parameters as understood.
    pub(super) parameters: &'a [(String, String)],
    /// A BSN is among them.
    pub(super) secret: bool,
    /// The page, when it is not the first.
    pub(super) resumed: Option<&'a Resumed>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
    /// How many there are, as the first page said it.
    pub(super) total: Option<u64>,
}

impl Linked<'_> {
    /// Relation and address of each.
    pub(super) fn links(self, reader: &Reader<'_>) -> Vec<(&'static str, String)> {
        let to = |parameters: &[(String, String)]| address::query(reader.app, reader.path, parameters);
        let sealed = |onward: Onward| to(&[(PAGE.to_owned(), reader.seal(self.parameters, onward))]);
        let first = || if self.secret { sealed(Onward::default()) } else { to(self.parameters) };
        let mine = self.resumed.map_or_else(first, |page| to(&[(PAGE.to_owned(), page.page.clone())]));
        let mut links = vec![("self", mine)];
        let paged = self.next.is_some() || self.resumed.is_some_and(|page| page.onward.after.is_some());
        if paged {
            links.push(("first", first()));
        }
        if let Some(after) = self.next {
            links.push(("next", sealed(Onward { after: Some(after), total: self.total })));
        }
        links
    }
}
