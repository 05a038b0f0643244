import { ByteSink } from '../../src/binary/byte-sink.ts'

export const i32 = 0x7f
export const i64 = 0x7e

export interface FunctionSource {
  readonly params?: readonly number[]
  readonly results?: readonly number[]
  /** Types of further locals. */
  readonly locals?: readonly number[]
  /** Instructions without the closing `end`. */
  readonly code: readonly number[]
  readonly export?: string
}

export interface ModuleSource {
  readonly functions?: readonly FunctionSource[]
  /** Imported functions, as `env.f0`, `env.f1` … unless they say otherwise; they come first. */
  readonly imported?: readonly {
    readonly params: readonly number[]
    readonly results: readonly number[]
    readonly from?: { readonly module: string; readonly name: string }
  }[]
  /** Raw limits: flags, then LEB numbers. */
  readonly memories?: readonly (readonly number[])[]
  readonly importedMemory?: readonly number[]
  /** Raw table types. */
  readonly tables?: readonly (readonly number[])[]
  /** i64 globals, mutable, zero. */
  readonly globals?: number
  /** Raw type entries in front of those of the functions. */
  readonly extraTypes?: readonly (readonly number[])[]
  /** Functions that fill table 0 from element 0 on. */
  readonly elements?: readonly number[]
  readonly start?: number
  readonly exports?: readonly {
    readonly name: string
    readonly kind: number
    readonly index: number
  }[]
}

/** Puts a small module together from its parts. */
export function assemble(source: ModuleSource): Uint8Array {
  const { functions = [], imported = [], extraTypes = [] } = source
  const out = new ByteSink().bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  const section = (id: number, entries: readonly Uint8Array[]): void => {
    if (entries.length === 0) return
    const content = new ByteSink().u32(entries.length)
    for (const entry of entries) content.bytes(entry)
    out.u8(id).sized(content.finish())
  }
  const bytes = (...parts: (number | readonly number[])[]): Uint8Array =>
    Uint8Array.from(parts.flat())
  const typeOf = (f: { params?: readonly number[]; results?: readonly number[] }): Uint8Array =>
    bytes(0x60, f.params?.length ?? 0, f.params ?? [], f.results?.length ?? 0, f.results ?? [])
  const first = extraTypes.length
  section(1, [
    ...extraTypes.map((type) => bytes(type)),
    ...imported.map(typeOf),
    ...functions.map(typeOf),
  ])
  const importedFunctions = imported.map(({ from }, n) =>
    new ByteSink()
      .name(from?.module ?? 'env')
      .name(from?.name ?? `f${n}`)
      .u8(0)
      .u32(first + n)
      .finish(),
  )
  const importedMemory = source.importedMemory
    ? [new ByteSink().name('env').name('memory').u8(2).bytes(source.importedMemory).finish()]
    : []
  section(2, [...importedFunctions, ...importedMemory])
  section(
    3,
    functions.map((_, n) => new ByteSink().u32(first + imported.length + n).finish()),
  )
  section(
    4,
    (source.tables ?? []).map((raw) => bytes(raw)),
  )
  section(
    5,
    (source.memories ?? []).map((raw) => bytes(raw)),
  )
  section(
    6,
    Array.from({ length: source.globals ?? 0 }, () => bytes(i64, 1, 0x42, 0, 0x0b)),
  )
  const named = functions.flatMap((f, n) =>
    f.export === undefined ? [] : [{ name: f.export, kind: 0, index: imported.length + n }],
  )
  section(
    7,
    [...named, ...(source.exports ?? [])].map(({ name, kind, index }) =>
      new ByteSink().name(name).u8(kind).u32(index).finish(),
    ),
  )
  if (source.start !== undefined) out.u8(8).sized(new ByteSink().u32(source.start).finish())
  if (source.elements)
    section(9, [bytes(0, 0x41, 0, 0x0b, source.elements.length, source.elements)])
  section(
    10,
    functions.map((f) => {
      const body = new ByteSink().u32(f.locals?.length ?? 0)
      for (const local of f.locals ?? []) body.bytes([1, local])
      return new ByteSink().sized(body.bytes(f.code).u8(0x0b).finish()).finish()
    }),
  )
  return out.finish()
}

/** Signed LEB128 of a 32- or 64-bit number, for code. */
export function signed(value: bigint | number): number[] {
  return [...new ByteSink().s64(BigInt(value)).finish()]
}

export function instantiate(
  bytes: Uint8Array,
  imports: WebAssembly.Imports = {},
): Record<string, WebAssembly.ExportValue> {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), imports)
    .exports
}
