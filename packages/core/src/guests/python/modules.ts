import { absentModuleSources } from './absent-modules.ts'
import { spinHttpSource, spinModuleSources } from './spin-sdk.ts'

/**
 * Modules that the interpreter's library lacks, and a wrapper around the one part of asyncio that needs sockets. They are
 * found by a finder, not by files, so that the user's tree holds only what the user put there.
 */
export const finderSource: string = String.raw`
_sources = ${pythonTexts({ ...absentModuleSources, 'spin_sdk.http': spinHttpSource, ...spinModuleSources })}

_system_source = '''
def system(command):
    import errno
    raise OSError(errno.ENOTSUP, 'wasi does not support processes.')
'''

def _patch_selectors(module):
    import time

    class ClockSelector(module._BaseSelectorImpl):
        """Waits by the clock: there are no sockets whose events could end the wait."""

        def select(self, timeout=None):
            if timeout is None:
                raise RuntimeError('the event loop has nothing left to wait for')
            if timeout > 0:
                time.sleep(timeout)
            return []

    module.ClockSelector = module.DefaultSelector = ClockSelector

def _patch_selector_events(module):
    loop = module.BaseSelectorEventLoop

    def nothing(self, *arguments):
        return None

    loop._make_self_pipe = loop._close_self_pipe = loop._write_to_self = nothing

def _patch_base_events(module):
    def run_in_executor(self, executor, function, *arguments):
        raise RuntimeError("can't start new thread")

    module.BaseEventLoop.run_in_executor = run_in_executor

def _patch_socket(module):
    def fails(*arguments, **named):
        raise module.gaierror(-3, 'Temporary failure in name resolution')

    for name in ('getaddrinfo', 'gethostbyname', 'gethostbyname_ex', 'gethostbyaddr', 'getnameinfo'):
        if not hasattr(module._socket, name):
            setattr(module._socket, name, fails)
            if name != 'getaddrinfo':
                setattr(module, name, fails)
    if not hasattr(module, 'gethostname'):
        module.gethostname = lambda: 'localhost'

def _patch_hashlib(module):
    if not hasattr(module, 'pbkdf2_hmac'):
        from _gaesup_pbkdf2 import pbkdf2_hmac
        module.pbkdf2_hmac = pbkdf2_hmac

_patches = {
    'socket': _patch_socket,
    'hashlib': _patch_hashlib,
    'selectors': _patch_selectors,
    'asyncio.selector_events': _patch_selector_events,
    'asyncio.base_events': _patch_base_events,
}

class _Loader:
    def __init__(self, spec):
        self.spec, self.loader = spec, spec.loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        _patches[module.__name__](module)

class _SourceLoader:
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        exec(compile(_sources[name], f'<{name}>', 'exec', dont_inherit=True), module.__dict__)

    def get_source(self, name):
        return _sources[name]

class _Finder:
    def find_spec(self, name, path=None, target=None):
        if name in _patches:
            for finder in sys.meta_path:
                spec = None if finder is self else finder.find_spec(name, path, target)
                if spec is not None:
                    spec.loader = _Loader(spec)
                    return spec
        if name in _sources:
            from importlib.machinery import ModuleSpec
            package = any(other.startswith(name + '.') for other in _sources)
            return ModuleSpec(name, _SourceLoader(), is_package=package)
        return None

def _install_finder():
    sys.meta_path.insert(0, _Finder())
`

function pythonTexts(texts: Readonly<Record<string, string>>): string {
  return `{${Object.entries(texts)
    .map(([name, text]) => `${JSON.stringify(name)}: ${JSON.stringify(text)}`)
    .join(', ')}}`
}
