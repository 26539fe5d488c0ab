# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What the makers of hostile documents share: where a case's files go, and the list of cases.
import contextlib
import os
import threading
import time

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
        """act() goes on again and again while the program runs."""
        self.disturbance = act
        return self

    @contextlib.contextmanager
    def disturbed(self):
        if not self.disturbance:
            yield
            return
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
