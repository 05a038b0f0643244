import { describe, expect, it } from 'vitest'
import {
  findProblems,
  reduceSettings,
  toSettingsDraft,
  toUpdate,
  type SettingsDraft,
} from '../../src/pages/function/settings-draft.ts'
import { fn } from '../support/samples.ts'

const draft = toSettingsDraft(fn)

describe('settings form', () => {
  it('goes back to what it came from when nothing changed', () => {
    const { name, description, runtime, memory, timeout, httpMethods, environmentVariables } = fn
    expect(toUpdate(draft)).toEqual({
      name,
      description,
      runtime,
      memory,
      timeout,
      httpMethods,
      environmentVariables,
    })
    expect(findProblems(draft)).toEqual({})
  })

  it.each<[string, Partial<SettingsDraft>, string]>([
    ['an empty name', { name: '  ' }, 'name'],
    ['memory below the limit', { memory: '127' }, 'memory'],
    ['memory above the limit', { memory: '1025' }, 'memory'],
    ['memory that is no number', { memory: 'much' }, 'memory'],
    ['a fraction of a second', { timeout: '1.5' }, 'timeout'],
    ['no timeout', { timeout: '' }, 'timeout'],
    ['a timeout above the limit', { timeout: '901' }, 'timeout'],
    ['no method', { httpMethods: [] }, 'httpMethods'],
    [
      'a variable that starts with a digit',
      { variables: [{ id: 0, name: '1A', value: '' }] },
      'variables',
    ],
    [
      'a variable that stands twice',
      {
        variables: [
          { id: 0, name: 'A', value: '' },
          { id: 1, name: 'A', value: '' },
        ],
      },
      'variables',
    ],
  ])('refuses %s', (_case, change, field) => {
    expect(Object.keys(findProblems({ ...draft, ...change }))).toEqual([field])
  })

  it('takes the limits themselves', () => {
    expect(findProblems({ ...draft, memory: '128', timeout: '900' })).toEqual({})
  })

  it('adds, changes and removes variables, and leaves rows without a name out', () => {
    const added = reduceSettings(draft, { type: 'variableAdded' })
    const id = added.variables.at(-1)!.id
    const named = reduceSettings(added, {
      type: 'variableChanged',
      variable: { id, name: 'KEY', value: '값' },
    })
    expect(toUpdate(added).environmentVariables).toEqual({ REGION: 'seoul' })
    expect(toUpdate(named).environmentVariables).toEqual({ REGION: 'seoul', KEY: '값' })
    expect(reduceSettings(named, { type: 'variableRemoved', id }).variables).toEqual(
      draft.variables,
    )
  })

  it('toggles methods', () => {
    const both = reduceSettings(draft, { type: 'methodToggled', method: 'GET' })
    expect(both.httpMethods).toEqual(['POST', 'GET'])
    expect(reduceSettings(both, { type: 'methodToggled', method: 'POST' }).httpMethods).toEqual([
      'GET',
    ])
  })
})
