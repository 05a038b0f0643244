const encoder = new TextEncoder()
/** Characters up to which the bytes are kept for the next text. */
const longest = 65_536

/** Text as UTF-8, without new memory for each: most of what a small call costs otherwise. */
export class TextBytes {
  #bytes = new Uint8Array(1024)

  /** A view that the next call writes over. */
  of(text: string): Uint8Array {
    if (text.length > longest) return encoder.encode(text)
    // One unit of UTF-16 is at most three bytes.
    const room = text.length * 3
    if (room > this.#bytes.length) this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(room)))
    return this.#bytes.subarray(0, encoder.encodeInto(text, this.#bytes).written)
  }
}
