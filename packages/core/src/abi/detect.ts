import type { ModuleShape } from '../binary/module-shape.ts'
import type { AbiName } from './guest.ts'

export const wasiModule = 'wasi_snapshot_preview1'
export const extismModule = 'extism:host/env'
export const abiSection = 'gaesup:abi'

/** Which ABI a module speaks, from what it imports and exports. */
export function detectAbi({ imports, exports, customSections }: ModuleShape): AbiName {
  if (imports.some(({ module }) => module === extismModule)) return 'extism'
  if (exports.has('__new') && exports.has('__pin')) return 'assemblyscript'
  if (exports.has('gsp_alloc') || customSections.has(abiSection)) return 'native'
  if (exports.has('_start')) return 'wasi-command'
  if (exports.has('_initialize') || usesWasi({ imports })) return 'wasi-reactor'
  return 'plain'
}

export function usesWasi({ imports }: Pick<ModuleShape, 'imports'>): boolean {
  return imports.some(({ module }) => module === wasiModule)
}

/** Functions for callers; those of the ABI itself are not. */
export function isCallable(name: string): boolean {
  return !name.startsWith('gsp_') && !name.startsWith('_') && !name.startsWith('gaesup')
}
