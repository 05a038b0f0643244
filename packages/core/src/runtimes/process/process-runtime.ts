import { entryUrl } from '../../process/entry-url.ts'
import type { Frame } from '../../process/frames.ts'
import { startLockedProcess, type LockedProcess } from '../../process/locked-process.ts'
import type { WatchdogLimits } from '../../process/watchdog-client.ts'
import { probeEnvironment } from '../in-thread.ts'
import { refuseMounts, refuseNetwork } from '../remote/host-plan.ts'
import type { GuestLink, LinkListener } from '../remote/link.ts'
import { openRemoteGuest } from '../remote/remote-guest.ts'
import type { RuntimeAdapter } from '../runtime-adapter.ts'
import { decodeReport, encodeAsk, reportFrame } from './wire.ts'

/** Beside the module's memory: Node, compiled code, and what waits in pipes. */
const ownBytes = 512 * 2 ** 20
const startMs = 30_000
/** The child's watchdog comes after the parent's own deadline. */
const watchdogMs = 2000
/** What a report has beside memory or a result. */
const reportBytes = 64 * 2 ** 20

/** Node in a locked child process, one a container: without files, network, environment or children. */
export function createProcessRuntime(): RuntimeAdapter {
  return {
    name: 'nodejs',
    execution: 'process',
    probe: () => Promise.resolve(probeEnvironment('nodejs')),
    start: async (prepared, host) => {
      refuseNetwork(host, 'a locked process')
      refuseMounts(host, 'a locked process')
      const maxMemoryBytes = prepared.plan.maxPages * 65_536
      const { maxCpuTimeMs } = host.budget
      const link = openLink(maxMemoryBytes, {
        timeoutMs: Math.min(maxCpuTimeMs, 2 ** 31) + startMs + watchdogMs,
        cpuMs: Infinity,
        rssBytes: ownBytes + 3 * maxMemoryBytes,
      })
      return openRemoteGuest(link, prepared, host)
    },
  }
}

function openLink(maxMemoryBytes: number, limits: WatchdogLimits): GuestLink {
  const child = startLockedProcess({
    entry: entryUrl('runtimes/child'),
    maxPayloadBytes: (type) => (type === reportFrame ? maxMemoryBytes + reportBytes : undefined),
  })
  return {
    place: 'process',
    control: undefined,
    post: (ask) => child.send(encodeAsk(ask, limits)),
    listen: (listener) => listen(child, listener),
    keepAlive: (isBusy) => child.keepAlive(isBusy),
    release: () => child.kill(),
    end: () => child.kill(),
  }
}

function listen(child: LockedProcess, listener: LinkListener): void {
  let isEnding = false
  child.listen({
    onFrame(frame: Frame) {
      if (isEnding) return
      try {
        listener.onReport(decodeReport(frame))
      } catch (error) {
        isEnding = true
        void child.kill()
        listener.onEnd(error instanceof Error ? error.message : String(error))
      }
    },
    onEnd({ reason, message }) {
      if (!isEnding && reason !== 'killed') listener.onEnd(`${reason}: ${message}`)
    },
  })
}
