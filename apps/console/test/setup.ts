import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// The library stops waiting after 1 s, which a busy machine needs to draw one page.
configure({ asyncUtilTimeout: 20_000 })

afterEach(() => {
  // Files that run in Node have no page to clean up.
  if (typeof document === 'undefined') return
  cleanup()
  localStorage.clear()
})
