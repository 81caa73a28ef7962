//! What a search says about its answer rather than about what is looked for: `_sort`, `_count`, `_total`, `_summary`,
//! `_elements`, `_include`, `_revinclude` (<https://hl7.org/fhir/R4/search.html#Summary>).

use fhir_profiles::Subset;
use fhir_profiles::search::{Query, Sort};
use gateway_core::{Issue, IssueCode, ResourceType};

use super::field::TYPE;
use super::find;
use super::include::{Include, take_includes};
use crate::App;
use crate::fhir::page::Size;
use crate::fhir::subset::Shown;
use crate::fhir::wish::Wish;
use crate::problem::{Refused, malformed};

/// What is wished for about the answer.
pub(super) struct Asked {
    pub(super) shown: Shown,
    pub(super) size: Size,
    pub(super) sort: Vec<Sort>,
    pub(super) includes: Vec<Include>,
}

impl Asked {
    /// Takes it out of a wish.
    ///
    /// # Errors
    /// 400 for a value that cannot be; for a key, element or include that is not known, unless those may be left out.
    pub(super) fn take(app: &App, wish: &mut Wish, types: &[ResourceType]) -> Result<Self, Refused> {
        let shown = Shown::take(app, wish, types)?;
        let size = Size::take(wish, &shown)?;
        let sort = match wish.take("_sort") {
            Some(text) => sort(app, wish, types, &text)?,
            None => Vec::new(),
        };
        let includes = take_includes(&app.engine.parts().profiles, wish)?;
        if shown == Shown::Part(Subset::Text) && !includes.is_empty() {
            let text = "With _summary=text nothing can be included.";
            return Err(malformed(IssueCode::Invalid, text));
        }
        Ok(Self { shown, size, sort, includes })
    }

    /// The same, as parameters; `types` where they were named by one.
    pub(super) fn parameters(&self, types: Option<&[ResourceType]>) -> Vec<(String, String)> {
        let mut all = Vec::new();
        if let Some(types) = types {
            let names: Vec<_> = types.iter().map(|of| of.as_str()).collect();
            all.push((TYPE.to_owned(), names.join(",")));
        }
        if !self.sort.is_empty() {
            let keys: Vec<_> = self.sort.iter().map(key).collect();
            all.push(("_sort".to_owned(), keys.join(",")));
        }
        all.extend(self.includes.iter().map(Include::parameter));
        all.extend(self.shown.parameter());
        all.extend(self.size.parameters());
        all
    }
}

fn key(sort: &Sort) -> String {
    format!("{}{}", if sort.descending { "-" } else { "" }, sort.parameter)
}

fn sort(app: &App, wish: &mut Wish, types: &[ResourceType], text: &str) -> Result<Vec<Sort>, Refused> {
    let [of] = types else {
        let text = "Results of several types come one type after the other and are not sorted.";
        wish.cannot(Issue::error(IssueCode::NotSupported, text).at("http._sort"))?;
        return Ok(Vec::new());
    };
    if !find::can_sort(*of) {
        let text = "The gateway's own state is not sorted.";
        wish.cannot(Issue::error(IssueCode::NotSupported, text).at("http._sort"))?;
        return Ok(Vec::new());
    }
    let profiles = &app.engine.parts().profiles;
    let mut sort = Vec::new();
    for key in text.split(',') {
        match Query::sort(profiles, *of, key) {
            Ok(keys) => sort.extend(keys),
            Err(issues) => issues.into_iter().try_for_each(|issue| wish.cannot(issue))?,
        }
    }
    Ok(sort)
}
