/** The file name of the AssemblyScript source below. */
export const wasiFile = 'gaesup-wasi.ts'

/** Parts of AssemblyScript's library that would import from `env`, and what stands in for them. */
export const wasiReplacements: readonly string[] = [
  'abort=wasiAbort',
  'trace=wasiTrace',
  'seed=wasiSeed',
  'console=wasiConsole',
  'Date=WasiDate',
]

/**
 * WASI preview 1 for AssemblyScript: text to stdout and stderr, seeds, the clock.
 *
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
 */
export const wasiLibrary: string = `
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: i32, vectors: usize, count: i32, written: usize): i32
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void
@external("wasi_snapshot_preview1", "random_get")
declare function random_get(at: usize, length: i32): i32
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(clock: i32, precision: u64, at: usize): i32

const vector = memory.data(24)

function write(fd: i32, text: string): void {
  const bytes = String.UTF8.encode(text + "\\n")
  let at = changetype<usize>(bytes)
  let left = bytes.byteLength
  while (left > 0) {
    store<u32>(vector, <u32>at)
    store<u32>(vector, <u32>left, 4)
    if (fd_write(fd, vector, 1, vector + 8) != 0) return
    const written = load<u32>(vector, 8)
    if (written == 0) return
    at += written
    left -= written
  }
}

@global export function wasiAbort(message: string | null = null, file: string | null = null, line: u32 = 0, column: u32 = 0): void {
  const said = message === null ? "abort" : message
  const where = file === null ? "" : " in " + file + ":" + line.toString() + ":" + column.toString()
  write(2, "abort: " + said + where)
  proc_exit(255)
}

@global export function wasiTrace(message: string, count: i32 = 0, a: f64 = 0, b: f64 = 0, c: f64 = 0, d: f64 = 0, e: f64 = 0): void {
  let text = "trace: " + message
  if (count > 0) text += " " + a.toString()
  if (count > 1) text += ", " + b.toString()
  if (count > 2) text += ", " + c.toString()
  if (count > 3) text += ", " + d.toString()
  if (count > 4) text += ", " + e.toString()
  write(2, text)
}

@global export function wasiSeed(): f64 {
  random_get(vector + 16, 8)
  return reinterpret<f64>((load<u64>(vector, 16) >> 12) | 0x3ff0000000000000) - 1
}

@global export namespace wasiConsole {
  export function log(text: string = ""): void { write(1, text) }
  export function info(text: string = ""): void { write(1, text) }
  export function debug(text: string = ""): void { write(1, text) }
  export function warn(text: string = ""): void { write(2, text) }
  export function error(text: string = ""): void { write(2, text) }
}

@global export class WasiDate {
  static now(): i64 {
    clock_time_get(0, 1000000, vector + 16)
    return load<u64>(vector, 16) / 1000000
  }
}
`
