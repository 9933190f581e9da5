//! Memory that is not used any more.
//!
//! An allocator keeps what was freed for the next who asks. After a bulk load nobody asks for so much again.

/// Gives unused memory back to the system, where the allocator can.
pub fn release() {
    platform::release();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "malloc_trim has no safe wrapper; it takes a number and locks what it touches"
)]
mod platform {
    pub fn release() {
        // SAFETY: the argument is an integer, and the allocator takes its own locks.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod platform {
    pub fn release() {}
}
