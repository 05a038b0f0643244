import type { en } from './en.ts'

export type Locale = 'en' | 'ko'
export type MessageKey = keyof typeof en
/** A dictionary; one with a missing or a surplus key does not compile. */
export type Messages = Readonly<Record<MessageKey, string>>

export const locales: Readonly<Record<Locale, string>> = { en: 'English', ko: '한국어' }

const storageKey = 'gaesup.locale'

/** The language chosen earlier, else the first of the browser's that the console speaks, else English. */
export function readLocale(): Locale {
  const stored = localStorage.getItem(storageKey)
  if (stored === 'en' || stored === 'ko') return stored
  const spoken = navigator.languages.map((tag) => tag.split('-', 1)[0])
  return spoken.find((language) => language === 'ko' || language === 'en') ?? 'en'
}

export function storeLocale(locale: Locale): void {
  localStorage.setItem(storageKey, locale)
}

/** Everything that one language needs. */
export interface Dictionary {
  readonly messages: Messages
  /** What error codes mean, where the server's own words are of another language. */
  readonly errors: ReadonlyMap<string, string>
}

/** Only the chosen language is downloaded. */
export async function loadDictionary(locale: Locale): Promise<Dictionary> {
  if (locale === 'en') return { messages: (await import('./en.ts')).en, errors: new Map() }
  const [{ ko }, { koErrors }] = await Promise.all([import('./ko.ts'), import('./ko-errors.ts')])
  return { messages: ko, errors: new Map(Object.entries(koErrors)) }
}
