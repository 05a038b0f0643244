import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
} from 'react'
import type { en } from './en.ts'
import { createFormats, type Formats } from './formats.ts'
import {
  loadDictionary,
  storeLocale,
  type Dictionary,
  type Locale,
  type MessageKey,
} from './locale.ts'
import { formatMessage, type Parameter, type ParameterNames } from './message.ts'

type ParametersOf<Key extends MessageKey> = ParameterNames<(typeof en)[Key]>

/** Keys of messages without parameters. */
export type PlainKey = {
  [Key in MessageKey]: [ParametersOf<Key>] extends [never] ? Key : never
}[MessageKey]

/** Text of a key; the parameters are those that the English message names. */
export type Translate = <Key extends MessageKey>(
  key: Key,
  ...parameters: [ParametersOf<Key>] extends [never]
    ? []
    : [Readonly<Record<ParametersOf<Key>, Parameter>>]
) => string

export interface I18n {
  readonly locale: Locale
  readonly t: Translate
  readonly formats: Formats
  /** What an error code means; undefined where the server's own words are in this language already, or unknown. */
  readonly errorWords: (code: string) => string | undefined
  readonly setLocale: (locale: Locale) => void
}

const I18nContext = createContext<I18n | null>(null)

export interface I18nProviderProps {
  readonly initial: { readonly locale: Locale; readonly dictionary: Dictionary }
  readonly children: ReactNode
}

export function I18nProvider({ initial, children }: I18nProviderProps) {
  const [{ locale, dictionary }, setCurrent] = useState(initial)
  useEffect(() => {
    document.documentElement.lang = locale
  }, [locale])
  const setLocale = useCallback((next: Locale) => {
    storeLocale(next)
    void loadDictionary(next).then((loaded) => setCurrent({ locale: next, dictionary: loaded }))
  }, [])
  const value = useMemo<I18n>(
    () => ({
      locale,
      setLocale,
      formats: createFormats(locale),
      t: (key, ...[parameters]) => formatMessage(locale, dictionary.messages[key], parameters),
      errorWords: (code) => dictionary.errors.get(code),
    }),
    [locale, dictionary, setLocale],
  )
  return <I18nContext value={value}>{children}</I18nContext>
}

export function useI18n(): I18n {
  const i18n = useContext(I18nContext)
  if (i18n === null) throw new Error('useI18n needs an I18nProvider above it.')
  return i18n
}
