/** Media types on the wire. @see OCI image specification 1.1; CNCF Wasm OCI artifact layout; cosign signature specification */
export const mediaType = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  emptyConfig: 'application/vnd.oci.empty.v1+json',
  wasmConfig: 'application/vnd.wasm.config.v0+json',
  wasmLayer: 'application/wasm',
  /** What wasm-to-oci and early wasmCloud wrote. */
  olderWasmLayer: 'application/vnd.wasm.content.layer.v1+wasm',
  gaesupManifest: 'application/vnd.gaesup.manifest.v1+json',
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
} as const

/** Annotations on manifests and layers. @see OCI image specification 1.1, "Pre-Defined Annotation Keys" */
export const annotation = {
  title: 'org.opencontainers.image.title',
  description: 'org.opencontainers.image.description',
  authors: 'org.opencontainers.image.authors',
  licenses: 'org.opencontainers.image.licenses',
  source: 'org.opencontainers.image.source',
  version: 'org.opencontainers.image.version',
  created: 'org.opencontainers.image.created',
  keywords: 'dev.gaesup.keywords',
  signature: 'dev.cosignproject.cosign/signature',
} as const
