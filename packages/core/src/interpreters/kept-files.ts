import { rm } from 'node:fs/promises'
import {
  createVirtualFiles,
  decodeChange,
  encodeChange,
  type FileQuota,
  type VirtualFiles,
} from '../files/index.ts'
import { InterpreterError } from './errors.ts'
import type { BudgetMember, FileBudget } from './file-budget.ts'
import { createJournal, measureJournal, noJournal, openJournal, type Journal } from './journal.ts'

export interface KeptFilesOptions {
  /** For messages. */
  readonly sessionId: string
  /** Where they are kept; undefined: in memory only. */
  readonly folder: string | undefined
  readonly quota: FileQuota
  readonly budget: FileBudget
  /** Told of every write that failed. */
  onProblem(error: InterpreterError): void
}

interface Attached {
  readonly tree: VirtualFiles
  readonly journal: Journal
}

/** What a file or folder takes beside its bytes. */
const inodeBytes = 512
/** A write that failed is tried again after this time. */
const retryMs = 5000

/** Files of one session: on disk while nobody uses them, in memory while someone does. */
export class KeptFiles {
  readonly #options: KeptFilesOptions
  readonly #member: BudgetMember
  #attached: Attached | undefined
  #attaching: Promise<VirtualFiles> | undefined
  #usage: { readonly bytes: number; readonly inodes: number } | undefined
  #retry: NodeJS.Timeout | undefined
  #onChange: (change: Uint8Array) => void = () => undefined

  private constructor(options: KeptFilesOptions, member: BudgetMember) {
    this.#options = options
    this.#member = member
  }

  /** New, empty files. Throws `STORAGE_FAILED`, `CAPACITY`. */
  static async create(options: KeptFilesOptions, member: BudgetMember): Promise<KeptFiles> {
    const files = new KeptFiles(options, member)
    const tree = createVirtualFiles({ quota: options.quota })
    await options.budget.reserve(member, sizeOf(tree))
    try {
      files.#hold({ tree, journal: await files.#createJournal(tree) })
    } catch (error) {
      options.budget.forget(member)
      throw error
    }
    return files
  }

  /** The files that an earlier process left; undefined when there are none. They are read when they are needed. */
  static async find(
    options: KeptFilesOptions,
    member: BudgetMember,
  ): Promise<KeptFiles | undefined> {
    if (options.folder === undefined) return undefined
    // What cannot be looked at may be there: whoever needs it is told.
    if (await measureJournal(options.folder).then(isThere, () => true))
      return new KeptFiles(options, member)
    // A folder without a journal is of a session that died before it was made.
    await rm(options.folder, { recursive: true, force: true })
    return undefined
  }

  /** Takes every change from now on, encoded; of those that `replay` takes, too, none. */
  listen(onChange: (change: Uint8Array) => void): void {
    this.#onChange = onChange
  }

  /** The tree that is in memory. */
  get tree(): VirtualFiles | undefined {
    return this.#attached?.tree
  }

  /** True while they are in memory and could be on disk only. */
  get isReleasable(): boolean {
    return this.#attached !== undefined && this.#options.folder !== undefined
  }

  /** True while the files of all sessions take more memory than they may. */
  get isCrowded(): boolean {
    return this.#options.budget.isOver
  }

  get failure(): Error | undefined {
    return this.#attached?.journal.failure
  }

  get pendingBytes(): number {
    return this.#attached?.journal.pendingBytes ?? 0
  }

