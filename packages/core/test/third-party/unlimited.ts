import type { LimitedModule } from '../../src/index.ts'

/** The module as it came, in the same shape as one with limits: what both do is compared. */
export async function unlimited(bytes: Uint8Array): Promise<LimitedModule> {
  const module = await WebAssembly.compile(Uint8Array.from(bytes))
  const instantiate = (imports: WebAssembly.Imports = {}): { exports: WebAssembly.Exports } =>
    new WebAssembly.Instance(module, imports)
  const open = (exports: WebAssembly.Exports): ReturnType<LimitedModule['attach']> => ({
    exports,
    run: (work) => work(),
  })
  return {
    module,
    attach: open,
    instantiate: (imports) => open(instantiate(imports).exports),
    instantiateWasm(imports, done) {
      const instance = instantiate(imports)
      done(instance as WebAssembly.Instance)
      return instance.exports
    },
  }
}
