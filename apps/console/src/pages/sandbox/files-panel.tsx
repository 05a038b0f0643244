import { useState } from 'react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { CornerLeftUp, File, Folder, RefreshCw, Trash2 } from 'lucide-react'
import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { IconButton } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { UnsavedDot } from '../../ui/surfaces.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { DeleteEntryDialog, type Entry } from './delete-entry-dialog.tsx'
import { filesQuery } from './queries.ts'
import {
  unsavedFiles,
  type DraftEvent,
  type DraftFile,
  type SessionDraft,
} from './records/session-draft.ts'
import { nameInWorkspace, parentFolder, workspaceFolder } from './shell.ts'
import './files-panel.css'

interface DraftProps {
  readonly draft: SessionDraft
  readonly dispatch: (event: DraftEvent) => void
}

export interface FilesPanelProps extends DraftProps {
  /** Undefined when the session has ended, and its files with it. */
  readonly session: SandboxSession | undefined
  readonly connected: boolean
}

export function FilesPanel({ session, connected, draft, dispatch }: FilesPanelProps) {
  const { t } = useI18n()
  return (
    <section className="files" aria-label={t('sandbox.files')}>
      {session === undefined ? (
        <>
          <header className="pane-head">
            <h2>{t('sandbox.files')}</h2>
          </header>
          <p className="files-none">{t('sandbox.filesGone')}</p>
          <UnsavedList files={draft.aside} dispatch={dispatch} />
        </>
      ) : (
        <Folders session={session} connected={connected} draft={draft} dispatch={dispatch} />
      )}
    </section>
  )
}

interface FoldersProps extends DraftProps {
  readonly session: SandboxSession
  readonly connected: boolean
}

function Folders({ session, connected, draft, dispatch }: FoldersProps) {
  const { t } = useI18n()
  const [folder, setFolder] = useState(workspaceFolder)
  const [deleting, setDeleting] = useState<Entry>()
  const files = useQuery(filesQuery(session, folder, connected))
  const entries = sortEntries(files.data ?? [])
  const listed = new Set(entries.map(({ path }) => path))
  return (
    <>
      <FolderHead
        folder={folder}
        connected={connected}
        onFolder={setFolder}
        onRefresh={() => void files.refetch()}
      />
      {files.error !== null && (
        <ErrorPanel error={files.error} onRetry={() => void files.refetch()} />
      )}
      {files.data !== undefined && entries.length === 0 && (
        <p className="files-none">{t('sandbox.noFiles')}</p>
      )}
      <UnsavedList
        files={draft.aside.filter(({ path }) => !listed.has(path))}
        dispatch={dispatch}
      />
      <ul className="file-list">
        {entries.map((entry) => (
          <FileRow
            key={entry.path}
            entry={entry}
            session={session}
            draft={draft}
            onFolder={setFolder}
            dispatch={dispatch}
            onDelete={setDeleting}
          />
        ))}
      </ul>
      {deleting !== undefined && (
        <DeleteEntryDialog
          session={session}
          entry={deleting}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </>
  )
}

interface FolderHeadProps {
  readonly folder: string
  readonly connected: boolean
  readonly onFolder: (path: string) => void
  readonly onRefresh: () => void
}

function FolderHead({ folder, connected, onFolder, onRefresh }: FolderHeadProps) {
  const { t } = useI18n()
  return (
    <header className="pane-head">
      <h2>{t('sandbox.files')}</h2>
      <span className="pane-note truncate mono">{folder}</span>
      {folder !== workspaceFolder && (
        <IconButton
          label={t('sandbox.parentFolder')}
          tipSide="left"
          onClick={() => onFolder(parentFolder(folder))}
        >
          <CornerLeftUp size={15} aria-hidden />
        </IconButton>
      )}
      <IconButton
        label={t('sandbox.refresh')}
        tipSide="left"
        disabled={!connected}
        onClick={onRefresh}
      >
        <RefreshCw size={14} aria-hidden />
      </IconButton>
    </header>
  )
}

/** Unsaved files that the folder does not list. */
function UnsavedList({
  files,
  dispatch,
}: {
  readonly files: readonly DraftFile[]
  readonly dispatch: (event: DraftEvent) => void
}) {
  const { t } = useI18n()
  if (files.length === 0) return null
  return (
    <ul className="file-list" aria-label={t('sandbox.unsavedFiles')}>
      {files.map(({ path }) => {
        const name = nameInWorkspace(path)
        return (
          <li key={path} className="file-row">
            <button
              type="button"
              className="file-button"
              aria-label={t('sandbox.openFile', { name })}
              onClick={() => dispatch({ type: 'resumed', path })}
            >
              <File size={14} aria-hidden />
              <span className="truncate">{name}</span>
              <UnsavedDot />
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** Folders first, then by name. */
export function sortEntries(entries: readonly Entry[]): readonly Entry[] {
  const rank = ({ type }: Entry) => (type === 'directory' ? 0 : 1)
  return entries.toSorted(
    (left, right) =>
      rank(left) - rank(right) || left.name.localeCompare(right.name, undefined, { numeric: true }),
  )
}

interface FileRowProps extends DraftProps {
  readonly entry: Entry
  readonly session: SandboxSession
  readonly onFolder: (path: string) => void
  readonly onDelete: (entry: Entry) => void
}

function FileRow({ entry, session, draft, onFolder, dispatch, onDelete }: FileRowProps) {
  const { t, formats } = useI18n()
  const toaster = useToaster()
  const { name, path } = entry
  const read = useMutation({
    mutationFn: () => session.readFile(path),
    onSuccess: (text) => dispatch({ type: 'opened', path, text }),
    onError: (error) => toaster.failed(name, error),
  })
  const folder = entry.type === 'directory'
  const current = draft.open.path === path
  const open = () => {
    if (folder) onFolder(path)
    else if (draft.aside.some((file) => file.path === path)) dispatch({ type: 'resumed', path })
    else if (!current) read.mutate()
  }
  return (
    <li className="file-row">
      <button
        type="button"
        className="file-button"
        aria-current={current ? 'true' : undefined}
        aria-label={folder ? t('sandbox.openFolder', { name }) : t('sandbox.openFile', { name })}
        onClick={open}
      >
        {folder ? <Folder size={14} aria-hidden /> : <File size={14} aria-hidden />}
        <span className="truncate">{name}</span>
        {unsavedFiles(draft).some((file) => file.path === path) && <UnsavedDot />}
        {!folder && <span className="file-size number">{formats.bytes(entry.sizeBytes)}</span>}
      </button>
      <IconButton
        label={t('sandbox.deleteFile', { name })}
        tipSide="left"
        onClick={() => onDelete(entry)}
      >
        <Trash2 size={14} aria-hidden />
      </IconButton>
    </li>
  )
}
