import { describe, expect, it } from 'vitest'
import {
  reduceDraft,
  toNewSession,
  unsavedFiles,
  type DraftEvent,
  type SessionDraft,
} from '../../src/pages/sandbox/records/session-draft.ts'

const start: SessionDraft = {
  open: { path: '/workspace/main.py', text: 'print(1)', saved: 'print(1)' },
  aside: [],
}
const play = (...events: DraftEvent[]) => events.reduce(reduceDraft, start)
const paths = (draft: SessionDraft) => unsavedFiles(draft).map(({ path }) => path)

describe('session draft', () => {
  it('keeps the unsaved text of a file while another one is open, and comes back to it', () => {
    const away = play(
      { type: 'typed', text: 'print(2)' },
      { type: 'opened', path: '/workspace/b.py', text: 'b' },
    )
    expect(away.open).toEqual({ path: '/workspace/b.py', text: 'b', saved: 'b' })
    expect(paths(away)).toEqual(['/workspace/main.py'])
    const back = reduceDraft(away, { type: 'resumed', path: '/workspace/main.py' })
    expect(back.open.text).toBe('print(2)')
    expect(back.aside).toEqual([])
  })

  it('puts nothing aside that is saved', () => {
    expect(paths(play({ type: 'opened', path: '/workspace/b.py', text: 'b' }))).toEqual([])
    const saved = play(
      { type: 'typed', text: 'print(2)' },
      { type: 'saved', path: '/workspace/main.py', text: 'print(2)' },
      { type: 'opened', path: '/workspace/b.py', text: 'b' },
    )
    expect(paths(saved)).toEqual([])
  })

  it('stays unsaved when it was changed while it was written', () => {
    const draft = play(
      { type: 'typed', text: 'print(2)' },
      { type: 'typed', text: 'print(3)' },
      { type: 'saved', path: '/workspace/main.py', text: 'print(2)' },
    )
    expect(paths(draft)).toEqual(['/workspace/main.py'])
  })

  it('counts a renamed file as unsaved, as the session has none of that name', () => {
    expect(paths(play({ type: 'renamed', path: '/workspace/other.py' }))).toEqual([
      '/workspace/other.py',
    ])
  })

  it('brings every file along into a new session, unsaved there', () => {
    const draft = play(
      { type: 'typed', text: 'print(2)' },
      { type: 'opened', path: '/workspace/b.py', text: 'b' },
    )
    const next = toNewSession(draft)
    expect(paths(next)).toEqual(['/workspace/b.py', '/workspace/main.py'])
    expect(next.open.text).toBe('b')
  })
})
