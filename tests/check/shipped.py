#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# The plugins that openkb brings pass openkb-plugin-check.
#
#   shipped.py CHECKER PLUGIN-DIR SAMPLE-DIR ID
import pathlib
import subprocess
import sys
import tempfile

checker, plugins, samples, plugin = sys.argv[1:5]
# What a library tries in vain, and what a handful of small samples cannot show.
EXCLUDED = {
    "pdf": {"denied-calls": "fontconfig looks at /proc/mounts and goes on without; strptime reads a "
                            "time zone that is UTC anyhow",
            "data-needed": "needs documents with fonts that are not embedded"},
}


def pdf(lines):
    """A page of text in a font that every reader has."""
    text = "BT /F 12 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
               " /Resources << /Font << /F 5 0 R >> >> >>",
               f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
               "<< /Title (A small document) /CreationDate (D:20240501100000Z) >>"]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (f"{out}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Root 1 0 R"
            f" /Info 6 0 R /Size {len(objects) + 1} >>\nstartxref\n{len(out)}\n%%EOF\n").encode()


def main():
    with tempfile.TemporaryDirectory() as temporary:
        made = pathlib.Path(temporary)
        made.chmod(0o755)
        (made / "made.pdf").write_bytes(pdf(["A line of text", "and another line, with (no) image."
                                             .replace("(", "\\(").replace(")", "\\)")]))
        words = [checker, f"{plugins}/{plugin}.okbplugin", samples, made, "--flips", "200"]
        for check, reason in EXCLUDED.get(plugin, {}).items():
            words += ["--exclude", f"{check}={reason}"]
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=900)
    print(done.stdout + done.stderr)
    if "passed    converts" not in done.stdout:
        return 1
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
