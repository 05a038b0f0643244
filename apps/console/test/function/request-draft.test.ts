import { describe, expect, it } from 'vitest'
import {
  jsonProblem,
  reduceRequest,
  toWireRequest,
  type RequestDraft,
} from '../../src/pages/function/request-draft.ts'

const draft: RequestDraft = { method: 'POST', path: '/', headers: [], body: '{"a":1}' }

describe('request of the test panel', () => {
  it('adds, changes and removes headers', () => {
    const added = reduceRequest(reduceRequest(draft, { type: 'headerAdded' }), {
      type: 'headerAdded',
    })
    const [first, second] = added.headers
    const changed = reduceRequest(added, {
      type: 'headerChanged',
      header: { id: second!.id, name: 'X-Key', value: '1' },
    })
    expect(reduceRequest(changed, { type: 'headerRemoved', id: first!.id }).headers).toEqual([
      { id: second!.id, name: 'X-Key', value: '1' },
    ])
  })

  it('goes out with a content type, without empty headers, with a leading slash', () => {
    const headers = [
      { id: 1, name: ' X-Key ', value: 'v' },
      { id: 2, name: '', value: 'lost' },
    ]
    expect(toWireRequest({ ...draft, path: 'orders?id=7', headers })).toEqual({
      method: 'POST',
      path: '/orders?id=7',
      headers: { 'x-key': 'v', 'content-type': 'application/json' },
      body: '{"a":1}',
    })
  })

  it('keeps the content type that was typed', () => {
    const headers = [{ id: 1, name: 'Content-Type', value: 'text/plain' }]
    expect(toWireRequest({ ...draft, headers, body: 'x' }).headers).toEqual({
      'content-type': 'text/plain',
    })
  })

  it.each(['GET', 'HEAD', 'OPTIONS'] as const)('%s takes no body along', (method) => {
    expect(toWireRequest({ ...draft, method })).toEqual({ method, path: '/', headers: {} })
  })

  it('tells what is wrong with a JSON body, and only with a JSON body', () => {
    expect(jsonProblem(draft)).toBeUndefined()
    expect(jsonProblem({ ...draft, body: '{a' })).toMatch(/JSON/)
    expect(
      jsonProblem({
        ...draft,
        body: '{a',
        headers: [{ id: 1, name: 'content-type', value: 'text/plain' }],
      }),
    ).toBeUndefined()
    expect(jsonProblem({ ...draft, body: '{a', method: 'GET' })).toBeUndefined()
  })
})
