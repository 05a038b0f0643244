import { meterExports } from '../../binary/meter-module.ts'
import type { FunctionType } from '../../binary/types.ts'
import { i32 } from './assembler.ts'
import type { DriverNumbers, GlobalSlot, Slot } from './driver-code.ts'
import type { LinkedModule } from './linked-kernel.ts'
import { isPassable, refuse, type ReadModule } from './read-module.ts'

/** All that a driver needs of its engine. */
export const wasiTypes: readonly (readonly [name: string, type: FunctionType])[] = [
  ['fd_read', { params: [i32, i32, i32, i32], results: [i32] }],
  ['fd_write', { params: [i32, i32, i32, i32], results: [i32] }],
  ['proc_exit', { params: [i32], results: [] }],
]
const maxSlots = 4096

/** New numbers of functions, and what stands between them. */
interface Numbering {
  /** The first function that is added. */
  readonly first: number
  /** `_start`, behind what imports became. */
  readonly start: number
  /** The table through which the module asks for fuel. */
  readonly tick: number | undefined
  /** Of the module, then of what is linked to it. */
  readonly imports: ReadModule['imports']
  readonly numberOf: (index: number) => number
  readonly linkedNumberOf: (index: number) => number
}

interface Slots {
  readonly slots: readonly Slot[]
  readonly callable: readonly (Slot & { readonly name: string })[]
  readonly startSlot: number | undefined
  readonly linkedSlots: ReadonlyMap<string, number>
}

/** Where everything stands in the program that a module becomes. */
export interface Plan extends Numbering, Slots {
  readonly numbers: DriverNumbers
  readonly globals: readonly GlobalSlot[]
  readonly linked: LinkedModule | undefined
}

/** Functions of the driver between those of the module and those that imports become. */
const helpers = 10

export function planNumbers(
  module: ReadModule,
  globals: readonly GlobalSlot[],
  linked: LinkedModule | undefined,
): Plan {
  const numbering = numberFunctions(module, linked)
  const slots = planSlots(module, numbering, linked)
  const { first } = numbering
  return {
    ...numbering,
    ...slots,
    globals,
    linked,
    numbers: {
      wasi: { read: 0, write: 1, exit: 2 },
      enter: first,
      leave: first + 1,
      receive: first + 2,
      send: first + 3,
      frame: first + 4,
      invoke: first + 5,
      globals: first + 6,
      serve: first + 7,
      saved: module.globals,
      fuel: module.exports.globals.get(meterExports.fuel),
      depth: module.exports.globals.get(meterExports.depth),
      free: freeOf(slots.callable),
      other: linked === undefined ? undefined : { receive: first + 8, send: first + 9 },
    },
  }
}

function numberFunctions(module: ReadModule, linked: LinkedModule | undefined): Numbering {
  const { imports: asked, own, exports } = module
  const first = wasiTypes.length + own.length
  const imports = [...asked, ...(linked?.module.imports ?? [])]
  const start = first + helpers + imports.length
  const tick = exports.tables.get(meterExports.tick)
  const linkedOwn = start + (tick === undefined ? 1 : 2)
  const linkedNumberOf = (index: number): number => {
    const count = imports.length - asked.length
    return index < count ? first + helpers + asked.length + index : linkedOwn + index - count
  }
  const numberOf = (index: number): number => {
    if (index >= asked.length) return index - asked.length + wasiTypes.length
    const provided = linked?.provides.get(asked[index]?.name ?? '')
    return provided === undefined ? first + helpers + index : linkedNumberOf(provided)
  }
  return { first, start, tick, imports, numberOf, linkedNumberOf }
}

function planSlots(
  module: ReadModule,
  { numberOf, linkedNumberOf }: Numbering,
  linked: LinkedModule | undefined,
): Slots {
  const callable = [...module.exports.functions].flatMap(([name, index]) => {
    const type = typeOf(module, index)
    return type !== undefined && isPassable(type) ? [{ name, index: numberOf(index), type }] : []
  })
  if (callable.length > maxSlots) refuse(`it exports more than ${maxSlots} functions`)
  const slots: Slot[] = callable.map(({ index, type }) => ({ index, type }))
  const startSlot = module.start === undefined ? undefined : slots.length
  if (module.start !== undefined)
    slots.push({ index: numberOf(module.start), type: { params: [], results: [] } })
  const linkedSlots = new Map<string, number>()
  for (const [name, index] of linked?.module.exports.functions ?? []) {
    const type = linked === undefined ? undefined : typeOf(linked.module, index)
    if (type === undefined) continue
    linkedSlots.set(name, slots.push({ index: linkedNumberOf(index), type }) - 1)
  }
  return { slots, callable, startSlot, linkedSlots }
}

function typeOf({ imports, own, types }: ReadModule, index: number): FunctionType | undefined {
  if (index < imports.length) return imports[index]?.type
  return types[own[index - imports.length] ?? -1]
}

function freeOf(
  callable: readonly { name: string; index: number; type: FunctionType }[],
): number | undefined {
  const found = callable.find(({ name }) => name === 'gsp_free')
  if (found === undefined) return undefined
  const { params, results } = found.type
  const fits = params.length === 2 && params.every((one) => one === i32) && results.length === 0
  return fits ? found.index : undefined
}
