import { ContainerTimeoutError } from '../errors.ts'
import { hostSleep } from '../wasi/host-defaults.ts'
import { createWasi, type Wasi } from '../wasi/index.ts'
import type { GuestFolders, ReadyHost, WasiRun } from './guest-host.ts'
import { spendOutput } from './output.ts'

/** WASI for one run of a container's module: virtual files and mounts where they are allowed, no folder otherwise. */
export function createContainerWasi(
  host: Omit<ReadyHost, 'files' | 'mounts' | 'wasi' | 'http' | 'httpLater'>,
  folders: GuestFolders,
  run: WasiRun,
): Wasi {
  let read = 0
  const write = (stream: 'stdout' | 'stderr', bytes: Uint8Array): void => {
    spendOutput(run.output, bytes.length, host.maxOutputBytes)
    run.onOutput(stream, bytes)
  }
  return createWasi({
    ...folders,
    args: run.args,
    env: host.environment,
    preopens: host.fileSystemAccess ? ['/'] : [],
    ...(host.syscallFilter === undefined ? {} : { allow: host.syscallFilter }),
    stdin: {
      read(into) {
        const part = run.stdin.subarray(read, read + into.length)
        into.set(part)
        read += part.length
        return part.length
      },
    },
    stdout: { write: (bytes) => write('stdout', bytes) },
    stderr: { write: (bytes) => write('stderr', bytes) },
    ...host.senses,
    sleep: (ms) => sleepWithin(ms, run.leftMs()),
  })
}

/** A sleep may not outlast the call's time. */
function sleepWithin(ms: number, leftMs: number): void {
  hostSleep(Math.min(ms, Math.max(leftMs, 0)))
  if (ms < leftMs) return
  throw new ContainerTimeoutError('The module slept until maxCpuTime was over.', 'TIME_LIMIT')
}
