import {
  createContext,
  useCallback,
  useContext,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { applyTheme, readTheme, type Theme } from './theme.ts'

interface ThemeState {
  readonly theme: Theme
  /** What is on the screen, with `system` resolved. */
  readonly shown: 'light' | 'dark'
  readonly setTheme: (theme: Theme) => void
}

const ThemeContext = createContext<ThemeState | null>(null)
const prefersDark = window.matchMedia('(prefers-color-scheme: dark)')

function subscribe(changed: () => void): () => void {
  prefersDark.addEventListener('change', changed)
  return () => prefersDark.removeEventListener('change', changed)
}

export function ThemeProvider({ children }: { readonly children: ReactNode }) {
  const [theme, setState] = useState(readTheme)
  const systemDark = useSyncExternalStore(subscribe, () => prefersDark.matches)
  const setTheme = useCallback((next: Theme) => {
    applyTheme(next)
    setState(next)
  }, [])
  const shown = theme === 'system' ? (systemDark ? 'dark' : 'light') : theme
  const value = useMemo(() => ({ theme, shown, setTheme }) as const, [theme, shown, setTheme])
  return <ThemeContext value={value}>{children}</ThemeContext>
}

export function useTheme(): ThemeState {
  const state = useContext(ThemeContext)
  if (state === null) throw new Error('useTheme needs a ThemeProvider above it.')
  return state
}
