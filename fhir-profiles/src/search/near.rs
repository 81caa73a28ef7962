//! `Location.near` (FHIR R4 Location, searching by position): `latitude|longitude|distance|unit`.
//!
//! The index has the two coordinates as numbers, so a circle is asked for as a pile of bands, each between two parallels and
//! two meridians. What lies within some hundredths of the distance from the edge may fall on either side of it.

use super::decimal::Decimal;
use super::value::Misread;
use super::{Criterion, Filter, Prefix};

/// The units of the two rows of a position.
pub(super) const LATITUDE: &str = "latitude";
/// See [`LATITUDE`].
pub(super) const LONGITUDE: &str = "longitude";

/// What is near when no distance is given, in kilometres.
const NEAR: f64 = 10.0;
/// Kilometres to a degree of latitude.
const DEGREE: f64 = 111.2;
const BANDS: u32 = 16;
const FORM: Misread = Misread::Form("must be latitude|longitude|distance|unit, the unit km, m or mi_us");

/// The criterion of one value.
pub(super) fn near(parameter: &str, value: &str) -> Result<Criterion, Misread> {
    let mut parts = value.split('|');
    let mut coordinate = |most: f64| number(parts.next()?).filter(|degrees| degrees.abs() <= most);
    let latitude = coordinate(90.0).ok_or(FORM)?;
    let longitude = coordinate(180.0).ok_or(FORM)?;
    let distance = match parts.next().filter(|text| !text.is_empty()) {
        Some(text) => number(text).filter(|distance| *distance > 0.0).ok_or(FORM)?,
        None => NEAR,
    };
    let kilometre = match parts.next().unwrap_or("km") {
        "" | "km" => 1.0,
        "m" => 0.001,
        "mi_us" | "[mi_us]" => 1.609_347_2,
        _ => return Err(FORM),
    };
    if parts.next().is_some() {
        return Err(FORM);
    }
    let radius = distance * kilometre / DEGREE;
    let bands = (0..BANDS).map(|n| band(parameter, (latitude, longitude), radius, n));
    Ok(Criterion::AnyOf(bands.collect()))
}

fn number(text: &str) -> Option<f64> {
    Decimal::parse(text)?;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The nth band from the south; its width is that of the circle in its middle.
fn band(parameter: &str, (latitude, longitude): (f64, f64), radius: f64, n: u32) -> Filter {
    let height = 2.0 * radius / f64::from(BANDS);
    let south = latitude - radius + f64::from(n) * height;
    let middle = south + height / 2.0;
    let half = (radius.powi(2) - (middle - latitude).powi(2)).max(0.0).sqrt();
    // A degree of longitude is shorter the further from the equator; at a pole any meridian is near.
    let width = (half / middle.to_radians().cos().max(0.001)).min(360.0);
    let all = vec![
        within(parameter, LATITUDE, south, south + height),
        within(parameter, LONGITUDE, longitude - width, longitude + width),
    ];
    Filter { parameter: String::new(), negated: false, any: vec![Criterion::AllOf(all)] }
}

fn within(parameter: &str, unit: &str, from: f64, until: f64) -> Filter {
    let text =
        |degrees: f64| Decimal::parse(&format!("{degrees:.9}")).map(|d| d.ordered()).unwrap_or_default();
    let (from, until) = (text(from), text(until));
    let number = Criterion::Number { prefix: Prefix::Eq, from, until, unit: Some(unit.to_owned()) };
    Filter { parameter: parameter.to_owned(), negated: false, any: vec![number] }
}
