// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
//! Converter plugins for openkb: safe bindings to openkb/plugin.h, whose rules hold.
//!
//! ```ignore
//! use openkb_plugin::{export, Converter, Job, Result};
//!
//! struct Hello;
//!
//! impl Converter for Hello {
//!     fn convert(job: &mut Job) -> Result<()> {
//!         job.heading(1, "Hello", 0)?;
//!         job.write("# Hello\n")
//!     }
//! }
//!
//! export! { id: "hello", version: "1.0", output_version: 1, converter: Hello }
//! ```
//!
//! Build it as a `cdylib`. A panic fails its document and no other; it needs the default
//! `panic = "unwind"`. Threads cannot be started. An allocation that fails aborts the process,
//! which openkb reports as a crash of this one document.
pub mod abi;
mod error;
mod job;

pub use abi::Limits;
pub use error::{Error, Result};
pub use job::{Asset, AssetId, EmbedId, Embedded, Job, Output};

use abi::{Host, RawJob, RawSource, Status, Str};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// What a plugin does.
pub trait Converter {
    /// Converts one source.
    fn convert(job: &mut Job) -> Result<()>;

    /// Fills caches that `convert` only reads; once per worker.
    fn warm() -> Result<()> {
        Ok(())
    }
}

/// Exports the plugin; once in a crate. `id`, `version` and `output_version` as in its manifest.
#[macro_export]
macro_rules! export {
    (id: $id:literal, version: $version:literal, output_version: $output:expr,
     converter: $converter:ty $(,)?) => {
        #[no_mangle]
        pub extern "C" fn openkb_plugin_v1(_host_minor: u32) -> *const $crate::abi::Descriptor {
            static PLUGIN: $crate::abi::Descriptor = $crate::abi::Descriptor {
                magic: $crate::abi::PLUGIN_MAGIC,
                struct_size: std::mem::size_of::<$crate::abi::Descriptor>() as u32,
                abi_major: $crate::abi::ABI_MAJOR,
                abi_minor: $crate::abi::ABI_MINOR,
                min_host_minor: 0,
                reserved0: 0,
                flags: 0,
                output_version: $output,
                id: concat!($id, "\0").as_ptr() as *const std::os::raw::c_char,
                version: concat!($version, "\0").as_ptr() as *const std::os::raw::c_char,
                warm: Some($crate::warm::<$converter>),
                prepare: Some($crate::prepare::<$converter>),
            };
            &PLUGIN
        }
    };
}

fn fail(raw: *mut RawJob, host: &Host, status: Status, why: &str) -> Status {
    let text = Str { data: why.as_ptr().cast(), len: why.len() };
    unsafe { (host.fail)(raw, status, text) }
}

/// # Safety
/// Called by the host only.
#[doc(hidden)]
pub unsafe extern "C" fn prepare<C: Converter>(
    raw: *mut RawJob,
    host: *const Host,
    source: *const RawSource,
) -> Status {
    let host = &*host;
    let mut job = Job::new(raw, host, &*source);
    match catch_unwind(AssertUnwindSafe(|| C::convert(&mut job))) {
        Ok(Ok(())) => abi::OK,
        Ok(Err(Error::Declined)) => abi::DECLINED,
        Ok(Err(Error::Stopped(status))) => status,
        Ok(Err(Error::Failed(status, why))) => fail(raw, host, status, &why),
        Err(panic) => {
            let text = panic_text(&*panic).to_owned();
            std::mem::forget(panic); // its drop could panic, too
            fail(raw, host, abi::E_INTERNAL, &text)
        }
    }
}

/// # Safety
/// Called by the host only.
#[doc(hidden)]
pub unsafe extern "C" fn warm<C: Converter>(_host: *const Host) -> Status {
    match catch_unwind(C::warm) {
        Ok(Ok(())) => abi::OK,
        Ok(Err(Error::Failed(status, _) | Error::Stopped(status))) => status,
        _ => abi::E_INTERNAL,
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "the plugin panicked"
    }
}
