import { ByteCursor } from '../../binary/byte-cursor.ts'
import { ByteSink } from '../../binary/byte-sink.ts'
import { readFunctions, withBodies } from '../../binary/functions.ts'
import { readImports, writeImports, type Import } from '../../binary/imports.ts'
import { inlineCalls } from '../../binary/inline-calls.ts'
import {
  contentOf,
  readSections,
  SectionId,
  withSection,
  writeSections,
  type Section,
} from '../../binary/sections.ts'
import { moveBodies } from '../../runtimes/native/linked-code.ts'
import { readKernel, type LinkedModule } from '../../runtimes/native/linked-kernel.ts'
import {
  renumberCode,
  renumberElements,
  renumberGlobals,
  type NumberOf,
} from '../../runtimes/native/renumber.ts'
import { kernelImport, kernelPrefix, pluginStart } from './linked.ts'

const ofFunction = 0
const ofMemory = 2

/**
 * A plugin and its kernel as one module with two memories: calls between them stay inside, and the engine can put the kernel's code where it is
 * called. Gives `undefined` where that cannot be: an engine without multi-memory, or a plugin without a memory.
 */
export function linkKernel(bytes: Uint8Array, maxPages: number): Uint8Array | undefined {
  if (!hasSeveralMemories()) return undefined
  const sections = readSections(bytes).filter(({ id }) => id !== SectionId.custom)
  const imports = readImports(contentOf(sections, SectionId.import))
  const hasMemory =
    countOf(sections, SectionId.memory) +
    imports.filter(({ type }) => type.kind === 'memory').length
  if (hasMemory !== 1) return undefined
  const kernel = readKernel(maxPages)
  const plan = planLink(sections, imports, kernel)
  const steps: readonly Section[] = [
    { id: SectionId.type, content: joined(sections, kernel, SectionId.type) },
    { id: SectionId.import, content: writeImports(plan.imports) },
    { id: SectionId.function, content: addFunctions(sections, kernel, plan) },
    { id: SectionId.memory, content: joined(sections, kernel, SectionId.memory) },
    { id: SectionId.global, content: addGlobals(sections, kernel, plan) },
    { id: SectionId.export, content: addExports(sections, kernel, plan) },
    { id: SectionId.start, content: new ByteSink().u32(plan.start).finish() },
    { id: SectionId.code, content: addCode(sections, kernel, plan) },
  ]
  const elements = contentOf(sections, SectionId.element)
  const withElements =
    elements === undefined
      ? steps
      : [
          ...steps,
          { id: SectionId.element, content: renumberElements(elements, plan.numberOf, undefined) },
        ]
  return writeSections(
    withoutShortCalls(
      withElements.reduce<Section[]>(withSection, sections),
      plan.kernelNumberOf(1),
    ),
  )
}

/**
 * What a plugin does for every few bytes, without calls: engines inline them or not, by what they happened to see before. The kernel's short
 * functions are put everywhere, then the plugin's own into its loops.
 */
function withoutShortCalls(sections: readonly Section[], firstOfKernel: number): Section[] {
  const functions = readFunctions(sections)
  const isOfKernel = (index: number): boolean => index >= firstOfKernel
  const bodies = inlineCalls(functions, { isWanted: isOfKernel, where: 'everywhere' })
  const more = inlineCalls({ ...functions, bodies }, { isWanted: () => true, where: 'in loops' })
  return withBodies(sections, more)
}

interface LinkPlan {
  /** What the program still imports; the kernel's way to refuse is the last function. */
  readonly imports: readonly Import[]
  readonly types: number
  readonly globals: number
  /** New number of one of the plugin's functions. */
  readonly numberOf: NumberOf
  /** The same of one of the kernel's. */
  readonly kernelNumberOf: NumberOf
  /** Number of the function that resets the kernel before the plugin starts. */
  readonly start: number
}

