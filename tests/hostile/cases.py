# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What the makers of hostile documents share: where a case's files go, and the list of cases.
import contextlib
import os
import threading
import time

import stage as staging

READ = staging.Call("read", "1+", "each")

CASES = {}


def case(name):
    """The decorated function makes the files of case `name` in the Place that it is given."""
    def remember(make):
        assert name not in CASES, name
        CASES[name] = make
        return make
    return remember


class Place:
    """The directory of one case. `subjects` are the files that the table speaks about."""

    def __init__(self, directory, beside):
        self.directory = directory  # walked, with the neighbours
        self.beside = beside        # for what is named on the command line, and for canaries
        self.subjects = []
        self.options = []
        self.disturbance = None

    def path(self, name, named=False):
        """A subject of this name, whose directories are there; the caller makes it."""
        path = os.path.join(os.fsencode(self.beside if named else self.directory),
                            os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.subjects.append(path)
        return path

    def file(self, name, data, subject=True):
        path = self.path(name)
        if not subject:
            self.subjects.pop()
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return self

    def flags(self, *options):
        self.options += options
        return self

    def disturb(self, act):
        """act() goes on while the program runs."""
        lock = threading.Lock()

        def one_at_a_time():
            with lock:
                act()

        self.disturbance = one_at_a_time
        return self

    @contextlib.contextmanager
    def disturbed(self, program):
        """Gives how to run the program (Program.run) while this goes on."""
        if not self.disturbance:
            yield {}
        elif staging.injector(program.build):
            # A file system that clones files reads nothing: hence both.
            with self.without_rest(), self.before_each_read(program) as how:
                yield how
        else:
            with self.without_rest():
                yield {}

    @contextlib.contextmanager
    def before_each_read(self, program):
        """The program waits while act() does it once: no matter how fast either is."""
        reached, tell = os.pipe()
        wait, go = os.pipe()
        reads = 0

        def work():
            nonlocal reads
            while os.read(reached, 1):
                reads += 1
                self.disturbance()
                os.write(go, b"x")

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield {"pass_fds": (tell, wait),
                   "strace": staging.holding(program, READ, tell, wait)}
        finally:
            os.close(tell)
            thread.join()
            for descriptor in (reached, wait, go):
                os.close(descriptor)
        assert reads, f"the program never called {READ.name}: nothing was disturbed"

    @contextlib.contextmanager
    def without_rest(self):
        """Again and again: what the program does meanwhile must be slower than that."""
        over = threading.Event()

        def work():
            while not over.is_set():
                self.disturbance()
                time.sleep(0.001)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
