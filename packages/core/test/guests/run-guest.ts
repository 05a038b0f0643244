import { createVirtualFiles, type VirtualFiles } from '../../src/files/index.ts'
import { OutputLimitError, type GuestExit, type RunGuest } from '../../src/guests/guest.ts'

export interface GuestRun extends GuestExit {
  readonly stdout: string
  readonly stderr: string
  /** Chunks in the order they came. */
  readonly chunks: readonly { readonly stream: 'stdout' | 'stderr'; readonly text: string }[]
  readonly files: VirtualFiles
}

export interface GuestRunOptions {
  readonly files?: VirtualFiles
  readonly stdin?: string | Uint8Array
  readonly env?: Record<string, string>
  readonly cwd?: string
  readonly memoryLimitBytes?: number
  readonly maxOutputBytes?: number
}

export const freshFiles = (contents: Record<string, string> = {}): VirtualFiles => {
  const files = createVirtualFiles({ quota: { bytes: 8_388_608, inodes: 1000 } })
  for (const [path, text] of Object.entries(contents)) {
    files.makeDirectory(path.slice(0, path.lastIndexOf('/')) || '/', { recursive: true })
    files.writeFile(path, new TextEncoder().encode(text))
  }
  return files
}

/** Runs one command to its end and keeps what it wrote. */
export const runGuest = async (
  guest: RunGuest,
  argv: readonly string[],
  options: GuestRunOptions = {},
): Promise<GuestRun> => {
  const files = options.files ?? freshFiles()
  const chunks: { stream: 'stdout' | 'stderr'; text: string }[] = []
  let left = options.maxOutputBytes ?? 16_777_216
  const exit = await guest({
    files,
    argv,
    env: options.env ?? {},
    cwd: options.cwd ?? '/',
    stdin:
      typeof options.stdin === 'string'
        ? new TextEncoder().encode(options.stdin)
        : (options.stdin ?? new Uint8Array()),
    memoryLimitBytes: options.memoryLimitBytes ?? 67_108_864,
    now: Date.now,
    write: (stream, bytes) => {
      left -= bytes.length
      if (left < 0) throw new OutputLimitError('too much output')
      chunks.push({ stream, text: new TextDecoder().decode(bytes) })
    },
  })
  const textOf = (stream: string): string =>
    chunks
      .filter((chunk) => chunk.stream === stream)
      .map((chunk) => chunk.text)
      .join('')
  return { ...exit, stdout: textOf('stdout'), stderr: textOf('stderr'), chunks, files }
}
