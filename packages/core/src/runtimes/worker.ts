// The script of a worker: of Node's worker_threads and of a browser alike.
import { GuestServer } from './remote/guest-server.ts'
import type { Report } from './remote/messages.ts'
import { CountedPort, type ReceiveMessage, type WorkerData } from './worker/counted-port.ts'
import { KnownModules, type WorkerMessage } from './worker/known-modules.ts'
import { WakefulWorker } from './worker/wakeful-worker.ts'

interface NodeProcess {
  getBuiltinModule?(name: 'node:worker_threads'): {
    readonly workerData: WorkerData
    readonly receiveMessageOnPort: ReceiveMessage
  }
}

interface WebPort {
  postMessage(message: unknown): void
  addEventListener(event: 'message', listener: (event: MessageEvent<unknown>) => void): void
}

/** Gives what performs an ask and answers it. */
function serve(post: (report: Report) => void): (message: unknown) => Promise<void> {
  const server = new GuestServer(post)
  const modules = new KnownModules()
  return (message) => server.receive(modules.unwrap(message as WorkerMessage))
}

const { process } = globalThis as { process?: NodeProcess }
const threads = process?.getBuiltinModule?.('node:worker_threads')

if (threads) {
  const { workerData, receiveMessageOnPort: receive } = threads
  const port = new CountedPort({ ...workerData, receive, side: 'worker' })
  const perform = serve((report) => port.post(report))
  new WakefulWorker({ port, perform, nowMs: () => performance.now() }).listen()
} else {
  const port = globalThis as unknown as WebPort
  const perform = serve((report) => port.postMessage(report))
  port.addEventListener('message', ({ data }) => void perform(data))
}
