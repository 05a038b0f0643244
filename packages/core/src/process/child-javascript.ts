import { OutputLimitError, type FunctionAnswer } from '../guests/guest.ts'
import {
  JavaScriptFunctionError,
  openJavaScriptFunction,
  type JavaScriptFunction,
} from '../guests/javascript/function.ts'
import { encodeAnswer } from '../guests/python/function.ts'
import { defaultEnvironment } from '../guests/python/run.ts'
import type { ChildHost } from './child-loop.ts'
import { decodeHeaded, encodeFrame, type Frame } from './frames.ts'
import { toChild, toParent, type InvokeRequest, type LoadRequest } from './messages.ts'
import { PipeClosedError } from './sync-pipe.ts'

/** Loads a JavaScript function and answers requests until the parent closes the pipe or the function ends itself. */
export async function serveJavaScript(host: ChildHost, first: Frame): Promise<never> {
  const { head } = decodeHeaded(first.payload)
  const loaded = await load(host, head as LoadRequest)
  for (;;) {
    const frame = host.next()
    if (frame.type !== toChild.invoke)
      throw new Error(`no frame of type ${frame.type} was expected by a function`)
    const { head: request, body } = decodeHeaded(frame.payload)
    const { method, path, headers, hasBody, limits } = request as InvokeRequest
    host.begin(limits)
    const answer =
      'invoke' in loaded
        ? await guarded(() =>
            loaded.invoke({ method, path, headers, body: hasBody ? body : undefined }),
          )
        : loaded
    respond(host, answer, 'invoke' in loaded ? loaded.memoryBytes() : 0)
  }
}

/** The function, or the answer that it gives to every request because it did not load. */
async function load(
  host: ChildHost,
  request: LoadRequest,
): Promise<JavaScriptFunction | FunctionAnswer> {
  host.begin(request.limits)
  const { replica, configuration } = host
  try {
    const loaded = await openJavaScriptFunction(request.code, {
      files: replica.files,
      env: { ...defaultEnvironment, ...request.environment },
      cwd: '/workspace',
      memoryLimitBytes: configuration.memoryLimitBytes,
      write: (stream, bytes) => host.write(stream, bytes),
      now: Date.now,
    })
    respond(
      host,
      { ok: true, status: 200, headers: {}, body: new Uint8Array() },
      loaded.memoryBytes(),
    )
    return loaded
  } catch (error) {
    const answer = await guarded(() => Promise.reject(error))
    respond(host, answer, 0)
    return answer
  }
}

async function guarded(call: () => Promise<FunctionAnswer>): Promise<FunctionAnswer> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof JavaScriptFunctionError) return error.answer
    if (error instanceof OutputLimitError)
      return {
        ok: false,
        limit: 'output',
        ended: true,
        message: 'The function wrote more output than it may.',
      }
    throw error
  }
}

function respond(host: ChildHost, answer: FunctionAnswer, memoryBytes: number): void {
  host.send(encodeFrame(toParent.response, encodeAnswer(answer, { ...host.finish(), memoryBytes })))
  if (!answer.ok && answer.ended === true) throw new PipeClosedError('the function is gone')
}
