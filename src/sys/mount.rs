//! Whether notifications can be trusted on a file system.

use std::path::Path;

/// File systems whose changes by others are not notified: NFS, SMB/CIFS, 9p, FUSE, Ceph, AFS, overlay.
#[cfg(target_os = "linux")]
const DEAF: &[i64] = &[
    0x6969,
    0x517b,
    0xff53_4d42,
    0xfe53_4d42,
    0x0102_1997,
    0x6573_5546,
    0x00c3_6400,
    0x5346_414f,
    0x794c_7630,
    0x786f_4256,
];

/// True where another machine or layer can change files without a notification here, so that they must be polled.
#[cfg(target_os = "linux")]
pub fn must_poll(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|fs| DEAF.contains(&(fs.f_type & 0xffff_ffff)))
}

/// Elsewhere notify's own backend decides.
#[cfg(not(target_os = "linux"))]
pub fn must_poll(_path: &Path) -> bool {
    false
}
