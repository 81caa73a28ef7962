//! `Authorization: Bearer`, the only way a token is taken (RFC 6750, section 2.1).

use gateway_core::{Issue, IssueCode, Problem};
use http::{HeaderMap, header};

use super::Denied;
use crate::oauth::BadToken;

/// The token of a request.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, Denied> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let login = |text| Problem::Unauthenticated(Issue::error(IssueCode::Login, text));
    let Some(value) = values.next() else {
        return Err(Denied { problem: login("no access token was sent"), shown: false });
    };
    if values.next().is_some() {
        return Err(Denied::from(login("there is more than one Authorization header")));
    }
    let parts = value.to_str().ok().and_then(|text| text.split_once(' '));
    match parts {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Denied { problem: login("the Authorization header has no Bearer token"), shown: false }),
    }
}

impl BadToken {
    /// As the caller reads it.
    pub(super) fn issue(self) -> Issue {
        let code = match self {
            Self::Expired => IssueCode::Expired,
            Self::Invalid => IssueCode::Login,
        };
        Issue::error(code, self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        token(&headers).ok().map(str::to_owned)
    }

    #[test]
    fn one_bearer_token_is_taken() {
        assert_eq!(read(&["Bearer a.b.c"]).as_deref(), Some("a.b.c"));
        assert_eq!(read(&["bearer  a.b.c "]).as_deref(), Some("a.b.c"));
        for bad in [&[][..], &["Bearer a", "Bearer a"], &["Basic YTpi"], &["a.b.c"], &["Bearer"]] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn expired_is_told_apart() {
        assert_eq!(BadToken::Expired.issue().code, IssueCode::Expired);
        assert_eq!(BadToken::Invalid.issue().code, IssueCode::Login);
    }
}
