import { startAssemblyScript } from './assembly-script.ts'
import type { GuestHost } from './guest-host.ts'
import type { AbiName, Guest } from './guest.ts'
import { startNative } from './native.ts'
import { startPlain } from './plain.ts'
import type { PreparedModule } from './prepare.ts'
import { startWasiCommand } from './wasi-command.ts'
import { startExtism } from './extism/plugin.ts'

const starts: Readonly<Record<AbiName, (prepared: PreparedModule, host: GuestHost) => Guest>> = {
  native: startNative,
  extism: startExtism,
  assemblyscript: startAssemblyScript,
  'wasi-command': startWasiCommand,
  'wasi-reactor': startPlain,
  plain: startPlain,
}

/** Starts a prepared module in this thread, with the ABI it speaks. Throws `ContainerError`s. */
export function startGuest(prepared: PreparedModule, host: GuestHost): Guest {
  return starts[prepared.abi](prepared, host)
}
