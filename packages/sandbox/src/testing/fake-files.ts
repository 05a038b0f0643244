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

class Tree {
  readonly nodes = new Map<string, Node>()
  readonly options: FakeFilesOptions

  constructor(options: FakeFilesOptions) {
    this.options = options
    this.nodes.set('/', { kind: 'directory', atMs: options.now() })
  }

  get sizeBytes(): number {
    let size = 0
    for (const node of this.nodes.values()) if (node.kind === 'file') size += node.bytes.length
    return size
  }

  get(path: string): Node {
    return this.nodes.get(path) ?? fail(this.isBelowFile(path) ? 'ENOTDIR' : 'ENOENT', path)
  }

  isBelowFile(path: string): boolean {
    if (path === '/') return false
    const parent = toParent(path)
    return this.nodes.get(parent)?.kind === 'file' || this.isBelowFile(parent)
  }

  childrenOf(path: string): string[] {
    const prefix = toPrefix(path)
    return [...this.nodes.keys()].filter((other) => other !== path && other.startsWith(prefix))
  }

  put(path: string, node: Node): void {
    if (!this.nodes.has(path) && this.nodes.size >= this.options.inodeLimit) fail('ENOSPC', path)
    this.nodes.set(path, node)
  }

  makeDirectories(path: string): void {
    const node = this.nodes.get(path)
    if (node?.kind === 'directory') return
    if (node) fail('ENOTDIR', path)
    this.makeDirectories(toParent(path))
    this.put(path, { kind: 'directory', atMs: this.options.now() })
  }

  write(path: string, bytes: Uint8Array): void {
    const before = this.nodes.get(path)
    if (before?.kind === 'directory') fail('EISDIR', path)
    const freed = before?.kind === 'file' ? before.bytes.length : 0
    if (this.sizeBytes - freed + bytes.length > this.options.diskLimitBytes) fail('EDQUOT', path)
    this.makeDirectories(toParent(path))
    this.put(path, { kind: 'file', bytes, atMs: this.options.now() })
  }

  copy(source: string, destination: string): void {
    const node = this.get(source)
    if (node.kind === 'file') return this.write(destination, node.bytes.slice())
    const children = this.childrenOf(source)
    this.makeDirectories(destination)
    for (const child of children) {
      const target = `${destination}${child.slice(source.length)}`
      const childNode = this.get(child)
      if (childNode.kind === 'directory') this.makeDirectories(target)
      else this.write(target, childNode.bytes.slice())
    }
  }
}

const concat = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}

const removeFrom = (tree: Tree, path: string, recursive: boolean): void => {
  const node = tree.get(path)
  const children = tree.childrenOf(path)
  if (node.kind === 'directory' && children.length > 0 && !recursive) fail('ENOTEMPTY', path)
  if (path === '/') fail('EACCES', path)
  for (const child of [...children, path]) tree.nodes.delete(child)
}

/** Opens an empty tree with `/workspace` in it. */
export const createFakeFiles = (options: FakeFilesOptions): FakeFiles => {
  const tree = new Tree(options)
  tree.makeDirectories('/workspace')
  return {
    writeFile: async (path, bytes, mode) => {
      const before = tree.nodes.get(path)
      const isAppended = mode === 'Append' && before?.kind === 'file'
      tree.write(path, isAppended ? concat(before.bytes, bytes) : bytes.slice())
      return { bytes: bytes.length }
    },
    readFile: async (path, maxBytes) => {
      const node = tree.get(path)
      if (node.kind === 'directory') return fail('EISDIR', path)
      return node.bytes.length > maxBytes ? fail('EFBIG', path) : node.bytes.slice()
    },
    createDirectory: async (path, { recursive }) => {
      if (!recursive && tree.nodes.has(path)) fail('EEXIST', path)
      if (!recursive) tree.get(toParent(path))
      if (tree.nodes.get(path)?.kind === 'file') fail('EEXIST', path)
      tree.makeDirectories(path)
    },
    copy: async (source, destination, { overwrite }) => {
      tree.get(source)
      if (!overwrite && tree.nodes.has(destination)) fail('EEXIST', destination)
      if (toPrefix(destination).startsWith(toPrefix(source))) fail('EINVAL', destination)
      tree.copy(source, destination)
    },
    remove: async (path, { recursive }) => removeFrom(tree, path, recursive),
    list: async (path) => {
      if (tree.get(path).kind === 'file') fail('ENOTDIR', path)
      const direct = tree.childrenOf(path).filter((child) => toParent(child) === path)
      return direct.sort().map((child) => toEntry(child, tree.get(child)))
    },
    stat: async (path) => toEntry(path, tree.get(path)),
    get sizeBytes() {
      return tree.sizeBytes
    },
    get count() {
      return tree.nodes.size
    },
  }
}
