import { useMemo, useState, type KeyboardEvent } from 'react'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { functionsQuery, workspacesQuery } from '../api/queries.ts'
import { useI18n } from '../i18n/i18n-context.tsx'
import { locales, type Locale } from '../i18n/locale.ts'
import { useTheme } from '../theme/use-theme.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { filterCommands, type Command } from './commands.ts'
import './command-palette.css'

/** Goes to any page, workspace or function, and changes theme or language, from the keyboard. */
export function CommandPalette({ onClose }: { readonly onClose: () => void }) {
  const { t } = useI18n()
  const [query, setQuery] = useState('')
  const [index, setIndex] = useState(0)
  const all = [...usePlaces(), ...usePreferences()]
  const matching = filterCommands(all, query)
  const found = matching.slice(0, mostShown)
  const active = Math.min(index, found.length - 1)
  const run = (command: Command | undefined) => {
    if (command === undefined) return
    onClose()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setIndex((active + step + found.length) % Math.max(found.length, 1))
    else if (event.key === 'Enter' && !event.nativeEvent.isComposing) run(found[active])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={t('palette.title')} onClose={onClose} className="palette">
      <input
        className="palette-input"
        role="combobox"
        aria-label={t('palette.title')}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length === 0 ? undefined : `palette-${active}`}
        placeholder={t('palette.placeholder')}
        data-autofocus
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          setIndex(0)
        }}
        onKeyDown={onKeyDown}
      />
      <PaletteList
        commands={found}
        more={matching.length - found.length}
        active={active}
        onRun={run}
      />
    </Dialog>
  )
}

/** More than a person reads; typing narrows them down. */
const mostShown = 60

interface PaletteListProps {
  readonly commands: readonly Command[]
  /** How many others match, too. */
  readonly more: number
  readonly active: number
  readonly onRun: (command: Command) => void
}

function PaletteList({ commands, more, active, onRun }: PaletteListProps) {
  const { t } = useI18n()
  return (
    <>
      <div
        id="palette-list"
        role="listbox"
        aria-label={t('palette.results')}
        className="palette-list"
      >
        {commands.map((command, index) => (
          <div
            key={command.key}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className="palette-row"
            ref={(row) => {
              if (index === active) row?.scrollIntoView({ block: 'nearest' })
            }}
            onClick={() => onRun(command)}
          >
            <span className="truncate">{command.label}</span>
            <span className="palette-group">{command.group}</span>
          </div>
        ))}
      </div>
      <p className="palette-none" role="status">
        {commands.length === 0 && t('palette.none')}
        {more > 0 && t('palette.more', { count: more })}
      </p>
    </>
  )
}

function usePlaces(): readonly Command[] {
  const { t } = useI18n()
  const navigate = useNavigate()
  const workspaces = useQuery(workspacesQuery()).data ?? []
  const functions = useQueries({
    queries: workspaces.map(({ id }) => functionsQuery(id)),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  })
  const names = new Map(workspaces.map(({ id, name }) => [id, name]))
  return [
    {
      key: '/',
      label: t('nav.workspaces'),
      group: t('palette.page'),
      run: () => void navigate({ to: '/' }),
    },
    {
      key: '/sandbox',
      label: t('nav.sandbox'),
      group: t('palette.page'),
      run: () => void navigate({ to: '/sandbox' }),
    },
    {
      key: '/status',
      label: t('nav.status'),
      group: t('palette.page'),
      run: () => void navigate({ to: '/status' }),
    },
    ...workspaces.map(({ id, name }) => ({
      key: id,
      label: name,
      group: t('palette.workspace'),
      run: () => void navigate({ to: '/w/$workspaceId', params: { workspaceId: id } }),
    })),
    ...functions.map(({ id, name, workspaceId }) => ({
      key: id,
      label: name,
      group: names.get(workspaceId) ?? t('palette.function'),
      run: () =>
        void navigate({
          to: '/w/$workspaceId/f/$functionId',
          params: { workspaceId, functionId: id },
        }),
    })),
  ]
}

function usePreferences(): readonly Command[] {
  const { t, setLocale } = useI18n()
  const { setTheme } = useTheme()
  return useMemo(
    () => [
      ...(['system', 'light', 'dark'] as const).map((theme) => ({
        key: `theme-${theme}`,
        label: t(`theme.${theme}`),
        group: t('shell.theme'),
        run: () => setTheme(theme),
      })),
      ...(Object.keys(locales) as Locale[]).map((locale) => ({
        key: `locale-${locale}`,
        label: locales[locale],
        group: t('shell.language'),
        run: () => setLocale(locale),
      })),
    ],
    [t, setLocale, setTheme],
  )
}
