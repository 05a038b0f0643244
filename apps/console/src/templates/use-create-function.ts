import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  ApiError,
  encodeCode,
  type FunctionConfig,
  type RuntimesResponse,
} from '@gaesup-state/console-api/contract'
import { api } from '../api/client.ts'
import { keys, runtimesQuery } from '../api/queries.ts'
import { useI18n } from '../i18n/i18n-context.tsx'
import { unusedName, type Template } from './templates.ts'

export interface NewFunction {
  /** Left out: a workspace is created for it. */
  readonly workspaceId?: string
  readonly template: Template
  /** Default: the template's, with a number when it is taken. */
  readonly name?: string
  /** Default: the runtime of the template's language. */
  readonly runtime?: string
}

/** Creates a function from a template, with a workspace when there is none, and opens its editor. */
export function useCreateFunction() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { t } = useI18n()
  return useMutation({
    mutationFn: async (wanted: NewFunction): Promise<FunctionConfig> => {
      const runtimes = await queryClient.ensureQueryData(runtimesQuery())
      const runtime = wanted.runtime ?? runtimeFor(wanted.template, runtimes)
      const workspaceId =
        wanted.workspaceId ??
        (await api.workspaces.create({ name: t('firstRun.workspaceName') })).id
      return api.functions.create(workspaceId, {
        name: wanted.name ?? (await freeName(workspaceId, wanted.template)),
        runtime,
        httpMethods: [...wanted.template.methods],
        code: encodeCode(wanted.template.code),
      })
    },
    onSuccess: async (created) => {
      queryClient.setQueryData(
        keys.function({ workspaceId: created.workspaceId, functionId: created.id }),
        created,
      )
      void queryClient.invalidateQueries({ queryKey: keys.workspaces })
      await navigate({
        to: '/w/$workspaceId/f/$functionId',
        params: { workspaceId: created.workspaceId, functionId: created.id },
      })
    },
  })
}

async function freeName(workspaceId: string, template: Template): Promise<string> {
  const functions = await api.functions.summaries(workspaceId)
  return unusedName(
    template.functionName,
    functions.map(({ name }) => name),
  )
}

/** The server's default where it speaks the template's language, else the first runtime that does. */
export function runtimeFor(
  template: Template,
  { runtimes, default: preferred }: RuntimesResponse,
): string {
  const fitting = runtimes.filter(({ language }) => language === template.language)
  const chosen = fitting.find(({ runtime }) => runtime === preferred) ?? fitting[0]
  if (chosen !== undefined) return chosen.runtime
  throw new ApiError({
    code: 'NOT_FOUND',
    message: `this daemon has no ${template.language} runtime; it has ${runtimes.map(({ runtime }) => runtime).join(', ') || 'none'}`,
    status: 0,
  })
}
