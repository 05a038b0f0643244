// Source to WebAssembly
export { compileBytes, compileWASM } from './compile.ts'
export { readModuleAbi, type ModuleAbi } from './abi-section.ts'
export type { CompileDiagnostic, CompiledModule, CompileEngine, CompileOptions } from './types.ts'
