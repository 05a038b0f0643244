import type { Report } from '../remote/messages.ts'
import {
  CountedPort,
  countsBytes,
  type NodePort,
  type ReceiveMessage,
  type WorkerData,
} from './counted-port.ts'
import type { HostWorker } from './host-worker.ts'
import { WakefulCaller } from './wakeful-caller.ts'

interface NodeWorker {
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'exit', listener: (code: number) => void): void
  ref(): void
  unref(): void
  terminate(): Promise<number>
}

/** What is needed of `node:worker_threads`. */
export interface NodeThreads {
  readonly Worker: new (url: URL, options: object) => NodeWorker
  readonly MessageChannel: new () => { readonly port1: NodePort; readonly port2: NodePort }
  readonly receiveMessageOnPort: ReceiveMessage
}

/** Of the worker's own JavaScript; the module's memory is limited by itself. */
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }

/** A worker of Node, which is spoken to through a port of its own: what comes through the worker's cannot be looked for. */
export function openNodeWorker(
  threads: NodeThreads,
  url: URL,
  later: (look: () => void) => void = setImmediate,
): HostWorker {
  const { port1: port, port2 } = new threads.MessageChannel()
  const counts = new SharedArrayBuffer(countsBytes)
  const worker = openThread(threads, url, { port: port2, counts })
  const receive = threads.receiveMessageOnPort
  const counted = new CountedPort({ port, counts, receive, side: 'caller' })
  const reports: ((report: Report) => void)[] = []
  const onMessage = (message: unknown): void => {
    for (const listener of reports) listener(message as Report)
  }
  const caller = new WakefulCaller({
    port: counted,
    onMessage,
    later,
    nowMs: () => performance.now(),
  })
  // The worker keeps this program alive or does not; its port never does.
  port.unref()
  let reason: string | undefined
  worker.on('error', (error) => void (reason = error.message))
  worker.on('exit', () => {
    // What it said before it ended.
    for (let got = counted.drain(); got !== undefined; got = counted.drain()) onMessage(got.message)
    port.close()
  })
  return {
    post: (message) => caller.post(message),
    onReport: (listener) => void reports.push(listener),
    onEnd: (listener) => worker.on('exit', (code) => listener(reason ?? `it ended with ${code}`)),
    keepAlive(isBusy) {
      caller.keepAwake(isBusy)
      if (isBusy) worker.ref()
      else worker.unref()
    },
    end: async () => void (await worker.terminate()),
  }
}

function openThread({ Worker }: NodeThreads, url: URL, workerData: WorkerData): NodeWorker {
  return new Worker(url, {
    resourceLimits,
    workerData,
    transferList: [workerData.port],
    env: {},
    // Flags of this process, such as `--input-type`, are not meant for it.
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
}
