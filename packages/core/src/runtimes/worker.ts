// The script of a worker: of Node's worker_threads and of a browser alike.
import { GuestServer } from './remote/guest-server.ts'
import type { Report } from './remote/messages.ts'
import { KnownModules, type WorkerMessage } from './worker/known-modules.ts'

interface NodePort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: unknown) => void): void
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:worker_threads'): { parentPort: NodePort | null }
}

interface WebPort {
  postMessage(message: unknown): void
  addEventListener(event: 'message', listener: (event: MessageEvent<unknown>) => void): void
}

const { process } = globalThis as { process?: NodeProcess }
const nodePort = process?.getBuiltinModule?.('node:worker_threads').parentPort
const webPort = globalThis as unknown as WebPort
const port = nodePort ?? webPort
const server = new GuestServer((report: Report) => port.postMessage(report))
const modules = new KnownModules()
const receive = (message: unknown): void =>
  void server.receive(modules.unwrap(message as WorkerMessage))

if (nodePort) nodePort.on('message', receive)
else webPort.addEventListener('message', ({ data }) => receive(data))
