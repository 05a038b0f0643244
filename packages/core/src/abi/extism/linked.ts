/** Exports of a kernel that is linked into its plugin start so: no module may bring such names. */
export const kernelPrefix = 'gaesup:kernel.'
/** Under which a plugin's start function is exported: it may call the host, which needs the kernel. */
export const pluginStart: string = `${kernelPrefix}start`
/** What a linked kernel imports. */
export const kernelImport = { module: 'gaesup:kernel', name: 'refuse' } as const

/** Functions that plugins get from the kernel. */
export const kernelFunctions: readonly string[] = [
  'alloc',
  'free',
  'length',
  'length_unsafe',
  'load_u8',
  'load_u64',
  'store_u8',
  'store_u64',
  'input_length',
  'input_offset',
  'input_load_u8',
  'input_load_u64',
  'output_set',
  'error_set',
]

/** Whether the kernel stands in this module. */
export function isLinked(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some((one) => one.module === kernelImport.module)
}
