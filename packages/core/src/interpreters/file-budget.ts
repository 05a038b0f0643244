import { InterpreterError } from './errors.ts'

/** Someone whose files are in memory. */
export interface BudgetMember {
  /** Takes its files out of memory; false when it works with them, or when they are nowhere else. */
  release(): Promise<boolean>
}

export interface FileBudgetOptions {
  /** Bytes that all members together may hold. */
  readonly maxBytes: number
  /** What to change when that is too little, for the message. */
  readonly setting: string
}

const mebibyte = 2 ** 20

/** Memory that the files of all sessions share. Who was used longest ago makes room first. */
export class FileBudget {
  readonly #options: FileBudgetOptions
  /** In the order of last use. */
  readonly #held = new Map<BudgetMember, number>()
  #total = 0

  constructor(options: FileBudgetOptions) {
    this.#options = options
  }

  get usedBytes(): number {
    return this.#total
  }

  get isOver(): boolean {
    return this.#total > this.#options.maxBytes
  }

  /** Notes what the member really holds. */
  use(member: BudgetMember, bytes: number): void {
    this.forget(member)
    this.#held.set(member, bytes)
    this.#total += bytes
  }

  forget(member: BudgetMember): void {
    this.#total -= this.#held.get(member) ?? 0
    this.#held.delete(member)
  }

  /** Sets bytes aside for the member until it says what it uses; sends idle ones out for that. Throws `CAPACITY`. */
  async reserve(member: BudgetMember, bytes: number): Promise<void> {
    const asked = new Set<BudgetMember>([member])
    while (this.#total + bytes > this.#options.maxBytes) {
      const next = Array.from(this.#held.keys()).find((one) => !asked.has(one))
      if (next === undefined) throw this.#full(bytes)
      asked.add(next)
      await next.release()
    }
    // Nothing is awaited in between, so two of them never get the same room.
    this.use(member, (this.#held.get(member) ?? 0) + bytes)
  }

  #full(bytes: number): InterpreterError {
    const { maxBytes, setting } = this.#options
    return new InterpreterError(
      'CAPACITY',
      `The files of the sessions in use take ${toMebibytes(this.#total)} MiB of memory, and ${toMebibytes(bytes)} MiB more do not fit into the ` +
        `${toMebibytes(maxBytes)} MiB that they may take: close sessions, delete files, or raise ${setting}.`,
    )
  }
}

function toMebibytes(bytes: number): number {
  return Math.ceil(bytes / mebibyte)
}
