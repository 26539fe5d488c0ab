# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What the crash suites do alike between their command line and their exit status.
import argparse
import pathlib

import stage as staging

# Options of more than one suite.
OPTIONS = {
    "workload": {"action": "append"},
    "suite": {"action": "append"},
    "limit": {"type": int, "default": 0},
    "slots": {"type": int, "default": 2},
    "seed": {"type": int, "default": 1},
    "case": {},
    "fault": {"help": "OPENKB_FAULT for the program under test"},
}


def parser(*names, **choices):
    """One that takes --build and these of OPTIONS; `choices`: what an option may be. A suite adds
    its own."""
    made = argparse.ArgumentParser()
    made.add_argument("--build", required=True)
    for name in names:
        made.add_argument(f"--{name}", choices=choices.get(name), **OPTIONS[name])
    return made


def parse(made):
    options = made.parse_args()
    if getattr(options, "case", None):  # one case needs one slot
        options.slots = 1
    return options


def run(name, options, parts):
    """Each of the parts, part(work, options), in a workspace of its own; they add to
    options.tally. The exit status of all."""
    options.tally = staging.Tally(name)
    for part in parts:
        with staging.workspace(f"openkb-{name}-") as work:
            part(pathlib.Path(work), options)
    return options.tally.end()


def stages(work, options, set_up, name="stage"):
    """A stage for each slot, each made ready by set_up(stage)."""
    made = [staging.Stage(work / f"{name}-{slot}", staging.Program(options.build, options.fault))
            for slot in range(options.slots)]
    for stage in made:
        set_up(stage)
    return made
