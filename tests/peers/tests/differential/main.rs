//! The engine and crate `adblock` are asked the same questions and must give the same answers;
//! every difference that is meant has a test with its reason.
//!
//! [`cases`] are our own, and always run; [`recorded`] needs a data folder (`NOMINE_DATA`).

mod both;
mod cases;
mod deviations;
mod recorded;
