"""Errors as answers: `{"code", "detail"}`, always."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException

from asisso.api.schemas.errors import ErrorBody, ValidationErrorBody
from asisso.errors import AsissoError, InvalidInput, TooManyRequests
from asisso.services.workflows import InvalidWorkflow

log = structlog.get_logger(__name__)

Responses = dict[int | str, dict[str, Any]]
_MEANINGS = {
    401: "No or wrong credentials.",
    403: "Not allowed.",
    404: "Not found, or another organization's.",
    409: "In conflict with what is there.",
    422: "Bad input.",
    429: "Too many attempts, or a limit is reached.",
    503: "Not now; another time.",
}


def errors(*statuses: int) -> Responses:
    """The `responses=` of a route that may answer with these."""
    return {
        status: {
            "model": ValidationErrorBody if status == 422 else ErrorBody,
            "description": _MEANINGS[status],
        }
        for status in statuses
    }


def add_error_handlers(app: FastAPI) -> None:
    """Make the app answer every error in one form."""
    app.add_exception_handler(AsissoError, _product_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(IntegrityError, _conflict)
    app.add_exception_handler(DataError, _cannot_be_stored)
    app.add_exception_handler(OperationalError, _database_busy)
    app.add_exception_handler(InterfaceError, _database_busy)
    app.add_exception_handler(NoConnection, _database_busy)
    app.add_exception_handler(Exception, _bug)


def _answer(status: int, code: str, detail: object, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"code": code, "detail": detail}, status_code=status, headers=headers)


async def _product_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AsissoError)
    if isinstance(error, InvalidWorkflow):
        return _answer(
            422, error.code, [_fault(problem) for problem in error.problems if problem.severity == "error"]
        )
    if isinstance(error, InvalidInput):
        fault = {"type": error.kind, "loc": list(error.location), "msg": error.detail}
        return _answer(422, error.code, [fault])
    headers = {}
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after_s)
    if error.status_code >= 500 and not error.retryable:
        log.error("a request failed", code=error.code, detail=error.detail)
    return _answer(error.status_code, error.code, error.detail, headers)


def _fault(problem: Any) -> dict[str, object]:
    return {"type": problem.code, "loc": ["body", "definition", *problem.path], "msg": problem.message}


async def _bad_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # What was sent is left out: it may be a password.
    faults = [{"type": fault["type"], "loc": fault["loc"], "msg": fault["msg"]} for fault in error.errors()]
    return _answer(422, "validation_error", jsonable_encoder(faults))


_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 400: "bad_request", 413: "too_large"}
_HTTP_DETAILS = {404: "There is nothing at this address.", 405: "This address does not take that method."}


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "http_error")
    detail = _HTTP_DETAILS.get(error.status_code, error.detail)
    return _answer(error.status_code, code, detail, dict(error.headers or {}))


async def _conflict(_request: Request, error: Exception) -> JSONResponse:
    log.info("a write met another one", error=type(error).__name__)
    return _answer(409, "conflict", "Somebody changed the same thing at the same time. Load it again.")


async def _cannot_be_stored(_request: Request, _error: Exception) -> JSONResponse:
    # PostgreSQL keeps no NUL in a text, and no number or time outside its types.
    detail = (
        "A value in this request cannot be stored: look for a NUL character or a number that is too large."
    )
    return _answer(422, "validation_error", [{"type": "value_error", "loc": [], "msg": detail}])


async def _database_busy(_request: Request, error: Exception) -> JSONResponse:
    log.error("the database did not answer", error=str(error.__cause__ or type(error).__name__))
    return _answer(503, "database_unavailable", "The database did not answer. Try again in a moment.")


async def _bug(_request: Request, _error: Exception) -> JSONResponse:
    # Starlette raises it again after this answer, so that the server logs it with its traceback.
    return _answer(500, "internal_error", "Something went wrong inside the server; its log says what.")
