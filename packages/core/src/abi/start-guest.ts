import { extismModule, usesWasi } from './detect.ts'
import type { GuestFolders, GuestHost, ReadyHost } from './guest-host.ts'
import type { AbiName, Guest } from './guest.ts'
import type { PreparedModule } from './prepare.ts'
import { ContainerSecurityError } from '../errors.ts'
import { late } from '../late.ts'
import { requireIntegration } from './suspend.ts'
import { openSenses } from './wasi-senses.ts'

type Start = (prepared: PreparedModule, host: ReadyHost) => Guest | Promise<Guest>

/** What only some modules need is loaded when one comes. */
const starts: Readonly<Record<AbiName, () => Start | Promise<Start>>> = {
  native: late(async () => (await import('./native.ts')).startNative),
  extism: late(async () => (await import('./extism/plugin.ts')).startExtism),
  assemblyscript: late(async () => (await import('./assembly-script.ts')).startAssemblyScript),
  'wasi-command': late(async () => (await import('./wasi-command.ts')).startWasiCommand),
  'wasi-reactor': late(async () => (await import('./plain.ts')).startPlain),
  plain: late(async () => (await import('./plain.ts')).startPlain),
  component: late(async () => (await import('./component/component.ts')).startComponent),
}

/** Starts a prepared module in this thread, with the ABI it speaks. Rejects with `ContainerError`s. */
export async function startGuest(prepared: PreparedModule, host: GuestHost): Promise<Guest> {
  if (prepared.abi === 'component' && host.mounts !== undefined)
    throw new ContainerSecurityError(
      'The option mounts is refused: components see no folders of the host yet. Leave it out, or take a module of WASI preview 1.',
      'FORBIDDEN',
      { option: 'mounts' },
    )
  const start = await starts[prepared.abi]()
  const senses = openSenses(host)
  const [wasi, http] = await Promise.all([
    wasiFor(prepared, { ...host, senses }),
    httpFor(prepared, host),
  ])
  return start(prepared, { ...host, senses, wasi, ...http })
}

const httpFunctions = [`${extismModule}.http_request`, 'gaesup.http']

async function httpFor(
  { shape }: PreparedModule,
  { network }: GuestHost,
): Promise<Pick<ReadyHost, 'http' | 'httpLater'>> {
  const asks = httpFunctions.some((name) => shape.importedTypes.has(name))
  if (network === undefined || !asks) return { http: undefined, httpLater: undefined }
  const http = (await import('../network/sync-client.ts')).openSyncClient(network)
  if (http !== undefined) return { http, httpLater: undefined }
  requireIntegration('The network')
  const { openWebClient } = await import('../network/web-client.ts')
  return { http, httpLater: openWebClient(network) }
}

async function wasiFor(
  { shape, abi }: PreparedModule,
  host: GuestHost & Pick<ReadyHost, 'senses'>,
): Promise<ReadyHost['wasi']> {
  if (!usesWasi(shape) && abi !== 'wasi-command') return undefined
  const [{ createContainerWasi }, files, mounts] = await Promise.all([
    import('./wasi-host.ts'),
    host.files(),
    mountsFor(host),
  ])
  return (run) => createContainerWasi(host, { files, mounts }, run)
}

async function mountsFor({ mounts }: GuestHost): Promise<GuestFolders['mounts']> {
  if (mounts === undefined) return {}
  return (await import('../files/host/open-mounts.ts')).openMounts(mounts)
}
