import { ByteCursor, unsupported } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { readLimits, readValueType, writeLimits, type Limits } from './types.ts'

export type ImportType =
  | { readonly kind: 'function'; readonly typeIndex: number }
  | { readonly kind: 'table'; readonly element: number; readonly limits: Limits }
  | { readonly kind: 'memory'; readonly limits: Limits }
  | { readonly kind: 'global'; readonly valueType: number; readonly mutability: number }

export interface Import {
  readonly module: string
  readonly name: string
  readonly type: ImportType
}

export function readImports(content: Uint8Array | undefined): Import[] {
  if (content === undefined) return []
  const cursor = new ByteCursor(content)
  return Array.from({ length: cursor.u32() }, () => ({
    module: cursor.name(),
    name: cursor.name(),
    type: readImportType(cursor),
  }))
}

export function writeImports(imports: readonly Import[]): Uint8Array {
  const out = new ByteSink().u32(imports.length)
  for (const { module, name, type } of imports) {
    out.name(module).name(name)
    writeImportType(out, type)
  }
  return out.finish()
}

function readImportType(cursor: ByteCursor): ImportType {
  const kind = cursor.u8()
  if (kind === 0) return { kind: 'function', typeIndex: cursor.u32() }
  if (kind === 1)
    return { kind: 'table', element: readValueType(cursor), limits: readLimits(cursor) }
  if (kind === 2) return { kind: 'memory', limits: readLimits(cursor) }
  if (kind === 3)
    return { kind: 'global', valueType: readValueType(cursor), mutability: cursor.u8() }
  return unsupported(kind === 4 ? 'exceptions' : `imports of kind ${kind}`)
}

function writeImportType(out: ByteSink, type: ImportType): void {
  if (type.kind === 'function') out.u8(0).u32(type.typeIndex)
  else if (type.kind === 'global') out.u8(3).u8(type.valueType).u8(type.mutability)
  else if (type.kind === 'table') writeLimits(out.u8(1).u8(type.element), type.limits)
  else writeLimits(out.u8(2), type.limits)
}
