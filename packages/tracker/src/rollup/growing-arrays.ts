/** Places that are made at a time. */
const step = 64

interface Grown {
  readonly buffer: ArrayBuffer
  readonly bytesEach: number
}

/**
 * Arrays that grow in place, up to a number of workspaces for which addresses are reserved from the begin, though not memory.
 * Growing arrays by copying leaves more behind than all that is kept.
 */
export class GrowingArrays {
  readonly #most: number
  readonly #grown: Grown[] = []
  #workspaces = 0

  /** `most`: workspaces that will ever have a place. */
  constructor(most: number) {
    this.#most = most
  }

  /** Bytes of all arrays, used or not. */
  get bytes(): number {
    return this.#grown.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  }

  /** An array with as many zeros for each workspace. */
  uint16(each: number): Uint16Array {
    return new Uint16Array(this.#reserve(2 * each))
  }

  uint32(each: number): Uint32Array {
    return new Uint32Array(this.#reserve(4 * each))
  }

  float32(each: number): Float32Array {
    return new Float32Array(this.#reserve(4 * each))
  }

  float64(each: number): Float64Array {
    return new Float64Array(this.#reserve(8 * each))
  }

  /** Makes places for a number of workspaces in every array. */
  makeRoom(workspaces: number): void {
    if (workspaces <= this.#workspaces) return
    this.#workspaces = Math.min(this.#most, Math.ceil(workspaces / step) * step)
    for (const { buffer, bytesEach } of this.#grown) buffer.resize(this.#workspaces * bytesEach)
  }

  #reserve(bytesEach: number): ArrayBuffer {
    const buffer = new ArrayBuffer(0, { maxByteLength: this.#most * bytesEach })
    this.#grown.push({ buffer, bytesEach })
    return buffer
  }
}
