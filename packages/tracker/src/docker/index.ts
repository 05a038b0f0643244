// The source
export { dockerSource } from './docker-source.ts'
export type { DockerSourceOptions } from './docker-source.ts'
// How it is reached
export { parseEndpoint } from './endpoint.ts'
export type { Endpoint } from './endpoint.ts'
export type { TlsOptions } from './socket-transport.ts'
export type { DialOptions, DockerodeLike } from './dockerode-transport.ts'
// How it measures and names
export type { CgroupMeterOptions } from './cgroup/cgroup-meter.ts'
export { byLabel, defaultWorkspaceLabel } from './naming.ts'
export type { NamedContainer, WorkspaceNaming } from './naming.ts'
export { engineReplayLimit } from './event-stream.ts'
