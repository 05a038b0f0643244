import { RegistryError } from '../errors.ts'
import { digestOf } from './digest.ts'
import { parseDate } from './entries.ts'
import { toGaesupManifest, withoutUndefined, type GaesupManifest } from './gaesup-manifest.ts'
import { toJsonBytes } from './json.ts'
import type { Descriptor, ImageManifest } from './manifest.ts'
import { annotation, mediaType } from './media-types.ts'
import type { ContainerData, ContainerMetadata, CreateHash, Digest } from './types.ts'

/** A blob of an artifact. */
export interface ArtifactBlob {
  readonly mediaType: string
  readonly digest: Digest
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A container as it goes into a registry. */
export interface Artifact {
  readonly layers: readonly ArtifactBlob[]
  readonly config: ArtifactBlob
  readonly annotations: Readonly<Record<string, string>>
}

const wasmMagic = [0x00, 0x61, 0x73, 0x6d]
const coreVersion = [0x01, 0x00, 0x00, 0x00]

/** Whether bytes begin as WebAssembly does, module or component. */
export function isWebAssembly(bytes: Uint8Array): boolean {
  return wasmMagic.every((byte, at) => bytes[at] === byte)
}

/** Bytes that may be a module. Throws `RegistryError` with `MODULE_INVALID`. */
export function assertWebAssembly(bytes: Uint8Array, name: string): void {
  if (isWebAssembly(bytes)) return
  throw new RegistryError(`What ${name} names is no WebAssembly.`, 'MODULE_INVALID')
}

/**
 * Lays a container out as an artifact. Throws `RegistryError`: `MODULE_INVALID` for bytes that are not WebAssembly,
 * `MODULE_UNSUPPORTED` for a component, whose configuration would have to list its world.
 *
 * @see CNCF Wasm OCI artifact layout
 */
export function toArtifact(
  data: ContainerData,
  { createHash, nowMs }: { createHash: CreateHash; nowMs: number },
): Artifact {
  const bytes = data.bytes.slice()
  assertWebAssembly(bytes, data.name)
  if (!coreVersion.every((byte, at) => bytes[at + wasmMagic.length] === byte)) {
    throw new RegistryError(
      `${data.name} was not pushed because it is no core module; components cannot be pushed.`,
      'MODULE_UNSUPPORTED',
    )
  }
  const blob = (type: string, content: Uint8Array<ArrayBuffer>): ArtifactBlob => ({
    mediaType: type,
    digest: digestOf(content, createHash),
    bytes: content,
  })
  const contract = toGaesupManifest(data)
  const layers = [
    blob(mediaType.wasmLayer, bytes),
    ...(contract === undefined ? [] : [blob(mediaType.gaesupManifest, contract)]),
  ]
  const created = (data.createdAt ?? new Date(nowMs)).toISOString()
  const config = toJsonBytes({
    created,
    ...(data.author === undefined ? {} : { author: data.author }),
    architecture: 'wasm',
    os: 'wasip1',
    layerDigests: layers.map(({ digest }) => digest),
  })
  return {
    layers,
    config: blob(mediaType.wasmConfig, config),
    annotations: toAnnotations(data, created),
  }
}

/** The same artifact for a registry that takes no unknown configuration type. */
export function withEmptyConfig(artifact: Artifact, createHash: CreateHash): Artifact {
  const bytes = new TextEncoder().encode('{}')
  const digest = digestOf(bytes, createHash)
  return { ...artifact, config: { mediaType: mediaType.emptyConfig, digest, bytes } }
}

/** The manifest, byte for byte as it is pushed. */
export function toManifestBytes({
  config,
  layers,
  annotations,
}: Artifact): Uint8Array<ArrayBuffer> {
  const describe = ({ mediaType: type, digest, bytes }: ArtifactBlob): Descriptor => ({
    mediaType: type,
    digest,
    size: bytes.length,
  })
  const isPlain = config.mediaType !== mediaType.wasmConfig
  return toJsonBytes({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    ...(isPlain ? { artifactType: mediaType.wasmConfig } : {}),
    config: describe(config),
    layers: layers.map(describe),
    annotations,
  })
}

function toAnnotations(data: ContainerData, created: string): Record<string, string> {
  return withoutUndefined({
    [annotation.title]: data.name,
    [annotation.version]: data.version,
    [annotation.created]: created,
    [annotation.description]: data.description,
    [annotation.authors]: data.author,
    [annotation.licenses]: data.license,
    [annotation.source]: data.repository,
    [annotation.keywords]: data.keywords === undefined ? undefined : JSON.stringify(data.keywords),
  }) as Record<string, string>
}

/** What is known about an artifact besides its manifest. */
export interface ArtifactFacts {
  readonly name: string
  /** The tag it was asked by, which says more than its annotations. */
  readonly tag: string | undefined
  readonly digest: Digest
  readonly layer: Descriptor
  readonly contract: GaesupManifest
  readonly nowMs: number
}

/** What a manifest tells about its container. */
export function toMetadata(
  { annotations }: ImageManifest,
  facts: ArtifactFacts,
): ContainerMetadata {
  const createdAt = parseDate(annotations[annotation.created]) ?? new Date(facts.nowMs)
  return withoutUndefined({
    name: facts.name,
    version: facts.tag ?? annotations[annotation.version] ?? '0.0.0',
    description: annotations[annotation.description],
    author: annotations[annotation.authors],
    license: annotations[annotation.licenses],
    repository: annotations[annotation.source],
    keywords: parseKeywords(annotations[annotation.keywords]),
    size: facts.layer.size,
    hash: facts.layer.digest as string,
    createdAt,
    updatedAt: createdAt,
    dependencies: facts.contract.dependencies,
    exports: facts.contract.exports,
    digest: facts.digest as string,
  })
}

function parseKeywords(text: string | undefined): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return Array.isArray(value) && value.every((item) => typeof item === 'string')
      ? value
      : undefined
  } catch {
    return undefined
  }
}
