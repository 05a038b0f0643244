import type { SystemStats } from '../model/metrics.ts'
import type { ContainerSource } from '../model/ports.ts'
import type { CgroupMeterOptions } from './cgroup/cgroup-meter.ts'
import { CgroupMeter } from './cgroup/cgroup-meter.ts'
import type { DockerodeLike } from './dockerode-transport.ts'
import { createDockerodeTransport } from './dockerode-transport.ts'
import { parseEndpoint } from './endpoint.ts'
import { EventStream } from './event-stream.ts'
import { numberAt, stringAt } from './fields.ts'
import { Meter } from './meter.ts'
import type { WorkspaceNaming } from './naming.ts'
import { byLabel, defaultWorkspaceLabel } from './naming.ts'
import { parseContainerList } from './parse-list.ts'
import type { TlsOptions } from './socket-transport.ts'
import { createSocketTransport } from './socket-transport.ts'
import type { EngineTransport } from './transport.ts'

/** Options of `dockerSource`. */
export interface DockerSourceOptions {
  /** `unix://`, `tcp://`, `https://` or `ssh://`. Default: the variable `DOCKER_HOST`, else `/var/run/docker.sock`. */
  readonly host?: string
  /** Turns TCP into TLS. */
  readonly tls?: TlsOptions
  /** The ssh client and its options. Default `['ssh']`. */
  readonly sshCommand?: readonly string[]
  /** Ask through this dockerode instance instead. */
  readonly docker?: DockerodeLike
  /** The label that names a container's workspace (default `dev.gaesup.workspace`; without it the container's name), or your own rule. */
  readonly workspace?: string | WorkspaceNaming
  /** Reading the kernel's files; `false` uses the engine's API only. */
  readonly cgroups?: CgroupMeterOptions | false
  /** Bytes of events that may wait to be parsed. Default 8 MiB. */
  readonly maxBufferedBytes?: number
}

const defaultHost = 'unix:///var/run/docker.sock'

const transportOf = (options: DockerSourceOptions): EngineTransport => {
  if (options.docker !== undefined) return createDockerodeTransport(options.docker)
  const endpoint = parseEndpoint(options.host ?? process.env['DOCKER_HOST'] ?? defaultHost)
  const { tls, sshCommand } = options
  return createSocketTransport({ endpoint, ...(tls && { tls }), ...(sshCommand && { sshCommand }) })
}

const toSystemStats = (info: unknown): SystemStats => ({
  containersTotal: numberAt(info, 'Containers') ?? 0,
  containersRunning: numberAt(info, 'ContainersRunning') ?? 0,
  containersStopped: numberAt(info, 'ContainersStopped') ?? 0,
  imagesTotal: numberAt(info, 'Images') ?? 0,
  memoryTotal: numberAt(info, 'MemTotal') ?? 0,
  memoryUsed: 0,
  cpuCount: numberAt(info, 'NCPU') ?? 0,
  dockerVersion: stringAt(info, 'ServerVersion'),
  timestamp: Date.now(),
})

/**
 * A Docker engine as a source of containers.
 *
 * @throws TypeError for an address that cannot be parsed.
 */
export const dockerSource = (options: DockerSourceOptions = {}): ContainerSource => {
  const transport = transportOf(options)
  const { workspace } = options
  const naming =
    typeof workspace === 'function' ? workspace : byLabel(workspace ?? defaultWorkspaceLabel)
  const cgroups = options.cgroups === false ? undefined : new CgroupMeter(options.cgroups)
  const meter = new Meter({ transport, cgroups })
  const { maxBufferedBytes } = options
  const events = new EventStream({
    transport,
    naming,
    ...(maxBufferedBytes !== undefined && { maxBufferedBytes }),
  })
  return {
    name: transport.address,
    list: async (signal) =>
      parseContainerList(await transport.getJson('/containers/json?all=1', signal), naming),
    events: (signal) => events.read(signal),
    sample: (containerId, signal) => meter.sample(containerId, signal),
    sampleNow: (containerId) => meter.sampleNow(containerId),
    forget: (containerId) => meter.forget(containerId),
    system: async (signal) => toSystemStats(await transport.getJson('/info', signal)),
    reconnect: () => events.reconnect(),
    statsPath: (containerId) => meter.pathOf(containerId),
    close: () => {
      cgroups?.close()
      transport.close()
    },
  }
}
