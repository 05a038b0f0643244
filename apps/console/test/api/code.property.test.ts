import fc from 'fast-check'
import { decodeCode, encodeCode } from '@gaesup-state/console-api/contract'
import { expect, it } from 'vitest'

it('code comes back from Base64 as it was, in any script', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (source) => decodeCode(encodeCode(source)) === source,
    ),
  )
  expect(decodeCode(encodeCode('print("안녕, 세계 👋")\r\n'))).toBe('print("안녕, 세계 👋")\r\n')
})

it('code of a megabyte comes back, too', () => {
  const source = '값 = 1\n'.repeat(120_000)
  expect(decodeCode(encodeCode(source))).toBe(source)
})
