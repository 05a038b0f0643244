import { ContainerSecurityError } from '../errors.ts'
import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'

/** Exports of a metered module that only the host uses; no module may bring names that start like them. */
export const meterExports: {
  readonly fuel: string
  readonly depth: string
  readonly tick: string
} = {
  fuel: 'gaesup:fuel',
  depth: 'gaesup:depth',
  tick: 'gaesup:tick',
}
export const reservedPrefix = 'gaesup:'

/** What a module exports, as it stands in its bytes. */
export interface ExportEntry {
  readonly name: string
  readonly kind: number
  readonly index: number
}

const ofFunction = 0
const ofTable = 1
const ofGlobal = 3

/** Throws `ContainerSecurityError` (`RESERVED_NAME`) for names that belong to the host. */
export function readExports(content: Uint8Array | undefined): ExportEntry[] {
  if (content === undefined) return []
  const cursor = new ByteCursor(content)
  return Array.from({ length: cursor.u32() }, () => {
    const name = cursor.name()
    refuseReserved(name)
    return { name, kind: cursor.u8(), index: cursor.u32() }
  })
}

export function exportedFunctions(entries: readonly ExportEntry[]): Set<number> {
  return new Set(entries.flatMap(({ kind, index }) => (kind === ofFunction ? [index] : [])))
}

/** The module's exports, its functions where the host is to enter them, and those of the meter. */
export function writeExports(
  entries: readonly ExportEntry[],
  parts: { fuelGlobal: number; depthGlobal: number; tickTable: number | undefined },
  waysIn: ReadonlyMap<number, number>,
): Uint8Array {
  const all = entries.map((one) =>
    one.kind === ofFunction ? { ...one, index: waysIn.get(one.index) ?? one.index } : one,
  )
  if (parts.tickTable !== undefined)
    all.push({ name: meterExports.tick, kind: ofTable, index: parts.tickTable })
  all.push({ name: meterExports.fuel, kind: ofGlobal, index: parts.fuelGlobal })
  all.push({ name: meterExports.depth, kind: ofGlobal, index: parts.depthGlobal })
  const out = new ByteSink().u32(all.length)
  for (const { name, kind, index } of all) out.name(name).u8(kind).u32(index)
  return out.finish()
}

function refuseReserved(name: string): void {
  if (!name.startsWith(reservedPrefix)) return
  throw new ContainerSecurityError(
    `The module exports "${name}"; names that start with "${reservedPrefix}" belong to the host.`,
    'RESERVED_NAME',
    { name },
  )
}
