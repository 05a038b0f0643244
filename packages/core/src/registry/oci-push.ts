import { RegistryError } from '../errors.ts'
import { check, checkKinds, type Kind } from '../containers/checks.ts'
import { listOf, record, text, texts } from '../containers/option-kinds.ts'
import { toArtifact, toManifestBytes, withEmptyConfig, type Artifact } from './artifact.ts'
import type { ClientContext } from './client-options.ts'
import type { Connection } from './connection.ts'
import { digestOf, isDigest, shown } from './digest.ts'
import { pushManifest } from './distribution.ts'
import { withoutUndefined } from './gaesup-manifest.ts'
import { isTag, parseOciReference } from './reference.ts'
import type { ContainerData, ContainerMetadata, Digest } from './types.ts'
import { uploadBlob } from './upload.ts'

const kinds = {
  name: text,
  version: text,
  bytes: { text: 'a Uint8Array', is: (value) => value instanceof Uint8Array },
  description: text,
  author: text,
  license: text,
  repository: text,
  keywords: texts,
  dependencies: texts,
  exports: listOf(record),
  permissions: record,
  limits: record,
  createdAt: {
    text: 'a valid Date',
    is: (value) => value instanceof Date && !Number.isNaN(Number(value)),
  },
} satisfies Record<keyof ContainerData, Kind>

/** What is wrong here would be read back as nothing. More than this may be there, as metadata has more. */
function requireData(data: ContainerData): void {
  check(record.is(data), 'a container is an object with name, version and bytes')
  for (const name of ['name', 'version', 'bytes'] as const)
    check(data[name] !== undefined, `a container that is pushed has the field ${name}`)
  checkKinds('container field', data, kinds)
}

/** Lays a container out, uploads what the registry lacks and puts the manifest under its version. */
export async function pushOci(
  context: ClientContext,
  data: ContainerData,
  signal: AbortSignal,
): Promise<{ connection: Connection; metadata: ContainerMetadata; digest: Digest }> {
  requireData(data)
  const { host, repository, selector } = parseOciReference(data.name)
  if (selector.by !== 'latest' || !isTag(data.version)) {
    throw new RegistryError(
      `A container is pushed with a plain name and a version that is a tag, not as ${shown(data.name)} and ${shown(data.version)}.`,
      'REFERENCE_INVALID',
    )
  }
  const { createHash, clock } = context
  const connection = context.connect(host, repository, signal)
  const artifact = toArtifact(data, { createHash, nowMs: clock.nowMs() })
  for (const { digest, bytes } of [...artifact.layers, artifact.config]) {
    await uploadBlob(connection, { digest, bytes })
  }
  const digest = await putArtifact(connection, data.version, artifact)
  return { connection, digest, metadata: describe(data, artifact, digest) }
}

/** Some registries answer 400 to a configuration type that they do not know; those get the empty one of OCI 1.1. */
async function putArtifact(
  connection: Connection,
  tag: string,
  artifact: Artifact,
): Promise<Digest> {
  const manifest = toManifestBytes(artifact)
  try {
    await pushManifest(connection, tag, manifest)
    return digestOf(manifest, connection.createHash)
  } catch (error) {
    if (!isInvalidManifest(error)) throw error
  }
  const plain = withEmptyConfig(artifact, connection.createHash)
  await uploadBlob(connection, plain.config)
  const plainManifest = toManifestBytes(plain)
  await pushManifest(connection, tag, plainManifest)
  return digestOf(plainManifest, connection.createHash)
}

function isInvalidManifest(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false
  const details = error.details as { status?: number; registryCode?: string } | undefined
  return details?.status === 400 && details.registryCode === 'MANIFEST_INVALID'
}

function describe(
  data: ContainerData,
  { layers, annotations }: Artifact,
  digest: Digest,
): ContainerMetadata {
  const [module] = layers
  const createdAt = new Date(annotations['org.opencontainers.image.created'] ?? 0)
  const {
    name,
    version,
    description,
    author,
    license,
    repository,
    keywords,
    dependencies,
    exports,
  } = data
  return withoutUndefined({
    name,
    version,
    description,
    author,
    license,
    repository,
    keywords,
    size: data.bytes.length,
    hash: isDigest(module?.digest) ? (module.digest as string) : '',
    createdAt,
    updatedAt: createdAt,
    dependencies,
    exports,
    digest: digest as string,
  })
}
