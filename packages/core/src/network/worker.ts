import { workerData, type MessagePort } from 'node:worker_threads'
import { performRequest } from './perform.ts'
import type { Order, WorkerData } from './sync-client.ts'

// Makes the requests of a module that waits in another thread.
const { policy, bell } = workerData as WorkerData
const port = (workerData as { port: MessagePort }).port
port.on('message', ({ id, request, timeoutMs }: Order) => {
  void performRequest(request, { policy, timeoutMs }).then((outcome) => {
    port.postMessage({ id, outcome })
    Atomics.store(bell, 0, id)
    Atomics.notify(bell, 0)
  })
})