  /** Reads the files into memory where they are not there yet. Throws `STORAGE_FAILED`, `CAPACITY`. */
  async attach(): Promise<VirtualFiles> {
    if (this.#attached !== undefined) return this.#attached.tree
    this.#attaching ??= this.#read().finally(() => {
      this.#attaching = undefined
    })
    return this.#attaching
  }

  /** Sets memory aside for bytes that are about to be written. Throws `CAPACITY`. */
  reserve(bytes: number): Promise<void> {
    return this.#options.budget.reserve(this.#member, bytes)
  }

  /** Notes what the files take now. */
  measure(): void {
    const { budget } = this.#options
    if (this.#attached === undefined) budget.forget(this.#member)
    else budget.use(this.#member, sizeOf(this.#attached.tree))
  }

  /** Changes that another copy made. */
  replay(changes: readonly Uint8Array[]): void {
    if (this.#attached === undefined) return
    const { tree, journal } = this.#attached
    for (const change of changes) tree.apply(decodeChange(change))
    journal.append(changes)
    this.measure()
  }

  /** Resolves when everything that was changed is kept. Throws `STORAGE_FAILED`; it is then tried again later. */
  async flush(): Promise<void> {
    clearTimeout(this.#retry)
    try {
      await this.#attached?.journal.flush()
    } catch (cause) {
      this.#retry = setTimeout(() => void this.flush().catch(() => undefined), retryMs).unref()
      throw this.#unkept(cause)
    }
  }

  async usage(): Promise<{ readonly bytes: number; readonly inodes: number }> {
    return this.tree?.usage() ?? this.#usage ?? (await this.attach()).usage()
  }

  /** Takes the files out of memory; false when they are kept nowhere else. */
  async detach(): Promise<boolean> {
    const attached = this.#attached
    if (attached === undefined || this.#options.folder === undefined) return false
    try {
      await this.flush()
    } catch {
      return false
    }
    this.#usage = attached.tree.usage()
    this.#attached = undefined
    this.measure()
    await attached.journal.close()
    return true
  }

  /** Lets go of the files and leaves them on disk. Throws `STORAGE_FAILED` when not all of them are there. */
  async close(): Promise<void> {
    try {
      await this.#attached?.journal.close()
    } catch (cause) {
      throw this.#unkept(cause)
    } finally {
      this.#drop()
    }
  }

  async destroy(): Promise<void> {
    const { folder } = this.#options
    await this.#attaching?.catch(() => undefined)
    const journal = this.#attached?.journal
    this.#drop()
    if (journal !== undefined) await journal.destroy()
    else if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }

  #drop(): void {
    clearTimeout(this.#retry)
    this.#attached = undefined
    this.measure()
  }

  async #read(): Promise<VirtualFiles> {
    const { folder, quota, budget } = this.#options
    try {
      const logBytes = folder === undefined ? undefined : await measureJournal(folder)
      if (folder === undefined || logBytes === undefined) throw new Error('their journal is gone')
      await budget.reserve(this.#member, Math.min(logBytes, quota.bytes))
      const found = await openJournal(folder, quota)
      if (found === undefined) throw new Error('their journal is gone')
      this.#hold(found)
      return found.tree
    } catch (cause) {
      this.measure()
      if (cause instanceof InterpreterError) throw cause
      throw this.#failed(`The files of session ${this.#options.sessionId} cannot be read`, cause)
    }
  }

  #hold(attached: Attached): void {
    attached.tree.onChange((change) => {
      const bytes = encodeChange(change)
      attached.journal.append([bytes])
      this.#onChange(bytes)
    })
    this.#attached = attached
    this.measure()
  }

  async #createJournal(tree: VirtualFiles): Promise<Journal> {
    const { folder } = this.#options
    if (folder === undefined) return noJournal
    try {
      return await createJournal(folder, tree)
    } catch (cause) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
      throw this.#unkept(cause)
    }
  }

  #unkept(cause: unknown): InterpreterError {
    return this.#failed(
      `The files of session ${this.#options.sessionId} could not be stored, so what was changed may not survive a restart`,
      cause,
    )
  }

  /** Clients read the message: it has the system's name of the failure, and no path. */
  #failed(what: string, cause: unknown): InterpreterError {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'
    const error = new InterpreterError('STORAGE_FAILED', `${what} (${code}).`, { cause })
    this.#options.onProblem(error)
    return error
  }
}

function sizeOf(tree: VirtualFiles): number {
  const { bytes, inodes } = tree.usage()
  return bytes + inodes * inodeBytes
}

function isThere(size: number | undefined): boolean {
  return size !== undefined
}
