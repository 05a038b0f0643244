// A worker that keeps to the messages of a real one, but not to its manners: what a call does is its name.
import { setTimeout as wait } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import type { WorkerData } from '../../../src/runtimes/worker/counted-port.ts'

interface Ask {
  readonly id: number
  readonly kind: string
  readonly name?: string
}

const { port, counts } = workerData as WorkerData
const counted = new Int32Array(counts)
const seen = { allocatedBytes: 0, usedBytes: 0 }
const functions = ['leave', 'uncounted', 'late', 'miscounted', 'silent', 'twice']

function answer({ id }: Ask, value: unknown): void {
  port.postMessage({ kind: 'answer', id, value, seen })
}

const calls: Readonly<Record<string, (ask: Ask) => unknown>> = {
  // It ends before its answer can be looked for.
  leave(ask) {
    answer(ask, 'left')
    process.exit(0)
  },
  uncounted: (ask) => answer(ask, 'here'),
  async late(ask) {
    await wait(50)
    answer(ask, 'here')
  },
  async miscounted(ask) {
    Atomics.add(counted, 16, 1000)
    await wait(50)
    answer(ask, 'here')
  },
  silent: () => Atomics.add(counted, 16, 1),
  twice(ask) {
    answer(ask, 'first')
    answer(ask, 'second')
  },
}

port.on('message', (message) => {
  const { ask } = message as { ask: Ask }
  if (ask.kind !== 'start') return void (calls[ask.name ?? ''] ?? ((one) => answer(one, 0)))(ask)
  answer(ask, { abi: 'native', functions, hasState: false, hasHealth: false })
})
