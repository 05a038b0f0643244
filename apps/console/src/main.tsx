import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createConnection } from './api/connection.ts'
import { createQueryClient } from './api/query-client.ts'
import { App } from './app.tsx'
import { loadDictionary, readLocale } from './i18n/locale.ts'
import { createAppRouter } from './router.tsx'
import './styles/tokens.css'
import './styles/base.css'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root.')

const locale = readLocale()
const dictionary = await loadDictionary(locale)
const connection = createConnection()
const queryClient = createQueryClient(connection)
const router = createAppRouter({ queryClient, connection })

createRoot(root).render(
  <StrictMode>
    <App router={router} queryClient={queryClient} language={{ locale, dictionary }} />
  </StrictMode>,
)
