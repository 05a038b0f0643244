import type { LimitKind } from '../ports.ts'

type StreamName = 'stdout' | 'stderr'

/** Text of what a program writes, decoded across chunk borders. */
export interface OutputCollector {
  /** Takes a chunk; answers the text that is complete now. */
  add(stream: StreamName, bytes: Uint8Array): string
  /** Text of the bytes that were left over when the program ended. */
  finish(): Readonly<Record<StreamName, string>>
  readonly truncated: boolean
  text(stream: StreamName): string
}

const createDecoder = (): InstanceType<typeof TextDecoder> =>
  new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Collects at most `maxBytes` of both streams together. An engine stops the program at the same number; this holds
 * even if it does not.
 */
export const createOutputCollector = (maxBytes: number): OutputCollector => {
  const decoders = { stdout: createDecoder(), stderr: createDecoder() }
  const pieces: Record<StreamName, string[]> = { stdout: [], stderr: [] }
  let left = maxBytes
  let truncated = false

  const keep = (stream: StreamName, text: string): string => {
    if (text !== '') pieces[stream].push(text)
    return text
  }

  return {
    add: (stream, bytes) => {
      const taken = bytes.length > left ? bytes.subarray(0, left) : bytes
      truncated ||= taken.length < bytes.length
      left -= taken.length
      return keep(stream, decoders[stream].decode(taken, { stream: true }))
    },
    finish: () => ({
      stdout: keep('stdout', decoders.stdout.decode()),
      stderr: keep('stderr', decoders.stderr.decode()),
    }),
    get truncated() {
      return truncated
    },
    text: (stream) => pieces[stream].join(''),
  }
}

/** Limits of one command, for messages. */
export interface CommandCaps {
  readonly timeoutMs: number
  readonly cpuMs: number
  readonly maxOutputBytes: number
  readonly memoryLimitBytes: number
  readonly diskLimitBytes: number
  readonly inodeLimit: number
}

const LIMIT_MESSAGES: Readonly<Record<LimitKind, (caps: CommandCaps) => string>> = {
  time: (caps) => `time limit of ${caps.timeoutMs} ms`,
  cpu: (caps) => `CPU time limit of ${caps.cpuMs} ms`,
  memory: (caps) => `memory limit of ${caps.memoryLimitBytes / 1024 / 1024} MB`,
  output: (caps) => `output limit of ${caps.maxOutputBytes} bytes`,
  disk: (caps) => `disk limit of ${caps.diskLimitBytes} bytes`,
  inodes: (caps) => `limit of ${caps.inodeLimit} files and folders`,
  pids: () => 'limit of processes',
}

/** Which limit stopped a command, for people. */
export const toLimitMessage = (limit: LimitKind, caps: CommandCaps): string =>
  `The command was stopped by the ${LIMIT_MESSAGES[limit](caps)}.`
