# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# File systems in files: made, mounted on a loop device, saved, restored, and cut off from power.
# Needs root.
import ctypes
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

FS_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = struct.pack("I", 2)
# ext4 has its journal, and blocks of 4 KiB as on any real disk; with smaller ones, which it takes
# for a small image, SQLite's -shm has holes, and a full disk gives SIGBUS. xfs wants 300 MB.
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "has_journal", "-E",
                 "lazy_itable_init=0"],
        "ext4-1k": ["mkfs.ext4", "-q", "-F", "-b", "1024", "-O", "has_journal", "-E",
                    "lazy_itable_init=0"],
        "xfs": ["mkfs.xfs", "-q", "-f"],
        "btrfs": ["mkfs.btrfs", "-q", "-f"]}
SIZE = {"ext4": 48 << 20, "ext4-1k": 48 << 20, "xfs": 320 << 20, "btrfs": 128 << 20}
BTRFS_FORGET = 0x50009405
SKIPPED = 77


def mount_in_private():
    """What is mounted from here on no other process of the machine takes into a mount namespace of
    its own: it would stay in use there, and a file system that was cut off would come back."""
    new_mount_namespace = 0x00020000
    if ctypes.CDLL(None, use_errno=True).unshare(new_mount_namespace) != 0:
        raise OSError(ctypes.get_errno(), "no mount namespace of our own")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def need_root_and_loop(kinds=("ext4",)):
    """Ends with the status of a skipped test when this machine cannot do it."""
    missing = [MAKE[kind][0] for kind in kinds if not shutil.which(MAKE[kind][0])]
    if os.geteuid() != 0:
        missing.append("root")
    if not missing:
        try:
            mount_in_private()
            with tempfile.TemporaryDirectory() as directory:
                volume = Volume(directory, "ext4")
                volume.make()
                volume.mount()
                volume.unmount()
        except (OSError, subprocess.CalledProcessError) as error:
            missing.append(f"a loop device ({error})")
    if missing:
        print(f"skipped: needs {', '.join(missing)}")
        sys.exit(SKIPPED)


def unmount(point, patience=10):
    """A checker that runs beside us and looks at what processes have open keeps a mount busy for
    the time of a look."""
    end = time.monotonic() + patience
    while subprocess.run(["umount", point], check=False, stderr=subprocess.PIPE).returncode != 0:
        if not os.path.ismount(point) or time.monotonic() > end:
            raise OSError(f"{point} cannot be unmounted")
        time.sleep(0.02)


def forget_btrfs():
    """btrfs remembers the newest state it saw of a file system, and refuses to mount an older one,
    which is what a replayed image is."""
    control = os.open("/dev/btrfs-control", os.O_RDWR)
    try:
        fcntl.ioctl(control, BTRFS_FORGET, bytearray(4096))
    finally:
        os.close(control)


class Volume:
    def __init__(self, directory, kind, size=None):
        directory = pathlib.Path(directory)
        self.kind, self.size = kind, size or SIZE[kind]
        self.image = directory / f"{kind}.img"
        self.golden = directory / f"{kind}.golden"
        self.point = directory / kind
        self.point.mkdir(parents=True, exist_ok=True)

    def make(self):
        with open(self.image, "wb") as file:
            file.truncate(self.size)
        subprocess.run([*MAKE[self.kind], self.image], check=True, stdout=subprocess.DEVNULL)

    def mount(self, options="loop"):
        subprocess.run(["mount", "-t", self.kind.split("-")[0], "-o", options, self.image, self.point],
                       check=True)

    def unmount(self):
        unmount(self.point)
        if self.kind == "btrfs":
            forget_btrfs()

    def save(self):
        """The unmounted image is what restore() brings back."""
        subprocess.run(["cp", "--sparse=always", self.image, self.golden], check=True)

    def restore(self):
        """A new file each time: a loop device that still lies over the old one, because another
        process looks at it, would be taken for this one's, and remembers the old bytes."""
        subprocess.run(["cp", "--remove-destination", "--sparse=always", self.golden, self.image],
                       check=True)

    def power_off(self):
        """What is not durable now is gone: no data and no log is written any more."""
        fd = os.open(self.point, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, FS_IOC_SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(fd)

    def is_in_use(self):
        """Whether a loop device lies over the image."""
        for path in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
            try:
                if path.read_text().rstrip("\n") == str(self.image.resolve()):
                    return True
            except OSError:  # it went while we looked
                pass
        return False

    def await_release(self):
        """A mount namespace that was made meanwhile, by any program, holds the file system a
        while longer: mounted now it would be the one that was shut down, and give EIO."""
        end = time.monotonic() + 60
        while self.is_in_use():
            if time.monotonic() > end:
                raise RuntimeError(f"another mount namespace holds {self.image}")
            time.sleep(0.02)

    def lose_power(self):
        self.power_off()
        self.unmount()
        self.await_release()
        self.mount()

    def close(self):
        if os.path.ismount(self.point):
            subprocess.run(["umount", "-l", self.point], check=False)
