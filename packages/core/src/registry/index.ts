// The client
export {
  createRegistryClient,
  type CallOptions,
  type PruneResult,
  type PushOptions,
  type RegistryClient,
  type RemoveOptions,
} from './client.ts'
export type { ReadLocalFile, RegistryClientOptions } from './client-options.ts'
export type { FindCredentials, RegistryCredentials } from './authorizer.ts'
export type { SearchOptions } from './search.ts'
// Signatures
export type { SignaturePolicy } from './signatures.ts'
export type { SigningKey } from './signing-keys.ts'
// References
export { parseReference } from './reference.ts'
export type {
  FileReference,
  NpmReference,
  OciReference,
  Reference,
  Selector,
  UrlReference,
} from './reference.ts'
// Stores
export { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts'
export { createBrowserStore } from './browser-store.ts'
// Contracts
export type {
  ContainerData,
  ContainerLimits,
  ContainerMetadata,
  ContainerPermissions,
  ContainerSource,
  CreateHash,
  Digest,
  RegistryClock,
  RegistryStore,
  ResolveContainer,
  ResolvedContainer,
  StoreArea,
  StreamingHash,
} from './types.ts'
export type { FunctionSignature, ParameterInfo, TypeInfo } from '../containers/types.ts'
