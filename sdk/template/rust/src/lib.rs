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

/// One line, one space between words.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn is_text(text: &str) -> bool {
    text.chars().all(|c| !c.is_ascii_control() || c.is_ascii_whitespace())
}

impl Converter for Plugin {
    fn convert(job: &mut Job) -> Result<()> {
        let bytes = job.bytes()?;
        let text = std::str::from_utf8(&bytes).unwrap_or("\0");
        if !is_text(text) {
            return Err(Error::malformed("the file is not text in UTF-8"));
        }
        let text = text.replace("\r\n", "\n");
        let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let title: String = words(title).chars().take(1000).collect();
        job.heading(1, &title, 0)?;
        job.write(format!("# {}", escape(&title)).trim_end())?;
        job.write("\n")?;
        for paragraph in rest.split("\n\n") {
            let line = words(paragraph);
            if !line.is_empty() {
                job.write(&format!("\n{}\n", escape(&line)))?;
            }
            job.progress(0, 0)?;
        }
        Ok(())
    }
}

export! { id: "@NAME@", version: "1.0", output_version: 1, converter: Plugin } // as in the manifest
