import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

afterEach(() => {
  // Files that run in Node have no page to clean up.
  if (typeof document === 'undefined') return
  cleanup()
  localStorage.clear()
})
