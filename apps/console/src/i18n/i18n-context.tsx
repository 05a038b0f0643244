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
import { loadMessages, storeLocale, type Locale, type MessageKey, type Messages } from './locale.ts'
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
  readonly setLocale: (locale: Locale) => void
}

const I18nContext = createContext<I18n | null>(null)

export interface I18nProviderProps {
  readonly initial: { readonly locale: Locale; readonly messages: Messages }
  readonly children: ReactNode
}

export function I18nProvider({ initial, children }: I18nProviderProps) {
  const [{ locale, messages }, setCurrent] = useState(initial)
  useEffect(() => {
    document.documentElement.lang = locale
  }, [locale])
  const setLocale = useCallback((next: Locale) => {
    storeLocale(next)
    void loadMessages(next).then((loaded) => setCurrent({ locale: next, messages: loaded }))
  }, [])
  const value = useMemo<I18n>(
    () => ({
      locale,
      setLocale,
      formats: createFormats(locale),
      t: (key, ...[parameters]) => formatMessage(locale, messages[key], parameters),
    }),
    [locale, messages, setLocale],
  )
  return <I18nContext value={value}>{children}</I18nContext>
}

export function useI18n(): I18n {
  const i18n = useContext(I18nContext)
  if (i18n === null) throw new Error('useI18n needs an I18nProvider above it.')
  return i18n
}
