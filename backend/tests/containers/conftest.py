"""The composition, built and started once for all tests of this folder, which follow one another on it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import pytest

from containerlab.base_images import make_base_images
from containerlab.composition import Composition
from containerlab.engine import Engine, EngineUnavailable, running_engine

Say = Callable[[str], None]


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Say:
    """Prints a line at once: what is being made here takes minutes."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")

    def line(text: str) -> None:
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(text)

    return line


@pytest.fixture(scope="session")
def engine(say: Say) -> Iterator[Engine]:
    try:
        with running_engine() as engine:
            standing_in = make_base_images(engine, say)
            say(f"base images: {', '.join(standing_in) + ' are stand-ins' if standing_in else 'all there'}")
            yield engine
    except EngineUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def built(engine: Engine, say: Say) -> Composition:
    composition = Composition(engine)
    began = time.monotonic()
    composition.compose("build")
    say(f"built in {time.monotonic() - began:.0f} s: {image_sizes(engine)}")
    return composition


@pytest.fixture(scope="session")
def composition(built: Composition, say: Say) -> Iterator[Composition]:
    began = time.monotonic()
    try:
        built.compose("up", "--detach", "--no-build")
        say(f"all services up after {time.monotonic() - began:.0f} s")
        yield built
    finally:
        built.compose("down", "--volumes", "--timeout", "20")
    assert built.leftovers() == {}


def image_sizes(engine: Engine) -> str:
    listed = engine.docker("images", "--format", "{{.Repository}}:{{.Tag}} {{.Size}}", "asisso*")
    return ", ".join(listed.split("\n")).rstrip(", ")
