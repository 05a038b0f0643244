import { describe, expect, it } from 'vitest'
import { failedLine, prettyBody, rawBody, toneOfRun, whyItFailed } from '../src/runs/run-facts.ts'

const python = `Traceback (most recent call last):
  File "app.py", line 3, in handler
    return event["missing"]
KeyError: 'missing'`
const javascript = `TypeError: cannot read property 'x' of undefined
    at handler (app.js:7:12)`

describe('what a failed run says', () => {
  it('names the fault', () => {
    expect(whyItFailed(python)).toBe("KeyError: 'missing'")
    expect(whyItFailed(javascript)).toBe("TypeError: cannot read property 'x' of undefined")
    expect(whyItFailed('')).toBe('')
  })

  it("points at the author's line, not at the library's", () => {
    expect(failedLine(python)).toBe(3)
    expect(failedLine(javascript)).toBe(7)
    expect(
      failedLine(
        `${python}\n  File "/usr/local/lib/python3.12/json/__init__.py", line 346, in loads`,
      ),
    ).toBe(3)
    expect(failedLine('no place')).toBeUndefined()
  })
})

describe('a run', () => {
  it.each([
    ['success', 200, 'good'],
    ['success', 404, 'warn'],
    ['error', 500, 'bad'],
  ] as const)('that ended with %s and %d is %s', (status, statusCode, tone) => {
    expect(toneOfRun({ status, statusCode })).toBe(tone)
  })

  it('shows JSON bodies indented and others as they are', () => {
    expect(prettyBody({ a: 1 })).toBe('{\n  "a": 1\n}')
    expect(prettyBody('{"a":1}')).toBe('{\n  "a": 1\n}')
    expect(prettyBody('plain')).toBe('plain')
    expect(prettyBody(null)).toBe('')
    expect(rawBody({ a: 1 })).toBe('{"a":1}')
  })
})
