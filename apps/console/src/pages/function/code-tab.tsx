import type { FunctionConfig } from '@gaesup-state/console-api/contract'
import { CodeEditor } from '../../editor/code-editor.tsx'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { failedLine } from '../../runs/run-facts.ts'
import { RequestForm } from './request-form.tsx'
import { ResponseView } from './response-view.tsx'
import type { Draft } from './use-draft.ts'
import type { Run } from './use-run.ts'
import './code-tab.css'

export interface CodeTabProps {
  readonly fn: FunctionConfig
  readonly draft: Draft
  readonly run: Run
}

export function CodeTab({ fn, draft, run }: CodeTabProps) {
  const { t } = useI18n()
  const failure = run.result?.error
  return (
    <div className="split">
      <section className="split-editor" aria-label={t('editor.section')}>
        <CodeEditor
          label={t('editor.label', { name: fn.name })}
          language={languageOf(fn.runtime)}
          value={draft.code}
          onChange={draft.setCode}
          onRun={run.start}
          failedLine={
            failure === undefined || run.running ? undefined : failedLine(failure.message)
          }
        />
      </section>
      <section className="split-side" aria-label={t('test.section')}>
        <RequestForm fn={fn} run={run} />
        <ResponseView fn={fn} run={run} dirty={draft.dirty} />
      </section>
    </div>
  )
}

/** Language to colour the code in, from a runtime like `Python 3.12`. */
export function languageOf(runtime: string): 'python' | 'javascript' {
  return /python/i.test(runtime) ? 'python' : 'javascript'
}
