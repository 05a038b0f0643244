import { startAssemblyScript } from './assembly-script.ts'
import { usesWasi } from './detect.ts'
import type { GuestHost, ReadyHost } from './guest-host.ts'
import type { AbiName, Guest } from './guest.ts'
import { startNative } from './native.ts'
import { startPlain } from './plain.ts'
import type { PreparedModule } from './prepare.ts'

type Start = (prepared: PreparedModule, host: ReadyHost) => Guest

/** What only some modules need is loaded when one comes. */
const starts: Readonly<Record<AbiName, () => Start | Promise<Start>>> = {
  native: () => startNative,
  extism: async () => (await import('./extism/plugin.ts')).startExtism,
  assemblyscript: () => startAssemblyScript,
  'wasi-command': async () => (await import('./wasi-command.ts')).startWasiCommand,
  'wasi-reactor': () => startPlain,
  plain: () => startPlain,
}

/** Starts a prepared module in this thread, with the ABI it speaks. Rejects with `ContainerError`s. */
export async function startGuest(prepared: PreparedModule, host: GuestHost): Promise<Guest> {
  const start = await starts[prepared.abi]()
  return start(prepared, { ...host, wasi: await wasiFor(prepared, host) })
}

async function wasiFor(
  { shape, abi }: PreparedModule,
  host: GuestHost,
): Promise<ReadyHost['wasi']> {
  if (!usesWasi(shape) && abi !== 'wasi-command') return undefined
  const [{ createContainerWasi }, files] = await Promise.all([
    import('./wasi-host.ts'),
    host.files(),
  ])
  return (run) => createContainerWasi(host, files, run)
}
