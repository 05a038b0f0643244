import type { SandboxClient } from '@gaesup-state/sandbox/client'
import type { SessionDraft } from './records/session-draft.ts'
import { defaultFile, join, workspaceFolder } from './shell.ts'

export type SessionInfo = Awaited<ReturnType<SandboxClient['listSessions']>>[number]

/** What a session runs on; it never changes. */
export type SessionIdentity = Pick<SessionInfo, 'language' | 'engine' | 'runtime'>

const samples: Readonly<Record<string, string>> = {
  python:
    'import sys\n\nprint("Hello from Python", sys.version.split()[0])\nprint(sum(n * n for n in range(10)))\n',
  javascript: "console.log('Hello from JavaScript')\nconsole.log([1, 2, 3].map((n) => n * n))\n",
}

/** What the editor of a new session shows. */
export function firstDraft(language: string): SessionDraft {
  const text = samples[language] ?? ''
  return {
    open: { path: join(workspaceFolder, defaultFile(language)), text, saved: text },
    aside: [],
  }
}
