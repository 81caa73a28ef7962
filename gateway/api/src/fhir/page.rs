//! How much of a longer answer is wished for: `_count` and `_total`.

use gateway_core::IssueCode;
use gateway_store::Total;

use super::subset::Shown;
use super::wish::Wish;
use crate::problem::{Refused, malformed};

/// Entries on a page unless asked otherwise.
const USUAL: u32 = 50;
/// Most entries on a page; more is lowered to this, visibly in `self`.
const MOST: u32 = 1000;

/// What is wished for about the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// At most so many entries.
    pub(super) count: u32,
    /// Whether `_count` was sent.
    asked: bool,
    /// The total only, no entries.
    pub(super) total_only: bool,
    /// `_total`, when it was sent.
    total: Option<Total>,
}

impl Size {
    /// Takes the parameters out of the wish; `shown` is what `_summary` said.
    ///
    /// # Errors
    /// 400 for a value that cannot be.
    pub(super) fn take(wish: &mut Wish, shown: &Shown) -> Result<Self, Refused> {
        let count = wish.take("_count").map(|text| count(&text)).transpose()?;
        let total = wish.take("_total").map(|text| total(&text)).transpose()?;
        Ok(Self {
            count: count.unwrap_or(USUAL),
            asked: count.is_some(),
            total_only: *shown == Shown::Count || count == Some(0),
            total,
        })
    }

    /// What the store is to count. Who asks for nothing but the total gets it at any cost.
    pub(super) fn counting(self) -> Total {
        if self.total_only { Total::Accurate } else { self.total.unwrap_or_default() }
    }

    /// The same, as parameters.
    pub(super) fn parameters(self) -> Vec<(String, String)> {
        let mut parameters = Vec::new();
        let mut add = |name: &str, value: String| parameters.push((name.to_owned(), value));
        if self.asked {
            add("_count", self.count.to_string());
        }
        match self.total {
            None => {}
            Some(Total::None) => add("_total", "none".to_owned()),
            Some(Total::Estimate) => add("_total", "estimate".to_owned()),
            Some(Total::Accurate) => add("_total", "accurate".to_owned()),
        }
        parameters
    }
}

fn count(text: &str) -> Result<u32, Refused> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed(IssueCode::Value, "_count is a whole number, 0 or more."));
    }
    Ok(text.parse().unwrap_or(MOST).min(MOST))
}

fn total(text: &str) -> Result<Total, Refused> {
    match text {
        "none" => Ok(Total::None),
        "estimate" => Ok(Total::Estimate),
        "accurate" => Ok(Total::Accurate),
        _ => Err(malformed(IssueCode::Value, "_total is none, estimate or accurate.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(query: &str) -> Result<Size, Refused> {
        let mut wish = Wish::default();
        wish.add(query)?;
        Size::take(&mut wish, &Shown::Whole)
    }

    #[test]
    fn case_70_count_is_read_lowered_or_refused() {
        assert!(size("_count=0").unwrap().total_only);
        assert_eq!(size("_count=100000").unwrap().count, 1000);
        assert_eq!(size("_count=99999999999999").unwrap().count, 1000);
        assert_eq!(size("").unwrap().count, 50);
        for bad in ["_count=-1", "_count=x", "_count=", "_count=1.0", "_total=some"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_asked_comes_back_as_parameters() {
        let parameters = |query: &str| {
            let parameters = size(query).unwrap().parameters();
            parameters.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&")
        };
        assert_eq!(parameters(""), "");
        assert_eq!(parameters("_count=5000&_total=none"), "_count=1000&_total=none");
        assert_eq!(parameters("_total=accurate"), "_total=accurate");
    }
}
