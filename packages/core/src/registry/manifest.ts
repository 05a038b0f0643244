import { RegistryError } from '../errors.ts'
import { isDigest } from './digest.ts'
import { asCount, asObject, asText, parseObject } from './json.ts'
import { mediaType } from './media-types.ts'
import type { Digest } from './types.ts'

/** A blob or manifest that another one names. @see OCI image specification 1.1, "Content Descriptors" */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly architecture?: string; readonly os?: string }
}

/** One artifact. */
export interface ImageManifest {
  readonly kind: 'image'
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations: Readonly<Record<string, string>>
}

/** A choice of artifacts. */
export interface ImageIndex {
  readonly kind: 'index'
  readonly manifests: readonly Descriptor[]
}

/** Most bytes of a manifest. @see OCI distribution specification 1.1, "Pushing Manifests" */
export const largestManifest: number = 4 * 1024 * 1024
const mostDescriptors = 1000
const mostAnnotations = 500

/** A manifest or an index from outside. Throws `RegistryError` with `REGISTRY_FAILED`. */
export function parseManifest(bytes: Uint8Array): ImageManifest | ImageIndex {
  const fields = bytes.length <= largestManifest ? parseObject(bytes) : undefined
  if (fields === undefined || fields['schemaVersion'] !== 2)
    return malformed('it is no manifest of version 2')
  if (fields['manifests'] !== undefined) {
    return { kind: 'index', manifests: descriptors(fields['manifests']) }
  }
  return {
    kind: 'image',
    config: descriptor(fields['config']),
    layers: descriptors(fields['layers']),
    annotations: annotations(fields['annotations']),
  }
}

/** The one layer that is a module. Throws `RegistryError` with `MODULE_INVALID` if there is none, or more than one. */
export function selectWasmLayer({ layers }: ImageManifest): Descriptor {
  const found = layers.filter(
    (layer) =>
      layer.mediaType === mediaType.wasmLayer || layer.mediaType === mediaType.olderWasmLayer,
  )
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  throw new RegistryError(
    `The artifact has ${found.length} layers of type ${mediaType.wasmLayer} among ${layers.length}; it must have one.`,
    'MODULE_INVALID',
  )
}

/** The manifest of an index that is for WebAssembly, or its only one. Throws `RegistryError` with `MODULE_INVALID`. */
export function selectFromIndex({ manifests }: ImageIndex): Descriptor {
  const forWasm = manifests.filter(({ platform }) => platform?.architecture === 'wasm')
  const [only] = forWasm.length === 0 ? manifests : forWasm
  if (only !== undefined && (forWasm.length || manifests.length) === 1) return only
  throw new RegistryError(
    `The index names ${manifests.length} manifests, ${forWasm.length} of them for the architecture "wasm"; one must be.`,
    'MODULE_INVALID',
  )
}

function descriptors(value: unknown): Descriptor[] {
  if (!Array.isArray(value) || value.length > mostDescriptors) {
    return malformed(`a list in it is none or has more than ${mostDescriptors} items`)
  }
  return value.map(descriptor)
}

function descriptor(value: unknown): Descriptor {
  const fields = asObject(value)
  const type = asText(fields?.['mediaType'])
  const size = asCount(fields?.['size'])
  const digest = fields?.['digest']
  if (type === undefined || size === undefined || !isDigest(digest)) {
    return malformed('a descriptor in it lacks a media type, a size or a sha256 digest')
  }
  const platform = asObject(fields?.['platform'])
  const architecture = asText(platform?.['architecture'])
  const os = asText(platform?.['os'])
  return {
    mediaType: type,
    digest,
    size,
    annotations: annotations(fields?.['annotations']),
    platform: {
      ...(architecture === undefined ? {} : { architecture }),
      ...(os === undefined ? {} : { os }),
    },
  }
}

/** Only texts are annotations. The object has no prototype, so that no key means more than its value. */
function annotations(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(asObject(value) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  if (texts.length > mostAnnotations)
    return malformed(`it has more than ${mostAnnotations} annotations`)
  return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(texts))
}

function malformed(why: string): never {
  throw new RegistryError(
    `The registry's manifest cannot be read because ${why}.`,
    'REGISTRY_FAILED',
  )
}
