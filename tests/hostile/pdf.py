# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Hostile PDFs, written object by object.
import hashlib
import random
import zlib

from cases import case

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def stream(data, extra=b"", length=None):
    return b"<</Length %d%s>>stream\n%s\nendstream" % (
        len(data) if length is None else length, extra, data)


def words(text):
    return b"BT /F 24 Tf 72 700 Td (%s) Tj ET" % text


def page(contents, parent=2, extra=b""):
    return (b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 600 800]/Contents %d 0 R"
            b"/Resources<</Font<</F 7 0 R>>>>%s>>" % (parent, contents, extra))


def objects(**changes):
    """Two pages; changes name objects: o4=..., an object set to None is left out."""
    rows = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>",
            7: FONT, 3: page(4), 4: stream(words(b"firstpage")), 5: page(6),
            6: stream(words(b"secondpage"))}
    rows.update({int(key[1:]): value for key, value in changes.items()})
    return {number: row for number, row in rows.items() if row is not None}


def write(rows, trailer=b"", shift=0, prev=None):
    out, places = bytearray(b"%PDF-1.4\n"), {}
    for number, row in rows.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, row)
    xref, size = len(out), max(rows) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        known = number in places
        out += b"%010d 00000 %s \n" % (places[number] + shift if known else 0, b"fn"[known:known + 1])
    if prev:
        trailer += b"/Prev %d" % xref
    out += b"trailer\n<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, xref)
    return bytes(out)


def pdf(name, make):
    """A case whose file is the bytes that make() gives."""
    case("pdf-" + name)(lambda place: place.file(name + ".pdf", make()))


def cut(where):
    whole = write(objects())
    return whole[:whole.index(where) + len(where)]


# ---- Cut, damaged, mislabelled
pdf("sound", lambda: write(objects()))
pdf("without-trailer", lambda: cut(b"(secondpage) Tj ET\nendstream\nendobj\n"))
pdf("cut-in-second-page", lambda: cut(b"BT /F 24 Tf 72 700 Td (firstpage) Tj ET\nendstream"
                                          b"\nendobj\n5 0 obj\n" + page(6) + b"\nendobj\n6 0 obj\n<</Len"))
pdf("cut-before-first-page", lambda: cut(b"2 0 obj\n<</Type/Pa"))
pdf("header-only", lambda: b"%PDF-1.7\n")
pdf("empty", lambda: b"")
pdf("zeros", lambda: bytes(4096))
pdf("noise", lambda: b"%PDF-1.5\n" + random.Random(7).randbytes(65536))
pdf("of-words", lambda: b"These are words, whatever the name says.\n" * 20)
pdf("that-is-a-page", lambda: b"<!DOCTYPE html><title>Log in</title><p>Please log in.</p>\n")
pdf("that-is-a-picture", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + random.Random(8).randbytes(3000))
pdf("behind-junk", lambda: b"junk of a mail gateway\n" * 20 + write(objects()))
pdf("xref-lies", lambda: write(objects(), shift=15))
pdf("length-lies", lambda: write(objects(o4=stream(words(b"firstpage"), length=999999999))))
pdf("without-pages", lambda: write({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"(no pages)"}))


# ---- Locked
PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
ID = bytes(range(16))


def rc4(key, data):
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def md5(data, rounds=1, size=16):
    for _ in range(rounds):
        data = hashlib.md5(data, usedforsecurity=False).digest()[:size]
    return data


def rc4_rounds(key, data, strong):
    for i in range(20 if strong else 1):
        data = rc4(bytes(byte ^ i for byte in key), data)
    return data


def locked(user, strong):
    """The standard handler: revision 2 with 40 bits, or 3 with 128."""
    size, revision, rounds = (16, 3, 51) if strong else (5, 2, 1)
    padded = (user + PAD)[:32]
    owner = rc4_rounds(md5((b"owner" + PAD)[:32], rounds, 16)[:size], padded, strong)
    rights = b"\xfc\xff\xff\xff"
    key = md5(md5(padded + owner + rights + ID)[:size], rounds - 1, size)[:size] if strong else \
        md5(padded + owner + rights + ID)[:size]
    check = rc4_rounds(key, md5(PAD + ID), True) + bytes(16) if strong else rc4(key, PAD)
    rows = objects()
    for number, text in ((4, b"firstpage"), (6, b"secondpage")):
        own = md5(key + number.to_bytes(3, "little") + b"\0\0")[:min(size + 5, 16)]
        rows[number] = stream(rc4(own, words(text)))
    rows[8] = (b"<</Filter/Standard/V %d/R %d/Length %d/P -4/O<%s>/U<%s>>>" % (
        revision - 1, revision, size * 8, owner.hex().encode(), check.hex().encode()))
    return write(rows, b"/Encrypt 8 0 R/ID[<%s><%s>]" % ((ID.hex().encode(),) * 2))


