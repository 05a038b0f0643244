import { useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Ellipsis, Settings, Trash2 } from 'lucide-react'
import type { FunctionSummary, FunctionStatus } from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Switch } from '../../ui/field.tsx'
import { Menu } from '../../ui/menu.tsx'
import { StatusDot } from '../../ui/surfaces.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { healthOf, healthText } from '../health.ts'
import { DeleteFunctionDialog } from './delete-function-dialog.tsx'

export interface FunctionRowProps {
  readonly fn: FunctionSummary
  /** Place in the whole list, from 0, where only a part of it is in the document. */
  readonly index?: number
  /** Takes the row to measure its height. */
  readonly measure?: (row: HTMLTableRowElement | null) => void
}

export function FunctionRow({ fn, index, measure }: FunctionRowProps) {
  const { t, formats } = useI18n()
  const errorRate = fn.invocations24h === 0 ? 0 : (fn.errors24h / fn.invocations24h) * 100
  const health =
    fn.status === 'disabled' ? 'off' : healthOf({ invocations24h: fn.invocations24h, errorRate })
  return (
    <tr
      className={fn.status === 'disabled' ? 'row-off' : undefined}
      ref={measure}
      data-index={index}
      aria-rowindex={index === undefined ? undefined : index + 2}
    >
      <th scope="row" className="cell-name">
        <span className="name-line">
          <StatusDot tone={health} label={t(healthText[health])} />
          <Link
            to="/w/$workspaceId/f/$functionId"
            params={{ workspaceId: fn.workspaceId, functionId: fn.id }}
            className="row-link truncate"
            preload="intent"
          >
            {fn.name}
          </Link>
        </span>
        {fn.description && <span className="name-note truncate">{fn.description}</span>}
      </th>
      <td className="cell-runtime">{fn.runtime}</td>
      <td className="right number cell-calls" data-label={t('metric.calls24h')}>
        {formats.number(fn.invocations24h)}
      </td>
      <td className="right number cell-errors" data-label={t('metric.errorRate')}>
        {fn.invocations24h === 0 ? '–' : formats.percent(errorRate)}
      </td>
      <td className="right number cell-average" data-label={t('metric.average')}>
        {fn.invocations24h === 0 ? '–' : formats.duration(fn.avgDuration)}
      </td>
      <td className="cell-switch">
        <EnabledSwitch fn={fn} />
      </td>
      <td className="cell-menu">
        <RowMenu fn={fn} />
      </td>
    </tr>
  )
}

/** Switches at once and back again when the server refuses. */
function EnabledSwitch({ fn }: { readonly fn: FunctionSummary }) {
  const { t } = useI18n()
  const toaster = useToaster()
  const queryClient = useQueryClient()
  const queryKey = keys.functions(fn.workspaceId)
  const toggle = useMutation({
    mutationFn: (status: FunctionStatus) => api.functions.update(fn.workspaceId, fn.id, { status }),
    onMutate: async (status) => {
      await queryClient.cancelQueries({ queryKey })
      const before = queryClient.getQueryData<FunctionSummary[]>(queryKey)
      queryClient.setQueryData<FunctionSummary[]>(queryKey, (all) =>
        all?.map((one) => (one.id === fn.id ? { ...one, status } : one)),
      )
      return { before }
    },
    onError: (error, _status, context) => {
      queryClient.setQueryData(queryKey, context?.before)
      toaster.failed(t('function.toggleFailed'), error)
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey }),
  })
  return (
    <Switch
      label={t('function.enabled', { name: fn.name })}
      checked={fn.status === 'active'}
      onChange={(on) => toggle.mutate(on ? 'active' : 'disabled')}
    />
  )
}

function RowMenu({ fn }: { readonly fn: FunctionSummary }) {
  const { t } = useI18n()
  const navigate = useNavigate()
  const [deleting, setDeleting] = useState(false)
  const params = { workspaceId: fn.workspaceId, functionId: fn.id }
  return (
    <>
      <Menu
        label={t('function.menu', { name: fn.name })}
        trigger={<Ellipsis size={17} aria-hidden />}
        items={[
          {
            key: 'settings',
            label: t('tab.settings'),
            icon: <Settings size={15} aria-hidden />,
            onSelect: () =>
              void navigate({
                to: '/w/$workspaceId/f/$functionId',
                params,
                search: { tab: 'settings' },
              }),
          },
          {
            key: 'delete',
            label: t('function.delete'),
            icon: <Trash2 size={15} aria-hidden />,
            danger: true,
            onSelect: () => setDeleting(true),
          },
        ]}
      />
      {deleting && (
        <DeleteFunctionDialog
          fn={fn}
          onClose={() => setDeleting(false)}
          onDeleted={() => setDeleting(false)}
        />
      )}
    </>
  )
}
