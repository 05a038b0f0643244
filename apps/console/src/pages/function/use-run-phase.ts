import { useEffect, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { FunctionActivity } from '@gaesup-state/console-api/contract'
import { activityQuery, type FunctionRef } from '../../api/queries.ts'

export type RunPhase = 'run.running' | 'run.starting' | 'run.waiting'

/** A run that ends sooner is not asked about. */
const patienceMs = 300

/** What a run that takes a while is doing. */
export function useRunPhase(fn: FunctionRef, running: boolean): RunPhase {
  const [asking, setAsking] = useState(false)
  useEffect(() => {
    if (!running) return
    const timer = setTimeout(() => setAsking(true), patienceMs)
    return () => {
      clearTimeout(timer)
      setAsking(false)
    }
  }, [running])
  const { data } = useQuery({ ...activityQuery(fn), enabled: asking })
  return phaseOf(asking ? data : undefined)
}

/** The furthest that any call of the function is; nobody else calls it while its author tries it out. */
export function phaseOf(activity: FunctionActivity | undefined): RunPhase {
  if (activity === undefined || activity.running > 0) return 'run.running'
  if (activity.starting > 0) return 'run.starting'
  return activity.waiting > 0 ? 'run.waiting' : 'run.running'
}
