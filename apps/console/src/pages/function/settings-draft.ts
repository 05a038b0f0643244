import {
  LIMITS,
  type FunctionConfig,
  type HttpMethod,
  type UpdateFunctionRequest,
} from '@gaesup-state/console-api/contract'

export interface Variable {
  readonly id: number
  readonly name: string
  readonly value: string
}

/** The settings form as typed: numbers are text until they are saved. */
export interface SettingsDraft {
  readonly name: string
  readonly description: string
  readonly runtime: string
  readonly memory: string
  readonly timeout: string
  readonly httpMethods: readonly HttpMethod[]
  readonly variables: readonly Variable[]
}

export function toSettingsDraft(fn: FunctionConfig): SettingsDraft {
  return {
    name: fn.name,
    description: fn.description ?? '',
    runtime: fn.runtime,
    memory: String(fn.memory),
    timeout: String(fn.timeout),
    httpMethods: fn.httpMethods,
    variables: Object.entries(fn.environmentVariables).map(([name, value], id) => ({
      id,
      name,
      value,
    })),
  }
}

/** What is wrong, by field; an empty object lets it be saved. */
export type SettingsProblems = Partial<
  Record<'name' | 'memory' | 'timeout' | 'httpMethods' | 'variables', true>
>

export function findProblems(draft: SettingsDraft): SettingsProblems {
  const names = draft.variables.map(({ name }) => name.trim()).filter((name) => name !== '')
  return {
    ...(draft.name.trim() === '' && { name: true }),
    ...(!isWithin(draft.memory, LIMITS.memoryMb) && { memory: true }),
    ...(!isWithin(draft.timeout, LIMITS.timeoutSeconds) && { timeout: true }),
    ...(draft.httpMethods.length === 0 && { httpMethods: true }),
    ...((new Set(names).size < names.length ||
      names.some((name) => !/^[A-Za-z_]\w*$/.test(name))) && { variables: true }),
  }
}

function isWithin(text: string, range: { readonly min: number; readonly max: number }): boolean {
  const value = Number(text)
  return text.trim() !== '' && Number.isInteger(value) && value >= range.min && value <= range.max
}

/** As it goes to the API; rows without a name are left out. */
export function toUpdate(draft: SettingsDraft): UpdateFunctionRequest {
  const named = draft.variables.filter(({ name }) => name.trim() !== '')
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    runtime: draft.runtime,
    memory: Number(draft.memory),
    timeout: Number(draft.timeout),
    httpMethods: [...draft.httpMethods],
    environmentVariables: Object.fromEntries(named.map(({ name, value }) => [name.trim(), value])),
  }
}

export type SettingsEvent =
  | {
      readonly type: 'changed'
      readonly change: Partial<Omit<SettingsDraft, 'variables' | 'httpMethods'>>
    }
  | { readonly type: 'methodToggled'; readonly method: HttpMethod }
  | { readonly type: 'variableAdded' }
  | { readonly type: 'variableChanged'; readonly variable: Variable }
  | { readonly type: 'variableRemoved'; readonly id: number }
  | { readonly type: 'reset'; readonly to: SettingsDraft }

export function reduceSettings(draft: SettingsDraft, event: SettingsEvent): SettingsDraft {
  switch (event.type) {
    case 'changed':
      return { ...draft, ...event.change }
    case 'methodToggled': {
      const without = draft.httpMethods.filter((method) => method !== event.method)
      return {
        ...draft,
        httpMethods:
          without.length < draft.httpMethods.length ? without : [...without, event.method],
      }
    }
    case 'variableAdded': {
      const id = 1 + Math.max(-1, ...draft.variables.map((variable) => variable.id))
      return { ...draft, variables: [...draft.variables, { id, name: '', value: '' }] }
    }
    case 'variableChanged':
      return {
        ...draft,
        variables: draft.variables.map((one) =>
          one.id === event.variable.id ? event.variable : one,
        ),
      }
    case 'variableRemoved':
      return { ...draft, variables: draft.variables.filter(({ id }) => id !== event.id) }
    case 'reset':
      return event.to
  }
}
