import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Layout } from '../report.ts'
import type { Engine } from './engine.ts'
import { enter, makeGroup, membersOf, removeGroup } from './hierarchy.ts'
import type { Group, Limits } from './hierarchy.ts'

/** How long a poll may take on a machine that does other work, ms. */
export const patienceMs = 60_000

/** Polls until something holds. */
export const until = async (what: string, holds: () => boolean): Promise<void> => {
  const deadline = performance.now() + patienceMs
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await sleep(20)
  }
}

/** How a box is started. */
export interface BoxOptions {
  readonly limits?: Limits
  readonly command?: readonly string[]
  readonly ownNetwork?: boolean
}

/** Where boxes are made. */
export interface World {
  readonly layout: Layout
  readonly engine: Engine
}

/** A shell that becomes the command only once it is in the group, so that all of the command is counted. */
const startIn = (folders: readonly string[], command: readonly string[]): ChildProcess => {
  const child = spawn('sh', ['-c', 'read _ && exec "$@"', 'sh', ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  if (child.pid === undefined) throw new Error(`${command.join(' ')} does not start`)
  enter(folders, child.pid)
  child.stdin?.write('go\n')
  return child
}

let starts = 0

/** A container as the kernel sees one: processes in a cgroup whose path has its id. */
export class Box {
  readonly id: string
  readonly group: Group
  readonly pid: number

  constructor({ layout, engine }: World, name: string, options: BoxOptions = {}) {
    this.id = createHash('sha256').update(name).digest('hex')
    this.group = makeGroup(layout, this.id)
    this.group.limit(options.limits ?? {})
    const { command = ['sleep', '1000'], ownNetwork = false } = options
    const network = ownNetwork ? ['unshare', '--net'] : []
    this.pid = startIn(this.group.folders, [...network, ...command]).pid ?? 0
    // Each start has a time of its own, as an engine's have.
    const startedAt = new Date(Date.UTC(2026, 0, 1) + (starts += 1) * 1000).toISOString()
    engine.describe({ id: this.id, pid: this.pid, startedAt, hostNetwork: !ownNetwork })
  }

  /** Runs one more command in it, to its end. */
  async run(command: readonly string[]): Promise<{ code: number | null; signal: string | null }> {
    const child = startIn(this.group.folders, command)
    return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  }

  /** Ends all of it and removes its group, as an engine does. */
  async remove(): Promise<void> {
    for (const pid of new Set(membersOf(this.group))) process.kill(Number(pid), 'SIGKILL')
    await until('its processes have ended', () => membersOf(this.group).length === 0)
    removeGroup(this.group)
  }
}
