"""Runs the checks of a connection: of a stored configuration, or of values that were only typed into the form."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from weakref import WeakValueDictionary

from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.asterisk.ari.rest import AriAddress
from asisso.asterisk.config import INBOUND_CONTEXT
from asisso.asterisk.diagnostics.client import ProbeClient
from asisso.asterisk.diagnostics.facts import Facts
from asisso.asterisk.diagnostics.reach import answering
from asisso.asterisk.diagnostics.subject import Holder, Holding, Host, Subject
from asisso.asterisk.diagnostics.survey import read_back, survey
from asisso.asterisk.diagnostics.tls import prepare_tls
from asisso.calls.directory import Directory
from asisso.calls.probe_host import ProbeHost
from asisso.clock import Clock
from asisso.db.engine import Database
from asisso.db.models import DiagnosisTrigger, MediaFormatName, TelephonyConfiguration
from asisso.errors import TooManyRequests
from asisso.ids import new_id
from asisso.security import SecretBox
from asisso.settings import Settings

from .diagnosis_facts import Known, what_is_known
from .diagnosis_report import faults_read_back, readings_of, steps_of
from .diagnostics import Diagnosis, compare_facts, diagnosis_of, keep_diagnosis
from .dialling import endpoint_names
from .holding import settled
from .product_checks import ProductFacts
from .telephony import Telephony
from .telephony_configurations import app_password_of, media_password_of

BUSY_TIMEOUT_S = 20.0
"""How long a check waits for others, of the same PBX or of too many."""

CHECKS_AT_ONCE = 4
"""Of different PBXs, in one process: calls come first."""

CONTEXTS = (INBOUND_CONTEXT, "default", "from-internal")
"""Where calls usually arrive: the generated context, Asterisk's own default, and FreePBX's."""


@dataclass(frozen=True, slots=True)
class ConnectionValues:
    """What decides about a connection, stored or not."""

    ari_endpoint: str
    app_name: str
    ari_username: str
    app_password: str
    ws_client_name: str
    from_extensions: Sequence[str]
    dial_template: str
    media_format: MediaFormatName


class Doctor:
    """Checks connections, one at a time for each PBX.

    Args:
        telephony: the running telephony, or None outside of a server: then nothing is made on the PBX.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        secret_box: SecretBox,
        directory: Directory,
        clock: Clock,
        telephony: Callable[[], Telephony | None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._secrets = secret_box
        self._directory = directory
        self._clock = clock
        self._telephony = telephony
        self._room = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def examine(
        self, configuration_id: str, trigger: DiagnosisTrigger, contexts: Sequence[str] = ()
    ) -> Diagnosis | None:
        """Check a stored configuration and keep the result; None when there is no such configuration.

        Raises:
            TooManyRequests: another check of this PBX takes too long.
        """
        async with self._database.read_session() as session:
            row = await session.get(TelephonyConfiguration, configuration_id)
            if row is None:
                return None
            known = await self._known(session, row)
        subject = self._subject_of(row, known, contexts)
        began = time.monotonic()
        facts = await self._survey(subject, self._host_of(row))
        steps = steps_of(facts, known.product)
        duration_ms = round((time.monotonic() - began) * 1000)
        diagnosis = diagnosis_of(steps, trigger, self._clock.now(), duration_ms)
        async with self._database.session() as session:
            await keep_diagnosis(session, configuration_id, diagnosis, readings_of(facts))
        return diagnosis

    async def examine_values(
        self, values: ConnectionValues, stored: TelephonyConfiguration | None = None
    ) -> Diagnosis:
        """Check values that are not stored; nothing is kept.

        Args:
            stored: the configuration that is being edited.

        Raises:
            TooManyRequests: another check of this PBX takes too long.
        """
        is_same = stored is not None and (stored.ari_endpoint, stored.app_name) == (
            values.ari_endpoint,
            values.app_name,
        )
        subject = Subject(
            address=AriAddress(
                values.ari_endpoint,
                values.ari_username,
                values.app_password,
                self._settings.address_policy,
            ),
            app=values.app_name,
            ws_client_name=values.ws_client_name,
            media_url=self._settings.media_url,
            media_username=stored.media_username if stored else "",
            media_password=media_password_of(stored, self._secrets) if stored else None,
            requires_media_credentials=stored.require_media_credentials if stored else False,
            media_format=values.media_format,
            endpoints=endpoint_names(values.from_extensions, values.dial_template),
            numbers=(),
            contexts=(),
            may_look_anywhere=self._settings.allow_private_pbx_addresses,
        )

        async def unsaved() -> Holding:
            return Holding(Holder.NOBODY_OF_US, "Asisso connects to it once it is saved.")

        if stored is not None and is_same:
            host = self._host_of(stored)
        else:
            host = ProbeHost(
                self._directory,
                stored.id if stored else new_id(),
                unsaved,
                media_username=subject.media_username,
                requires_credentials=subject.requires_media_credentials,
            )
        began = time.monotonic()
        facts = await self._survey(subject, host)
        product = ProductFacts(False, True, True, self._settings.local_url, not_ready=self._not_ready())
        duration_ms = round((time.monotonic() - began) * 1000)
        steps = steps_of(facts, product)
        return diagnosis_of(steps, DiagnosisTrigger.PERSON, self._clock.now(), duration_ms)

    async def compare(self, configuration_id: str) -> list[str]:
        """Read back what can be read, and note what is not as it should be; gives what is new.

        Raises:
            AriError: Asterisk can't be asked.
        """
        async with self._database.read_session() as session:
            row = await session.get(TelephonyConfiguration, configuration_id)
            if row is None:
                return []
            known = await self._known(session, row)
        facts = Facts(self._subject_of(row, known, ()), answering(row.ari_endpoint))
        facts.holding = Holding(Holder.US)
        await prepare_tls()
        async with ProbeClient(facts.subject.address) as client:
            await read_back(client, facts)
        faults = faults_read_back(facts, known.product)
        async with self._database.session() as session:
            return await compare_facts(
                session, configuration_id, readings_of(facts), faults, self._clock.now()
            )

    async def _survey(self, subject: Subject, host: Host | None) -> Facts:
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(BUSY_TIMEOUT_S):
                    await held.enter_async_context(self._turn_of(subject.address.base_url))
                    await held.enter_async_context(self._room)
            except TimeoutError:
                raise TooManyRequests(
                    "Another check of this PBX is running, or too many of others. Try again in a moment.",
                    retry_after_s=5,
                ) from None
            return await survey(subject, host)

    def _turn_of(self, base_url: str) -> asyncio.Lock:
        turn = self._turns.get(base_url)
        if turn is None:
            turn = self._turns[base_url] = asyncio.Lock()
        return turn

    async def _known(self, session: AsyncSession, row: TelephonyConfiguration) -> Known:
        return await what_is_known(
            session,
            row,
            now=self._clock.now(),
            server_url=self._settings.local_url,
            is_server_running=self._telephony() is not None,
            not_ready=self._not_ready(),
        )

    def _not_ready(self) -> list[str]:
        telephony = self._telephony()
        return telephony.readiness() if telephony is not None else []

    def _subject_of(self, row: TelephonyConfiguration, known: Known, contexts: Sequence[str]) -> Subject:
        return Subject(
            address=AriAddress(
                row.ari_endpoint,
                row.effective_ari_username,
                app_password_of(row, self._secrets),
                self._settings.address_policy,
            ),
            app=row.app_name,
            ws_client_name=row.ws_client_name,
            media_url=self._settings.media_url,
            media_username=row.media_username,
            media_password=media_password_of(row, self._secrets),
            requires_media_credentials=row.require_media_credentials,
            media_format=row.media_format,
            endpoints=endpoint_names(row.from_extensions, row.dial_template),
            numbers=known.dialled,
            contexts=list(contexts) or CONTEXTS,
            may_look_anywhere=self._settings.allow_private_pbx_addresses,
        )

    def _host_of(self, row: TelephonyConfiguration) -> Host | None:
        telephony = self._telephony()
        if telephony is None:
            return None
        return ProbeHost(
            self._directory,
            row.id,
            lambda: settled(telephony, row.id, is_enabled=row.is_enabled),
            media_username=row.media_username,
            requires_credentials=row.require_media_credentials,
        )
