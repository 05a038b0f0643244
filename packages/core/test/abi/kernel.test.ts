import { expect, test } from 'vitest'
import { createKernel } from '../../src/abi/extism/kernel.ts'

type Access = (...args: (number | bigint)[]) => unknown

test('every address outside of the blocks of a call is refused, byte by byte', () => {
  const kernel = createKernel(16)
  const beginText = (text: string): void => kernel.beginText(text)
  const call = (name: string, ...args: bigint[]): unknown =>
    (kernel.functions[name] as Access)(
      ...args.map((one, n) => (name === 'store_u8' && n === 1 ? Number(one) : one)),
    )
  const refused = (name: string, ...args: bigint[]): void =>
    expect(() => call(name, ...args), `${name}(${args.join()})`).toThrow('outside of its blocks')
  beginText('')
  for (const at of [
    0n,
    8n,
    4096n,
    65_528n,
    1n << 32n,
    1n << 63n,
    (1n << 64n) - 1n,
    (1n << 64n) - 8n,
  ]) {
    refused('load_u8', at)
    refused('load_u64', at)
    refused('store_u8', at, 0n)
    refused('store_u64', at, 0n)
    refused('input_load_u8', at)
    refused('input_load_u64', at)
  }
  beginText('0123456789abcdef')
  const at = call('input_offset') as bigint
  // The block has room for 16 bytes, and is the only one.
  expect(call('load_u64', at + 8n)).toBe(call('input_load_u64', 8n))
  expect(call('load_u8', at + 15n)).toBe('f'.charCodeAt(0))
  for (const outside of [at - 1n, at + 16n]) refused('load_u8', outside)
  for (const outside of [at - 1n, at - 8n, at + 9n, at + 16n]) refused('load_u64', outside)
  refused('store_u64', at + 9n, 0n)
  refused('input_load_u8', 16n)
  for (const outside of [9n, 16n, (1n << 64n) - 4n]) refused('input_load_u64', outside)
  beginText('')
  refused('load_u8', at)
})
