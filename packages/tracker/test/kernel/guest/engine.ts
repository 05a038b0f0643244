import { createServer } from 'node:http'
import type { Server } from 'node:http'

/** What the stand-in says of a container. */
export interface Described {
  readonly id: string
  readonly pid: number
  readonly startedAt: string
  readonly hostNetwork: boolean
}

/**
 * Stands in for an engine, which cannot run here: it says which process a container is, and has no statistics of its own. What a reader
 * shows of a container comes from the kernel.
 */
export class Engine {
  readonly #containers = new Map<string, Described>()
  readonly #server: Server = createServer((request, response) => {
    const answer = this.#answer(request.url ?? '')
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { message: 'there is no such thing here' }))
  })

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(path, resolve))
  }

  describe(container: Described): void {
    this.#containers.set(container.id, container)
  }

  #answer(url: string): unknown {
    const [, collection, id = '', what] = url.split(/[/?]/)
    if (collection !== 'containers') return undefined
    if (id === 'json')
      return [...this.#containers.values()].map((one) => ({ Id: one.id, State: 'running' }))
    const found = this.#containers.get(id)
    if (found === undefined || what !== 'json') return undefined
    return {
      Id: id,
      State: { Running: true, Pid: found.pid, StartedAt: found.startedAt },
      HostConfig: { NetworkMode: found.hostNetwork ? 'host' : 'default' },
    }
  }
}
