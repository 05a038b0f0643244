/** The module that this build of Python leaves out: an executor that fails as the first start of a thread does. */
const threadPool = String.raw`
from concurrent.futures import _base

class BrokenThreadPool(_base.BrokenExecutor):
    """Raised when a worker thread failed to start."""

class ThreadPoolExecutor(_base.Executor):
    def __init__(self, max_workers=None, thread_name_prefix='', initializer=None, initargs=()):
        if max_workers is not None and max_workers <= 0:
            raise ValueError('max_workers must be greater than 0')
        if initializer is not None and not callable(initializer):
            raise TypeError('initializer must be a callable')
        self._max_workers = max_workers or 1
        self._shutdown = False

    def submit(self, fn, /, *args, **kwargs):
        if self._shutdown:
            raise RuntimeError('cannot schedule new futures after shutdown')
        raise RuntimeError("can't start new thread")

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._shutdown = True
`

/** PBKDF2 over the hashes that are here; CPython has it from OpenSSL only. */
const pbkdf2 = String.raw`
import hashlib

def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function."""
    if not isinstance(hash_name, str):
        raise TypeError(f'expected str for name, but got {type(hash_name)}')
    inner, outer = hashlib.new(hash_name), hashlib.new(hash_name)
    dklen = outer.digest_size if dklen is None else dklen
    if iterations < 1:
        raise ValueError('iteration value must be greater than 0.')
    if dklen < 1:
        raise ValueError('key length must be greater than 0.')
    password, salt = bytes(password), bytes(salt)
    if len(password) > inner.block_size:
        password = hashlib.new(hash_name, password).digest()
    password = password.ljust(inner.block_size, b'\0')
    inner.update(bytes(byte ^ 0x36 for byte in password))
    outer.update(bytes(byte ^ 0x5C for byte in password))

    def prf(message):
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()

    key, block = b'', 0
    while len(key) < dklen:
        block += 1
        last = prf(salt + block.to_bytes(4, 'big'))
        total = int.from_bytes(last, 'big')
        for _ in range(iterations - 1):
            last = prf(last)
            total ^= int.from_bytes(last, 'big')
        key += total.to_bytes(inner.digest_size, 'big')
    return key[:dklen]
`

/** Python modules that the build lacks and programs expect, by name. */
export const absentModuleSources: Readonly<Record<string, string>> = {
  'concurrent.futures.thread': threadPool,
  _gaesup_pbkdf2: pbkdf2,
}
