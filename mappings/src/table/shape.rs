//! Which keys of a row go together.

use super::row::{Case, Empty, Row, Unknown};
use crate::codec::{ByFormat, Codec};

/// The keys of a row without its codec.
pub(crate) fn check(row: &Row) -> Result<(), String> {
    let sides = (row.wire.is_some(), row.fhir.is_some());
    if let Some(why) = &row.lost {
        return match sides {
            _ if why.trim().is_empty() => {
                Err("`lost` has no reason; say why it is not carried over".to_owned())
            }
            (true, true) | (false, false) => Err("a lost row names one side: `wire` or `fhir`".to_owned()),
            _ if row.codec.is_some() || row.fixed.is_some() => {
                Err("what is lost has neither `as` nor `fixed`; take them out".to_owned())
            }
            _ => Ok(()),
        };
    }
    if row.fixed.is_some() {
        return match sides {
            (false, true) if row.codec.is_none() => Ok(()),
            _ => Err("a fixed row names `fhir` only; take `wire` and `as` out".to_owned()),
        };
    }
    if sides != (true, true) {
        return Err(
            "a row has `wire`, `fhir` and `as`; or `fhir` and `fixed`; or one side and `lost`".to_owned()
        );
    }
    if row.way.is_some() && row.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err("a row that goes one way needs a `reason`".to_owned());
    }
    if row.matches {
        return Err("`match` is for a fixed row".to_owned());
    }
    Ok(())
}

/// The keys that only some codecs know.
pub(crate) fn codec(row: &Row, codec: &ByFormat) -> Result<(), String> {
    let any = |is: fn(&Codec) -> bool| codec.each().any(is);
    let is_code = any(|codec| matches!(codec, Codec::Code(_)));
    let is_time = any(|codec| matches!(codec, Codec::LocalTime));
    if !is_code
        && (row.case == Case::Any
            || row.tail.is_some()
            || row.raw.is_some()
            || row.unknown != Unknown::Refuse)
    {
        return Err("`case`, `tail`, `unknown` and `raw` are for codes; take them out".to_owned());
    }
    if !is_time && (row.flag.is_some() || row.after.is_some() || row.second_hour.is_some()) {
        return Err("`flag`, `after` and `second-hour` are for local times; take them out".to_owned());
    }
    if any(|codec| matches!(codec, Codec::MinutesSince)) && row.way != Some(super::row::Way::ToFhir) {
        return Err("minutes-since goes to FHIR only; add way = \"to-fhir\" and a reason".to_owned());
    }
    if matches!(row.unknown, Unknown::Set(_)) && row.raw.is_none() {
        return Err(
            "`unknown` sets a code in place of theirs; name a `raw` element that keeps theirs".to_owned()
        );
    }
    if row.absent.is_some() && row.empty == Empty::Keep {
        return Err("`absent` says what `empty` says already; take one out".to_owned());
    }
    Ok(())
}
