"""The API's reference page, `/docs`. Its viewer comes from this server: a page that loads code from a public
address would not work inside a closed network, and would trust that address with everybody's session.
"""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Asisso API</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  validatorUrl: null,
});
"""


def add_reference(app: FastAPI) -> None:
    """Serve the page, its script and its viewer."""
    viewer = files("fastapi_offline") / "static"
    app.mount("/docs/assets", StaticFiles(directory=str(viewer)), name="docs-assets")
    app.add_route("/docs", _page, include_in_schema=False)
    app.add_route("/docs/start.js", _start, include_in_schema=False)


async def _page(_request: Request) -> Response:
    return HTMLResponse(PAGE)


async def _start(_request: Request) -> Response:
    return Response(START, media_type="text/javascript")
