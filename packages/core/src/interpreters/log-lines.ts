/** Cuts two byte streams into lines of text, in the order in which the lines end. */
export class LogLines {
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  readonly #rests = { stdout: '', stderr: '' }
  readonly #onLine: (stream: 'stdout' | 'stderr', text: string) => void

  constructor(onLine: (stream: 'stdout' | 'stderr', text: string) => void) {
    this.#onLine = onLine
  }

  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const lines = (
      this.#rests[stream] + this.#decoders[stream].decode(bytes, { stream: true })
    ).split('\n')
    this.#rests[stream] = lines.pop() ?? ''
    for (const line of lines) this.#onLine(stream, line)
  }

  /** Gives lines that nothing ended. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#rests[stream] + this.#decoders[stream].decode()
      this.#rests[stream] = ''
      if (rest !== '') this.#onLine(stream, rest)
    }
  }
}
