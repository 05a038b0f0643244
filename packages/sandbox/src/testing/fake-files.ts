import type { EngineFileEntry, EngineFiles } from '../ports.ts'

type Node =
  | { readonly kind: 'directory'; readonly atMs: number }
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly atMs: number }

/** Files in memory, with quotas. */
export interface FakeFiles extends EngineFiles {
  readonly sizeBytes: number
  readonly count: number
}

export interface FakeFilesOptions {
  readonly diskLimitBytes: number
  readonly inodeLimit: number
  now(): number
}

const fail = (code: string, path: string): never => {
  throw Object.assign(new Error(`${code}: ${path}`), { code })
}

const toParent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
const toName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const toPrefix = (path: string): string => (path === '/' ? '/' : `${path}/`)

const toEntry = (path: string, node: Node): EngineFileEntry => ({
  path,
  name: toName(path),
  type: node.kind,
  sizeBytes: node.kind === 'file' ? node.bytes.length : 0,
  modifiedAtMs: node.atMs,
})

interface Tree {
  readonly nodes: Map<string, Node>
  readonly options: FakeFilesOptions
}

const measure = ({ nodes }: Tree): number => {
  let size = 0
  for (const node of nodes.values()) if (node.kind === 'file') size += node.bytes.length
  return size
}

const isBelowFile = (tree: Tree, path: string): boolean => {
  if (path === '/') return false
  const parent = toParent(path)
  return tree.nodes.get(parent)?.kind === 'file' || isBelowFile(tree, parent)
}

const getNode = (tree: Tree, path: string): Node =>
  tree.nodes.get(path) ?? fail(isBelowFile(tree, path) ? 'ENOTDIR' : 'ENOENT', path)

const findBelow = ({ nodes }: Tree, path: string): string[] => {
  const prefix = toPrefix(path)
  return [...nodes.keys()].filter((other) => other !== path && other.startsWith(prefix))
}

const putNode = ({ nodes, options }: Tree, path: string, node: Node): void => {
  if (!nodes.has(path) && nodes.size >= options.inodeLimit) fail('ENOSPC', path)
  nodes.set(path, node)
}

const makeDirectories = (tree: Tree, path: string): void => {
  const node = tree.nodes.get(path)
  if (node?.kind === 'directory') return
  if (node) fail('ENOTDIR', path)
  if (path !== '/') makeDirectories(tree, toParent(path))
  putNode(tree, path, { kind: 'directory', atMs: tree.options.now() })
}

const putFile = (tree: Tree, path: string, bytes: Uint8Array): void => {
  const before = tree.nodes.get(path)
  if (before?.kind === 'directory') fail('EISDIR', path)
  const freed = before?.kind === 'file' ? before.bytes.length : 0
  if (measure(tree) - freed + bytes.length > tree.options.diskLimitBytes) fail('EDQUOT', path)
  makeDirectories(tree, toParent(path))
  putNode(tree, path, { kind: 'file', bytes, atMs: tree.options.now() })
}

const copyNode = (tree: Tree, source: string, destination: string): void => {
  const node = getNode(tree, source)
  if (node.kind === 'file') return putFile(tree, destination, node.bytes.slice())
  const below = findBelow(tree, source)
  makeDirectories(tree, destination)
  for (const path of below) {
    const child = getNode(tree, path)
    const target = `${destination}${path.slice(source.length)}`
    if (child.kind === 'directory') makeDirectories(tree, target)
    else putFile(tree, target, child.bytes.slice())
  }
}

const concat = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}

const removeFrom = (tree: Tree, path: string, recursive: boolean): void => {
  const node = getNode(tree, path)
  const children = findBelow(tree, path)
  if (node.kind === 'directory' && children.length > 0 && !recursive) fail('ENOTEMPTY', path)
  if (path === '/') fail('EACCES', path)
  for (const child of [...children, path]) tree.nodes.delete(child)
}

/** Opens an empty tree with `/workspace` in it. */
export const createFakeFiles = (options: FakeFilesOptions): FakeFiles => {
  const tree: Tree = { nodes: new Map(), options }
  makeDirectories(tree, '/workspace')
  return {
    writeFile: async (path, bytes, mode) => {
      const before = tree.nodes.get(path)
      const isAppended = mode === 'Append' && before?.kind === 'file'
      putFile(tree, path, isAppended ? concat(before.bytes, bytes) : bytes.slice())
      return { bytes: bytes.length }
    },
    readFile: async (path, maxBytes) => {
      const node = getNode(tree, path)
      if (node.kind === 'directory') return fail('EISDIR', path)
      return node.bytes.length > maxBytes ? fail('EFBIG', path) : node.bytes.slice()
    },
    createDirectory: async (path, { recursive }) => {
      if (!recursive && tree.nodes.has(path)) fail('EEXIST', path)
      if (!recursive) getNode(tree, toParent(path))
      if (tree.nodes.get(path)?.kind === 'file') fail('EEXIST', path)
      makeDirectories(tree, path)
    },
    copy: async (source, destination, { overwrite }) => {
      getNode(tree, source)
      if (!overwrite && tree.nodes.has(destination)) fail('EEXIST', destination)
      if (toPrefix(destination).startsWith(toPrefix(source))) fail('EINVAL', destination)
      copyNode(tree, source, destination)
    },
    remove: async (path, { recursive }) => removeFrom(tree, path, recursive),
    list: async (path) => {
      if (getNode(tree, path).kind === 'file') fail('ENOTDIR', path)
      const direct = findBelow(tree, path).filter((child) => toParent(child) === path)
      return direct.sort().map((child) => toEntry(child, getNode(tree, child)))
    },
    stat: async (path) => toEntry(path, getNode(tree, path)),
    get sizeBytes() {
      return measure(tree)
    },
    get count() {
      return tree.nodes.size
    },
  }
}
