import { createVirtualFiles, type FileQuota, type VirtualFiles } from '../../src/files/index.ts'
import { createWasi, type SystemCallName, type WasiOptions } from '../../src/wasi/index.ts'

/** `(module (memory (export "memory") 2 4))` */
const memoryOnly = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 1, 2, 4, 7, 10, 1, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72,
  0x79, 2, 0,
])

export const allRights: bigint = (1n << 29n) - 1n
/** Descriptor of the first preopened folder. */
export const root = 3

/** Plays the guest: real memory, real calls, from JavaScript. */
export class HandGuest {
  readonly files: VirtualFiles
  readonly memory: WebAssembly.Memory
  readonly #calls: Record<SystemCallName, (...args: (number | bigint)[]) => number>
  #next = 1024

  constructor(options: Partial<WasiOptions> & { quota?: FileQuota } = {}) {
    const { quota = { bytes: 1 << 20, inodes: 1000 }, ...rest } = options
    this.files = rest.files ?? createVirtualFiles({ quota })
    const wasi = createWasi({ ...rest, files: this.files })
    const instance = new WebAssembly.Instance(new WebAssembly.Module(memoryOnly))
    wasi.initialize(instance)
    this.memory = instance.exports['memory'] as WebAssembly.Memory
    this.#calls = wasi.imports.wasi_snapshot_preview1
  }

  get view(): DataView {
    return new DataView(this.memory.buffer)
  }

  call(name: SystemCallName, ...args: (number | bigint)[]): number {
    return this.#calls[name](...args)
  }

  /** Puts bytes or text into memory; gives address and length. */
  put(value: string | Uint8Array): [number, number] {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    const at = this.take(bytes.length)
    new Uint8Array(this.memory.buffer).set(bytes, at)
    return [at, bytes.length]
  }

  /** Room for a result. */
  take(length: number): number {
    const at = this.#next
    this.#next = (at + length + 15) & ~7
    if (this.#next > 100_000) this.#next = 1024
    new Uint8Array(this.memory.buffer).fill(0, at, at + length)
    return at
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(at, at + length)
  }

  text(at: number, length: number): string {
    return new TextDecoder().decode(this.bytes(at, length))
  }

  /** Opens and gives the errno and the descriptor. */
  open(
    path: string,
    how: {
      dir?: number
      oflags?: number
      rights?: bigint
      inheriting?: bigint
      fdflags?: number
      follow?: boolean
    } = {},
  ): { errno: number; fd: number } {
    const {
      dir = root,
      oflags = 0,
      rights = allRights,
      inheriting = allRights,
      fdflags = 0,
      follow = true,
    } = how
    const result = this.take(4)
    const errno = this.call(
      'path_open',
      dir,
      follow ? 1 : 0,
      ...this.put(path),
      oflags,
      rights,
      inheriting,
      fdflags,
      result,
    )
    return { errno, fd: this.view.getUint32(result, true) }
  }

  /** One scattered buffer list. */
  iovs(...spans: [number, number][]): [number, number] {
    const at = this.take(spans.length * 8)
    for (const [n, [start, length]] of spans.entries()) {
      this.view.setUint32(at + n * 8, start, true)
      this.view.setUint32(at + n * 8 + 4, length, true)
    }
    return [at, spans.length]
  }

  write(fd: number, text: string): { errno: number; count: number } {
    const result = this.take(4)
    const errno = this.call('fd_write', fd, ...this.iovs(this.put(text)), result)
    return { errno, count: this.view.getUint32(result, true) }
  }

  read(fd: number, length: number): { errno: number; text: string } {
    const result = this.take(4)
    const into = this.take(length)
    const errno = this.call('fd_read', fd, ...this.iovs([into, length]), result)
    return { errno, text: this.text(into, this.view.getUint32(result, true)) }
  }

  /** Result of a call that writes one u64. */
  u64(name: SystemCallName, ...args: (number | bigint)[]): { errno: number; value: bigint } {
    const at = this.take(8)
    const errno = this.call(name, ...args, at)
    return { errno, value: this.view.getBigUint64(at, true) }
  }

  stat(
    path: string,
    follow = true,
  ): {
    errno: number
    type: number
    size: bigint
    links: bigint
    ino: bigint
    mtim: bigint
    atim: bigint
  } {
    const at = this.take(64)
    const errno = this.call('path_filestat_get', root, follow ? 1 : 0, ...this.put(path), at)
    return { errno, ...this.#stat(at) }
  }

  fstat(fd: number): {
    errno: number
    type: number
    size: bigint
    links: bigint
    ino: bigint
    mtim: bigint
    atim: bigint
  } {
    const at = this.take(64)
    const errno = this.call('fd_filestat_get', fd, at)
    return { errno, ...this.#stat(at) }
  }

  readdir(
    fd: number,
    cookie: bigint,
    room: number,
  ): { errno: number; used: number; entries: { name: string; next: bigint; type: number }[] } {
    const into = this.take(room)
    const used = this.take(4)
    const errno = this.call('fd_readdir', fd, into, room, cookie, used)
    const filled = this.view.getUint32(used, true)
    const entries = []
    for (let at = 0; at + 24 <= filled;) {
      const length = this.view.getUint32(into + at + 16, true)
      if (at + 24 + length > filled) break
      entries.push({
        name: this.text(into + at + 24, length),
        next: this.view.getBigUint64(into + at, true),
        type: this.view.getUint8(into + at + 20),
      })
      at += 24 + length
    }
    return { errno, used: filled, entries }
  }

  #stat(at: number) {
    const view = this.view
    return {
      ino: view.getBigUint64(at + 8, true),
      type: view.getUint8(at + 16),
      links: view.getBigUint64(at + 24, true),
      size: view.getBigUint64(at + 32, true),
      atim: view.getBigUint64(at + 40, true),
      mtim: view.getBigUint64(at + 48, true),
    }
  }
}