pdf("user-password", lambda: locked(b"secret", False))
pdf("user-password-128", lambda: locked(b"secret", True))
pdf("empty-user-password", lambda: locked(b"", False))
pdf("empty-user-password-128", lambda: locked(b"", True))
pdf("unknown-lock", lambda: write(
    {**objects(), 8: b"<</Filter/Vendor.Lock/V 9/R 9>>"}, b"/Encrypt 8 0 R"))


# ---- Loops, depth, size
def painted_by_itself():
    resources = b"/Resources<</XObject<</X 8 0 R>>/Font<</F 7 0 R>>>>"
    return write({**objects(o3=b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
                            + resources + b">>", o4=stream(b"/X Do " + words(b"firstpage"))),
                  8: stream(b"/X Do /X Do", b"/Subtype/Form/BBox[0 0 9 9]" + resources)})


def deep_tree(levels=2000):
    rows = objects(o2=b"<</Type/Pages/Kids[10 0 R]/Count 1>>", o5=None, o6=None)
    for level in range(levels):
        rows[10 + level] = b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (
            9 + level if level else 2, 11 + level)
    rows[10 + levels] = page(4, parent=9 + levels)
    return write(rows)


def many_pages(count=2000):
    rows = {1: b"<</Type/Catalog/Pages 2 0 R>>", 7: FONT}
    rows[2] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (
        count, b" ".join(b"%d 0 R" % (10 + 2 * i) for i in range(count)))
    for i in range(count):
        text = {0: b"firstpage", count - 1: b"lastpage"}.get(i, b"one of many")
        rows[10 + 2 * i], rows[11 + 2 * i] = page(11 + 2 * i), stream(words(text))
    return write(rows)


def bomb(mebibytes=2048):
    """A stream of text and 2 GiB of blanks. A fully flushed piece packs to the same bytes."""
    packer, blanks = zlib.compressobj(9), b" " * (1 << 20)
    first = packer.compress(words(b"firstpage") + blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    return write(objects(o4=stream(first + piece * mebibytes, b"/Filter/FlateDecode")))


def rest_of_catalog(entry, **rows):
    return write({**objects(o1=b"<</Type/Catalog/Pages 2 0 R%s>>" % entry), **{
        int(key[1:]): row for key, row in rows.items()}})


pdf("pages-hold-themselves", lambda: write(
    objects(o2=b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>")))
pdf("pages-loop-behind-a-page", lambda: write(
    objects(o2=b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>")))
pdf("form-paints-itself", painted_by_itself)
pdf("outline-goes-round", lambda: rest_of_catalog(
    b"/Outlines 8 0 R", o8=b"<</First 9 0 R/Last 9 0 R/Count 2>>",
    o9=b"<</Title(Again)/Next 9 0 R/First 9 0 R/Last 9 0 R/Parent 8 0 R>>"))
pdf("xref-points-to-itself", lambda: write(objects(), prev=True))
pdf("font-is-its-own-child", lambda: write(
    objects(o7=b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[7 0 R]>>")))
pdf("deep-array-in-content", lambda: write(
    objects(o4=stream(b"[" * 100000 + b"]" * 100000 + b"\n" + words(b"firstpage")))))
pdf("deep-dictionary", lambda: write(
    {**objects(o3=page(4, extra=b"/PieceInfo 8 0 R")), 8: b"<</A " * 50000 + b"1" + b">>" * 50000}))
pdf("deep-page-tree", deep_tree)
pdf("deep-graphics-state", lambda: write(
    objects(o4=stream(b"q " * 500000 + words(b"firstpage") + b" Q" * 500000))))
pdf("million-pages-claimed", lambda: write(
    objects(o2=b"<</Type/Pages/Kids[3 0 R]/Count 1000000>>")))
pdf("huge-trailing-blanks", lambda: write(objects()) + b" " * (100 << 20))
pdf("page-of-many-miles", lambda: write(objects(
    o3=page(4).replace(b"[0 0 600 800]", b"[0 0 1e30 -1e30]"))))
pdf("two-thousand-pages", many_pages)
case("pdf-flate-bomb")(lambda place: place.file("bomb.pdf", bomb()).flags("--cpu=2", "--wall=30"))

# ---- Text that is not told
pdf("hidden-letters", lambda: write(objects(
    o7=b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 97"
       b"/LastChar 98/Widths[9 9]/CharProcs<</g1 8 0 R/g2 8 0 R>>"
       b"/Encoding<</Differences[97/g1/g2]>>>>",
    o4=stream(words(b"abba")), o8=stream(b"9 0 d0 0 0 5 5 re f"))))
pdf("without-text", lambda: write(objects(o4=stream(b"0 0 50 50 re f"), o6=stream(b""))))
