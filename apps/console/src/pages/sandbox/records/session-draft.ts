/** One file as it stands in the editor. */
export interface DraftFile {
  readonly path: string
  readonly text: string
  /** As the session has it; null when it never had it. */
  readonly saved: string | null
}

/** The open file, and the unsaved ones that were open before it. */
export interface SessionDraft {
  readonly open: DraftFile
  readonly aside: readonly DraftFile[]
}

export type DraftEvent =
  | { readonly type: 'typed'; readonly text: string }
  /** The open file goes by another name from now on; the file of the old name stays as it was saved. */
  | { readonly type: 'renamed'; readonly path: string }
  /** A file of the session was read to be shown. */
  | { readonly type: 'opened'; readonly path: string; readonly text: string }
  /** Back to a file that was put aside. */
  | { readonly type: 'resumed'; readonly path: string }
  | { readonly type: 'saved'; readonly path: string; readonly text: string }

export function reduceDraft(draft: SessionDraft, event: DraftEvent): SessionDraft {
  const { open, aside } = draft
  switch (event.type) {
    case 'typed':
      return { ...draft, open: { ...open, text: event.text } }
    case 'renamed':
      return { ...draft, open: { ...open, path: event.path, saved: null } }
    case 'opened':
      return show(draft, { path: event.path, text: event.text, saved: event.text })
    case 'resumed': {
      const file = aside.find(({ path }) => path === event.path)
      return file === undefined ? draft : show(draft, file)
    }
    case 'saved':
      return {
        open: open.path === event.path ? { ...open, saved: event.text } : open,
        aside: aside.filter((file) => file.path !== event.path || file.text !== event.text),
      }
  }
}

function show({ open, aside }: SessionDraft, file: DraftFile): SessionDraft {
  const others = aside.filter(({ path }) => path !== file.path && path !== open.path)
  const kept = isUnsaved(open) && open.path !== file.path
  return { open: file, aside: kept ? [...others, open] : others }
}

export function isUnsaved({ text, saved }: DraftFile): boolean {
  return text !== saved
}

/** Everything that would be lost with the session. */
export function unsavedFiles({ open, aside }: SessionDraft): readonly DraftFile[] {
  return isUnsaved(open) ? [open, ...aside] : aside
}

/** The same files for a session that has none of them yet. */
export function toNewSession({ open, aside }: SessionDraft): SessionDraft {
  return { open: { ...open, saved: null }, aside: aside.map((file) => ({ ...file, saved: null })) }
}
