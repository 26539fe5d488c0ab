// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
//! openkb/plugin.h as it is, for what the safe half does not cover. The header documents it.
use std::os::raw::{c_char, c_void};

pub const PLUGIN_MAGIC: u32 = 0x3142_4b4f;
pub const ABI_MAJOR: u16 = 1;
pub const ABI_MINOR: u16 = 0;

pub type Status = i32;
pub const OK: Status = 0;
pub const DECLINED: Status = -1;
pub const E_MALFORMED: Status = -2;
pub const E_ENCRYPTED: Status = -3;
pub const E_UNSUPPORTED: Status = -4;
pub const E_NOMEM: Status = -5;
pub const E_IO: Status = -6;
pub const E_LIMIT: Status = -7;
pub const E_CANCELLED: Status = -8;
pub const E_MISUSE: Status = -9;
pub const E_INTERNAL: Status = -10;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub data: *const c_char,
    pub len: usize,
}

#[repr(C)]
pub struct RawJob {
    opaque: [u8; 0],
}

#[repr(C)]
pub struct RawSource {
    pub struct_size: u32,
    pub fd: i32,
    pub data: *const c_void,
    pub size: u64,
    pub name: Str,
    pub media_type: Str,
    pub charset: Str,
    pub base_url: Str,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    pub struct_size: u32,
    pub max_assets: u32,
    pub max_body_bytes: u64,
    pub max_asset_bytes: u64,
    pub max_total_bytes: u64,
    pub memory_bytes: u64,
    pub wall_ms: u32,
    pub idle_ms: u32,
    pub cpu_ms: u32,
    pub max_depth: u32,
}

#[repr(C)]
pub struct RawSibling {
    pub struct_size: u32,
    pub fd: i32,
    pub size: u64,
}

type Begin = unsafe extern "C" fn(*mut RawJob, Str, Str, *mut u32, *mut i32) -> Status;
type Write = unsafe extern "C" fn(*mut RawJob, u32, *const c_void, usize) -> Status;
type End = unsafe extern "C" fn(*mut RawJob, u32) -> Status;
type Mark = unsafe extern "C" fn(*mut RawJob, u32, Str, u32) -> Status;

#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub name: Str,
    pub version: Str,
    pub body_write: unsafe extern "C" fn(*mut RawJob, *const c_void, usize) -> Status,
    pub body_asset_ref: unsafe extern "C" fn(*mut RawJob, u32, Str) -> Status,
    pub asset_begin: Begin,
    pub asset_write: Write,
    pub asset_end: End,
    pub page_begin: unsafe extern "C" fn(*mut RawJob, u32, Str) -> Status,
    pub heading: Mark,
    pub outline: Mark,
    pub meta: unsafe extern "C" fn(*mut RawJob, Str, Str) -> Status,
    pub embed_begin: Begin,
    pub embed_write: Write,
    pub embed_end: End,
    pub warn: unsafe extern "C" fn(*mut RawJob, Str, u32, Str) -> Status,
    pub log: unsafe extern "C" fn(*mut RawJob, u32, Str),
    pub fail: unsafe extern "C" fn(*mut RawJob, Status, Str) -> Status,
    pub progress: unsafe extern "C" fn(*mut RawJob, u64, u64) -> Status,
    pub limits: unsafe extern "C" fn(*mut RawJob, *mut Limits) -> Status,
    pub option: unsafe extern "C" fn(*mut RawJob, Str) -> Str,
    pub sibling_open: unsafe extern "C" fn(*mut RawJob, Str, *mut RawSibling) -> Status,
}

#[repr(C)]
pub struct Descriptor {
    pub magic: u32,
    pub struct_size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub min_host_minor: u16,
    pub reserved0: u16,
    pub flags: u32,
    pub output_version: u32,
    pub id: *const c_char,
    pub version: *const c_char,
    pub warm: Option<unsafe extern "C" fn(*const Host) -> Status>,
    pub prepare:
        Option<unsafe extern "C" fn(*mut RawJob, *const Host, *const RawSource) -> Status>,
}

// Its pointers are to constants.
unsafe impl Sync for Descriptor {}

#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::mem::size_of;
    assert!(size_of::<Str>() == 16);
    assert!(size_of::<RawSource>() == 88);
    assert!(size_of::<Limits>() == 56);
    assert!(size_of::<RawSibling>() == 16);
    assert!(size_of::<Host>() == 40 + 19 * 8);
    assert!(size_of::<Descriptor>() == 56);
};
