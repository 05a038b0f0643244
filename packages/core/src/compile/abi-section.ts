import { ByteSink } from '../binary/byte-sink.ts'
import { readSections, SectionId, writeSections, type Section } from '../binary/sections.ts'
import { abiSection } from '../abi/detect.ts'
import { parseAbi } from '../abi/section.ts'
import type { FunctionSignature } from '../containers/types.ts'
import { ContainerError } from '../errors.ts'
import type { CompileEngine } from './types.ts'

/** Content of the section `gaesup:abi` that `compileWASM` writes. */
export interface ModuleAbi {
  /** Version of the ABI: 1. */
  readonly version: 1
  /** How values are passed: AssemblyScript objects, or JSON in linear memory. */
  readonly codec: 'assemblyscript' | 'json'
  /** The engine that compiled the module. */
  readonly engine: CompileEngine
  readonly exports: readonly FunctionSignature[]
  /** Functions that take and return plain numbers. */
  readonly numeric: readonly string[]
}

/** A custom section. */
export function customSection(name: string, content: Uint8Array): Section {
  return { id: SectionId.custom, content: new ByteSink().name(name).bytes(content).finish() }
}

/** Adds sections at the end, in place of those of the same name. */
export function withCustomSections(
  bytes: Uint8Array,
  added: ReadonlyMap<string, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const kept = readSections(bytes).filter(
    (section) => section.id !== SectionId.custom || !added.has(nameOf(section)),
  )
  const written = writeSections([
    ...kept,
    ...[...added].map(([name, content]) => customSection(name, content)),
  ])
  return new Uint8Array(written)
}

export function withAbi(bytes: Uint8Array, abi: ModuleAbi): Uint8Array<ArrayBuffer> {
  return withCustomSections(
    bytes,
    new Map([[abiSection, new TextEncoder().encode(JSON.stringify(abi))]]),
  )
}

/**
 * Reads what `compileWASM` wrote about a module: engine, signatures and codec. `undefined` without that section, or if
 * another tool wrote it without an engine.
 */
export function readModuleAbi(module: WebAssembly.Module): ModuleAbi | undefined {
  const [content] = WebAssembly.Module.customSections(module, abiSection)
  if (content === undefined) return undefined
  try {
    const { version, exports, numeric, engine } = parseAbi(new Uint8Array(content))
    if (engine !== 'assemblyscript' && engine !== 'quickjs') return undefined
    const codec = engine === 'quickjs' ? 'json' : 'assemblyscript'
    return { version, codec, engine, exports, numeric }
  } catch (error) {
    if (error instanceof ContainerError) return undefined
    throw error
  }
}

function nameOf({ content }: Section): string {
  const [length = 0] = content
  // None of our names is longer than one LEB byte.
  return length < 128 ? new TextDecoder().decode(content.subarray(1, 1 + length)) : ''
}
