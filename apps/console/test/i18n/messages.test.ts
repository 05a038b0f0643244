import { describe, expect, it } from 'vitest'
import { en } from '../../src/i18n/en.ts'
import { ko } from '../../src/i18n/ko.ts'
import { loadDictionary, readLocale, storeLocale, type MessageKey } from '../../src/i18n/locale.ts'
import { formatMessage } from '../../src/i18n/message.ts'

const keys = Object.keys(en) as MessageKey[]
const parametersOf = (message: string) =>
  [...message.matchAll(/\{(\w+)(?=\}|, plural)/g)]
    .map((match) => match[1] ?? '')
    .toSorted((left, right) => left.localeCompare(right))

describe('the dictionaries', () => {
  it('have the same keys, and no empty message', () => {
    expect(Object.keys(ko).sort()).toEqual([...keys].sort())
    for (const key of keys) {
      expect(en[key].trim(), key).not.toBe('')
      expect(ko[key].trim(), key).not.toBe('')
    }
  })

  it.each(keys)('take the same parameters for %s', (key) => {
    expect(parametersOf(ko[key])).toEqual(parametersOf(en[key]))
  })

  it.each(keys)('can format %s in both languages', (key) => {
    const parameters = Object.fromEntries(parametersOf(en[key]).map((name) => [name, 2]))
    expect(formatMessage('en', en[key], parameters)).not.toMatch(/[{}]/)
    expect(formatMessage('ko', ko[key], parameters)).not.toMatch(/[{}]/)
  })
})

describe('a message', () => {
  const calls = '{count, plural, =0 {no # calls} one {# call} other {# calls}}'

  it.each([
    [0, 'no 0 calls'],
    [1, '1 call'],
    [1234, '1,234 calls'],
  ])('chooses the plural of %d', (count, text) => {
    expect(formatMessage('en', calls, { count })).toBe(text)
  })

  it('says which parameter is missing', () => {
    expect(() => formatMessage('en', 'Hello {name}')).toThrow('name')
  })

  it('puts text in as it is, braces included', () => {
    expect(formatMessage('en', 'Hello {name}!', { name: '{count}' })).toBe('Hello {count}!')
  })
})

describe('the language', () => {
  it('is the stored one, and another value is ignored', async () => {
    storeLocale('ko')
    expect(readLocale()).toBe('ko')
    localStorage.setItem('gaesup.locale', 'xx')
    expect(readLocale()).toBe('en')
    expect((await loadDictionary('ko')).messages).toBe(ko)
  })
})
