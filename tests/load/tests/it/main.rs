//! Every scenario of the load tool runs, with numbers so small that they measure nothing: that it starts, ends well and
//! says what it promises to say.

mod program;
mod scenarios;
