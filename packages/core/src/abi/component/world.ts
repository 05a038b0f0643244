import { ContainerTimeoutError } from '../../errors.ts'
import type { VirtualFiles } from '../../files/types.ts'
import { hostSleep } from '../../wasi/host-defaults.ts'
import type { World } from '../../wasi2/world.ts'
import type { ReadyHost, WasiRun } from '../guest-host.ts'
import { spendOutput } from '../output.ts'

/** What a component sees in one run: virtual files where they are allowed, no folder otherwise. */
export function createWorld(host: ReadyHost, files: VirtualFiles, run: WasiRun): World {
  return {
    files,
    preopens: host.fileSystemAccess ? ['/'] : [],
    args: run.args,
    env: host.environment,
    stdin: run.stdin,
    write(stream, bytes) {
      spendOutput(run.output, bytes.length, host.maxOutputBytes)
      run.onOutput(stream, bytes)
    },
    ...host.senses,
    sleep: (ms) => sleepWithin(ms, run.leftMs()),
    allow: host.syscallFilter,
    open: new Set(),
  }
}

/** A sleep may not outlast the call's time. */
function sleepWithin(ms: number, leftMs: number): void {
  hostSleep(Math.min(ms, Math.max(leftMs, 0)))
  if (ms >= leftMs)
    throw new ContainerTimeoutError('The component slept until maxCpuTime was over.', 'TIME_LIMIT')
}
