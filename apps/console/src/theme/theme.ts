export type Theme = 'system' | 'light' | 'dark'

const storageKey = 'gaesup.theme'

export function readTheme(): Theme {
  const stored = localStorage.getItem(storageKey)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** Pins the page to a theme, or lets it follow the system. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem(storageKey)
    delete document.documentElement.dataset['theme']
    return
  }
  localStorage.setItem(storageKey, theme)
  document.documentElement.dataset['theme'] = theme
}
