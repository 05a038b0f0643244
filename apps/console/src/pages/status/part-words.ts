import type { DaemonPart } from '../../api/status.ts'
import type { PlainKey, Translate } from '../../i18n/i18n-context.tsx'

const names: ReadonlyMap<string, PlainKey> = new Map([
  ['sandbox engine', 'part.engine'],
  ['function host', 'part.host'],
  ['tables', 'part.tables'],
  ['objects', 'part.objects'],
  ['sessions', 'part.sessions'],
])

/** Name of a part in the user's language; one that this console does not know keeps its own. */
export function partName(t: Translate, { name }: Pick<DaemonPart, 'name'>): string {
  const key = names.get(name)
  return key === undefined ? name : t(key)
}

export interface PartDetail {
  readonly text: string
  /** False when these are the daemon's own words, which are English. */
  readonly translated: boolean
}

/** What a part is made of, in the user's language where the daemon says something that this console knows. */
export function partDetail(t: Translate, { detail }: Pick<DaemonPart, 'detail'>): PartDetail {
  for (const [pattern, say] of sentences) {
    const found = pattern.exec(detail)
    if (found !== null) return { text: say(t, found[1] ?? ''), translated: true }
  }
  return { text: detail, translated: false }
}

type Say = (t: Translate, found: string) => string

const sentences: readonly (readonly [RegExp, Say])[] = [
  [/^SQLite in (.+)$/, (t, path) => t('part.sqlite', { path })],
  [/^files in (.+)$/, (t, path) => t('part.files', { path })],
  [
    /^(\w+): Programs run in WebAssembly with a memory cap and virtual files,/,
    (t, engine) => t('part.isolation', { engine }),
  ],
  [/^(\w+): the same isolation, pooled$/, (t, engine) => t('part.pooled', { engine })],
]
