import { RegistryError } from '../errors.ts'
import { nameOf, type Connection } from './connection.ts'
import { digestOf } from './digest.ts'
import { fetchManifest, pushManifest } from './distribution.ts'
import { downloadBlob } from './download.ts'
import { asObject, parseObject, toJsonBytes } from './json.ts'
import { parseManifest, type Descriptor } from './manifest.ts'
import { annotation, mediaType } from './media-types.ts'
import { fromBase64, signDer, toBase64, verifyDer, type SigningKey } from './signing-keys.ts'
import type { Digest } from './types.ts'
import { uploadBlob } from './upload.ts'

/** Whose signatures are asked for. */
export interface SignaturePolicy {
  /** Public keys: PEM (SPKI) or `CryptoKey`, ECDSA P-256. */
  readonly keys: readonly SigningKey[]
  /** Whether one of the keys must have signed, or all. Default `any`. */
  readonly require?: 'any' | 'all'
}

/** A signature as it is kept: the signed text and the signature, both in Base64. */
export interface KeptSignature {
  readonly payload: string
  readonly signature: string
}

const largestPayload = 64 * 1024
const mostSignatures = 32

/**
 * Signs a manifest and puts the signature beside it, as cosign does: under the tag `sha256-….sig`, added to those that
 * are there. The key is PEM (PKCS #8) or a `CryptoKey`.
 *
 * @see github.com/sigstore/cosign, specs/SIGNATURE_SPEC.md
 */
export async function pushSignature(
  connection: Connection,
  digest: Digest,
  key: SigningKey,
): Promise<void> {
  const { host } = new URL(connection.origin)
  const payload = toJsonBytes({
    critical: {
      identity: { 'docker-reference': `${host}/${connection.repository}` },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  })
  const layer: Descriptor = {
    mediaType: mediaType.simpleSigning,
    digest: digestOf(payload, connection.createHash),
    size: payload.length,
    annotations: { [annotation.signature]: toBase64(await signDer(key, payload)) },
  }
  const layers = [...(await signatureLayers(connection, digest)), layer]
  const config = toJsonBytes({
    architecture: '',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map((one) => one.digest) },
  })
  const configDigest = digestOf(config, connection.createHash)
  await uploadBlob(connection, { digest: layer.digest, bytes: payload })
  await uploadBlob(connection, { digest: configDigest, bytes: config })
  const manifest = toJsonBytes({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: { mediaType: mediaType.imageConfig, size: config.length, digest: configDigest },
    layers: layers.map(({ mediaType: type, digest: blob, size, annotations }) => ({
      mediaType: type,
      size,
      digest: blob,
      annotations,
    })),
  })
  await pushManifest(connection, `${nameOf(digest)}.sig`, manifest)
}

/** The signatures that lie beside a manifest; none when it was never signed. */
export async function fetchSignatures(
  connection: Connection,
  digest: Digest,
): Promise<KeptSignature[]> {
  const found: KeptSignature[] = []
  for (const layer of await signatureLayers(connection, digest)) {
    const signature = layer.annotations?.[annotation.signature]
    if (signature === undefined || layer.size > largestPayload) continue
    found.push({ payload: toBase64(await downloadBlob(connection, layer)), signature })
  }
  return found
}

/**
 * Passes when the signatures meet the policy for exactly this manifest. Throws `RegistryError` with `UNTRUSTED`.
 */
export async function checkSignatures(
  signatures: readonly KeptSignature[],
  digest: Digest,
  { keys, require = 'any' }: SignaturePolicy,
): Promise<void> {
  const verdicts = await Promise.all(
    keys.map(async (key) => {
      const each = await Promise.all(signatures.map((one) => isSignedBy(key, one, digest)))
      return each.includes(true)
    }),
  )
  const isMet = require === 'all' ? !verdicts.includes(false) : verdicts.includes(true)
  if (isMet && keys.length > 0) return
  const signers = verdicts.filter((verdict) => verdict).length
  throw new RegistryError(
    `${digest} is signed by ${signers} of ${keys.length} trusted keys; the policy wants ${require}.`,
    'UNTRUSTED',
    { digest, signatures: signatures.length },
  )
}

async function isSignedBy(key: SigningKey, kept: KeptSignature, digest: Digest): Promise<boolean> {
  const bytes = fromBase64(kept.payload)
  const signature = fromBase64(kept.signature)
  if (bytes === undefined || signature === undefined || signedDigest(bytes) !== digest) return false
  return verifyDer(key, { bytes, signature })
}

/** The manifest that a signed text is about. */
function signedDigest(payload: Uint8Array): unknown {
  const critical = asObject(parseObject(payload)?.['critical'])
  if (critical?.['type'] !== 'cosign container image signature') return undefined
  return asObject(critical['image'])?.['docker-manifest-digest']
}

async function signatureLayers(
  connection: Connection,
  digest: Digest,
): Promise<readonly Descriptor[]> {
  const manifest = await fetchSignatureManifest(connection, digest)
  if (manifest === undefined) return []
  const parsed = parseManifest(manifest)
  const layers = parsed.kind === 'image' ? parsed.layers : []
  return layers
    .filter((layer) => layer.mediaType === mediaType.simpleSigning)
    .slice(0, mostSignatures)
}

async function fetchSignatureManifest(
  connection: Connection,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  try {
    return (await fetchManifest(connection, `${nameOf(digest)}.sig`)).bytes
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}
