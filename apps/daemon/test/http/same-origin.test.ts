import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../src/http/same-origin.ts'

const request = (headers: Record<string, string>, method = 'GET') => {
  const made = new Request('http://localhost:8000/api/workspaces', { method })
  // `Host` and `Sec-*` are names a page cannot set, so `Request` drops them; the server reads them from the wire.
  return Object.defineProperty(made, 'headers', { value: new Headers(headers) })
}

describe('who may call the daemon', () => {
  it.each([
    ['a command-line client', { host: 'localhost:8000' }],
    [
      'its own page',
      { host: 'localhost:8000', origin: 'http://localhost:8000', 'sec-fetch-site': 'same-origin' },
    ],
    ['its own page by address', { host: '127.0.0.1:8000', origin: 'http://127.0.0.1:8000' }],
    ['its own page over IPv6', { host: '[::1]:8000', origin: 'http://[::1]:8000' }],
    [
      'a link on another page',
      { host: 'localhost:8000', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    ],
    [
      'a typed address',
      { host: 'localhost:8000', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
    ],
  ])('lets %s in', (_who, headers) => {
    expect(refusalOf(request(headers))).toBeUndefined()
  })

  it.each([
    ['a rebound name', { host: 'evil.example:8000' }, 'HOST_REFUSED'],
    ['a name that only ends alike', { host: 'notlocalhost' }, 'HOST_REFUSED'],
    ['no host at all', {}, 'HOST_REFUSED'],
    [
      'another origin',
      { host: 'localhost:8000', origin: 'https://evil.example' },
      'ORIGIN_REFUSED',
    ],
    [
      'another port of this machine',
      { host: 'localhost:8000', origin: 'http://localhost:3000' },
      'ORIGIN_REFUSED',
    ],
    ['an opaque origin', { host: 'localhost:8000', origin: 'null' }, 'ORIGIN_REFUSED'],
    [
      'an image on another site',
      { host: 'localhost:8000', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      'ORIGIN_REFUSED',
    ],
    [
      'another port by fetch',
      { host: 'localhost:8000', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
      'ORIGIN_REFUSED',
    ],
  ])('refuses %s', (_who, headers, code) => {
    expect(refusalOf(request(headers))).toMatchObject({ code })
  })

  it('refuses a form posted by another site', () => {
    const headers = {
      host: 'localhost:8000',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
    }
    expect(refusalOf(request(headers, 'POST'))).toMatchObject({ code: 'ORIGIN_REFUSED' })
  })
})
