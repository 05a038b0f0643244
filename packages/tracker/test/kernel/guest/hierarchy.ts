import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Layout, Numbers } from '../report.ts'

const root = '/sys/fs/cgroup'

/** What a container may use; what is absent is unlimited. */
export interface Limits {
  readonly memoryBytes?: number
  readonly pids?: number
  readonly cpuUsOf100ms?: number
}

/** The cgroup of a container: its folder in every hierarchy, and what the kernel's files in them say. */
export interface Group {
  /** What a process must be written to to be in it. */
  readonly folders: readonly string[]
  limit(limits: Limits): void
  numbers(): Numbers & { readonly inactiveFile: number }
  /** The text of a file that the reader parses. */
  text(name: string): string
}

// A parser of its own, so that the reader is not compared with itself.
const textOf = (path: string): string => readFileSync(path, 'latin1').trim()
const fieldOf = (path: string, key: string): number => {
  const line = textOf(path)
    .split('\n')
    .map((text) => text.split(' '))
    .find(([name]) => name === key)
  if (line === undefined) throw new Error(`${path} has no ${key}`)
  return Number(line[1])
}
const words = (path: string): readonly string[] => textOf(path).split(/\s+/)
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

const hostMemory = (): number =>
  Number(/MemTotal:\s+(\d+)/.exec(textOf('/proc/meminfo'))?.[1]) * 1024

/** `docker stats` shows the host's memory for no limit and for one beyond it, and subtracts page cache where there is less of it than all. */
const memoryOf = (total: number, inactiveFile: number, limit: number) => ({
  inactiveFile,
  memoryUsage: inactiveFile < total ? total - inactiveFile : total,
  memoryLimit: Math.min(Number.isNaN(limit) ? Infinity : limit, hostMemory()),
})

const unified = (path: string): Group => {
  const folder = join(root, path)
  const at = (name: string): string => join(folder, name)
  const bytesOf = (key: string): number =>
    sum(
      words(at('io.stat'))
        .filter((word) => word.startsWith(key))
        .map((word) => Number(word.slice(key.length))),
    )
  return {
    folders: [folder],
    limit: ({ memoryBytes, pids, cpuUsOf100ms }) => {
      if (memoryBytes !== undefined) writeFileSync(at('memory.max'), String(memoryBytes))
      if (pids !== undefined) writeFileSync(at('pids.max'), String(pids))
      if (cpuUsOf100ms !== undefined) writeFileSync(at('cpu.max'), `${cpuUsOf100ms} 100000`)
    },
    numbers: () => ({
      cpuUsageNs: fieldOf(at('cpu.stat'), 'usage_usec') * 1000,
      ...memoryOf(
        Number(textOf(at('memory.current'))),
        fieldOf(at('memory.stat'), 'inactive_file'),
        Number(textOf(at('memory.max'))),
      ),
      pidsCount: Number(textOf(at('pids.current'))),
      blockRead: bytesOf('rbytes='),
      blockWrite: bytesOf('wbytes='),
      periods: fieldOf(at('cpu.stat'), 'nr_periods'),
      throttledPeriods: fieldOf(at('cpu.stat'), 'nr_throttled'),
      oomKills: fieldOf(at('memory.events'), 'oom_kill'),
    }),
    text: (name) => textOf(at(name)),
  }
}

const hybrid = (path: string): Group => {
  const folderOf = (controller: string): string => join(root, controller, path)
  const [cpu, memory, pids, blkio] = ['cpu,cpuacct', 'memory', 'pids', 'blkio'].map(folderOf) as [
    string,
    string,
    string,
    string,
  ]
  const blocks = join(blkio, 'blkio.throttle.io_service_bytes_recursive')
  const bytesOf = (operation: string): number =>
    sum(words(blocks).flatMap((word, i, all) => (word === operation ? [Number(all[i + 1])] : [])))
  return {
    folders: [cpu, memory, pids, blkio, folderOf('unified')],
    limit: (limits) => {
      if (limits.memoryBytes !== undefined)
        writeFileSync(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytes))
      if (limits.pids !== undefined) writeFileSync(join(pids, 'pids.max'), String(limits.pids))
      if (limits.cpuUsOf100ms !== undefined)
        writeFileSync(join(cpu, 'cpu.cfs_quota_us'), String(limits.cpuUsOf100ms))
    },
    numbers: () => ({
      cpuUsageNs: Number(textOf(join(cpu, 'cpuacct.usage'))),
      ...memoryOf(
        Number(textOf(join(memory, 'memory.usage_in_bytes'))),
        fieldOf(join(memory, 'memory.stat'), 'total_inactive_file'),
        Number(textOf(join(memory, 'memory.limit_in_bytes'))),
      ),
      pidsCount: Number(textOf(join(pids, 'pids.current'))),
      blockRead: bytesOf('Read'),
      blockWrite: bytesOf('Write'),
      periods: fieldOf(join(cpu, 'cpu.stat'), 'nr_periods'),
      throttledPeriods: fieldOf(join(cpu, 'cpu.stat'), 'nr_throttled'),
      oomKills: fieldOf(join(memory, 'memory.oom_control'), 'oom_kill'),
    }),
    text: (name) => {
      const controller = name.split('.')[0] ?? ''
      return textOf(join({ cpu, cpuacct: cpu, memory, pids, blkio }[controller] ?? '', name))
    },
  }
}

/** Switches the controllers on for what lies below a folder of version 2. */
const delegate = (folder: string): void =>
  writeFileSync(join(folder, 'cgroup.subtree_control'), '+cpu +memory +pids +io')

/** Makes a container's cgroup, in the place where Docker with systemd makes it for version 2 and without it for version 1. */
export const makeGroup = (layout: Layout, id: string): Group => {
  const group =
    layout === 'unified' ? unified(`/system.slice/docker-${id}.scope`) : hybrid(`/docker/${id}`)
  for (const folder of group.folders) mkdirSync(folder, { recursive: true })
  return group
}

/** Prepares the folder that containers are made in. */
export const prepare = (layout: Layout): void => {
  if (layout === 'hybrid') return
  delegate(root)
  mkdirSync(join(root, 'system.slice'))
  delegate(join(root, 'system.slice'))
}

/** Process ids that are in a group. */
export const membersOf = ({ folders }: Group): readonly string[] =>
  folders.flatMap((folder) => words(join(folder, 'cgroup.procs'))).filter((pid) => pid !== '')

export const enter = (folders: readonly string[], pid: number): void => {
  for (const folder of folders) writeFileSync(join(folder, 'cgroup.procs'), String(pid))
}

export const removeGroup = ({ folders }: Group): void => {
  for (const folder of folders) rmdirSync(folder)
}
