// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
//! A running conversion: its source and the host's services.
use crate::abi::{self, Host, Limits, RawJob, RawSibling, RawSource, Str};
use crate::error::{check, Error, Result};
use std::borrow::Cow;
use std::fs::File;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::os::raw::c_void;
use std::os::unix::fs::FileExt;
use std::os::unix::io::FromRawFd;

fn str_of(text: &str) -> Str {
    Str { data: text.as_ptr().cast(), len: text.len() }
}

/// # Safety
/// `s` is absent or points to bytes that live for 'a.
unsafe fn text_of<'a>(s: Str) -> &'a str {
    if s.data.is_null() || s.len == 0 {
        return "";
    }
    let bytes = std::slice::from_raw_parts(s.data.cast(), s.len);
    std::str::from_utf8(bytes).unwrap_or("")
}

/// A job belongs to the thread that entered the plugin: it is neither Send nor Sync.
pub struct Job<'a> {
    pub(crate) raw: *mut RawJob,
    pub(crate) host: &'a Host,
    source: &'a RawSource,
}

impl<'a> Job<'a> {
    /// # Safety
    /// The three are what the host gave to prepare().
    pub(crate) unsafe fn new(raw: *mut RawJob, host: &'a Host, source: &'a RawSource) -> Self {
        Job { raw, host, source }
    }

    /// All bytes of the source: a view of the mapping, or a copy where there is none.
    pub fn bytes(&self) -> Result<Cow<'a, [u8]>> {
        let len = usize::try_from(self.source.size).map_err(|_| too_large())?;
        if len == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        if !self.source.data.is_null() {
            let data = self.source.data.cast::<u8>();
            return Ok(Cow::Borrowed(unsafe { std::slice::from_raw_parts(data, len) }));
        }
        let mut copy = Vec::new();
        copy.try_reserve_exact(len).map_err(|_| too_large())?;
        copy.resize(len, 0);
        self.file().read_exact_at(&mut copy, 0)?;
        Ok(Cow::Owned(copy))
    }

    /// The source as an open file, which the host closes.
    pub fn file(&self) -> ManuallyDrop<File> {
        ManuallyDrop::new(unsafe { File::from_raw_fd(self.source.fd) })
    }

    pub fn size(&self) -> u64 {
        self.source.size
    }

    /// The file's name: a hint, may be empty.
    pub fn name(&self) -> &'a str {
        unsafe { text_of(self.source.name) }
    }

    pub fn media_type(&self) -> &'a str {
        unsafe { text_of(self.source.media_type) }
    }

    /// Appends Markdown to the text.
    pub fn write(&mut self, markdown: &str) -> Result<()> {
        let bytes = markdown.as_ptr().cast::<c_void>();
        check(unsafe { (self.host.body_write)(self.raw, bytes, markdown.len()) })
    }

    /// Appends the destination of a link to an asset, as in `![alt](` HERE `)`.
    pub fn write_asset_reference(&mut self, asset: AssetId, alt: &str) -> Result<()> {
        check(unsafe { (self.host.body_asset_ref)(self.raw, asset.0, str_of(alt)) })
    }

    /// Page `index`, from 1, begins here; the host writes the mark.
    pub fn page(&mut self, index: u32, label: &str) -> Result<()> {
        check(unsafe { (self.host.page_begin)(self.raw, index, str_of(label)) })
    }

    /// The heading that begins here, before its text is written; `page` 0 when there are none.
    pub fn heading(&mut self, level: u32, title: &str, page: u32) -> Result<()> {
        check(unsafe { (self.host.heading)(self.raw, level, str_of(title), page) })
    }

    /// An entry of the outline that the source itself carries.
    pub fn outline(&mut self, depth: u32, title: &str, page: u32) -> Result<()> {
        check(unsafe { (self.host.outline)(self.raw, depth, str_of(title), page) })
    }

    /// A fact about the document.
    pub fn meta(&mut self, key: &str, value: &str) -> Result<()> {
        check(unsafe { (self.host.meta)(self.raw, str_of(key), str_of(value)) })
    }

    /// Something a reader should know; `page` 0 means the document. Never fails the document.
    pub fn warn(&mut self, code: &str, page: u32, text: &str) {
        unsafe { (self.host.warn)(self.raw, str_of(code), page, str_of(text)) };
    }

    /// For whoever debugs the plugin: level 0 debug, 1 info, 2 warning.
    pub fn log(&mut self, level: u32, text: &str) {
        unsafe { (self.host.log)(self.raw, level, str_of(text)) }
    }

    /// Heartbeat; an error means that the job is to end.
    pub fn progress(&mut self, done: u64, total: u64) -> Result<()> {
        check(unsafe { (self.host.progress)(self.raw, done, total) })
    }

    pub fn limits(&mut self) -> Result<Limits> {
        let struct_size = std::mem::size_of::<Limits>() as u32;
        let mut limits = Limits { struct_size, ..Limits::default() };
        check(unsafe { (self.host.limits)(self.raw, &mut limits) })?;
        Ok(limits)
    }

    /// The value of an option that the manifest declares, else "".
    pub fn option(&self, key: &str) -> &'a str {
        unsafe { text_of((self.host.option)(self.raw, str_of(key))) }
    }

    /// An image, usually. Give it its bytes with [`Output::write`], then [`Output::end`] it.
    pub fn begin_asset(&mut self, media_type: &str, name_hint: &str) -> Result<Asset<'a>> {
        let host = self.host;
        let id = self.begin(host.asset_begin, media_type, name_hint)?;
        Ok(Output::new(self, AssetId(id), id, host.asset_write, host.asset_end))
    }

    /// A source inside the source: it becomes a document of its own.
    pub fn begin_embedded(&mut self, media_type: &str, name: &str) -> Result<Embedded<'a>> {
        let host = self.host;
        let id = self.begin(host.embed_begin, media_type, name)?;
        Ok(Output::new(self, EmbedId(id), id, host.embed_write, host.embed_end))
    }

    fn begin(&mut self, slot: Begin, media_type: &str, name: &str) -> Result<u32> {
        let mut id = 0;
        let null = std::ptr::null_mut();
        check(unsafe { slot(self.raw, str_of(media_type), str_of(name), &mut id, null) })?;
        Ok(id)
    }

    /// A file beside the source; None when there is none or it is refused.
    pub fn open_sibling(&mut self, path: &str) -> Result<Option<File>> {
        let struct_size = std::mem::size_of::<RawSibling>() as u32;
        let mut sibling = RawSibling { struct_size, fd: -1, size: 0 };
        match unsafe { (self.host.sibling_open)(self.raw, str_of(path), &mut sibling) } {
            abi::OK => Ok(Some(unsafe { File::from_raw_fd(sibling.fd) })),
            abi::DECLINED => Ok(None),
            status => Err(Error::Stopped(status)),
        }
    }
}

