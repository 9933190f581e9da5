//! Orders on agents as they come, carried out on bytes in memory.

mod bench;
mod table;
mod verbs;
