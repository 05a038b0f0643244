import { describe, expect, it } from 'vitest'
import { createFormats } from '../../src/i18n/formats.ts'

const en = createFormats('en')
const ko = createFormats('ko')

describe('formats', () => {
  it.each([
    [0.42, '0.4 ms'],
    [42.4, '42 ms'],
    [1340, '1.3 s'],
  ])('a duration of %d ms reads %s', (ms, text) => expect(en.duration(ms)).toBe(text))

  it.each([
    [512, '512 B'],
    [1536, '1.5 kB'],
    [1_572_864, '1.5 MB'],
  ])('%d bytes read %s', (bytes, text) => expect(en.bytes(bytes)).toBe(text))

  it.each([
    [-5000, '5 seconds ago', '5초 전'],
    [-180_000, '3 minutes ago', '3분 전'],
    [-7_200_000, '2 hours ago', '2시간 전'],
    [-86_400_000, 'yesterday', '어제'],
  ])('%d ms away is told in words', (difference, english, korean) => {
    const now = Date.UTC(2026, 10, 21)
    expect(en.relative(now + difference, now)).toBe(english)
    expect(ko.relative(now + difference, now)).toBe(korean)
  })
})
