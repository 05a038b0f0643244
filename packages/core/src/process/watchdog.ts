// Runs as a worker in a locked child. The main thread may be inside WebAssembly and deaf to everything else.
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import {
  flagIndex,
  limitIndex,
  monotonicMs,
  watchdogRecords,
  watchdogState,
  type WatchdogReason,
} from './watchdog-state.ts'

const pollMs = 25

interface WatchdogData {
  readonly buffer: SharedArrayBuffer
  readonly fd: number
  readonly parentPid: number
}

const { buffer, fd, parentPid } = workerData as WatchdogData
const { flags, limits } = watchdogState(buffer)

function reasonToEnd(): WatchdogReason | undefined {
  if (process.ppid !== parentPid) return 'orphan'
  if (monotonicMs() > (limits[limitIndex.deadlineMs] ?? 0)) return 'time'
  const { user, system } = process.cpuUsage()
  if ((user + system) / 1000 > (limits[limitIndex.cpuMs] ?? 0)) return 'cpu'
  return process.memoryUsage.rss() > (limits[limitIndex.rssBytes] ?? 0) ? 'memory' : undefined
}

function end(reason: WatchdogReason): void {
  try {
    writeSync(fd, Uint8Array.of(watchdogRecords[reason]))
  } finally {
    process.kill(process.pid, 'SIGKILL')
  }
}

Atomics.store(flags, flagIndex.online, 1)
Atomics.notify(flags, flagIndex.online)
for (;;) {
  Atomics.wait(flags, flagIndex.running, 0)
  const reason = Atomics.load(flags, flagIndex.running) === 1 ? reasonToEnd() : undefined
  if (reason !== undefined) end(reason)
  Atomics.wait(flags, flagIndex.running, 1, pollMs)
}
