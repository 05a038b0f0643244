import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Slots } from '../../src/model/slots.ts'

const anId = fc.oneof(
  fc.nat(300).map((n) => `w${n}`),
  fc.constantFrom('', '__proto__', 'constructor'),
)
const aStep = fc.record({ id: anId, open: fc.boolean() })

it('gives each id a slot of its own until it is given back, like a map would', () => {
  fc.assert(
    fc.property(fc.array(aStep, { maxLength: 400 }), (steps) => {
      const slots = new Slots()
      const model = new Map<string, number>()
      for (const { id, open } of steps) {
        if (open) model.set(id, slots.open(id))
        else {
          expect(slots.close(id)).toBe(model.get(id))
          model.delete(id)
        }
        expect(slots.find(id)).toBe(model.get(id))
      }
      expect(slots.size).toBe(model.size)
      expect(new Set(slots.ids())).toEqual(new Set(model.keys()))
      expect([...slots.slots()]).toEqual([...model.values()].toSorted((a, b) => a - b))
      for (const [id, slot] of model) {
        expect(slots.find(id)).toBe(slot)
        expect(slots.idOf(slot)).toBe(id)
        expect(slot).toBeLessThan(slots.end)
      }
    }),
    { numRuns: 300 },
  )
})

it('uses slots again, so that arrays indexed by them do not grow while ids come and go', () => {
  const slots = new Slots()
  for (let i = 0; i < 10_000; i += 1) {
    slots.open(`w${i}`)
    if (i >= 100) slots.close(`w${i - 100}`)
  }
  expect(slots.size).toBe(100)
  expect(slots.end).toBe(101)
})

it('finds every one of a hundred thousand ids', () => {
  const slots = new Slots()
  for (let i = 0; i < 100_000; i += 1) slots.open(`workspace-${i}`)
  let wrong = 0
  for (let i = 0; i < 100_000; i += 1) if (slots.find(`workspace-${i}`) !== i) wrong += 1
  expect(wrong).toBe(0)
  expect(slots.find('workspace-100000')).toBeUndefined()
})
