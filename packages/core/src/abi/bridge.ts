import { meterExports } from '../binary/meter-exports.ts'

/** A table takes functions of modules only, so the host's goes through a module of one import and one export. */
export function connectTick(
  instance: Pick<WebAssembly.Instance, 'exports'>,
  module: WebAssembly.Module,
  tick: () => void,
): void {
  const table = instance.exports[meterExports.tick]
  if (!(table instanceof WebAssembly.Table))
    throw new TypeError('The module was metered without "asksHost".')
  const bridge = new WebAssembly.Instance(module, { h: { t: tick } })
  table.set(0, bridge.exports['t'])
}

/** Through which a host function comes into a table. One serves any number of instances. */
export function compileBridge(): WebAssembly.Module {
  return new WebAssembly.Module(bridgeBytes)
}

/** `(module (import "h" "t" (func)) (export "t" (func 0)))` */
const bridgeBytes = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x68, 1, 0x74, 0, 0, 7, 5, 1, 1,
  0x74, 0, 0,
])
