/**
 * The first thing a Python interpreter runs. It blocks on its control device until there is work, then becomes what
 * was asked for: `python3 file.py`, `-c`, `-m`, standard input, or a function that answers requests.
 * Messages are lists of byte strings with 32-bit lengths before the list and before each item.
 */
export const bootSource: string = String.raw`
import sys, posix, builtins

def _boot():
    control = posix.open('/dev/gaesup/control', posix.O_RDWR)

    def take(count):
        parts = []
        while count:
            part = posix.read(control, min(count, 1 << 20))
            if not part:
                posix._exit(0)
            parts.append(part)
            count -= len(part)
        return b''.join(parts)

    def receive():
        data, items, at = take(int.from_bytes(take(4), 'little')), [], 0
        while at < len(data):
            size = int.from_bytes(data[at:at + 4], 'little')
            items.append(data[at + 4:at + 4 + size])
            at += 4 + size
        return items

    def send(*items):
        data = b''.join(len(item).to_bytes(4, 'little') + item for item in items)
        data = memoryview(len(data).to_bytes(4, 'little') + data)
        while data:
            data = data[posix.write(control, data):]

    def environment(pairs):
        import os
        os.environ.clear()
        for at in range(0, len(pairs), 2):
            os.environ[os.fsdecode(pairs[at])] = os.fsdecode(pairs[at + 1])

    def main_module():
        main = type(sys)('__main__')
        main.__builtins__ = builtins
        sys.modules['__main__'] = main
        return main

    def without_boot(traceback):
        while traceback is not None and traceback.tb_frame.f_code.co_filename == '<gaesup>':
            traceback = traceback.tb_next
        return traceback

    def report(error):
        error.__traceback__ = without_boot(error.__traceback__)
        try:
            sys.stdout.flush()
        except BaseException:
            pass
        try:
            sys.excepthook(type(error), error, error.__traceback__)
        except SystemExit as exit:
            return exit_code(exit)
        except BaseException as failure:
            print('Error in sys.excepthook:', file=sys.stderr)
            failure.__traceback__ = without_boot(failure.__traceback__)
            sys.__excepthook__(type(failure), failure, failure.__traceback__)
            print('\nOriginal exception was:', file=sys.stderr)
            sys.__excepthook__(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1

    def exit_code(exit):
        if exit.code is None:
            return 0
        if isinstance(exit.code, int):
            return exit.code & 0xFF
        try:
            sys.stdout.flush()
            print(exit.code, file=sys.stderr)
        except BaseException:
            pass
        return 1

    def limit_of(error):
        if isinstance(error, MemoryError):
            return b'memory'
        if isinstance(error, OSError):
            import errno
            return {errno.EDQUOT: b'disk', errno.ENOSPC: b'inodes'}.get(error.errno)
        return None

    def run_source(source, filename, main):
        if main.__dict__.get('__file__') is None:
            main.__dict__.pop('__file__', None)
        exec(compile(source, filename, 'exec', dont_inherit=True), main.__dict__)

    def run_file(path, main):
        import os, stat
        try:
            status = os.stat(path)
            if stat.S_ISDIR(status.st_mode) or path.endswith(('.zip', '.pyz')):
                sys.path.insert(0, path)
                import runpy
                return runpy._run_module_as_main('__main__', False)
            with open(path, 'rb') as file:
                source = file.read()
        except OSError as error:
            full = os.path.join(os.getcwd(), path)
            print(f"python3: can't open file {full!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr)
            sys.exit(2)
        from importlib.machinery import SourceFileLoader
        full = os.path.join(os.getcwd(), path)
        sys.path.insert(0, os.path.dirname(os.path.realpath(full)))
        main.__file__, main.__cached__ = full, None
        main.__loader__ = SourceFileLoader('__main__', full)
        run_source(source, full, main)

    def run(request):
        mode, target, cwd, count = request[0], request[1].decode('utf-8', 'surrogateescape'), request[2], int(request[3])
        arguments = [item.decode('utf-8', 'surrogateescape') for item in request[4:4 + count]]
        environment(request[4 + count:])
        posix.chdir(cwd)
        sys.argv[:] = arguments
        sys.orig_argv[:] = ['python3'] + (arguments if mode != b'command' else ['-c', target] + arguments[1:])
        main = main_module()
        if sys.path and sys.path[0] == '':
            del sys.path[0]
        if mode != b'file' and not sys.flags.safe_path:
            sys.path.insert(0, posix.getcwd() if mode == b'module' else '')
        try:
            if mode == b'file':
                run_file(target, main)
            elif mode == b'module':
                import runpy
                runpy._run_module_as_main(target)
            elif mode == b'command':
                run_source(target, '<string>', main)
            else:
                run_source(sys.stdin.buffer.read(), '<stdin>', main)
            code = 0
        except SystemExit as exit:
            code = exit_code(exit)
        except BaseException as error:
            limit = limit_of(error)
            code = report(error)
            if limit is not None:
                send(b'limit', limit)
        sys.exit(code)

    import os
    if not hasattr(os, 'system'):
        exec(compile(_system_source, '<frozen os>', 'exec'), os.__dict__)
    sys.executable = '/usr/bin/python3'
    sys.stdout.reconfigure(line_buffering=True)
    _install_finder()
    request = receive()
    if request[0] == b'run':
        run(request[1:])
    else:
        exec(compile(_serve_source, '<gaesup>', 'exec'), globals())
        _serve(request[1:], (receive, send, environment, limit_of, without_boot))
`
