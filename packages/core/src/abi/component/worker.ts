// The script of a thread that takes components apart: of Node's worker_threads and of a browser alike.
import { toWireError } from '../../runtimes/remote/wire-error.ts'
import type { Bindgen } from './bindgen.ts'
import { takeApart } from './take-apart.ts'
import type { ThreadAnswer, ThreadAsk } from './thread-messages.ts'

interface NodePort {
  postMessage(message: ThreadAnswer, transfer: readonly ArrayBufferLike[]): void
  on(event: 'message', listener: (message: ThreadAsk) => void): void
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:worker_threads'): { parentPort: NodePort | null }
}

interface WebPort {
  postMessage(message: ThreadAnswer, transfer: readonly ArrayBufferLike[]): void
  addEventListener(event: 'message', listener: (event: MessageEvent<ThreadAsk>) => void): void
}

const { process } = globalThis as { process?: NodeProcess }
const nodePort = process?.getBuiltinModule?.('node:worker_threads').parentPort
const webPort = globalThis as unknown as WebPort
const port = nodePort ?? webPort
let bindgen: Bindgen | undefined

async function answer(component: Uint8Array): Promise<void> {
  if (bindgen === undefined) throw new TypeError('The transpiler comes first.')
  try {
    const made = await takeApart(bindgen, component)
    const buffers = [...made.cores.values()].map(({ buffer }) => buffer)
    port.postMessage({ made }, [...new Set(buffers)])
  } catch (error) {
    port.postMessage({ failed: toWireError(error) }, [])
  }
}

function receive(ask: ThreadAsk): void {
  if ('bindgen' in ask) bindgen = ask.bindgen
  else void answer(ask.component)
}

port.postMessage({ ready: true }, [])
if (nodePort) nodePort.on('message', receive)
else webPort.addEventListener('message', ({ data }) => receive(data))
