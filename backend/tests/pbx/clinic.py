"""A PBX that is broken on purpose, the connection doctor at its bed, and a script that does what it says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import Any

from bench.stage import Stage
from pbxlab import configuration

_CLI = re.compile(r'asterisk -rx "(.+)"')
_LOOKING_ONLY = ("show", "core uptime", "core waitfullybooted")

Diagnosis = dict[str, Any]
Step = dict[str, Any]


class Clinic:
    """One stage and the files its PBX has now.

    Attributes:
        files: by name; what is changed in them counts after `restart` or a reload.
    """

    def __init__(self, on: Stage, generated: Mapping[str, str]) -> None:
        self.on = on
        self.generated = dict(generated)
        self.files = dict(generated)

    @classmethod
    async def open(cls, on: Stage) -> Clinic:
        """Take a stage over that runs on the generated files."""
        return cls(on, await generated_files(on))

    async def diagnose(self, **body: Any) -> Diagnosis:
        answer: Diagnosis = await self.on.api.post(f"{self.on.path}/diagnostics", **body)
        return answer

    async def cause(self, **body: Any) -> Step:
        """The first problem, which must be what the verdict says; the whole report where there is none."""
        diagnosis = await self.diagnose(**body)
        problem = first_problem(diagnosis)
        assert problem is not None, f"nothing was found: {diagnosis['verdict']}"
        assert diagnosis["verdict"] == problem["detail"]
        assert problem["fix"], f"{problem['id']} says nothing about how to mend it"
        return problem

    async def is_well(self) -> bool:
        diagnosis = await self.diagnose()
        assert first_problem(diagnosis) is None, f"still ill: {diagnosis['verdict']}"
        return True

    async def restart(self) -> None:
        self.on.asterisk.write(self.files)
        await self.on.asterisk.restart()

    @asynccontextmanager
    async def broken(self, *, without_module: str = "", **changed: str) -> AsyncIterator[None]:
        """Run with other files, given as `http_conf=...`, or without a module; healthy again afterwards."""
        replaced = {name.replace("_conf", ".conf"): text for name, text in changed.items()}
        if without_module:
            replaced["modules.conf"] = modules_without(without_module)
        others = {name: self.on.asterisk.read(name) for name in replaced if name not in self.generated}
        self.files |= replaced
        await self.restart()
        try:
            yield
        finally:
            self.files = self.generated | others
            await self.restart()

    def changed(self, name: str, old: str, new: str) -> str:
        """A generated file with one thing changed in it."""
        text = self.generated[name]
        assert old in text, f"{name} has no {old!r}"
        return text.replace(old, new)

    async def follow(self, step: Step) -> None:
        """Do what a step says: its edit, then its commands."""
        if step["edit"] is not None:
            name = PurePosixPath(step["edit"]["path"]).name
            lines = step["edit"]["lines"]
            self.files[name] = (
                with_lines(self.files[name], lines) if lines else (await generated_files(self.on))[name]
            )
            self.on.asterisk.write({name: self.files[name]})
        for command in step["commands"]:
            if command == "systemctl start asterisk":
                await self.on.asterisk.start()
            elif found := _CLI.fullmatch(command):
                await self.on.asterisk.cli(found.group(1))


async def generated_files(on: Stage) -> dict[str, str]:
    answer = await on.api.get(f"{on.path}/asterisk-config")
    return {PurePosixPath(file["path"]).name: file["content"] for file in answer["files"]}


def first_problem(diagnosis: Diagnosis) -> Step | None:
    """The first failed step, or without any the first warning."""
    for state in ("failed", "warning"):
        for step in diagnosis["steps"]:
            if step["state"] == state:
                found: Step = step
                return found
    return None


def with_lines(text: str, lines: list[str]) -> str:
    """A file whose section (the first line) says what the other lines say, and everything else as before."""
    section, *settings = lines
    keys = {setting.partition("=")[0].strip() for setting in settings}
    kept, is_inside, has_section = [], False, False
    for line in text.splitlines():
        if line.startswith("["):
            is_inside = line.strip() == section
            kept.append(line)
            if is_inside:
                has_section = True
                kept += settings
        elif not (is_inside and line.partition("=")[0].strip() in keys):
            kept.append(line)
    return "\n".join(kept if has_section else [*kept, *lines]) + "\n"


def modules_without(name: str) -> str:
    loads = "".join(f"load = {module}.so\n" for module in configuration.MODULES if module != name)
    return f"[modules]\nautoload = no\n{loads}"
