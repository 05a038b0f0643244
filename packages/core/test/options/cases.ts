import type { Case } from '../both/case.ts'
import { cases as componentCases } from '../components/cases.ts'
import { cases as hostileCases } from '../containers/hostile/cases.ts'
import { compileCases } from './compile-cases.ts'
import { eventCases } from './event-cases.ts'
import { limitCases } from './limit-cases.ts'
import { methodCases } from './method-cases.ts'
import { mountCases } from './mount-cases.ts'
import { performanceCases } from './performance-cases.ts'
import { registryCases } from './registry-cases.ts'
import { registryTrustCases } from './registry-trust-cases.ts'
import { sensesCases } from './senses-cases.ts'
import { sharedCases } from './shared-cases.ts'
import { systemCases } from './system-cases.ts'
import { validateCases } from './validate-cases.ts'

/** Attacks on what the published list names, besides those on the options of containers and managers. */
export const cases: readonly Case[] = [
  ...methodCases,
  ...sensesCases,
  ...mountCases,
  ...sharedCases,
  ...eventCases,
  ...limitCases,
  ...performanceCases,
  ...compileCases,
  ...validateCases,
  ...systemCases,
  ...registryCases,
  ...registryTrustCases,
]

export const allCases: readonly Case[] = [...hostileCases, ...cases, ...componentCases]
