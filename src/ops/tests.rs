//! Orders on agents as they come, carried out on bytes in memory.

mod back;
mod bench;
mod days;
mod dice;
mod history;
mod rules;
mod table;
mod verbs;
