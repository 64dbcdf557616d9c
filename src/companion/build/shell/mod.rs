//! Shell scripts, whole or as lines of a recipe: what they run, with all that they know replaced.

mod evaluate;
mod expand;
mod known;
mod lexer;
mod parse;

pub(super) use evaluate::{Shell, run};
pub(super) use known::Beside;
