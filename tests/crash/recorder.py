# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A disk that remembers. The kernel's own tool for this, dm-log-writes, needs a device mapper that
# many machines lack, so this speaks the protocol of /dev/fuse itself: a file system of three files.
# `disk` is an image that a loop device is laid over; each write and each flush of that device
# arrives here, in order, and is logged before it is answered. `out` and `err` are for the standard
# output and error of the program under test: what it says is a record among the others, so that
# it is known exactly which bytes were on their way when something was acknowledged.
#
# Needs root, /dev/fuse and loop devices.
import collections
import contextlib
import ctypes
import os
import pathlib
import stat
import struct
import subprocess

Record = collections.namedtuple("Record", "kind offset data")
WRITE, FLUSH, OUT, ERR = "write", "flush", "out", "err"

HEADER = struct.Struct("<IIQQIIIHH")
ANSWER = struct.Struct("<IiQ")
ENTRY_OF_LOG = struct.Struct("<BQI")
KINDS = [WRITE, FLUSH, OUT, ERR]
NODES = {b"disk": 2, b"out": 3, b"err": 4}
MAX_WRITE = 1 << 17

ENOENT, ENOSYS = 2, 38
(LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ_FILE, WRITE_FILE, STATFS, RELEASE, FSYNC, FLUSH_FILE,
 INIT, OPENDIR, RELEASEDIR, INTERRUPT, BATCH_FORGET) = (
     1, 2, 3, 4, 14, 15, 16, 17, 18, 20, 25, 26, 27, 29, 36, 42)

libc = ctypes.CDLL(None, use_errno=True)


class Server:
    """Answers the kernel until the file system is unmounted. Runs in a process of its own."""

    def __init__(self, device, image, log):
        self.device = device
        self.image = os.open(image, os.O_RDWR)
        self.size = os.fstat(self.image).st_size
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self.said = {3: bytearray(), 4: bytearray()}
        self.calls = {LOOKUP: self.lookup, GETATTR: self.getattr, SETATTR: self.getattr,
                      OPEN: self.open, OPENDIR: self.open, READ_FILE: self.read,
                      WRITE_FILE: self.write, FSYNC: self.fsync, INIT: self.init,
                      STATFS: lambda node, body: bytes(80),
                      RELEASE: self.nothing, RELEASEDIR: self.nothing, FLUSH_FILE: self.nothing}

    def serve(self):
        while True:
            try:
                request = os.read(self.device, MAX_WRITE + 4096)
            except InterruptedError:
                continue
            except OSError:  # unmounted
                return
            _, code, unique, node, *_ = HEADER.unpack_from(request)
            if code in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            answer = self.calls.get(code, self.unknown)(node, request[HEADER.size:])
            error, data = (-answer, b"") if isinstance(answer, int) else (0, answer)
            with contextlib.suppress(FileNotFoundError):  # the request was interrupted
                os.write(self.device, ANSWER.pack(ANSWER.size + len(data), error, unique) + data)

    def note(self, kind, offset=0, data=b""):
        os.writev(self.log, [ENTRY_OF_LOG.pack(KINDS.index(kind), offset, len(data)), data])

    @staticmethod
    def unknown(node, body):
        return ENOSYS

    @staticmethod
    def nothing(node, body):
        return b""

    @staticmethod
    def init(node, body):
        big_writes_and_max_pages = 1 << 5 | 1 << 22
        return struct.pack("<IIIIHHIIHHI28x", 7, 31, MAX_WRITE, big_writes_and_max_pages, 16, 12,
                           MAX_WRITE, 1, MAX_WRITE // 4096, 0, 0)

    def attributes(self, node):
        mode = stat.S_IFDIR | 0o700 if node == 1 else stat.S_IFREG | 0o600
        size = {1: 0, 2: self.size}.get(node) if node < 3 else len(self.said[node])
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, size // 512, 0, 0, 0, 0, 0, 0,
                           mode, 1, 0, 0, 0, 4096, 0)

    def lookup(self, node, body):
        found = NODES.get(body.rstrip(b"\0"))
        return struct.pack("<QQQQII", found, 0, 3600, 0, 0, 0) + self.attributes(found) \
            if found else ENOENT

    def getattr(self, node, body):
        return struct.pack("<QII", 0, 0, 0) + self.attributes(node)

    @staticmethod
    def open(node, body):
        past_the_cache = 1 if node > 2 else 0
        return struct.pack("<QII", node, past_the_cache, 0)

    def read(self, node, body):
        offset, size = struct.unpack_from("<QI", body, 8)
        if node == 2:
            return os.pread(self.image, size, offset)
        return bytes(self.said[node][offset:offset + size])

    def write(self, node, body):
        offset, size = struct.unpack_from("<QI", body, 8)
        data = body[40:40 + size]
        self.note({2: WRITE, 3: OUT, 4: ERR}[node], offset, data)
        if node == 2:
            os.pwrite(self.image, data, offset)
        else:
            self.said[node][offset:offset + size] = data
        return struct.pack("<II", size, 0)

    def fsync(self, node, body):
        if node == 2:
            self.note(FLUSH)
        return b""


class Recorder:
    """`with Recorder(DIRECTORY, IMAGE) as r:` r.disk is to be mounted by a loop device; r.out and
    r.err are open files; r.records() is what has come in so far."""

    def __init__(self, directory, image):
        self.point = pathlib.Path(directory) / "recorder"
        self.log = pathlib.Path(directory) / "recorder.log"
        self.image = image
        self.disk = self.point / "disk"

    def __enter__(self):
        self.point.mkdir(exist_ok=True)
        device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
        if libc.mount(b"openkb-recorder", os.fsencode(self.point), b"fuse", 0,
                      options.encode()) != 0:
            number = ctypes.get_errno()
            os.close(device)
            raise OSError(number, f"cannot mount a file system of /dev/fuse: {os.strerror(number)}")
        self.pid = os.fork()
        if self.pid == 0:
            try:
                Server(device, self.image, self.log).serve()
            finally:
                os._exit(0)
        os.close(device)
        self.out = open(self.point / "out", "r+b", buffering=0)
        self.err = open(self.point / "err", "r+b", buffering=0)
        return self

    def __exit__(self, *_):
        self.out.close()
        self.err.close()
        subprocess.run(["umount", "-l", self.point], check=False)
        os.waitpid(self.pid, 0)

    def count(self):
        return len(self.records())

    def records(self):
        data, at, records = self.log.read_bytes(), 0, []
        while at < len(data):
            kind, offset, length = ENTRY_OF_LOG.unpack_from(data, at)
            at += ENTRY_OF_LOG.size
            records.append(Record(KINDS[kind], offset, data[at:at + length]))
            at += length
        return records
