import type { QueryClient } from '@tanstack/react-query'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { I18nProvider, type I18nProviderProps } from './i18n/i18n-context.tsx'
import type { AppRouter } from './router.tsx'
import { ThemeProvider } from './theme/use-theme.tsx'
import { ToastProvider } from './ui/toasts.tsx'

export interface AppProps {
  readonly router: AppRouter
  readonly queryClient: QueryClient
  readonly language: I18nProviderProps['initial']
}

export function App({ router, queryClient, language }: AppProps) {
  return (
    <ThemeProvider>
      <I18nProvider initial={language}>
        <QueryClientProvider client={queryClient}>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </QueryClientProvider>
      </I18nProvider>
    </ThemeProvider>
  )
}
