//! Which representation was sent, and which one is asked for.
