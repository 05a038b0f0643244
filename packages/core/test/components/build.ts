import { componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { readFileSync } from 'node:fs'

/** A WASI preview 1 module as a component, through the adapter of Wasmtime, as every toolchain does it that has none of its own. */
export async function adapt(
  core: Uint8Array,
  kind: 'command' | 'reactor',
): Promise<Uint8Array<ArrayBuffer>> {
  const adapter = readFileSync(
    new URL(`../fixtures/components/preview1-${kind}.wasm`, import.meta.url),
  )
  return new Uint8Array(await componentNew(core, [['wasi_snapshot_preview1', adapter]]))
}

/** A component as it is written in text. */
export async function assemble(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(text))
}

export function wasiFixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../fixtures/wasi/${name}`, import.meta.url)))
}
