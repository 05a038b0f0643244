import { useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { CornerLeftUp, File, Folder, RefreshCw, Trash2 } from 'lucide-react'
import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { IconButton } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { filesQuery, sandboxKeys } from './queries.ts'
import type { OpenFile } from './session-desk.tsx'
import { parentFolder, workspaceFolder } from './shell.ts'

type Entry = Awaited<ReturnType<SandboxSession['listDirectory']>>[number]

export interface FilesPanelProps {
  readonly session: SandboxSession
  readonly connected: boolean
  readonly openPath: string
  readonly onOpen: (file: OpenFile) => void
}

export function FilesPanel({ session, connected, openPath, onOpen }: FilesPanelProps) {
  const { t } = useI18n()
  const [folder, setFolder] = useState(workspaceFolder)
  const [deleting, setDeleting] = useState<Entry>()
  const files = useQuery(filesQuery(session, folder, connected))
  const entries = sortEntries(files.data ?? [])
  return (
    <section className="files" aria-label={t('sandbox.files')}>
      <header className="pane-head">
        <h2>{t('sandbox.files')}</h2>
        <span className="pane-note truncate mono">{folder}</span>
        {folder !== workspaceFolder && (
          <IconButton
            label={t('sandbox.parentFolder')}
            tipSide="left"
            onClick={() => setFolder(parentFolder(folder))}
          >
            <CornerLeftUp size={15} aria-hidden />
          </IconButton>
        )}
        <IconButton
          label={t('sandbox.refresh')}
          tipSide="left"
          disabled={!connected}
          onClick={() => void files.refetch()}
        >
          <RefreshCw size={14} aria-hidden />
        </IconButton>
      </header>
      {files.error !== null && (
        <ErrorPanel error={files.error} onRetry={() => void files.refetch()} />
      )}
      {files.data !== undefined && entries.length === 0 && (
        <p className="files-none">{t('sandbox.noFiles')}</p>
      )}
      <ul className="file-list">
        {entries.map((entry) => (
          <FileRow
            key={entry.path}
            entry={entry}
            session={session}
            open={entry.path === openPath}
            onFolder={setFolder}
            onOpen={onOpen}
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
    </section>
  )
}

/** Folders first, then by name; what the console itself writes to run code is left out. */
export function sortEntries(entries: readonly Entry[]): readonly Entry[] {
  const rank = ({ type }: Entry) => (type === 'directory' ? 0 : 1)
  return entries.toSorted(
    (left, right) => rank(left) - rank(right) || left.name.localeCompare(right.name),
  )
}

interface FileRowProps {
  readonly entry: Entry
  readonly session: SandboxSession
  readonly open: boolean
  readonly onFolder: (path: string) => void
  readonly onOpen: (file: OpenFile) => void
  readonly onDelete: (entry: Entry) => void
}

function FileRow({ entry, session, open, onFolder, onOpen, onDelete }: FileRowProps) {
  const { t, formats } = useI18n()
  const toaster = useToaster()
  const read = useMutation({
    mutationFn: () => session.readFile(entry.path),
    onSuccess: (text) => onOpen({ path: entry.path, text }),
    onError: (error) => toaster.failed(entry.name, error),
  })
  const folder = entry.type === 'directory'
  return (
    <li className="file-row">
      <button
        type="button"
        className="file-button"
        aria-current={open ? 'true' : undefined}
        aria-label={
          folder
            ? t('sandbox.openFolder', { name: entry.name })
            : t('sandbox.openFile', { name: entry.name })
        }
        onClick={() => (folder ? onFolder(entry.path) : read.mutate())}
      >
        {folder ? <Folder size={14} aria-hidden /> : <File size={14} aria-hidden />}
        <span className="truncate">{entry.name}</span>
        {!folder && <span className="file-size number">{formats.bytes(entry.sizeBytes)}</span>}
      </button>
      <IconButton
        label={t('sandbox.deleteFile', { name: entry.name })}
        tipSide="left"
        onClick={() => onDelete(entry)}
      >
        <Trash2 size={14} aria-hidden />
      </IconButton>
    </li>
  )
}

interface DeleteEntryDialogProps {
  readonly session: SandboxSession
  readonly entry: Entry
  readonly onClose: () => void
}

function DeleteEntryDialog({ session, entry, onClose }: DeleteEntryDialogProps) {
  const { t } = useI18n()
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: () => session.deleteFile(entry.path, { recursive: entry.type === 'directory' }),
    onSuccess: async () => {
      onClose()
      await queryClient.invalidateQueries({ queryKey: sandboxKeys.files(session.sessionId) })
    },
  })
  return (
    <FormDialog
      title={t('sandbox.deleteTitle', { name: entry.name })}
      description={t('sandbox.deleteText')}
      submitLabel={t('sandbox.deleteFile', { name: entry.name })}
      submitLook="danger"
      busy={remove.isPending}
      error={remove.error !== null && <ErrorPanel error={remove.error} />}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      {null}
    </FormDialog>
  )
}
