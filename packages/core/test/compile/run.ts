import { prepareModule } from '../../src/abi/prepare.ts'
import { startGuest } from '../../src/abi/start-guest.ts'
import type { Guest } from '../../src/abi/guest.ts'
import type { HostFunctions } from '../../src/containers/types.ts'
import { createVirtualFiles } from '../../src/files/index.ts'

export interface Started {
  readonly guest: Guest
  readonly abi: string
  readonly output: { stdout: string; stderr: string }
  readonly logs: string[]
  readonly call: (name: string, ...args: unknown[]) => unknown
}

/** Starts compiled bytes as a container does, limits included. */
export async function startBytes(
  bytes: Uint8Array,
  options: {
    imports?: HostFunctions
    allowedImports?: string[]
    maxPages?: number
    maxCpuTimeMs?: number
  } = {},
): Promise<Started> {
  const prepared = await prepareModule(bytes, {
    maxPages: options.maxPages ?? 1024,
    meter: { startFuel: 1_000_000_000n, maxCallDepth: 10_000 },
  })
  const output = { stdout: '', stderr: '' }
  const logs: string[] = []
  const guest = startGuest(prepared, {
    name: 'test',
    budget: {
      maxCpuTimeMs: options.maxCpuTimeMs ?? 20_000,
      maxFuel: undefined,
      nowMs: () => performance.now(),
    },
    imports: options.imports ?? {},
    allowedImports: options.allowedImports,
    environment: {},
    files: createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 64 } }),
    fileSystemAccess: false,
    syscallFilter: undefined,
    maxOutputBytes: 1 << 20,
    onOutput: (stream, chunk) => void (output[stream] += new TextDecoder().decode(chunk)),
    onLog: (_level, text) => void logs.push(text),
    emit: () => undefined,
  })
  return {
    guest,
    abi: prepared.abi,
    output,
    logs,
    call: (name, ...list) => guest.call(name, { list, isPositional: true }, {}),
  }
}
