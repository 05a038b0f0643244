import { maxResponseBytes } from '../../process/messages.ts'

/** Loads a function once and answers requests until the control device ends. */
export const serveSource: string = String.raw`
_max_body = ${maxResponseBytes}
def _serve(request, ports):
    import inspect, json, os, types
    receive, send, environment, limit_of, without_boot = ports
    filename = 'app.py'

    class Context:
        """What a handler with a second parameter gets beside the event."""

        def __init__(self, method, path, headers, body):
            self.method, self.path, self.headers, self.body = method, path, headers, body

    def load(code, variables):
        environment(variables)
        os.chdir(os.environ.get('HOME', '/'))
        sys.path[:0] = [os.getcwd()]
        sys.argv[:] = [filename]
        module = types.ModuleType('app')
        module.__file__ = filename
        sys.modules['app'] = sys.modules['__main__'] = module
        exec(compile(code, filename, 'exec', dont_inherit=True), module.__dict__)
        return find_handler(module)

    def find_handler(module):
        names = module.__dict__
        for name in ('IncomingHandler', 'HttpHandler', 'Handler'):
            found = names.get(name)
            if inspect.isclass(found) and found.__module__ == 'app' and callable(getattr(found, 'handle_request', None)):
                return spin_handler(found)
        for name in ('handler', 'lambda_handler', 'main'):
            found = names.get(name)
            if callable(found):
                return event_handler(found)
        raise LookupError('there is no handler: define handler(event), or class IncomingHandler with handle_request(self, request)')

    def spin_handler(handler):
        def answer(method, path, headers, body):
            from spin_sdk.http import Request, Response
            response = finish(handler().handle_request(Request(method, path, headers, body)))
            if not hasattr(response, 'status'):
                raise TypeError(f'handle_request must return a Response, not {type(response).__name__}')
            return response.status, dict(response.headers or {}), to_bytes(response.body)
        return answer

    def event_handler(handler):
        def takes_context():
            try:
                inspect.signature(handler).bind(None, None)
                return True
            except (TypeError, ValueError):
                return False

        with_context = takes_context()

        def answer(method, path, headers, body):
            event = parse(body)
            if with_context:
                result = finish(handler(event, Context(method, path, headers, body)))
            else:
                result = finish(handler(event))
            return from_result(result)
        return answer

    loop = None

    def finish(result):
        nonlocal loop
        if not inspect.isawaitable(result):
            return result
        import asyncio
        if loop is None:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)

        async def wait():
            return await result
        return loop.run_until_complete(wait())

    def parse(body):
        if not body:
            return {}
        try:
            return json.loads(body)
        except ValueError:
            return body.decode('utf-8', 'replace')

    def from_result(result):
        if isinstance(result, dict) and 'statusCode' in result:
            headers, body = dict(result.get('headers') or {}), result.get('body')
            if result.get('isBase64Encoded') and isinstance(body, str):
                import base64
                return result['statusCode'], headers, base64.b64decode(body)
            if body is not None and not isinstance(body, (str, bytes, bytearray)):
                return result['statusCode'], typed(headers), to_json(body)
            return result['statusCode'], headers, to_bytes(body)
        if isinstance(result, (bytes, bytearray)):
            return 200, {'content-type': 'application/octet-stream'}, bytes(result)
        return 200, typed({}), to_json(result)

    def typed(headers):
        if not any(str(name).lower() == 'content-type' for name in headers):
            headers['content-type'] = 'application/json'
        return headers

    def to_json(value):
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()

    def to_bytes(body):
        if body is None:
            return b''
        return body.encode() if isinstance(body, str) else bytes(body)

    def describe(error):
        import traceback
        lines = traceback.format_exception(type(error), error, without_boot(error.__traceback__))
        return ''.join(lines).rstrip('\n')

    def failure(error):
        try:
            text = describe(error)
        except BaseException:
            text = type(error).__name__
        limit = limit_of(error)
        return [b'error', limit or b'', text.encode('utf-8', 'replace')]

    def flush():
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass

    def answer(handler, request):
        method, path, body = request[1].decode(), request[2].decode(), request[4] if request[3] else None
        headers = {request[at].decode(): request[at + 1].decode() for at in range(5, len(request), 2)}
        status, headers, body = handler(method, path, headers, body)
        if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
            raise ValueError(f'a status is a whole number from 100 to 599, not {status!r}')
        if len(body) > _max_body:
            return [b'error', b'output', f'the response body has {len(body)} bytes; at most {_max_body} are allowed'.encode()]
        items = [b'ok', str(status).encode(), body]
        for name, value in headers.items():
            items += [str(name).encode(), str(value).encode()]
        return items

    try:
        handler, fault = load(request[0], request[1:]), None
    except BaseException as error:
        handler, fault = None, failure(error)
        del error
    flush()
    send(*(fault or [b'loaded']))
    while True:
        request = receive()
        if fault is not None:
            send(*fault)
            continue
        try:
            result = answer(handler, request)
        except BaseException as error:
            result = failure(error)
        flush()
        send(*result)
`
