interface Hash {
  update(bytes: Uint8Array): this
  digest(encoding: 'hex'): string
}

interface HostProcess {
  getBuiltinModule?(name: 'node:crypto'): { createHash(name: 'sha256'): Hash }
}

/** Longer bytes are hashed in another thread, which takes some 100 µs to wake. */
const shortBytes = 1 << 18

const { process } = globalThis as { readonly process?: HostProcess }
const nodeCrypto = process?.getBuiltinModule?.('node:crypto')

/** `sha256:` and hex. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  if (nodeCrypto !== undefined && bytes.length <= shortBytes)
    return `sha256:${nodeCrypto.createHash('sha256').update(bytes).digest('hex')}`
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return `sha256:${[...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
