import { lazy, Suspense, useState } from 'react'
import { Link, Outlet } from '@tanstack/react-router'
import { Activity, LayoutGrid, Search, SquareTerminal } from 'lucide-react'
import { useI18n } from '../i18n/i18n-context.tsx'
import { Kbd } from '../ui/surfaces.tsx'
import { DownBanner } from './down-banner.tsx'
import { Logo } from './logo.tsx'
import { LanguageMenu, ThemeMenu } from './preference-menus.tsx'
import { isMac, useShortcut } from './shortcuts.ts'
import './app-shell.css'

const CommandPalette = lazy(async () => ({
  default: (await import('./command-palette.tsx')).CommandPalette,
}))

/** What stands around every page. */
export function AppShell() {
  const { t } = useI18n()
  const [palette, setPalette] = useState(false)
  useShortcut('k', () => setPalette(true))
  return (
    <>
      <a className="skip-link" href="#main">
        {t('shell.skip')}
      </a>
      <TopBar onSearch={() => setPalette(true)} />
      <DownBanner />
      <Outlet />
      {palette && (
        <Suspense>
          <CommandPalette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </>
  )
}

function TopBar({ onSearch }: { readonly onSearch: () => void }) {
  const { t } = useI18n()
  return (
    <header className="top-bar">
      <Link to="/" className="brand" aria-label={t('shell.home')}>
        <Logo />
        <span aria-hidden>Gaesup</span>
      </Link>
      <nav aria-label={t('shell.navigation')} className="top-nav">
        <Link
          to="/"
          activeOptions={{ exact: true }}
          className="nav-link"
          aria-label={t('nav.workspaces')}
        >
          <LayoutGrid size={16} aria-hidden />
          <span>{t('nav.workspaces')}</span>
        </Link>
        <Link to="/sandbox" className="nav-link" aria-label={t('nav.sandbox')} preload="intent">
          <SquareTerminal size={16} aria-hidden />
          <span>{t('nav.sandbox')}</span>
        </Link>
        <Link to="/status" className="nav-link" aria-label={t('nav.status')} preload="intent">
          <Activity size={16} aria-hidden />
          <span>{t('nav.status')}</span>
        </Link>
      </nav>
      <div className="top-tools">
        <button
          type="button"
          className="search-button"
          onClick={onSearch}
          aria-keyshortcuts="Control+K Meta+K"
        >
          <Search size={15} aria-hidden />
          <span className="search-word">{t('palette.short')}</span>
          <span aria-hidden className="search-key">
            <Kbd>{isMac ? '⌘K' : 'Ctrl K'}</Kbd>
          </span>
        </button>
        <LanguageMenu />
        <ThemeMenu />
      </div>
    </header>
  )
}
