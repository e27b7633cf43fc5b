"""The command line, `asisso`. Owns reading arguments and ending with one clear line; the work is done elsewhere."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from asisso.api.state import AppState
from asisso.app import create_app
from asisso.audio import samples
from asisso.db.engine import Database
from asisso.db.migrate import upgrade
from asisso.db.models import Organization, Role
from asisso.errors import AsissoError, ConfigurationError
from asisso.logs import configure_logging
from asisso.runtime.command_line_connect import NewPbx
from asisso.runtime.command_line_connect import connect_pbx as enter_pbx
from asisso.runtime.command_line_doctor import as_text, find_configuration, run_checks
from asisso.runtime.key_rotation import rotate
from asisso.runtime.server import DrainingServer, server_config
from asisso.runtime.telephony import run_telephony
from asisso.secret_keys import load_secret_keys
from asisso.security import Passwords
from asisso.services import audit, organizations, users
from asisso.services.audit import SERVER
from asisso.services.event_feed import Closing
from asisso.settings import MIN_PASSWORD_LENGTH, Settings, load_settings

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Asisso")
user_app = typer.Typer(no_args_is_help=True, help="People who can sign in.")
organization_app = typer.Typer(no_args_is_help=True, help="Organizations, each with data of its own.")
app.add_typer(user_app, name="user")
app.add_typer(organization_app, name="organization")

PasswordFromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
]


UNCOMPILED = (
    "The path of sound is not compiled, so a call costs more processor time than it must. With a C compiler and "
    "Python's headers there (Debian: apt-get install gcc python3-dev), the next `make run` compiles it."
)


@app.command()
def serve() -> None:
    """Start the server."""
    settings = load_settings()
    configure_logging(settings.log_format)
    # Inside the server these would end the start with a traceback instead of one line.
    load_secret_keys(settings)
    asyncio.run(upgrade(settings.effective_database_url, dumps=settings.dumps_dir))
    application = create_app(settings, telephony=run_telephony)
    config = server_config(application, settings.host, settings.port)

    async def announce() -> None:
        typer.echo(f"Asisso is running on {settings.effective_public_url}", err=True)
        if not samples.IS_COMPILED:
            typer.echo(UNCOMPILED, err=True)
        parts: AppState = application.state.parts
        async with parts.database.read_session() as session:
            if await users.is_empty(session):
                typer.echo("To begin, open that address and make the administrator.", err=True)

    async def drain() -> None:
        parts: AppState = application.state.parts
        parts.events.close(Closing.DRAINING)
        await parts.telephony.drain(settings.drain_timeout_s)

    DrainingServer(config, announce=announce, drain=drain).run()


@app.command()
def doctor(
    config: Annotated[str, typer.Argument(help="The telephony configuration's id or name.")],
    context: Annotated[
        list[str] | None, typer.Option(help="A dialplan context in which callers arrive; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the API's own answer.")] = False,
) -> None:
    """Check a telephony configuration, and say what is wrong and how to mend it.

    Asks the running server; without one, whatever can be checked from here. Ends with status 1 when a check failed.
    """
    settings = load_settings()

    async def work(database: Database) -> dict[str, Any]:
        found = await find_configuration(database, config)
        return await run_checks(settings, database, found, context or [])

    result = _with_database(work)
    typer.echo(json.dumps(result, indent=2, ensure_ascii=False) if as_json else as_text(result))
    if any(step["state"] == "failed" for step in result["steps"]):
        raise typer.Exit(1)


@app.command()
def connect_pbx(
    name: Annotated[str, typer.Argument(help="What the configuration is called.")],
    ari_endpoint: Annotated[str, typer.Option(help="The PBX's address: http://host:8088.")],
    app_password_file: Annotated[Path, typer.Option(help="A file with the password for ARI.")],
    files: Annotated[Path, typer.Option(help="The folder Asterisk's files are written to.")],
    app_name: Annotated[str, typer.Option(help="The Stasis application.")] = "asisso",
    ws_client_name: Annotated[
        str, typer.Option(help="Asterisk's websocket_client section; without one the server dials Asterisk.")
    ] = "",
    number: Annotated[list[str] | None, typer.Option(help="An extension an agent answers.")] = None,
    from_extension: Annotated[list[str] | None, typer.Option(help="A telephone calls are made from.")] = None,
    server: Annotated[str | None, typer.Option(help="Where the server runs, unless it is here.")] = None,
) -> None:
    """Enter a PBX into the running server and write the files it needs. Repeating it changes nothing."""
    settings = load_settings()
    try:
        password = app_password_file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The password cannot be read from {app_password_file}.") from error
    pbx = NewPbx(
        name, ari_endpoint, app_name, password, ws_client_name, number or ["8000"], from_extension or []
    )

    async def work(database: Database) -> list[Path]:
        return await enter_pbx(database, server or settings.local_url, pbx, files)

    written = _with_database(work)
    typer.echo(f"{name} is connected to the server; {len(written)} files are in {files}.")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    settings = load_settings()
    configure_logging(settings.log_format)
    asyncio.run(upgrade(settings.effective_database_url, dumps=settings.dumps_dir))
    typer.echo("The database is up to date.")


@app.command()
def openapi() -> None:
    """Print the description of the HTTP API (OpenAPI, JSON)."""
    described = create_app(Settings(), telephony=run_telephony)
    typer.echo(json.dumps(described.openapi(), indent=2, sort_keys=True, ensure_ascii=False))


@app.command("rotate-key")
def rotate_key() -> None:
    """Seal every stored secret with a new key. The server may run meanwhile.

    With ASISSO_SECRET_KEY set: put the new key there and the old one into ASISSO_PREVIOUS_SECRET_KEY, start every
    server anew with both, then run this. Started again after an interruption it goes on where it stopped.
    """
    settings = load_settings()
    asyncio.run(upgrade(settings.effective_database_url))
    typer.echo(_with_database(lambda database: rotate(settings, database)))


@user_app.command("create")
def create_user(
    email: Annotated[str, typer.Argument(help="Their email address.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.ADMIN,
    organization: Annotated[
        str | None, typer.Option(help="The organization's name; needed when there are several.")
    ] = None,
    password_stdin: PasswordFromStdin = False,
) -> None:
    """Add a person to an organization."""
    password = _read_password(password_stdin)

    async def work(database: Database) -> None:
        password_hash = await Passwords().hash(password)
        async with database.session() as session:
            audit.record_as(session, lambda: SERVER)
            statement = select(Organization)
            if organization is not None:
                statement = statement.where(Organization.name == organization)
            found = (await session.exec(statement.limit(2))).all()
            if len(found) != 1:
                what = (
                    "is no such organization"
                    if not found
                    else "are several organizations; name one by --organization"
                )
                raise ConfigurationError(f"There {what}.")
            await users.add_user(
                session,
                organization_id=found[0].id,
                email=_checked(email),
                password_hash=password_hash,
                role=role,
            )

    _with_database(work)
    typer.echo(f"{email} can sign in.")


@user_app.command("set-password")
def set_password(
    email: Annotated[str, typer.Argument(help="Their email address.")],
    password_stdin: PasswordFromStdin = False,
) -> None:
    """Give a person a new password and sign them out everywhere."""
    password = _read_password(password_stdin)

    async def work(database: Database) -> None:
        password_hash = await Passwords().hash(password)
        async with database.session() as session:
            audit.record_as(session, lambda: SERVER)
            await users.set_password(session, email=email, password_hash=password_hash)

    _with_database(work)
    typer.echo(f"{email} has a new password.")


@organization_app.command("create")
def create_organization(
    name: Annotated[str, typer.Argument(help="Its name.")],
    admin_email: Annotated[str, typer.Option(help="Its first administrator.")],
    admin_password_stdin: Annotated[
        bool,
        typer.Option(
            "--admin-password-stdin", help="Read their password from standard input instead of asking."
        ),
    ] = False,
) -> None:
    """Make a further organization with its first administrator."""
    password = _read_password(admin_password_stdin)
    if not name.strip():
        raise ConfigurationError("The organization's name must not be empty.")

    async def work(database: Database) -> None:
        password_hash = await Passwords().hash(password)
        async with database.session() as session:
            audit.record_as(session, lambda: SERVER)
            await organizations.create_organization(
                session,
                name=name.strip(),
                admin_email=_checked(admin_email),
                admin_password_hash=password_hash,
            )

    _with_database(work)
    typer.echo(f"{name} is ready; {admin_email} can sign in.")


def run() -> int:
    """Run the command line. Returns the exit status; whatever went wrong is told in one line."""
    try:
        app(standalone_mode=True, prog_name="asisso")
    except AsissoError as error:
        return _fail(error.detail)
    except SQLAlchemyError as error:
        return _fail(f"The database cannot be used: {_first_line(error)}")
    return 0


def _fail(line: str) -> int:
    typer.echo(f"asisso: {line}", err=True)
    return 1


def _first_line(error: Exception) -> str:
    return str(error.__cause__ or error).splitlines()[0]


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    if len(password) < MIN_PASSWORD_LENGTH:
        raise ConfigurationError(f"The password must have at least {MIN_PASSWORD_LENGTH} characters.")
    return password


def _checked(email: str) -> str:
    if "@" not in email.strip("@") or any(character.isspace() for character in email):
        raise ConfigurationError(f"{email} is not an email address.")
    return email


def _with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    settings = load_settings()
    configure_logging(settings.log_format)

    async def run_work() -> T:
        await upgrade(settings.effective_database_url, dumps=settings.dumps_dir)
        database = Database(settings.effective_database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run_work())
