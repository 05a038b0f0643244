import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSha256 } from '../../src/registry/sha256.ts'

const native = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test('hashes what node:crypto hashes, however the input is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
      const hash = createSha256()
      for (const piece of pieces) hash.update(piece)
      expect(hash.digestHex()).toBe(native(Buffer.concat(pieces)))
    }),
  )
})

test('hashes every length around the ends of blocks', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = new Uint8Array(length).fill(length)
    const hash = createSha256()
    hash.update(bytes)
    expect(hash.digestHex()).toBe(native(bytes))
  }
})

test(
  'hashes more than 512 MiB, where the length in bits passes 32 bits',
  { timeout: 120_000 },
  () => {
    const piece = new Uint8Array(16 * 1024 * 1024).fill(7)
    const hash = createSha256()
    const other = createHash('sha256')
    for (let times = 0; times < 33; times++) {
      hash.update(piece)
      other.update(piece)
    }
    expect(hash.digestHex()).toBe(other.digest('hex'))
  },
)
