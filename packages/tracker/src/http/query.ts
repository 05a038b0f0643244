import { Refusal } from './answer.ts'

/** A whole number of a query, or the fallback when it is absent. @throws Refusal `BAD_REQUEST` outside the bounds. */
export const numberOf = (
  query: URLSearchParams,
  name: string,
  bounds: { readonly fallback: number; readonly min: number; readonly max: number },
): number => {
  const text = query.get(name)
  if (text === null || text === '') return bounds.fallback
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= bounds.min && value <= bounds.max) return value
  throw new Refusal('BAD_REQUEST', `${name} is a whole number from ${bounds.min} to ${bounds.max}`)
}

/** One of some words, or the fallback when it is absent. @throws Refusal `BAD_REQUEST` for another. */
export const wordOf = <T extends string>(
  query: URLSearchParams,
  name: string,
  { words, fallback }: { readonly words: readonly T[]; readonly fallback: T },
): T => {
  const text = query.get(name) ?? fallback
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  throw new Refusal('BAD_REQUEST', `${name} is one of ${words.join(', ')}`)
}
