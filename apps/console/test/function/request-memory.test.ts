import { describe, expect, it } from 'vitest'
import { keepRequest, readRequest } from '../../src/pages/function/request-memory.ts'

const request = {
  method: 'POST',
  path: '/orders',
  headers: [{ id: 7, name: 'x-user', value: 'mina' }],
  body: '{"안녕":1}',
} as const

describe('a kept request', () => {
  it('is there again for its function, and for no other', () => {
    keepRequest('fn-a', request)
    expect(readRequest('fn-a', ['GET', 'POST'])).toEqual({
      ...request,
      headers: [{ id: 0, name: 'x-user', value: 'mina' }],
    })
    expect(readRequest('fn-b', ['POST'])).toBeUndefined()
  })

  it('is left when the function does not take its method any more', () => {
    keepRequest('fn-a', request)
    expect(readRequest('fn-a', ['GET'])).toBeUndefined()
  })

  it('is left when something else stands in its place', () => {
    localStorage.setItem('gaesup.request.fn-a', '{"at":1,"value":{"method":"POST","path":"/"}}')
    expect(readRequest('fn-a', ['POST'])).toBeUndefined()
  })
})
