//! Parse arguments, run, turn the outcome into an exit code.

use std::process::ExitCode;

/// Records are made on one thread and let go on another: the allocator of the system spends a third of a bulk load on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    rounds::cli::main()
}
