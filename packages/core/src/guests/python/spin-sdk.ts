/**
 * What a Spin component written for the Python SDK 3 or 4 imports to answer HTTP requests. Outbound requests fail: there is no network.
 *
 * @see https://github.com/spinframework/spin-python-sdk
 */
export const spinHttpSource: string = String.raw`
from dataclasses import dataclass, field
from collections.abc import MutableMapping
from typing import Optional

@dataclass
class Request:
    """An HTTP request; uri is the path with its query."""
    method: str
    uri: str
    headers: MutableMapping[str, str]
    body: Optional[bytes]

@dataclass
class Response:
    """An HTTP response."""
    status: int
    headers: MutableMapping[str, str] = field(default_factory=dict)
    body: Optional[bytes] = None

class IncomingHandler:
    """Subclass it and answer requests in handle_request."""

    def handle_request(self, request: Request) -> Response:
        raise NotImplementedError

class Handler:
    """Subclass it and answer requests in an asynchronous handle_request."""

    async def handle_request(self, request: Request) -> Response:
        raise NotImplementedError

def send(request: Request) -> Response:
    raise OSError('outbound HTTP is not available: there is no network')

async def send_async(request: Request) -> Response:
    return send(request)
`

const witTypes = String.raw`
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar('T')
E = TypeVar('E')

@dataclass(frozen=True)
class Ok(Generic[T]):
    value: T

@dataclass(frozen=True)
class Err(Generic[E], Exception):
    value: E
`

const variables = String.raw`
import os
from spin_sdk.wit.types import Err

def get(key: str) -> str:
    """The environment variable of the name, in upper case as it is set or with the prefix SPIN_VARIABLE_."""
    for name in (key, key.upper(), 'SPIN_VARIABLE_' + key.upper()):
        if name in os.environ:
            return os.environ[name]
    raise Err(f'no variable for {key!r}')
`

/** The other modules that such components import. */
export const spinModuleSources: Readonly<Record<string, string>> = {
  spin_sdk: '',
  'spin_sdk.wit': '',
  'spin_sdk.wit.types': witTypes,
  'spin_sdk.wit.exports': 'from spin_sdk.http import IncomingHandler\n',
  'spin_sdk.variables': variables,
}
