"""Where this gateway is reached, as it tells programs: what the settings say, and never what a request says.

Without `server.public_url` it is reached from this machine only: a program on it is told the address that its connection came
to, and everybody else finds nothing.
"""

from __future__ import annotations

from starlette.requests import Request

from gateway.callers.operators import is_from_here
from gateway.errors import NotFoundError
from gateway.settings.groups import Server


def base_url(request: Request, server: Server) -> str:
    """What our addresses begin with, without a slash at the end.

    Raises:
        NotFoundError: nobody said where others reach us, and this is one of them.
    """
    if server.public_url is not None:
        return server.public_url
    here = request.scope.get("server")
    if here is None or not here[1] or not is_from_here(request, server):
        raise NotFoundError
    host, port = here
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
