import { afterEach, describe, expect, it } from 'vitest'
import { readLocale, storeLocale } from '../../src/i18n/locale.ts'

const real = navigator.languages
const speak = (languages: readonly string[]) =>
  Object.defineProperty(navigator, 'languages', { value: languages, configurable: true })
afterEach(() => void speak(real))

describe('language of the page', () => {
  it.each([
    [['ko-KR', 'en'], 'ko'],
    [['ja', 'ko', 'en'], 'ko'],
    [['ja', 'en-GB', 'ko'], 'en'],
    [['kok-IN'], 'en'],
    [[], 'en'],
  ] as const)('is, for a browser that speaks %j, %s', (languages, locale) => {
    speak(languages)
    expect(readLocale()).toBe(locale)
  })

  it('is the one that was chosen, whatever the browser speaks', () => {
    speak(['ko'])
    storeLocale('en')
    expect(readLocale()).toBe('en')
  })
})