fn too_large() -> Error {
    Error::limit("the file is too large for the memory of a conversion")
}

type Begin = unsafe extern "C" fn(*mut RawJob, Str, Str, *mut u32, *mut i32) -> i32;
type Write = unsafe extern "C" fn(*mut RawJob, u32, *const c_void, usize) -> i32;
type End = unsafe extern "C" fn(*mut RawJob, u32) -> i32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetId(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbedId(u32);

pub type Asset<'a> = Output<'a, AssetId>;
pub type Embedded<'a> = Output<'a, EmbedId>;

/// Bytes that become an asset or a source of their own; ended at the latest when it is dropped.
pub struct Output<'a, Id: Copy> {
    raw: *mut RawJob,
    id: Id,
    number: u32,
    write: Write,
    end: End,
    open: bool,
    job: PhantomData<&'a Host>,
}

impl<'a, Id: Copy> Output<'a, Id> {
    fn new(job: &Job<'a>, id: Id, number: u32, write: Write, end: End) -> Self {
        Output { raw: job.raw, id, number, write, end, open: true, job: PhantomData }
    }

    pub fn id(&self) -> Id {
        self.id
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let data = bytes.as_ptr().cast::<c_void>();
        check(unsafe { (self.write)(self.raw, self.number, data, bytes.len()) })
    }

    pub fn end(mut self) -> Result<()> {
        self.open = false;
        check(unsafe { (self.end)(self.raw, self.number) })
    }
}

impl<Id: Copy> Drop for Output<'_, Id> {
    fn drop(&mut self) {
        if self.open {
            unsafe { (self.end)(self.raw, self.number) }; // its failure latches
        }
    }
}
