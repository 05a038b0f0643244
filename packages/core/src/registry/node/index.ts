// Keep pulled containers in a folder, read local files, hash natively
export { createFileStore } from './file-store.ts'
export { createNodePorts, type NodePorts } from './ports.ts'
