import type { SystemFiles } from '../files/index.ts'
import type { FunctionAnswer, RunGuest } from '../guests/guest.ts'
import { loadImage } from '../guests/javascript/image.ts'
import { createJavaScriptGuest } from '../guests/javascript/run.ts'
import {
  encodeAnswer,
  parseFunctionAnswer,
  toInvokeWork,
  toLoadWork,
} from '../guests/python/function.ts'
import {
  createPython,
  type Python,
  type PythonEnd,
  type PythonInstance,
  type PythonWork,
} from '../guests/python/interpreter.ts'
import { parsePythonCommand } from '../guests/python/command-line.ts'
import {
  createPythonGuest,
  fitsWaiting,
  startEnvironment,
  toExit,
  toPythonWork,
} from '../guests/python/run.ts'
import { createShellGuest } from '../guests/shell/shell-guest.ts'
import { zoneFiles } from '../guests/python/time-zones.ts'
import type { ChildHost } from './child-loop.ts'
import { decodeHeaded, encodeFrame, type Frame } from './frames.ts'
import {
  encodeMessage,
  maxResponseBytes,
  toChild,
  toParent,
  type InvokeRequest,
  type LoadRequest,
  type RunRequest,
} from './messages.ts'
import { PipeClosedError } from './sync-pipe.ts'

/** The interpreters of one locked process. */
export interface Programs {
  readonly systemFiles: SystemFiles
  /** Loads what the configuration wants ready. */
  prepare(): Promise<void>
  /** Blocks until there is a frame that no waiting interpreter takes; undefined when one took it and has ended. */
  wait(): Frame | undefined
  find(name: string): RunGuest
  /** Linear memory of the last Python program, bytes; undefined when there was none. */
  memoryBytes(): number | undefined
}

const pythonNames: ReadonlySet<string> = new Set(['python', 'python3', 'python3.12'])
const javaScriptNames: ReadonlySet<string> = new Set(['node', 'js', 'qjs'])

/** Which interpreter a program name means. */
export function languageOf(name: string): 'python' | 'javascript' | 'shell' {
  const base = name.slice(name.lastIndexOf('/') + 1)
  if (pythonNames.has(base)) return 'python'
  return javaScriptNames.has(base) ? 'javascript' : 'shell'
}

export function openPrograms(host: ChildHost): Programs {
  const { memoryLimitBytes } = host.configuration
  let compiled: Python | undefined
  let last: PythonInstance | undefined
  let prepared = host.configuration.prepare
  const python = (): Python => (compiled ??= createPython(memoryLimitBytes))
  const runPython = createPythonGuest({
    python,
    onInstance: (instance) => {
      last = instance
    },
  })
  const runJavaScript = createJavaScriptGuest()
  const runShell = createShellGuest({ python3: runPython, node: runJavaScript })
  const guests = { python: runPython, javascript: runJavaScript, shell: runShell }
  return {
    systemFiles: zoneFiles(),
    async prepare() {
      if (prepared === 'javascript') await loadImage()
    },
    wait() {
      if (prepared !== 'python') return host.next()
      const waiting = new WaitingPython(host)
      last = waiting.start(python())
      return waiting.run(last)
    },
    find(name) {
      const language = languageOf(name)
      prepared = language === 'python' ? 'python' : 'none'
      last = undefined
      return guests[language]
    },
    memoryBytes: () => last?.memoryBytes(),
  }
}

/** An interpreter that is ready before it knows what for. */
class WaitingPython {
  readonly #host: ChildHost
  /** What it took, until that is done. */
  #busy: 'run' | 'load' | 'invoke' | undefined
  #left: Frame | undefined
  #instance: PythonInstance | undefined

  constructor(host: ChildHost) {
    this.#host = host
  }

  start(python: Python): PythonInstance {
    const { replica, configuration } = this.#host
    this.#instance = python.launch({
      files: replica.files,
      memoryLimitBytes: configuration.memoryLimitBytes,
      flags: [],
      env: startEnvironment,
      next: () => this.#next(),
      answer: (items) => this.#answer(items),
      maxAnswerBytes: maxResponseBytes + 128 * 1024,
      write: (stream, bytes) => this.#host.write(stream, bytes),
    })
    return this.#instance
  }

  /** Runs to the end; gives the frame that was not for this interpreter. */
  run(instance: PythonInstance): Frame | undefined {
    const end = instance.run()
    if (this.#busy === 'run') this.#exit(toExit(end))
    else if (this.#busy !== undefined) this.#respondLast(end)
    else if (!end.unwound)
      throw new Error(`the interpreter ended with exit code ${end.exitCode} before it had work`)
    return this.#left
  }

  /** The function ended its interpreter; there is nothing left that could answer. */
  #respondLast(end: PythonEnd): never {
    this.#respond({
      ok: false,
      ended: true,
      message: `The function ended its interpreter with exit code ${end.exitCode}.`,
      ...toExit(end),
    })
    throw new PipeClosedError('the function is gone')
  }

  #next(): PythonWork | undefined {
    const frame = this.#host.next()
    const work = this.#toWork(frame)
    if (work === undefined) this.#left = frame
    return work
  }

  #toWork(frame: Frame): PythonWork | undefined {
    const { head, body } = decodeHeaded(frame.payload)
    if (frame.type === toChild.run) {
      const request = head as RunRequest
      if (languageOf(request.argv[0] ?? '') !== 'python') return undefined
      const command = parsePythonCommand(request.argv.slice(1))
      if (!fitsWaiting(command, request.env)) return undefined
      this.#take('run', request.limits)
      return toPythonWork(command.program, { cwd: request.cwd, env: request.env, stdin: body })
    }
    if (frame.type === toChild.load) {
      const request = head as LoadRequest
      if (request.language !== 'python') return undefined
      this.#take('load', request.limits)
      return toLoadWork(request)
    }
    if (frame.type !== toChild.invoke) return undefined
    const request = head as InvokeRequest
    this.#take('invoke', request.limits)
    return toInvokeWork(request, body)
  }

  #take(kind: 'run' | 'load' | 'invoke', limits: RunRequest['limits']): void {
    this.#busy = kind
    this.#host.begin(limits)
  }

  #answer(items: readonly Uint8Array[]): void {
    if (this.#busy === 'run' || this.#busy === undefined) return
    this.#respond(
      parseFunctionAnswer(items) ?? { ok: true, status: 200, headers: {}, body: new Uint8Array() },
    )
    this.#busy = undefined
  }

  #exit(exit: object): void {
    const usage = this.#usage()
    this.#host.send(encodeMessage(toParent.exit, { ...exit, ...usage }))
  }

  #respond(answer: FunctionAnswer): void {
    this.#host.send(encodeFrame(toParent.response, encodeAnswer(answer, this.#usage())))
  }

  #usage(): { cpuMs: number; memoryBytes: number } {
    return { ...this.#host.finish(), memoryBytes: this.#instance?.memoryBytes() ?? 0 }
  }
}
