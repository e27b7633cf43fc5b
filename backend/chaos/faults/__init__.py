"""The faults by name, in the order they are produced."""

from __future__ import annotations

from .callers_hang_up import CallersHangUp
from .database_locked import DatabaseLocked
from .events_cut import EventsCut
from .fault import Fault
from .media_cut import MediaCut
from .nothing import Nothing
from .pbx_killed import PbxKilled
from .product_killed import ProductKilled

FAULTS: dict[str, type[Fault]] = {
    fault.name: fault
    for fault in (Nothing, CallersHangUp, DatabaseLocked, MediaCut, EventsCut, PbxKilled, ProductKilled)
}

__all__ = ["FAULTS", "Fault"]
