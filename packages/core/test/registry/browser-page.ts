import {
  createBrowserStore,
  createRegistryClient,
  type RegistryClientOptions,
} from '../../src/registry/index.ts'

export interface PageInput {
  readonly registry: string
  readonly redirecting: string
  readonly target: string
  readonly npm: string
  readonly module: number[]
  readonly privateKey: string
  readonly publicKey: string
}

/** Runs in the browser and tells what happened there. */
export async function run(input: PageInput): Promise<Record<string, unknown>> {
  const bytes = Uint8Array.from(input.module)
  const store = createBrowserStore()
  const options: RegistryClientOptions = { registry: input.registry, store, chunkBytes: 100_000 }
  const policy = { keys: [input.publicKey] }
  const client = createRegistryClient({ ...options, policy })
  const data = { name: 'from/browser', version: '1.0.0', bytes, description: 'Pushed by a page' }
  const pushed = await client.push(data, { signWith: input.privateKey })
  const pulled = await client.resolve('from/browser:^1')
  const offline = createRegistryClient({
    ...options,
    policy,
    store: createBrowserStore(),
    fetch: () => Promise.reject(new TypeError('no network')),
  })
  const kept = await offline.resolve(`from/browser@${pushed.digest}`)
  const redirecting = { registry: input.redirecting, store: createBrowserStore('redirects') }
  const auth = { username: 'kim', password: 'secret' }
  const refused = await codeOf(createRegistryClient({ ...redirecting, auth }).resolve('x:1.0.0'))
  const listed = createRegistryClient({ ...redirecting, auth, hosts: [input.target] })
  const npm = createRegistryClient({ ...options, npmRegistry: input.npm })
  const found = await client.search('page')
  await client.remove('from/browser')
  return {
    pulled: isSame(pulled.bytes, bytes),
    kept: isSame(kept.bytes, bytes),
    description: pulled.metadata.description,
    search: found.map(({ name }) => name),
    refused,
    redirected: isSame((await listed.resolve('x:1.0.0')).bytes, bytes),
    npm: isSame((await npm.resolve('npm:pkg@1.0.0/a.wasm')).bytes, bytes),
    file: await codeOf(npm.resolve('file:///a.wasm')),
    list: await offline.list().then((all) => all.map(({ name }) => name)),
    pruned: (await client.prune()).removed,
    partials: await store.list('partial'),
  }
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
    return 'passed'
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at])
}
