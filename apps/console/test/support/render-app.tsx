import { render } from '@testing-library/react'
import { createMemoryHistory } from '@tanstack/react-router'
import { createConnection } from '../../src/api/connection.ts'
import { createQueryClient } from '../../src/api/query-client.ts'
import { App } from '../../src/app.tsx'
import { loadDictionary, type Locale } from '../../src/i18n/locale.ts'
import { createAppRouter, type AppRouter } from '../../src/router.tsx'

/** The whole console at a path, as the browser would have it. */
export async function renderApp(path: string, locale: Locale = 'en'): Promise<AppRouter> {
  const connection = createConnection()
  const queryClient = createQueryClient(connection)
  const router = createAppRouter(
    { queryClient, connection },
    createMemoryHistory({ initialEntries: [path] }),
  )
  render(
    <App
      router={router}
      queryClient={queryClient}
      language={{ locale, dictionary: await loadDictionary(locale) }}
    />,
  )
  return router
}
