import { describe, expect, it } from 'vitest'
import { templates } from '../../src/templates/templates.ts'

describe('the preview of a template', () => {
  it.each(templates.map(({ id, preview }) => [id, preview] as const))(
    'of %s fits a card of a narrow window uncut',
    (_id, preview) => {
      const lines = preview.split('\n')
      expect(lines.length).toBeLessThanOrEqual(5)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(33)
    },
  )
})
