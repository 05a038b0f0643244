import { spawn, type ChildProcess } from 'node:child_process'
import { DriverProtocolError, SaidReader, type Said } from './frames.ts'

/** How an engine is started with a module. */
export interface EngineCommand {
  readonly path: string
  /** The module's file stands where the engine wants it. */
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** Why there is no more to come from an engine. */
export interface EngineEnd {
  readonly reason: 'exited' | 'protocol' | 'killed'
  readonly message: string
}

type Handle = Partial<Pick<ChildProcess, 'ref' | 'unref'>>

const lastWordsBytes = 4096
/** An engine that said what no driver says may be telling why it ends, as WasmEdge does on stdout: it gets so long for that. */
const lastWordsMs = 500

/** An engine's process: instructions go in, what the driver says comes out, in order. */
export class EngineProcess {
  readonly #child: ChildProcess
  readonly #reader: SaidReader
  readonly #said: Said[] = []
  /** Resolves when the process is no more. */
  readonly gone: Promise<void>
  /** Resolves when the engine has read the module, as it said something, or is no more. */
  readonly hasRead: Promise<void>
  #wanted: { resolve(said: Said): void; reject(end: EngineEndedError): void } | undefined
  #end: EngineEnd | undefined
  #lastWords = ''
  /** Set when stdout brought what no driver says. */
  #nonsense: { readonly message: string; readonly timer: ReturnType<typeof setTimeout> } | undefined
  #onEnd: (end: EngineEnd) => void = () => undefined

  constructor({ path, args, cwd, env }: EngineCommand, maxPages: number) {
    this.#reader = new SaidReader(maxPages, (words) => this.#hear(words))
    const child = spawn(path, args, { cwd, env, stdio: 'pipe', windowsHide: true })
    this.#child = child
    this.gone = new Promise((resolve) => {
      child.once('close', () => resolve())
      child.once('error', () => resolve())
    })
    this.hasRead = Promise.race([
      this.gone,
      new Promise<void>((resolve) => child.stdout.once('data', () => resolve())),
    ])
    child.once('error', (error) => this.#finish({ reason: 'exited', message: error.message }))
    child.once('close', (code, signal) => this.#close(code, signal))
    child.stderr.on('data', (chunk: Buffer) => this.#hear(chunk))
    child.stdin.on('error', () => undefined)
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk)).on('error', () => undefined)
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  get isAlive(): boolean {
    return this.#end === undefined
  }

  /** Called when it goes without having been killed. */
  onEnd(listener: (end: EngineEnd) => void): void {
    this.#onEnd = listener
    if (this.#end !== undefined && this.#end.reason !== 'killed') listener(this.#end)
  }

  send(...parts: readonly Uint8Array[]): void {
    if (this.isAlive) this.#child.stdin?.write(Buffer.concat(parts))
  }

  /** Rejects with `EngineEndedError`. One at a time. */
  next(): Promise<Said> {
    const said = this.#said.shift()
    if (said !== undefined) return Promise.resolve(said)
    if (this.#end !== undefined) return Promise.reject(new EngineEndedError(this.#end))
    return new Promise((resolve, reject) => {
      this.#wanted = { resolve, reject }
    })
  }

  /** Whether this program waits for it to end. */
  keepAlive(isBusy: boolean): void {
    const { stdin, stdout, stderr } = this.#child
    const all = [this.#child, stdin, stdout, stderr] as (Handle | null)[]
    for (const one of all) {
      if (isBusy) one?.ref?.()
      else one?.unref?.()
    }
  }

  /** Ends it at once; resolves when it is gone. */
  async kill(message = 'it was ended'): Promise<void> {
    this.#finish({ reason: 'killed', message })
    this.keepAlive(true)
    this.#child.kill('SIGKILL')
    await this.gone
  }

  #receive(chunk: Uint8Array): void {
    if (!this.isAlive) return
    if (this.#nonsense !== undefined) return this.#hear(chunk)
    try {
      for (const said of this.#reader.push(chunk)) this.#give(said)
    } catch (error) {
      if (!(error instanceof DriverProtocolError)) throw error
      this.#hear(this.#reader.rest())
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), lastWordsMs)
      this.#nonsense = { message: error.message, timer }
    }
  }

  #hear(chunk: Uint8Array): void {
    this.#lastWords = (this.#lastWords + Buffer.from(chunk).toString('utf8')).slice(-lastWordsBytes)
  }

  #close(code: number | null, signal: string | null): void {
    const nonsense = this.#nonsense
    clearTimeout(nonsense?.timer)
    if (nonsense !== undefined && signal === 'SIGKILL')
      return this.#finish({ reason: 'protocol', message: nonsense.message })
    this.#hear(this.#reader.rest())
    this.#finish({ reason: 'exited', message: this.#lastWordsWith(code, signal) })
  }

  #give(said: Said): void {
    const wanted = this.#wanted
    this.#wanted = undefined
    if (wanted !== undefined) return wanted.resolve(said)
    if (this.#said.length > 0) throw new DriverProtocolError('it says more than it was asked')
    this.#said.push(said)
  }

  #lastWordsWith(code: number | null, signal: string | null): string {
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`
    const words = this.#lastWords.trim()
    return words === '' ? how : `${how}; ${words}`
  }

  #finish(end: EngineEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#wanted?.reject(new EngineEndedError(end))
    this.#wanted = undefined
    if (end.reason !== 'killed') this.#onEnd(end)
  }
}

/** Rejection of whoever waited for an engine that is gone. */
export class EngineEndedError extends Error {
  override readonly name = 'EngineEndedError'
  readonly end: EngineEnd

  constructor(end: EngineEnd) {
    super(end.message)
    this.end = end
  }
}
