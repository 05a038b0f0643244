import { describe, expect, it } from 'vitest'
import { requestForCode, templates, unusedName } from '../../src/templates/templates.ts'
import { runtimeFor } from '../../src/templates/use-create-function.ts'

const python = templates.find(({ language }) => language === 'python')!
const javascript = templates.find(({ language }) => language === 'javascript')!

describe('templates', () => {
  it.each(templates)(
    '$id starts with a request that it allows and that is JSON',
    ({ methods, request }) => {
      expect(methods).toContain(request.method)
      expect(() => JSON.parse(request.body) as unknown).not.toThrow()
    },
  )

  it('are found again by their code, until it is changed', () => {
    expect(requestForCode(python.code, ['POST'])).toBe(python.request)
    expect(requestForCode(`${python.code}#`, ['GET'])).toEqual({
      method: 'GET',
      path: '/',
      body: '{}',
    })
  })

  it('take the runtime of their language, preferring the default of the server', () => {
    const runtimes = [
      { runtime: 'Python 3.11', language: 'python' as const, version: '3.11.1' },
      { runtime: 'Python 3.12', language: 'python' as const, version: '3.12.0' },
      { runtime: 'JavaScript', language: 'javascript' as const, version: '1' },
    ]
    expect(runtimeFor(python, { runtimes, default: 'Python 3.12' })).toBe('Python 3.12')
    expect(runtimeFor(javascript, { runtimes, default: 'Python 3.12' })).toBe('JavaScript')
    expect(() => runtimeFor(javascript, { runtimes: runtimes.slice(0, 2), default: null })).toThrow(
      'no javascript runtime; it has Python 3.11, Python 3.12',
    )
  })

  it('get the smallest number that makes their name unused', () => {
    expect(unusedName('hello', [])).toBe('hello')
    expect(unusedName('hello', ['hello', 'hello-2', 'hello-4'])).toBe('hello-3')
  })
})
