// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//! A converter for openkb: the first line of a file is its title, an empty line ends a paragraph.
use openkb_plugin::{export, Converter, Error, Job, Result};

struct Plugin;

/// Text as Markdown that renders to it: a backslash makes any ASCII punctuation plain.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

impl Converter for Plugin {
    fn convert(job: &mut Job) -> Result<()> {
        let bytes = job.bytes()?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::malformed("not UTF-8"))?;
        let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
        job.heading(1, title, 0)?;
        job.write(&format!("# {}\n", escape(title)))?;
        for paragraph in rest.split("\n\n") {
            let lines: Vec<String> = paragraph.split_whitespace().map(escape).collect();
            if !lines.is_empty() {
                job.write(&format!("\n{}\n", lines.join(" ")))?;
            }
            job.progress(0, 0)?;
        }
        Ok(())
    }
}

export! { id: "@NAME@", version: "1.0", output_version: 1, converter: Plugin } // as in the manifest
