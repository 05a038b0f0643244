import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import { Compass, TriangleAlert } from 'lucide-react'
import { toErrorText } from '../api/error-text.ts'
import { useI18n } from '../i18n/i18n-context.tsx'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/surfaces.tsx'
import { usePageTitle } from './use-page-title.ts'

export function NotFoundPage({ title, text }: { readonly title?: string; readonly text?: string }) {
  const { t } = useI18n()
  usePageTitle(t('notFound.title'))
  return (
    <main id="main" className="page">
      <h1 className="visually-hidden">{title ?? t('notFound.title')}</h1>
      <EmptyState
        icon={<Compass size={22} aria-hidden />}
        title={title ?? t('notFound.title')}
        action={
          <Link to="/" className="button button-plain button-normal">
            {t('notFound.home')}
          </Link>
        }
      >
        {text ?? t('notFound.text')}
      </EmptyState>
    </main>
  )
}

/** What a defect of the page itself looks like; the rest of the console stays usable. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const { t } = useI18n()
  const { code, message } = toErrorText(error)
  return (
    <main id="main" className="page">
      <h1 className="visually-hidden">{t('crash.title')}</h1>
      <EmptyState
        icon={<TriangleAlert size={22} aria-hidden />}
        title={t('crash.title')}
        action={
          <>
            <Button look="primary" onClick={reset}>
              {t('action.retry')}
            </Button>
            <Button onClick={() => window.location.reload()}>{t('crash.reload')}</Button>
          </>
        }
      >
        <p>{t('crash.text')}</p>
        <p>
          <code>
            {code}: {message}
          </code>
        </p>
      </EmptyState>
    </main>
  )
}

/** Held while a page's code is on its way; quiet, as it is nearly always short. */
export function PendingPage() {
  const { t } = useI18n()
  return <main id="main" className="page" aria-busy aria-label={t('shell.loading')} />
}
