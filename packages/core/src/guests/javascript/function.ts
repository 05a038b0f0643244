import type { FunctionAnswer, GuestContext } from '../guest.ts'
import { Refusal, textArgument, type HostOperation } from './bridge.ts'
import { parseAnswer } from './function-answer.ts'
import { modulePrefix } from './module-loader.ts'
import { openProgram, spin, startOptions, type Program } from './program.ts'
import { stripTypes, tryStripTypes } from './typescript.ts'

export interface JavaScriptFunctionRequest {
  readonly method: string
  /** Path and query, beginning with a slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
}

/** What a function may use; `argv` and `stdin` are for programs only. */
export interface JavaScriptFunctionOptions extends Omit<GuestContext, 'argv' | 'stdin'> {
  /** The code is TypeScript. Default false: its types are stripped only where it is no JavaScript. */
  readonly typescript?: boolean
  /** True ends the instance with the limit `time`; asked often. Default: never. */
  readonly interrupt?: () => boolean
}

/** One loaded function in an interpreter of its own. Requests are answered one after the other. */
export interface JavaScriptFunction {
  /** Never throws for what the function does; errors are answers with the stack in `message`. */
  invoke(request: JavaScriptFunctionRequest): Promise<FunctionAnswer>
  /** Size of linear memory, bytes. It never shrinks. */
  memoryBytes(): number
  close(): void
}

/** The code did not load; `message` has the stack of its error. */
export class JavaScriptFunctionError extends Error {
  override readonly name = 'JavaScriptFunctionError'
  readonly code = 'FUNCTION_NOT_LOADED'
  readonly answer: Extract<FunctionAnswer, { ok: false }>

  constructor(answer: Extract<FunctionAnswer, { ok: false }>) {
    super(answer.message)
    this.answer = answer
  }
}

/** The name of the code in stack traces. */
const filename = '/function.js'
const asModule = 1

type Outcome = { readonly loaded: true } | FunctionAnswer

class Instance implements JavaScriptFunction {
  readonly #program: Program
  readonly #outcome: { value?: Outcome }

  constructor(program: Program, outcome: { value?: Outcome }) {
    this.#program = program
    this.#outcome = outcome
  }

  async load(source: string, typescript: boolean): Promise<void> {
    const { machine, sources } = this.#program
    sources.set(filename, source)
    const code = this.#untyped(source, typescript)
    if (machine.ask('adoptScript', code, filename) === 'module') {
      const main = machine.evaluate((vm) =>
        vm.evalCode(modulePrefix(filename) + code, filename, asModule),
      )
      if (main !== undefined) machine.ask('adoptModule', main)
      main?.dispose()
    }
    const outcome = await this.#wait()
    if ('ok' in outcome && !outcome.ok) throw new JavaScriptFunctionError(outcome)
  }

  /** Code that is not JavaScript is tried as TypeScript. */
  #untyped(source: string, typescript: boolean): string {
    if (!typescript && this.#program.machine.kindOf(source, filename) !== undefined) return source
    try {
      return typescript ? stripTypes(source, filename) : (tryStripTypes(source, filename) ?? source)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new JavaScriptFunctionError({
        ok: false,
        message: `SyntaxError [${error.code}]: ${error.message}`,
      })
    }
  }

  async invoke(request: JavaScriptFunctionRequest): Promise<FunctionAnswer> {
    const { method, path, headers, body } = request
    delete this.#outcome.value
    this.#program.machine.ask('invoke', JSON.stringify({ method, path, headers }), body)
    const outcome = await this.#wait()
    return 'ok' in outcome
      ? outcome
      : { ok: false, message: 'The function answered before it was asked.' }
  }

  async #wait(): Promise<Outcome> {
    const { machine } = this.#program
    await spin(machine, () => this.#outcome.value !== undefined)
    if (this.#outcome.value !== undefined) return this.#outcome.value
    return machine.stop === undefined
      ? {
          ok: false,
          message: 'The function never answers: nothing is left that could settle its promise.',
        }
      : this.#ended()
  }

  #ended(): FunctionAnswer {
    const { stop } = this.#program.machine
    if (stop?.kind === 'fault') throw stop.error
    if (stop?.kind === 'memory')
      return { ok: false, limit: 'memory', message: 'The function ran out of memory.', ended: true }
    if (stop?.kind === 'interrupted')
      return { ok: false, limit: 'time', message: 'The function ran out of time.', ended: true }
    if (stop?.kind === 'crash')
      return { ok: false, message: `The interpreter stopped: ${stop.message}`, ended: true }
    const report = this.#program.lastError()
    return {
      ok: false,
      message: report === '' ? 'The function ended its process.' : report,
      ended: true,
    }
  }

  memoryBytes(): number {
    return this.#program.machine.memoryBytes()
  }

  close(): void {
    this.#program.machine.close()
  }
}

/**
 * Loads a function: `export default function (event, context)`, `export default { fetch(request) }`,
 * `export function handler(event, context)`, `module.exports = fn` or `module.exports = { handler }`; async or not.
 * `event` is the request's body parsed as JSON (`{}` without a body, text when it is no JSON) and `context.request` the
 * request. A returned `{ statusCode | status, headers, body }` or `Response` is the HTTP answer; anything else is sent
 * as JSON with status 200.
 *
 * @throws JavaScriptFunctionError when the code does not load or exports no handler
 */
export const openJavaScriptFunction = async (
  code: string,
  options: JavaScriptFunctionOptions,
): Promise<JavaScriptFunction> => {
  const outcome: { value?: Outcome } = {}
  const settle = (value: Outcome): undefined => {
    outcome.value ??= value
    return undefined
  }
  const operations: [string, HostOperation][] = [
    ['function.loaded', () => settle({ loaded: true })],
    [
      'function.failed',
      ([message, isMemory]) =>
        settle({
          ok: false,
          message: textArgument(message),
          ...(isMemory === true ? { limit: 'memory' } : {}),
        }),
    ],
    ['function.answer', (args) => settle(parseAnswer(args))],
  ]
  const context: GuestContext = {
    files: options.files,
    env: options.env,
    cwd: options.cwd,
    memoryLimitBytes: options.memoryLimitBytes,
    argv: ['node'],
    stdin: new Uint8Array(),
    write: (stream, bytes) => options.write(stream, bytes),
    now: () => options.now(),
  }
  const program = await openProgram(context, { interrupt: options.interrupt, operations })
  const instance = new Instance(program, outcome)
  try {
    program.machine.ask('start', startOptions(program, [filename]))
    await instance.load(code, options.typescript === true)
    return instance
  } catch (error) {
    instance.close()
    throw error
  }
}
