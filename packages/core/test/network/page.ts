import { serveCases } from '../both/page.ts'
import { cases } from './page-cases.ts'

serveCases(cases)
