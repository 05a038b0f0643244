import { Languages, Monitor, Moon, Sun } from 'lucide-react'
import { useI18n } from '../i18n/i18n-context.tsx'
import { locales, type Locale } from '../i18n/locale.ts'
import { useTheme } from '../theme/use-theme.tsx'
import { Menu } from '../ui/menu.tsx'

export function LanguageMenu() {
  const { t, locale, setLocale } = useI18n()
  const items = (Object.keys(locales) as Locale[]).map((key) => ({
    key,
    label: locales[key],
    checked: key === locale,
    onSelect: () => setLocale(key),
  }))
  return (
    <Menu label={t('shell.language')} trigger={<Languages size={17} aria-hidden />} items={items} />
  )
}

export function ThemeMenu() {
  const { t } = useI18n()
  const { theme, shown, setTheme } = useTheme()
  const items = [
    { key: 'system', label: t('theme.system'), icon: <Monitor size={15} aria-hidden /> },
    { key: 'light', label: t('theme.light'), icon: <Sun size={15} aria-hidden /> },
    { key: 'dark', label: t('theme.dark'), icon: <Moon size={15} aria-hidden /> },
  ] as const
  return (
    <Menu
      label={t('shell.theme')}
      trigger={shown === 'dark' ? <Moon size={17} aria-hidden /> : <Sun size={17} aria-hidden />}
      items={items.map((item) => ({
        ...item,
        checked: item.key === theme,
        onSelect: () => setTheme(item.key),
      }))}
    />
  )
}
