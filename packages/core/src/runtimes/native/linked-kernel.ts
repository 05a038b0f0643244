import { extismModule } from '../../abi/detect.ts'
import { kernelBase64 } from '../../abi/extism/kernel.gen.ts'
import { kernelFunctions } from '../../abi/extism/linked.ts'
import { limitMemory } from '../../binary/limit-memory.ts'
import { readModule, type ReadModule } from './read-module.ts'

/** A module whose functions take the place of imports of another, in one program. It keeps a memory of its own. */
export interface LinkedModule {
  readonly module: ReadModule
  /** Its function that stands for an import. */
  readonly provides: ReadonlyMap<string, number>
}

/** The kernel of Extism plugins, which holds what they exchange with their host, with so many pages. */
export function readKernel(maxPages: number): LinkedModule {
  const bytes = Uint8Array.from(atob(kernelBase64), (char) => char.charCodeAt(0))
  const module = readModule(limitMemory(bytes, maxPages))
  const provides = new Map<string, number>()
  for (const name of kernelFunctions) {
    const index = module.exports.functions.get(name)
    if (index !== undefined) provides.set(`${extismModule}.${name}`, index)
  }
  return { module, provides }
}
