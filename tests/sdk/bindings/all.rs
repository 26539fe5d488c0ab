// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
// Does what the first line of its source says: every service, or one way to go wrong. bindings.sh
// has what must come of it; all.cpp does the same in C++.
use openkb_plugin::{abi, export, Converter, Error, Job, Result};
use std::io::Read;

struct All;

fn picture(job: &mut Job) -> Result<()> {
    let mut bytes = Vec::new();
    match job.open_sibling("dot.png")? {
        Some(mut file) => file.read_to_end(&mut bytes)?,
        None => return Err(Error::Failed(abi::E_IO, "dot.png is not there".into())),
    };
    let mut asset = job.begin_asset("image/png", "dot")?;
    asset.write(&bytes)?;
    job.write("![dot](")?;
    job.write_asset_reference(asset.id(), "dot")?;
    job.write(")\n\n") // dropping the asset ends it
}

fn everything(job: &mut Job) -> Result<()> {
    if job.open_sibling("none.png")?.is_some() {
        return Err(Error::Failed(abi::E_INTERNAL, "a file that is not there was opened".into()));
    }
    job.meta("title", "Everything")?;
    job.page(1, "i")?;
    job.heading(1, "Everything", 1)?;
    job.outline(1, "Everything", 1)?;
    job.write("# Everything\n\n")?;
    picture(job)?;
    let mut inner = job.begin_embedded("text/plain", "inner.txt")?;
    inner.write(b"inner\n")?;
    inner.end()?;
    job.progress(1, 2)?;
    job.warn("x-test", 1, "a warning");
    job.log(0, "a log line");
    let limits = if job.limits()?.max_body_bytes > 0 { ", limits" } else { "" };
    job.write(&format!("name {}, word {}{}\n", job.name(), job.option("word"), limits))
}

impl Converter for All {
    fn convert(job: &mut Job) -> Result<()> {
        let bytes = job.bytes()?;
        match std::str::from_utf8(&bytes).unwrap_or("?").trim_end() {
            "everything" => everything(job),
            "malformed" => Err(Error::malformed("the third byte is wrong")),
            "declined" => Err(Error::Declined),
            "misuse" => job.heading(9, "too deep", 0),
            "memory" => {
                let why = "not enough memory for this file";
                Err(Error::Failed(abi::E_NOMEM, why.into()))
            }
            "thrown" => panic!("oh no"),
            "odd" => std::panic::panic_any(42),
            what => Err(Error::unsupported(format!("what is {what}"))),
        }
    }
}

export! { id: "all", version: "1.0", output_version: 1, converter: All }
