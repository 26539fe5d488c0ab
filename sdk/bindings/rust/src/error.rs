// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
//! Why a document is not converted.
use crate::abi::{self, Status};
use std::borrow::Cow;

/// What a conversion ends with other than success.
#[derive(Debug)]
pub enum Error {
    /// Not my kind of file: the next plugin is asked. Before anything is written.
    Declined,
    /// A verdict, with a text for the person who added the file.
    Failed(Status, Cow<'static, str>),
    /// The host refused a call or wants the job to end; it knows why.
    Stopped(Status),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The file is damaged or is not what it claims to be.
    pub fn malformed(why: impl Into<Cow<'static, str>>) -> Error {
        Error::Failed(abi::E_MALFORMED, why.into())
    }

    /// The file cannot be read without a password.
    pub fn encrypted(why: impl Into<Cow<'static, str>>) -> Error {
        Error::Failed(abi::E_ENCRYPTED, why.into())
    }

    /// A well-formed file that uses something not handled.
    pub fn unsupported(why: impl Into<Cow<'static, str>>) -> Error {
        Error::Failed(abi::E_UNSUPPORTED, why.into())
    }

    /// A limit of the job was reached.
    pub fn limit(why: impl Into<Cow<'static, str>>) -> Error {
        Error::Failed(abi::E_LIMIT, why.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::Failed(abi::E_IO, error.to_string().into())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Declined => write!(f, "declined"),
            Error::Failed(status, why) => write!(f, "{why} (status {status})"),
            Error::Stopped(status) => write!(f, "stopped by the host (status {status})"),
        }
    }
}

impl std::error::Error for Error {}

pub(crate) fn check(status: Status) -> Result<()> {
    match status {
        abi::OK => Ok(()),
        status => Err(Error::Stopped(status)),
    }
}
