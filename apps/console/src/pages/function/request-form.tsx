import { Plus } from 'lucide-react'
import type { FunctionConfig, HttpMethod } from '@gaesup-state/console-api/contract'
import { CodeEditor } from '../../editor/code-editor.tsx'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { NameValueRow } from '../../ui/name-value-row.tsx'
import { jsonProblem, takesBody } from './request-draft.ts'
import type { Run } from './use-run.ts'
import '../../ui/field.css'
import './request-form.css'

export function RequestForm({ fn, run }: { readonly fn: FunctionConfig; readonly run: Run }) {
  const { t } = useI18n()
  const { request, changeRequest } = run
  const problem = jsonProblem(request)
  return (
    <div className="request">
      <div className="request-line">
        <select
          className="input select method"
          aria-label={t('test.method')}
          value={request.method}
          onChange={(event) =>
            changeRequest({ type: 'changed', change: { method: event.target.value as HttpMethod } })
          }
        >
          {fn.httpMethods.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </select>
        <input
          className="input mono"
          aria-label={t('test.path')}
          value={request.path}
          spellCheck={false}
          onChange={(event) =>
            changeRequest({ type: 'changed', change: { path: event.target.value } })
          }
        />
      </div>
      <HeaderRows run={run} />
      {takesBody(request.method) && (
        <div className="request-body">
          <div className="request-body-head">
            <span>{t('test.body')}</span>
            {problem !== undefined && (
              <span className="json-problem truncate" role="status" title={problem}>
                {t('test.notJson')}
              </span>
            )}
          </div>
          <div className="body-editor">
            <CodeEditor
              label={t('test.body')}
              language="json"
              compact
              value={request.body}
              onChange={(body) => changeRequest({ type: 'changed', change: { body } })}
              onRun={run.start}
            />
          </div>
        </div>
      )}
    </div>
  )
}

function HeaderRows({ run: { request, changeRequest } }: { readonly run: Run }) {
  const { t } = useI18n()
  return (
    <div className="headers">
      {request.headers.map((header, index) => (
        <NameValueRow
          key={header.id}
          row={header}
          nameLabel={t('test.headerName', { number: index + 1 })}
          valueLabel={t('test.headerValue', { number: index + 1 })}
          removeLabel={t('test.removeHeader', { number: index + 1 })}
          namePlaceholder="x-name"
          onChange={(changed) => changeRequest({ type: 'headerChanged', header: changed })}
          onRemove={() => changeRequest({ type: 'headerRemoved', id: header.id })}
        />
      ))}
      <Button
        look="quiet"
        size="small"
        icon={<Plus size={14} aria-hidden />}
        onClick={() => changeRequest({ type: 'headerAdded' })}
      >
        {t('test.addHeader')}
      </Button>
    </div>
  )
}
