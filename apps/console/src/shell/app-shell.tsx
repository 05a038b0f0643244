import { lazy, Suspense, useState } from 'react'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { Activity, LayoutGrid, Search, SquareTerminal } from 'lucide-react'
import { useI18n } from '../i18n/i18n-context.tsx'
import { Kbd } from '../ui/surfaces.tsx'
import { DownBanner } from './down-banner.tsx'
import { Logo } from './logo.tsx'
import { LanguageMenu, ThemeMenu } from './preference-menus.tsx'
import { isMac, useShortcut } from './shortcuts.ts'
import { announcerId } from './use-page-title.ts'
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
      <p id={announcerId} role="status" className="visually-hidden" />
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

const pages = [
  { to: '/', label: 'nav.workspaces', icon: LayoutGrid },
  { to: '/sandbox', label: 'nav.sandbox', icon: SquareTerminal },
  { to: '/status', label: 'nav.status', icon: Activity },
] as const

/** The section that a path belongs to: workspaces and functions stand under the first page. */
export function sectionOf(pathname: string): (typeof pages)[number]['to'] | undefined {
  if (pathname === '/' || pathname.startsWith('/w/')) return '/'
  return pages.find(({ to }) => to === pathname)?.to
}

function TopNav() {
  const { t } = useI18n()
  const { pathname } = useLocation()
  return (
    <nav aria-label={t('shell.navigation')} className="top-nav">
      {pages.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true }}
          className="nav-link"
          aria-label={t(label)}
          aria-current={sectionOf(pathname) === to ? 'true' : undefined}
          preload="intent"
        >
          <Icon size={16} aria-hidden />
          <span>{t(label)}</span>
        </Link>
      ))}
    </nav>
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
      <TopNav />
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