function planLink(
  sections: readonly Section[],
  imports: readonly Import[],
  { module, provides }: LinkedModule,
): LinkPlan {
  const types = countOf(sections, SectionId.type)
  const own = countOf(sections, SectionId.function)
  const [refuse] = readImports(contentOf(module.sections, SectionId.import))
  if (refuse?.type.kind !== 'function' || module.imports.length !== 1)
    throw new TypeError('The kernel is another.')
  const isServed = ({ module: from, name }: Import): boolean => provides.has(`${from}.${name}`)
  const kept = imports.filter((one) => !isServed(one))
  const functions = imports.filter(({ type }) => type.kind === 'function')
  const keptFunctions = functions.filter((one) => !isServed(one))
  const refuseAt = keptFunctions.length
  const firstOwn = refuseAt + 1
  const kernelNumberOf = (index: number): number =>
    index === 0 ? refuseAt : firstOwn + own + index - 1
  const numbers = functions.map((one) => {
    const served = provides.get(`${one.module}.${one.name}`)
    return served === undefined ? keptFunctions.indexOf(one) : kernelNumberOf(served)
  })
  return {
    imports: [
      ...kept,
      {
        ...kernelImport,
        type: { kind: 'function', typeIndex: refuse.type.typeIndex + types },
      },
    ],
    types,
    globals: countOf(sections, SectionId.global) + imports.filter(isGlobal).length,
    numberOf: (index) => numbers[index] ?? firstOwn + index - functions.length,
    kernelNumberOf,
    start: kernelNumberOf(module.exports.functions.get('reset') ?? 0),
  }
}

function isGlobal({ type }: Import): boolean {
  return type.kind === 'global'
}

/** The entries of both, one after the other. */
function joined(sections: readonly Section[], { module }: LinkedModule, id: SectionId): Uint8Array {
  const mine = new ByteCursor(contentOf(sections, id) ?? Uint8Array.of(0))
  const other = new ByteCursor(contentOf(module.sections, id) ?? Uint8Array.of(0))
  const out = new ByteSink().u32(mine.u32() + other.u32())
  return out.bytes(mine.data.subarray(mine.at)).bytes(other.data.subarray(other.at)).finish()
}

function addFunctions(
  sections: readonly Section[],
  { module }: LinkedModule,
  { types }: LinkPlan,
): Uint8Array {
  const cursor = new ByteCursor(contentOf(sections, SectionId.function) ?? Uint8Array.of(0))
  const out = new ByteSink().u32(cursor.u32() + module.own.length)
  out.bytes(cursor.data.subarray(cursor.at))
  for (const type of module.own) out.u32(type + types)
  return out.finish()
}

function addGlobals(
  sections: readonly Section[],
  { module }: LinkedModule,
  { numberOf }: LinkPlan,
): Uint8Array {
  const cursor = new ByteCursor(contentOf(module.sections, SectionId.global) ?? Uint8Array.of(0))
  const added = { count: cursor.u32(), bytes: cursor.data.subarray(cursor.at) }
  return renumberGlobals(contentOf(sections, SectionId.global), numberOf, [added])
}

/** The plugin's exports, and those of the kernel under names that belong to the host. */
function addExports(
  sections: readonly Section[],
  { module }: LinkedModule,
  { numberOf, kernelNumberOf }: LinkPlan,
): Uint8Array {
  const cursor = new ByteCursor(contentOf(sections, SectionId.export) ?? Uint8Array.of(0))
  const count = cursor.u32()
  const added = [...module.exports.functions].map(([name, index]): [string, number] => [
    `${kernelPrefix}${name}`,
    kernelNumberOf(index),
  ])
  const start = contentOf(sections, SectionId.start)
  if (start !== undefined) added.push([pluginStart, numberOf(new ByteCursor(start).u32())])
  const out = new ByteSink().u32(count + added.length + 1)
  for (let left = count; left > 0; left -= 1) {
    out.name(cursor.name())
    const kind = cursor.u8()
    const index = cursor.u32()
    out.u8(kind).u32(kind === ofFunction ? numberOf(index) : index)
  }
  for (const [name, index] of added) out.name(name).u8(ofFunction).u32(index)
  return out.name(`${kernelPrefix}memory`).u8(ofMemory).u32(1).finish()
}

function addCode(
  sections: readonly Section[],
  { module }: LinkedModule,
  { numberOf, kernelNumberOf, globals }: LinkPlan,
): Uint8Array {
  const bodies = moveBodies(contentOf(module.sections, SectionId.code), {
    numberOf: kernelNumberOf,
    firstGlobal: globals,
  })
  return renumberCode(contentOf(sections, SectionId.code), numberOf, bodies)
}

function countOf(sections: readonly Section[], id: SectionId): number {
  const content = contentOf(sections, id)
  return content === undefined ? 0 : new ByteCursor(content).u32()
}

/** `(module (memory 1) (memory 1))` */
function hasSeveralMemories(): boolean {
  return WebAssembly.validate(
    Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 1, 0, 1]),
  )
}
